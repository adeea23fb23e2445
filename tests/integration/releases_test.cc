// Blockers, go and no-go from end to end: assayd with tokens, assay as a lead, a release owner and a pipeline.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "core/digest.h"
#include "tests/integration/assay_stack.h"
#include "tests/testing/http_stub.h"

namespace assay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ReleasedGates : public ::testing::Test {
 protected:
  void SetUp() override {
    files_.Write("catalog/cases.jsonl", "{\"id\":\"a\",\"question\":\"q\"}\n{\"id\":\"b\",\"question\":\"r\"}\n");
    files_.Write("catalog/suite.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "graders: [{name: answer, type: equals, value: \"yes\"}]\n---\n"
                 "kind: Gate\nname: easy\nsuites: [s]\nrules: [{name: often, metric: answer, at_least: 0.1}]\n");
    files_.Write(
        "catalog/model.yaml",
        "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, url: \"" +
            stub_.url() + "/v1\"}\n");
    std::string tokens;
    const std::pair<std::string, std::string> people[] = {
        {"lea", " roles=lead"}, {"rita", " roles=release_owner"}, {"pipeline", ""}};
    for (const auto& [who, roles] : people) {
      files_.Write(who + ".token", "token-of-" + who);
      tokens += who + " " + ContentVersion("token-of-" + who) + roles + "\n";
    }
    const std::string token_file = files_.Write("tokens", tokens).string();
    const auto config = files_.Write("assayd.yaml", "auth: {tokens: " + token_file + "}\n");
    stack_ =
        std::make_unique<AssayStack>(files_.path() / "catalog", std::vector<std::string>{"--config", config.string()});
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  }
  ProgramEnd As(const std::string& who, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--token-file", (files_.path() / (who + ".token")).string()});
    return stack_->Assay(std::move(arguments));
  }
  ProgramEnd Check(const std::string& timeout = "30s") {
    return As("pipeline", {"gate", "check", "easy", "--candidate", "m@1", "--timeout", timeout});
  }
  Json Newest() {
    const ProgramEnd listed = As("pipeline", {"verdict", "list", "--output", "json"});
    const Json verdicts = Json::Parse(listed.output).value_or(Json());
    return verdicts.is_array() && !verdicts.as_array().empty() ? verdicts.as_array()[0] : Json();
  }
  std::string VerdictId() { return Newest().Find("id")->as_string(); }
  std::string RunId() {
    const ProgramEnd listed = As("pipeline", {"run", "list", "--output", "json"});
    return Json::Parse(listed.output)->as_array().at(0).Find("id")->as_string();
  }

  TemporaryFolder files_;
  HttpStub stub_{[](const StubRequest&, int) { return ChatAnswer("yes"); }};
  std::unique_ptr<AssayStack> stack_;
};

TEST_F(ReleasedGates, AreHeldByABlockerUntilItIsAnsweredAcrossACrash) {
  ASSERT_EQ(Check().exit_code, 0);
  const std::string evidence = RunId() + "/a";
  EXPECT_EQ(As("pipeline",
               {"blocker", "recommend", "--candidate", "m@1", "--severity", "1", "--reason", "w", "--case", evidence})
                .exit_code,
            77)
      << "without a role";
  const ProgramEnd recommended = As("lea", {"blocker", "recommend", "--candidate", "m@1", "--severity", "1", "--reason",
                                            "tells account numbers", "--case", evidence});
  ASSERT_EQ(recommended.exit_code, 0) << recommended.errors;
  EXPECT_THAT(recommended.output, AllOf(HasSubstr(" OPEN\n"), HasSubstr("evidence     case a of run "),
                                        HasSubstr("waits for    a release role: assay blocker uphold|decline ")));
  const std::string blocker = recommended.output.substr(13, 36);

  const ProgramEnd held = Check("1s");
  EXPECT_EQ(held.exit_code, 4);
  EXPECT_THAT(held.output, HasSubstr("waiting for people: a blocker is recommended and not answered by a release role: "
                                     "blocker " +
                                     blocker + " (severity 1, by lea): tells account numbers"));
  EXPECT_THAT(As("pipeline", {"blocker", "list"}).output, AllOf(HasSubstr(blocker), HasSubstr("OPEN")));
  stack_->daemon().End(SIGKILL);
  ASSERT_TRUE(stack_->Start());
  EXPECT_EQ(Check("1s").exit_code, 4) << "after a crash";

  EXPECT_EQ(As("lea", {"blocker", "decline", blocker, "--reason", "no"}).exit_code, 77);
  ASSERT_EQ(As("rita", {"blocker", "uphold", blocker, "--reason", "seen it"}).exit_code, 0);
  const ProgramEnd failed = Check();
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.output, AllOf(HasSubstr("release_blocker: blocker " + blocker), HasSubstr("blocker=" + blocker),
                                   HasSubstr("(upheld by rita: seen it)")));
  EXPECT_THAT(failed.errors, HasSubstr("--rule release_blocker"));
  EXPECT_THAT(As("pipeline", {"verdict", "replay", VerdictId()}).exit_code, 0);
  EXPECT_THAT(As("rita", {"verdict", "decide", VerdictId(), "go", "--reason", "w"}).errors,
              HasSubstr("ask for a waiver of the rules that keep it from one"));
}

TEST_F(ReleasedGates, GoAndNoGoStandBesideTheVerdictAndInItsPack) {
  ASSERT_EQ(Check().exit_code, 0);
  const std::string verdict = VerdictId();
  EXPECT_EQ(As("lea", {"verdict", "decide", verdict, "go", "--reason", "w"}).exit_code, 77);
  ASSERT_EQ(As("rita", {"verdict", "decide", verdict, "no-go", "--reason", "not on a Friday"}).exit_code, 0);
  const ProgramEnd go = As("rita", {"verdict", "decide", verdict, "go", "--reason", "as <b>agreed"});
  ASSERT_EQ(go.exit_code, 0) << go.errors;
  EXPECT_THAT(go.output, AllOf(StartsWith("go by rita at "), HasSubstr(": as <b>agreed\nno-go by rita at "),
                               HasSubstr(", superseded: not on a Friday\n")));
  EXPECT_THAT(As("pipeline", {"verdict", "show", verdict}).output, HasSubstr("go by rita at "));
  const Json json =
      Json::Parse(As("pipeline", {"verdict", "show", verdict, "--output", "json"}).output).value_or(Json());
  EXPECT_EQ(*json.Find("release_decisions")->as_array().at(0).Find("decision"), Json("GO"));
  const ProgramEnd pack = As("pipeline", {"verdict", "pack", verdict});
  ASSERT_EQ(pack.exit_code, 0) << pack.errors;
  EXPECT_THAT(pack.output, AllOf(StartsWith("# Release readiness: m&#64;1 at gate easy\n"),
                                 HasSubstr("- **go** by rita at "), HasSubstr(": as \\<b>agreed\n"),
                                 HasSubstr("| often | answer | s | 1 | "), HasSubstr("## Lineage and signature\n")));
  const Json as_json =
      Json::Parse(As("pipeline", {"verdict", "pack", verdict, "--output", "json"}).output).value_or(Json());
  EXPECT_EQ(*as_json.Find("verdict_id"), Json(verdict));
  EXPECT_EQ(as_json.Find("decisions")->as_array().size(), 2u);
}

}  // namespace
}  // namespace assay::testing
