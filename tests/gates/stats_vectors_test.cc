// Published and recomputed values from a golden file: every method it names is reproduced (tests/gates/stats).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/file.h"
#include "core/json.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {
namespace {

// Another file than ours need not have every method that is built.
bool IsAnotherFile() { return std::getenv("ASSAY_VECTORS") != nullptr; }

std::string VectorsFile() {
  return IsAnotherFile() ? std::getenv("ASSAY_VECTORS") : ASSAY_SOURCE_DIR "/../shared/vectors/statistics.json";
}

// The vectors, or the reason why there are none.
Result<Json> LoadVectors() {
  Result<std::string> text = ReadFile(VectorsFile());
  if (!text) return std::unexpected(text.error());
  return Json::Parse(*text);
}

// A list of lists is one list; true is 1; null is no information; a text is its bytes.
void AppendExpected(Numbers& numbers, const Json& expected) {
  if (expected.is_array()) {
    for (const Json& one : expected.as_array()) AppendExpected(numbers, one);
  } else if (expected.is_null()) {
    numbers.push_back(std::numeric_limits<double>::quiet_NaN());
  } else if (expected.is_string()) {
    for (const char c : expected.as_string()) numbers.push_back(static_cast<unsigned char>(c));
  } else {
    numbers.push_back(expected.is_bool() ? (expected.as_bool() ? 1 : 0) : expected.as_number());
  }
}

constexpr double kRounding = 16 * std::numeric_limits<double>::epsilon();

class StatsVectors : public ::testing::TestWithParam<std::string> {};

TEST_P(StatsVectors, AreReproducedWithinTheirTolerance) {
  const Result<Json> file = LoadVectors();
  if (!file && file.error().code == ErrorCode::kNotFound) {
    GTEST_SKIP() << VectorsFile() << " is absent; set ASSAY_VECTORS to the golden file";
  }
  ASSERT_TRUE(file.has_value()) << file.error().message;
  int found = 0;
  for (const Json& vector : file->Find("vectors")->as_array()) {
    if (vector.Find("method")->as_string() != GetParam()) continue;
    ++found;
    SCOPED_TRACE(vector.Find("id")->as_string());
    Numbers expected;
    AppendExpected(expected, *vector.Find("expected"));
    const Numbers actual = VectorMethods().at(GetParam())(*vector.Find("inputs"));
    // A row may leave out what leads to the result.
    ASSERT_GE(actual.size(), expected.size());
    const std::size_t first = actual.size() - expected.size();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (std::isnan(expected[i])) {
        EXPECT_TRUE(std::isnan(actual[first + i])) << actual[first + i] << " where there is no information";
        continue;
      }
      const double tolerance =
          vector.Find("abs_tol")->as_number() + vector.Find("rel_tol")->as_number() * std::fabs(expected[i]);
      // No tolerance leaves that of the order in which sums are added up.
      EXPECT_NEAR(actual[first + i], expected[i], std::max(tolerance, kRounding * std::fabs(expected[i])));
    }
  }
  if (found == 0 && IsAnotherFile()) {
    GTEST_SKIP() << VectorsFile() << ", which ASSAY_VECTORS names, has no vector of " << GetParam();
  }
  EXPECT_GT(found, 0) << "no vector for a method that is built";
}

std::vector<std::string> BuiltMethods() {
  std::vector<std::string> names;
  for (const auto& [name, method] : VectorMethods()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(EveryMethod, StatsVectors, ::testing::ValuesIn(BuiltMethods()), [](const auto& instance) {
  std::string name = instance.param;  // of letters, digits and underscores only
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

TEST(StatsVectorsFile, NamesNoUnknownMethod) {
  const Result<Json> file = LoadVectors();
  if (!file && file.error().code == ErrorCode::kNotFound) {
    GTEST_SKIP() << VectorsFile() << " is absent; set ASSAY_VECTORS to the golden file";
  }
  ASSERT_TRUE(file.has_value()) << file.error().message;
  for (const Json& vector : file->Find("vectors")->as_array()) {
    const std::string& method = vector.Find("method")->as_string();
    EXPECT_TRUE(VectorMethods().contains(method))
        << "unknown method " << method << " of " << vector.Find("id")->as_string();
  }
}

}  // namespace
}  // namespace assay
