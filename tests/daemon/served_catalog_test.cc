#include "daemon/served_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <filesystem>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using testing::DaemonWork;
using testing::Eventually;

constexpr std::chrono::milliseconds kInterval{5};

std::string Model(const std::string& version) {
  return "kind: Model\nname: m\nversion: \"" + version +
         "\"\nendpoint: {provider: openai-chat, model: m, url: \"http://127.0.0.1:1/v1\"}\n";
}

// A folder as Kubernetes mounts it: what is served are links into `..data`, which is a link that is swapped.
class MountedCatalog : public ::testing::Test {
 protected:
  void SetUp() override {
    Fill("..1", "1");
    fs::create_directory_symlink("..1", folder_ / "..data");
    fs::create_symlink("..data/model.yaml", folder_ / "model.yaml");
    fs::create_directory_symlink("..data/more", folder_ / "more");
  }
  void Fill(const std::string& name, const std::string& version) {
    for (const char* file : {"/model.yaml", "/more/other.yaml"}) {
      std::string text = Model(version);
      if (std::string_view(file).starts_with("/more")) text.replace(text.find("name: m"), 7, "name: o");
      fs::last_write_time(files_.Write("catalog/" + name + file, text), fs::file_time_type());
    }
  }
  void Swap(const std::string& name) {
    fs::create_directory_symlink(name, folder_ / "..new");
    fs::rename(folder_ / "..new", folder_ / "..data");
  }

  testing::TemporaryFolder files_;
  const fs::path folder_ = files_.path() / "catalog";
};

TEST_F(MountedCatalog, IsReadOnce) {
  const DaemonWork work(files_);
  EXPECT_EQ(work.catalog.current()->catalog.documents.size(), 2u);
}

// The new files have the sizes and times of the old ones.
TEST_F(MountedCatalog, IsReadAgainWhenItsFolderIsSwapped) {
  DaemonWork work(files_);
  boost::asio::co_spawn(work.loops.executor(0), work.catalog.Watch(kInterval), boost::asio::detached);
  Fill("..2", "2");
  Swap("..2");
  EXPECT_TRUE(Eventually([&] { return work.catalog.current()->catalog.FindModel("o", "2") != nullptr; }));
}

TEST(ServedCatalog, IsReadAgainWhenAFileAppearsThatADocumentMissed) {
  const testing::TemporaryFolder files;
  testing::WriteWorkCatalog(files, "http://127.0.0.1:1");
  DaemonWork work(files);
  boost::asio::co_spawn(work.loops.executor(0), work.catalog.Watch(kInterval), boost::asio::detached);
  fs::remove(files.path() / "catalog/cases.jsonl");
  const auto status = [&] { return *work.Wait(work.catalog.GetStatus(work.caller)); };
  ASSERT_TRUE(Eventually([&] { return status().errors.size() == 2; }));
  files.Write("catalog/cases.jsonl", "{\"id\":\"a\",\"question\":\"q\"}\n");
  EXPECT_TRUE(Eventually([&] { return status().errors.empty(); }));
}

class CatalogOfProjects : public ::testing::Test {
 protected:
  void SetUp() override { testing::WriteWorkCatalog(files_, stub_.url()); }

  testing::TemporaryFolder files_;
  testing::HttpStub stub_{[](const testing::StubRequest&, int) { return testing::ChatAnswer("yes"); }};
  const Caller caller_{.principal = "tester", .project = "team"};
};

TEST_F(CatalogOfProjects, ServesChecksAndRunsOfEach) {
  DaemonWork work(files_);
  ASSERT_TRUE(work.catalog.Share(*work.catalog.current(), "team"));
  CheckArguments arguments;
  arguments.gate = "both";
  arguments.candidate = "m";
  const auto made = work.Wait(work.checks.CheckGate(caller_, arguments));
  ASSERT_TRUE(made) << made.error().message;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const auto decided = work.Wait(work.checks.AwaitVerdict(caller_, made->check.id, until));
  ASSERT_TRUE(decided) << decided.error().message;
  EXPECT_EQ(decided->check.state, "PASS") << decided->reason;
  EXPECT_TRUE(work.AllRuns().empty());  // of the project "default"
}

TEST_F(CatalogOfProjects, IsPutIntoAProjectOncePerVersion) {
  DaemonWork work(files_);
  const auto shared = [&] { return work.store->ListAudit("team", {.token = "", .limit = 100})->items.size(); };
  ASSERT_TRUE(work.catalog.Share(*work.catalog.current(), "team"));
  EXPECT_EQ(shared(), 5u);
  ASSERT_TRUE(work.catalog.Share(*work.catalog.current(), "team"));
  EXPECT_EQ(shared(), 5u);
  testing::WriteWorkCatalog(files_, stub_.url(), "trials: 3\n");
  work.catalog.Reload();
  ASSERT_TRUE(work.catalog.Share(*work.catalog.current(), "team"));
  EXPECT_EQ(shared(), 6u);
  const CatalogDocument& suite = *work.catalog.current()->catalog.FindSuite("s");
  EXPECT_TRUE(work.store->GetDocumentVersion("team", "Suite", "s", suite.version));
}

TEST_F(CatalogOfProjects, LeavesThemTheModelsThatTheyRegistered) {
  std::filesystem::rename(files_.path() / "catalog/model.yaml", files_.path() / "model.yaml");
  DaemonWork work(files_);
  const std::string model = "kind: Model\nname: m\nversion: '1'\nendpoint: {provider: openai-chat, model: own, url: '" +
                            stub_.url() + "/v1'}\n";
  const auto registered = work.Wait(work.models.RegisterModel(caller_, model, std::nullopt));
  ASSERT_TRUE(registered) << registered.error().message;
  std::filesystem::rename(files_.path() / "model.yaml", files_.path() / "catalog/model.yaml");
  work.catalog.Reload();
  ASSERT_TRUE(work.catalog.Share(*work.catalog.current(), "team"));
  EXPECT_EQ(work.models.Resolve("team", "m@1")->content_version, registered->content_version);
  EXPECT_NE(work.models.Resolve("default", "m@1")->content_version, registered->content_version);
}

}  // namespace
}  // namespace assay
