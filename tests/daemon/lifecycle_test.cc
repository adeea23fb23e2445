#include "daemon/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

class LifecycleTest : public ::testing::Test {
 protected:
  Stage MakeStage(const std::string& name, Status outcome = {}) {
    return {name,
            [this, name, outcome] {
              events_.push_back("start " + name);
              return outcome;
            },
            [this, name](std::chrono::milliseconds) { events_.push_back("stop " + name); },
            std::chrono::milliseconds(10)};
  }
  std::vector<std::string> events_;
};

TEST_F(LifecycleTest, StopsInReverseAndOnlyOnce) {
  Lifecycle lifecycle({MakeStage("store"), MakeStage("runs"), MakeStage("grpc")});
  ASSERT_TRUE(lifecycle.Start());
  lifecycle.Stop();
  lifecycle.Stop();
  EXPECT_THAT(events_, ::testing::ElementsAre("start store", "start runs", "start grpc", "stop grpc", "stop runs",
                                              "stop store"));
}

TEST_F(LifecycleTest, AFailedStartStopsWhatHadStartedAndNamesTheStage) {
  Lifecycle lifecycle(
      {MakeStage("store"), MakeStage("http", Fail(ErrorCode::kUnavailable, "port 7071 is taken")), MakeStage("grpc")});
  const Status started = lifecycle.Start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(), (Error{ErrorCode::kUnavailable, "http: port 7071 is taken", std::nullopt}));
  EXPECT_THAT(events_, ::testing::ElementsAre("start store", "start http", "stop store"));
}

}  // namespace
}  // namespace assay
