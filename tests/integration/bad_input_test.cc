// What a wrong document, a dead or broken endpoint, an empty dataset or a missing score gets: a clear message, the
// right exit code, and never a PASS.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "core/digest.h"
#include "tests/integration/assay_stack.h"

namespace assay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDeadUrl[] = "http://127.0.0.1:1/v1";  // nothing listens on the port of tcpmux

struct CatalogParts {
  std::string dataset =
      "{\"id\":\"a\",\"question\":\"q\",\"expected\":\"x\"}\n{\"id\":\"b\",\"question\":\"r\",\"expected\":\"y\"}\n";
  std::string grader = "{name: answer, type: contains, value: \"{{expected}}\"}";
  std::string url = kDeadUrl;
  std::string endpoint_options = "attempts: 2, backoff: {initial: 1ms, max: 2ms}";
  std::string suite_options = "";
};

// Enough for the gate to pass.
std::string TenCases() {
  std::string cases;
  for (int i = 0; i < 10; ++i) {
    const std::string n = std::to_string(i);
    cases += R"({"id":"c)" + n + R"(","question":"q)" + n + R"(","expected":"q)" + n + R"("})" + "\n";
  }
  return cases;
}

void WriteCatalog(const TemporaryFolder& folder, const CatalogParts& parts) {
  folder.Write("catalog/cases.jsonl", parts.dataset);
  folder.Write("catalog/suite.yaml",
               "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n" +
                   parts.suite_options + "graders:\n  - " + parts.grader + "\n");
  folder.Write("catalog/gate.yaml",
               "kind: Gate\nname: release\nsuites: [s]\nrules:\n  - {name: floor, grader: answer, at_least: 0.5}\n");
  folder.Write("catalog/model.yaml",
               "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, url: \"" + parts.url +
                   "\", " + parts.endpoint_options + "}\n");
}

std::string Url(const Server& replay) {
  return "http://127.0.0.1:" + std::to_string(replay.PortAfter("http://127.0.0.1:")) + "/v1";
}

class BadInput : public ::testing::Test {
 protected:
  void Serve(const CatalogParts& parts, std::vector<std::string> arguments = {}) {
    WriteCatalog(files_, parts);
    stack_ = std::make_unique<AssayStack>(files_.path() / "catalog", std::move(arguments));
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  }
  ProgramEnd CheckGate() {
    return stack_->Assay({"gate", "check", "release", "--candidate", "m@1", "--timeout", "50s"});
  }
  ProgramEnd Lint() { return RunProgram("assay", {"lint", (files_.path() / "catalog").string()}); }
  std::string File(const std::string& name) const { return (files_.path() / "catalog" / name).string(); }

  TemporaryFolder files_;
  std::unique_ptr<AssayStack> stack_;
};

TEST_F(BadInput, LintPrintsEveryErrorOfEveryFileWithItsPlace) {
  WriteCatalog(files_, {});
  files_.Write("catalog/suite.yaml",
               "kind: Suite\nname: s\ntrails: 3\ndataset: [{file: nowhere.jsonl}]\nprompt: [{user: hi}]\ngraders:\n"
               "  - {name: answer, type: contians, value: x}\n");
  files_.Write("catalog/model.yaml",
               "kind: Model\nname: m\nversion: 1\nendpoint: {provider: openai-chat, model: m, url: \"http://h/v1\", "
               "timeout: 60}\n");
  const ProgramEnd lint = Lint();
  EXPECT_EQ(lint.exit_code, 1);
  EXPECT_THAT(lint.output, HasSubstr(File("suite.yaml") + ":3:1: trails: unknown key; did you mean \"trials\"?"));
  EXPECT_THAT(lint.output, AllOf(HasSubstr(File("suite.yaml") + ":4:"), HasSubstr("nowhere.jsonl")));
  EXPECT_THAT(lint.output, AllOf(HasSubstr(File("suite.yaml") + ":7:"), HasSubstr("did you mean \"contains\"?")));
  EXPECT_THAT(lint.output, HasSubstr(File("model.yaml") + ":3:"));
  EXPECT_THAT(lint.output, HasSubstr(File("model.yaml") + ":4:"));
}

TEST_F(BadInput, LintRefusesThresholdsThatEveryCandidateMeetsOrNone) {
  WriteCatalog(files_, {});
  files_.Write("catalog/gate.yaml",
               "kind: Gate\nname: release\nsuites: [s]\nrules:\n  - {name: floor, grader: answer, at_least: 0}\n"
               "  - {name: ceiling, grader: answer, at_most: 1}\n  - {name: percent, grader: answer, at_least: 90}\n");
  const ProgramEnd lint = Lint();
  EXPECT_EQ(lint.exit_code, 1);
  const std::string holds = " holds for every candidate, since metric \"answer\" lies in [0, 1]";
  EXPECT_THAT(lint.output, HasSubstr(File("gate.yaml") + ":5:45: rules[0].at_least: threshold 0" + holds));
  EXPECT_THAT(lint.output, HasSubstr(File("gate.yaml") + ":6:46: rules[1].at_most: threshold 1" + holds));
  EXPECT_THAT(lint.output,
              HasSubstr(File("gate.yaml") + ":7:47: rules[2].at_least: threshold 90 is outside [0, 1], where metric "
                                            "\"answer\" lies"));
}

TEST_F(BadInput, LintSpeaksJsonToo) {
  WriteCatalog(files_, {.dataset = TenCases()});
  const auto lint = [&] {
    return RunProgram("assay", {"--output", "json", "lint", (files_.path() / "catalog").string()});
  };
  EXPECT_EQ(Json::Parse(lint().output)->Dump(), R"({"documents":3,"errors":[],"warnings":[]})");
  files_.Write("catalog/gate.yaml",
               "kind: Gate\nname: release\nsuites: [s]\nrules:\n  - {name: floor, grader: answer, at_least: 0}\n");
  const ProgramEnd end = lint();
  EXPECT_EQ(end.exit_code, 1);
  const Json document = *Json::Parse(end.output);
  ASSERT_EQ(document.Find("errors")->as_array().size(), 1u);
  EXPECT_EQ(document.Find("errors")->as_array()[0].Dump(),
            R"({"file":")" + File("gate.yaml") +
                R"(","line":5,"column":45,"path":"rules[0].at_least","message":"threshold 0 holds for every )"
                R"(candidate, since metric \"answer\" lies in [0, 1]"})");
}

TEST_F(BadInput, LintAcceptsAGoodCatalog) {
  WriteCatalog(files_, {.dataset = TenCases()});
  const ProgramEnd lint = Lint();
  EXPECT_EQ(lint.exit_code, 0) << lint.output;
  EXPECT_EQ(lint.output, "3 documents, no errors\n");
}

TEST_F(BadInput, LintWarnsOfAGateThatCannotPassOrCannotFail) {
  WriteCatalog(files_, {});
  files_.Write("catalog/gate.yaml",
               "kind: Gate\nname: release\nsuites: [s]\nrules:\n  - {name: floor, grader: answer, at_least: 0.999}\n");
  const ProgramEnd lint = Lint();
  EXPECT_EQ(lint.exit_code, 0) << lint.output;
  EXPECT_THAT(lint.output,
              AllOf(HasSubstr(File("gate.yaml") + ": warning: gate \"release\": floor: nothing can pass it "
                                                  "with "),
                    HasSubstr("; 2995 are needed if all are as good as can be\n"),
                    HasSubstr("3 documents, no errors, 1 warning\n")));
}

TEST_F(BadInput, LintWarnsOfCriticalJourneysWithoutACase) {
  std::string cases = TenCases();
  cases += R"({"id":"last","question":"l","expected":"l","journey":"refund"})"
           "\n";
  WriteCatalog(files_, {.dataset = R"({"id":"first","question":"f","expected":"f","journey":"refund"})"
                                   "\n" +
                                   cases,
                        .suite_options = "slices: [journey]\njourneys: {of: journey, critical: [refund, login, close], "
                                         "high_risk: [close]}\n"});
  const ProgramEnd lint = Lint();
  EXPECT_EQ(lint.exit_code, 0) << lint.output;
  EXPECT_EQ(lint.output, File("suite.yaml") +
                             ": warning: suite \"s\": critical journey \"login\" has no case (journey)\n" +
                             File("suite.yaml") +
                             ": warning: suite \"s\": critical journey of high risk \"close\" has no case (journey)\n"
                             "3 documents, no errors, 2 warnings\n");
}

TEST_F(BadInput, LintWarnsOfCasesThatAskTheSameAgain) {
  std::string copies;
  for (int i = 0; i < 100; ++i)
    copies += R"({"id":"c)" + std::to_string(i) + R"(","question":"q","note":)" + std::to_string(i) +
              R"(,"expected":"q"})" + "\n";
  WriteCatalog(files_, {.dataset = copies});
  EXPECT_THAT(Lint().output, HasSubstr("suite \"s\": 99 of its 100 cases ask what another asks: they count as 100 "
                                       "independent ones; name them in one cluster\n"));
}

TEST_F(BadInput, LintNamesTheRowWhoseSliceIsAList) {
  WriteCatalog(files_, {.dataset = R"({"id":"a","question":"a","expected":"a","tags":"law"})"
                                   "\n"
                                   R"({"id":"b","question":"b","expected":"b","tags":["law","hard"]})"
                                   "\n",
                        .suite_options = "slices: [tags]\n"});
  EXPECT_THAT(Lint().output, HasSubstr(File("gate.yaml") +
                                       ": warning: gate \"release\": cases.jsonl:2: field \"tags\" is a slice and must "
                                       "be a text, a number, true or false, not [\"law\",\"hard\"]\n"));
}

TEST_F(BadInput, LintWarnsOfAnInvariantThatGatesNoCase) {
  WriteCatalog(files_, {.dataset = TenCases(),
                        .grader = "{name: answer, type: contains, value: \"{{expected}}\"}\n"
                                  "  - {name: no_leak, type: pii, role: invariant}"});
  EXPECT_THAT(Lint().output,
              HasSubstr("suite \"s\": invariant \"no_leak\" gates no case: no blocking rule of the gate asks for every "
                        "case (zero_failures, no_new_failures, per_case_floor)\n"));
}

TEST_F(BadInput, AnEmptyDatasetIsALintErrorThatNamesTheFile) {
  WriteCatalog(files_, {.dataset = ""});
  const ProgramEnd lint = Lint();
  EXPECT_EQ(lint.exit_code, 1);
  EXPECT_THAT(lint.output, AllOf(HasSubstr(File("suite.yaml") + ":3:"), HasSubstr("cases.jsonl")));
}

TEST_F(BadInput, ADaemonDoesNotStartOnABrokenCatalog) {
  WriteCatalog(files_, {});
  files_.Write("catalog/gate.yaml",
               "kind: Gate\nname: release\nsuites: [t]\nrules:\n  - {name: floor, grader: answer, at_least: 0.5}\n");
  const ProgramEnd end = RunProgram("assayd", {"--catalog", (files_.path() / "catalog").string(), "--store",
                                               "sqlite:" + (files_.path() / "a.db").string(), "--grpc-listen",
                                               "127.0.0.1:0", "--http-listen", "127.0.0.1:0"});
  EXPECT_EQ(end.exit_code, 78);
  EXPECT_THAT(end.errors, HasSubstr(File("gate.yaml") + ":3:"));
}

TEST_F(BadInput, ABrokenReloadKeepsTheLastGoodVersionAndSaysSo) {
  Serve({});
  files_.Write("catalog/gate.yaml", "kind: Gate\nname: release\nrules: []\n");
  stack_->daemon();
  std::string metrics;
  do {
    metrics = stack_->Get("/metrics");
  } while (metrics.find("assay_catalog_reload_total{result=\"bad\"} 1") == std::string::npos && !metrics.empty());
  EXPECT_THAT(metrics, HasSubstr("assay_catalog_errors 2"));
  EXPECT_THAT(stack_->daemon().errors(), HasSubstr("gate.yaml:"));
  EXPECT_EQ(CheckGate().exit_code, 3);  // the gate is still there: its endpoint is dead
}

TEST_F(BadInput, ADuplicateCaseIdNamesBothLines) {
  Serve({.dataset = "{\"id\":\"a\",\"question\":\"q\",\"expected\":\"x\"}\n{\"id\":\"b\",\"question\":\"q\","
                    "\"expected\":\"x\"}\n"
                    "{\"id\":\"a\",\"question\":\"r\",\"expected\":\"y\"}\n"});
  const ProgramEnd end = CheckGate();
  EXPECT_EQ(end.exit_code, 3) << end.output;
  EXPECT_THAT(end.output, ::testing::StartsWith("ERROR  gate release"));
  EXPECT_THAT(end.output, AllOf(HasSubstr("cases.jsonl:3"), HasSubstr("cases.jsonl:1"), HasSubstr("\"a\"")));
}

TEST_F(BadInput, AMalformedRowNamesItsLine) {
  Serve({.dataset = "{\"id\":\"a\",\"question\":\"q\",\"expected\":\"x\"}\n{\"id\":\"b\",\n"});
  const ProgramEnd end = CheckGate();
  EXPECT_EQ(end.exit_code, 3) << end.output;
  EXPECT_THAT(end.output, HasSubstr("cases.jsonl:2"));
}

TEST_F(BadInput, ADeadEndpointIsAnErrorWithItsAddress) {
  Serve({});
  const ProgramEnd end = CheckGate();
  EXPECT_EQ(end.exit_code, 3) << end.output << end.errors;
  EXPECT_THAT(end.output, ::testing::StartsWith("ERROR  gate release"));
  EXPECT_THAT(end.output, HasSubstr("127.0.0.1:1"));
}

TEST_F(BadInput, AWrongKeyIsAnErrorAndNotRetried) {
  const Server replay("assay-replay", {"--listen", "127.0.0.1:0", "--unknown", "echo", "--require-key", "right",
                                       files_.Write("none.jsonl", "").string()});
  ASSERT_NE(replay.PortAfter("http://127.0.0.1:"), 0) << replay.first_line() << replay.errors();
  const std::string key = files_.Write("key", "wrong\n").string();
  Serve({.url = Url(replay), .endpoint_options = "attempts: 5, api_key: {file: \"" + key + "\"}"});
  const ProgramEnd end = CheckGate();
  EXPECT_EQ(end.exit_code, 3) << end.output << end.errors;
  EXPECT_THAT(end.output, HasSubstr("401"));
  EXPECT_THAT(end.output, Not(HasSubstr("wrong")));
  const std::string metrics = stack_->Get("/metrics");
  EXPECT_THAT(metrics, HasSubstr("assay_endpoint_requests_total{code=\"401\",endpoint=\"m\"} 2"));  // one for each case
}

// What models and datasets say is printed into the logs of pipelines, which obey such lines.
TEST_F(BadInput, AnswersAndCasesCommandNoPipeline) {
  const Server replay("assay-replay",
                      {"--listen", "127.0.0.1:0", "--unknown", "fixed:##vso[task.complete result=Succeeded;]",
                       files_.Write("none.jsonl", "").string()});
  ASSERT_NE(replay.PortAfter("http://127.0.0.1:"), 0) << replay.first_line() << replay.errors();
  Serve({.dataset = "{\"id\":\"##[section]a\",\"question\":\"q\",\"expected\":\"x\"}\n"
                    "{\"id\":\"::error::b\",\"question\":\"r\",\"expected\":\"y\"}\n",
         .url = Url(replay)});
  for (const auto& [format, answer] :
       {std::pair("text", R"(#\#vso[task.complete result=Succeeded;])"),
        std::pair("markdown", R"(#\#vso[task.complete result=Succeeded;])"),
        std::pair("junit", "#&#35;vso[task.complete result=Succeeded;]"),
        std::pair("json", R"(#\u0023vso[task.complete result=Succeeded;])"), std::pair("github", "::warning title=")}) {
    const ProgramEnd end = stack_->Assay({"gate", "check", "release", "--candidate", "m@1", "--format", format});
    EXPECT_NE(end.exit_code, 0) << format;
    EXPECT_THAT(end.output, HasSubstr(answer)) << format;
    for (const std::string& printed : {end.output, end.errors}) {
      EXPECT_THAT(printed, AllOf(Not(HasSubstr("##vso[")), Not(HasSubstr("##[")), Not(HasSubstr("\n::error::"))));
    }
  }
  const std::string run = stack_->AssayJson({"run", "list"}).as_array().at(0).Find("id")->as_string();
  const ProgramEnd results = stack_->Assay({"run", "results", run});
  EXPECT_EQ(results.exit_code, 0) << results.errors;
  EXPECT_THAT(results.output, HasSubstr(R"(#\u0023vso[task.complete result=Succeeded;])"));
  EXPECT_EQ(
      Json::Parse(results.output.substr(0, results.output.find('\n')))->Find("response")->Find("text")->as_string(),
      "##vso[task.complete result=Succeeded;]")
      << "who parses it reads what was said";
}

TEST_F(BadInput, AnEndpointThatAnswersHtmlIsAnError) {
  const Server replay("assay-replay", {"--listen", "127.0.0.1:0", "--unknown", "echo", "--garbage-rate", "1",
                                       files_.Write("none.jsonl", "").string()});
  Serve({.url = Url(replay)});
  const ProgramEnd end = CheckGate();
  EXPECT_EQ(end.exit_code, 3) << end.output << end.errors;
  EXPECT_THAT(end.output, HasSubstr("HTML"));
}

TEST_F(BadInput, AGateOnAMetricWithoutAScoredCaseIsInconclusive) {
  const Server replay("assay-replay",
                      {"--listen", "127.0.0.1:0", "--unknown", "echo", files_.Write("none.jsonl", "").string()});
  Serve(
      {.dataset =
           "{\"id\":\"a\",\"question\":\"q\",\"expected\":null}\n{\"id\":\"b\",\"question\":\"r\",\"expected\":null}\n",
       .url = Url(replay)});
  const ProgramEnd end = CheckGate();
  EXPECT_EQ(end.exit_code, 2) << end.output << end.errors;
  EXPECT_THAT(end.output, ::testing::StartsWith("INCONCLUSIVE  gate release"));
}

TEST_F(BadInput, NamesThatDoNotExistAreUsageErrorsWithTheNearestName) {
  Serve({});
  struct Row {
    std::vector<std::string> arguments;
    std::string message;
  };
  for (const Row& row :
       {Row{{"gate", "check", "relaese", "--candidate", "m@1"},
            "gate \"relaese\" is not in the catalog; did you mean \"release\"?"},
        Row{{"gate", "check", "release", "--candidate", "m@2"}, "Model \"m@2\" is not stored; registered are m@1"},
        Row{{"run", "start", "--suite", "t", "--model", "m"}, "suite \"t\" is not in the catalog"},
        Row{{"run", "show", "0"}, ""}, Row{{"gate", "check", "release"}, "--candidate is required"},
        Row{{"gate", "check", "release", "--candidate", "m@1", "--timeout", "soon"}, "\"soon\" is not a duration"},
        Row{{"frobnicate"}, ""}}) {
    const ProgramEnd end = stack_->Assay(row.arguments);
    EXPECT_EQ(end.exit_code, 64) << row.arguments[0] << " " << row.arguments.back() << end.output << end.errors;
    EXPECT_THAT(end.output + end.errors, HasSubstr(row.message));
  }
}

TEST_F(BadInput, ADaemonThatIsNotThereIsUnreachable) {
  const ProgramEnd end =
      RunProgram("assay", {"gate", "check", "release", "--candidate", "m", "--server", "127.0.0.1:1"});
  EXPECT_EQ(end.exit_code, 69);
  EXPECT_THAT(end.errors, HasSubstr("assayd at 127.0.0.1:1 does not answer"));
}

TEST_F(BadInput, AMissingOrWrongTokenIsNotPermitted) {
  const std::string tokens = files_.Write("tokens", "ci sha256:" + Sha256Hex("secret") + "\n").string();
  const std::string config = files_.Write("assayd.yaml", "auth: {tokens: \"" + tokens + "\"}\n").string();
  Serve({}, {"--config", config});
  EXPECT_EQ(CheckGate().exit_code, 77);
  const std::string wrong = files_.Write("wrong", "guess\n").string();
  EXPECT_EQ(stack_->Assay({"suite", "list", "--token-file", wrong}).exit_code, 77);
  const std::string right = files_.Write("right", "secret\n").string();
  const ProgramEnd list = stack_->Assay({"suite", "list", "--token-file", right});
  EXPECT_EQ(list.exit_code, 0) << list.errors;
  EXPECT_THAT(list.output, HasSubstr("suite.yaml"));
}

TEST_F(BadInput, SigtermDrainsAndExitsCleanly) {
  Serve({});
  EXPECT_EQ(stack_->daemon().End(SIGTERM), 0);
}

TEST_F(BadInput, ARunAgainstADeadEndpointEndsInErrorAndSaysSoToScripts) {
  Serve({});
  const ProgramEnd end = stack_->Assay({"run", "start", "--suite", "s", "--model", "m", "--wait", "--output", "json"});
  EXPECT_EQ(end.exit_code, 3) << end.output << end.errors;
  const Json run = Json::Parse(end.output).value_or(Json());
  ASSERT_TRUE(run.is_object()) << end.output;
  EXPECT_EQ(run.Find("state")->as_string(), "ERROR");
  EXPECT_EQ(run.Find("model")->as_string(), "m@1");
  const Json& counts = *run.Find("counts");
  EXPECT_EQ(counts.Find("error")->as_integer() + counts.Find("skipped")->as_integer(), 2);
  EXPECT_EQ(counts.Find("scored")->as_integer(), 0);
}

}  // namespace
}  // namespace assay::testing
