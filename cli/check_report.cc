#include "cli/check_report.h"

#include <algorithm>
#include <set>

#include "assay/v1/gate.pb.h"
#include "cli/cost.h"
#include "cli/exit_codes.h"
#include "cli/github_report.h"
#include "cli/judge_lines.h"
#include "cli/look_lines.h"
#include "cli/message_json.h"
#include "cli/table.h"
#include "cli/waivers_report.h"
#include "core/markup.h"

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

std::string PartName(const v1::RulePart& part) {
  if (part.slice().empty()) return "";
  return OneLine(part.slice() + "=" + (part.slice_value().empty() ? "(none)" : part.slice_value()));
}

std::optional<double> Optional(bool has, double value) { return has ? std::optional(value) : std::nullopt; }

bool IsFloor(const v1::RuleOutcome& rule) {
  const bool is_expression = rule.kind() == "expression" && rule.asks().find('>') != std::string::npos;
  return rule.kind() == "at_least" || rule.kind() == "coverage" || rule.kind() == "per_case_floor" || is_expression ||
         rule.asks().starts_with("difference >");
}

bool Compares(const v1::RuleOutcome& rule) {
  return std::ranges::any_of(rule.parts(), [](const v1::RulePart& part) { return part.has_comparison(); });
}

// The bounds that the threshold was held against, missing trials counted, so that MARGIN is a difference of what is
// shown. The estimate's own interval, of what was scored, is in the JSON.
std::string BoundsOf(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  if (!part.has_pass_bound() && !part.has_fail_bound()) return "–";
  const auto pass = Optional(part.has_pass_bound(), part.pass_bound());
  const auto fail = Optional(part.has_fail_bound(), part.fail_bound());
  if (part.has_comparison() && pass && fail) {
    return "[" + FormatNumber(std::min(*pass, *fail)) + ", " + FormatNumber(std::max(*pass, *fail)) + "]";
  }
  const bool is_floor = IsFloor(rule);
  return "[" + FormatNumber(is_floor ? pass : fail) + ", " + FormatNumber(is_floor ? fail : pass) + "]";
}

// "95 %", or "95 % or 99 %" when the rules differ; empty without rules that have bounds.
std::string Confidences(const v1::Verdict& verdict) {
  std::set<double> all;
  for (const v1::RuleOutcome& rule : verdict.rules()) {
    const bool counts = rule.parts_size() > 0 && rule.parts(0).estimate().confidence() == 1;  // no sample of anything
    if (rule.parts_size() > 0 && rule.kind() != "coverage" && !counts) all.insert(rule.confidence());
  }
  std::string text;
  for (const double confidence : all) text += (text.empty() ? "" : " or ") + FormatNumber(100 * confidence) + " %";
  return text;
}

// What the columns mean, in one line.
std::string Legend(const v1::Verdict& verdict) {
  const std::string confidences = Confidences(verdict);
  if (confidences.empty()) return "";
  return "BOUNDS: each by itself at " + confidences + " (one-sided), what is missing counted at its worst. " +
         "MARGIN: from the threshold to the bound that decides.";
}

std::string ThresholdOf(const v1::RuleOutcome& rule) {
  static const std::set<std::string> plain = {"at_least", "at_most", "zero_failures", "coverage"};
  if (Compares(rule) || (!plain.contains(rule.kind()) && !rule.asks().empty())) return OneLine(rule.asks());
  if (!rule.has_threshold()) return "–";
  return (IsFloor(rule) ? "≥ " : "≤ ") + FormatNumber(rule.threshold());
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
          PartName(part),
          FormatNumber(Optional(part.has_estimate() && part.estimate().has_value(), part.estimate().value())),
          BoundsOf(rule, part),
          ThresholdOf(rule),
          FormatNumber(Optional(part.has_margin(), part.margin())),
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
      table.Add({rule.rule(), rule.metric(), "", "–", "–", ThresholdOf(rule), "–", "0",
                 ColourState(v1::VerdictState::Value_Name(rule.state()), colour)});
    }
  }
  return table;
}

// With the baseline beside the candidate where a rule compares.
Table FailingTable(const std::vector<FailingCase>& failing, std::size_t width) {
  const bool compares = std::ranges::any_of(failing, [](const FailingCase& item) { return item.baseline.has_value(); });
  std::vector<std::string> columns{"RULE", "CASE", "WHY", "RESPONSE"};
  if (compares) columns.insert(columns.end(), {"BASELINE", "ITS RESPONSE"});
  Table table(columns);
  for (const FailingCase& item : failing) {
    std::vector<std::string> row{item.rule, Excerpt(item.case_id, 40), Excerpt(item.reason, width),
                                 Excerpt(item.response, width)};
    if (compares) {
      row.push_back(item.baseline ? Excerpt(item.baseline->reason, width) : "");
      row.push_back(item.baseline ? Excerpt(item.baseline->response, width) : "");
    }
    table.Add(std::move(row));
  }
  return table;
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
      const std::string slice = PartName(part);
      lines.push_back(rule.rule() + (slice.empty() ? "" : " " + slice) + ": passed by both " +
                      std::to_string(passes.both()) + ", by the candidate only " +
                      std::to_string(passes.candidate_only()) + ", by the baseline only " +
                      std::to_string(passes.baseline_only()) + ", by neither " + std::to_string(passes.neither()));
    }
  }
  return lines;
}

// Of rules that ask for a method, and of parts whose cases come in clusters: a line each.
std::vector<std::string> MethodLines(const v1::Verdict& verdict) {
  std::vector<std::string> lines;
  for (const v1::RuleOutcome& rule : verdict.rules()) {
    for (const v1::RulePart& part : rule.parts()) {
      if (!part.has_clusters() && rule.method().empty()) continue;
      const std::string slice = PartName(part);
      std::string line = rule.rule() + (slice.empty() ? "" : " " + slice) + ": ";
      if (!rule.method().empty()) line += "asks for " + rule.method() + ", ";
      line += part.method().empty() ? "no bounds" : "bounds by " + part.method();
      if (part.has_clusters()) {
        const v1::PartClusters& clusters = part.clusters();
        line += ", " + std::to_string(clusters.count()) + (clusters.count() == 1 ? " cluster" : " clusters") +
                " of up to " + std::to_string(clusters.largest()) + " cases";
        if (clusters.has_design_effect()) line += ", design effect " + FormatNumber(clusters.design_effect());
      }
      lines.push_back(std::move(line));
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

std::string RenderText(const v1::Check& check, const std::vector<FailingCase>& failing, bool colour) {
  std::string text = ColourState(State(check), colour) + (IsWaived(check) ? ", WAIVED" : "") + "  gate " +
                     check.gate() + "  candidate " + ModelReference(check.candidate());
  if (const std::string baseline = BaselineOf(check); !baseline.empty()) text += "  baseline " + baseline;
  text += "\n";
  if (!check.reason().empty()) text += OneLine(check.reason()) + "\n";
  for (const std::string& line : WaiverLines(check.verdict())) text += line + "\n";
  if (check.has_verdict()) {
    text += "\n" + RuleTable(check.verdict(), colour).Render(2);
    if (const std::string legend = Legend(check.verdict()); !legend.empty()) text += "  " + legend + "\n";
    for (const std::string& line : LookLines(check.verdict())) text += "  " + OneLine(line) + "\n";
    for (const std::string& line : PassTables(check.verdict())) text += "  " + line + "\n";
    for (const std::string& line : MethodLines(check.verdict())) text += "  " + line + "\n";
    for (const std::string& line : JudgeLines(check.verdict())) text += "  " + line + "\n";
    for (const std::string& reason : OtherReasons(check)) text += "\n  " + OneLine(reason);
    if (text.back() != '\n') text += "\n";
    for (const std::string& warning : check.verdict().warnings()) text += "\nWarning: " + OneLine(warning) + "\n";
  }
  if (!failing.empty()) text += "\nFirst failing cases\n" + FailingTable(failing, 60).Render(2);
  text += "\n";
  for (const v1::CheckRun& run : check.runs()) text += RunLine(run) + "\n";
  if (const std::string cost = CostLineOf(check); !cost.empty()) text += cost + "\n";
  text += "check " + check.id();
  if (check.has_verdict()) text += "  verdict " + check.verdict().id();
  return text + "\n";
}

std::string RenderMarkdownReport(const v1::Check& check, const std::vector<FailingCase>& failing) {
  const std::string state = State(check);
  const std::string mark = IsWaived(check)      ? "⚠️"
                           : state == "PASS"    ? "✅"
                           : state == "FAIL"    ? "❌"
                           : state == "PENDING" ? "⏳"
                                                : "⚠️";
  std::string text = "## " + mark + " " + StateWithWaivers(check) + ": gate `" + check.gate() + "` for `" +
                     ModelReference(check.candidate()) + "`";
  if (const std::string baseline = BaselineOf(check); !baseline.empty()) text += ", compared with `" + baseline + "`";
  text += "\n\n";
  if (!check.reason().empty()) text += EscapeMarkdown(check.reason()) + "\n\n";
  for (const std::string& line : WaiverLines(check.verdict())) text += "**" + EscapeMarkdown(line) + "**\n\n";
  if (check.has_verdict()) {
    text += RuleTable(check.verdict(), false).RenderMarkdown() + "\n";
    if (const std::string legend = Legend(check.verdict()); !legend.empty()) text += legend + "\n\n";
    std::vector<std::string> reasons = LookLines(check.verdict());
    for (std::string& line : PassTables(check.verdict())) reasons.push_back(std::move(line));
    for (std::string& line : MethodLines(check.verdict())) reasons.push_back(std::move(line));
    for (std::string& line : JudgeLines(check.verdict())) reasons.push_back(std::move(line));
    for (std::string& reason : OtherReasons(check)) reasons.push_back(std::move(reason));
    for (const std::string& reason : reasons) text += "- " + EscapeMarkdown(reason) + "\n";
    if (!reasons.empty()) text += "\n";
    for (const std::string& warning : check.verdict().warnings()) text += "⚠️ " + EscapeMarkdown(warning) + "\n\n";
  }
  if (!failing.empty()) text += "### First failing cases\n\n" + FailingTable(failing, 120).RenderMarkdown() + "\n";
  for (const v1::CheckRun& run : check.runs()) text += "- " + RunLine(run) + "\n";
  if (const std::string cost = CostLineOf(check); !cost.empty()) text += "- " + cost + "\n";
  text += "\nCheck `" + check.id() + "`";
  if (check.has_verdict()) text += ", verdict `" + check.verdict().id() + "`";
  return text + "\n";
}

// What is not proven to pass must turn a build red, so INCONCLUSIVE is a failure here and never "skipped".
std::string Outcome(const std::string& state, const std::string& reason) {
  if (state == "PASS") return "";
  const char* element = state == "ERROR" || state == "PENDING" ? "error" : "failure";
  return std::string("<") + element + " type=\"" + state + "\" message=\"" + EscapeMarkup(reason) + "\"/>";
}

std::string RenderJunit(const v1::Check& check) {
  int failures = 0;
  int errors = 0;
  std::string cases;
  // `excused`: why it does not turn the build red although it did not pass; "" when nothing does.
  const auto add = [&](const std::string& name, const std::string& state, const std::string& reason,
                       const std::string& excused) {
    const bool counts = excused.empty();
    failures += counts && (state == "FAIL" || state == "INCONCLUSIVE");
    errors += counts && (state == "ERROR" || state == "PENDING");
    cases += "    <testcase classname=\"" + EscapeMarkup(check.gate()) + "\" name=\"" + EscapeMarkup(name) + "\">" +
             (counts ? Outcome(state, reason)
                     : "<system-out>" + EscapeMarkup(excused + " " + state + ": " + reason) + "</system-out>") +
             "</testcase>\n";
  };
  for (const v1::RuleOutcome& rule : check.verdict().rules()) {
    const bool is_advisory = rule.role() == v1::RuleRole::ADVISORY;
    // Only a waiver that lets the candidate ship excuses a rule.
    const std::string note = IsWaived(check) ? WaivedNote(check.verdict(), rule.rule()) : "";
    add(rule.rule(), v1::VerdictState::Value_Name(rule.state()), rule.reason(), is_advisory ? "advisory" : note);
  }
  add("verdict", State(check), check.reason(), IsWaived(check) ? "WAIVED" : "");
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
                        bool colour) {
  switch (format) {
    case ReportFormat::kText:
      return RenderText(check, failing, colour);
    case ReportFormat::kJson:
      return ToJson(check).DumpIndented() + "\n";
    case ReportFormat::kJunit:
      return RenderJunit(check);
    case ReportFormat::kMarkdown:
      return RenderMarkdownReport(check, failing);
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
