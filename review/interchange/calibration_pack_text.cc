// A calibration pack as one Markdown document.

#include <charconv>

#include "core/markdown.h"
#include "review/interchange/calibration_pack.h"
#include "review/interchange/text_budget.h"

namespace assay {
namespace {

std::string Escaped(std::string_view text) { return EscapeMarkdown(text); }

std::string Figure(const std::optional<double>& value) {
  if (!value) return "–";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, *value, std::chars_format::fixed, 3);
  return {text, end.ptr};
}

std::string Joined(const std::vector<std::string>& names, const PersonNaming& naming) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + naming.NameOf(name);
  return joined;
}

std::string PackHead(const CalibrationPack& pack) {
  const CalibrationSession& session = pack.session;
  return "# Calibration " + Escaped(session.id) + ": " + Escaped(session.rubric) + " " +
         ToString(session.rubric_version) + ", queue " + Escaped(pack.queue) + "\n\n- led by " +
         Escaped(pack.naming.NameOf(session.facilitator)) +
         "\n- people: " + Escaped(Joined(session.people, pack.naming)) + "\n- opened " + FormatTime(session.opened_at) +
         (session.closed_at ? ", closed " + FormatTime(*session.closed_at) : "") + "\n- " +
         std::to_string(session.items.size()) + " items, of which " + std::to_string(pack.report.rulings) +
         " were ruled on\n\n";
}

std::string AgreementPart(const CalibrationPack& pack) {
  std::string text = "## Agreement\n\nOf what was said blind; intervals are of 95 %.\n\n";
  text += MarkdownHead({"CRITERION", "UNITS", "RAW", "ALPHA", "BOUNDS", "AC1", "NOTE"});
  for (const CriterionAgreement& each : pack.report.agreement) {
    text += MarkdownRow({each.criterion, std::to_string(each.units), Figure(each.percent), Figure(each.alpha),
                         "[" + Figure(each.alpha_lower) + ", " + Figure(each.alpha_upper) + "]", Figure(each.ac1),
                         each.note});
  }
  text += "\n" + MarkdownHead({"PERSON", "RULED ON", "RIGHT", "ESCALATED"});
  for (const CalibrationReport::PersonRow& row : pack.report.people)
    text += MarkdownRow({pack.naming.NameOf(row.person), std::to_string(row.judged), std::to_string(row.right),
                         std::to_string(row.escalated)});
  return text + "\n";
}

std::string LogPart(const CalibrationPack& pack) {
  std::string rows;
  for (const CalibrationRow& row : pack.grid) {
    for (const Disagreement& each : DisagreementsOf(row, pack.rubric)) {
      std::string said;
      for (const auto& [category, people] : each.said)
        said += (said.empty() ? "" : "; ") + category + ": " + Joined(people, pack.naming);
      rows += MarkdownRow({row.item, each.criterion + (each.unit.empty() ? "" : " " + each.unit), said});
    }
  }
  const std::string title = "## Disagreement log\n\n";
  if (rows.empty()) return title + "All said the same of everything.\n\n";
  return title + MarkdownHead({"ITEM", "ON", "WHO SAID WHAT"}) + rows + "\n";
}

std::string TextsPart(const RecordTexts& texts, TextBudget& budget) {
  std::string text;
  for (const Message& message : texts.prompt)
    text += "**" + std::string(Name(message.role)) + "**\n\n" + MarkdownQuote(budget.Take(message.content));
  if (!texts.reference.empty()) text += "**expected**\n\n" + MarkdownQuote(budget.Take(texts.reference));
  if (!texts.context.empty()) text += "**sources**\n\n" + MarkdownQuote(budget.Take(texts.context));
  for (const RecordResponse& response : texts.responses)
    text += "**response** " + Escaped(response.id) + "\n\n" + MarkdownQuote(budget.Take(response.text));
  for (const RecordPart& part : texts.parts)
    text += "**part** " + Escaped(part.id) + "\n\n" + MarkdownQuote(budget.Take(part.text));
  return text;
}

std::string AnswerRow(const CalibrationPack& pack, const CalibrationCell& cell, const CalibrationPackItem& item,
                      TextBudget& budget) {
  const Judgement* judgement = AnswerOf(item.record, cell.person);
  if (judgement == nullptr || !cell.opinion)
    return MarkdownRow({pack.naming.NameOf(cell.person), "did not judge it", "", "", ""});
  std::string clauses;
  for (const std::string& clause : judgement->content.clauses) clauses += (clauses.empty() ? "" : ", ") + clause;
  return MarkdownRow({pack.naming.NameOf(cell.person), OpinionInWords(*cell.opinion, pack.rubric),
                      std::string(WordOfMatch(cell.match)), clauses,
                      item.withheld.empty() ? budget.Take(judgement->content.rationale) : ""});
}

std::string EscalationLine(const CalibrationPack& pack, const ReviewEscalation& asked, const std::string& note) {
  return "- escalated by " + Escaped(pack.naming.NameOf(asked.by)) + " at " + FormatTime(asked.at) + " to " +
         Escaped(WordOf(asked.route)) + ": **" + Escaped(WordOf(asked.reason)) + "**" +
         (asked.clause.empty() ? "" : ", clause " + Escaped(asked.clause)) +
         (note.empty() ? "" : ": " + Escaped(note)) + "\n";
}

std::string ItemPart(const CalibrationPack& pack, const CalibrationRow& row, const CalibrationPackItem& item,
                     TextBudget& budget) {
  std::string text = "### Item " + Escaped(row.item) + "\n\nCase " + Escaped(item.record.item.case_id) + " of suite " +
                     Escaped(item.record.item.suite) + "; of the pairs of people " + Figure(row.disagreement) +
                     " differ.\n\n";
  text += item.withheld.empty() ? TextsPart(item.record.texts, budget)
                                : "Its texts are withheld: " + Escaped(item.withheld) + ".\n\n";
  text += MarkdownHead({"PERSON", "SAID", "MATCH", "CLAUSES", "WHY"});
  for (const CalibrationCell& cell : row.cells) text += AnswerRow(pack, cell, item, budget);
  text += "\n";
  for (const ReviewEscalation& asked : row.escalations)
    text += EscalationLine(pack, asked, item.withheld.empty() ? budget.Take(asked.note) : "");
  for (const CalibrationRuling& ruling : pack.session.rulings) {
    if (ruling.item != row.item) continue;
    const std::string note = item.withheld.empty() ? ruling.note : "";
    text += "- agreed at " + FormatTime(ruling.at) + ": **" + Escaped(OpinionInWords(ruling.opinion, pack.rubric)) +
            "**" + (ruling.clause.empty() ? "" : ", clause " + Escaped(ruling.clause)) +
            (note.empty() ? "" : ": " + Escaped(note)) + "\n";
  }
  return text + "\n";
}

std::string ItemsPart(const CalibrationPack& pack) {
  TextBudget budget(CalibrationPack::kMostText, CalibrationPack::kMostTexts);
  std::string text = "## Items\n\nThose on which people differ most first.\n\n";
  for (const CalibrationRow& row : pack.grid) {
    if (const CalibrationPackItem* item = FindPackItem(pack, row.item); item != nullptr)
      text += ItemPart(pack, row, *item, budget);
  }
  return text;
}

std::string GuidelinePart(const CalibrationPack& pack) {
  std::string text = "## What changed in the guideline since\n\n";
  if (pack.since.empty())
    return text + "Nothing: version " + ToString(pack.session.rubric_version) + " is still the last.\n\n";
  for (const RubricStep& step : pack.since)
    text += "- version " + Escaped(step.version) + ", since " + FormatTime(step.kept_at) + ": " +
            Escaped(step.reason.empty() ? "without a reason" : step.reason) + "\n";
  text += "\n";
  for (const GuidelineChange& change : pack.changes) {
    text += "### " + change.part + " " + Escaped(change.name) + " was " + std::string(WordOf(change.edit)) + "\n\n";
    if (!change.before.empty()) text += "before\n\n" + MarkdownQuote(change.before);
    if (!change.after.empty()) text += "now\n\n" + MarkdownQuote(change.after);
  }
  return text;
}

}  // namespace

std::string MarkdownOf(const CalibrationPack& pack) {
  return PackHead(pack) + AgreementPart(pack) + LogPart(pack) + ItemsPart(pack) + GuidelinePart(pack) + "Made at " +
         FormatTime(pack.made_at) + " of what was stored then.\n";
}

}  // namespace assay
