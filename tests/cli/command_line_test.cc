#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/connection.h"

namespace assay {
namespace {

struct Answer {
  int exit_code = 0;
  std::string output;
  std::string errors;
};

Answer Type(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "assay");
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Answer answer;
  answer.exit_code = RunCommandLine(static_cast<int>(arguments.size()), arguments.data());
  answer.output = ::testing::internal::GetCapturedStdout();
  answer.errors = ::testing::internal::GetCapturedStderr();
  return answer;
}

TEST(CommandLine, WhatIsUnknownIsNamedWithTheNearestName) {
  struct Row {
    std::vector<const char*> arguments;
    std::string errors;
  };
  const Row rows[] = {
      {{"gat", "check"},
       "assay: unknown verb \"gat\"; did you mean \"gate\"?\n       assay --help tells what there is\n"},
      {{"gate", "chekc", "g"},
       "assay: unknown verb \"chekc\"; did you mean \"check\"?\n       assay gate --help tells what there is\n"},
      {{"deploy"}, "assay: unknown verb \"deploy\"\n       assay --help tells what there is\n"},
      {{"run", "start", "--siute=s"},
       "assay: unknown option \"--siute\"; did you mean \"--suite\"?\n       assay run start --help tells what there "
       "is\n"},
      {{"suite", "list", "--sever", "h:1"},
       "assay: unknown option \"--sever\"; did you mean \"--server\"?\n       assay suite list --help tells what there "
       "is\n"},
      {{"suite", "list", "s"},
       "assay: unexpected argument \"s\"\n       assay suite list --help tells what there is\n"},
      {{"gate"}, "assay: a verb is missing: one of check, show\n       assay gate --help tells what there is\n"},
      {{"gate", "check", "g"}, "assay: --candidate is required\n       assay gate check --help tells what there is\n"},
      {{"gate", "check", "g", "--candidate", "m", "--format", "xml"},
       "assay: --format: xml not in {text,json,junit,markdown,github}\n       assay gate check --help tells what there "
       "is\n"},
  };
  for (const Row& row : rows) {
    const Answer answer = Type(row.arguments);
    EXPECT_EQ(answer.exit_code, 64) << answer.errors;
    EXPECT_EQ(answer.errors, row.errors);
    EXPECT_EQ(answer.output, "");
  }
}

TEST(CommandLine, HelpShowsTheWordsOfAnOption) {
  const Answer answer = Type({"gate", "check", "--help"});
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_NE(answer.output.find("--format FORMAT:{text,json,junit,markdown,github}"), std::string::npos)
      << answer.output;
}

TEST(ServerAddress, IsAHostAndAPort) {
  for (const char* good : {"127.0.0.1:7070", "localhost:1", "assayd.team.svc:65535", "[::1]:7070"}) {
    EXPECT_TRUE(CheckServerAddress(good)) << good;
  }
  const std::pair<const char*, const char*> rows[] = {
      {"localhost", "the port is missing"},
      {"[::1]", "the port is missing"},
      {"localhost:", "the port is a number from 1 to 65535"},
      {"localhost:http", "the port is a number from 1 to 65535"},
      {"localhost:0", "the port is a number from 1 to 65535"},
      {"localhost:-1", "the port is a number from 1 to 65535"},
      {"localhost:65536", "the port is a number from 1 to 65535"},
      {"localhost:99999999999999999999", "the port is a number from 1 to 65535"},
      {":7070", "the host is missing"},
      {"::1:7070", "an IPv6 address stands in brackets"},
      {"http://localhost:7070", "an address has no scheme"},
      {"", "the port is missing"},
  };
  for (const auto& [address, why] : rows) {
    const Status status = CheckServerAddress(address);
    ASSERT_FALSE(status) << address;
    EXPECT_EQ(status.error().message,
              "--server \"" + std::string(address) + "\": " + why + "; write HOST:PORT, e.g. 127.0.0.1:7070");
  }
}

TEST(ServerAddress, ThatIsNoneIsAUsageError) {
  const Answer answer = Type({"suite", "list", "--server", "localhost"});
  EXPECT_EQ(answer.exit_code, 64);
  EXPECT_EQ(answer.errors,
            "assay: --server \"localhost\": the port is missing; write HOST:PORT, e.g. 127.0.0.1:7070\n");
}

}  // namespace
}  // namespace assay
