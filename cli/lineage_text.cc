#include "cli/lineage_text.h"

#include "assay/v1/review_interchange.pb.h"
#include "cli/table.h"
#include "core/clock.h"
#include "core/plain_line.h"

namespace assay {
namespace {

constexpr std::size_t kWidestNote = 60;

std::string TimeText(const google::protobuf::Timestamp& time) {
  return FormatTime(Time(std::chrono::seconds(time.seconds()))).substr(0, 19) + "Z";
}

std::string LowerWords(std::string word) {
  for (char& c : word) c = c == '_' ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return word;
}

std::string Line(const std::string& name, const std::string& text) {
  if (text.empty()) return "";
  return "  " + name + std::string(name.size() < 10 ? 10 - name.size() : 0, ' ') + "  " + PlainLine(text) + "\n";
}

std::string Joined(const google::protobuf::RepeatedPtrField<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string RunText(const v1::LineageRun& run) {
  return Line("run", run.id() + ", " + TimeText(run.created_at())) +
         Line("model", run.model() + "@" + run.model_version() + "  " + run.model_content()) +
         Line("suite", run.suite() + "  " + run.suite_version()) + Line("dataset", run.dataset_version());
}

std::string JudgementText(const v1::ReviewJudgement& judgement, bool is_asked) {
  const std::string& source = judgement.content().source();
  return Line(
      is_asked ? "judgement*" : "judgement",
      judgement.id() + ", " + LowerWords(v1::JudgementRole::Value_Name(judgement.role())) + " by " +
          judgement.person() + ", " + TimeText(judgement.at()) +
          (judgement.content().rubric_version().empty() ? "" : ", under " + judgement.content().rubric_version()) +
          (source.empty() || source == "native" ? "" : ", from " + source) +
          (judgement.is_superseded() ? ", superseded" : "") + (judgement.is_void() ? ", taken out" : ""));
}

std::string DecisionText(const v1::ReviewDecision& decision) {
  return Line("decision", decision.id() + ", " + LowerWords(v1::DecisionMethod::Value_Name(decision.method())) +
                              (decision.decided_by().empty() ? "" : " by " + decision.decided_by()) + ", " +
                              TimeText(decision.at()) + ", under " + decision.rubric_version() + ", of " +
                              Joined(decision.inputs()) + (decision.is_active() ? "" : ", holds no more"));
}

std::string UseText(const v1::LineageUse& use) {
  return Line(use.what(), use.id() + ", " + use.name() + ", " + TimeText(use.at()) +
                              (use.by().empty() ? "" : ", by " + use.by()) +
                              (use.approval().empty() ? "" : ", approved as " + use.approval()));
}

std::string EventText(const v1::ReviewEvent& event) {
  return Line("since", TimeText(event.at()) + "  " + LowerWords(event.what()) +
                           (event.actor().empty() ? "" : " by " + event.actor()) +
                           (event.note().empty() ? "" : ": " + Excerpt(event.note(), kWidestNote)));
}

std::string ItemText(const v1::ItemLineage& lineage, const std::string& judgement) {
  const v1::ReviewItemView& view = lineage.view();
  const v1::ReviewItem& item = view.item();
  std::string text = "item " + item.id() + "  " + LowerWords(v1::ReviewState::Value_Name(item.state())) + "\n" +
                     Line("case", item.case_id()) + Line("from", item.provenance());
  text += lineage.has_run() ? RunText(lineage.run()) : Line("suite", item.suite()) + Line("run", item.run());
  text += Line("copied of", lineage.copied_from());
  text += Line("queue", item.queue() + ", " + TimeText(item.entered_at()));
  text += Line("rubric", item.rubric() + " " + item.rubric_version());
  for (const v1::ReviewJudgement& each : view.judgements()) text += JudgementText(each, each.id() == judgement);
  for (const v1::ReviewDecision& each : view.decisions()) text += DecisionText(each);
  for (const v1::ReviewAudit& each : view.audits())
    text += Line("audit", each.id() + ", " + (each.passes() ? "passed" : "failed") + ", " + TimeText(each.at()));
  for (const v1::LineageUse& each : lineage.uses()) text += UseText(each);
  for (const v1::ReviewEvent& each : lineage.since()) text += EventText(each);
  return text;
}

std::string ExportText(const v1::Export& made) {
  return "export " + made.id() + "  " + made.format() + (made.is_preview() ? ", preview" : "") +
         (made.is_complete() ? "" : ", not complete") + "\n" +
         Line("by",
              made.exported_by() + (made.with_names() ? ", with names" : "") + ", " + TimeText(made.exported_at())) +
         Line("approval", made.approval()) + Line("quality by", made.quality_approval()) + Line("file", made.sha256()) +
         Line("manifest", made.manifest_sha256()) +
         Line("items", made.is_complete() ? std::to_string(made.records()) : "");
}

std::string MissingText(const v1::GetLineageResponse& lineage) {
  const bool is_whole = lineage.has_export_() && lineage.export_().is_complete() && !lineage.has_more();
  if (!is_whole || lineage.items().empty() || lineage.items_size() >= lineage.export_().records()) return "";
  return "\n" + std::to_string(lineage.items_size()) + " of the " + std::to_string(lineage.export_().records()) +
         " items that it took; the others are not yours to see, or are not found any more\n";
}

std::string DerivedText(const v1::GetLineageResponse& lineage) {
  std::string text;
  for (const std::string& each : lineage.derived()) text += "  " + PlainLine(each) + "\n";
  return text.empty() ? "" : "\nfound anew whenever it is asked for, and kept nowhere:\n" + text;
}

}  // namespace

std::string LineageText(const v1::GetLineageResponse& lineage) {
  std::string text = lineage.has_export_() ? ExportText(lineage.export_()) : "";
  for (const v1::ItemLineage& item : lineage.items())
    text += (text.empty() ? "" : "\n") + ItemText(item, lineage.judgement());
  if (lineage.has_more()) text += "\nmore items than these\n";
  return text + MissingText(lineage) + DerivedText(lineage);
}

}  // namespace assay
