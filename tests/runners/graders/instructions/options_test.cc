// What lint says of instructions in the options.

#include <gmock/gmock.h>

#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

using testing::HasSubstr;

std::string Error(const std::string& instruction) {
  return ErrorOf("instructions", "instructions:\n  - " + instruction + "\n");
}

TEST(InstructionsOptions, AreRefusedAtTheirPlace) {
  EXPECT_EQ(Error("{type: no_comma}"), "");
  EXPECT_THAT(Error("{type: number_word, num_words: 3, relation: at least}"),
              HasSubstr("options.yaml:2:12: instructions[0].type: unknown type \"number_word\""));
  EXPECT_THAT(Error("{type: number_words, num_words: -3, relation: at least}"),
              HasSubstr("options.yaml:2:37: instructions[0].num_words: num_words: expected a whole number from 0"));
  EXPECT_THAT(Error("{type: number_words, num_words: 3}"), HasSubstr("relation: missing"));
  EXPECT_THAT(Error("{type: number_words, num_words: 3, relation: about}"),
              HasSubstr("relation: expected \"less than\" or \"at least\", got \"about\""));
  EXPECT_THAT(Error("{type: no_comma, letter: a}"), HasSubstr("letter: unknown argument"));
  EXPECT_THAT(Error("{type: letter_frequency, letter: ab, let_frequency: 1, let_relation: at least}"),
              HasSubstr("letter: expected one character"));
  EXPECT_THAT(Error("{type: response_language, language: xx}"), HasSubstr("unknown language \"xx\""));
  EXPECT_THAT(Error("{type: existence, keywords: []}"), HasSubstr("keywords: expected a list of texts"));
  EXPECT_THAT(Error("{type: existence, keywords: [\"\"]}"), HasSubstr("keywords: is blank"));
  EXPECT_THAT(Error("{type: end_checker, end_phrase: \"\"}"), HasSubstr("blank"));
  EXPECT_THAT(Error("{type: end_checker, end_phrase: \"{{x\"}"), HasSubstr("options.yaml:2"));
  EXPECT_THAT(Error("no_comma"), HasSubstr("expected an instruction"));
  EXPECT_THAT(ErrorOf("instructions", "{field: a, instructions: [{type: no_comma}]}"), HasSubstr("field"));
}

TEST(InstructionsOptions, NameTheFieldsThatTheyNeed) {
  EXPECT_TRUE(GraderOf("instructions", "{}")->RequiredFields().empty());
  EXPECT_EQ(GraderOf("instructions", "{field: rules}")->RequiredFields(), std::vector<std::string>{"rules"});
  EXPECT_EQ(GraderOf("instructions", "{instructions: [{type: repeat_prompt, prompt_to_repeat: '{{question}}'}]}")
                ->RequiredFields(),
            std::vector<std::string>{"question"});
}

TEST(Instructions, EvidenceNamesEachThatIsNotFollowed) {
  const auto grader =
      GraderOf("instructions",
               "{instructions: [{type: no_comma}, {type: title}, {type: quotation}, {type: english_lowercase}]}");
  EXPECT_EQ(GradeText(*grader, "a, b c").evidence,
            "punctuation:no_comma: has a comma\ndetectable_format:title: has no title in << >>\n"
            "startend:quotation: is not in double quotes\nchange_case:english_lowercase: is in ca, asked for en");
  EXPECT_EQ(GradeText(*GraderOf("instructions", "{instructions: [{type: no_comma}]}"), "a").evidence, "");
}

}  // namespace
}  // namespace assay
