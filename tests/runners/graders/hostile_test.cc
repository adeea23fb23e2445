// Responses made to hurt: none may crash a grader, take quadratic time, or pass.

#include <gmock/gmock.h>

#include <chrono>
#include <random>

#include "runners/graders/frame/reason.h"
#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

constexpr std::size_t kMegabyte = 1u << 20;

std::string Repeated(std::string_view piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

void ExpectSane(const Score& score, const std::string& what) {
  EXPECT_LE(score.reason.size(), Score::kMaxReason) << what;
  for (std::string_view rest = score.reason; !rest.empty();) {
    const std::size_t length = CharacterLength(rest);
    ASSERT_GT(length, 0u) << what << ": the reason is not UTF-8";
    rest.remove_prefix(length);
  }
  EXPECT_EQ(score.status == ScoreStatus::kScored, score.value.has_value()) << what;
}

TEST(HostileResponses, NeverPassAndNeverHang) {
  const std::vector<std::pair<std::string, std::string>> responses = {
      {"digits", std::string(kMegabyte, '7')},
      {"groups", Repeated("1,", kMegabyte / 2)},
      {"points", Repeated("1.", kMegabyte / 2)},
      {"slashes", Repeated("1/", kMegabyte / 2)},
      {"dashes", std::string(kMegabyte, '-') + "5"},
      {"letters before a digit", std::string(kMegabyte, 'a') + "5"},
      {"currency signs", Repeated("$ ", kMegabyte / 2) + "5"},
      {"exponents", Repeated("1e", kMegabyte / 2)},
      {"nothing but zero bytes", std::string(kMegabyte, '\0')},
      {"not UTF-8", std::string(kMegabyte, '\xFF')},
      {"half a character", "\xE2\x82"},
      {"deep lists", std::string(kMegabyte, '[')},
      {"deep objects", Repeated("{\"a\":", kMegabyte / 5)},
      {"almost the needle", Repeated("aaaaaaaaab", kMegabyte / 10)},
      {"long spaces", std::string(kMegabyte, ' ')},
  };
  const std::pair<const char*, const char*> graders[] = {
      {"equals", R"({value: "the target", trim: true, ignore_case: true})"},
      {"equals", R"({value: "dïe", ignore_case: true})"},
      {"contains", R"({value: "aaaaaaaaaac", ignore_case: true})"},
      {"contains", R"({all: ["ärger", "b"], ignore_case: true})"},
      {"regex", R"({pattern: '(x+x+)+y'})"},
      {"regex", R"({pattern: '(([^,]*,){10}){10}z$', mode: full})"},
      {"number", R"({equals: 123456, rel_tol: 0.01})"},
      {"number", R"({equals: 123456, which: first})"},
      {"json", R"({schema: {type: object, required: [z], properties: {z: {pattern: "^(a|aa)+$"}}}})"},
  };
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& [kind, options] : graders) {
    const auto grader = GraderOf(kind, options);
    ASSERT_NE(grader, nullptr);
    for (const auto& [name, text] : responses) {
      const std::string what = std::string(kind) + " " + options + " on " + name;
      const Score score = GradeText(*grader, text);
      ExpectSane(score, what);
      EXPECT_EQ(score.status, ScoreStatus::kScored) << what;
      EXPECT_EQ(score.pass, false) << what << ": " << score.reason;
    }
  }
  // Linear graders need about a second for these 130 MB; anything quadratic would need hours.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(100));
}

TEST(HostileResponses, ALongPatternSubjectDoesNotOverrunTheStack) {
  const auto grader = GraderOf("json", R"({schema: {type: string, pattern: "^(a|b|.)*$"}})");
  EXPECT_EQ(GradeText(*grader, '"' + std::string(kMegabyte, 'a') + '"').pass, true);
}

TEST(HostileResponses, AMillionElementsForUniqueItemsAreJudged) {
  const auto grader = GraderOf("json", R"({schema: {uniqueItems: true}})");
  EXPECT_EQ(GradeText(*grader, "[" + Repeated("1,", kMegabyte) + "2]").pass, false);
  std::string text = "[";
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + ",";
  EXPECT_EQ(GradeText(*grader, text + "100000]").pass, true);
  EXPECT_EQ(GradeText(*grader, text + "99999.0]").pass, false);
}

TEST(HostileResponses, RandomBytesNeverBreakAGrader) {
  std::mt19937 random(20261124);
  const std::shared_ptr<const Grader> graders[] = {GraderOf("number", "{equals: 5, abs_tol: 1}"),
                                                   GraderOf("json", "{schema: {type: object}}"),
                                                   GraderOf("equals", "{value: é, ignore_case: true}"),
                                                   GraderOf("regex", "{pattern: '(\\d+)-(\\d+)', equals: '7'}")};
  constexpr std::string_view kAlphabet = "0123456789.,-$/eExX*^{}[]\"\\: \n\xE2\x88\x92\xC3\x97\xFF";
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    for (std::size_t n = random() % 40; n > 0; --n) text += kAlphabet[random() % kAlphabet.size()];
    for (const auto& grader : graders) ExpectSane(GradeText(*grader, text), Quoted(text));
  }
}

TEST(HostileCases, TargetsOutOfTheOrdinaryAreNoVerdict) {
  const auto equals = GraderOf("equals", R"({value: "{{t}}", ignore_case: true})");
  EXPECT_EQ(GradeText(*equals, "x", Json::Of({{"t", std::string(kMegabyte + 1, 'x')}})).status, ScoreStatus::kError);
  EXPECT_EQ(GradeText(*equals, "x", Json::Of({{"t", Json::Array{}}})).pass, false);
  const auto number = GraderOf("number", R"({equals: "{{t}}"})");
  EXPECT_EQ(GradeText(*number, std::string(2000, '7'), Json::Of({{"t", std::string(2000, '7')}})).status,
            ScoreStatus::kUnscored);
}

TEST(Reasons, AreCutBetweenCharacters) {
  EXPECT_EQ(CutText("abcdef", 6), "abcdef");
  EXPECT_EQ(CutText("abcdefg", 6), "abc…");
  EXPECT_EQ(CutText("aééé", 6), "aé…");
  EXPECT_EQ(CutText("aééééé", 7), "aé…");
  EXPECT_EQ(Quoted("a\nb\x01\xFFé"), "\"a\\nb\\x01\\xffé\"");
  EXPECT_EQ(Quoted(std::string(300, 'x')), "\"" + std::string(119, 'x') + "…\"");
}

}  // namespace
}  // namespace assay
