#include "core/finish_reason.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(FinishReasons, AreOfAWholeAnswerOrNot) {
  for (const char* word : {"", "stop", "STOP", "end_turn", "tool_calls", "completed", "COMPLETE", "eos_token"}) {
    EXPECT_TRUE(IsWholeEnd(word)) << word;
    EXPECT_FALSE(IsCutOff(word) || IsNoEnd(word)) << word;
  }
  for (const char* word : {"length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "model_length", "incomplete"}) {
    EXPECT_TRUE(IsCutOff(word)) << word;
    EXPECT_FALSE(IsWholeEnd(word) || IsNoEnd(word)) << word;
  }
  for (const char* word : {"error", "Abort", "CANCELLED", "failed", "pause_turn"}) {
    EXPECT_TRUE(IsNoEnd(word)) << word;
    EXPECT_FALSE(IsWholeEnd(word) || IsCutOff(word)) << word;
  }
  for (const char* word : {"content_filter", "SAFETY", "refusal", "MODEL_ARMOR", "guardrail_intervened"}) {
    EXPECT_TRUE(IsWithheld(word)) << word;
    EXPECT_FALSE(IsWholeEnd(word) || IsCutOff(word) || IsNoEnd(word)) << word;
  }
  for (const char* word : {"a word of its own", "stopp", " stop"}) {
    EXPECT_FALSE(IsWholeEnd(word) || IsCutOff(word) || IsNoEnd(word) || IsWithheld(word)) << word;
  }
  EXPECT_FALSE(IsWithheld("") || IsWithheld("stop") || IsWithheld("length"));
}

TEST(FinishReasons, OfWhichTheWorseStays) {
  const auto is_end = [](std::string_view word) { return word != "error" && word != "abort"; };
  struct Row {
    const char* kept;
    const char* said;
    const char* expected;
  };
  for (const Row& row :
       {Row{"", "", ""}, Row{"", "stop", "stop"}, Row{"stop", "", "stop"}, Row{"stop", "end_turn", "stop"},
        Row{"length", "stop", "length"}, Row{"stop", "length", "length"}, Row{"length", "content_filter", "length"},
        Row{"error", "stop", "error"}, Row{"stop", "error", "error"}, Row{"error", "abort", "error"}}) {
    std::string kept = row.kept;
    KeepWorse(kept, row.said, is_end);
    EXPECT_EQ(kept, row.expected) << row.kept << " then " << row.said;
  }
}

}  // namespace
}  // namespace assay
