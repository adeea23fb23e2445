// Signed verdicts from end to end: assayd signs, is killed and goes on, assay checks files without it and the chain
// with it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "core/digest.h"
#include "core/file.h"
#include "daemon/store/location.h"
#include "tests/integration/assay_stack.h"
#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/signing_keys.h"

namespace assay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SignedVerdictFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    files_.Write("catalog/cases.jsonl", "{\"id\":\"a\",\"question\":\"q\"}\n{\"id\":\"b\",\"question\":\"r\"}\n");
    files_.Write("catalog/suite.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "graders: [{name: answer, type: equals, value: \"yes\"}]\n---\n"
                 "kind: Gate\nname: release\nsuites: [s]\nrules: [{name: some, grader: answer, at_least: 0.01}]\n---\n"
                 "kind: Gate\nname: never\nsuites: [s]\nrules: [{name: none, grader: answer, at_most: 0.01}]\n");
    files_.Write(
        "catalog/model.yaml",
        "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, url: \"" +
            stub_.url() + "/v1\"}\n");
    key_ = Write("signing.pem", std::string(kEd25519Key), 0600);
    public_key_ = Write("public.pem", std::string(kEd25519Public), 0644);
    other_key_ = Write("other.pem", std::string(kP256Public), 0644);
  }
  void Serve(std::vector<std::string> arguments) {
    stack_ = std::make_unique<AssayStack>(files_.path() / "catalog", std::move(arguments));
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  }
  std::string Write(const std::string& name, const std::string& text, mode_t mode) {
    const std::string path = files_.Write(name, text).string();
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  // The id of its verdict.
  std::string Decide(const std::string& gate, bool fresh = false) {
    std::vector<std::string> arguments = {"gate", "check", gate, "--candidate", "m@1"};
    if (fresh) arguments.push_back("--fresh");
    stack_->AssayJson(arguments);
    const Json verdicts = stack_->AssayJson({"verdict", "list", "--gate", gate, "--limit", "1"});
    return verdicts.is_array() && !verdicts.as_array().empty() ? verdicts.as_array()[0].Find("id")->as_string() : "";
  }
  ProgramEnd Verify(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"verdict", "verify"});
    return stack_->Assay(arguments);
  }

  TemporaryFolder files_;
  std::atomic<bool> answers_ = true;
  HttpStub stub_{[this](const StubRequest&, int) {
    return answers_ ? ChatAnswer("yes") : StubReply{.fault = StubReply::Fault::kNever};
  }};
  std::string key_, public_key_, other_key_;
  std::unique_ptr<AssayStack> stack_;
};

TEST_F(SignedVerdictFiles, AreCheckedWithoutTheDaemon) {
  Serve({"--signing-key", key_});
  EXPECT_THAT(stack_->daemon().errors(), HasSubstr("verdicts are signed"));
  const std::string id = Decide("release");
  const ProgramEnd shown = stack_->Assay({"verdict", "show", id, "--format", "envelope"});
  ASSERT_EQ(shown.exit_code, 0) << shown.errors;
  const std::string file = Write("verdict.json", shown.output, 0644);
  const ProgramEnd summary = stack_->Assay({"verdict", "show", id, "--format", "summary"});
  ASSERT_EQ(summary.exit_code, 0) << summary.errors;
  const std::string summary_file = Write("summary.json", summary.output, 0644);
  EXPECT_THAT(stack_->Assay({"verdict", "show", id}).output, HasSubstr("number 1 of its gate, signed"));
  EXPECT_EQ(*stack_->AssayJson({"verdict", "show", id}).Find("signed"), Json(true));
  stack_->daemon().End(SIGTERM);

  const ProgramEnd verified = Verify({file, "--key", public_key_, "--state", "PASS", "--candidate", "m@1"});
  EXPECT_EQ(verified.exit_code, 0) << verified.errors;
  EXPECT_THAT(verified.output, AllOf(HasSubstr("state        PASS"), HasSubstr(id),
                                     HasSubstr("candidate    m@1 (sha256:"), HasSubstr("the first of its gate")));
  const ProgramEnd of_summary = Verify({summary_file, "--key", public_key_});
  EXPECT_EQ(of_summary.exit_code, 0);
  EXPECT_THAT(of_summary.output, HasSubstr(ContentVersion(shown.output))) << "it names the file by its digest";
  EXPECT_EQ(Verify({file, "--key", other_key_}).exit_code, 1);
  std::string tampered = shown.output;
  tampered[tampered.size() / 2] ^= 1;
  EXPECT_EQ(Verify({Write("tampered.json", tampered, 0644), "--key", public_key_}).exit_code, 1);
}

TEST_F(SignedVerdictFiles, OfAFailHaveNoSummary) {
  Serve({"--signing-key", key_});
  const std::string id = Decide("never");
  EXPECT_EQ(stack_->Assay({"verdict", "show", id, "--format", "envelope"}).exit_code, 0);
  const ProgramEnd summary = stack_->Assay({"verdict", "show", id, "--format", "summary"});
  EXPECT_EQ(summary.exit_code, 3);
  EXPECT_EQ(summary.output, "");
  EXPECT_THAT(summary.errors, HasSubstr("has no summary: there is one of PASS only"));
}

TEST_F(SignedVerdictFiles, WithoutAKeyItIsSaid) {
  Serve({});
  EXPECT_THAT(stack_->daemon().errors(), HasSubstr("verdicts are not signed"));
  const std::string id = Decide("release");
  EXPECT_THAT(stack_->Assay({"verdict", "show", id}).output, HasSubstr("number 1 of its gate, not signed"));
  const ProgramEnd shown = stack_->Assay({"verdict", "show", id, "--format", "envelope"});
  EXPECT_EQ(shown.exit_code, 3);
  EXPECT_THAT(shown.errors, HasSubstr("is not signed: its daemon had no signing key"));
  EXPECT_EQ(Verify({"--chain", "release"}).exit_code, 0) << "the chain is there all the same";
  const ProgramEnd with_key = Verify({"--chain", "release", "--key", public_key_});
  EXPECT_EQ(with_key.exit_code, 1);
  EXPECT_THAT(with_key.errors, HasSubstr("the newest verdict is not signed"));
}

// By a connection of its own, while assayd goes on. None of it is a usage error.
TEST_F(SignedVerdictFiles, AreNotReproducedOnWhatSomebodyEditedInTheStore) {
  Serve({});
  const std::string id = Decide("release");
  const auto replay = [&] { return stack_->Assay({"verdict", "replay", id}); };
  const ProgramEnd untouched = replay();
  ASSERT_EQ(untouched.exit_code, 0) << untouched.output << untouched.errors;
  EXPECT_THAT(untouched.output, HasSubstr("verdict " + id + ": reproduced, byte for byte\n"));
  const auto edit = [&](const std::string& statement) {
    auto sql = Sql::Open(ParseLocation(stack_->store()).value());
    ASSERT_TRUE(sql) << sql.error().message;
    const auto changed = (*sql)->Execute(statement);
    ASSERT_TRUE(changed) << changed.error().message;
    EXPECT_GT(*changed, 0) << statement;
  };
  edit("UPDATE document SET body = replace(body, '/v1', '/v2') WHERE kind = 'Model'");
  edit("UPDATE dataset_case SET fields = replace(fields, '\"r\"', '\"s\"') WHERE case_id = 'b'");
  const ProgramEnd edited = replay();
  EXPECT_EQ(edited.exit_code, 1);
  EXPECT_THAT(edited.output,
              AllOf(HasSubstr("verdict " + id + ": NOT reproduced: 2 differences\n"),
                    HasSubstr("  stored Model \"m\" is not the version that it is named by: recorded sha256:"),
                    HasSubstr("  stored cases of suite \"s\" are not those that run ")));
  edit("UPDATE document SET body = replace(body, '/v2', '/v1') WHERE kind = 'Model'");
  edit("UPDATE dataset_case SET fields = replace(fields, '\"s\"', '\"r\"') WHERE case_id = 'b'");
  edit("UPDATE trial_body SET transcript = '[]'");
  const ProgramEnd unreadable = replay();
  EXPECT_EQ(unreadable.exit_code, 3);
  EXPECT_THAT(unreadable.output,
              AllOf(HasSubstr("verdict " + id + ": cannot be reproduced: something is missing\n"),
                    HasSubstr("cannot be graded again: what is stored of case \"a\", trial 0 cannot be read: its "
                              "transcript: the list of messages is empty")));
  edit("UPDATE verdict SET document = '{'");
  const ProgramEnd without_document = replay();
  EXPECT_EQ(without_document.exit_code, 3);
  EXPECT_THAT(without_document.errors, StartsWith("assay: what is stored of the verdict cannot be read: "));
  EXPECT_EQ(stack_->Assay({"verdict", "replay", "nobody's"}).exit_code, 64) << "which is a usage error";
}

TEST_F(SignedVerdictFiles, ChainGoesOnAfterAKillAndShowsWhatWasChanged) {
  Serve({});
  Decide("release");
  stack_->daemon().End(SIGTERM);
  const std::string store = stack_->store();
  const auto restart = [&] {
    stack_ =
        std::make_unique<AssayStack>(files_.path() / "catalog", std::vector<std::string>{"--signing-key", key_}, store);
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  };
  const std::unique_ptr<AssayStack> first = std::move(stack_);  // its folder has the store
  restart();
  answers_ = false;
  EXPECT_EQ(stack_->Assay({"gate", "check", "release", "--candidate", "m@1", "--fresh", "--timeout", "1s"}).exit_code,
            4);
  EXPECT_EQ(stack_->Assay({"gate", "check", "release", "--candidate", "m@1", "--timeout", "1s"}).exit_code, 0);
  stack_->daemon().End(SIGKILL);
  answers_ = true;
  restart();
  ASSERT_TRUE(Eventually([&] {
    const Json verdicts = stack_->AssayJson({"verdict", "list", "--gate", "release"});
    return verdicts.is_array() && verdicts.as_array().size() == 3;
  })) << stack_->daemon().errors();
  const std::string newest = Decide("release", true);

  const ProgramEnd chain = Verify({"--chain", "release", "--key", public_key_});
  EXPECT_EQ(chain.exit_code, 0) << chain.errors;
  EXPECT_THAT(chain.output, AllOf(HasSubstr("4 verdicts of gate release, unbroken to the first"), HasSubstr(newest),
                                  HasSubstr("all but 1 verdicts, which later ones hold")));
  const Json json = stack_->AssayJson({"verdict", "verify", "--chain", "release"});
  EXPECT_EQ(*json.Find("verdicts"), Json(4));
  EXPECT_EQ(Verify({"--chain", "release", "--key", other_key_}).exit_code, 1);
  EXPECT_EQ(Verify({"--chain", "unknown"}).exit_code, 1);
  const std::string file =
      Write("newest.json", stack_->Assay({"verdict", "show", newest, "--format", "envelope"}).output, 0644);
  EXPECT_EQ(Verify({file, "--key", public_key_, "--chain", "release"}).exit_code, 0);
  EXPECT_EQ(Verify({file, "--key", public_key_, "--chain", "never"}).exit_code, 1);

  auto sql = Sql::Open(ParseLocation(store).value());
  ASSERT_TRUE(sql);
  // A hundred years later.
  const auto change = [&](const std::string& from, const std::string& to) {
    return (*sql)->Execute("UPDATE verdict SET document = replace(document, '\"decided_at\":\"" + from +
                           "', '\"decided_at\":\"" + to + "') WHERE sequence = 2");
  };
  ASSERT_TRUE(change("20", "21"));
  const ProgramEnd changed = Verify({"--chain", "release"});
  EXPECT_EQ(changed.exit_code, 1) << changed.output;
  EXPECT_THAT(changed.errors,
              AllOf(StartsWith("assay: chain of gate release: verdict 2, "), HasSubstr("it was changed")));
  ASSERT_TRUE(change("21", "20"));
  EXPECT_EQ(Verify({"--chain", "release"}).exit_code, 0);
  ASSERT_TRUE((*sql)->Execute("UPDATE gate_check SET verdict_id = NULL"));
  ASSERT_TRUE((*sql)->Execute("DELETE FROM verdict WHERE sequence = 4"));
  EXPECT_EQ(Verify({file, "--key", public_key_, "--chain", "release"}).exit_code, 1) << "the newest was cut off";
}

TEST_F(SignedVerdictFiles, DaemonDoesNotStartWithAKeyThatIsNotOne) {
  const auto start = [&](const std::string& key) {
    return RunProgram("assayd", {"--catalog", (files_.path() / "catalog").string(), "--store",
                                 "sqlite:" + (files_.path() / "a.db").string(), "--grpc-listen", "127.0.0.1:0",
                                 "--http-listen", "127.0.0.1:0", "--signing-key", key});
  };
  const std::pair<std::string, const char*> bad[] = {
      {Write("open.pem", std::string(kEd25519Key), 0644), "others may read or change it (mode 0644); chmod 600"},
      {Write("rsa.pem", std::string(kRsaKey), 0600),
       "a key of type RSA; verdicts are signed with Ed25519 or ECDSA P-256"},
      {Write("encrypted.pem", std::string(kEncryptedKey), 0600), "the key is encrypted"},
      {(files_.path() / "absent.pem").string(), "No such file"}};
  for (const auto& [key, why] : bad) {
    const ProgramEnd end = start(key);
    EXPECT_EQ(end.exit_code, 78) << end.errors;
    EXPECT_THAT(end.errors, AllOf(HasSubstr("signing key " + key), HasSubstr(why)));
  }
}

}  // namespace
}  // namespace assay::testing
