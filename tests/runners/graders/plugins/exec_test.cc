// Programs that behave, and programs that do not: whatever they do is an ERROR and a failure with a name, and the next
// question is asked of another process.

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <set>

#include "tests/runners/graders/plugins/asked_program.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Words = std::vector<std::string>;

bool IsError(const Score& score) { return score.status == ScoreStatus::kError && !score.value && !score.pass; }

// Of a pid in the last words of a reason.
pid_t PidIn(const std::string& reason) {
  const std::size_t at = reason.find("its last words: \"");
  EXPECT_NE(at, std::string::npos) << reason;
  return at == std::string::npos ? 0 : std::stoi(reason.substr(at + 17));
}

TEST(Exec, AProgramThatAnswersScoresAndIsKept) {
  AskedProgram program("good", ", concurrency: 1");
  const Score good = program.Ask("good");
  EXPECT_EQ(good.pass, true) << good.reason;
  EXPECT_EQ(good.value, 1.0);
  const Score bad = program.Ask("bad");
  EXPECT_EQ(bad.pass, false) << bad.reason;
  EXPECT_EQ(good.label, bad.label) << "the same process";
  EXPECT_THAT(program.Failures(), IsEmpty());
}

TEST(Exec, TheQuestionHasTheCaseTheResponseAndTheOptions) {
  AskedProgram program("echo", ", options: {limit: [1, {deep: yes}]}, timeout: 20s");
  Response response;
  response.text = "a\nb\xff \"c\"";
  response.tool_calls = {{.name = "f", .arguments = "{}", .id = "7"}};
  response.finish_reason = "stop";
  response.usage.tokens_out = 5;
  response.latency = std::chrono::milliseconds(1500);
  response.transcript = {{.role = Role::kUser, .content = "hello"}};
  const GradingTerms terms{.deadline = DeadlineIn(std::chrono::minutes(1)), .sender = nullptr};
  boost::asio::io_context io;
  auto grading = boost::asio::co_spawn(io, program.Grading(response, terms), boost::asio::use_future);
  io.run();
  const auto outcome = grading.get();
  ASSERT_TRUE(outcome);
  auto question = Json::Parse(outcome->score.evidence);
  ASSERT_TRUE(question) << outcome->score.reason;
  EXPECT_EQ(question->Find("id")->as_string().size(), 36u) << "nobody can answer before having read it";
  question->Set("id", "1");
  EXPECT_EQ(question->Dump(),
            R"({"id":"1","grader":"g","options":{"limit":[1,{"deep":"yes"}]},)"
            R"("case":{"id":"case-1","fields":{"question":"why?"}},"response":{"text":"a\nb)"
            "\uFFFD"
            R"( \"c\"","tool_calls":[{"name":"f","arguments":"{}","id":"7"}],"finish_reason":"stop","model":"",)"
            R"("usage":{"tokens_out":5},"latency_ms":1500,"conversation":[{"role":"user","content":"hello"}]},)"
            R"("timeout_ms":20000})");
}

TEST(Exec, ABlankResponseIsNotAskedOfAndFails) {
  AskedProgram program("hangs");
  const Score score = program.Ask(" \n");
  EXPECT_EQ(score.pass, false);
  EXPECT_EQ(score.reason, "the response is empty");
  EXPECT_THAT(program.Failures(), IsEmpty());
}

// A number of ours could be less than the plug-in's for answers.
TEST(Exec, ABlankResponseHasNoErrorRate) {
  for (const char* frame : {"{}", "{threshold: 3}"}) {
    AskedProgram program("hangs", ", value: error_rate", frame);
    EXPECT_EQ(program.Ask(" \n"), Score::Unscored("the response is empty")) << frame;
  }
}

struct Misbehaviour {
  std::string behaviour;
  std::string failure;  // perhaps others, after a "|"
  std::string reason;
};
void PrintTo(const Misbehaviour& each, std::ostream* out) { *out << each.behaviour; }

class ExecMisbehaviour : public ::testing::TestWithParam<Misbehaviour> {};

TEST_P(ExecMisbehaviour, IsAnErrorEachTimeItIsAsked) {
  AskedProgram program(GetParam().behaviour, GetParam().failure == "timeout" ? ", timeout: 300ms" : "");
  for (int question = 0; question < 2; ++question) {
    const Score score = program.Ask();
    EXPECT_TRUE(IsError(score)) << score.reason;
    EXPECT_THAT(score.reason, HasSubstr(GetParam().reason));
    EXPECT_THAT(score.reason, HasSubstr("plug-in (" + GetParam().failure + "): "));
    EXPECT_THAT(program.Failures(), ElementsAre(GetParam().failure));
  }
}

INSTANTIATE_TEST_SUITE_P(Behaviours, ExecMisbehaviour,
                         ::testing::Values(Misbehaviour{"hangs", "timeout", "did not answer in time"},
                                           Misbehaviour{"dies_at_start", "crashed",
                                                        "ended with status 3; its last words: \"no model to load"},
                                           Misbehaviour{"floods_output", "flooded", "a line of more than 1 MiB"},
                                           Misbehaviour{"floods_errors", "flooded",
                                                        "more than 1 MiB to its standard error"},
                                           Misbehaviour{"long_lines", "flooded", "a line of more than 1 MiB"},
                                           Misbehaviour{"answers_twice", "flooded", "more than one line"},
                                           Misbehaviour{"wrong_id", "garbage", "its \"id\" is \"0\", and \""},
                                           Misbehaviour{"closes_output", "crashed", "closed its output"},
                                           Misbehaviour{"eats_memory", "crashed", "MemoryError"},
                                           Misbehaviour{"leaves_grandchildren", "crashed", "ended with status 0"}),
                         [](const auto& test) { return test.param.behaviour; });

TEST(Exec, WhatIsNoAnswerIsGarbage) {
  struct AnswerRow {
    std::string answer;  // YAML
    std::string why;
  };
  for (const AnswerRow& row :
       {AnswerRow{"not json", "its answer cannot be used: "}, AnswerRow{"'[]'", "it is no JSON object"},
        AnswerRow{"{pass: 'yes'}", "its \"pass\" is not true or false"},
        AnswerRow{"{reason: good}", "it has neither \"pass\" nor \"value\""},
        AnswerRow{"{value: 0.5}", "its \"value\" is 0.5, and of a decision it is 1 or 0"},
        AnswerRow{"{pass: true, value: 0}", "contradict each other"},
        AnswerRow{"{pass: true, status: FINE}", "its \"status\" is \"FINE\""}}) {
    AskedProgram program("scripted", ", options: {answer: " + row.answer + "}");
    const Score score = program.Ask();
    EXPECT_TRUE(IsError(score)) << row.answer;
    EXPECT_THAT(score.reason, HasSubstr(row.why));
    EXPECT_THAT(program.Failures(), ElementsAre("garbage")) << row.answer;
  }
}

TEST(Exec, WhatAPluginSaysOfItselfIsNoFailure) {
  for (const auto& [status, expected] :
       {std::pair("UNSCORED", ScoreStatus::kUnscored), {"ERROR", ScoreStatus::kError}}) {
    AskedProgram program("scripted", ", options: {answer: {status: " + std::string(status) +
                                         ", value: 1, pass: true, reason: no index}}");
    const Score score = program.Ask();
    EXPECT_EQ(score.status, expected);
    EXPECT_FALSE(score.value || score.pass);
    EXPECT_EQ(score.reason, "no index");
    EXPECT_THAT(program.Failures(), IsEmpty());
  }
}

TEST(Exec, MeasuredValuesGoByTheThreshold) {
  AskedProgram share("scripted", ", value: share, options: {answer: {value: 0.25}}", "{threshold: 0.5}");
  EXPECT_EQ(share.Ask().pass, false);
  AskedProgram rate("scripted", ", value: error_rate, options: {answer: {value: 2.5}}", "{threshold: 3}");
  EXPECT_EQ(rate.Ask().pass, true);
  AskedProgram amount("scripted", ", value: amount, options: {answer: {value: -40}}");
  EXPECT_EQ(amount.Ask().value, -40);
  AskedProgram outside("scripted", ", value: share, options: {answer: {value: 1.5}}", "{threshold: 0.5}");
  EXPECT_TRUE(IsError(outside.Ask()));
}

TEST(Exec, WhatItCostIsSpent) {
  AskedProgram program("scripted", ", options: {answer: {pass: true, cost_usd: 0.25}}");
  GradingBill bill;
  ASSERT_TRUE(
      program.Outcome("x", {.deadline = DeadlineIn(std::chrono::minutes(1)), .sender = nullptr, .bill = &bill}));
  EXPECT_DOUBLE_EQ(bill.usd, 0.25);
}

TEST(Exec, ADeadProgramCostsOneScore) {
  AskedProgram program("dies_every_third", ", concurrency: 1");
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(program.Ask().pass, true);
    EXPECT_EQ(program.Ask().pass, true);
    EXPECT_THAT(program.Ask().reason, HasSubstr("plug-in (crashed): was ended by signal SIGSEGV"));
  }
  EXPECT_THAT(program.Failures(), ElementsAre("crashed", "crashed", "crashed"));
}

TEST(Exec, OneThatClosesItsInputIsReplaced) {
  AskedProgram program("closes_input", ", concurrency: 1");
  EXPECT_EQ(program.Ask().pass, true);
  EXPECT_THAT(program.Ask().reason, HasSubstr("closed its input"));
  EXPECT_EQ(program.Ask().pass, true);
}

// When it has ended by the time it is asked again, nobody is told; else it is a crash.
TEST(Exec, OneThatEndsBetweenQuestionsIsReplaced) {
  AskedProgram program("ends_between", ", concurrency: 1");
  for (int question = 0; question < 5; ++question) {
    const Score score = program.Ask();
    EXPECT_TRUE(score.pass == true || IsError(score)) << score.reason;
  }
  EXPECT_THAT(program.Failures(), Each("crashed"));
}

// The second line comes while it is asked, or before it is asked again.
TEST(Exec, WhatNobodyAskedForIsNoAnswer) {
  AskedProgram program("speaks_unasked", ", concurrency: 1");
  int errors = 0;
  for (int question = 0; question < 4; ++question) errors += IsError(program.Ask()) ? 1 : 0;
  EXPECT_GE(errors, 1);
  EXPECT_THAT(program.Failures(), Each(AnyOf("flooded", "garbage", "unavailable")));
  AskedProgram early("answers_before", ", timeout: 5s");
  const Score score = early.Ask();
  EXPECT_TRUE(score.pass == true || IsError(score)) << "read before or after the question";
}

TEST(Exec, OneThatOnlyDiesIsNotStartedOverAndOver) {
  AskedProgram program("dies_at_start", ", concurrency: 1");
  for (int question = 0; question < 20; ++question) EXPECT_TRUE(IsError(program.Ask()));
  const Words failures = program.Failures();
  EXPECT_GE(std::ranges::count(failures, "unavailable"), 10) << "at once, while it is held off";
  EXPECT_GE(std::ranges::count(failures, "crashed"), 3);
  EXPECT_THAT(program.Ask().reason, AnyOf(HasSubstr("times in a row, and is not started again for another"),
                                          HasSubstr("ended with status 3")));
}

TEST(Exec, WhatHangsIsEndedAndLeavesNoZombie) {
  AskedProgram program("hangs", ", timeout: 5s");
  const auto began = std::chrono::steady_clock::now();
  const pid_t pid = PidIn(program.Ask().reason);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30));
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(Exec, WhatItStartedEndsWithIt) {
  AskedProgram program("leaves_grandchildren");
  const pid_t pid = PidIn(program.Ask().reason);
  // Killed by then, and gone once its new parent has seen that; a zombie that nobody has reaped runs no more.
  for (int look = 0; look < 1000 && kill(pid, 0) == 0; ++look) {
    std::string stat(200, '\0');
    std::FILE* const file = std::fopen(("/proc/" + std::to_string(pid) + "/stat").c_str(), "r");
    if (file == nullptr) return;
    stat.resize(std::fread(stat.data(), 1, stat.size(), file));
    std::fclose(file);
    if (stat.find(") Z ") != std::string::npos) return;
    sched_yield();
  }
  EXPECT_EQ(kill(pid, 0), -1) << "the program that it started still runs";
}

TEST(Exec, ProcessesEndWithTheGrader) {
  AskedProgram program("good");
  const pid_t pid = std::stoi(program.Ask().label);
  EXPECT_EQ(kill(pid, 0), 0);
  program.End();
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "no child is left";
}

TEST(Exec, ALongQuestionIsWrittenWhileItIsRead) {
  AskedProgram program("good");
  EXPECT_EQ(program.Ask(std::string(5 << 20, 'x')).pass, false);
  EXPECT_EQ(program.Ask().pass, true);
}

}  // namespace
}  // namespace assay
