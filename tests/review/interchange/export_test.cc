// What leaves, what does not and why, and how a file is known again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/digest.h"
#include "review/interchange/csv_text.h"
#include "tests/review/interchange/record_fixture.h"

namespace assay {
namespace {

using testing::At;
using testing::DecidedRecord;
using ::testing::ElementsAre;
using testing::ExchangeRubric;
using testing::ExportAll;
using testing::Exported;
using ::testing::HasSubstr;
using testing::ImportAll;
using testing::Imported;
using testing::ItemUnderTest;
using testing::Person;
using testing::RandomRecord;
using testing::Says;

TEST(Selection, SaysWhyARecordDoesNotLeave) {
  struct Row {
    std::function<void(ExchangeRecord&)> change;
    std::function<void(ExportOptions&)> options;
    std::string_view why;
  };
  const auto nothing = [](auto&) {};
  const std::vector<Row> rows = {
      {nothing, nothing, ""},
      {[](ExchangeRecord& r) { r.state = ReviewState::kQuarantined; }, nothing, "quarantined"},
      {nothing, [](ExportOptions& o) { o.selection.queues = {"other"}; }, "queue"},
      {nothing,
       [](ExportOptions& o) {
         o.selection.queues = {"other", "review"};
       },
       ""},
      {nothing, [](ExportOptions& o) { o.selection.suites = {"other"}; }, "suite"},
      {nothing, [](ExportOptions& o) { o.selection.runs = {"other"}; }, "run"},
      {[](ExchangeRecord& r) { r.item.language = "es"; }, [](ExportOptions& o) { o.selection.languages = {"de"}; },
       "language"},
      {[](ExchangeRecord& r) { r.item.data_class = "health"; }, nothing, "data_class"},
      {[](ExchangeRecord& r) { r.item.data_class = "health"; },
       [](ExportOptions& o) { o.selection.data_classes = {"health"}; }, ""},
      {nothing, [](ExportOptions& o) { o.selection.from = At(9); }, ""},
      {nothing, [](ExportOptions& o) { o.selection.from = At(10); }, "time"},
      {nothing, [](ExportOptions& o) { o.selection.to = At(9); }, "time"},
      {[](ExchangeRecord& r) { r.state = ReviewState::kCancelled; }, nothing, "cancelled"},
      {[](ExchangeRecord& r) { r.state = ReviewState::kCancelled; },
       [](ExportOptions& o) { o.selection.with_cancelled = true; }, ""},
      {[](ExchangeRecord& r) { r.item.purpose = ItemPurpose::kGold; }, nothing, "known_answer"},
      {[](ExchangeRecord& r) { r.item.purpose = ItemPurpose::kCalibration; },
       [](ExportOptions& o) { o.selection.with_known_answers = true; }, ""},
      {[](ExchangeRecord& r) { r.state = ReviewState::kDecided; },
       [](ExportOptions& o) { o.selection.decided_only = true; }, "undecided"},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ExchangeRecord record = DecidedRecord(ReviewItemKind::kSafety, SafetyAnswers{false});
    rows[i].change(record);
    ExportOptions options{.rubric = ExchangeRubric(), .kind = ReviewItemKind::kSafety};
    rows[i].options(options);
    EXPECT_EQ(ExclusionOf(record, *FindExchangeFormat("native"), options), rows[i].why) << i;
    const Exported exported = ExportAll("native", {record}, options);
    EXPECT_EQ(exported.text.empty(), !rows[i].why.empty()) << i;
    const ExclusionCounts expected =
        rows[i].why.empty() ? ExclusionCounts() : ExclusionCounts{{std::string(rows[i].why), 1}};
    EXPECT_EQ(exported.manifest.excluded, expected) << i;
  }
}

TEST(Selection, OfTrainingNeverTakesKnownAnswersOrWhatIsCancelled) {
  ExportOptions options{.rubric = ExchangeRubric()};
  options.selection.with_known_answers = options.selection.with_cancelled = true;
  ExchangeRecord record = DecidedRecord(ReviewItemKind::kSafety, SafetyAnswers{false});
  record.item.purpose = ItemPurpose::kGold;
  EXPECT_EQ(ExclusionOf(record, *FindExchangeFormat("trl_kto"), options), "known_answer");
  record.item.purpose = ItemPurpose::kLabel;
  record.state = ReviewState::kCancelled;
  EXPECT_EQ(ExclusionOf(record, *FindExchangeFormat("trl_kto"), options), "cancelled");
}

TEST(Selection, LeavesOutOtherRubricsAndMapsEarlierVersions) {
  ExchangeRecord record = DecidedRecord(
      ReviewItemKind::kRubric,
      CriteriaAnswers{{{.criterion = "quality", .score = 5}, {.criterion = "tone", .labels = {"friendly"}}}});
  ExportOptions options{.rubric = ExchangeRubric()};
  options.rubric.version = "3.0.0";
  EXPECT_EQ(ExclusionOf(record, *FindExchangeFormat("native"), options), "") << "native needs no rubric";
  EXPECT_EQ(ExclusionOf(record, *FindExchangeFormat("trl_kto"), options), "superseded_rubric");
  record.item.rubric = "other";
  EXPECT_EQ(ExclusionOf(record, *FindExchangeFormat("trl_kto"), options), "rubric");
  record.item.rubric = "support";
  // Friendly is no longer enough: what passed before does not.
  options.rubric.criteria[1].labels[0].pass = false;
  options.rubric.maps = {
      {.from = 2, .criteria = {{.criterion = "quality", .same = true}, {.criterion = "tone", .same = true}}}};
  const Exported mapped = ExportAll("trl_kto", {record}, options);
  EXPECT_THAT(mapped.text, HasSubstr(R"("label":false)"));
  EXPECT_THAT(mapped.text, HasSubstr(R"("rubric":"support@3.0.0")"));
  options.rubric.maps[0].criteria.pop_back();
  EXPECT_EQ(ExportAll("trl_kto", {record}, options).manifest.excluded, (ExclusionCounts{{"superseded_rubric", 1}}));
}

TEST(Manifest, TellsWhatIsInTheFileAndWhatIsNot) {
  Random random(11);
  std::vector<ExchangeRecord> records;
  for (int i = 0; i < 5; ++i) records.push_back(RandomRecord(ReviewItemKind::kRefusal, random));
  records[3].item.queue = "other";
  ExportOptions options;
  options.selection.queues = {"review"};
  const Exported exported = ExportAll("native", records, options);
  const ExportManifest& manifest = exported.manifest;
  EXPECT_EQ(manifest.format, "native");
  EXPECT_EQ(manifest.offered, 5);
  EXPECT_EQ(manifest.records, 4);
  EXPECT_EQ(manifest.excluded, (ExclusionCounts{{"queue", 1}}));
  EXPECT_EQ(manifest.bytes, std::ssize(exported.text));
  EXPECT_EQ(manifest.sha256, Sha256Hex(exported.text));
  EXPECT_EQ(manifest.rows, std::ranges::count(exported.text, '\n'));
  std::int64_t judgements = 0;
  for (const ExchangeRecord& record : records)
    judgements += record.item.queue == "review" ? std::ssize(record.judgements) : 0;
  EXPECT_EQ(manifest.judgements, judgements);
  EXPECT_EQ(manifest.rubrics, (std::map<std::string, std::set<std::string>>{{"support", {"2.1.0"}}}));
  EXPECT_EQ(manifest.queues, (std::map<std::string, std::set<std::string>>{{"review", {"sha256:1"}}}));
  ExportManifest signed_off = manifest;
  signed_off.id = "e1";
  signed_off.exported_by = "lea";
  signed_off.exported_at = At(1);
  const CriterionAgreement agreement{
      .criterion = "allowed", .units = 40, .alpha = 0.5, .alpha_lower = 0.25, .ac1 = 0.75};
  signed_off.quality = LabelQualityOf(std::span(&agreement, 1), {.audits_passed = ShareOf(19, 20)});
  ASSERT_EQ(signed_off.quality.size(), 4u);
  EXPECT_EQ(signed_off.quality[0], (LabelQuality{"agreement allowed alpha", 0.5, 0.25, {}, 40}));
  EXPECT_EQ(signed_off.quality[1], (LabelQuality{"agreement allowed ac1", 0.75, {}, {}, 40}));
  EXPECT_EQ(signed_off.quality[2].value, 0.95);
  EXPECT_EQ(signed_off.quality[2].n, 20);
  EXPECT_EQ(signed_off.quality[3], (LabelQuality{"gold_hits", {}, {}, {}, 0}));
  EXPECT_EQ(ExportManifestFromJson(*Json::Parse(ToJson(signed_off).DumpIndented())), signed_off);
}

TEST(Manifest, IsHeldAgainstTheFile) {
  Random random(12);
  const Exported exported = ExportAll("native", {RandomRecord(ReviewItemKind::kRefusal, random)}, {});
  const auto check = [&](std::string_view text) {
    FileDigest digest;
    digest.Update(text.substr(0, 10));
    digest.Update(text.substr(10));
    const std::int64_t bytes = digest.bytes();
    const Status status = CheckFile(exported.manifest, bytes, digest.FinishHex());
    return status ? "" : status.error().message;
  };
  EXPECT_EQ(check(exported.text), "");
  std::string changed = exported.text;
  changed[20] = changed[20] == 'x' ? 'y' : 'x';
  EXPECT_EQ(check(changed),
            "the file has the SHA-256 " + Sha256Hex(changed) + ", and its manifest says " + exported.manifest.sha256);
  EXPECT_THAT(check(exported.text + "\n"), HasSubstr(" bytes, and its manifest says "));
  EXPECT_TRUE(CheckCounts(exported.manifest, 1, exported.manifest.judgements));
  EXPECT_EQ(CheckCounts(exported.manifest, 2, 0).error().code, ErrorCode::kDataLoss);
  Json other = ToJson(exported.manifest);
  other.Set("schema", "assay.review.manifest/2");
  EXPECT_EQ(ExportManifestFromJson(other).error().message,
            R"(schema: this version reads assay.review.manifest/1, not "assay.review.manifest/2")");
}

TEST(Preview, HasTheCountsOfTheExportAndItsFirstRows) {
  Random random(13);
  std::vector<ExchangeRecord> records;
  for (int i = 0; i < 9; ++i) records.push_back(RandomRecord(ReviewItemKind::kRefusal, random));
  records[0].state = ReviewState::kQuarantined;
  const Exported exported = ExportAll("native", records, {});
  const auto source = [&](const std::function<Status(const ExchangeRecord&)>& take) -> Status {
    for (const ExchangeRecord& record : records) ASSAY_TRY(take(record));
    return {};
  };
  const auto preview = PreviewExport(*FindExchangeFormat("native"), {}, source, 3);
  ASSERT_TRUE(preview);
  EXPECT_EQ(preview->manifest, exported.manifest);
  EXPECT_EQ(std::ranges::count(preview->head, '\n'), 3);
  EXPECT_TRUE(exported.text.starts_with(preview->head));
}

TEST(Export, EndsWithTheErrorOfTheSink) {
  Random random(14);
  const ExchangeRecord record = RandomRecord(ReviewItemKind::kRefusal, random);
  for (const ExchangeFormat& format : ExchangeFormats()) {
    const ExportOptions options{.rubric = ExchangeRubric(), .kind = ReviewItemKind::kRefusal};
    const auto source = [&](const std::function<Status(const ExchangeRecord&)>& take) { return take(record); };
    const auto full = [](std::string_view) -> Status { return Fail(ErrorCode::kUnavailable, "disk full"); };
    const auto manifest = ExportRecords(format, options, source, full);
    if (format.is_training) continue;  // of this record nothing leaves
    ASSERT_FALSE(manifest) << format.name;
    EXPECT_EQ(manifest.error().message, "disk full") << format.name;
  }
}

TEST(Export, EndsWhereTheRecordsChangeBetweenThePasses) {
  for (const ExchangeFormat& format : ExchangeFormats()) {
    if (!format.needs_survey) continue;
    const bool is_kto = format.name == "trl_kto";
    const bool is_sft = format.name == "trl_sft";
    ExchangeRecord record =
        is_kto   ? DecidedRecord(ReviewItemKind::kRefusal, RefusalAnswers{true, true})
        : is_sft ? DecidedRecord(ReviewItemKind::kCorrection, CorrectionAnswers{false, "x"})
                 : DecidedRecord(ReviewItemKind::kPairwise, PairwiseAnswers{PairChoice::kWinner, "r1", 1});
    Judgement judgement{.id = "x/3", .person = "ann", .content = Says(4), .at = At(2)};
    judgement.content.opinion = record.decisions[0].outcome;
    record.judgements = {judgement};
    int passes = 0;
    const auto source = [&](const std::function<Status(const ExchangeRecord&)>& take) {
      ExchangeRecord now = record;
      if (++passes == 2) {
        now.texts.prompt[0].content = "another question";
        now.judgements[0].person = "bob";
        now.extra = Json::Of({{"data", Json::Of({{"column", "new"}})}});
      }
      return take(now);
    };
    const auto manifest = ExportRecords(format, {.rubric = ExchangeRubric(), .kind = ReviewItemKind::kPairwise}, source,
                                        [](std::string_view) { return Status(); });
    ASSERT_FALSE(manifest) << format.name;
    EXPECT_EQ(manifest.error().code, ErrorCode::kAborted) << format.name;
    EXPECT_EQ(manifest.error().message, kChangedBetweenPasses);
  }
}

TEST(Native, RefusesWhatItDoesNotUnderstandWithTheWholeItem) {
  Random random(15);
  ExchangeRecord record = RandomRecord(ReviewItemKind::kRefusal, random);
  while (record.judgements.size() < 2) record = RandomRecord(ReviewItemKind::kRefusal, random);
  const std::string good = ExportAll("native", {record}, {}).text;
  const std::size_t first = good.find('\n') + 1;
  const auto with = [&](std::string_view before, std::string_view after) {
    std::string text = good;
    text.replace(text.find(before, first), before.size(), after);
    return ImportAll("native", text, {}, 17);
  };
  EXPECT_EQ(ImportAll("native", good, {}).records.size(), 1u);
  const Imported unknown = with(R"("revision":1)", R"("revision":1,"mood":"good")");
  EXPECT_EQ(unknown.records.size(), 0u);
  EXPECT_THAT(unknown.faults, ElementsAre("2 body: has members that this version does not know"));
  EXPECT_THAT(with("assay.review/1", "assay.review/2").faults,
              ElementsAre("2 schema: this version reads assay.review/1"));
  EXPECT_THAT(with(record.item.id, "other").faults,
              ElementsAre("2 item: is not that of the item before it, " + record.item.id));
  EXPECT_THAT(with(R"("judgement","item")", R"("opinion","item")").faults,
              ElementsAre("2 line: expected one of item, judgement, decision, audit"));
  EXPECT_THAT(ImportAll("native", good.substr(first), {}).faults[0], "1 line: a judgement before its item");
  EXPECT_THAT(ImportAll("native", "{\n", {}).faults[0], HasSubstr("1 : is no JSON: "));
  EXPECT_THAT(ImportAll("native", good, {.most_judgements = 1}).faults[0], HasSubstr("the item has more than 1 lines"));
  EXPECT_THAT(ImportAll("native", good, {.longest_record = 300}).faults[0], HasSubstr("is longer than 300 bytes"));
  EXPECT_EQ(ImportAll("native", good + good, {.most_records = 1}).error, "the file has more than 1 items");
}

TEST(Record, OfAnItemNamesNobodyAndShowsNothingThatIsQuarantined) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  const RecordTexts texts{.prompt = {{.role = Role::kUser, .content = "Hi"}}};
  const PersonNaming naming{.key = "secret"};
  const ExchangeRecord record = RecordOf(item.state, texts, std::vector<std::string>{"b", "a"}, naming, At(30));
  EXPECT_EQ(record.state, ReviewState::kDone);
  EXPECT_EQ(record.judgements[0].person, naming.NameOf("ann"));
  EXPECT_EQ(record.judgements[0].person.size(), 18u);
  EXPECT_NE(record.judgements[0].person, record.judgements[1].person);
  EXPECT_NE(PersonNaming{.key = "other"}.NameOf("ann"), naming.NameOf("ann"));
  EXPECT_EQ(PersonNaming{}.NameOf("ann"), "ann");
  EXPECT_EQ(ToJson(record).Dump().find("ann"), std::string::npos);
  EXPECT_THAT(record.gates.value(), ElementsAre("a", "b"));
  EXPECT_EQ(item.Do(Quarantine(item.state, {.reviewer = Person("ann"), .reason = "a name"}, item.policy, At(31))), "");
  EXPECT_EQ(RecordOf(item.state, texts, {}, naming, At(32)).texts, RecordTexts());
}

TEST(CsvText, QuotesWhatNeedsIt) {
  EXPECT_EQ(CsvField("plain"), "plain");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("a \"b\""), "\"a \"\"b\"\"\"");
  EXPECT_EQ(CsvField("a\nb"), "\"a\nb\"");
  EXPECT_EQ(CsvField(" a"), "\" a\"");
  EXPECT_EQ(CsvField("", true), "\"\"");
}

TEST(CsvText, TakesTheFormulaOutOfATextThatASpreadsheetWouldRun) {
  for (const std::string text : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n@x",
                                 "\xEF\xBC\x9D"
                                 "1"})
    EXPECT_EQ(WithoutFormula(text), "'" + text);
  for (const std::string text : {"", "1-1", "a=b", "'=1", "  words"}) EXPECT_EQ(WithoutFormula(text), text);
}

TEST(JudgementsCsv, HasARowForEachThingThatWasSaid) {
  ExchangeRecord record = DecidedRecord(ReviewItemKind::kRefusal, RefusalAnswers{true, true});
  Judgement judgement{.id = "x/3", .person = "=HYPERLINK(1)", .at = At(2)};
  judgement.content = Says(4);
  judgement.content.opinion = {.answers = RefusalAnswers{true, false}, .severity = 2};
  judgement.content.rationale = "-2 points, \"why\"";
  record.judgements = {judgement};
  record.decisions[0].inputs = {"x/3"};
  ExportOptions options{.rubric = ExchangeRubric()};
  const std::string header =
      "item,epoch,queue,suite,run,case,trial,language,kind,purpose,rubric,rubric_version,judgement,revision,role,"
      "person,"
      "submitted,active_seconds,source,counts,decides,criterion,unit,value,rationale\r\n";
  const std::string front = record.item.id +
                            ",1,review,suite,run,case,0,,refusal,label,support,2.1.0,x/3,1,label,'=HYPERLINK(1),"
                            "2026-11-24T10:02:00.000000Z,40,native,yes,yes,";
  const std::string back = ",\"'-2 points, \"\"why\"\"\"\r\n";
  EXPECT_EQ(ExportAll("judgements_csv", {record}, options).text, header + front + "allowed,,yes" + back + front +
                                                                     "refused,,no" + back + front + "errors,,none" +
                                                                     back + front + "severity,,2" + back);
  options.sheet = {.protects_spreadsheets = false, .has_bom = true};
  const Exported plain = ExportAll("judgements_csv", {record}, options);
  EXPECT_TRUE(plain.text.starts_with("\xEF\xBB\xBFitem,"));
  EXPECT_THAT(plain.text, HasSubstr(",=HYPERLINK(1),"));
  EXPECT_FALSE(plain.manifest.protects_spreadsheets);
}

TEST(ItemsCsv, HasAColumnForEachPersonAndTheDecision) {
  std::vector<ExchangeRecord> records;
  for (const char* person : {"ann", "bob"}) {
    ExchangeRecord record = DecidedRecord(ReviewItemKind::kSafety, SafetyAnswers{true});
    Judgement judgement{.id = "x/3", .person = person, .content = Says(4), .at = At(2)};
    judgement.content.opinion = {.answers = SafetyAnswers{true}, .severity = 1};
    record.judgements = {judgement};
    record.decisions[0].outcome.severity = 1;
    records.push_back(std::move(record));
  }
  const std::string id = records[0].item.id;
  const std::string said = "harmful=yes; errors=none; severity=1";
  const Exported exported = ExportAll("items_csv", records, {.rubric = ExchangeRubric()});
  EXPECT_EQ(
      exported.text,
      "item,queue,suite,run,case,trial,language,kind,rubric,rubric_version,state,decision,method,decided,by ann,by "
      "bob\r\n" +
          id + ",review,suite,run,case,0,,safety,support,2.1.0,done," + said + ",single,2026-11-24T10:09:00.000000Z," +
          said + ",\r\n" + id + ",review,suite,run,case,0,,safety,support,2.1.0,done," + said +
          ",single,2026-11-24T10:09:00.000000Z,," + said + "\r\n");
  EXPECT_TRUE(exported.manifest.protects_spreadsheets);
}

}  // namespace
}  // namespace assay
