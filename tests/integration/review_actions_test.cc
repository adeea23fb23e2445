// What leads do with items by the command line, against a real daemon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/recorded_reviewers.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kActionDocuments[] = R"(kind: Suite
name: s
dataset: [{file: cases.jsonl, id: id}]
prompt: [{user: "{{prompt}}"}]
graders:
  - {name: says, type: regex, pattern: "[a-z]"}
---
kind: Rubric
name: r
version: "1.0.0"
guideline: |
  ## 1 Quality
  Whether it is right.
criteria:
  - {name: quality, meaning: how good it is, clause: "1", scale: {from: 1, to: 5, pass: 4, anchors: {1: wrong, 5: right}}}
---
kind: Queue
name: q
item: rubric
rubric: r
suites: [s]
enter: [{every: true}]
undo: 0s
audit: {share: 0, new_share: 0, at_least: 0, severity: 0}
---
kind: Model
name: m
version: "1"
endpoint: {provider: openai-chat, url: MODEL, model: "1"}
)";

Json Five() {
  const Json answer = Json::Of({{"criterion", "quality"}, {"score", 5}});
  return Json::Of({{"criteria", Json::Of({{"criteria", Json::Array{answer}}})}});
}

class ReviewActions : public ::testing::Test {
 protected:
  static constexpr int kItems = 4;

  ReviewActions() : stack_(kActionDocuments, Cases(), Answers(), {{"ann", "reviewer"}, {"lea", "lead"}, {"run", ""}}) {
    stack_.As("run").Call("RunService/StartRun", Json::Of({{"suite", "s"}, {"model", "m@1"}}));
    RecordedReviewer lea = stack_.As("lea");
    for (const auto& [of_case, item] : stack_.AwaitItems(lea, "q", kItems)) items_.push_back(item);
  }

  static std::map<std::string, std::string> Cases() {
    std::string cases;
    for (int i = 0; i < kItems; ++i)
      cases += Json::Of({{"id", "case-" + std::to_string(i)}, {"prompt", "prompt " + std::to_string(i)}}).Dump() + "\n";
    return {{"cases.jsonl", cases}};
  }
  static std::vector<ReviewedStack::Record> Answers() {
    std::vector<ReviewedStack::Record> records;
    for (int i = 0; i < kItems; ++i)
      records.push_back({.model = "1", .prompt = "prompt " + std::to_string(i), .answer = "an answer"});
    return records;
  }

  ProgramEnd Do(const std::string& person, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "review");
    return stack_.Assay(person, std::move(arguments));
  }
  std::string StateOf(const std::string& item) const {
    const ProgramEnd shown = Do("lea", {"show", item});
    return shown.output.substr(0, shown.output.find('\n'));
  }
  std::string History(const std::string& item) const { return Do("lea", {"show", item}).output; }

  ReviewedStack stack_;
  std::vector<std::string> items_;
};

TEST_F(ReviewActions, ManyAreTakenOutAtOnceAndWhatIsRefusedIsNamedWhileTheRestIsDone) {
  ASSERT_EQ(Do("lea", {"cancel", items_[1], "--reason", "twice in the set"}).output, items_[1] + "  CANCELLED\n");
  const ProgramEnd many = Do("lea", {"cancel", items_[0], items_[1], items_[2], "--reason", "withdrawn"});
  EXPECT_EQ(many.output, items_[0] + "  CANCELLED\n" + items_[2] + "  CANCELLED\n");
  EXPECT_EQ(many.exit_code, 3);
  EXPECT_THAT(many.errors, HasSubstr("item " + items_[1]));
  EXPECT_THAT(many.errors, HasSubstr("assay: done with 2 of 3 items\n"));
  EXPECT_THAT(History(items_[0]), HasSubstr("withdrawn"));
  EXPECT_THAT(History(items_[1]), HasSubstr("twice in the set"));
}

TEST_F(ReviewActions, WhatIsDoneIsReopenedAuditedAndMadeVoidWithTheReason) {
  stack_.As("ann").LabelAll("q", [](const Json&) { return Five(); });
  const ProgramEnd audit = Do("lea", {"audit", items_[0], "--reason", "looks odd"});
  EXPECT_EQ(audit.output, items_[0] + "  AUDIT\n") << audit.errors;
  const ProgramEnd reopened = Do("lea", {"reopen", items_[1], "--reason", "misread", "--cause", "misread"});
  EXPECT_EQ(reopened.output, items_[1] + "  REWORK\n") << reopened.errors;
  RecordedReviewer lea = stack_.As("lea");
  const Json view = lea.Call("ReviewService/GetItem", Json::Of({{"id", items_[2]}}));
  const std::string judgement = TextAt(view, "view.judgements.0.id");
  const ProgramEnd voided =
      Do("lea", {"void", items_[2], judgement, "--reason", "somebody else's", "--output", "json"});
  EXPECT_EQ(voided.exit_code, 0) << voided.errors;
  EXPECT_THAT(voided.output, HasSubstr("\"refused\": []"));
  EXPECT_THAT(History(items_[2]), HasSubstr("somebody else's"));
}

TEST_F(ReviewActions, AnItemChangesItsLaneWaitsForAGuidelineAndGoesOn) {
  const ProgramEnd lane = Do("lea", {"lane", items_[0], "--to", "incident", "--due-in", "2h", "--reason", "hotfix"});
  EXPECT_EQ(lane.output, items_[0] + "  QUEUED\n") << lane.errors;
  EXPECT_THAT(Do("lea", {"list", "--queue", "q"}).output, HasSubstr("INCIDENT"));
  RecordedReviewer lea = stack_.As("lea");
  const std::string question = TextAt(
      lea.Call("ReviewService/OpenClarification", Json::Of({{"rubric", "r"}, {"clause", "1"}})), "clarification.id");
  EXPECT_EQ(Do("lea", {"await", items_[0], "--clarification", question}).output, items_[0] + "  BLOCKED\n");
  EXPECT_EQ(Do("lea", {"resume", items_[0], "--clarification", question}).output, items_[0] + "  QUEUED\n");
  EXPECT_EQ(Do("ann", {"flag", items_[3], "--reason", "shows how to"}).output, items_[3] + "  ADJUDICATION\n");
  EXPECT_EQ(Do("ann", {"withhold", items_[2], "--reason", "a name"}).output, items_[2] + "  QUARANTINED\n");
}

TEST_F(ReviewActions, MistakesAreNamedBeforeAnythingIsDone) {
  struct Mistake {
    std::vector<std::string> arguments;
    int exit_code;
    std::string says;
  };
  const std::vector<std::string> many(501, items_[0]);
  std::vector<std::string> too_many = {"cancel", "--reason", "r"};
  too_many.insert(too_many.end(), many.begin(), many.end());
  const Mistake mistakes[] = {
      {{"cancel", items_[0]}, 64, "--reason is required"},
      {{"lane", items_[0], "--to", "audit", "--reason", "r"}, 64, "a lane is incident, gate_blocking or normal"},
      {{"lane", items_[0], "--to", "incident", "--due-in", "soon", "--reason", "r"}, 64, "--due-in: "},
      {{"reopen", items_[0], "--reason", "r", "--cause", "none"}, 64, "--cause: there is no cause \"none\""},
      {too_many, 64, "at most 500 items are named at once"},
      {{"cancel", "no-such-item", "--reason", "r"}, 64, "no-such-item"},
      {{"reopen", items_[0], "--reason", "r"}, 3, "queued"}};
  for (const Mistake& mistake : mistakes) {
    const ProgramEnd end = Do("lea", mistake.arguments);
    EXPECT_EQ(end.exit_code, mistake.exit_code) << end.errors;
    EXPECT_THAT(end.errors, HasSubstr(mistake.says));
  }
  const ProgramEnd refused = Do("ann", {"cancel", items_[0], "--reason", "r"});
  EXPECT_EQ(refused.exit_code, 77);
  EXPECT_THAT(StateOf(items_[0]), HasSubstr("QUEUED"));
}

}  // namespace
}  // namespace assay::testing
