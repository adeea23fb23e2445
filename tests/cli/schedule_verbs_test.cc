// assay schedule next on files: no daemon is there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command_line.h"
#include "core/json.h"
#include "tests/testing/program.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class ScheduleVerbs : public ::testing::Test {
 protected:
  struct Printed {
    int exit_code = 0;
    std::string output;
    std::string errors;
  };

  ScheduleVerbs() {
    files_.Write("cases.jsonl", "{\"id\":\"a\",\"question\":\"q\"}\n");
    files_.Write("all.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "graders: [{name: answer, type: contains, value: \"yes\"}]\n---\n"
                 "kind: Gate\nname: g\nsuites: [s]\nrules: [{name: some, grader: answer, at_least: 0.01}]\n---\n"
                 "kind: Schedule\nname: nightly\ngate: g\ncandidate: {model: m}\ncron: \"0 2 * * 1-5\"\n---\n"
                 "kind: Schedule\nname: held\ngate: g\ncandidate: {model: m}\nevery: 7d\npaused: true\n");
  }

  static Printed Type(std::vector<std::string> arguments) {
    std::vector<const char*> words = {"assay"};
    for (const std::string& argument : arguments) words.push_back(argument.c_str());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Printed printed;
    printed.exit_code = RunCommandLine(static_cast<int>(words.size()), words.data());
    printed.output = ::testing::internal::GetCapturedStdout();
    printed.errors = ::testing::internal::GetCapturedStderr();
    return printed;
  }
  Printed Next(std::vector<std::string> more) {
    std::vector<std::string> arguments = {"schedule", "next"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back(files_.path().string());
    return Type(arguments);
  }

  testing::TemporaryFolder files_;
};

TEST_F(ScheduleVerbs, NextPrintsDueTimesOfFiles) {
  const Printed printed = Next({"nightly", "--count", "3", "--from", "2026-11-26T02:00:00Z"});
  EXPECT_EQ(printed.exit_code, 0) << printed.errors;
  EXPECT_EQ(printed.output, "2026-11-27T02:00:00Z\n2026-11-30T02:00:00Z\n2026-12-01T02:00:00Z\n");
  EXPECT_EQ(printed.errors, "");
}

TEST_F(ScheduleVerbs, NextIsJsonIfThatIsAskedFor) {
  const Printed printed = Next({"nightly", "--count", "1", "--from", "2026-11-26T00:00:00Z", "--output", "json"});
  EXPECT_EQ(printed.exit_code, 0) << printed.errors;
  const auto json = Json::Parse(printed.output);
  ASSERT_TRUE(json) << printed.output;
  EXPECT_EQ(json->Dump(), R"({"schedule":"nightly","paused":false,"due":["2026-11-26T02:00:00.000000Z"]})");
}

TEST_F(ScheduleVerbs, NextSaysThatAScheduleIsPaused) {
  const Printed printed = Next({"held", "--count", "1", "--from", "2026-11-26T00:00:00Z"});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_EQ(printed.output, "2026-12-03T00:00:00Z\n");
  EXPECT_EQ(printed.errors, "assay: schedule \"held\" is paused; these are due once it is not\n");
}

TEST_F(ScheduleVerbs, WhatIsWrongIsSaid) {
  const Printed unknown = Next({"nigthly"});
  EXPECT_EQ(unknown.exit_code, 64);
  EXPECT_EQ(unknown.errors, "assay: there is no schedule \"nigthly\" in the catalog; did you mean \"nightly\"?\n");
  const Printed time = Next({"nightly", "--from", "tomorrow"});
  EXPECT_EQ(time.exit_code, 64);
  EXPECT_THAT(time.errors, HasSubstr("assay: --from: "));
  EXPECT_EQ(Next({"nightly", "--count", "0"}).exit_code, 64);
  files_.Write("wrong.yaml", "kind: Schedule\nname: x\ngate: gg\ncandidate: {model: m}\nevery: 1d\n");
  const Printed wrong = Next({"nightly"});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.errors, HasSubstr("gate: there is no gate \"gg\"; did you mean \"g\"?"));
}

}  // namespace
}  // namespace assay
