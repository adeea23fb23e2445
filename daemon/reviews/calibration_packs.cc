// What a calibration session leaves behind, taken out as one document.

#include <algorithm>

#include "core/digest.h"
#include "core/identifier.h"
#include "daemon/blocking.h"
#include "daemon/item_content.h"
#include "daemon/reviews/kept_exports.h"
#include "daemon/reviews/reviews.h"
#include "daemon/reviews/rubric_steps.h"
#include "daemon/reviews/stored_records.h"
#include "review/interchange/calibration_pack.h"

namespace assay {

namespace asio = boost::asio;

namespace {

std::string WhyTextsAreWithheld(const ItemState& state, const std::vector<std::string>& data_classes) {
  if (OpenQuarantine(state) != nullptr) return "it is quarantined";
  const std::string& data_class = state.item.data_class;
  if (!data_class.empty() && std::ranges::find(data_classes, data_class) == data_classes.end())
    return "its class of data, " + data_class + ", was not named";
  return "";
}

// A note on what was redacted afterwards may repeat it.
void ForgetNotesBeforeRedaction(const ItemState& state, CalibrationSession& session) {
  for (CalibrationRuling& ruling : session.rulings) {
    if (ruling.item == state.item.id && WasRedactedAfter(state, ruling.at)) ruling.note.clear();
  }
}

// As the list of exports has it.
KeptExport KeptPack(const Asking& asking, const CalibrationPack& pack, const std::string& document,
                    const CalibrationPackArguments& arguments) {
  KeptExport kept{.with_names = arguments.with_names, .is_complete = true};
  ExportManifest& manifest = kept.manifest;
  manifest.id = MakeId(asking.now);
  manifest.file = pack.session.id + ".calibration.json";
  manifest.exported_by = asking.reviewer.id;
  manifest.exported_at = asking.now;
  manifest.format = "calibration_pack";
  manifest.selection.queues = {pack.queue};
  manifest.selection.data_classes = arguments.data_classes;
  manifest.selection.with_known_answers = true;
  manifest.bytes = std::ssize(document);
  manifest.sha256 = Sha256Hex(document);
  manifest.offered = std::ssize(pack.items);
  for (const CalibrationPackItem& item : pack.items) {
    if (!item.withheld.empty()) {
      ++manifest.excluded[item.record.state == ReviewState::kQuarantined ? "quarantined" : "data_class"];
      continue;
    }
    ++manifest.records;
    manifest.judgements += std::ssize(item.record.judgements);
    if (!item.record.item.data_class.empty()) manifest.data_classes.insert(item.record.item.data_class);
    manifest.suites[item.record.item.suite].insert(item.record.item.suite_version);
  }
  manifest.rows = manifest.records;
  manifest.rubrics[pack.session.rubric].insert(ToString(pack.session.rubric_version));
  kept.manifest_text = TextOf(manifest);
  kept.manifest_sha256 = Sha256Hex(kept.manifest_text);
  return kept;
}

}  // namespace

Status Reviews::CheckMayTake(const Asking& asking, const std::string& queue, bool with_names) const {
  ASSAY_TRY(CheckMayExport(asking.reviewer));
  ASSAY_TRY(CheckOfQueue(asking.reviewer, queue));
  if (!with_names || asking.reviewer.roles.Has(ReviewRole::kLead)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "\"" + asking.reviewer.id + "\" may not have the names of persons: that needs the role lead");
}

Result<CalibrationPack> Reviews::MakePack(const Asking& asking, const CalibrationPackArguments& arguments) {
  ASSAY_ASSIGN(const CalibrationEntry* entry, FindSession(asking, arguments.session));
  ASSAY_TRY(CheckMayTake(asking, entry->queue, arguments.with_names));
  ASSAY_TRY(CheckMaySelect(asking.reviewer, {.queues = {entry->queue}, .data_classes = arguments.data_classes}));
  if (entry->session.phase() != CalibrationPhase::kClosed)
    return Fail(ErrorCode::kFailedPrecondition, "session " + entry->session.id + " is " +
                                                    std::string(WordOf(entry->session.phase())) +
                                                    ": there is a pack of it once it is closed");
  CalibrationPack pack{
      .project = entry->project, .queue = entry->queue, .session = entry->session, .made_at = asking.now};
  if (!arguments.with_names) pack.naming = Pseudonyms();
  ASSAY_ASSIGN(const CalibrationStatus status, StatusOf(*entry));
  pack.grid = status.grid;
  if (status.report) pack.report = *status.report;
  for (std::size_t i = 0; i < entry->session.items.size(); ++i) {
    ASSAY_ASSIGN(const ItemState state, desk_.Find(entry->project, entry->session.items[i]));
    CalibrationPackItem item{.source = i < entry->sources.size() ? entry->sources[i] : "",
                             .withheld = WhyTextsAreWithheld(state, arguments.data_classes)};
    RecordTexts texts;
    if (item.withheld.empty()) {
      ASSAY_ASSIGN(const std::string stored, store_.ReadContent(entry->project, state.content_hash));
      ASSAY_ASSIGN(const ItemContent content, ItemContentFrom(stored));
      texts = TextsOf(content, state.item.subject);
    }
    item.record = RecordOf(state, std::move(texts), std::nullopt, {}, asking.now);
    ForgetNotesBeforeRedaction(state, pack.session);
    pack.items.push_back(std::move(item));
  }
  ASSAY_ASSIGN(pack.rubric, policies_.RubricAt(entry->project, entry->session.rubric, entry->session.rubric_version));
  ASSAY_TRY(policies_.KeepRubrics(entry->project, asking.now));
  ASSAY_ASSIGN(const std::vector<KeptRubric> versions, policies_.KeptRubrics(entry->project, entry->session.rubric));
  pack.since = StepsAfter(versions, entry->session.rubric_version);
  ASSAY_ASSIGN(pack.changes, ChangesSince(versions, entry->session.rubric_version));
  return pack;
}

asio::awaitable<Result<ArtefactText>> Reviews::GetCalibrationPack(const Caller& caller,
                                                                  const CalibrationPackArguments& arguments) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto collect = [this, &asking, &arguments]() { return MakePack(asking, arguments); };
  ASSAY_CO_ASSIGN(const CalibrationPack pack, co_await RunBlocking(context_.desk, collect));
  // Long documents are written beside the desk.
  auto write = [this, &asking, &arguments, &pack]() -> Result<ArtefactText> {
    ArtefactText text{.markdown = MarkdownOf(pack), .document = ToJson(pack).DumpIndented() + "\n"};
    KeptExport kept = KeptPack(asking, pack, text.document, arguments);
    ASSAY_TRY(PutExport(store_, asking.project, kept, asking.now));
    return text;
  };
  co_return co_await RunBlocking(context_.reading, write);
}

}  // namespace assay
