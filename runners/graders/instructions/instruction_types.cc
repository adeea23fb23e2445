// The 25 types of instructions of IFEval (Zhou et al. 2023), one function each, and their table.

#include <algorithm>
#include <string>

#include "core/json.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/instructions/capital_words.h"
#include "runners/graders/instructions/instruction_type.h"
#include "runners/graders/instructions/language.h"
#include "runners/graders/instructions/letters.h"
#include "runners/graders/instructions/sentences.h"
#include "runners/graders/instructions/text_counts.h"

namespace assay::instructions {
namespace {

using enum ArgumentKind;

std::string Counted(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

// A count against the relation and the number that are asked for.
InstructionFinding Related(const Arguments& arguments, std::int64_t count, std::string_view noun,
                           std::string_view relation, std::string_view number) {
  return {arguments.Compare(count, relation, number),
          Counted(count, noun) + ", asked for " + arguments.Wanted(relation, number)};
}

InstructionFinding AtLeast(std::int64_t count, std::string_view noun, std::int64_t wanted) {
  return {count >= wanted, Counted(count, noun) + ", asked for at least " + std::to_string(wanted)};
}

InstructionFinding Exactly(std::int64_t count, std::string_view noun, std::int64_t wanted) {
  return {count == wanted, Counted(count, noun) + ", asked for " + std::to_string(wanted)};
}

// Keywords.

InstructionFinding KeywordExistence(const Arguments& arguments, std::string_view response) {
  for (const Pattern& keyword : arguments.AllSearched("keywords")) {
    if (!keyword.IsIn(response)) return {false, "lacks " + Quoted(keyword.source(), 60)};
  }
  return {true, "has all keywords"};
}

InstructionFinding KeywordFrequency(const Arguments& arguments, std::string_view response) {
  const Pattern& keyword = arguments.Searched("keyword");
  InstructionFinding finding = Related(arguments, keyword.Count(response), "time", "relation", "frequency");
  finding.what = Quoted(keyword.source(), 60) + " " + finding.what;
  return finding;
}

InstructionFinding ForbiddenWords(const Arguments& arguments, std::string_view response) {
  for (const Pattern& word : arguments.AllSearched("forbidden_words")) {
    if (word.IsInAsWord(response)) return {false, "has " + Quoted(word.source(), 60)};
  }
  return {true, "has none of the words"};
}

InstructionFinding LetterFrequency(const Arguments& arguments, std::string_view response) {
  const std::string text = Lowered(response);
  const std::string letter = Lowered(arguments.Text("letter"));
  std::int64_t count = 0;
  for (std::size_t at = text.find(letter); at != std::string::npos; at = text.find(letter, at + letter.size())) ++count;
  InstructionFinding finding = Related(arguments, count, "time", "let_relation", "let_frequency");
  finding.what = Quoted(letter) + " " + finding.what;
  return finding;
}

// Language.

// As in IFEval, where nothing tells the language (a response of digits), any language is followed.
InstructionFinding InLanguage(std::string_view response, std::string_view wanted) {
  const std::optional<std::string_view> language = IdentifyLanguage(response);
  if (!language) return {true, "no letters that tell the language"};
  return {*language == wanted, "is in " + std::string(*language) + ", asked for " + std::string(wanted)};
}

InstructionFinding ResponseLanguage(const Arguments& arguments, std::string_view response) {
  return InLanguage(response, arguments.Text("language"));
}

// Length.

InstructionFinding NumberOfSentences(const Arguments& arguments, std::string_view response) {
  return Related(arguments, CountSentences(response), "sentence", "relation", "num_sentences");
}

InstructionFinding NumberOfParagraphs(const Arguments& arguments, std::string_view response) {
  const std::vector<std::string_view> parts = Split(response, "***");
  auto count = static_cast<std::int64_t>(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!Stripped(parts[i]).empty()) continue;
    if (i != 0 && i != parts.size() - 1) return {false, "has an empty paragraph between two ***"};
    --count;
  }
  return Exactly(count, "paragraph", arguments.Count("num_paragraphs"));
}

InstructionFinding NumberOfWords(const Arguments& arguments, std::string_view response) {
  return Related(arguments, CountWords(response), "word", "relation", "num_words");
}

// The first word of a paragraph as the instruction compares it.
std::string FirstWord(std::string_view paragraph) {
  std::size_t end = 0;
  while (end < paragraph.size() && SpaceLength(paragraph, end) == 0) TakeLetter(paragraph, end);
  std::string_view word = paragraph.substr(0, end);
  word.remove_prefix(std::min(word.find_first_not_of('\''), word.size()));
  word.remove_prefix(std::min(word.find_first_not_of('"'), word.size()));
  return Lowered(word.substr(0, word.find_first_of(".,?!'\"")));
}

InstructionFinding NthParagraphFirstWord(const Arguments& arguments, std::string_view response) {
  const std::vector<std::string_view> parts = Split(response, "\n\n");
  const std::int64_t count = std::ranges::count_if(parts, [](auto part) { return !Stripped(part).empty(); });
  const std::int64_t nth = arguments.Count("nth_paragraph");
  // The place counts blank paragraphs, the number does not.
  if (nth < 1 || nth > count) return {false, Counted(count, "paragraph") + ", none with number " + std::to_string(nth)};
  const std::string_view paragraph = Stripped(parts[static_cast<std::size_t>(nth - 1)]);
  if (paragraph.empty()) return {false, "paragraph " + std::to_string(nth) + " is empty"};
  const std::string word = FirstWord(paragraph);
  if (word != Lowered(arguments.Text("first_word"))) {
    return {false, "paragraph " + std::to_string(nth) + " begins with " + Quoted(word, 60)};
  }
  return Exactly(count, "paragraph", arguments.Count("num_paragraphs"));
}

// Content.

InstructionFinding NumberOfPlaceholders(const Arguments& arguments, std::string_view response) {
  return AtLeast(CountPlaceholders(response), "placeholder", arguments.Count("num_placeholders"));
}

InstructionFinding Postscript(const Arguments& arguments, std::string_view response) {
  const std::string& marker = arguments.Text("postscript_marker");
  const bool is_there = marker == "P.S."    ? HasSpaced(response, "p. s.")
                        : marker == "P.P.S" ? HasSpaced(response, "p. p. s")
                                            : arguments.Searched("postscript_marker").IsIn(response);
  return {is_there, (is_there ? "has " : "lacks ") + Quoted(marker, 60)};
}

// Format.

InstructionFinding NumberOfBullets(const Arguments& arguments, std::string_view response) {
  return Exactly(CountBullets(response), "bullet", arguments.Count("num_bullets"));
}

InstructionFinding ConstrainedResponse(const Arguments&, std::string_view response) {
  for (const std::string_view answer : {"My answer is yes.", "My answer is no.", "My answer is maybe."}) {
    if (response.find(answer) != std::string_view::npos) return {true, "has " + Quoted(answer)};
  }
  return {false, "has none of the three answers"};
}

InstructionFinding NumberOfHighlights(const Arguments& arguments, std::string_view response) {
  return AtLeast(CountHighlights(response), "highlighted section", arguments.Count("num_highlights"));
}

InstructionFinding MultipleSections(const Arguments& arguments, std::string_view response) {
  const std::int64_t count = CountSections(response, arguments.Searched("section_spliter"));
  return AtLeast(count, "section", arguments.Count("num_sections"));
}

InstructionFinding JsonFormat(const Arguments&, std::string_view response) {
  constexpr int kDepth = 500;
  std::string_view text = Stripped(response);
  for (const std::string_view fence : {"```json", "```Json", "```JSON", "```"}) {
    if (text.starts_with(fence)) text.remove_prefix(fence.size());
  }
  if (text.ends_with("```")) text.remove_suffix(3);
  const auto parsed = Json::Parse(Stripped(text), kDepth);
  return {parsed.has_value(), parsed ? "is JSON" : CutText(parsed.error().message, 120)};
}

InstructionFinding Title(const Arguments&, std::string_view response) {
  const bool is_there = HasTitle(response);
  return {is_there, is_there ? "has a title" : "has no title in << >>"};
}

// Combinations.

InstructionFinding TwoResponses(const Arguments&, std::string_view response) {
  const std::vector<std::string_view> parts = Split(response, "******");
  std::vector<std::string_view> answers;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view answer = Stripped(parts[i]);
    if (!answer.empty()) {
      answers.push_back(answer);
    } else if (i != 0 && i != parts.size() - 1) {
      return {false, "has an empty response between two ******"};
    }
  }
  if (answers.size() != 2) return Exactly(static_cast<std::int64_t>(answers.size()), "response", 2);
  return {answers[0] != answers[1], answers[0] != answers[1] ? "two responses" : "twice the same response"};
}

InstructionFinding RepeatPrompt(const Arguments& arguments, std::string_view response) {
  const std::string prompt = Lowered(Stripped(arguments.Text("prompt_to_repeat")));
  const bool is_repeated = Lowered(Stripped(response)).starts_with(prompt);
  return {is_repeated, is_repeated ? "begins with the prompt" : "does not begin with the prompt"};
}

// Start and end.

InstructionFinding EndsWith(const Arguments& arguments, std::string_view response) {
  std::string_view text = Stripped(response);
  text.remove_prefix(std::min(text.find_first_not_of('"'), text.size()));
  text = text.substr(0, text.find_last_not_of('"') + 1);
  const std::string_view phrase = Stripped(arguments.Text("end_phrase"));
  const bool is_end = Lowered(text).ends_with(Lowered(phrase));
  return {is_end, (is_end ? "ends with " : "does not end with ") + Quoted(phrase, 60)};
}

InstructionFinding Quotation(const Arguments&, std::string_view response) {
  const std::string_view text = Stripped(response);
  const bool is_quoted = text.size() > 1 && text.front() == '"' && text.back() == '"';
  return {is_quoted, is_quoted ? "is in double quotes" : "is not in double quotes"};
}

// Letter case and punctuation.

InstructionFinding CapitalWordFrequency(const Arguments& arguments, std::string_view response) {
  return Related(arguments, CountCapitalWords(response), "word in capitals", "capital_relation", "capital_frequency");
}

InstructionFinding EnglishCapital(const Arguments&, std::string_view response) {
  return IsAllUpper(response) ? InLanguage(response, "en") : InstructionFinding{false, "is not all in capital letters"};
}

InstructionFinding EnglishLowercase(const Arguments&, std::string_view response) {
  return IsAllLower(response) ? InLanguage(response, "en") : InstructionFinding{false, "is not all in lower case"};
}

InstructionFinding NoComma(const Arguments&, std::string_view response) {
  const bool has_comma = response.find(',') != std::string_view::npos;
  return {!has_comma, has_comma ? "has a comma" : "has no comma"};
}

}  // namespace

const std::vector<InstructionType>& AllTypes() {
  static const std::vector<InstructionType> types = {
      {"keywords:existence", {{"keywords", kKeywords}}, &KeywordExistence},
      {"keywords:frequency",
       {{"keyword", kKeyword}, {"frequency", kCount}, {"relation", kRelation}},
       &KeywordFrequency},
      {"keywords:forbidden_words", {{"forbidden_words", kKeywords}}, &ForbiddenWords},
      {"keywords:letter_frequency",
       {{"letter", kLetter}, {"let_frequency", kCount}, {"let_relation", kRelation}},
       &LetterFrequency},
      {"language:response_language", {{"language", kLanguage}}, &ResponseLanguage},
      {"length_constraints:number_sentences", {{"num_sentences", kCount}, {"relation", kRelation}}, &NumberOfSentences},
      {"length_constraints:number_paragraphs", {{"num_paragraphs", kCount}}, &NumberOfParagraphs},
      {"length_constraints:number_words", {{"num_words", kCount}, {"relation", kRelation}}, &NumberOfWords},
      {"length_constraints:nth_paragraph_first_word",
       {{"num_paragraphs", kCount}, {"nth_paragraph", kCount}, {"first_word", kText}},
       &NthParagraphFirstWord},
      {"detectable_content:number_placeholders", {{"num_placeholders", kCount}}, &NumberOfPlaceholders},
      {"detectable_content:postscript", {{"postscript_marker", kKeyword}}, &Postscript},
      {"detectable_format:number_bullet_lists", {{"num_bullets", kCount}}, &NumberOfBullets},
      {"detectable_format:constrained_response", {}, &ConstrainedResponse},
      {"detectable_format:number_highlighted_sections", {{"num_highlights", kCount}}, &NumberOfHighlights},
      {"detectable_format:multiple_sections",
       {{"section_spliter", kPattern}, {"num_sections", kCount}},
       &MultipleSections},
      {"detectable_format:json_format", {}, &JsonFormat},
      {"detectable_format:title", {}, &Title},
      {"combination:two_responses", {}, &TwoResponses},
      {"combination:repeat_prompt", {{"prompt_to_repeat", kText}}, &RepeatPrompt},
      {"startend:end_checker", {{"end_phrase", kText}}, &EndsWith},
      {"startend:quotation", {}, &Quotation},
      {"change_case:capital_word_frequency",
       {{"capital_frequency", kCount}, {"capital_relation", kRelation}},
       &CapitalWordFrequency},
      {"change_case:english_capital", {}, &EnglishCapital},
      {"change_case:english_lowercase", {}, &EnglishLowercase},
      {"punctuation:no_comma", {}, &NoComma},
  };
  return types;
}

}  // namespace assay::instructions
