// Real recorded answers through assay-replay: every question gets the answer that was recorded for it, and the floor of
// the fixture's gate lies where one-sided 95 % Clopper-Pearson bounds separate the two models.

#include "tests/testing/gsm8k_catalog.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "core/file.h"
#include "replay/server.h"
#include "tests/replay/http_connection.h"

namespace assay {
namespace {

using testing::Gsm8k;
using testing::Gsm8kModel;

// P(X <= successes) of a binomial variable.
double BinomialCdf(int successes, int n, double p) {
  double sum = 0.0;
  for (int k = 0; k <= successes; ++k) {
    sum += std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) + k * std::log(p) +
                    (n - k) * std::log1p(-p));
  }
  return sum;
}

class Gsm8kCatalogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::optional<std::filesystem::path> data = testing::Gsm8kFolder();
    if (!data) GTEST_SKIP() << "skipped: the GSM8K data is not at ../shared/data/gsm8k";
    Result<Gsm8k> read = testing::ReadGsm8k(*data);
    ASSERT_TRUE(read) << read.error().message;
    data_ = *std::move(read);
    const ::testing::TestInfo* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        std::filesystem::temp_directory_path() / ("assay_gsm8k_" + std::to_string(::getpid()) + "_" + info->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  Gsm8k data_;
  std::filesystem::path folder_;
};

TEST_F(Gsm8kCatalogTest, TheFloorSeparatesTheTwoModels) {
  EXPECT_EQ(data_.finetuning.correct, 146);
  EXPECT_EQ(data_.verification.correct, 266);
  EXPECT_EQ(data_.questions.size(), 660u);
  // The upper bound of the worse one is below the floor: so few successes are that improbable at the floor.
  EXPECT_LT(BinomialCdf(146, 660, Gsm8k::kFloor), 0.05);
  // The lower bound of the better one is above it.
  EXPECT_LT(1.0 - BinomialCdf(265, 660, Gsm8k::kFloor), 0.05);
}

TEST_F(Gsm8kCatalogTest, ReplayGivesBackEveryRecordedAnswer) {
  const std::filesystem::path file = folder_ / "recordings.jsonl";
  ASSERT_TRUE(testing::WriteGsm8kRecordings(data_, file));
  const std::vector<std::filesystem::path> files = {file};
  Result<Recordings> recordings = Recordings::Load(files);
  ASSERT_TRUE(recordings) << recordings.error().message;
  EXPECT_EQ(recordings->size(), 1320u);
  const auto server = ReplayServer::Start(*std::move(recordings), {}, {.listen = "127.0.0.1:0"});
  ASSERT_TRUE(server) << server.error().message;
  testing::HttpConnection connection((*server)->port());
  for (const Gsm8kModel* model : {&data_.finetuning, &data_.verification}) {
    for (std::size_t i = 0; i < data_.questions.size(); ++i) {
      const Json message = Json::Of({{"role", "user"}, {"content", data_.questions[i]}});
      const Json body = Json::Of({{"model", model->served_as}, {"messages", Json::Array{message}}, {"temperature", 0}});
      const testing::RawReply reply = connection.Post("/v1/chat/completions", body.Dump());
      ASSERT_EQ(reply.status, 200) << reply.body;
      const Json answer = *Json::Parse(reply.body);
      ASSERT_EQ(*answer.Find("choices")->as_array()[0].Find("message")->Find("content"), Json(model->solutions[i]));
    }
  }
}

TEST_F(Gsm8kCatalogTest, TheCatalogNamesTheEndpointAndHasEveryCase) {
  ASSERT_TRUE(testing::WriteGsm8kCatalog(data_, folder_, "http://127.0.0.1:9/v1"));
  const Result<std::string> yaml = ReadFile(folder_ / "gsm8k.yaml");
  const Result<std::string> rows = ReadFile(folder_ / "gsm8k.jsonl");
  ASSERT_TRUE(yaml && rows);
  EXPECT_NE(yaml->find("  url: http://127.0.0.1:9/v1\n  model: 6b_verification\n"), std::string::npos);
  EXPECT_NE(yaml->find("at_least: 0.31,"), std::string::npos);
  EXPECT_EQ(std::ranges::count(*rows, '\n'), 660);
  EXPECT_TRUE(rows->starts_with(R"({"id":"gsm8k-001","question":"Janet’s ducks lay 16 eggs per day.)"));
}

}  // namespace
}  // namespace assay
