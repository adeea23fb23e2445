#include "cli/waivers_report.h"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>

#include "assay/v1/gate.pb.h"
#include "cli/table.h"
#include "core/clock.h"

namespace assay {
namespace {

constexpr std::size_t kLongestReason = 4000;

std::string At(const google::protobuf::Timestamp& time) {
  const std::string text =
      FormatTime(Time(std::chrono::seconds(time.seconds()) + std::chrono::microseconds(time.nanos() / 1000)));
  return text.substr(0, text.find('.')) + "Z";
}

template <class List>
std::string Listed(const List& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool IsWaivedFrom(v1::VerdictState::Value state, v1::VerdictState::Value decision) {
  const bool can_be_waived = state == v1::VerdictState::FAIL || state == v1::VerdictState::INCONCLUSIVE;
  return can_be_waived && decision == v1::VerdictState::PASS;
}

}  // namespace

bool IsWaived(const v1::Check& check) {
  return check.has_verdict() && check.verdict().waivers_size() > 0 && IsWaivedFrom(check.state(), check.decision());
}

bool IsWaived(const v1::Verdict& verdict) {
  return verdict.waivers_size() > 0 && IsWaivedFrom(verdict.state(), verdict.decision());
}

std::string StateWithWaivers(const v1::Check& check) {
  return v1::VerdictState::Value_Name(check.state()) + (IsWaived(check) ? ", WAIVED" : "");
}

std::string StateWithWaivers(const v1::Verdict& verdict) {
  return v1::VerdictState::Value_Name(verdict.state()) + (IsWaived(verdict) ? ", WAIVED" : "");
}

std::vector<std::string> WaiverLines(const v1::Verdict& verdict) {
  std::vector<std::string> lines;
  const std::string state = v1::VerdictState::Value_Name(verdict.state());
  for (const v1::AppliedWaiver& waiver : verdict.waivers()) {
    const std::string what =
        IsWaived(verdict) ? state + ", waived until " : "Waived in part, which is not enough, until ";
    lines.push_back(Excerpt(what + At(waiver.expires_at()) + " by " + waiver.requester() + ", approved by " +
                                Listed(waiver.approvers()) + ": rule " + Listed(waiver.rules()) + " (ticket " +
                                waiver.ticket() + ", waiver " + waiver.id() + "): " + waiver.reason(),
                            kLongestReason));
  }
  return lines;
}

std::string WaivedNote(const v1::Verdict& verdict, const std::string& rule) {
  for (const v1::AppliedWaiver& waiver : verdict.waivers()) {
    if (std::ranges::find(waiver.rules(), rule) == waiver.rules().end()) continue;
    return Excerpt("waived until " + At(waiver.expires_at()) + " (ticket " + waiver.ticket() + ")", kLongestReason);
  }
  return "";
}

std::string WaiverHint(const v1::Check& check) {
  const bool can_be_waived = check.state() == v1::VerdictState::FAIL || check.state() == v1::VerdictState::INCONCLUSIVE;
  if (!check.has_verdict() || !can_be_waived || IsWaived(check)) return "";
  // Then it is INCONCLUSIVE whatever its rules say.
  if (std::ranges::any_of(check.verdict().controls(), &v1::ControlComparison::has_moved)) return "";
  std::string rules;
  for (const v1::RuleOutcome& rule : check.verdict().rules()) {
    if (rule.role() == v1::RuleRole::ADVISORY || rule.state() == v1::VerdictState::PASS) continue;
    if (rule.not_waivable() || rule.state() == v1::VerdictState::ERROR) return "";
    rules += " --rule " + rule.rule();
  }
  if (rules.empty()) return "";
  return "to ask for an exception: assay waiver request " + check.verdict().id() + rules +
         " --reason ... --ticket ... --expires 7d";
}

}  // namespace assay
