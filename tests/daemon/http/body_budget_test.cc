#include "daemon/http/body_budget.h"

#include <gtest/gtest.h>

#include <limits>

namespace assay {
namespace {

constexpr std::size_t kFree = BodyBudget::kFreeBytes;

TEST(BodyBudget, ChargesWhatGoesBeyondTheFreePart) {
  const auto budget = std::make_shared<BodyBudget>(100);
  BodyBudget::Share first(budget);
  BodyBudget::Share second(budget);
  EXPECT_TRUE(first.GrowTo(kFree));
  EXPECT_TRUE(first.GrowTo(kFree + 60));
  EXPECT_TRUE(second.GrowTo(kFree + 40));
  EXPECT_FALSE(second.GrowTo(kFree + 41));
  EXPECT_TRUE(first.GrowTo(10)) << "never shrinks";
  EXPECT_FALSE(second.GrowTo(kFree + 41));
  first.Release();
  EXPECT_TRUE(second.GrowTo(kFree + 100));
  EXPECT_FALSE(first.GrowTo(kFree + 1));
  EXPECT_TRUE(first.GrowTo(kFree)) << "usual bodies are always there";
}

TEST(BodyBudget, AShareThatEndsGivesBackWhatItTook) {
  const auto budget = std::make_shared<BodyBudget>(100);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(BodyBudget::Share(budget).GrowTo(kFree + 100));
}

TEST(BodyBudget, RefusesWhatNoBudgetHas) {
  const auto budget = std::make_shared<BodyBudget>(100);
  BodyBudget::Share share(budget);
  EXPECT_FALSE(share.GrowTo(std::numeric_limits<std::size_t>::max()));
  EXPECT_TRUE(share.GrowTo(kFree + 100));
}

}  // namespace
}  // namespace assay
