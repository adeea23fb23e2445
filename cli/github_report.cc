#include "cli/github_report.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/v1/gate.pb.h"
#include "cli/check_report.h"
#include "cli/message_json.h"
#include "cli/table.h"
#include "cli/waivers_report.h"

namespace assay {
namespace {

constexpr int kMostAnnotations = 10;
constexpr std::size_t kLongestText = 4000;
constexpr std::size_t kMostSummary = 1024u * 1024 - 1024;  // GitHub takes 1 MiB a step

// On one line: of several, a log shows each as a line of its own.
std::string Replaced(std::string_view text, bool is_property) {
  std::string out;
  for (const char c : Excerpt(text, kLongestText)) {
    if (c == '%') {
      out += "%25";
    } else if (is_property && c == ':') {
      out += "%3A";
    } else if (is_property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view CommandFor(v1::VerdictState::Value state) {
  switch (state) {
    case v1::VerdictState::PASS:
      return "notice";
    case v1::VerdictState::INCONCLUSIVE:
    case v1::VerdictState::PENDING:
      return "warning";
    default:
      return "error";
  }
}

// How bad a state is, as the verdict is the worst of its rules: FAIL > ERROR > INCONCLUSIVE and PENDING.
int BadnessOf(v1::VerdictState::Value state) {
  switch (state) {
    case v1::VerdictState::FAIL:
      return 3;
    case v1::VerdictState::ERROR:
      return 2;
    case v1::VerdictState::PASS:
      return 0;
    default:
      return 1;
  }
}

// Those that block and do not pass: GitHub shows ten annotations of a step, and what decided is to be among them. Of
// equally bad ones the gravest first.
std::vector<const v1::RuleOutcome*> WorstFirst(const v1::Verdict& verdict) {
  constexpr int kNoSeverity = 6;
  std::vector<const v1::RuleOutcome*> rules;
  for (const v1::RuleOutcome& rule : verdict.rules()) {
    if (rule.role() != v1::RuleRole::ADVISORY && rule.state() != v1::VerdictState::PASS) rules.push_back(&rule);
  }
  const auto rank = [](const v1::RuleOutcome* rule) {
    return std::pair(-BadnessOf(rule->state()), rule->has_severity() ? rule->severity() : kNoSeverity);
  };
  std::ranges::stable_sort(rules, {}, rank);
  return rules;
}

std::string Annotation(std::string_view command, const std::string& title, const std::string& text) {
  return "::" + std::string(command) + " title=" + Replaced(title, true) + "::" + Replaced(text, false) + "\n";
}

}  // namespace

std::string GitHubAnnotations(const v1::Check& check) {
  const std::string gate =
      "gate " + check.gate() + " " + StateWithWaivers(check) + " for " + ModelReference(check.candidate()) +
      (check.verdict().has_baseline() ? " against " + ModelReference(check.verdict().baseline()) : "");
  const auto command_of = [&](v1::VerdictState::Value state) {
    return IsWaived(check) && state != v1::VerdictState::PASS ? std::string_view("warning") : CommandFor(state);
  };
  std::string text = Annotation(command_of(check.state()), gate, check.reason());
  int count = 1;
  const auto add = [&](std::string_view command, const std::string& title, const std::string& reason) {
    if (++count <= kMostAnnotations) text += Annotation(command, title, reason);
  };
  for (const std::string& line : WaiverLines(check.verdict())) add("warning", gate, line);
  for (const v1::RuleOutcome* rule : WorstFirst(check.verdict())) {
    add(command_of(rule->state()), "rule " + rule->rule() + " " + v1::VerdictState::Value_Name(rule->state()),
        rule->reason());
  }
  for (const std::string& warning : check.verdict().warnings()) add("warning", "gate " + check.gate(), warning);
  return text;
}

Status AppendStepSummary(const v1::Check& check, const std::vector<FailingCase>& failing, const FailureGroups& groups) {
  const char* path = std::getenv("GITHUB_STEP_SUMMARY");
  if (path == nullptr || *path == '\0') return {};
  std::string page = RenderCheck(check, failing, ReportFormat::kMarkdown, false, groups);
  if (page.size() > kMostSummary) {
    page.resize(page.rfind('\n', kMostSummary) + 1);
    page += "\nThe rest is cut: a summary has at most 1 MiB.\n";
  }
  std::ofstream file(path, std::ios::app | std::ios::binary);
  file << page << std::flush;
  if (!file) return Fail(ErrorCode::kUnavailable, "GITHUB_STEP_SUMMARY: cannot write \"" + std::string(path) + "\"");
  return {};
}

}  // namespace assay
