#include "runners/graders/safety/phrase_automaton.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace assay {
namespace {

using Found = std::set<std::pair<std::string, std::size_t>>;  // a phrase and where it ends

Found BySearching(const std::vector<std::string>& phrases, const std::string& text) {
  Found found;
  PhraseAutomaton(phrases).Search(text, [&](int phrase, std::size_t end) {
    found.insert({phrases[phrase], end});
    return true;
  });
  return found;
}

Found ByComparing(const std::vector<std::string>& phrases, const std::string& text) {
  Found found;
  for (const std::string& phrase : phrases) {
    for (std::size_t at = text.find(phrase); at != std::string::npos; at = text.find(phrase, at + 1)) {
      found.insert({phrase, at + phrase.size()});
    }
  }
  return found;
}

TEST(PhraseAutomaton, FindsWhatComparingFinds) {
  std::mt19937 random(20261126);
  const auto text_of = [&](std::size_t longest) {
    std::string text(1 + random() % longest, ' ');
    for (char& c : text) c = static_cast<char>("abc\xC3"[random() % 4]);
    return text;
  };
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::string> phrases(1 + random() % 12);
    for (std::string& phrase : phrases) phrase = text_of(5);
    const std::string text = text_of(60);
    EXPECT_EQ(BySearching(phrases, text), ByComparing(phrases, text)) << text;
  }
}

TEST(PhraseAutomaton, EndsWhenTold) {
  int calls = 0;
  PhraseAutomaton({"a"}).Search("aaaa", [&](int, std::size_t) { return ++calls < 2; });
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace assay
