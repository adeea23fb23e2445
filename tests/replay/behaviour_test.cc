#include "replay/behaviour.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace assay {
namespace {

using std::chrono::milliseconds;

TEST(LatencyTest, ReadsTheThreeForms) {
  EXPECT_EQ(ParseLatency("50ms"), (Latency{Latency::Shape::kFixed, milliseconds(50), milliseconds(50), 0.0}));
  EXPECT_EQ(ParseLatency("uniform:10ms:80ms"),
            (Latency{Latency::Shape::kUniform, milliseconds(10), milliseconds(80), 0.0}));
  EXPECT_EQ(ParseLatency("lognormal:1s:0.5"),
            (Latency{Latency::Shape::kLogNormal, milliseconds(1000), milliseconds(1000), 0.5}));
}

TEST(LatencyTest, RefusesEverythingElseSayingWhy) {
  const std::map<std::string, std::string> bad = {
      {"normal:1s:2s", "\"normal\" is no distribution"},
      {"uniform:10ms", "uniform takes two values"},
      {"uniform:80ms:10ms", "the upper end lies below the lower end"},
      {"lognormal:1s:-1", "sigma \"-1\" is no number from 0 to 4"},
      {"lognormal:1s:nan", "sigma \"nan\" is no number from 0 to 4"},
      {"lognormal:1s:5", "sigma \"5\" is no number from 0 to 4"},
      {"11m", "longer than 10m"},
      {"fast", "latency \"fast\""},
      {"", "latency \"\""},
  };
  for (const auto& [text, message] : bad) {
    const Result<Latency> parsed = ParseLatency(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(parsed.error().message, ::testing::HasSubstr(message)) << text;
  }
}

std::vector<Duration> Draws(const char* latency, int count) {
  const ReplayOptions options{.latency = *ParseLatency(latency), .seed = 7};
  std::vector<Duration> out;
  for (int i = 0; i < count; ++i) out.push_back(DrawFate(options, static_cast<std::uint64_t>(i), 0).delay);
  std::ranges::sort(out);
  return out;
}

TEST(LatencyTest, UniformDrawsFillTheirRange) {
  const std::vector<Duration> draws = Draws("uniform:10ms:80ms", 4000);
  EXPECT_GE(draws.front(), milliseconds(10));
  EXPECT_LT(draws.front(), milliseconds(11));
  EXPECT_LE(draws.back(), milliseconds(80));
  EXPECT_GT(draws.back(), milliseconds(79));
  EXPECT_NEAR(static_cast<double>(draws[2000].count()), 45000.0, 2500.0);
}

TEST(LatencyTest, LogNormalDrawsHaveTheMedianAndTheSpread) {
  const std::vector<Duration> draws = Draws("lognormal:100ms:0.5", 10000);
  EXPECT_NEAR(static_cast<double>(draws[5000].count()), 100000.0, 3000.0);
  // One standard deviation of the logarithm: exp(0.5) = 1.6487 at the 84.13th percentile.
  EXPECT_NEAR(static_cast<double>(draws[8413].count()), 164872.0, 6000.0);
  EXPECT_NEAR(static_cast<double>(draws[1587].count()), 60653.0, 3000.0);
}

TEST(LatencyTest, NoDrawIsLongerThanTheLimit) { EXPECT_LE(Draws("lognormal:10m:4", 200).back(), Latency::kMax); }

TEST(FaultTest, EachRateIsMetAndNoRequestSuffersTwo) {
  const ReplayOptions options{.faults = {.error = 0.1, .rate_limit = 0.2, .garbage = 0.05, .truncate = 0.15},
                              .seed = 3};
  std::map<Fault, int> counts;
  for (std::uint64_t i = 0; i < 20000; ++i) ++counts[DrawFate(options, i % 100, i / 100).fault];
  EXPECT_NEAR(counts[Fault::kError], 2000, 150);
  EXPECT_NEAR(counts[Fault::kRateLimit], 4000, 200);
  EXPECT_NEAR(counts[Fault::kGarbage], 1000, 120);
  EXPECT_NEAR(counts[Fault::kTruncate], 3000, 180);
  EXPECT_NEAR(counts[Fault::kNone], 10000, 250);
}

TEST(FaultTest, TheSameSeedGivesTheSameFatesAndAnotherSeedOthers) {
  const auto fates = [](std::uint64_t seed) {
    const ReplayOptions options{.latency = *ParseLatency("uniform:0:1s"), .faults = {.error = 0.5}, .seed = seed};
    std::vector<std::pair<Fault, Duration>> out;
    for (std::uint64_t i = 0; i < 50; ++i) {
      const Fate fate = DrawFate(options, 12, i);
      out.emplace_back(fate.fault, fate.delay);
    }
    return out;
  };
  EXPECT_EQ(fates(1), fates(1));
  EXPECT_NE(fates(1), fates(2));
}

TEST(FaultTest, RatesOutOfRangeAreRefused) {
  EXPECT_TRUE(CheckRates({.error = 0.5, .rate_limit = 0.5}));
  EXPECT_EQ(CheckRates({.error = -0.1}).error().message, "error rate is not between 0 and 1");
  EXPECT_EQ(CheckRates({.garbage = 1.5}).error().message, "garbage rate is not between 0 and 1");
  EXPECT_EQ(CheckRates({.truncate = std::numeric_limits<double>::quiet_NaN()}).error().message,
            "truncate rate is not between 0 and 1");
  EXPECT_EQ(CheckRates({.error = 0.6, .rate_limit = 0.6}).error().message, "the fault rates add up to more than 1");
}

TEST(UnknownPromptTest, ReadsTheThreeWords) {
  ReplayOptions options;
  ASSERT_TRUE(ParseUnknownPrompt("echo", options));
  EXPECT_EQ(options.unknown, UnknownPrompt::kEcho);
  ASSERT_TRUE(ParseUnknownPrompt("fixed:a:b", options));
  EXPECT_EQ(options.unknown, UnknownPrompt::kFixed);
  EXPECT_EQ(options.unknown_text, "a:b");
  ASSERT_TRUE(ParseUnknownPrompt("error", options));
  EXPECT_EQ(options.unknown, UnknownPrompt::kError);
  EXPECT_EQ(ParseUnknownPrompt("fixed", options).error().message,
            "unknown \"fixed\" is none of error, echo and fixed:TEXT");
}

}  // namespace
}  // namespace assay
