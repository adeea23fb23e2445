// Documents that reviews leave, by the command line, against a real daemon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/recorded_reviewers.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kArtefactDocuments[] = R"(kind: Suite
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

class ReviewArtefactVerbs : public ::testing::Test {
 protected:
  ReviewArtefactVerbs()
      : stack_(kArtefactDocuments,
               {{"cases.jsonl", "{\"id\":\"a\",\"prompt\":\"one\"}\n{\"id\":\"b\",\"prompt\":\"two\"}\n"}},
               {{.model = "1", .prompt = "one", .answer = "an answer"},
                {.model = "1", .prompt = "two", .answer = "an answer"}},
               {{"ann", "reviewer"}, {"bob", "reviewer"}, {"lea", "lead"}, {"run", ""}}) {}

  ProgramEnd Do(const std::string& person, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "review");
    return stack_.Assay(person, std::move(arguments));
  }

  ReviewedStack stack_;
};

TEST_F(ReviewArtefactVerbs, GivePacksReportsAndVersionsOfKnownAnswers) {
  stack_.As("run").Call("RunService/StartRun", Json::Of({{"suite", "s"}, {"model", "m@1"}}));
  RecordedReviewer lea = stack_.As("lea");
  const std::map<std::string, std::string> items = stack_.AwaitItems(lea, "q", 2);
  const Json opened =
      lea.Call("ReviewService/OpenCalibration", Json::Of({{"queue", "q"},
                                                          {"items", Json::Array{items.at("a"), items.at("b")}},
                                                          {"people", Json::Array{"ann", "bob"}}}));
  const std::string session = TextAt(opened, "calibration.id");
  const ProgramEnd early = Do("lea", {"pack", session});
  EXPECT_NE(early.exit_code, 0);
  EXPECT_THAT(early.errors, HasSubstr("is blind: there is a pack of it once it is closed"));
  lea.Call("ReviewService/RevealCalibration", Json::Of({{"id", session}}));
  lea.Call("ReviewService/CloseCalibration", Json::Of({{"id", session}}));

  const ProgramEnd pack = Do("lea", {"pack", session, "--with-names"});
  EXPECT_EQ(pack.exit_code, 0) << pack.errors;
  for (const char* expected : {"# Calibration ", "people: ann, bob", "an answer", "did not judge it", "still the last"})
    EXPECT_THAT(pack.output, HasSubstr(expected));
  const ProgramEnd json = Do("lea", {"pack", session, "--output", "json"});
  const auto document = Json::Parse(json.output);
  ASSERT_TRUE(document) << json.output;
  EXPECT_EQ(TextAt(*document, "schema"), "assay.calibration_pack/1");
  EXPECT_THAT(json.output, Not(HasSubstr("\"ann\"")));
  EXPECT_EQ(Do("ann", {"pack", session}).exit_code, 77);
  EXPECT_THAT(Do("lea", {"exports"}).output, HasSubstr("calibration_pack"));

  const ProgramEnd audits = Do("lea", {"audits", "q", "--from", "2026-01-01T00:00:00Z"});
  EXPECT_EQ(audits.exit_code, 0) << audits.errors;
  EXPECT_THAT(audits.output, HasSubstr("**Passed: none**"));
  EXPECT_THAT(audits.output, HasSubstr("calibration " + session + " on 2 items"));
  EXPECT_EQ(Do("lea", {"audits", "q", "--from", "yesterday"}).exit_code, 64);
  EXPECT_EQ(Do("ann", {"audits", "q"}).exit_code, 77);

  EXPECT_THAT(Do("lea", {"gold", "log", "q"}).output, HasSubstr("not declared yet: +0 -0 ~0"));
  const ProgramEnd declared = Do("lea", {"gold", "declare", "q", "--intent", "none so far"});
  EXPECT_THAT(declared.output, HasSubstr("none so far")) << declared.errors;
  EXPECT_THAT(Do("lea", {"gold", "declare", "q"}).errors, HasSubstr("are those of version 1"));
  EXPECT_EQ(Do("ann", {"gold", "log", "q"}).exit_code, 77);
}

TEST_F(ReviewArtefactVerbs, ShowWhatVersionsADatasetHasHadAndWhy) {
  const auto dataset = [this](const std::string& person, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "dataset");
    return stack_.Assay(person, std::move(arguments));
  };
  EXPECT_THAT(dataset("run", {"log", "s"}).errors, HasSubstr("no run was of a suite \"s\""));
  const std::vector<std::string> start = {"run", "start", "--suite", "s", "--model", "m@1", "--wait"};
  ASSERT_EQ(stack_.Assay("run", start).exit_code, 0);
  EXPECT_THAT(dataset("run", {"log", "s"}).output, HasSubstr("the first"));
  stack_.Rewrite("cases.jsonl", "{\"id\":\"a\",\"prompt\":\"two\"}\n{\"id\":\"c\",\"prompt\":\"one\"}\n");
  stack_.As("run").Call("CatalogService/Reload", Json(Json::Object()));
  ASSERT_EQ(stack_.Assay("run", start).exit_code, 0);

  const auto log = Json::Parse(dataset("run", {"log", "s", "--output", "json"}).output);
  ASSERT_TRUE(log) << log.error().message;
  const std::string digest = TextAt(*log, "versions.0.digest");
  EXPECT_EQ(TextAt(*log, "versions.0.changes.added_ids.0"), "c");
  EXPECT_EQ(TextAt(*log, "versions.0.changes.removed_ids.0"), "b");
  EXPECT_EQ(TextAt(*log, "versions.0.changes.changed_ids.0"), "a");
  const ProgramEnd noted =
      dataset("lea", {"note", "s", "--version", digest, "--reason", "b was answered", "--impact", "none"});
  EXPECT_EQ(noted.exit_code, 0) << noted.errors;
  const std::string text = dataset("run", {"log", "s"}).output;
  for (const char* expected :
       {"+1 -1 ~1", "    + c\n    - b\n    ~ a\n", "lea: b was answered; expected: none", "the first"})
    EXPECT_THAT(text, HasSubstr(expected));
  EXPECT_EQ(dataset("ann", {"log", "s"}).exit_code, 77);
  EXPECT_EQ(dataset("lea", {"note", "s", "--version", "sha256:0", "--reason", "r"}).exit_code, 64);
  EXPECT_EQ(dataset("lea", {"log", "s", "--limit", "51"}).exit_code, 64);
}

}  // namespace
}  // namespace assay::testing
