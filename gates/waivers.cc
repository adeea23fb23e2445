#include "gates/waivers.h"

#include <algorithm>
#include <set>

namespace assay {
namespace {

constexpr std::size_t kMostReasonBytes = 4000;
constexpr std::size_t kMostTicketBytes = 200;
constexpr std::int64_t kGravest = 1;

std::string QuotedName(std::string_view name) { return "\"" + std::string(name) + "\""; }

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

bool CanBeWaived(VerdictState state) { return state == VerdictState::kFail || state == VerdictState::kInconclusive; }

bool IsWhole(const Waiver& waiver) {
  const bool has_rules = !waiver.rules.empty() && std::ranges::all_of(waiver.rules, [](const WaivedRule& rule) {
    return !rule.rule.empty() && CanBeWaived(rule.state);
  });
  return has_rules && !IsBlank(waiver.reason) && !IsBlank(waiver.ticket) && !waiver.requester.empty() &&
         waiver.requester != kAnybody && waiver.expires_at - waiver.requested_at <= kLongestWaiver;
}

// The different people that have approved it and may.
std::vector<std::string> ApproversOf(const Waiver& waiver) {
  std::vector<std::string> approvers;
  for (const WaiverApproval& approval : waiver.approvals) {
    const std::string& who = approval.principal;
    if (who.empty() || who == kAnybody || who == waiver.requester) continue;
    if (std::ranges::find(approvers, who) == approvers.end()) approvers.push_back(who);
  }
  return approvers;
}

std::vector<WaivedSuite> SuitesOf(const Verdict& verdict) {
  std::vector<WaivedSuite> suites;
  for (const SuiteIdentity& suite : verdict.suites) {
    suites.push_back({suite.suite, suite.suite_version, suite.dataset_version, suite.graders_version});
  }
  std::ranges::sort(suites);
  return suites;
}

// Content decides, not names.
bool IsSame(const std::string& version, const std::string& other) { return !version.empty() && version == other; }

bool IsOfSameData(const WaivedSuite& waived, const WaivedSuite& suite) {
  return waived.suite == suite.suite && waived.suite_version == suite.suite_version &&
         waived.dataset_version == suite.dataset_version &&
         (waived.graders_version.empty() || waived.graders_version == suite.graders_version);
}

bool IsBoundTo(const Waiver& waiver, std::string_view project, const Verdict& verdict) {
  if (waiver.project != project || waiver.gate != verdict.gate) return false;
  if (!IsSame(waiver.gate_version, verdict.gate_version)) return false;
  if (!IsSame(waiver.candidate.content_version, verdict.candidate.content_version)) return false;
  if (waiver.baseline.has_value() != verdict.baseline.has_value()) return false;
  if (waiver.baseline && !IsSame(waiver.baseline->content_version, verdict.baseline->content_version)) return false;
  return !waiver.suites.empty() && std::ranges::equal(waiver.suites, SuitesOf(verdict), IsOfSameData);
}

// Each case that fails is a fact by itself: one is no excuse for another.
bool FailsByCases(std::string_view kind) {
  return kind == "zero_failures" || kind == "no_new_failures" || kind == "per_case_floor";
}

WaivedFinding FindingOf(const RuleOutcome& rule, const RulePart& part) {
  WaivedFinding finding{
      .margin = part.margin, .missing = part.counts.scheduled - part.counts.scored, .scored = part.counts.scored};
  if (!FailsByCases(rule.kind)) return finding;
  for (const WorstCase& worst : part.worst_cases) finding.cases.push_back({worst.ordinal, worst.id});
  return finding;
}

// Whether each case that fails now is among those of then; where as many were kept as can be the margin alone tells.
bool AreCasesKnown(const std::vector<WaivedCase>& now, const std::vector<WaivedCase>& then) {
  if (then.size() >= RulePart::kMaxWorstCases) return true;
  return std::ranges::all_of(now, [&](const WaivedCase& one) {
    return std::ranges::find(then, one.ordinal, &WaivedCase::ordinal) != then.end();
  });
}

// What kept a part from passing must be the same: a bound that is no worse, or, where no bound decided, as many cases
// or fewer without a score. The bound of fewer cases lies nearer to the threshold though the answers are worse.
bool IsNoWorse(const WaivedFinding& now, const WaivedFinding& then) {
  if (now.margin.has_value() != then.margin.has_value()) return false;
  if (now.margin && *now.margin < *then.margin) return false;
  if (then.scored && *now.scored < *then.scored) return false;
  return now.missing <= then.missing && AreCasesKnown(now.cases, then.cases);
}

// Whether the part passes, or is one of those that the waiver was asked for, and no worse than it was. Other bounds
// decide a FAIL than an INCONCLUSIVE: only those of one state can be compared.
bool CoversPart(const WaivedRule& waived, const RuleOutcome& rule, const RulePart& part) {
  if (part.state == VerdictState::kPass) return true;
  return std::ranges::any_of(waived.parts, [&](const WaivedPart& known) {
    if (known.suite != part.suite || known.slice != part.slice || known.slice_value != part.slice_value) return false;
    if (known.state != part.state) return Worse(known.state, part.state) == known.state;
    return !known.finding || IsNoWorse(FindingOf(rule, part), *known.finding);
  });
}

bool CoversParts(const WaivedRule& waived, const RuleOutcome& rule) {
  if (waived.parts.empty()) return rule.parts.size() == 1;
  return std::ranges::all_of(rule.parts, [&](const RulePart& part) { return CoversPart(waived, rule, part); });
}

bool Covers(const Waiver& waiver, const RuleOutcome& rule) {
  const auto named = std::ranges::find(waiver.rules, rule.rule, &WaivedRule::rule);
  if (named == waiver.rules.end()) return false;
  if (rule.state == VerdictState::kFail && named->state != VerdictState::kFail) return false;
  if (!CoversParts(*named, rule)) return false;
  // What the verdict says of the rule counts, whatever the waiver's record says.
  const bool is_gravest = rule.severity && *rule.severity <= kGravest;
  return !is_gravest || ApproversOf(waiver).size() >= 2;
}

AppliedWaiver Applied(const Waiver& waiver) {
  return {.id = waiver.id,
          .verdict = waiver.verdict,
          .rules = {},
          .reason = waiver.reason,
          .ticket = waiver.ticket,
          .requester = waiver.requester,
          .approvers = ApproversOf(waiver),
          .requested_at = waiver.requested_at,
          .expires_at = waiver.expires_at};
}

Status CheckText(std::string_view name, const std::string& text, std::size_t most) {
  if (IsBlank(text)) return Fail(ErrorCode::kInvalidArgument, std::string(name) + ": a waiver needs one");
  if (text.size() > most)
    return Fail(ErrorCode::kInvalidArgument, std::string(name) + ": has " + std::to_string(text.size()) +
                                                 " bytes, at most " + std::to_string(most) + " are kept");
  return {};
}

Status CheckExpiry(Time expires_at, Duration longest, Time now) {
  if (expires_at <= now)
    return Fail(ErrorCode::kInvalidArgument, "expires_at: " + FormatTime(expires_at) + " is not in the future");
  const Duration most = std::min(longest, kLongestWaiver);
  if (expires_at - now > most)
    return Fail(ErrorCode::kInvalidArgument, "expires_at: " + FormatTime(expires_at) +
                                                 " is too far away: a waiver lives " + FormatDuration(most) +
                                                 " at most");
  return {};
}

Result<WaivedRule> RuleToWaive(const Verdict& verdict, const std::string& name) {
  const auto rule = std::ranges::find(verdict.rules, name, &RuleOutcome::rule);
  if (rule == verdict.rules.end())
    return Fail(ErrorCode::kInvalidArgument,
                "rules: gate " + QuotedName(verdict.gate) + " has no rule " + QuotedName(name));
  if (const std::string obstacle = ObstacleTo(*rule); !obstacle.empty())
    return Fail(ErrorCode::kFailedPrecondition, "rule " + QuotedName(name) + " cannot be waived: " + obstacle);
  WaivedRule waived{.rule = rule->rule, .state = rule->state, .severity = rule->severity};
  for (const RulePart& part : rule->parts) {
    if (part.state == VerdictState::kPass) continue;
    waived.parts.push_back({rule->rule, part.suite, part.slice, part.slice_value, part.state, FindingOf(*rule, part)});
  }
  return waived;
}

}  // namespace

std::string_view Name(WaiverState state) {
  switch (state) {
    case WaiverState::kRequested:
      return "REQUESTED";
    case WaiverState::kLive:
      return "LIVE";
    case WaiverState::kExpired:
      return "EXPIRED";
    case WaiverState::kRevoked:
      return "REVOKED";
  }
  return "REVOKED";
}

int ApprovalsNeeded(const Waiver& waiver) {
  const bool is_gravest = std::ranges::any_of(
      waiver.rules, [](const WaivedRule& rule) { return rule.severity && *rule.severity <= kGravest; });
  return is_gravest ? 2 : 1;
}

WaiverState StateAt(const Waiver& waiver, Time now) {
  if (waiver.revoked_at) return WaiverState::kRevoked;
  if (now >= waiver.expires_at) return WaiverState::kExpired;
  const bool is_approved = std::ssize(ApproversOf(waiver)) >= ApprovalsNeeded(waiver);
  return is_approved && IsWhole(waiver) && now >= waiver.requested_at ? WaiverState::kLive : WaiverState::kRequested;
}

std::string ObstacleTo(const Verdict& verdict) {
  if (verdict.state == VerdictState::kPass) return "the verdict is PASS: there is nothing to waive";
  if (!CanBeWaived(verdict.state))
    return "the verdict is " + std::string(Name(verdict.state)) + ", and only FAIL and INCONCLUSIVE can be waived";
  if (!verdict.ceiling)
    return "the verdict is of a version of assayd that did not record whether its rules alone decided; check the "
           "gate again";
  if (*verdict.ceiling != VerdictState::kPass)
    return "whatever its rules say, the gate would be " + std::string(Name(*verdict.ceiling)) +
           ": its evidence is not complete, or what it is compared with has moved, as its reason says";
  if (verdict.suites.empty()) return "the verdict rests on no suite";
  return "";
}

std::string ObstacleTo(const RuleOutcome& rule) {
  if (!rule.blocking) return "it is advisory: it blocks nothing";
  if (rule.state == VerdictState::kPass) return "it passes";
  if (!CanBeWaived(rule.state))
    return "it is " + std::string(Name(rule.state)) + ", and only FAIL and INCONCLUSIVE can be waived";
  if (!rule.waivable) return "its gate says `waivable: false`";
  if (rule.parts.empty()) return "there is no evidence";
  for (const RulePart& part : rule.parts) {
    if (part.state == VerdictState::kPass) continue;
    if (!CanBeWaived(part.state)) return "a part of it is " + std::string(Name(part.state));
    if (part.counts.scored <= 0) return "a part of it has no scored case, and so no evidence";
  }
  return "";
}

void ApplyWaivers(std::string_view project, std::span<const Waiver> waivers, Time now, Verdict& verdict) {
  verdict.decision = verdict.state;
  verdict.waivers.clear();
  if (!ObstacleTo(verdict).empty()) return;
  std::vector<const Waiver*> live;
  for (const Waiver& waiver : waivers) {
    if (StateAt(waiver, now) == WaiverState::kLive && IsBoundTo(waiver, project, verdict)) live.push_back(&waiver);
  }
  std::ranges::stable_sort(live, std::ranges::greater(), &Waiver::expires_at);
  bool are_all_covered = true;
  for (const RuleOutcome& rule : verdict.rules) {
    if (!rule.blocking || rule.state == VerdictState::kPass) continue;
    const auto covering = std::ranges::find_if(live, [&](const Waiver* waiver) { return Covers(*waiver, rule); });
    if (covering == live.end() || !ObstacleTo(rule).empty()) {
      are_all_covered = false;
      continue;
    }
    auto applied = std::ranges::find(verdict.waivers, (*covering)->id, &AppliedWaiver::id);
    if (applied == verdict.waivers.end()) {
      verdict.waivers.push_back(Applied(**covering));
      applied = std::prev(verdict.waivers.end());
    }
    applied->rules.push_back(rule.rule);
    const auto waived = std::ranges::find((*covering)->rules, rule.rule, &WaivedRule::rule);
    applied->parts.insert(applied->parts.end(), waived->parts.begin(), waived->parts.end());
  }
  if (are_all_covered && !verdict.waivers.empty()) verdict.decision = VerdictState::kPass;
}

Result<Waiver> MakeWaiver(const Verdict& verdict, const WaiverRequest& request, Duration longest, Time now) {
  ASSAY_TRY(CheckText("reason", request.reason, kMostReasonBytes));
  ASSAY_TRY(CheckText("ticket", request.ticket, kMostTicketBytes));
  ASSAY_TRY(CheckExpiry(request.expires_at, longest, now));
  if (request.rules.empty())
    return Fail(ErrorCode::kInvalidArgument, "rules: name the rules that are to be waived; there is no waiver of all");
  if (const std::string obstacle = ObstacleTo(verdict); !obstacle.empty())
    return Fail(ErrorCode::kFailedPrecondition, "nothing can be waived: " + obstacle);
  if (!verdict.origin) return Fail(ErrorCode::kFailedPrecondition, "the verdict has no place in a chain");
  Waiver waiver{.id = {},
                .project = verdict.origin->project,
                .gate = verdict.gate,
                .gate_version = verdict.gate_version,
                .candidate = verdict.candidate,
                .baseline = verdict.baseline,
                .suites = SuitesOf(verdict),
                .verdict = verdict.origin->verdict,
                .reason = request.reason,
                .ticket = request.ticket,
                .requester = request.requester,
                .requested_at = now,
                .expires_at = request.expires_at};
  std::set<std::string> seen;
  for (const std::string& name : request.rules) {
    if (!seen.insert(name).second)
      return Fail(ErrorCode::kInvalidArgument, "rules: " + QuotedName(name) + " is named twice");
    ASSAY_ASSIGN(WaivedRule rule, RuleToWaive(verdict, name));
    waiver.rules.push_back(std::move(rule));
  }
  return waiver;
}

}  // namespace assay
