// Answers that are kept to be used again.

#include <gtest/gtest.h>

#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

using Found = std::optional<std::string>;

TEST_P(StoreTest, AKeptResponseIsFoundUntilItIsTooOld) {
  EXPECT_EQ(*store().FindCachedResponse("d", At(0)), Found());
  const std::vector<CachedResponse> kept = {{"d", "first \"text\"\n", At(10)}, {"e", "other", At(10)}};
  ASSERT_OK(store().KeepResponses(kept));
  EXPECT_EQ(*store().FindCachedResponse("d", At(10)), Found("first \"text\"\n"));
  EXPECT_EQ(*store().FindCachedResponse("d", At(11)), Found());
  EXPECT_EQ(*store().FindCachedResponse("f", At(0)), Found());
}

TEST_P(StoreTest, AResponseReplacesTheOneThatWasKeptBeforeOnlyWhereThatIsTooOld) {
  const std::vector<CachedResponse> first = {{"d", "old", At(1)}};
  const std::vector<CachedResponse> second = {{"d", "another", At(4), At(1)}};
  const std::vector<CachedResponse> third = {{"d", "new text", At(5), At(2)}};
  ASSERT_OK(store().KeepResponses(first));
  ASSERT_OK(store().KeepResponses(second));
  EXPECT_EQ(*store().FindCachedResponse("d", At(0)), Found("old"));
  ASSERT_OK(store().KeepResponses(third));
  EXPECT_EQ(*store().FindCachedResponse("d", At(5)), Found("new text"));
  EXPECT_EQ(*store().EvictResponses(1000, 900), 8);
  ASSERT_OK(store().ForgetResponse("d"));
  EXPECT_EQ(*store().FindCachedResponse("d", At(0)), Found());
}

TEST_P(StoreTest, TheOldestResponsesAreEvictedFirst) {
  std::vector<CachedResponse> kept;
  for (int i = 0; i < 2500; ++i) kept.push_back({"d" + std::to_string(i), "0123456789", At(5000 - i)});
  ASSERT_OK(store().KeepResponses(kept));
  EXPECT_EQ(*store().EvictResponses(25'000, 100), 25'000);  // within the limit
  EXPECT_EQ(*store().EvictResponses(24'999, 1'005), 1'000);
  EXPECT_EQ(*store().FindCachedResponse("d99", At(0)), Found("0123456789"));
  EXPECT_EQ(*store().FindCachedResponse("d100", At(0)), Found());
  EXPECT_EQ(*store().EvictResponses(0, 0), 0);
  EXPECT_EQ(*store().FindCachedResponse("d0", At(0)), Found());
}

}  // namespace
}  // namespace assay::testing
