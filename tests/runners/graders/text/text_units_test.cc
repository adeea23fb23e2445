#include "runners/graders/text/text_units.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(TextUnits, Syllables) {
  const std::pair<const char*, std::size_t> words[] = {
      {"cat", 1},      {"table", 2},  {"made", 1},    {"jumped", 1},    {"wanted", 2},  {"boxes", 2},  {"area", 3},
      {"radio", 3},    {"nation", 2}, {"special", 2}, {"science", 2},   {"being", 2},   {"lonely", 2}, {"realism", 3},
      {"the", 1},      {"rhythm", 2}, {"queue", 1},   {"idea", 3},      {"reading", 2}, {"people", 2}, {"makes", 1},
      {"churches", 2}, {"apples", 2}, {"video", 3},   {"beautiful", 3}, {"created", 3}, {"b", 1},      {"", 1}};
  for (const auto& [word, syllables] : words) EXPECT_EQ(CountSyllables(word), syllables) << word;
}

TEST(TextUnits, Sentences) {
  const std::pair<const char*, std::size_t> texts[] = {{"", 0},
                                                       {"One.", 1},
                                                       {"One. Two.", 2},
                                                       {"It costs $3.50 at e.g. Mr. Brown's. Cheap!", 2},
                                                       {"The answer is no. We go.", 2},
                                                       {"We met J. R. Hartley. He fished.", 2},
                                                       {"It was I. Then you.", 2},
                                                       {"- first item\n- second item", 2},
                                                       {"1. Mix.\n2. Bake.", 2},
                                                       {"A heading\n\nA sentence. (Another one.) \"And a third!\"", 4},
                                                       {"He asked \"Why?\" and left.", 1},
                                                       {"Wait... what?", 1},
                                                       {"...", 0},
                                                       {"Version 1.2.3 is out at example.com. Get it!", 2},
                                                       {"这是一句。这是第二句！", 2}};
  for (const auto& [text, sentences] : texts) EXPECT_EQ(CountSentences(text), sentences) << text;
}

}  // namespace
}  // namespace assay
