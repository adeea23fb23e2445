// What no item shows, by the command line, against a real daemon; and where cases come from, wherever that is shown.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/recorded_reviewers.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kProgramDocuments[] = R"(kind: Suite
name: s
dataset: [{file: cases.jsonl, id: id, provenance: synthetic, provenance_field: origin}]
prompt: [{user: "{{prompt}}"}]
slices: [provenance]
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
kind: Gate
name: never
suites: [s]
rules:
  - {name: silent, grader: says, at_most: 0.001}
  - {name: silent-wherever, grader: says, at_most: 0.001, by: provenance}
---
kind: Model
name: m
version: "1"
endpoint: {provider: openai-chat, url: MODEL, model: "1"}
)";

class ReviewProgramVerbs : public ::testing::Test {
 protected:
  ReviewProgramVerbs()
      : stack_(kProgramDocuments,
               {{"cases.jsonl",
                 "{\"id\":\"a\",\"prompt\":\"one\",\"origin\":\"production\"}\n{\"id\":\"b\",\"prompt\":\"two\"}\n"}},
               {{.model = "1", .prompt = "one", .answer = "an answer"},
                {.model = "1", .prompt = "two", .answer = "an answer"}},
               {{"ann", "reviewer"}, {"lea", "lead"}, {"tom", "release_owner"}, {"run", ""}}) {}

  ProgramEnd Do(const std::string& person, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "review");
    return stack_.Assay(person, std::move(arguments));
  }

  ReviewedStack stack_;
  TemporaryFolder files_;
};

TEST_F(ReviewProgramVerbs, KeepWhatNoItemShowsAndReportIt) {
  const ProgramEnd empty = Do("lea", {"program"});
  EXPECT_EQ(empty.exit_code, 0) << empty.errors;
  EXPECT_THAT(empty.output, HasSubstr("datasets ready in time"));
  EXPECT_THAT(empty.output, Not(HasSubstr("0 of 0")));

  EXPECT_EQ(stack_.Assay("run", {"gate", "check", "never", "--candidate", "m@1", "--timeout", "1m"}).exit_code, 1);
  const ProgramEnd rated = Do("tom", {"rate", "4", "--role", "release_owner", "--note", "in time now"});
  EXPECT_THAT(rated.output, HasSubstr("stakeholder_rating  4 of 5 as RELEASE_OWNER in time now")) << rated.errors;
  EXPECT_EQ(Do("ann", {"rate", "4", "--role", "release_owner"}).exit_code, 77);
  EXPECT_EQ(Do("tom", {"rate", "6", "--role", "release_owner"}).exit_code, 64);
  EXPECT_EQ(Do("tom", {"rate", "4", "--role", "king"}).exit_code, 64);
  EXPECT_EQ(Do("lea", {"improved", "drafts outlive a reload"}).exit_code, 0);

  const std::string issues =
      files_
          .Write("issues.jsonl",
                 "{\"reference\":\"INC-1\",\"title\":\"a wrong fee\",\"occurred_at\":\"2026-01-01T00:00:00Z\"}\n\n"
                 "{\"reference\":\"INC-2\",\"title\":\"a rude answer\",\"occurred_at\":\"2026-01-01T00:00:00Z\","
                 "\"severity\":2,\"suite\":\"s\",\"model\":\"m@1\",\"case_id\":\"a\"}\n")
          .string();
  for (int turn = 0; turn < 2; ++turn)
    EXPECT_EQ(Do("tom", {"issues", issues}).output, "2 issues, 2 of which no case had covered\n") << "run " << turn;
  const std::string wrong = files_.Write("wrong.jsonl", "{\"reference\":\"INC-3\",\"when\":\"now\"}\n").string();
  const ProgramEnd refused = Do("tom", {"issues", wrong});
  EXPECT_EQ(refused.exit_code, 64);
  EXPECT_THAT(refused.errors, HasSubstr("wrong.jsonl:1: when: is none of reference, title, occurred_at, severity, "
                                        "suite, model, case_id"));

  const ProgramEnd due = Do("lea", {"due", "fees", "--queue", "q", "--at", "2100-01-01T00:00:00Z", "--overlap", "30"});
  ASSERT_EQ(due.exit_code, 0) << due.errors;
  const std::string record = due.output.substr(0, due.output.find(' '));
  const ProgramEnd release = Do("lea", {"release", record});
  EXPECT_NE(release.exit_code, 0);
  EXPECT_THAT(release.errors, HasSubstr("0 of at least 30 items were judged by several people apart"));
  EXPECT_THAT(Do("lea", {"descope", record}).errors, HasSubstr("descope dataset \"fees\" of queue \"q\""));

  const ProgramEnd report = Do("lea", {"program", "--days", "3650"});
  for (const char* expected : {"regressions found", "m@1", "never", "2 of 2", "4 of 1 ratings", "fees"})
    EXPECT_THAT(report.output, HasSubstr(expected));
  const ProgramEnd records = Do("lea", {"records", "--kind", "production_issue"});
  EXPECT_THAT(records.output, HasSubstr("INC-1: a wrong fee; no case shows it"));
  EXPECT_THAT(records.output, Not(HasSubstr("drafts outlive")));
  EXPECT_EQ(Do("lea", {"records", "--kind", "praise"}).exit_code, 64);
}

TEST_F(ReviewProgramVerbs, WhereACaseComesFromIsToldToAllButThoseWhoJudge) {
  const Json started = stack_.As("run").Call("RunService/StartRun", Json::Of({{"suite", "s"}, {"model", "m@1"}}));
  RecordedReviewer lea = stack_.As("lea");
  const std::map<std::string, std::string> items = stack_.AwaitItems(lea, "q", 2);
  const Json run = stack_.As("run").Call("RunService/GetRun", Json::Of({{"id", TextAt(started, "run.id")}}));
  EXPECT_EQ(run.Find("run")->Find("provenance")->Dump(),
            R"([{"provenance":"production","cases":"1"},{"provenance":"synthetic","cases":"1"}])");
  EXPECT_EQ(TextAt(lea.Call("ReviewService/GetItem", Json::Of({{"id", items.at("b")}})), "view.item.provenance"),
            "synthetic");
  RecordedReviewer ann = stack_.As("ann");
  const Json claimed = ann.Call("ReviewService/ClaimItem", Json::Of({{"item", items.at("b")}}));
  EXPECT_THAT(claimed.Dump(), Not(HasSubstr("synthetic")));
  EXPECT_THAT(claimed.Dump(), HasSubstr("two"));
  const ProgramEnd exported = Do("lea", {"export", "--queue", "q", "--out", "-"});
  EXPECT_THAT(exported.output, HasSubstr("\"provenance\":\"production\"")) << exported.errors;
  const ProgramEnd checked =
      stack_.Assay("run", {"gate", "check", "never", "--candidate", "m@1", "--timeout", "1m", "--output", "json"});
  EXPECT_THAT(checked.output, HasSubstr("\"slice\": \"provenance\""));
}

}  // namespace
}  // namespace assay::testing
