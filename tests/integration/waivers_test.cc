// Waivers from end to end: assayd with tokens, assay as three people.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "core/digest.h"
#include "daemon/store/location.h"
#include "daemon/store/sql.h"
#include "tests/integration/assay_stack.h"
#include "tests/testing/http_stub.h"

namespace assay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class WaivedGates : public ::testing::Test {
 protected:
  void SetUp() override {
    files_.Write("catalog/cases.jsonl", "{\"id\":\"a\",\"question\":\"q\"}\n{\"id\":\"b\",\"question\":\"r\"}\n");
    files_.Write("catalog/suite.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "graders: [{name: answer, type: equals, value: \"yes\"}]\n---\n"
                 "kind: Gate\nname: strict\nsuites: [s]\nrules: [{name: never, grader: answer, at_most: 0.01}]\n");
    files_.Write(
        "catalog/model.yaml",
        "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, url: \"" +
            stub_.url() + "/v1\"}\n");
    std::string tokens;
    for (const std::string who : {"ann", "bob", "pipeline"}) {
      files_.Write(who + ".token", "token-of-" + who);
      tokens += who + " " + ContentVersion("token-of-" + who) + "\n";
    }
    const std::string token_file = files_.Write("tokens", tokens).string();
    config_ =
        files_.Write("assayd.yaml", "auth: {tokens: " + token_file + "}\nwaivers: {approvers: [bob], max_life: 30d}\n");
  }
  void Serve(std::vector<std::string> arguments) {
    stack_ = std::make_unique<AssayStack>(files_.path() / "catalog", std::move(arguments));
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  }
  ProgramEnd As(const std::string& who, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--token-file", (files_.path() / (who + ".token")).string()});
    return stack_->Assay(std::move(arguments));
  }
  ProgramEnd Check(const std::string& format = "text") {
    return As("pipeline", {"gate", "check", "strict", "--candidate", "m@1", "--format", format});
  }
  std::string VerdictId() {
    const ProgramEnd listed = As("pipeline", {"verdict", "list", "--output", "json"});
    const Json verdicts = Json::Parse(listed.output).value_or(Json());
    return verdicts.is_array() && !verdicts.as_array().empty() ? verdicts.as_array()[0].Find("id")->as_string() : "";
  }
  std::vector<std::string> Request(const std::string& verdict, const std::string& expires = "7d") {
    return {"waiver",    "request",  verdict, "--rule",    "never", "--reason",
            "known <b>", "--ticket", "T-1",   "--expires", expires};
  }

  TemporaryFolder files_;
  HttpStub stub_{[](const StubRequest&, int) { return ChatAnswer("yes"); }};
  std::filesystem::path config_;
  std::unique_ptr<AssayStack> stack_;
};

TEST_F(WaivedGates, ShipByTheWordOfTwoPeopleAndSayIt) {
  Serve({"--config", config_.string()});
  const ProgramEnd failed = Check();
  ASSERT_EQ(failed.exit_code, 1) << failed.errors;
  const std::string verdict = VerdictId();
  EXPECT_THAT(failed.errors, HasSubstr("assay waiver request " + verdict + " --rule never"));

  const ProgramEnd asked = As("ann", Request(verdict));
  ASSERT_EQ(asked.exit_code, 0) << asked.errors;
  EXPECT_THAT(asked.output, AllOf(HasSubstr("REQUESTED"), HasSubstr("lacks      1 of 1 approvals")));
  const std::string waiver = asked.output.substr(11, 36);
  EXPECT_EQ(Check().exit_code, 1) << "not approved";
  EXPECT_EQ(As("ann", {"waiver", "approve", waiver}).exit_code, 77) << "who asked";
  EXPECT_EQ(As("pipeline", {"waiver", "approve", waiver}).exit_code, 77) << "no approver";
  ASSERT_EQ(As("bob", {"waiver", "approve", waiver, "--comment", "fine"}).exit_code, 0);

  const ProgramEnd passed = Check();
  EXPECT_EQ(passed.exit_code, 0);
  EXPECT_THAT(passed.output, StartsWith("FAIL, WAIVED  gate strict  candidate m@1\n"));
  EXPECT_THAT(passed.output, AllOf(HasSubstr("FAIL, waived until "), HasSubstr(" by ann, approved by bob: rule never "),
                                   HasSubstr("ticket T-1, waiver " + waiver + "): known <b>")));
  const ProgramEnd junit = Check("junit");
  EXPECT_EQ(junit.exit_code, 0);
  EXPECT_THAT(junit.output,
              AllOf(HasSubstr("failures=\"0\""), HasSubstr("WAIVED FAIL: "), HasSubstr("known &lt;b&gt;")));
  EXPECT_THAT(Check("markdown").output, AllOf(StartsWith("## ⚠️ FAIL, WAIVED: gate"),
                                              HasSubstr("**FAIL, waived until"), Not(HasSubstr("✅"))));
  EXPECT_THAT(Check("github").output,
              AllOf(StartsWith("::warning title=gate strict FAIL%2C WAIVED for m@1::"), Not(HasSubstr("::error"))));
  const Json json = Json::Parse(Check("json").output).value_or(Json());
  EXPECT_EQ(*json.Find("state"), Json("FAIL"));
  EXPECT_EQ(*json.Find("decision"), Json("PASS"));
  EXPECT_EQ(*json.Find("waivers")->as_array().at(0).Find("ticket"), Json("T-1"));
  EXPECT_THAT(As("pipeline", {"verdict", "show", verdict}).output, StartsWith("FAIL, WAIVED  gate strict"))
      << "also the one from before";
  EXPECT_THAT(As("pipeline", {"verdict", "list"}).output, HasSubstr("FAIL, WAIVED"));
  EXPECT_THAT(As("pipeline", {"waiver", "list"}).output, AllOf(HasSubstr("LIVE"), HasSubstr("1/1")));
  EXPECT_THAT(As("pipeline", {"verdict", "verify", "--chain", "strict"}).exit_code, 0);

  stack_->daemon().End(SIGKILL);
  ASSERT_TRUE(stack_->Start());
  EXPECT_EQ(Check().exit_code, 0) << "after a crash";
  ASSERT_EQ(As("ann", {"waiver", "revoke", waiver, "--reason", "fixed"}).exit_code, 0);
  const ProgramEnd revoked = Check();
  EXPECT_EQ(revoked.exit_code, 1);
  EXPECT_THAT(revoked.output, StartsWith("FAIL  gate strict"));
  EXPECT_THAT(As("bob", {"waiver", "show", waiver}).output, AllOf(HasSubstr("REVOKED"), HasSubstr("by ann: fixed")));
}

TEST_F(WaivedGates, AreReplayedAndShowWhatWasEdited) {
  Serve({});
  ASSERT_EQ(stack_->Assay({"gate", "check", "strict", "--candidate", "m@1"}).exit_code, 1);
  const Json verdicts = stack_->AssayJson({"verdict", "list"});
  const std::string verdict = verdicts.as_array().at(0).Find("id")->as_string();
  const ProgramEnd same = stack_->Assay({"verdict", "replay", verdict});
  EXPECT_EQ(same.exit_code, 0) << same.errors;
  EXPECT_THAT(same.output, AllOf(StartsWith("verdict " + verdict + ": reproduced, byte for byte\n"),
                                 HasSubstr("2 trials judged again, 2 scores compared")));
  EXPECT_EQ(*stack_->AssayJson({"verdict", "replay", verdict}).Find("reproduced"), Json(true));
  EXPECT_EQ(stack_->Assay({"verdict", "replay", "absent"}).exit_code, 64);

  stack_->daemon().End(SIGTERM);
  {
    auto location = ParseLocation(stack_->store());
    ASSERT_TRUE(location);
    auto sql = Sql::Open(*location);
    ASSERT_TRUE(sql) << sql.error().message;
    ASSERT_TRUE((*sql)->Execute("UPDATE trial_body SET response = 'no'"));
  }
  ASSERT_TRUE(stack_->Start());
  const ProgramEnd edited = stack_->Assay({"verdict", "replay", verdict});
  EXPECT_EQ(edited.exit_code, 1);
  EXPECT_THAT(edited.output, AllOf(HasSubstr("NOT reproduced: 2 differences"),
                                   HasSubstr("case a trial 0 grader answer: recorded scored 1 pass"),
                                   HasSubstr("replayed scored 0 fail")));
  EXPECT_THAT(edited.output, Not(HasSubstr("byte for byte")));
}

TEST_F(WaivedGates, SayWhatIsWrongWithARequest) {
  Serve({"--config", config_.string()});
  ASSERT_EQ(Check().exit_code, 1);
  const std::string verdict = VerdictId();
  const ProgramEnd too_long = As("ann", Request(verdict, "31d"));
  EXPECT_EQ(too_long.exit_code, 64);
  EXPECT_THAT(too_long.errors, HasSubstr("a waiver lives 30d at most"));
  EXPECT_EQ(As("ann", Request(verdict, "2020-01-01T00:00:00Z")).exit_code, 64);
  EXPECT_EQ(As("ann", Request(verdict, "soon")).exit_code, 64);
  EXPECT_EQ(As("ann", Request("absent")).exit_code, 64);
  EXPECT_EQ(As("ann", {"waiver", "request", verdict, "--rule", "never"}).exit_code, 64);
}

TEST_F(WaivedGates, AreNotForADaemonWithoutTokens) {
  Serve({});
  ASSERT_EQ(stack_->Assay({"gate", "check", "strict", "--candidate", "m@1"}).exit_code, 1);
  const Json verdicts = stack_->AssayJson({"verdict", "list"});
  const ProgramEnd refused = stack_->Assay(Request(verdicts.as_array().at(0).Find("id")->as_string()));
  EXPECT_EQ(refused.exit_code, 77);
  EXPECT_THAT(refused.errors, HasSubstr("without tokens every caller is \"local\""));
  EXPECT_EQ(stack_->Assay({"waiver", "list"}).exit_code, 0);
}

}  // namespace
}  // namespace assay::testing
