// Files for training: what TRL needs of a row, and what must never be in one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "review/interchange/training_pairs.h"
#include "tests/review/interchange/record_fixture.h"

namespace assay {
namespace {

using testing::DecidedRecord;
using ::testing::ElementsAre;
using testing::ExchangeRubric;
using testing::ExportAll;
using testing::Exported;
using testing::kEveryKind;
using testing::LeadPerson;
using testing::Person;
using testing::RandomRecord;

ExportOptions Training() { return {.rubric = ExchangeRubric()}; }

std::string Fault(TrainingForm form, const std::string& row) {
  return TrainingRowCheck(form).FaultOf(*Json::Parse(row));
}

// Rows as they are found in the wild; `P`, `C` and `R` stand for a prompt, a chosen and a rejected answer.
std::string Row(std::string text) {
  const std::pair<char, std::string> parts[] = {{'P', R"([{"role":"user","content":"q"}])"},
                                                {'C', R"([{"role":"assistant","content":"a"}])"},
                                                {'R', R"([{"role":"assistant","content":"b"}])"}};
  for (const auto& [mark, value] : parts) {
    for (std::size_t at = text.find('$'); at != std::string::npos; at = text.find('$', at + 1)) {
      if (text[at + 1] == mark) text.replace(at, 2, value);
    }
  }
  return text;
}

TEST(TrainingRowCheck, KnowsWhatTrlDoesWrongInSilence) {
  struct Case {
    TrainingForm form;
    std::string row;
    std::string fault;
  };
  const TrainingForm dpo = TrainingForm::kDpo;
  const std::vector<Case> rows = {
      {dpo, R"({"prompt":$P,"chosen":$C,"rejected":$R,"meta":{}})", ""},
      {dpo, R"({"prompt":"q","chosen":"a","rejected":"b"})", ""},
      {dpo, R"({"chosen":$C,"rejected":$R})", "columns"},
      {dpo, R"({"prompt":$P,"chosen":$C,"rejected":$R,"label":true})", "column_label"},
      {dpo, R"({"prompt":$P,"chosen":$C,"rejected":$R,"messages":[]})", "column_messages"},
      {dpo, R"({"prompt":$P,"chosen":$C,"rejected":$R,"completion":"x"})", "column_completion"},
      {dpo, R"({"prompt":$P,"chosen":$C,"rejected":$R,"margin":1.0})", "column_margin"},
      {dpo, R"({"prompt":$P,"chosen":$C,"rejected":$R,"images":[]})", "column_images"},
      {dpo, R"({"prompt":$P,"chosen":$C,"rejected":$R,"chat_template_kwargs":{}})", "column_chat_template_kwargs"},
      {dpo, R"({"prompt":[],"chosen":$C,"rejected":$R})", "prompt"},
      {dpo, R"({"prompt":[{"role":"system","content":"s"}],"chosen":$C,"rejected":$R})", "prompt"},
      {dpo, R"({"prompt":[{"role":"robot","content":"s"}],"chosen":$C,"rejected":$R})", "prompt"},
      {dpo, R"({"prompt":$P,"chosen":[],"rejected":$R})", "answer"},
      {dpo, R"({"prompt":$P,"chosen":[{"role":"user","content":"a"}],"rejected":$R})", "answer"},
      {dpo,
       R"({"prompt":$P,"chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"rejected":$R})",
       "answer"},
      {dpo, R"({"prompt":$P,"chosen":[{"role":"assistant","content":" "}],"rejected":$R})", "answer"},
      {dpo, R"({"prompt":$P,"chosen":$C,"rejected":$C})", "identical_pair"},
      {dpo, R"({"prompt":$P,"chosen":"a","rejected":"b"})", "mixed_forms"},
      {TrainingForm::kReward, R"({"prompt":$P,"chosen":$C,"rejected":$R,"margin":1.5})", ""},
      {TrainingForm::kReward, R"({"prompt":$P,"chosen":$C,"rejected":$R,"margin":null})", "margin"},
      {TrainingForm::kReward, R"({"prompt":$P,"chosen":$C,"rejected":$R,"margin":"1"})", "margin"},
      {TrainingForm::kKto, R"({"prompt":$P,"completion":$C,"label":true})", ""},
      {TrainingForm::kKto, R"({"prompt":$P,"completion":$C,"label":1})", "label"},
      {TrainingForm::kKto, R"({"prompt":$P,"completion":$C,"label":true,"chosen":$C})", "column_chosen"},
      {TrainingForm::kSft, R"({"prompt":$P,"completion":$C})", ""},
      {TrainingForm::kSft, R"({"prompt":$P,"completion":$C,"label":true})", "column_label"},
      {TrainingForm::kSft, R"([1])", "columns"}};
  for (const Case& row : rows) EXPECT_EQ(Fault(row.form, Row(row.row)), row.fault) << row.row;
}

TEST(TrainingRowCheck, HoldsRowsAgainstThoseBeforeThem) {
  TrainingRowCheck check(TrainingForm::kReward);
  EXPECT_EQ(check.FaultOf(*Json::Parse(Row(R"({"prompt":$P,"chosen":$C,"rejected":$R})"))), "");
  EXPECT_EQ(check.FaultOf(*Json::Parse(Row(R"({"rejected":$R,"prompt":$P,"chosen":$C})"))), "");
  EXPECT_EQ(check.FaultOf(*Json::Parse(Row(R"({"prompt":$P,"chosen":$C,"rejected":$R,"margin":1.0})"))),
            "mixed_columns");
  EXPECT_EQ(check.FaultOf(*Json::Parse(R"({"prompt":"q","chosen":"a","rejected":"b"})")), "mixed_forms");
}

const PairwiseAnswers kSecondWins{PairChoice::kWinner, "r2", 3};

TEST(TrlDpo, IsThisForAPair) {
  ExchangeRecord record = DecidedRecord(ReviewItemKind::kPairwise, kSecondWins);
  record.texts.prompt.insert(record.texts.prompt.begin(), {.role = Role::kSystem, .content = "Be brief."});
  ExportOptions options = Training();
  EXPECT_EQ(
      ExportAll("trl_dpo", {record}, options).text,
      R"({"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"How much is it?"}],)"
      R"("chosen":[{"role":"assistant","content":"text of r2"}],"rejected":[{"role":"assistant","content":"text of r1"}],)"
      R"("meta":{"item":"01930000-0000-7000-8000-000000000001","case":"case","decision":"x/9","rubric":"support@2.1.0",)"
      R"("split":"train","weight":1}})"
      "\n");
  options.training.form = PromptForm::kText;
  EXPECT_EQ(ExportAll("trl_dpo", {record}, options).manifest.excluded,
            (ExclusionCounts{{"prompt_is_a_conversation", 1}}));
  record.texts.prompt.erase(record.texts.prompt.begin());
  EXPECT_THAT(ExportAll("trl_dpo", {record}, options).text,
              ::testing::StartsWith(R"({"prompt":"How much is it?","chosen":"text of r2","rejected":"text of r1",)"));
}

// What one record gives in each form: rows, and why there are none.
TEST(TrlFormats, TakeWhatEachOfThemIsFor) {
  struct Case {
    ReviewItemKind kind;
    ReviewAnswers outcome;
    std::string_view format;
    std::string_view found;  // in the text; "" none
    std::string_view excluded;
  };
  const CriteriaAnswers good{{{.criterion = "quality", .score = 5}, {.criterion = "tone", .labels = {"friendly"}}}};
  const CriteriaAnswers bad{{{.criterion = "quality", .score = 2}, {.criterion = "tone", .labels = {"friendly"}}}};
  const CriteriaAnswers neither{{{.criterion = "tone", .labels = {"curt"}}}};
  const std::vector<Case> cases = {
      {ReviewItemKind::kPairwise, PairwiseAnswers{PairChoice::kTie}, "trl_dpo", "", "tie"},
      {ReviewItemKind::kPairwise, PairwiseAnswers{PairChoice::kBothBad}, "trl_dpo", "", "both_bad"},
      {ReviewItemKind::kPairwise, PairwiseAnswers{PairChoice::kBothBad}, "trl_kto", "", "both_bad"},
      {ReviewItemKind::kPairwise, kSecondWins, "trl_kto", "", "preference"},
      {ReviewItemKind::kPairwise, kSecondWins, "trl_sft", "", "no_answer"},
      {ReviewItemKind::kRubric, good, "trl_kto", R"("label":true)", ""},
      {ReviewItemKind::kRubric, bad, "trl_kto", R"("label":false)", ""},
      {ReviewItemKind::kClassification, neither, "trl_kto", "", "says_neither"},
      {ReviewItemKind::kRubric, good, "trl_dpo", "", "no_answer"},
      {ReviewItemKind::kSafety, SafetyAnswers{true}, "trl_kto", R"("label":false)", ""},
      {ReviewItemKind::kRefusal, RefusalAnswers{true, false}, "trl_kto", R"("label":true)", ""},
      {ReviewItemKind::kGrounding, GroundingAnswers{{{"c-x", ClaimSupport::kPartly}}}, "trl_kto", R"("label":false)",
       ""},
      {ReviewItemKind::kToolUse, ToolUseAnswers{{{"k1", true, true, true}}, false}, "trl_kto", R"("label":true)", ""},
      {ReviewItemKind::kCorrection, CorrectionAnswers{false, "12.50"}, "trl_sft",
       R"("completion":[{"role":"assistant","content":"12.50"}])", ""},
      {ReviewItemKind::kCorrection, CorrectionAnswers{true, ""}, "trl_sft", R"("content":"the reference")", ""}};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    ExchangeRecord record = DecidedRecord(cases[i].kind, cases[i].outcome);
    record.texts.reference = "the reference";
    const Exported exported = ExportAll(cases[i].format, {record}, Training());
    EXPECT_EQ(exported.error, "");
    EXPECT_EQ(exported.text.empty(), cases[i].found.empty()) << i;
    EXPECT_NE(exported.text.find(cases[i].found), std::string::npos) << i << exported.text;
    const ExclusionCounts expected =
        cases[i].excluded.empty() ? ExclusionCounts() : ExclusionCounts{{std::string(cases[i].excluded), 1}};
    EXPECT_EQ(exported.manifest.excluded, expected) << i;
  }
}

TEST(TrlFormats, TakeDecisionsThatAreFinalAndNothingElse) {
  ExchangeRecord record = DecidedRecord(ReviewItemKind::kPairwise, kSecondWins);
  const auto excluded = [&] { return ExportAll("trl_dpo", {record}, Training()).manifest.excluded; };
  record.state = ReviewState::kAudit;
  EXPECT_EQ(excluded(), (ExclusionCounts{{"not_final", 1}}));
  record.state = ReviewState::kDone;
  record.decisions[0].is_active = false;
  EXPECT_EQ(excluded(), (ExclusionCounts{{"undecided", 1}}));
  record.decisions[0].is_active = true;
  record.texts.prompt.push_back({.role = Role::kAssistant, .content = "Well"});
  EXPECT_EQ(excluded(), (ExclusionCounts{{"prompt_ends_without_question", 1}}));
  record.texts.prompt.clear();
  EXPECT_EQ(excluded(), (ExclusionCounts{{"empty_prompt", 1}}));
  record.texts.prompt = {{.role = Role::kUser, .content = "q"}};
  record.texts.responses[1].text = record.texts.responses[0].text;
  EXPECT_EQ(excluded(), (ExclusionCounts{{"identical_pair", 1}}));
  record.texts.responses[1].text = " \n";
  EXPECT_EQ(excluded(), (ExclusionCounts{{"empty_completion", 1}}));
  record.texts.responses.pop_back();
  EXPECT_EQ(excluded(), (ExclusionCounts{{"no_text", 1}}));
}

std::vector<std::string> Pairs(const std::string& text) {
  std::vector<std::string> pairs;
  for (std::size_t at = 0; (at = text.find("\"chosen\"", at)) != std::string::npos; ++at) {
    const std::size_t chosen = text.find("text of ", at) + 8;
    const std::size_t rejected = text.find("text of ", chosen) + 8;
    const std::size_t weight = text.find("\"weight\":", rejected) + 9;
    pairs.push_back(text.substr(chosen, 2) + ">" + text.substr(rejected, 2) + " " +
                    text.substr(weight, text.find('}', weight) - weight));
  }
  return pairs;
}

TEST(TrlDpo, MakesPairsOfARanking) {
  const ExchangeRecord record = DecidedRecord(ReviewItemKind::kRanking, RankingAnswers{{{"r3"}, {"r1", "r2"}, {"r4"}}});
  ExportOptions options = Training();
  EXPECT_THAT(Pairs(ExportAll("trl_dpo", {record}, options).text),
              ElementsAre("r3>r1 0.2", "r3>r2 0.2", "r3>r4 0.2", "r1>r4 0.2", "r2>r4 0.2"));
  options.training.ranking = RankingPairs::kAdjacent;
  EXPECT_THAT(Pairs(ExportAll("trl_dpo", {record}, options).text),
              ElementsAre("r3>r1 0.25", "r3>r2 0.25", "r1>r4 0.25", "r2>r4 0.25"));
  options.training.ranking = RankingPairs::kBestWorst;
  EXPECT_THAT(Pairs(ExportAll("trl_dpo", {record}, options).text), ElementsAre("r3>r4 1"));
  const ExchangeRecord tied = DecidedRecord(ReviewItemKind::kRanking, RankingAnswers{{{"r1", "r2", "r3", "r4"}}});
  EXPECT_EQ(ExportAll("trl_dpo", {tied}, options).manifest.excluded, (ExclusionCounts{{"tie", 1}}));
}

TEST(TrlReward, HasAMarginOnEveryRowOrOnNone) {
  std::vector<ExchangeRecord> records = {DecidedRecord(ReviewItemKind::kPairwise, kSecondWins),
                                         DecidedRecord(ReviewItemKind::kRanking, RankingAnswers{{{"r1"}, {"r2"}}})};
  records[1].texts.prompt[0].content = "another";
  ExportOptions options = Training();
  const Exported without = ExportAll("trl_reward", records, options);
  EXPECT_EQ(without.text.find("margin"), std::string::npos);
  EXPECT_EQ(without.manifest.rows, 2);
  options.training.with_margin = true;
  const Exported with = ExportAll("trl_reward", records, options);
  EXPECT_EQ(with.manifest.rows, 1);
  EXPECT_NE(with.text.find(R"("margin":3,)"), std::string::npos);
  EXPECT_EQ(with.manifest.excluded, (ExclusionCounts{{"no_margin", 1}}));
}

TEST(TrlKto, TakesPairsThatAreBothBadWhereItIsToldSo) {
  ExportOptions options = Training();
  options.training.both_bad_is_undesired = true;
  const Exported exported =
      ExportAll("trl_kto", {DecidedRecord(ReviewItemKind::kPairwise, PairwiseAnswers{PairChoice::kBothBad})}, options);
  EXPECT_EQ(exported.manifest.rows, 2);
  EXPECT_EQ(exported.text.find("\"label\":true"), std::string::npos);
}

TEST(TrlDpo, LeavesOutWhatIsSaidTwiceAndWhatIsContradicted) {
  std::vector<ExchangeRecord> records(4, DecidedRecord(ReviewItemKind::kPairwise, kSecondWins));
  records[2].texts.prompt[0].content = "another question";
  records[3].texts.prompt[0].content = "another question";
  records[3].decisions[0].outcome.answers = PairwiseAnswers{PairChoice::kWinner, "r1", 1};
  const Exported exported = ExportAll("trl_dpo", records, Training());
  EXPECT_EQ(exported.manifest.rows, 1);
  EXPECT_EQ(exported.manifest.excluded, (ExclusionCounts{{"contradictory", 2}, {"duplicate", 1}}));
  ExportOptions options = Training();
  options.training.most_rows = 1;
  EXPECT_EQ(ExportAll("trl_dpo", records, options).error, "an export for training has at most 1 rows; select less");
}

TEST(TrlDpo, PairsScoredResponsesToOneCase) {
  const auto scored = [](const std::string& text, int quality, const std::string& case_id) {
    ExchangeRecord record = DecidedRecord(
        ReviewItemKind::kRubric,
        CriteriaAnswers{{{.criterion = "quality", .score = quality}, {.criterion = "tone", .labels = {"friendly"}}}});
    record.item.case_id = case_id;
    record.texts.responses[0].text = "text of " + text;
    return record;
  };
  ExportOptions options = Training();
  options.training.score_difference = 0.3;
  // quality has weight 3, tone 1: (3 (q - 1) / 4 + 1) / 4 is 1, 0.8125, 0.4375 and 0.25.
  const std::vector<ExchangeRecord> records = {scored("v5", 5, "a"), scored("v4", 4, "a"), scored("v2", 2, "a"),
                                               scored("w5", 5, "b"), scored("w1", 1, "b"), scored("x5", 5, "c")};
  const Exported exported = ExportAll("trl_dpo", records, options);
  EXPECT_THAT(Pairs(exported.text), ElementsAre("v5>v2 0.5", "v4>v2 0.5", "w5>w1 1"));
  options.rubric.criteria[0].scale->pass = 5;  // v4 fails: it is better, and not to be learnt from
  EXPECT_THAT(Pairs(ExportAll("trl_dpo", records, options).text), ElementsAre("v5>v2 1", "w5>w1 1"));
}

TEST(TrlFormats, KeepAllRowsOfAPromptOnOneSideOfTheSplit) {
  std::vector<ExchangeRecord> records;
  for (int i = 0; i < 400; ++i) {
    records.push_back(DecidedRecord(ReviewItemKind::kPairwise, kSecondWins));
    records.back().texts.prompt[0].content = "question " + std::to_string(i / 2);
    records.back().texts.responses[0].text += std::to_string(i);
  }
  ExportOptions options = Training();
  options.training.validation_share = 0.25;
  const Exported exported = ExportAll("trl_dpo", records, options);
  std::map<std::string, std::set<std::string>> sides;
  int validation = 0;
  for (std::size_t at = 0; at < exported.text.size();) {
    const std::size_t end = exported.text.find('\n', at);
    const Json row = *Json::Parse(std::string_view(exported.text).substr(at, end - at));
    const std::string split = row.Find("meta")->Find("split")->as_string();
    sides[row.Find("prompt")->Dump()].insert(split);
    validation += split == "validation" ? 1 : 0;
    at = end + 1;
  }
  EXPECT_EQ(sides.size(), 200u);
  for (const auto& [prompt, splits] : sides) EXPECT_EQ(splits.size(), 1u) << prompt;
  EXPECT_NEAR(validation, 100, 40);
}

// What would leave with an approval, as its text.
std::string RehearsedText(std::string_view format, const std::vector<ExchangeRecord>& records, ExportOptions options) {
  options.training.approval.reset();
  options.training.is_rehearsal = true;
  ExportManifest manifest = ExportAll(format, records, options).manifest;
  manifest.exported_at = At(0);
  return ApprovedTextOf(manifest);
}

ApprovalRequest RequestFor(const std::string& text) {
  return {.id = "a1",
          .change = ReviewChange::kTrainingExport,
          .subject = "cases of ship",
          .diff_hash = Sha256Hex(text),
          .reason = "the suite is retired",
          .proposer = "ann"};
}

void Approve(ApprovalRequest& request, const Reviewer& person) {
  request.approvals.push_back(
      {.person = person.id, .roles = person.roles, .diff_hash = request.diff_hash, .approves = true});
}

TEST(LeakageGuard, LetsNoCaseOfAGateOutWithoutAnApprovalOfThisExport) {
  std::vector<ExchangeRecord> records = {DecidedRecord(ReviewItemKind::kPairwise, kSecondWins)};
  records[0].gates = {"ship"};
  ExportOptions options = Training();
  const Exported guarded = ExportAll("trl_dpo", records, options);
  EXPECT_EQ(guarded.text, "");
  EXPECT_EQ(guarded.manifest.excluded, (ExclusionCounts{{"gate_case", 1}}));

  records[0].gates.reset();
  EXPECT_EQ(ExportAll("trl_dpo", records, options).manifest.excluded, (ExclusionCounts{{"gates_unknown", 1}}));
  records[0].gates = {"ship"};

  options.training.approved_text = RehearsedText("trl_dpo", records, options);
  options.training.approval = RequestFor(options.training.approved_text);
  EXPECT_EQ(ExportAll("trl_dpo", records, options).error, "approval \"a1\" is waiting: needs 1 peer, one of lead");
  Approve(*options.training.approval, Person("bob"));
  EXPECT_EQ(ExportAll("trl_dpo", records, options).error, "approval \"a1\" is waiting: needs one of lead");
  Approve(*options.training.approval, LeadPerson("lea"));
  const Exported approved = ExportAll("trl_dpo", records, options);
  EXPECT_EQ(approved.error, "");
  EXPECT_EQ(approved.manifest.rows, 1);
  EXPECT_EQ(approved.manifest.approval, "a1");

  const std::string other = "approval \"a1\" is of another export: format or selection differ";
  EXPECT_EQ(ExportAll("trl_reward", records, options).error, other);
  options.selection.suites = {"suite"};
  EXPECT_EQ(ExportAll("trl_dpo", records, options).error, other);
  options.selection.suites = {};
  std::vector<ExchangeRecord> more = records;
  more.push_back(more[0]);
  more[1].item.id += "x";
  more[1].texts.prompt[0].content += "!";
  const Exported grown = ExportAll("trl_dpo", more, options);
  EXPECT_THAT(grown.error,
              HasSubstr("approval \"a1\" is of another export: it is of 1 rows of 1 items with the SHA-256 " +
                        approved.manifest.sha256.substr(0, 12) + "..., and what would leave is 2 rows of 2 items"));
  options.training.approved_text += " ";
  EXPECT_EQ(ExportAll("trl_dpo", records, options).error, "approval \"a1\" is of another export: its text differs");
  options.training.approved_text.pop_back();
  options.training.now = Time{} + std::chrono::days(7);
  EXPECT_THAT(ExportAll("trl_dpo", records, options).error, HasSubstr("has expired: it lasts 7 days"));
  options.training.now = Time{};
  EXPECT_EQ(ExportAll("trl_dpo", records, options).error, "");
  options.training.approval->change = ReviewChange::kRetention;
  EXPECT_EQ(ExportAll("trl_dpo", records, options).error, "approval \"a1\" is of retention, not of training_export");
}

TEST(TrlFormats, EveryRowOfRandomRecordsIsOneThatTrlTakes) {
  const std::pair<std::string_view, TrainingForm> formats[] = {{"trl_dpo", TrainingForm::kDpo},
                                                               {"trl_reward", TrainingForm::kReward},
                                                               {"trl_kto", TrainingForm::kKto},
                                                               {"trl_sft", TrainingForm::kSft}};
  Random random(21);
  std::vector<ExchangeRecord> records;
  for (int i = 0; i < 600; ++i) records.push_back(RandomRecord(kEveryKind[i % 9], random));
  for (const auto& [format, form] : formats) {
    const Exported exported = ExportAll(format, records, Training());
    EXPECT_EQ(exported.error, "");
    EXPECT_GT(exported.manifest.rows, 5) << format;
    EXPECT_GT(exported.manifest.excluded.at("gate_case"), 100);
    TrainingRowCheck check(form);
    for (std::size_t at = 0; at < exported.text.size();) {
      const std::size_t end = exported.text.find('\n', at);
      const std::string line = exported.text.substr(at, end - at);
      ASSERT_EQ(check.FaultOf(*Json::Parse(line)), "") << line;
      at = end + 1;
    }
  }
}

TEST(TrlFormats, RefuseOptionsWithWhichNothingCanBeWritten) {
  ExportOptions options = Training();
  options.training.validation_share = 1;
  EXPECT_EQ(ExportAll("trl_dpo", {}, options).error, "the share of validation lies in [0, 1)");
  options = Training();
  options.training.score_difference = 2;
  EXPECT_EQ(ExportAll("trl_dpo", {}, options).error, "the difference of scores lies in [0, 1]");
}

}  // namespace
}  // namespace assay
