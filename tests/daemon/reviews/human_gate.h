#pragma once
// A gate that asks people, over the review service on a real store.

#include <iostream>
#include <string>
#include <vector>

#include "daemon/verdict_replay.h"
#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {

inline constexpr int kHumanCases = 40;

// Suite "h" has 40 cases, metric "people" of queue "h", and gate "human" wants it to be at least 0.8.
class HumanGate : public ReviewDeskTest {
 protected:
  void WriteHumanGate(const std::string& share = "1", const std::string& gate = "") {
    std::string cases;
    for (int i = 0; i < kHumanCases; ++i)
      cases += R"({"id":"c)" + std::to_string(100 + i) + R"(","question":"q"})" + "\n";
    files_.Write("catalog/h.jsonl", cases);
    files_.Write("catalog/h.yaml",
                 "kind: Suite\nname: h\ndataset: [{file: h.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "graders: [{name: answer, type: equals, value: \"yes\"}]\n"
                 "metrics: [{name: people, source: human, queue: h}]\n---\n"
                 "kind: Queue\nname: h\nsuites: [h]\nrubric: r\nitem: rubric\nundo: 1m\n"
                 "enter: [{every: true, share: " +
                     share +
                     "}]\noverlap: {people: 1, severity: 0}\naudit: {share: 0, new_share: 0, at_least: 0}\n---\n"
                     "kind: Gate\nname: human\nsuites: [h]\nreview_deadline: 2h\n"
                     "rules: [{name: people-say-so, metric: people, at_least: 0.8}]\n" +
                     gate);
    Start();
  }
  // The same suite and queue, and a gate that asks no people.
  void WriteAutomaticGate() {
    WriteHumanGate("1",
                   "---\nkind: Gate\nname: auto\nsuites: [h]\nreview_deadline: 2h\n"
                   "rules: [{name: right, metric: answer, at_least: 0.8}]\n");
  }
  // Whatever the criteria say.
  static JudgementContent Grave() {
    JudgementContent content = Quality(5);
    content.opinion.severity = 1;
    return content;
  }
  void Says(const std::string& person, const std::string& item, const JudgementContent& content) {
    const ItemView view = Claims(person, item);
    ASSERT_TRUE(view.lease.has_value());
    Acts(person, item, SubmitCommand{.token = view.lease->token, .content = content}, "k" + std::to_string(++keys_));
  }
  void Adjudicates(const std::string& person, const std::string& item, const JudgementContent& content) {
    const ItemView view = Claims(person, item);
    ASSERT_TRUE(view.lease.has_value());
    Acts(person, item,
         AdjudicateCommand{.token = view.lease->token, .content = content, .cause = ReviewCause::kMissing},
         "k" + std::to_string(++keys_));
  }
  // The same, of a metric that people correct on half of the cases; `metric` and `queue` add to them. Cases 0 to 7 are
  // of topic small, the others of topic large.
  void WriteCorrectedGate(const std::string& metric = "", const std::string& by = "",
                          const std::string& queue = "overlap: {people: 1, severity: 0}\n") {
    std::string cases;
    for (int i = 0; i < kHumanCases; ++i) {
      cases += R"({"id":"c)" + std::to_string(100 + i) + R"(","question":"q","topic":")" + (i < 8 ? "small" : "large") +
               "\"}\n";
    }
    files_.Write("catalog/h.jsonl", cases);
    files_.Write("catalog/h.yaml",
                 "kind: Suite\nname: h\ndataset: [{file: h.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "slices: [topic]\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n"
                 "metrics: [{name: people, source: human_corrected, grader: answer, queue: h" +
                     metric +
                     "}]\n---\nkind: Queue\nname: h\nsuites: [h]\nrubric: r\nitem: rubric\nundo: 1m\n"
                     "enter: [{every: true, share: 0.5}]\naudit: {share: 0, new_share: 0, at_least: 0}\n" +
                     queue +
                     "---\nkind: Gate\nname: human\nsuites: [h]\nreview_deadline: 2h\n"
                     "rules: [{name: people-say-so, metric: people, at_least: 0.8" +
                     by + "}]\n");
    Start();
  }
  // The check of the corrected gate, once it waits for people, who are asked of some of the cases.
  std::string WaitingForSample() {
    const std::string check = work_->Check("human", "m@1").check.id;
    const auto waits = [&] {
      return !Items().empty() &&
             Reason(check).starts_with("waiting for people: " + std::to_string(Items().size()) + " of");
    };
    EXPECT_TRUE(Eventually(waits)) << Reason(check);
    return check;
  }
  std::string Reason(const std::string& check) {
    const auto status = work_->Wait(work_->checks.GetCheck(work_->caller, check));
    EXPECT_TRUE(status) << status.error().message;
    return status ? status->reason : "";
  }
  // The check, once it waits for people.
  std::string WaitingCheck(std::int64_t items = kHumanCases) {
    const std::string check = work_->Check("human", "m@1").check.id;
    AwaitItems(items, "h");
    const auto waits = [&] { return Reason(check).starts_with("waiting for people: " + std::to_string(items)); };
    EXPECT_TRUE(Eventually(waits)) << Reason(check);
    return check;
  }
  // The check that answers who asks without an id of the request.
  std::string AskedAgain(const std::string& gate = "human") {
    const CheckArguments arguments{.gate = gate, .candidate = "m@1", .baseline = "", .request = {}};
    const auto status = work_->Wait(work_->checks.CheckGate(work_->caller, arguments));
    EXPECT_TRUE(status) << status.error().message;
    return status ? status->check.id : "";
  }
  std::vector<std::string> Items() {
    const ItemFilter of_queue{.queue = "h"};
    const auto listed = Ask(reviews_->ListItems(As("lea"), of_queue, {}));
    std::vector<std::string> ids;
    for (const ItemSummary& item : listed->items) ids.push_back(item.id);
    return ids;
  }
  void JudgeAll(const std::vector<std::string>& items, int quality) {
    for (const std::string& item : items) Judges("ann", item, quality);
    clock_.Add(std::chrono::minutes(2));  // nobody may revise any more
  }
  // How many values of a verdict differ when it is decided again from what is stored.
  std::int64_t DifferingWhenReplayed(const std::string& verdict) {
    VerdictReplays replays(*work_->store, work_->blocking.get_executor());
    const auto replayed = work_->Wait(replays.ReplayVerdict(work_->caller, verdict));
    replays.Stop();
    EXPECT_TRUE(replayed) << replayed.error().message;
    for (std::size_t i = 0; replayed && i < replayed->differences.size(); ++i)
      std::cerr << "replayed otherwise: " << replayed->differences[i].path << " " << replayed->differences[i].recorded
                << " " << replayed->differences[i].replayed << "\n";
    return replayed ? replayed->differing : -1;
  }
};

}  // namespace assay::testing
