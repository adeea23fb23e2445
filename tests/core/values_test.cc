#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/identifier.h"
#include "core/nearest_name.h"
#include "core/random.h"
#include "core/response.h"
#include "core/run.h"

namespace assay {
namespace {

using namespace std::chrono_literals;

TEST(Durations, ReadAndPrint) {
  const std::tuple<const char*, Duration, const char*> rows[] = {
      {"60s", 60s, "1m"}, {"250ms", 250ms, "250ms"}, {"1h30m", 90min, "1h30m"}, {"90m", 90min, "1h30m"},
      {"0", 0s, "0s"},    {"0s", 0s, "0s"},          {"7d", 168h, "7d"},        {"1s500ms", 1500ms, "1s500ms"},
      {"3us", 3us, "3us"}};
  for (const auto& [text, duration, printed] : rows) {
    const auto parsed = ParseDuration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, duration) << text;
    EXPECT_EQ(FormatDuration(duration), printed);
  }
}

TEST(Durations, RefuseWhatIsAmbiguousOrTooLong) {
  for (const char* text : {"", "60", "s", "-1s", "1.5s", "1 s", "30m1h", "1s1s", "99999999999999d", "1x", "+1s"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
  EXPECT_EQ(ParseDuration("60").error().message, "\"60\" is not a duration; write it like 60s, 250ms, 5m or 1h30m");
}

TEST(Times, PrintAsRfc3339AndReadBack) {
  const auto time = ParseTime("2026-11-24T15:47:45.123456Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(FormatTime(*time), "2026-11-24T15:47:45.123456Z");
  EXPECT_EQ(FormatTime(*ParseTime("2026-11-24T17:47:45+02:00")), "2026-11-24T15:47:45.000000Z");
  EXPECT_EQ(FormatTime(Time(Duration(-1))), "1969-12-31T23:59:59.999999Z");
}

TEST(Times, RefuseImpossibleDates) {
  for (const char* text : {"2026-02-30T00:00:00Z", "2026-11-24", "2026-11-24T24:00:00Z", "2026-11-24T00:00:00", "x",
                           "2026-11-24T00:00:00Zx"}) {
    EXPECT_FALSE(ParseTime(text)) << text;
  }
}

TEST(Digests, KnownValues) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ContentVersion("abc"), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 pieces;
  pieces.Update("a");
  pieces.Update("bc");
  EXPECT_EQ("sha256:" + pieces.FinishHex(), ContentVersion("abc"));
}

TEST(Identifiers, AreVersion7UniqueAndSorted) {
  const Time now = *ParseTime("2026-11-24T15:47:45Z");
  std::string previous;
  for (int i = 0; i < 10000; ++i) {
    const std::string id = MakeId(now);
    ASSERT_TRUE(IsId(id)) << id;
    EXPECT_EQ(id[14], '7');
    EXPECT_THAT(std::string("89ab"), testing::HasSubstr(id.substr(19, 1)));
    ASSERT_LT(previous, id);
    previous = id;
  }
  EXPECT_FALSE(IsId("0193-x"));
  EXPECT_FALSE(IsId("0193A1B2-0000-7000-8000-000000000000"));
}

TEST(Identifiers, BeginWithTheTime) {
  const Time later = *ParseTime("2100-01-01T00:00:00Z");
  EXPECT_EQ(MakeId(later).substr(0, 13), "03bb2cc3-d800");
}

TEST(Permutations, AreBijectionsThatDependOnTheSeed) {
  for (const std::uint64_t size : {1u, 2u, 3u, 7u, 64u, 65u, 1000u}) {
    const Permutation permutation(size, 42);
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < size; ++i) seen.insert(permutation.At(i));
    EXPECT_EQ(seen.size(), size);
    EXPECT_LT(*seen.rbegin(), size);
  }
  int same = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) same += Permutation(1000, 1).At(i) == Permutation(1000, 2).At(i);
  EXPECT_LT(same, 20);
}

// Frozen: the order of a stored run may never change.
TEST(Permutations, KeepTheirOrderForever) {
  const Permutation permutation(10, 7);
  std::vector<std::uint64_t> order;
  for (std::uint64_t i = 0; i < 10; ++i) order.push_back(permutation.At(i));
  EXPECT_THAT(order, testing::ElementsAre(5, 4, 9, 1, 3, 6, 2, 8, 7, 0));
}

// SplitMix64 with seed 1234567: the first values of the reference implementation.
TEST(RandomNumbers, AreThoseOfSplitMix64) {
  Random random(1234567);
  EXPECT_EQ(random.Next(), 6457827717110365317u);
  EXPECT_EQ(random.Next(), 3203168211198807973u);
  EXPECT_EQ(random.Next(), 9817491932198370423u);
}

TEST(RandomNumbers, StayBelowTheirBoundAndSpreadEvenly) {
  Random random(5);
  std::array<int, 10> counts{};
  for (int i = 0; i < 100000; ++i) ++counts[random.Below(10)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(random.Uniform(), 1.0);
}

TEST(NearestNames, FindTyposButNotOtherWords) {
  const std::vector<std::string> names = {"graders", "metrics", "dataset", "at_least"};
  EXPECT_EQ(NearestName("gradesr", names), "graders");
  EXPECT_EQ(NearestName("Dataset", names), "dataset");
  EXPECT_EQ(NearestName("atleast", names), "at_least");
  EXPECT_EQ(NearestName("prompt", names), std::nullopt);
  EXPECT_EQ(NearestName(std::string(1000, 'g'), names), std::nullopt);
}

TEST(Counts, AreConserved) {
  RunCounts counts{.scheduled = 6};
  for (const TrialStatus status : {TrialStatus::kScored, TrialStatus::kUnscored, TrialStatus::kError,
                                   TrialStatus::kSkipped, TrialStatus::kAwaitingHuman}) {
    counts.Add(status);
  }
  counts.Add(TrialStatus::kScored);
  EXPECT_EQ(counts, (RunCounts{6, 2, 1, 1, 1, 1}));
  EXPECT_EQ(counts.Accounted(), counts.scheduled);
}

TEST(TokensPerSecond, AreThoseAfterTheFirst) {
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  EXPECT_EQ(TokensPerSecond(milliseconds(600), milliseconds(100), 11), 20.0);
  EXPECT_EQ(TokensPerSecond(milliseconds(101), milliseconds(100), 2), 1000.0);
  EXPECT_EQ(TokensPerSecond(milliseconds(600), milliseconds(100), 1), std::nullopt);
  EXPECT_EQ(TokensPerSecond(milliseconds(600), milliseconds(100), 0), std::nullopt);
  EXPECT_EQ(TokensPerSecond(milliseconds(600), milliseconds(100), std::nullopt), std::nullopt);
  EXPECT_EQ(TokensPerSecond(milliseconds(600), std::nullopt, 11), std::nullopt);
  EXPECT_EQ(TokensPerSecond(microseconds(100'999), milliseconds(100), 11), std::nullopt) << "in one piece";
  EXPECT_EQ(TokensPerSecond(milliseconds(100), milliseconds(100), 11), std::nullopt);
}

TEST(Files, AreHashedWhole) {
  const std::string path = ASSAY_SOURCE_DIR "/CMakeLists.txt";
  EXPECT_EQ(*HashFile(path), Sha256Hex(*ReadFile(path)));
  EXPECT_EQ(HashFile("/nonexistent/x").error().code, ErrorCode::kNotFound);
}

TEST(Files, SayWhyTheyCannotBeRead) {
  EXPECT_EQ(ReadFile("/nonexistent/x").error().message, "file /nonexistent/x does not exist");
  EXPECT_EQ(ReadFile("/tmp").error().message, "/tmp is not a regular file");
  EXPECT_EQ(ReadFile(ASSAY_SOURCE_DIR "/CMakeLists.txt", 10).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace assay
