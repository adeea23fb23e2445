// A writer that is killed in the middle of its work, again and again, until the run is done.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "core/random.h"
#include "daemon/store/result_writer.h"
#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

constexpr std::int64_t kCases = 3000;

// What the child tells of each commit. Few fit into the pipe, so that it cannot run far ahead of its killer.
constexpr std::size_t kWordBytes = 64;
constexpr int kPipeBytes = 4096;

// Resumes the run and writes what is missing, in disorder, a byte into `committed` for each result. Returns the exit
// code.
int WriteResults(const std::string& location, RunKey key, int committed) {
  Result<std::unique_ptr<Store>> store = OpenStore(location);
  if (!store) return 1;
  const Result<RunRecord> run = (*store)->GetRun(key);
  if (!run) return 2;
  const auto ahead = (*store)->FinishedPositionsFrom(key, run->position);
  if (!ahead) return 3;
  bool failed = false;
  {
    ResultWriter writer([&](RunKey which, std::span<const TrialResult> results,
                            std::int64_t position) { return (*store)->AppendTrials(which, results, position); },
                        {.max_rows = 64});
    writer.OpenRun(key, run->position, *ahead);
    const Permutation disorder(kCases, 7);
    for (std::int64_t i = 0; i < kCases; ++i) {
      const auto position = static_cast<std::int64_t>(disorder.At(static_cast<std::uint64_t>(i)));
      if (position < run->position || std::ranges::binary_search(*ahead, position)) continue;
      writer.Submit(
          key, MakeResult(position, position), [](const Status&) {},
          [&](const Status& outcome) {
            const char word[kWordBytes] = {};
            if (!outcome || write(committed, word, kWordBytes) != kWordBytes) failed = true;
          });
    }
  }
  return failed ? 4 : 0;
}

class Child {
 public:
  Child(const std::string& location, RunKey key) {
    int ends[2];
    if (pipe(ends) != 0 || fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes) < 0) std::abort();
    process_ = fork();
    if (process_ == 0) {
      close(ends[0]);
      _exit(WriteResults(location, key, ends[1]));
    }
    close(ends[1]);
    committed_ = ends[0];
  }
  // Waits for `count` commits or the end of the child. Returns how many it saw.
  std::int64_t WaitFor(std::int64_t count) {
    std::int64_t seen = 0;
    char word[kWordBytes];
    while (seen < count && read(committed_, word, kWordBytes) == kWordBytes) ++seen;
    return seen;
  }
  // Returns what waitpid says, and the commits that it had told of but nobody had read.
  int Kill(std::int64_t& more) {
    kill(process_, SIGKILL);
    return Finish(more);
  }
  int Finish(std::int64_t& more) {
    more = WaitFor(kCases);
    close(committed_);
    int status = 0;
    waitpid(process_, &status, 0);
    return status;
  }

 private:
  pid_t process_ = -1;
  int committed_ = -1;
};

TEST_P(StoreTest, KilledWriterLosesAndRepeatsNothing) {
  const RunKey key = StartRun("run-1", kCases).key;
  const std::string where = location();
  std::int64_t told = 0;
  for (const std::int64_t commits : {1, 500, 900}) {
    Reopen();  // no connection of ours lives while the child is made
    Child child(where, key);
    told += child.WaitFor(commits);
    std::int64_t more = 0;
    const int status = child.Kill(more);
    told += more;
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);

    // An empty batch waits for what the killed server connection may still hold.
    ASSERT_OK(store().AppendTrials(key, {}, 0));
    const auto run = store().GetRun(key);
    RunCounts rows{.scheduled = kCases};
    ASSERT_OK(store().ReadTrialColumns(key, [&](const TrialColumns& trial) { rows.Add(trial.status); }));
    EXPECT_EQ(run->counts, rows);
    EXPECT_GE(rows.Accounted(), told) << "what was told to be written is there";
    const auto stored = store().FinishedPositionsFrom(key, 0);
    std::int64_t lowest = 0;
    while (lowest < std::ssize(*stored) && (*stored)[static_cast<std::size_t>(lowest)] == lowest) ++lowest;
    EXPECT_EQ(run->position, lowest);
    std::int64_t scores = 0;
    ASSERT_OK(store().ReadScores(key, 0, [&](const ScoreColumns&) { ++scores; }));
    EXPECT_EQ(scores, rows.scored);
  }
  Reopen();
  Child last(where, key);
  std::int64_t more = 0;
  const int status = last.Finish(more);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0);
  const auto run = store().GetRun(key);
  EXPECT_EQ(run->counts, (RunCounts{.scheduled = kCases, .scored = kCases * 4 / 5, .error = kCases / 5}));
  EXPECT_EQ(run->position, kCases);
  ASSERT_OK(store().SetRunState(key, RunState::kComplete, "", At(9), "anna"));
}

}  // namespace
}  // namespace assay::testing
