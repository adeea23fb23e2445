#include <atomic>
#include <thread>

#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

TEST_P(StoreTest, ReadersSeeWholeBatchesWhileOthersWrite) {
  constexpr std::int64_t kCases = 2000;
  constexpr std::int64_t kBatch = 50;
  const RunKey key = StartRun("run-1", kCases).key;
  std::atomic<bool> done = false;
  std::atomic<int> reads = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 6; ++i) {  // more than the store has connections for
    readers.emplace_back([&] {
      std::int64_t before = 0;
      do {
        const auto run = store().GetRun(key);
        if (!run) {
          ADD_FAILURE() << MessageOf(run);
          return;
        }
        EXPECT_EQ(run->counts.Accounted(), run->position);
        EXPECT_EQ(run->position % kBatch, 0);
        std::int64_t rows = 0;
        EXPECT_TRUE(store().ReadTrialColumns(key, [&](const TrialColumns&) { ++rows; }));
        EXPECT_EQ(rows % kBatch, 0);
        EXPECT_GE(rows, run->position);
        EXPECT_GE(rows, before);
        before = rows;
        ++reads;
      } while (!done);
    });
  }
  for (std::int64_t first = 0; first < kCases; first += kBatch) {
    ASSERT_OK(store().AppendTrials(key, MakeResults(first, kBatch), first + kBatch));
  }
  done = true;
  readers.clear();
  EXPECT_GE(reads, 6);
}

TEST_P(StoreTest, WritersOfOneRequestGetOneAnswer) {
  MakeSnapshot(10);
  std::vector<std::string> answers(8);
  {
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      callers.emplace_back([&, i] {
        const auto run = store().CreateRun(MakeRun("run-" + std::to_string(i), 10), RequestKey{"StartRun", "r", "h"});
        answers[i] = run ? run->id : MessageOf(run);
      });
    }
  }
  EXPECT_EQ(answers, std::vector<std::string>(8, answers[0]));
  EXPECT_EQ(store().ListRuns({}, {})->items.size(), 1u);
}

}  // namespace
}  // namespace assay::testing
