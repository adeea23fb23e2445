#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

TEST_P(StoreTest, RunIsReadAsItWasCreated) {
  const auto created = store().CreateRun(MakeRun("run-1", 10, 3));
  ASSERT_OK(created);
  const auto run = store().GetRun("default", "run-1");
  ASSERT_OK(run);
  EXPECT_EQ(run->key, created->key);
  EXPECT_EQ(run->suite, "support");
  EXPECT_EQ(run->suite_version, "sha256:suite");
  EXPECT_EQ(run->model, "bot");
  EXPECT_EQ(run->model_label, "1.0");
  EXPECT_EQ(run->model_version, "sha256:model");
  EXPECT_EQ(run->snapshot_digest, "sha256:data");
  EXPECT_EQ(run->trials, 3);
  EXPECT_EQ(run->cases, 10);
  EXPECT_EQ(run->seed, 0xFEDCBA9876543210u);
  EXPECT_EQ(run->order, "permuted");
  EXPECT_EQ(run->state, RunState::kPending);
  EXPECT_EQ(run->manifest, R"({"prompt":"sha256:p"})");
  ASSERT_EQ(run->graders.size(), 2u);
  EXPECT_EQ(run->graders[1].name, "tone");
  EXPECT_EQ(run->graders[1].type, "regex");
  EXPECT_EQ(run->graders[1].version, "v2");
  EXPECT_EQ(run->graders[1].role, "invariant");
  EXPECT_EQ(run->counts, (RunCounts{.scheduled = 30}));
  EXPECT_EQ(run->position, 0);
  EXPECT_EQ(run->created, At(1));
  EXPECT_EQ(run->started, std::nullopt);
  EXPECT_EQ(run->principal, "anna");
  EXPECT_EQ(store().GetRun(created->key)->id, "run-1");
  EXPECT_EQ(MessageOf(store().GetRun("other", "run-1")), "not_found: run \"run-1\" is not stored");
}

TEST_P(StoreTest, RunNeedsAFinishedSnapshotAndAFreeId) {
  ASSERT_OK(store().CreateRun(MakeRun("run-1", 10)));
  EXPECT_EQ(MessageOf(store().CreateRun(MakeRun("run-1", 10))), "already_exists: run \"run-1\" is stored already");
  EXPECT_EQ(MessageOf(store().CreateRun(MakeRun("run-2", 11))),
            "invalid_argument: run \"run-2\" has 11 cases, its dataset snapshot 10");
  RunRecord run = MakeRun("run-3", 10);
  run.snapshot = *store().BeginSnapshot("default", "sha256:unfinished", At(0), "anna");
  EXPECT_EQ(MessageOf(store().CreateRun(run)), "not_found: run \"run-3\" names no finished dataset snapshot");
  run = MakeRun("run-4", 10, 0);
  EXPECT_EQ(store().CreateRun(run).error().code, ErrorCode::kInvalidArgument);
}

TEST_P(StoreTest, RepeatedRequestReturnsTheFirstRun) {
  const RequestKey request{"StartRun", "r1", "hash"};
  ASSERT_OK(store().CreateRun(MakeRun("run-1", 10), request));
  const auto again = store().CreateRun(MakeRun("run-2", 10), request);
  ASSERT_OK(again);
  EXPECT_EQ(again->id, "run-1");
  EXPECT_EQ(store().GetRun("default", "run-2").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store().CreateRun(MakeRun("run-3", 10), RequestKey{"StartRun", "r1", "other"}).error().code,
            ErrorCode::kAlreadyExists);
  RunRecord elsewhere = MakeRun("run-4", 0);
  elsewhere.project = "other";
  elsewhere.snapshot = *store().BeginSnapshot("other", "sha256:data", At(0), "anna");
  ASSERT_OK(store().FinishSnapshot(elsewhere.snapshot));
  EXPECT_EQ(store().CreateRun(elsewhere, RequestKey{"StartRun", "r1", "other"})->id, "run-4");
}

TEST_P(StoreTest, RunsAreFilteredAndPaged) {
  for (int i = 0; i < 5; ++i) {
    RunRecord run = MakeRun("run-" + std::to_string(i), 10);
    if (i % 2 == 1) run.suite = "other";
    ASSERT_OK(store().CreateRun(run));
  }
  const auto first = store().ListRuns({.suite = "support"}, {"", 2});
  ASSERT_OK(first);
  ASSERT_EQ(first->items.size(), 2u);
  EXPECT_EQ(first->items[0].id, "run-4");
  EXPECT_EQ(first->items[1].id, "run-2");
  EXPECT_EQ(first->items[1].graders.size(), 2u);
  const auto second = store().ListRuns({.suite = "support"}, {first->next, 2});
  ASSERT_EQ(second->items.size(), 1u);
  EXPECT_EQ(second->items[0].id, "run-0");
  EXPECT_EQ(second->next, "");
  ASSERT_OK(store().SetRunState(second->items[0].key, RunState::kRunning, "", At(2), "anna"));
  EXPECT_EQ(store().ListRuns({.state = RunState::kRunning}, {})->items.size(), 1u);
  EXPECT_EQ(store().ListRuns({.model = "bot", .model_label = "2.0"}, {})->items.size(), 0u);
  EXPECT_EQ(store().ListRuns({.project = "other"}, {})->items.size(), 0u);
}

TEST_P(StoreTest, EndedRunStaysEnded) {
  const RunRecord run = StartRun("run-1", 0);
  EXPECT_EQ(store().GetRun(run.key)->started, At(2));
  ASSERT_OK(store().SetRunState(run.key, RunState::kComplete, "", At(9), "anna"));
  ASSERT_OK(store().SetRunState(run.key, RunState::kComplete, "", At(10), "anna"));
  EXPECT_EQ(store().GetRun(run.key)->ended, At(9));
  for (const RunState state : {RunState::kRunning, RunState::kError, RunState::kCancelled}) {
    EXPECT_EQ(MessageOf(store().SetRunState(run.key, state, "", At(11), "anna")),
              "failed_precondition: run \"run-1\" is complete and cannot become " + std::string(Name(state)));
  }
  EXPECT_EQ(store().SetRunState(RunKey{999}, RunState::kRunning, "", At(1), "anna").error().code, ErrorCode::kNotFound);
}

TEST_P(StoreTest, RunWithOutstandingTrialsCannotBeComplete) {
  const RunRecord run = StartRun("run-1", 10);
  EXPECT_EQ(MessageOf(store().SetRunState(run.key, RunState::kComplete, "", At(3), "anna")),
            "failed_precondition: run \"run-1\" cannot be complete: 10 trials are outstanding");
}

TEST_P(StoreTest, RunThatEndsEarlyCountsTheRestAsSkipped) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(store().AppendTrials(run.key, MakeResults(0, 3), 3));
  ASSERT_OK(store().SetRunState(run.key, RunState::kError, "the endpoint is dead", At(3), "anna"));
  const auto ended = store().GetRun(run.key);
  EXPECT_EQ(ended->error, "the endpoint is dead");
  EXPECT_EQ(ended->counts, (RunCounts{.scheduled = 10, .scored = 3, .skipped = 7}));
  EXPECT_EQ(ended->counts.Accounted(), ended->counts.scheduled);
}

TEST_P(StoreTest, OnlyPendingAndRunningRunsAreUnfinished) {
  ASSERT_OK(store().CreateRun(MakeRun("pending", 10)));
  StartRun("running", 10);
  ASSERT_OK(store().SetRunState(StartRun("ended", 10).key, RunState::kCancelled, "", At(3), "anna"));
  const auto runs = store().ListUnfinishedRuns();
  ASSERT_OK(runs);
  ASSERT_EQ(runs->size(), 2u);
  EXPECT_EQ((*runs)[0].id, "pending");
  EXPECT_EQ((*runs)[1].id, "running");
  EXPECT_EQ((*runs)[1].graders.size(), 2u);
}

TEST_P(StoreTest, OnlyTheNewestCompleteRunIsReused) {
  const auto find = [&] { return store().FindReusableRun("default", "sha256:suite", "sha256:model"); };
  StartRun("running", 0);
  ASSERT_OK(store().SetRunState(StartRun("failed", 0).key, RunState::kError, "x", At(3), "anna"));
  ASSERT_OK(store().SetRunState(StartRun("cancelled", 0).key, RunState::kCancelled, "", At(3), "anna"));
  EXPECT_FALSE((*find()).has_value());
  for (const char* id : {"first", "second"}) {
    ASSERT_OK(store().SetRunState(StartRun(id, 0).key, RunState::kComplete, "", At(3), "anna"));
  }
  ASSERT_TRUE((*find()).has_value());
  EXPECT_EQ((*find())->id, "second");
  EXPECT_FALSE((*store().FindReusableRun("default", "sha256:suite", "sha256:other")).has_value());
  EXPECT_FALSE((*store().FindReusableRun("other", "sha256:suite", "sha256:model")).has_value());
}

TEST_P(StoreTest, OfRunsThatTakeNothingFromTheCacheTheNewestIsReused) {
  const auto complete = [&](const char* id, const char* manifest) {
    RunRecord run = MakeRun(id, 0);
    run.manifest = manifest;
    ASSERT_OK(store().CreateRun(run));
    const RunKey key = store().GetRun("default", id)->key;
    ASSERT_OK(store().SetRunState(key, RunState::kRunning, "", At(2), "anna"));
    ASSERT_OK(store().SetRunState(key, RunState::kComplete, "", At(3), "anna"));
  };
  const auto find = [&](Store::ReusableRuns among) {
    const auto run = store().FindReusableRun("default", "sha256:suite", "sha256:model", among);
    return run && *run ? (*run)->id : "none";
  };
  complete("from the cache", R"({"fresh":false,"note":"says \"fresh\":true"})");
  EXPECT_EQ(find(Store::ReusableRuns::kFresh), "none");
  complete("drawn", R"({"fresh":true})");
  complete("from the cache again", R"({"fresh":false})");
  EXPECT_EQ(find(Store::ReusableRuns::kFresh), "drawn");
  EXPECT_EQ(find(Store::ReusableRuns::kAll), "from the cache again");
}

// What a metric was before: of complete runs, and of a run and its retry of the retry.
TEST_P(StoreTest, EarlierCompleteRunsAreThoseOfThatTime) {
  const auto complete = [&](RunRecord run, int second) {
    ASSERT_OK(store().AppendTrials(run.key, MakeResults(0, 10), 10));
    ASSERT_OK(store().SetRunState(run.key, RunState::kComplete, "", At(second), "tests"));
  };
  const RunRecord first = StartRun("run-1", 10);
  const RunRecord late = StartRun("run-2", 10);
  const RunRecord cancelled = StartRun("run-3", 10);
  complete(first, 10);
  complete(late, 50);
  ASSERT_OK(store().SetRunState(cancelled.key, RunState::kCancelled, "", At(11), "tests"));
  RunRecord retry = MakeRun("run-4", 10);
  retry.retry_of = "run-1";
  const auto retried = store().CreateRun(retry);
  ASSERT_OK(retried);
  ASSERT_OK(store().SetRunState(retried->key, RunState::kRunning, "", At(12), "tests"));
  complete(*retried, 20);
  RunRecord other = MakeRun("run-5", 10);
  other.model_version = "sha256:other";
  ASSERT_OK(store().CreateRun(other));
  const RunRecord last = StartRun("run-6", 10);
  const auto earlier = [&](std::int64_t most, int second) {
    std::vector<std::string> ids;
    const auto runs = store().ListEarlierRuns(last, most, At(second));
    EXPECT_TRUE(runs);
    for (const RunRecord& run : *runs) ids.push_back(run.id);
    return ids;
  };
  EXPECT_EQ(earlier(10, 15), std::vector<std::string>{"run-1"}) << "before its retry ended";
  EXPECT_EQ(earlier(10, 30), std::vector<std::string>{"run-4"});
  EXPECT_EQ(earlier(10, 60), (std::vector<std::string>{"run-4", "run-2"}));
  EXPECT_EQ(earlier(1, 60), std::vector<std::string>{"run-4"});
}

}  // namespace
}  // namespace assay::testing
