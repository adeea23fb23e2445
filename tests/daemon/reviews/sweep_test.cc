// Thousands of items that nobody can go on with are no reason to be late for those who can.

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {
namespace {

class Sweeps : public ReviewDeskTest {
 protected:
  static int stuck() { return GetParam() ? 600 : 3000; }
  // Queue "many" has stuck() items, for people with a skill that nobody will have in a moment.
  void FillQueue() {
    std::string cases;
    for (int i = 0; i < stuck(); ++i) cases += R"({"id":"c)" + std::to_string(i) + R"(","question":"q"})" + "\n";
    files_.Write("catalog/many.jsonl", cases);
    files_.Write("catalog/many.yaml",
                 "kind: Suite\nname: many\ndataset: [{file: many.jsonl, id: id}]\nprompt: [{user: "
                 "\"{{question}}\"}]\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n---\n"
                 "kind: Queue\nname: many\nsuites: [many]\nrubric: r\nitem: rubric\nskills: [law]\n"
                 "enter: [{every: true}]\noverlap: {people: 1, severity: 0}\n");
    SetLawyers(true);
    Start();
    work_->Ended(work_->StartRun("many", "m@1").id);
    RunSuite();
    AwaitItems(stuck(), "many");
    AwaitItems(2);
  }
  void SetLawyers(bool are_there) {
    std::vector<Reviewer> people = *people_;
    for (Reviewer& each : people) {
      each.skills.clear();
      if (are_there) each.skills.push_back("law");
    }
    SetPeople(std::move(people));
  }
  std::int64_t Escalated() {
    const auto queues = Ask(reviews_->ListQueues(As("lea")));
    for (const QueueStatus& each : *queues) {
      if (each.queue != "many") continue;
      const auto found = each.states.find(ReviewState::kEscalated);
      return found == each.states.end() ? 0 : found->second;
    }
    return -1;
  }
};

TEST_P(Sweeps, EscalateThousandsOfItemsWhileClaimsAreAnsweredInBetween) {
  FillQueue();
  SetLawyers(false);
  std::vector<double> milliseconds;
  int answered_meanwhile = 0;
  for (std::int64_t escalated = 0; escalated < stuck();) {
    const ClaimArguments next{.queue = "q"};
    const auto began = std::chrono::steady_clock::now();
    const auto claimed = Ask(reviews_->ClaimItem(As("ann"), next));
    milliseconds.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
    ASSERT_TRUE(claimed && claimed->view) << (claimed ? claimed->why_none : claimed.error().message);
    escalated = Escalated();
    answered_meanwhile += escalated > 0 && escalated < stuck() ? 1 : 0;
    ASSERT_LT(milliseconds.size(), 100'000u);
  }
  EXPECT_GT(answered_meanwhile, 20) << "of a sweep in one piece nobody sees a part";
  std::ranges::sort(milliseconds);
  const double p99 = milliseconds[milliseconds.size() * 99 / 100];
  RecordProperty("claims", static_cast<int>(milliseconds.size()));
  RecordProperty("claim_p99_us", static_cast<int>(p99 * 1000));
  std::printf("%zu claims during a sweep of %d stuck items: p50 %.2f ms, p99 %.2f ms, longest %.2f ms\n",
              milliseconds.size(), stuck(), milliseconds[milliseconds.size() / 2], p99, milliseconds.back());
}

INSTANTIATE_TEST_SUITE_P(Engines, Sweeps, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
