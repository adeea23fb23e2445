// Responses made to hurt: none may crash a grader, take quadratic time, or pass.

#include <gmock/gmock.h>

#include <chrono>
#include <random>

#include "runners/graders/frame/reason.h"
#include "tests/runners/graders/make_grader.h"
#include "tests/testing/hostile_size.h"
#include "tests/testing/thread_time.h"

namespace assay {
namespace {

constexpr std::size_t kMegabyte = 1u << 20;
constexpr std::size_t kLong = HostileSize(kMegabyte);

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
      {"digits", std::string(kLong, '7')},
      {"groups", Repeated("1,", kLong / 2)},
      {"points", Repeated("1.", kLong / 2)},
      {"slashes", Repeated("1/", kLong / 2)},
      {"dashes", std::string(kLong, '-') + "5"},
      {"letters before a digit", std::string(kLong, 'a') + "5"},
      {"currency signs", Repeated("$ ", kLong / 2) + "5"},
      {"exponents", Repeated("1e", kLong / 2)},
      {"nothing but zero bytes", std::string(kLong, '\0')},
      {"not UTF-8", std::string(kLong, '\xFF')},
      {"half a character", "\xE2\x82"},
      {"deep lists", std::string(kLong, '[')},
      {"deep objects", Repeated("{\"a\":", kLong / 5)},
      {"almost the needle", Repeated("aaaaaaaaab", kLong / 10)},
      {"long spaces", std::string(kLong, ' ')},
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
      {"exact_normalized", R"({value: "the target", match: prefix})"},
      {"exact_normalized", R"({value: "the target 1", normalization: inspect})"},
      {"exact_normalized",
       R"({value: "the target", normalization: lm_eval, ignore_patterns: ["(a+)+b"], ignore_case: true})"},
      {"match_position", R"({value: "123456", numeric: true, at: any})"},
      {"match_position", R"({value: "target", at: any})"},
      {"starts_with", R"({value: target, ignore_case: true, whole_word: true})"},
      {"ends_with", R"({value: target, ignore_case: true, trim: true})"},
      {"contains", R"({value: "aaaaaaaab aa", whole_word: true})"},
      {"fuzzy_substring", R"({value: target})"},
      {"answer_line", R"({equals: x})"},
      {"choice", R"({answer: A, several: true})"},
      {"choice", R"({answer: A, choices: "{{choices}}"})"},
      {"count", R"({unit: sentences, min: 100000000})"},
      {"count", R"({exactly: 0})"},
      {"language", R"({is: en})"},
      {"readability", R"({max: -1000})"},
      {"tone", R"({max_uppercase: 0, max_exclamations: 0, positive: [x], min_balance: 1})"},
      {"math_equivalent", R"({value: 'x^2 + \frac{1}{2}'})"},
      {"json", R"({schema: {type: object, required: [z], properties: {z: {pattern: "^(a|aa)+$"}}}})"},
  };
  const auto begin = ThreadTime::now();
  for (const auto& [kind, options] : graders) {
    const auto grader = GraderOf(kind, options);
    ASSERT_NE(grader, nullptr);
    for (const auto& [name, text] : responses) {
      const std::string what = std::string(kind) + " " + options + " on " + name;
      const Score score = GradeText(*grader, text, Json::Of({{"choices", Json::Array{"one", "two"}}}));
      ExpectSane(score, what);
      EXPECT_EQ(score.status, ScoreStatus::kScored) << what;
      EXPECT_EQ(score.pass, false) << what << ": " << score.reason;
    }
  }
  // Linear graders need about a second for these 130 MB; anything quadratic would need hours.
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(100));
}

// Of graders that measure, and may say that a response is too much for them.
TEST(HostileResponses, AreMeasuredOrRefusedInTime) {
  const std::pair<const char*, const char*> graders[] = {
      {"set_match", R"({value: [a, b]})"},
      {"list_contains", R"({value: [a, b]})"},
      {"quoted_spans", R"({sources: "a b c d", min_words: 1})"},
      {"numeric_diff", R"({expected: 5})"},
  };
  const std::vector<std::string> responses = {
      Repeated("a,", kLong / 2), Repeated("\"a b\" ", kLong / 6), Repeated("“", kLong / 3),  std::string(kLong, 'a'),
      std::string(kLong, ' '),   std::string(kLong, '\xFF'),      Repeated("1. ", kLong / 3)};
  const auto begin = ThreadTime::now();
  for (const auto& [kind, options] : graders) {
    const auto grader = GraderOf(kind, options);
    for (const std::string& text : responses) {
      const Score score = GradeText(*grader, text);
      ExpectSane(score, kind);
      EXPECT_NE(score.status, ScoreStatus::kUnscored) << kind << ": " << score.reason;
    }
  }
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(20));
}

// Expressions made to be compared for hours.
TEST(HostileResponses, MathIsBounded) {
  const std::string nested = [] {
    std::string set = "\\sqrt{2}";
    for (int i = 0; i < 7; ++i) set = "\\{" + set + "," + set + "+1\\}";
    return set;
  }();
  const std::string responses[] = {nested,
                                   "9^{9^{9^{9}}}",
                                   Repeated("(", 2000) + "1" + Repeated(")", 2000),
                                   Repeated("x^", 400) + "2",
                                   Repeated("\\boxed{", kMegabyte / 7),
                                   "\\binom{10000}{5000}^{10000}",
                                   Repeated("\\sin ", 300) + "x",
                                   Repeated("9!", 250),
                                   Repeated("1/3+", 250) + "1",
                                   "0." + std::string(4000, '3')};
  const auto begin = ThreadTime::now();
  for (const std::string& target : {nested, std::string("\\sqrt{x}+\\sin x")}) {
    const auto grader = GraderOf("math_equivalent", R"({value: "{{t}}"})");
    for (const std::string& text : responses) {
      const Score score = GradeText(*grader, text, Json::Of({{"t", target}}));
      ExpectSane(score, Quoted(text));
      if (text != target) {
        EXPECT_NE(score.pass, true) << Quoted(text);
      }
    }
  }
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(60));
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
  const std::shared_ptr<const Grader> others[] = {GraderOf("math_equivalent", "{value: '1/2'}"),
                                                  GraderOf("match_position", "{value: '5', numeric: true}"),
                                                  GraderOf("exact_normalized", "{value: é 5, normalization: inspect}"),
                                                  GraderOf("set_match", "{value: [a, b]}"),
                                                  GraderOf("choice", "{answer: E, several: true}"),
                                                  GraderOf("count", "{unit: sentences, max: 3}"),
                                                  GraderOf("quoted_spans", "{sources: e, min_words: 1}"),
                                                  GraderOf("answer_line", "{marker: e, equals: '5'}"),
                                                  GraderOf("language", "{is: en}")};
  constexpr std::string_view kAlphabet = "0123456789.,-$/eExX*^{}[]\"\\: \n\xE2\x88\x92\xC3\x97\xFF";
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    for (std::size_t n = random() % 40; n > 0; --n) text += kAlphabet[random() % kAlphabet.size()];
    for (const auto& grader : graders) ExpectSane(GradeText(*grader, text), Quoted(text));
    for (const auto& grader : others) ExpectSane(GradeText(*grader, text), Quoted(text));
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

TEST(Reasons, PlainLinesReadAsTheyAreStored) {
  for (const char* plain : {"", "stop", "schön", "שלום", "日本", "😀", "a b"}) {
    EXPECT_TRUE(IsPlainLine(plain)) << plain;
    EXPECT_EQ(PlainLine(plain, 128), plain);
  }
  for (const auto& [text, shown] :
       std::initializer_list<std::pair<std::string, std::string>>{{"a\nb", "a\\nb"},
                                                                  {"\u009B31m", "\\x9b31m"},
                                                                  {"\u0085", "\\x85"},
                                                                  {"\x7F", "\\x7f"},
                                                                  {"pass\u202Eliaf", "pass\\u202eliaf"},
                                                                  {"\u2066x\u2069", "\\u2066x\\u2069"},
                                                                  {"\u200F", "\\u200f"},
                                                                  {"\u061C", "\\u061c"},
                                                                  {"\u2029", "\\u2029"},
                                                                  {"a\u200Bb", "a\\u200bb"},
                                                                  {"\U000E0041", "\\U000e0041"},
                                                                  {"\xFF", "\\xff"},
                                                                  {"\xE2\x80", "\\xe2\\x80"},
                                                                  {std::string(1, '\0'), "\\x00"}}) {
    EXPECT_FALSE(IsPlainLine(text)) << shown;
    EXPECT_EQ(PlainLine(text, 128), shown);
  }
  EXPECT_EQ(PlainLine("abcdefg", 6), "abc…");
  EXPECT_LE(PlainLine(Repeated("\u202E", kMegabyte), 128).size(), 128u);
}

// A word of the provider, as which a server may send anything.
TEST(Labels, ArePlain) {
  Response response;
  response.text = "x";
  response.finish_reason = "\u202Epots\u009B2J\n" + std::string(1000, 'x');
  const Score score = GraderOf("finish_reason", "{is: stop}")->Grade(Case{0, "c", Json(Json::Object{})}, response);
  EXPECT_EQ(score.pass, false);
  EXPECT_TRUE(IsPlainLine(score.label)) << score.label;
  EXPECT_TRUE(score.label.starts_with("\\u202epots\\x9b2J\\nxx")) << score.label;
  EXPECT_LE(score.label.size(), 128u);
}

// An answer must not choose to be in error rather than wrong.
TEST(HostileResponses, AreNoErrorOfGradersOfPassages) {
  std::string many;
  for (int i = 0; i < 1'100'000; ++i) many += std::to_string(i) + "\n";
  const std::string longer = std::string(5 * kMegabyte, 'a') + "b";
  std::string references;
  for (int i = 0; i < 20; ++i)
    references += (i == 0 ? "" : ",") + ("\"" + std::to_string(i) + std::string(2000, 'a')) + "\"";
  const Json fields = *Json::Parse("{\"r\": [" + references + "]}");
  for (const char* type : {"context_precision", "context_recall"}) {
    for (const char* match : {"exact", "similar"}) {
      const auto grader =
          GraderOf(type, std::string("{reference: \"{{r}}\", match: ") + match +
                             (match == std::string_view("similar") ? ", min_similarity: 0.0001}" : "}"));
      const Score score = GradeText(*grader, many, fields);
      EXPECT_EQ(score.status, ScoreStatus::kScored) << type << match << score.reason;
      EXPECT_EQ(score.pass, false) << type << match;
      EXPECT_EQ(score.value, 0) << type << match;
    }
    const auto grader = GraderOf(type, "{reference: \"{{r}}\", match: similar, min_similarity: 0.0001}");
    const Score score = GradeText(*grader, longer, fields);
    EXPECT_EQ(score.status, ScoreStatus::kScored) << type << score.reason;
    EXPECT_EQ(score.value, 0) << type;
    // Too much by itself: no answer could be compared with it.
    const Json large = Json::Of({{"r", Json::Array{Json(std::string(kMegabyte, 'a')), Json("b")}}});
    EXPECT_EQ(GradeText(*grader, longer, large).status, ScoreStatus::kError) << type;
    EXPECT_EQ(GradeText(*grader, "b", large).status, ScoreStatus::kScored) << type;
  }
}

}  // namespace
}  // namespace assay
