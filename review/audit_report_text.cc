// The report of audits as one Markdown document.

#include <charconv>

#include "core/markdown.h"
#include "review/audit_report.h"

namespace assay {
namespace {

using ShownName = std::function<std::string(const std::string&)>;

std::string Decimal(const std::optional<double>& value) {
  if (!value) return "–";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, *value, std::chars_format::fixed, 3);
  return {text, end.ptr};
}

std::string ShareInWords(const ReviewShare& share) {
  if (share.of == 0) return "none";
  return std::to_string(share.count) + " of " + std::to_string(share.of) + ", " + Decimal(share.share) + " [" +
         Decimal(share.lower) + ", " + Decimal(share.upper) + "]";
}

std::string NamesInWords(const std::vector<std::string>& people, const ShownName& name) {
  std::string words;
  for (const std::string& person : people) words += (words.empty() ? "" : ", ") + name(person);
  return words;
}

std::string ReportHead(const AuditReport& report) {
  std::string text = "# Audits of queue " + EscapeMarkdown(report.queue) + "\n\nFrom " +
                     FormatTime(report.window.from) + " to " + FormatTime(report.window.to) +
                     ".\n\n**Passed: " + ShareInWords(report.passed) + "** (Wilson, 95 %)";
  if (report.decisions_right)
    text += "; of all decisions, each audit weighed by the inverse of its probability, " +
            Decimal(report.decisions_right) + " are right";
  text += ".\n\n";
  if (report.withheld > 0)
    text += std::to_string(report.withheld) +
            " items are left out, which who asked may still be asked to judge or audit.\n\n";
  return text;
}

std::string SamplePart(const AuditReport& report) {
  std::string text = "## Sample\n\nDrawn from the ids of items and a secret of the installation (seed " +
                     EscapeMarkdown(report.seed) + "): share " + Decimal(report.policy.share) + ", of new people " +
                     Decimal(report.policy.new_share) + ", all of severity " + std::to_string(report.policy.severity) +
                     ", all rework; " + std::to_string(report.ordered) + " were ordered.\n\n" +
                     MarkdownHead({"PROBABILITY", "DECISIONS", "DRAWN", "AUDITED", "WAIT"});
  for (const auto& [probability, sample] : report.sample)
    text += MarkdownRow({Decimal(probability), std::to_string(sample.decisions), std::to_string(sample.drawn),
                         std::to_string(sample.audited), std::to_string(sample.waiting)});
  return text + "\n";
}

template <class Key>
std::string CountRows(const std::map<Key, std::int64_t>& counts, const std::string& what) {
  std::string rows;
  for (const auto& [key, count] : counts) {
    std::string name;
    if constexpr (std::is_enum_v<Key>) {
      name = WordOf(key);
    } else if constexpr (std::is_same_v<Key, int>) {
      name = std::to_string(key);
    } else {
      name = key.empty() ? "withheld" : key;
    }
    rows += MarkdownRow({what, name, std::to_string(count)});
  }
  return rows;
}

std::string CausesPart(const AuditReport& report) {
  const std::string rows = CountRows(report.defects, "defect found") + CountRows(report.severities, "its severity") +
                           CountRows(report.adjudicated, "why people had differed") +
                           CountRows(report.reopened, "reopened because of");
  const std::string title = "## Root causes\n\n";
  if (rows.empty()) return title + "Nothing was wrong.\n\n";
  return title + MarkdownHead({"OF", "CAUSE", "COUNT"}) + rows + "\n";
}

std::string FollowedInWords(const AuditFinding& finding, const ShownName& name) {
  const AuditFinding::Followed& followed = finding.followed;
  if (followed.decision.empty()) return "nothing yet; it is " + std::string(WordOf(finding.state));
  std::string words = std::string(followed.has_changed ? "decided otherwise" : "decided the same again") + " at " +
                      FormatTime(followed.at) + " by " + NamesInWords(followed.by, name);
  if (followed.passes) words += *followed.passes ? "; that passed its audit" : "; that failed its audit";
  return words;
}

std::string FailedPart(const AuditReport& report, const ShownName& name) {
  const std::string title = "## What failed, and what followed\n\n";
  if (report.failed.empty()) return title + "Nothing failed.\n\n";
  std::string text =
      title + MarkdownHead({"ITEM", "CASE", "DECIDED BY", "AUDITOR", "DEFECT", "SEVERITY", "TO BE DONE", "FOLLOWED"});
  for (const AuditFinding& each : report.failed)
    text += MarkdownRow({each.item, each.suite + " " + each.case_id, NamesInWords(each.people, name),
                         name(each.audit.auditor), each.audit.defect,
                         each.audit.severity ? std::to_string(*each.audit.severity) : "–", each.audit.action,
                         FollowedInWords(each, name)});
  return text + "\n";
}

std::string ActionsPart(const AuditReport& report) {
  std::string lines;
  for (const CalibrationSession& session : report.calibrations)
    lines += "- calibration " + EscapeMarkdown(session.id) + " on " + std::to_string(session.items.size()) +
             " items, opened " + FormatTime(session.opened_at) +
             (session.closed_at ? ", closed " + FormatTime(*session.closed_at) : ", not closed yet") + "\n";
  for (const RubricStep& step : report.rubric_versions)
    lines += "- rubric " + EscapeMarkdown(step.version) + " since " + FormatTime(step.kept_at) + ": " +
             EscapeMarkdown(step.reason) + "\n";
  for (const Clarification& each : report.clarifications)
    lines += "- clarification of clause " + EscapeMarkdown(each.clause) +
             (!each.closed_at    ? ", open"
              : each.is_rejected ? ", rejected"
                                 : ", answered by version " + EscapeMarkdown(each.closed_by)) +
             (each.reason.empty() ? "" : ": " + EscapeMarkdown(each.reason)) + "\n";
  const std::string title = "## What was done about the queue since\n\n";
  return title + (lines.empty() ? "No calibration, version of the rubric or clarification.\n" : lines) + "\n";
}

std::string PeoplePart(const AuditReport& report, const ShownName& name) {
  if (report.people.empty()) return "";
  std::string text = "## By whose judgements were audited\n\n" + MarkdownHead({"PERSON", "PASSED"});
  for (const auto& [person, share] : report.people) text += MarkdownRow({name(person), ShareInWords(share)});
  return text + "\n";
}

std::string RightPart(const AuditReport& report, const ShownName& name) {
  std::string text = "## What passed\n\n" + MarkdownHead({"ITEM", "CASE", "DECIDED BY", "AUDITOR", "AT"});
  for (const AuditFinding& each : report.right)
    text += MarkdownRow({each.item, each.suite + " " + each.case_id, NamesInWords(each.people, name),
                         name(each.audit.auditor), FormatTime(each.audit.at)});
  if (report.left_out > 0) text += "\n" + std::to_string(report.left_out) + " older findings are left out.\n";
  return text + "\n";
}

}  // namespace

std::string MarkdownOf(const AuditReport& report, const ShownName& name) {
  return ReportHead(report) + SamplePart(report) + CausesPart(report) + FailedPart(report, name) + ActionsPart(report) +
         PeoplePart(report, name) + RightPart(report, name) + "Made at " + FormatTime(report.made_at) +
         " of what was stored then.\n";
}

}  // namespace assay
