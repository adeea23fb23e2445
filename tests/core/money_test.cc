#include "core/money.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Money, ShowsThreeDigitsOfSmallSumsAndTwoDecimalsAtLeast) {
  const std::pair<double, const char*> rows[] = {{0, "$0.00"},
                                                 {12.3, "$12.30"},
                                                 {4.984, "$4.98"},
                                                 {1, "$1.00"},
                                                 {0.25, "$0.25"},
                                                 {0.5, "$0.50"},
                                                 {0.1234, "$0.123"},
                                                 {0.005, "$0.005"},
                                                 {0.0012345, "$0.00123"},
                                                 {1e-7, "$0.0000001"},
                                                 {1e-12, "$0.00"},
                                                 {-2.5, "-$2.50"},
                                                 {1234567, "$1234567.00"}};
  for (const auto& [usd, text] : rows) EXPECT_EQ(FormatUsd(usd), text);
}

}  // namespace
}  // namespace assay
