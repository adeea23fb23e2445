#include "cli/check_report.h"

#include <algorithm>
#include <set>

#include "assay/v1/gate.pb.h"
#include "cli/cost.h"
#include "cli/exit_codes.h"
#include "cli/failing_table.h"
#include "cli/github_report.h"
#include "cli/judge_lines.h"
#include "cli/look_lines.h"
#include "cli/message_json.h"
#include "cli/rule_words.h"
#include "cli/table.h"
#include "cli/waivers_report.h"
#include "core/markdown.h"
#include "core/markup.h"
#include "core/plain_line.h"

namespace assay {
namespace {

std::string State(const v1::Check& check) { return v1::VerdictState::Value_Name(check.state()); }

// The worst part first: the deciding one, then the others in order.
std::vector<const v1::RulePart*> PartsOf(const v1::RuleOutcome& rule) {
  std::vector<const v1::RulePart*> parts;
  for (const v1::RulePart& part : rule.parts()) parts.push_back(&part);
  return parts;
}

// What datasets and documents say stays on its line, without control characters.
std::string OneLine(const std::string& text) {
  constexpr std::size_t kLongest = 4000;
  return Excerpt(text, kLongest);
}

// What the columns mean, in one line; "" without a rule that has bounds.
std::string Legend(const v1::Verdict& verdict) {
  const auto has_bounds = [](const v1::RuleOutcome& rule) {
    return std::ranges::any_of(rule.parts(), [](const v1::RulePart& part) { return !part.method().empty(); });
  };
  if (std::ranges::none_of(verdict.rules(), has_bounds)) return "";
  return "BOUNDS: each by itself, one-sided, at the confidence of its rule (below), what is missing counted at its "
         "worst. MARGIN: from the threshold to the bound that decides.";
}

std::string CasesOf(const v1::RulePart& part) {
  std::string text = std::to_string(part.counts().scored());
  if (part.counts().scored() != part.counts().scheduled()) text += "/" + std::to_string(part.counts().scheduled());
  if (part.has_clusters()) text += " in " + std::to_string(part.clusters().count());
  return text;
}

// "solved (pass_hat_k 3)"; the kind of a rule on no metric.
std::string MetricOf(const v1::RuleOutcome& rule) {
  if (rule.metric().empty()) return rule.kind();
  if (rule.reduce().empty()) return rule.metric();
  const std::string k = rule.has_k() ? " " + std::to_string(rule.k()) : "";
  const std::string quorum = rule.has_quorum() ? ", quorum " + std::to_string(rule.quorum()) : "";
  return rule.metric() + " (" + rule.reduce() + k + quorum + ")";
}

std::vector<std::string> Row(const v1::RuleOutcome& rule, const v1::RulePart& part, bool is_first, bool colour) {
  const std::string name = is_first ? rule.rule() + (rule.role() == v1::RuleRole::ADVISORY ? " (advisory)" : "") : "";
  return {name,
          MetricOf(rule),
          SliceOf(part),
          FormatNumber(part.estimate().has_value() ? std::optional(part.estimate().value()) : std::nullopt),
          BoundsText(rule, part),
          ThresholdText(rule),
          FormatNumber(part.has_margin() ? std::optional(part.margin()) : std::nullopt),
          CasesOf(part),
          ColourState(v1::VerdictState::Value_Name(part.state()), colour)};
}

Table RuleTable(const v1::Verdict& verdict, bool colour) {
  Table table({"RULE", "METRIC", "SLICE", "ESTIMATE", "BOUNDS", "THRESHOLD", "MARGIN", "CASES", "STATE"});
  for (const v1::RuleOutcome& rule : verdict.rules()) {
    bool is_first = true;
    for (const v1::RulePart* part : PartsOf(rule)) {
      table.Add(Row(rule, *part, is_first, colour));
      is_first = false;
    }
    if (is_first) {
      table.Add({rule.rule(), rule.metric(), "", "–", "–", ThresholdText(rule), "–", "0",
                 ColourState(v1::VerdictState::Value_Name(rule.state()), colour)});
    }
  }
  return table;
}

// How many failing cases of which parts are not among those shown: a line each.
std::vector<std::string> LeftOutLines(const v1::Verdict& verdict, const std::vector<FailingCase>& failing) {
  std::vector<std::string> lines;
  for (const v1::RuleOutcome& rule : verdict.rules()) {
    for (const v1::RulePart& part : rule.parts()) {
      const FailingCount count = CountFailing(rule, part);
      const std::string slice = SliceOf(part);
      const std::int64_t shown = std::ranges::count_if(failing, [&](const FailingCase& item) {
        return item.rule == rule.rule() && item.suite == part.suite() && item.slice == slice;
      });
      if (part.state() == v1::VerdictState::PASS || count.cases <= shown) continue;
      lines.push_back(rule.rule() + (slice.empty() ? "" : " " + slice) + ": " + (count.is_least ? "at least " : "") +
                      std::to_string(count.cases - shown) + " more of " + std::to_string(count.cases) +
                      (count.is_least ? " or more" : "") + " failing cases are left out");
    }
  }
  if (!lines.empty() && !verdict.id().empty()) lines.push_back("all of them: assay verdict cases " + verdict.id());
  return lines;
}

std::string RenderJson(const v1::Check& check, const std::vector<FailingCase>& failing, const FailureGroups& groups) {
  Json document = ToJson(check);
  document.Set("failing_cases", FailingJson(failing));
  document.Set("failing_groups", GroupsJson(groups));
  Json::Array changes;
  for (std::string& line : ChangeLines(check.verdict())) changes.emplace_back(std::move(line));
  document.Set("what_would_change", Json(std::move(changes)));
  return document.DumpIndented() + "\n";
}

// "  baseline M@V"; empty without one.
std::string BaselineOf(const v1::Check& check) {
  return check.verdict().has_baseline() ? ModelReference(check.verdict().baseline()) : "";
}

// Of rules that compare pass/fail data, who passed: a line each.
std::vector<std::string> PassTables(const v1::Verdict& verdict) {
  std::vector<std::string> lines;
  for (const v1::RuleOutcome& rule : verdict.rules()) {
    for (const v1::RulePart& part : rule.parts()) {
      if (!part.comparison().has_passes()) continue;
      const v1::PassTable& passes = part.comparison().passes();
      const std::string slice = SliceOf(part);
      lines.push_back(rule.rule() + (slice.empty() ? "" : " " + slice) + ": passed by both " +
                      std::to_string(passes.both()) + ", by the candidate only " +
                      std::to_string(passes.candidate_only()) + ", by the baseline only " +
                      std::to_string(passes.baseline_only()) + ", by neither " + std::to_string(passes.neither()));
    }
  }
  return lines;
}

std::string RunLine(const v1::CheckRun& entry) {
  const v1::Run& run = entry.run();
  const v1::Counts& counts = run.counts();
  const std::string of_baseline = entry.role() == v1::ComparisonRole::BASELINE ? "  baseline" : "";
  std::string line = "run " + run.id() + of_baseline + "  suite " + run.suite().name() + "  " +
                     v1::RunState::Value_Name(run.state()) + "  " + std::to_string(counts.scored()) + " scored";
  if (counts.unscored() > 0) line += ", " + std::to_string(counts.unscored()) + " unscored";
  if (counts.error() > 0) line += ", " + std::to_string(counts.error()) + " error";
  if (counts.skipped() > 0) line += ", " + std::to_string(counts.skipped()) + " skipped";
  line += " of " + std::to_string(counts.scheduled()) + " trials";
  if (run.answers_cached() > 0) line += ", " + std::to_string(run.answers_cached()) + " answers from the cache";
  if (entry.reused()) line += "  (reused)";
  return line;
}

// "rule: reason" of the rules that do not pass, but for what the check's own reason says already.
std::vector<std::string> OtherReasons(const v1::Check& check) {
  std::vector<std::string> reasons;
  for (const v1::RuleOutcome& rule : check.verdict().rules()) {
    std::string reason = rule.rule() + ": " + rule.reason();
    const bool is_said = check.reason().find(reason) != std::string::npos;
    if (rule.state() != v1::VerdictState::PASS && !rule.reason().empty() && !is_said)
      reasons.push_back(std::move(reason));
  }
  return reasons;
}

// What the runs of the verdict cost; empty where that is not known at all.
std::string CostLineOf(const v1::Check& check) {
  const Cost cost = CostOf(check.verdict());
  if (!cost.usd) return "";
  std::string line = "cost of the runs " + Describe(cost);
  if (cost.suites_without > 0)
    line += "; not known of " + std::to_string(cost.suites_without) + " of " +
            std::to_string(check.verdict().suites_size()) + " suites";
  return line;
}

std::string RenderText(const v1::Check& check, const std::vector<FailingCase>& failing, const FailureGroups& groups,
                       bool colour) {
  std::string text = ColourState(State(check), colour) + (IsWaived(check) ? ", WAIVED" : "") + "  gate " +
                     PlainLine(check.gate()) + "  candidate " + PlainLine(ModelReference(check.candidate()));
  if (const std::string baseline = BaselineOf(check); !baseline.empty()) text += "  baseline " + PlainLine(baseline);
  text += "\n";
  if (!check.reason().empty()) text += OneLine(check.reason()) + "\n";
  for (const std::string& line : WaiverLines(check.verdict())) text += PlainLine(line) + "\n";
  if (check.has_verdict()) {
    text += "\n" + RuleTable(check.verdict(), colour).Render(2);
    if (const std::string legend = Legend(check.verdict()); !legend.empty()) text += "  " + legend + "\n";
    for (const std::string& line : LookLines(check.verdict())) text += "  " + OneLine(line) + "\n";
    for (const std::string& line : PassTables(check.verdict())) text += "  " + PlainLine(line) + "\n";
    for (const std::string& line : MethodLines(check.verdict())) text += "  " + PlainLine(line) + "\n";
    for (const std::string& line : ChangeLines(check.verdict())) text += "  " + PlainLine(line) + "\n";
    for (const std::string& line : LostLines(check.verdict())) text += "  " + PlainLine(line) + "\n";
    for (const std::string& line : JudgeLines(check.verdict())) text += "  " + PlainLine(line) + "\n";
    for (const std::string& reason : OtherReasons(check)) text += "\n  " + OneLine(reason);
    if (text.back() != '\n') text += "\n";
    for (const std::string& warning : check.verdict().warnings()) text += "\nWarning: " + OneLine(warning) + "\n";
  }
  if (!groups.rows.empty()) {
    std::vector<std::string> left_out;
    text += "\nAll failing cases by slice and label\n" + GroupTable(groups, left_out).Render(2);
    for (const std::string& line : left_out) text += "  " + PlainLine(line) + "\n";
  }
  for (const std::string& problem : groups.problems) text += "\n  " + OneLine(problem) + "\n";
  if (!failing.empty()) {
    text += "\nFirst failing cases\n" + FailingTable(failing, 60).Render(2);
    for (const std::string& line : LeftOutLines(check.verdict(), failing)) text += "  " + PlainLine(line) + "\n";
  }
  text += "\n";
  for (const v1::CheckRun& run : check.runs()) text += PlainLine(RunLine(run)) + "\n";
  if (const std::string cost = CostLineOf(check); !cost.empty()) text += cost + "\n";
  text += "check " + PlainLine(check.id());
  if (check.has_verdict()) text += "  verdict " + PlainLine(check.verdict().id());
  return text + "\n";
}

std::string RenderMarkdownReport(const v1::Check& check, const std::vector<FailingCase>& failing,
                                 const FailureGroups& groups) {
  const std::string state = State(check);
  const std::string mark = IsWaived(check)      ? "⚠️"
                           : state == "PASS"    ? "✅"
                           : state == "FAIL"    ? "❌"
                           : state == "PENDING" ? "⏳"
                                                : "⚠️";
  std::string text = "## " + mark + " " + StateWithWaivers(check) + ": gate " + MarkdownCode(check.gate()) + " for " +
                     MarkdownCode(ModelReference(check.candidate()));
  if (const std::string baseline = BaselineOf(check); !baseline.empty())
    text += ", compared with " + MarkdownCode(baseline);
  text += "\n\n";
  if (!check.reason().empty()) text += EscapeMarkdown(check.reason()) + "\n\n";
  for (const std::string& line : WaiverLines(check.verdict())) text += "**" + EscapeMarkdown(line) + "**\n\n";
  if (check.has_verdict()) {
    text += RuleTable(check.verdict(), false).RenderMarkdown() + "\n";
    if (const std::string legend = Legend(check.verdict()); !legend.empty()) text += legend + "\n\n";
    std::vector<std::string> reasons = LookLines(check.verdict());
    for (std::string& line : PassTables(check.verdict())) reasons.push_back(std::move(line));
    for (std::string& line : MethodLines(check.verdict())) reasons.push_back(std::move(line));
    for (std::string& line : ChangeLines(check.verdict())) reasons.push_back(std::move(line));
    for (std::string& line : LostLines(check.verdict())) reasons.push_back(std::move(line));
    for (std::string& line : JudgeLines(check.verdict())) reasons.push_back(std::move(line));
    for (std::string& reason : OtherReasons(check)) reasons.push_back(std::move(reason));
    for (const std::string& reason : reasons) text += "- " + EscapeMarkdown(reason) + "\n";
    if (!reasons.empty()) text += "\n";
    for (const std::string& warning : check.verdict().warnings()) text += "⚠️ " + EscapeMarkdown(warning) + "\n\n";
  }
  if (!groups.rows.empty()) {
    std::vector<std::string> left_out;
    text += "### All failing cases by slice and label\n\n" + GroupTable(groups, left_out).RenderMarkdown() + "\n";
    for (const std::string& line : left_out) text += "- " + EscapeMarkdown(line) + "\n";
    text += left_out.empty() ? "" : "\n";
  }
  for (const std::string& problem : groups.problems) text += "- " + EscapeMarkdown(problem) + "\n\n";
  if (!failing.empty()) {
    text += "### First failing cases\n\n" + FailingTable(failing, 120).RenderMarkdown() + "\n";
    for (const std::string& line : LeftOutLines(check.verdict(), failing)) text += "- " + EscapeMarkdown(line) + "\n";
    text += "\n";
  }
  for (const v1::CheckRun& run : check.runs()) text += "- " + EscapeMarkdown(RunLine(run)) + "\n";
  if (const std::string cost = CostLineOf(check); !cost.empty()) text += "- " + cost + "\n";
  text += "\nCheck " + MarkdownCode(check.id());
  if (check.has_verdict()) text += ", verdict " + MarkdownCode(check.verdict().id());
  return text + "\n";
}

// What is not proven to pass must turn a build red, so INCONCLUSIVE is a failure here and never "skipped".
std::string Outcome(const std::string& state, const std::string& reason) {
  if (state == "PASS") return "";
  const char* element = state == "ERROR" || state == "PENDING" ? "error" : "failure";
  return std::string("<") + element + " type=\"" + state + "\" message=\"" + EscapeMarkup(reason) + "\"/>";
}

std::string RenderJunit(const v1::Check& check, const std::vector<FailingCase>& failing, const FailureGroups& groups) {
  int failures = 0;
  int errors = 0;
  std::string cases;
  // `excused`: why it does not turn the build red although it did not pass; "" when nothing does. `details`: lines.
  const auto add = [&](const std::string& name, const std::string& state, const std::string& reason,
                       const std::string& excused, const std::vector<std::string>& details) {
    const bool counts = excused.empty();
    failures += counts && (state == "FAIL" || state == "INCONCLUSIVE");
    errors += counts && (state == "ERROR" || state == "PENDING");
    std::string output = counts ? "" : EscapeMarkup(excused + " " + state + ": " + reason);
    for (const std::string& line : details) output += (output.empty() ? "" : "\n") + EscapeMarkup(line);
    cases += "    <testcase classname=\"" + EscapeMarkup(check.gate()) + "\" name=\"" + EscapeMarkup(name) + "\">" +
             (counts ? Outcome(state, reason) : "") +
             (output.empty() ? "" : "<system-out>" + output + "</system-out>") + "</testcase>\n";
  };
  for (const v1::RuleOutcome& rule : check.verdict().rules()) {
    const bool is_advisory = rule.role() == v1::RuleRole::ADVISORY;
    // Only a waiver that lets the candidate ship excuses a rule.
    const std::string note = IsWaived(check) ? WaivedNote(check.verdict(), rule.rule()) : "";
    std::vector<std::string> details = RuleDetails(rule);
    for (std::string& line : GroupLines(groups, rule.rule())) details.push_back(std::move(line));
    for (const FailingCase& one : failing) {
      if (one.rule == rule.rule()) details.push_back(FailingLine(one, 200));
    }
    add(rule.rule(), v1::VerdictState::Value_Name(rule.state()), rule.reason(), is_advisory ? "advisory" : note,
        details);
  }
  add("verdict", State(check), check.reason(), IsWaived(check) ? "WAIVED" : "", {});
  std::string output;
  for (const std::string& line : WaiverLines(check.verdict())) output += EscapeMarkup(line) + "\n";
  for (const std::string& line : LookLines(check.verdict())) output += EscapeMarkup(line) + "\n";
  for (const std::string& warning : check.verdict().warnings()) output += "Warning: " + EscapeMarkup(warning) + "\n";
  if (!output.empty()) output = "    <system-out>" + output + "</system-out>\n";
  const int tests = check.verdict().rules_size() + 1;
  const std::string counts = "tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failures) +
                             "\" errors=\"" + std::to_string(errors) + "\"";
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " + counts + ">\n  <testsuite name=\"" +
         EscapeMarkup(check.gate() + " " + ModelReference(check.candidate())) + "\" " + counts + ">\n" + cases +
         output + "  </testsuite>\n</testsuites>\n";
}

constexpr std::pair<std::string_view, ReportFormat> kFormats[] = {{"text", ReportFormat::kText},
                                                                  {"json", ReportFormat::kJson},
                                                                  {"junit", ReportFormat::kJunit},
                                                                  {"markdown", ReportFormat::kMarkdown},
                                                                  {"github", ReportFormat::kGithub}};

}  // namespace

std::vector<std::string> ReportFormatWords() {
  std::vector<std::string> words;
  for (const auto& [word, format] : kFormats) words.emplace_back(word);
  return words;
}

std::optional<ReportFormat> ParseReportFormat(std::string_view word) {
  for (const auto& [known, format] : kFormats) {
    if (known == word) return format;
  }
  return std::nullopt;
}

std::string RenderCheck(const v1::Check& check, const std::vector<FailingCase>& failing, ReportFormat format,
                        bool colour, const FailureGroups& groups) {
  switch (format) {
    case ReportFormat::kText:
      return RenderText(check, failing, groups, colour);
    case ReportFormat::kJson:
      return RenderJson(check, failing, groups);
    case ReportFormat::kJunit:
      return RenderJunit(check, failing, groups);
    case ReportFormat::kMarkdown:
      return RenderMarkdownReport(check, failing, groups);
    case ReportFormat::kGithub:
      return GitHubAnnotations(check);
  }
  return "";
}

int ExitCodeOf(const v1::Check& check) {
  if (IsWaived(check)) return kExitOk;
  switch (check.state()) {
    case v1::VerdictState::PASS:
      return kExitOk;
    case v1::VerdictState::FAIL:
      return kExitFail;
    case v1::VerdictState::INCONCLUSIVE:
      return kExitInconclusive;
    case v1::VerdictState::PENDING:
      return kExitPending;
    default:
      return kExitError;  // ERROR, and any state this program does not know
  }
}

}  // namespace assay
