// What leaves comes back as it was.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "review/interchange/label_studio_task.h"
#include "tests/review/interchange/record_fixture.h"

namespace assay {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::ExchangeRubric;
using testing::ExportAll;
using testing::Exported;
using testing::ImportAll;
using testing::Imported;
using testing::kEveryKind;
using testing::RandomRecord;

ExportOptions OptionsFor(ReviewItemKind kind) { return {.rubric = ExchangeRubric(), .kind = kind}; }
ImportOptions ReadingFor(ReviewItemKind kind) { return {.rubric = ExchangeRubric(), .kind = kind}; }

std::vector<ExchangeRecord> RandomRecords(ReviewItemKind kind, int count, std::uint64_t seed) {
  Random random(seed);
  std::vector<ExchangeRecord> records;
  for (int i = 0; i < count; ++i) records.push_back(RandomRecord(kind, random));
  return records;
}

TEST(RoundTrip, OfNativeIsTheIdentityForEveryKind) {
  for (const ReviewItemKind kind : kEveryKind) {
    const std::vector<ExchangeRecord> records = RandomRecords(kind, 60, 1);
    const Exported exported = ExportAll("native", records, {});
    ASSERT_EQ(exported.error, "");
    for (const std::size_t chunk : {1u, 7u, 1u << 16}) {
      const Imported imported = ImportAll("native", exported.text, {}, chunk);
      EXPECT_THAT(imported.faults, ElementsAre());
      ASSERT_EQ(imported.records, records) << WordOf(kind);
    }
  }
}

TEST(RoundTrip, OfLabelStudioTasksIsTheIdentityForEveryKind) {
  for (const ReviewItemKind kind : kEveryKind) {
    for (const char* key : {"", "draws"}) {
      const std::vector<ExchangeRecord> records = RandomRecords(kind, 60, 2);
      ExportOptions options = OptionsFor(kind);
      options.label_studio.draw_key = key;
      const Exported exported = ExportAll("label_studio", records, options);
      ASSERT_EQ(exported.error, "");
      const Imported imported = ImportAll("label_studio", exported.text, ReadingFor(kind), 13);
      EXPECT_THAT(imported.faults, ElementsAre()) << WordOf(kind);
      ASSERT_EQ(imported.records.size(), records.size());
      for (std::size_t i = 0; i < records.size(); ++i) ASSERT_EQ(imported.records[i], records[i]) << WordOf(kind) << i;
    }
  }
}

// What the flat forms carry: item, epoch, texts, and of each judgement that counts who, when, how long and what.
ExchangeRecord Flat(const ExchangeRecord& record, std::int64_t& annotations, bool keeps_ids) {
  ExchangeRecord flat;
  flat.item.id = record.item.id;
  flat.item.subject = record.item.subject;
  flat.item.rubric = record.item.rubric;
  flat.item.rubric_version = record.rubric_version;
  flat.rubric_version = record.rubric_version;
  flat.epoch = record.epoch;
  flat.texts = record.texts;
  for (RecordResponse& response : flat.texts.responses) response.model = response.model_version = "";
  for (const Judgement& judgement : record.judgements) {
    if (!IsCurrent(record, judgement)) continue;
    Judgement kept{.person = judgement.person,
                   .epoch = record.epoch,
                   .presented = record.item.subject.responses,
                   .content = judgement.content,
                   .at = judgement.at};
    kept.id = keeps_ids ? judgement.id : "label_studio/" + std::to_string(++annotations);
    kept.content.prelabel.reset();
    kept.content.source = "label_studio";
    kept.content.times.leased_at = judgement.at - judgement.content.times.active;
    flat.judgements.push_back(std::move(kept));
  }
  return flat;
}

TEST(RoundTrip, OfTheFlatFormsIsTheIdentityOnWhatTheyCarry) {
  for (const char* format : {"label_studio_min", "label_studio_csv"}) {
    for (const ReviewItemKind kind : kEveryKind) {
      const std::vector<ExchangeRecord> records = RandomRecords(kind, 60, 3);
      const Exported exported = ExportAll(format, records, OptionsFor(kind));
      ASSERT_EQ(exported.error, "");
      ASSERT_EQ(exported.manifest.excluded, ExclusionCounts());
      const Imported imported = ImportAll(format, exported.text, ReadingFor(kind), 11);
      EXPECT_THAT(imported.faults, ElementsAre()) << format << WordOf(kind);
      std::size_t index = 0;
      std::int64_t annotations = 0;
      for (const ExchangeRecord& record : records) {
        ASSERT_LT(index, imported.records.size());
        ASSERT_EQ(imported.records[index], Flat(record, annotations, false))
            << format << " " << WordOf(kind) << " " << index << "\n"
            << ToJson(imported.records[index]).Dump() << "\n"
            << ToJson(Flat(record, annotations, false)).Dump();
        ++index;
      }
      EXPECT_EQ(index, imported.records.size());
    }
  }
}

TEST(RoundTrip, OfSpecialSpreadsheetTextsInLabelStudioCsvIsNotProtected) {
  std::vector<ExchangeRecord> records = RandomRecords(ReviewItemKind::kSafety, 1, 5);
  records[0].texts.prompt = {{.role = Role::kUser, .content = "=cmd"}};
  const Exported exported = ExportAll("label_studio_csv", records, OptionsFor(ReviewItemKind::kSafety));
  EXPECT_NE(exported.text.find(R"("=cmd")"), std::string::npos);
  EXPECT_FALSE(exported.manifest.protects_spreadsheets);
}

// A task of another project: Label Studio's own fields, a person's number, relations, an annotation that was skipped.
constexpr std::string_view kForeignTask = R"([{
  "id": 7, "inner_id": 1, "project": 3, "data": {"prompt": "Hi", "response": "Yes", "region": "eu"},
  "meta": {"batch": "b1"}, "file_upload": "x.json",
  "annotations": [
    {"id": 11, "completed_by": 5, "was_cancelled": false, "lead_time": 5.25, "created_at": "2026-11-24T10:00:00Z",
     "last_action": "submitted", "result": [
       {"id": "q", "from_name": "harmful", "to_name": "prompt", "type": "choices", "value": {"choices": ["yes"]}},
       {"id": "s", "from_name": "severity", "to_name": "prompt", "type": "choices", "value": {"choices": ["2"]}},
       {"type": "relation", "from_id": "q", "to_id": "s", "direction": "right"}]},
    {"id": 12, "was_cancelled": true, "result": []}]}])";

TEST(LabelStudioImport, TakesTasksOfOtherProjectsAndKeepsWhatIsTheirs) {
  const Imported imported = ImportAll("label_studio", kForeignTask, ReadingFor(ReviewItemKind::kSafety));
  EXPECT_THAT(imported.faults, ElementsAre());
  ASSERT_EQ(imported.records.size(), 1u);
  const ExchangeRecord& record = imported.records[0];
  EXPECT_EQ(record.item.id, "");
  EXPECT_EQ(record.item.case_id, "7");
  EXPECT_THAT(record.item.subject.responses, ElementsAre("a"));
  EXPECT_EQ(record.texts.responses[0].text, "Yes");
  ASSERT_EQ(record.judgements.size(), 1u) << "a skipped one is none";
  EXPECT_EQ(record.judgements[0].id, "label_studio/11");
  EXPECT_EQ(record.judgements[0].person, "label_studio:5");
  EXPECT_EQ(record.judgements[0].content.times.active, std::chrono::milliseconds(5250));
  EXPECT_EQ(record.judgements[0].content.source, "label_studio");
  EXPECT_EQ(record.judgements[0].content.opinion.severity, 2);
  EXPECT_EQ(record.extra.Dump(),
            R"({"data":{"region":"eu"},"task":{"id":7,"inner_id":1,"project":3,"file_upload":"x.json"},)"
            R"("meta":{"batch":"b1"},"annotations":{"label_studio/11":{"id":11,"last_action":"submitted","relations":)"
            R"([{"type":"relation","from_id":"q","to_id":"s","direction":"right"}]}}})");
  // And out again.
  std::vector<ExchangeRecord> again = imported.records;
  const Exported exported = ExportAll("label_studio", again, OptionsFor(ReviewItemKind::kSafety));
  for (const char* kept : {R"("region":"eu")", R"("id":7)", R"("batch":"b1")", R"("last_action":"submitted")",
                           R"({"type":"relation","from_id":"q","to_id":"s","direction":"right"})"}) {
    EXPECT_NE(exported.text.find(kept), std::string::npos) << kept;
  }
  EXPECT_EQ(ImportAll("label_studio", exported.text, ReadingFor(ReviewItemKind::kSafety)).records, again);
}

TEST(LabelStudioImport, ReadsOneTaskAndLinesOfTasks) {
  const std::string task = R"({"data":{"prompt":"Hi","response":"Yes"},"annotations":[]})";
  for (const std::string& text :
       {task, task + "\n" + task + "\n", "[" + task + "," + task + "]", "\xEF\xBB\xBF[" + task + "]"}) {
    const Imported imported = ImportAll("label_studio", text, ReadingFor(ReviewItemKind::kSafety), 3);
    EXPECT_THAT(imported.faults, ElementsAre());
    EXPECT_EQ(imported.records.size(), text.find(task, 30) != std::string::npos ? 2u : 1u) << text;
  }
}

TEST(LabelStudioImport, ReadsOlderFormsOfRankingsAndPairs) {
  const auto ranking = [](const std::string& value) {
    return R"([{"data":{"ref":"i","prompt":"x","responses":[{"id":"r1","body":"1"},{"id":"r2","body":"2"}]},"completions":[{"id":1,)"
           R"("result":[{"from_name":"rank","type":"ranker","value":{"ranker":)" +
           value + "}}]}]}]";
  };
  for (const std::string value :
       {R"(["r2","r1"])", R"({"rank":["r2","r1"]})", R"({"rank_1":["r2"],"rank_2":["r1"]})"}) {
    const Imported imported = ImportAll("label_studio", ranking(value), ReadingFor(ReviewItemKind::kRanking));
    ASSERT_THAT(imported.faults, ElementsAre()) << value;
    EXPECT_EQ(imported.records[0].judgements[0].content.opinion.answers,
              ReviewAnswers(RankingAnswers{{{"r2"}, {"r1"}}}));
  }
  const Imported pair = ImportAll(
      "label_studio",
      R"([{"data":{"prompt":"x","response_a":"1","response_b":"2"},"annotations":[{"id":1,"result":)"
      R"([{"from_name":"preference","to_name":"preference","type":"pairwise","value":{"selected":"right"}}]}]}])",
      ReadingFor(ReviewItemKind::kPairwise));
  ASSERT_THAT(pair.faults, ElementsAre());
  EXPECT_EQ(pair.records[0].judgements[0].content.opinion.answers,
            ReviewAnswers(PairwiseAnswers{PairChoice::kWinner, "b", 2}));
}

TEST(LabelStudioImport, NumbersTheClaimsOfOtherProjects) {
  const Imported imported = ImportAll(
      "label_studio",
      R"([{"data":{"prompt":"x","response":"y","context":"z","claims":["one",{"text":"two"}],"calls":[1]},"annotations":[)"
      R"({"id":1,"result":[{"from_name":"claim_0","type":"choices","value":{"choices":["partly"]}},)"
      R"({"from_name":"claim_1","type":"choices","value":{"choices":["supported"]}}]}]}])",
      ReadingFor(ReviewItemKind::kGrounding));
  ASSERT_THAT(imported.faults, ElementsAre());
  const ExchangeRecord& record = imported.records[0];
  EXPECT_THAT(record.item.subject.claims, ElementsAre("1", "2"));
  EXPECT_EQ(record.texts.parts[1].text, "two");
  EXPECT_EQ(record.judgements[0].content.opinion.answers,
            ReviewAnswers(GroundingAnswers{{{"1", ClaimSupport::kPartly}, {"2", ClaimSupport::kSupported}}}));
  EXPECT_EQ(record.extra.Find("data")->Dump(), R"({"calls":[1]})") << "what is not asked about is theirs";
}

TEST(LabelStudioExport, ForLabellingHasNothingThatALabellerMustNotSee) {
  Random random(4);
  ExchangeRecord record = RandomRecord(ReviewItemKind::kPairwise, random);
  record.item.purpose = ItemPurpose::kGold;
  ExportOptions options = OptionsFor(ReviewItemKind::kPairwise);
  options.selection.with_known_answers = true;
  options.label_studio = {.for_labelling = true, .draw_key = "k"};
  const Exported exported = ExportAll("label_studio", {record}, options);
  const Result<Json> tasks = Json::Parse(exported.text);
  ASSERT_TRUE(tasks);
  const Json& task = tasks->as_array()[0];
  ASSERT_EQ(task.as_object().size(), 1u) << "data only";
  EXPECT_EQ(task.Find("data")->Find("ref")->as_string(), record.item.id);
  EXPECT_EQ(task.Find("data")->Find("subject")->Find("responses")->Dump(), R"(["a","b"])");
  for (const char* hidden : {"gold", "bot", "judge@1", "\"r1\"", "p0", "ship"})
    EXPECT_EQ(exported.text.find(hidden), std::string::npos) << hidden;
  // What comes back gets its ids again.
  Imported imported = ImportAll("label_studio", exported.text, ReadingFor(ReviewItemKind::kPairwise));
  ASSERT_EQ(imported.records.size(), 1u);
  RenameResponses(imported.records[0], SidesOf(record.item, options.label_studio));
  for (const RecordResponse& response : imported.records[0].texts.responses) {
    const auto text = std::ranges::find(record.texts.responses, response.id, &RecordResponse::id);
    ASSERT_NE(text, record.texts.responses.end());
    EXPECT_EQ(response.text, text->text);
  }
}

}  // namespace
}  // namespace assay
