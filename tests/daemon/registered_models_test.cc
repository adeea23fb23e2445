#include "daemon/registered_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using testing::DaemonWork;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

class ModelKeys : public ::testing::Test {
 protected:
  void SetUp() override { testing::WriteWorkCatalog(files_, stub_.url()); }
  std::string Model(const std::string& version, const std::string& key_file) const {
    return "kind: Model\nname: m\nversion: \"" + version +
           "\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, api_key: {file: " + key_file + "}, url: \"" +
           stub_.url() + "/v1\"}\n";
  }
  static StubReply Answer(const StubRequest& request, int) {
    if (request.headers.at("authorization") == "Bearer secret") return testing::ChatAnswer("yes");
    StubReply reply;
    reply.status = 401;
    return reply;
  }

  testing::TemporaryFolder files_;
  HttpStub stub_{Answer};
};

TEST_F(ModelKeys, OfTheCatalogAreRelativeToItsFile) {
  files_.Write("catalog/models/keys/m.txt", "secret\n");
  files_.Write("catalog/models/keyed.yaml", Model("2", "keys/m.txt"));
  std::string run;
  {
    DaemonWork work(files_);
    const RunRecord ended = work.Ended(work.StartRun("s", "m@2").id);
    EXPECT_EQ(ended.state, RunState::kComplete) << ended.error;
    work.HoldPreparing();
    run = work.Check("both", "m@2").check.id;
  }
  DaemonWork restarted(files_);
  restarted.Resume();
  const CheckStatus decided = restarted.Decided(run);
  EXPECT_EQ(decided.check.state, "PASS") << decided.reason;
}

TEST_F(ModelKeys, FollowTheCatalogToAnotherFolder) {
  files_.Write("catalog/keyed.yaml", Model("2", "m.txt"));
  { DaemonWork work(files_); }
  fs::remove(files_.path() / "catalog/keyed.yaml");
  files_.Write("catalog/moved/keyed.yaml", Model("2", "m.txt"));
  files_.Write("catalog/moved/m.txt", "secret\n");
  DaemonWork work(files_);
  const RunRecord ended = work.Ended(work.StartRun("s", "m@2").id);
  EXPECT_EQ(ended.state, RunState::kComplete) << ended.error;
}

TEST_F(ModelKeys, OfRegisteredModelsAreAbsolute) {
  DaemonWork work(files_);
  const auto relative = work.Wait(work.models.RegisterModel(work.caller, Model("2", "m.txt"), std::nullopt));
  ASSERT_FALSE(relative);
  EXPECT_EQ(relative.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(relative.error().message,
              ::testing::StartsWith("model:4:74: endpoint.api_key.file: must be an absolute path in a model that is "
                                    "registered, got \"m.txt\"; only the catalog has a folder that it could be "
                                    "relative to\n"));
  const auto key = files_.Write("m.txt", "secret\n");
  const auto absolute = work.Wait(work.models.RegisterModel(work.caller, Model("2", key), std::nullopt));
  ASSERT_TRUE(absolute) << absolute.error().message;
  EXPECT_EQ(work.Ended(work.StartRun("s", "m@2").id).state, RunState::kComplete);
}

// A project is not set up by anybody: its first call finds the models of the catalog.
TEST(ModelsOfAProject, AreThoseOfTheCatalogFromTheFirstCallOn) {
  const testing::TemporaryFolder files;
  testing::WriteWorkCatalog(files, "http://127.0.0.1:1");
  DaemonWork work(files);
  const auto labels = [&](const std::string& project) {
    const auto page = work.Wait(work.models.ListModels({.principal = "tester", .project = project}, "m", {}));
    std::string text;
    for (const DocumentRecord& model : page->items) text += model.label + " ";
    return text;
  };
  EXPECT_EQ(labels("default"), "1 ");
  EXPECT_EQ(labels("listed"), "1 ");
  const auto got = work.Wait(work.models.GetModel({.principal = "tester", .project = "got"}, "m", "", ""));
  EXPECT_TRUE(got) << got.error().message;
  const auto promoted =
      work.Wait(work.models.PromoteModel({.principal = "tester", .project = "promoted"}, "m", "1", "production"));
  EXPECT_TRUE(promoted) << promoted.error().message;
  const auto registered =
      work.Wait(work.models.RegisterModel({.principal = "tester", .project = "registered"},
                                          "kind: Model\nname: m\nversion: \"2\"\nendpoint: {provider: openai-chat, "
                                          "model: m, url: \"http://127.0.0.1:1/v1\"}\n",
                                          std::nullopt));
  ASSERT_TRUE(registered) << registered.error().message;
  EXPECT_EQ(labels("registered"), "2 1 ");  // the newest is the one that was registered
  EXPECT_EQ(work.models.Resolve("registered", "m")->label, "2");
}

}  // namespace
}  // namespace assay
