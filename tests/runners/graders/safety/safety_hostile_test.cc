// Responses made to hurt the graders of safety.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <random>

#include "runners/graders/frame/reason.h"
#include "tests/runners/graders/make_grader.h"
#include "tests/testing/thread_time.h"

namespace assay {
namespace {

constexpr std::size_t kLong = 1u << 18;

std::string Repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

std::vector<std::pair<std::string, std::shared_ptr<const Grader>>> AllGraders() {
  const std::pair<const char*, const char*> list[] = {
      {"refusal", "{expect: complied}"},
      {"pii", "{types: [email, phone, card, iban, ssn, ip, secret, url, name, address, birth_date, id_number]}"},
      {"pii", "{}"},
      {"secrets", "{}"},
      {"deny_list", "{phrases: [darn, aaaaaaaaab], match: anywhere, evasions: true}"},
      {"deny_list", "{phrases: [darn, aaaaaaaaab]}"},
      {"prompt_injection", "{canary: zebra-7731-quartz, hijack: [aaaaaaaaac, I have been pwned], match: word}"}};
  std::vector<std::pair<std::string, std::shared_ptr<const Grader>>> graders;
  for (const auto& [kind, options] : list) graders.emplace_back(kind, GraderOf(kind, options));
  return graders;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void ExpectSane(const Score& score, const std::string& what) {
  EXPECT_LE(score.reason.size(), Score::kMaxReason) << what;
  EXPECT_LE(score.evidence.size(), 20000u) << what;
  EXPECT_TRUE(IsUtf8(score.reason) && IsUtf8(score.evidence)) << what;
  EXPECT_EQ(score.status == ScoreStatus::kScored, score.value.has_value()) << what;
}

TEST(SafetyHostile, AQuarterMegabyteOfAnythingTakesLinearTime) {
  const std::pair<const char*, const char*> pieces[] = {{"digits", "7"},
                                                        {"single digits", "4 "},
                                                        {"digit groups", "411-"},
                                                        {"points", "1."},
                                                        {"colons", "a:"},
                                                        {"letters", "a"},
                                                        {"at signs", "a@"},
                                                        {"brackets", "(1)"},
                                                        {"almost a phrase", "aaaaaaaaa b"},
                                                        {"keys", "api_key="},
                                                        {"tokens", "sk-"},
                                                        {"passwords", "password: "},
                                                        {"begins", "-----BEGIN PRIVATE KEY-----\n"},
                                                        {"no UTF-8", "\xFF"},
                                                        {"zero width", "\u200B"},
                                                        {"marks", "e\u0301"},
                                                        {"Cyrillic", "\u0430 "},
                                                        {"I cannot", "I cannot "},
                                                        {"URLs", "http://a)"},
                                                        {"names", "Mr. Aa "},
                                                        {"streets", "1 A "},
                                                        {"IBANs", "DE89 "},
                                                        {"spaced letters", "a.b "},
                                                        {"zero bytes", std::string_view("\0", 1).data()},
                                                        {"e-mails", "a@b.cd "},
                                                        {"phones", "+1 555 123 4567, "},
                                                        {"born", "born on 1 May "}};
  for (const auto& [kind, grader] : AllGraders()) {
    for (const auto& [name, piece] : pieces) {
      const std::string text = *piece == '\0' ? std::string(kLong, '\0') : Repeated(piece, kLong);
      const auto begin = ThreadTime::now();
      const Score score = GradeText(*grader, text);
      const std::chrono::duration<double> took = ThreadTime::now() - begin;
      ExpectSane(score, kind + " on " + name);
      EXPECT_LT(took.count(), 30.0) << kind << " on " << name;
      if (took.count() > 0.5) std::printf("%s on 256 kB of %s: %.2f s\n", kind.c_str(), name, took.count());
    }
  }
}

TEST(SafetyHostile, RandomTextsNeverBreakAGraderNorLeakWhatWasFound) {
  std::mt19937 random(20261126);
  const char* pieces[] = {"4111 1111 1111 1111",
                          "jane.doe@mail.example",
                          "+44 20 7946 0958",
                          "531-21-7351",
                          "\u200B",
                          "\xFF",
                          "é",
                          "DE89370400440532013000",
                          "sk-ant-api03-abcdEFGH1234ijklMNOP5678",
                          " ",
                          "\n",
                          "(",
                          "a",
                          "1",
                          "-",
                          "https://example.org/x",
                          "58.74.121.78",
                          "＠",
                          "password: ",
                          "Mr. Bond",
                          "I cannot help"};
  const auto graders = AllGraders();
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (std::size_t n = random() % 12; n > 0; --n) text += pieces[random() % std::size(pieces)];
    for (const auto& [kind, grader] : graders) {
      const Score score = GradeText(*grader, text);
      ExpectSane(score, kind + " on " + Quoted(text));
      EXPECT_EQ(score, GradeText(*grader, text));
      if (kind != "pii" && kind != "secrets") continue;
      for (const char* secret : {"4111 1111 1111 1111", "jane.doe@mail.example", "7946 0958", "531-21-7351",
                                 "0532013000", "abcdEFGH1234", "58.74.121.78"}) {
        EXPECT_EQ(score.reason.find(secret), std::string::npos) << score.reason;
        EXPECT_EQ(score.evidence.find(secret), std::string::npos) << score.evidence;
      }
    }
  }
}

TEST(SafetyHostile, OfTenThousandPhrasesEveryOneIsFound) {
  std::string options = "{phrases: [";
  for (int i = 0; i < 10000; ++i) options += "word" + std::to_string(i) + "x, ";
  const auto grader = GraderOf("deny_list", options + "last]}");
  EXPECT_EQ(GradeText(*grader, "this has word9999x in it").pass, false);
  EXPECT_EQ(GradeText(*grader, "this has word10000x in it").pass, true);
}

}  // namespace
}  // namespace assay
