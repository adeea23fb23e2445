// Files of review data from other tools: each format reads the bytes in chunks, for several kinds of items. What is
// read is bounded, what is not read has a reason, and a record that was read is written and read again as the same. The
// same bytes as a labeling config, a manifest, a row for training and a request for suggestions.

#include "review/interchange/label_studio_task.h"
#include "review/interchange/manifest.h"
#include "review/interchange/ml_backend.h"
#include "review/interchange/training_rows.h"
#include "tests/fuzz/invariant.h"

namespace {

using namespace assay;
using assay::fuzz::Require;

RubricSpec FuzzRubric() {
  RubricSpec rubric;
  rubric.name = "support";
  rubric.version = "2.1.0";
  CriterionSpec quality{.name = "quality", .not_applicable = true};
  quality.scale = ScoreScaleSpec{.from = 1, .to = 5, .pass = 4};
  CriterionSpec tone{.name = "tone", .several = true, .required = false};
  tone.labels = {{.name = "friendly", .pass = true}, {.name = "rude", .pass = false}};
  rubric.criteria = {quality, tone};
  rubric.taxonomy = {{.name = "hallucination"}, {.name = "invented", .parent = "hallucination"}};
  rubric.severities = {{.level = 1, .name = "harm"}, {.level = 2, .name = "damage"}};
  return rubric;
}

std::vector<ExchangeRecord> ReadAll(const ExchangeFormat& format, const ImportOptions& options, std::string_view text,
                                    std::size_t chunk, std::int64_t& faults) {
  std::vector<ExchangeRecord> records;
  const ImportHandlers handlers{.record = [&](ExchangeRecord record) -> Status {
                                  Require(record.judgements.size() <= options.most_judgements,
                                          "judgements are bounded");
                                  records.push_back(std::move(record));
                                  return {};
                                },
                                .fault = [&](const ImportFault& fault) -> Status {
                                  Require(!fault.reason.empty() && fault.line >= 1, "a fault has a place and a reason");
                                  Require(fault.reason.size() < 4000, "and is of bounded length");
                                  ++faults;
                                  return {};
                                }};
  auto reader = format.reader(options, handlers);
  Require(reader.has_value(), "there is a reader");
  Status status;
  for (std::size_t at = 0; at < text.size() && status; at += chunk) status = (*reader)->Read(text.substr(at, chunk));
  if (status) status = (*reader)->Finish();
  return records;
}

std::string WriteAll(const ExchangeFormat& format, const ExportOptions& options,
                     const std::vector<ExchangeRecord>& records) {
  std::string text;
  auto writer = format.writer(options, [&](std::string_view bytes) -> Status {
    text += bytes;
    return {};
  });
  Require(writer.has_value(), "there is a writer");
  ExclusionCounts excluded;
  for (const ExchangeRecord& record : records) Require((*writer)->Write(record, excluded).has_value(), "it is written");
  Require((*writer)->Finish(excluded).has_value(), "it is finished");
  return text;
}

void CheckFormat(const ExchangeFormat& format, ReviewItemKind kind, std::string_view text) {
  const ImportOptions reading{.rubric = FuzzRubric(), .kind = kind, .longest_record = 1 << 14, .most_judgements = 20};
  std::int64_t faults = 0;
  std::int64_t same_faults = 0;
  const std::vector<ExchangeRecord> records = ReadAll(format, reading, text, 1 << 16, faults);
  Require(ReadAll(format, reading, text, 3, same_faults) == records && faults == same_faults,
          "however the bytes are split");
  const bool keeps_all = format.name == "native" || format.name == "label_studio";
  if (!keeps_all || records.empty()) return;
  const ExportOptions writing{.rubric = FuzzRubric(), .kind = kind};
  ImportOptions longer = reading;
  longer.longest_record = 1 << 20;
  std::int64_t new_faults = 0;
  const std::string written = WriteAll(format, writing, records);
  const std::vector<ExchangeRecord> again = ReadAll(format, longer, written, 1 << 16, new_faults);
  Require(new_faults == 0, "what is written can be read");
  Require(again == records, "what was read is written and read as the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = assay::fuzz::TextOf(data, size);
  for (const ExchangeFormat& format : ExchangeFormats()) {
    if (format.reader == nullptr) continue;
    for (const ReviewItemKind kind :
         {ReviewItemKind::kRubric, ReviewItemKind::kPairwise, ReviewItemKind::kRanking, ReviewItemKind::kGrounding}) {
      CheckFormat(format, kind, text);
      if (format.name == "native") break;
    }
  }
  const auto controls = ReadLabelConfig(text);
  if (!controls) Require(!controls.error().message.empty(), "the error says what is wrong");
  const Result<Json> json = Json::Parse(text);
  if (!json) return 0;
  if (const auto manifest = ExportManifestFromJson(*json))
    Require(ExportManifestFromJson(ToJson(*manifest)) == *manifest, "a manifest is written and read as the same");
  for (const TrainingForm form : {TrainingForm::kDpo, TrainingForm::kReward, TrainingForm::kKto, TrainingForm::kSft})
    TrainingRowCheck(form).FaultOf(*json);
  const auto scheme = MakeLabelScheme(FuzzRubric(), ReviewItemKind::kPairwise);
  const auto tasks = ReadMlPredict(*json, *scheme);
  if (!tasks) Require(!tasks.error().message.empty(), "a refusal says what is wrong");
  return 0;
}
