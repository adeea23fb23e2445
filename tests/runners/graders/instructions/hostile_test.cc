// Every type of instruction on texts that are long and made to be slow.

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "runners/graders/instructions/instruction_type.h"
#include "tests/runners/graders/make_grader.h"
#include "tests/testing/hostile_size.h"
#include "tests/testing/thread_time.h"

namespace assay {
namespace {

using instructions::AllTypes;
using instructions::ArgumentKind;

Json ExampleOf(ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::kCount:
      return Json(3);
    case ArgumentKind::kRelation:
      return Json("at least");
    case ArgumentKind::kLetter:
      return Json("q");
    case ArgumentKind::kLanguage:
      return Json("de");
    case ArgumentKind::kKeywords:
      return Json(Json::Array{"aab", "a.*b", "(a|b)+c"});
    case ArgumentKind::kPattern:
    case ArgumentKind::kKeyword:
      return Json("a(a|b)*c");
    case ArgumentKind::kText:
      break;
  }
  return Json("text");
}

std::vector<std::shared_ptr<const Grader>> OneOfEach() {
  std::vector<std::shared_ptr<const Grader>> graders;
  for (const auto& type : AllTypes()) {
    Json instruction = Json::Of({{"type", type.id}});
    for (const auto& parameter : type.parameters) instruction.Set(parameter.name, ExampleOf(parameter.kind));
    const std::string options = Json::Of({{"mode", "loose"}, {"instructions", Json::Array{instruction}}}).Dump();
    graders.push_back(GraderOf("instructions", options));
    EXPECT_NE(graders.back(), nullptr) << options;
  }
  EXPECT_EQ(graders.size(), 25u);
  return graders;
}

TEST(HostileInstructions, TakeLinearTime) {
  const auto graders = OneOfEach();
  const auto begin = ThreadTime::now();
  for (const std::string unit : {"a",
                                 "A",
                                 " x",
                                 "\n",
                                 "*",
                                 "* ",
                                 "[",
                                 "<",
                                 "<<",
                                 ".",
                                 ". ",
                                 "a.b",
                                 "-",
                                 ", ",
                                 "'",
                                 "\"",
                                 "!?",
                                 "p. ",
                                 "@",
                                 "http://a ",
                                 "\xFF",
                                 "\xE3\x80\x80",
                                 "\xE0\xA4\xAE",
                                 "1.",
                                 "Mr. ",
                                 "CANNOT-"}) {
    std::string text;
    while (text.size() < HostileSize(1u << 18)) text += unit;
    for (std::size_t i = 0; i < graders.size(); ++i) {
      const auto started = ThreadTime::now();
      const Score score = GradeText(*graders[i], text + "\nend");
      EXPECT_EQ(score.status, ScoreStatus::kScored) << score.reason;
      EXPECT_LT(ThreadTime::now() - started, std::chrono::seconds(30)) << AllTypes()[i].id << " " << unit;
    }
  }
  // About 160 MB (of a whole size), most of them up to seven times.
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(100));
}

TEST(HostileInstructions, RandomTextsBreakNothing) {
  const auto graders = OneOfEach();
  std::mt19937 random(20261126);
  constexpr std::string_view kAlphabet = "aA.!?'\" \n*-[]<>{}:,;#@1\x1c\xC2\xA0\xE2\x80\x9D\xF0\x9F\xFF";
  for (int i = 0; i < 1000; ++i) {
    std::string text;
    for (std::size_t n = random() % 60; n > 0; --n) text += kAlphabet[random() % kAlphabet.size()];
    const Score score = GradeText(*graders[static_cast<std::size_t>(i) % graders.size()], text);
    EXPECT_EQ(score.status, ScoreStatus::kScored) << score.reason;
  }
}

}  // namespace
}  // namespace assay
