#include <limits>
#include <map>

#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

std::vector<std::string> Scores(Store& store, RunKey run, int grader) {
  std::vector<std::string> rows;
  const Status read = store.ReadScores(run, grader, [&](const ScoreColumns& score) {
    rows.push_back(std::to_string(score.ordinal) + "/" + std::to_string(score.trial) + " " +
                   std::string(Name(score.status)) + " " + (score.value ? std::to_string(*score.value) : "-") + " " +
                   (score.pass ? (*score.pass ? "pass" : "fail") : "-"));
  });
  EXPECT_TRUE(read) << MessageOf(read);
  return rows;
}

TEST_P(StoreTest, AppendedTrialsMoveCountsAndPosition) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(0, 6), 6));
  auto read = store().GetRun(run.key);
  EXPECT_EQ(read->counts, (RunCounts{.scheduled = 10, .scored = 5, .error = 1}));
  EXPECT_EQ(read->position, 6);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(7, 3), 6));
  read = store().GetRun(run.key);
  EXPECT_EQ(read->counts, (RunCounts{.scheduled = 10, .scored = 7, .error = 2}));
  EXPECT_EQ(read->position, 6);
  EXPECT_EQ(*store().FinishedPositionsFrom(run.key, 6), (std::vector<std::int64_t>{7, 8, 9}));
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(6, 1), 10));
  EXPECT_EQ(store().GetRun(run.key)->counts.Accounted(), 10);
  ASSERT_OK(store().SetRunState(run.key, RunState::kComplete, "", At(5), "anna"));
}

TEST_P(StoreTest, PositionNeverGoesBack) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(0, 5), 5));
  ASSERT_OK(store().AppendTrials(run.key, {}, 3));
  EXPECT_EQ(store().GetRun(run.key)->position, 5);
}

TEST_P(StoreTest, TrialStoredTwiceChangesNothing) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(0, 3), 3));
  EXPECT_EQ(store().AppendTrials(run.key, MakeResults(2, 3), 5).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(store().GetRun(run.key)->counts, (RunCounts{.scheduled = 10, .scored = 3}));
  EXPECT_EQ(store().GetRun(run.key)->position, 3);
  TrialResult same_position = MakeResult(1, 7);
  EXPECT_EQ(store().AppendTrials(run.key, {&same_position, 1}, 3).error().code, ErrorCode::kAlreadyExists);
  TrialResult same_case = MakeResult(7, 1);
  EXPECT_EQ(store().AppendTrials(run.key, {&same_case, 1}, 3).error().code, ErrorCode::kAlreadyExists);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(3, 2), 5));
  EXPECT_EQ(Scores(store(), run.key, 0).size(), 4u);
}

TEST_P(StoreTest, ResultsThatDoNotFitAreRefusedWhole) {
  const RunRecord run = StartRun("run-1", 10);
  const auto refuse = [&](TrialResult result) {
    const TrialResult results[] = {MakeResult(0, 0), std::move(result)};
    return MessageOf(store().AppendTrials(run.key, results, 1));
  };
  EXPECT_EQ(refuse(MakeResult(3, 10)), "invalid_argument: case 10 trial 0 is not part of the run");
  EXPECT_EQ(refuse(MakeResult(3, 3, 1)), "invalid_argument: case 3 trial 1 is not part of the run");
  EXPECT_EQ(refuse(MakeResult(10, 3)), "invalid_argument: case 3 trial 0 is not part of the run");
  TrialResult result = MakeResult(1, 1);
  result.scores.pop_back();
  EXPECT_EQ(refuse(result), "invalid_argument: case 1 trial 0 has 1 scores, the run has 2 graders");
  result = MakeResult(1, 1);
  result.scores[1].value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(refuse(result), "invalid_argument: a score is scored with value nan");
  result.scores[1].value.reset();
  EXPECT_EQ(refuse(result), "invalid_argument: a score is scored without a value");
  result.scores[1] = Score::Broken("crashed");
  EXPECT_EQ(refuse(result), "invalid_argument: case 1 trial 0 is scored, its scores say error");
  result.scores[1] = Score::Unscored("no target");
  EXPECT_EQ(refuse(result), "invalid_argument: case 1 trial 0 is scored, its scores say unscored");
  EXPECT_EQ(store().GetRun(run.key)->counts, (RunCounts{.scheduled = 10}));
  EXPECT_EQ(store().ReadTrials(run.key, {}, {})->items.size(), 0u);
}

TEST_P(StoreTest, EndedOrUnknownRunTakesNoResults) {
  EXPECT_EQ(MessageOf(store().AppendTrials(RunKey{77}, MakeResults(0, 1), 1)), "not_found: run 77 is not stored");
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(store().SetRunState(run.key, RunState::kCancelled, "", At(3), "anna"));
  EXPECT_EQ(MessageOf(store().AppendTrials(run.key, MakeResults(0, 1), 1)),
            "failed_precondition: run \"run-1\" has ended: cancelled");
}

TEST_P(StoreTest, ScoresStreamInOrderOfPositionsWhateverTheOrderOfArrival) {
  const RunRecord run = StartRun("run-1", 3, 2);
  const TrialResult results[] = {MakeResult(3, 0, 1), MakeResult(0, 2, 0), MakeResult(2, 0, 0), MakeResult(1, 2, 1)};
  ASSERT_OK(store().AppendTrials(run.key, results, 4));
  EXPECT_EQ(Scores(store(), run.key, 0),
            (std::vector<std::string>{"2/0 scored 1.000000 pass", "2/1 scored 0.000000 fail",
                                      "0/0 scored 1.000000 pass", "0/1 scored 0.000000 fail"}));
  EXPECT_EQ(Scores(store(), run.key, 1)[0], "2/0 scored 0.250000 -");
  EXPECT_TRUE(Scores(store(), run.key, 2).empty());
  const auto page = store().ReadTrials(run.key, {}, {});
  EXPECT_EQ(page->items[0].case_id, "case-0") << "people read in the order of the cases";
}

TEST_P(StoreTest, StreamsLongerThanOneBlockAreWhole) {
  constexpr std::int64_t kCases = 25'001;  // PostgreSQL's cursor reads blocks of 10,000
  const RunRecord run = StartRun("run-1", kCases);
  for (std::int64_t first = 0; first < kCases; first += 5000) {
    const std::int64_t count = std::min<std::int64_t>(5000, kCases - first);
    ASSERT_OK(store().AppendTrials(run.key, MakeResults(first, count), first + count));
  }
  std::int64_t trials = 0;
  ASSERT_OK(store().ReadTrialColumns(run.key, [&](const TrialColumns& trial) {
    EXPECT_EQ(trial.ordinal, trials++);
    EXPECT_EQ(trial.latency_us.has_value(), trial.status == TrialStatus::kScored);
    EXPECT_EQ(trial.latency_us.value_or(1000 + trial.ordinal), 1000 + trial.ordinal);
    EXPECT_EQ(trial.first_token_us.has_value(), trial.latency_us.has_value() && trial.ordinal % 2 == 1);
    EXPECT_EQ(trial.first_token_us.value_or(100 + trial.ordinal), 100 + trial.ordinal);
    EXPECT_EQ(trial.tokens_in.value_or(10 + trial.ordinal), 10 + trial.ordinal);
  }));
  EXPECT_EQ(trials, kCases);
  EXPECT_EQ(std::ssize(Scores(store(), run.key, 1)), kCases - kCases / 5);
  EXPECT_EQ(std::ssize(*store().FinishedPositionsFrom(run.key, 0)), kCases);
}

TEST_P(StoreTest, WholeTrialsAreReadBack) {
  const RunRecord run = StartRun("run-1", 10);
  std::vector<TrialResult> results = MakeResults(0, 5);
  results[1].response->tool_calls = {{"refund", R"({"amount": 5})"}, {"broken", "{not json"}};
  results[2].response->text.clear();
  results[2].response->transcript = {
      {.role = Role::kUser, .content = "look", .images = {{.file = "a.png"}, {.url = "https://h/b.png"}}},
      {.role = Role::kAssistant, .content = "\"what\"?"},
      {.role = Role::kUser, .content = "at it"}};
  ASSERT_OK(store().AppendTrials(run.key, results, 5));
  const auto page = store().ReadTrials(run.key, {}, {});
  ASSERT_OK(page);
  ASSERT_EQ(page->items.size(), 5u);
  const StoredTrial& trial = page->items[1];
  EXPECT_EQ(trial.case_id, "case-1");
  EXPECT_EQ(trial.result.position, 1);
  EXPECT_EQ(trial.result.status, TrialStatus::kScored);
  ASSERT_TRUE(trial.result.response.has_value());
  EXPECT_EQ(trial.result.response->text, "text 1");
  EXPECT_EQ(trial.result.response->tool_calls, results[1].response->tool_calls);
  EXPECT_EQ(trial.result.response->finish_reason, "stop");
  EXPECT_EQ(trial.result.response->usage.tokens_in, 11);
  EXPECT_EQ(trial.result.response->usage.tokens_out, 20);
  EXPECT_EQ(trial.result.response->latency, std::chrono::microseconds(1001));
  EXPECT_EQ(trial.result.response->first_token, std::chrono::microseconds(101));
  EXPECT_EQ(trial.result.response->attempts, 2);
  EXPECT_EQ(trial.result.response->retries, 1);
  ASSERT_EQ(trial.scores.size(), 2u);
  EXPECT_EQ(trial.scores[0].grader, "answer");
  EXPECT_EQ(trial.scores[0].grader_version, "v1");
  EXPECT_EQ(trial.scores[0].score, Score::Failing("lacks \"yes\""));
  EXPECT_EQ(trial.scores[1].score, results[1].scores[1]);
  EXPECT_TRUE(trial.result.response->transcript.empty());
  EXPECT_EQ(page->items[2].result.response->text, "");
  EXPECT_EQ(page->items[2].result.response->transcript, results[2].response->transcript);
  EXPECT_FALSE(page->items[4].result.response.has_value());
  EXPECT_EQ(page->items[4].result.error, "endpoint answered 503");
  EXPECT_TRUE(page->items[4].scores.empty());
}

TEST_P(StoreTest, ReasonsAreStoredOnlyWhenThereAreAny) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(0, 2), 2));
  // "answer" passes without a word and fails with one; "tone" has evidence each time.
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM score_reason"), "3");
}

TEST_P(StoreTest, TrialsAreFilteredAndPaged) {
  const RunRecord run = StartRun("run-1", 60);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(0, 60), 60));
  std::vector<std::int64_t> ordinals;
  std::string token;
  do {
    const auto page = store().ReadTrials(run.key, {.status = TrialStatus::kError, .ordinals = {}}, {token, 5});
    ASSERT_OK(page);
    EXPECT_LE(page->items.size(), 5u);
    for (const StoredTrial& trial : page->items) ordinals.push_back(trial.result.ordinal);
    token = page->next;
  } while (!token.empty());
  EXPECT_EQ(ordinals, (std::vector<std::int64_t>{4, 9, 14, 19, 24, 29, 34, 39, 44, 49, 54, 59}));
  const auto all = store().ReadTrials(run.key, {}, {"", 60});
  EXPECT_EQ(all->items.size(), 60u);
  EXPECT_EQ(all->next, "");
  EXPECT_EQ(all->items[57].scores.size(), 2u);
  EXPECT_EQ(MessageOf(store().ReadTrials(run.key, {}, {"7", 5})),
            "invalid_argument: page token \"7\" is not one of ours");
}

TEST_P(StoreTest, TrialsOfChosenCases) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(0, 10), 10));
  const auto page = store().ReadTrials(run.key, {.status = {}, .ordinals = {8, 4, 1, 4, -1, 77}}, {"", 2});
  ASSERT_OK(page);
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->items[0].case_id, "case-1");
  EXPECT_EQ(page->items[1].result.error, "endpoint answered 503");
  const auto rest = store().ReadTrials(run.key, {.status = {}, .ordinals = {8, 4, 1}}, {page->next, 2});
  ASSERT_OK(rest);
  ASSERT_EQ(rest->items.size(), 1u);
  EXPECT_EQ(rest->items[0].scores[0].score.pass, true);
  EXPECT_EQ(rest->next, "");
  const std::vector<std::int64_t> many(1001, 1);
  EXPECT_EQ(MessageOf(store().ReadTrials(run.key, {.status = {}, .ordinals = many}, {})),
            "invalid_argument: 1001 cases at once; at most 1000");
}

TEST_P(StoreTest, TrialsThatAGraderFailsByItsNewestScore) {
  StartRun("run-0", 10);  // so that keys of runs differ from 1
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(0, 10), 10));
  const auto failed_by = [&](const std::string& grader) {
    std::vector<std::string> cases;
    std::string token;
    do {
      const auto page = store().ReadTrials(run.key, {.failed_grader = grader}, {token, 2});
      EXPECT_TRUE(page) << MessageOf(page);
      for (const StoredTrial& trial : page->items) cases.push_back(trial.case_id);
      token = page->next;
    } while (!token.empty());
    return cases;
  };
  EXPECT_EQ(failed_by("answer"), (std::vector<std::string>{"case-1", "case-3", "case-5", "case-7"}));
  EXPECT_EQ(failed_by("none"), std::vector<std::string>());
  const auto say = [&](std::int64_t ordinal, const Score& score) {
    ASSERT_OK(store().AppendScore(run.key, {ordinal, 0, "answer", "people", ScoreSource::kHuman, score, At(9), "ben"}));
  };
  say(3, Score::Pass());
  say(6, Score::Failing("impolite"));
  EXPECT_EQ(failed_by("answer"), (std::vector<std::string>{"case-1", "case-5", "case-6", "case-7"}));
}

TEST_P(StoreTest, TrialsOfOneCaseByItsId) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(0, 10), 10));
  const auto page = store().ReadTrials(run.key, {.case_id = "case-7"}, {});
  ASSERT_OK(page);
  ASSERT_EQ(page->items.size(), 1u);
  EXPECT_EQ(page->items[0].result.ordinal, 7);
  EXPECT_EQ(store().ReadTrials(run.key, {.case_id = "case-7' OR '1'='1"}, {})->items.size(), 0u);
}

TEST_P(StoreTest, NewestScoreCountsAndTheOlderStays) {
  const RunRecord run = StartRun("run-1", 10);
  TrialResult result = MakeResult(0, 3);
  result.status = TrialStatus::kUnscored;
  result.scores[0] = Score::Unscored("no target");
  ASSERT_OK(store().AppendTrials(run.key, {&result, 1}, 1));
  ScoreRevision revision{.ordinal = 3,
                         .grader = "answer",
                         .grader_version = "rubric-7",
                         .source = ScoreSource::kHuman,
                         .score = Score::Failing("impolite"),
                         .at = At(9),
                         .principal = "ben"};
  EXPECT_EQ(*store().AppendScore(run.key, revision), 2);
  EXPECT_EQ(store().GetRun(run.key)->counts, (RunCounts{.scheduled = 10, .scored = 1}));
  EXPECT_EQ(Scores(store(), run.key, 0), (std::vector<std::string>{"3/0 scored 0.000000 fail"}));
  revision.score = Score::Pass();
  EXPECT_EQ(*store().AppendScore(run.key, revision), 3);
  EXPECT_EQ(Scores(store(), run.key, 0), (std::vector<std::string>{"3/0 scored 1.000000 pass"}));
  const auto trials = store().ReadTrials(run.key, {.status = TrialStatus::kScored, .ordinals = {}}, {});
  ASSERT_EQ(trials->items.size(), 1u);
  ASSERT_EQ(trials->items[0].scores.size(), 2u);
  EXPECT_EQ(trials->items[0].scores[0].revision, 3);
  EXPECT_EQ(trials->items[0].scores[0].source, ScoreSource::kHuman);
  EXPECT_EQ(trials->items[0].scores[0].grader_version, "rubric-7");
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM score"), "4");
  EXPECT_EQ(ReadOne("SELECT principal FROM score_reason WHERE revision = 3"), "ben");
  revision.score = Score::Broken("the judge crashed");
  ASSERT_OK(store().AppendScore(run.key, revision));
  EXPECT_EQ(store().GetRun(run.key)->counts, (RunCounts{.scheduled = 10, .error = 1}));
}

TEST_P(StoreTest, ScoreRevisionNeedsItsTrialGraderAndResponse) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(0, 5), 5));
  const auto append = [&](std::int64_t ordinal, const std::string& grader) {
    return MessageOf(
        store().AppendScore(run.key, {ordinal, 0, grader, "v", ScoreSource::kHuman, Score::Pass(), At(1), "ben"}));
  };
  EXPECT_EQ(append(9, "answer"), "not_found: case 9 trial 0 is not stored");
  EXPECT_EQ(append(4, "answer"), "failed_precondition: case 4 trial 0 has no response that could be scored");
  EXPECT_EQ(append(0, "none"), "not_found: grader \"none\" is not part of the run");
}

TEST_P(StoreTest, TextThatIsNotUtf8IsStoredReplaced) {
  const RunRecord run = StartRun("run-1", 10);
  TrialResult result = MakeResult(0, 0);
  result.response->text = std::string("a\0b\xff\xc3(", 6) + "é";
  result.scores[0].reason = std::string("\0", 1);
  ASSERT_OK(store().AppendTrials(run.key, {&result, 1}, 1));
  const auto page = store().ReadTrials(run.key, {}, {});
  EXPECT_EQ(page->items[0].result.response->text, "a\uFFFDb\uFFFD\uFFFD(é");
  EXPECT_EQ(page->items[0].scores[0].score.reason, "\uFFFD");
}

TEST_P(StoreTest, LargeResponsesAreStoredAndEndAPageEarly) {
  const RunRecord run = StartRun("run-1", 50);
  std::vector<TrialResult> results;
  for (int i = 0; i < 50; ++i) {
    results.push_back(MakeResult(i, i));
    results.back().error.clear();
    results.back().status = TrialStatus::kUnscored;
    results.back().scores.clear();
    results.back().response = Response{};
    results.back().response->text.assign(1 << 20, static_cast<char>('a' + i % 26));
  }
  ASSERT_OK(store().AppendTrials(run.key, results, 50));
  const auto page = store().ReadTrials(run.key, {}, {});
  ASSERT_OK(page);
  EXPECT_EQ(page->items.size(), 40u);
  EXPECT_EQ(page->items[39].result.response->text, results[39].response->text);
  EXPECT_EQ(store().ReadTrials(run.key, {}, {page->next})->items.size(), 10u);
}

}  // namespace
}  // namespace assay::testing
