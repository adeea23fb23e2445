#include "runners/graders/safety/search_text.h"

#include <gtest/gtest.h>

#include "runners/graders/safety/evasions.h"
#include "runners/graders/safety/findings.h"

namespace assay {
namespace {

TEST(SearchText, VisibleLeavesOutWhatIsNotSeen) {
  const SearchText text = SearchText::Visible("a\u200Bb\u00AD\uFF20\u0664\u2011\u00A0\xFF\u00E9");
  EXPECT_EQ(text.text(), "ab@4- \xFF\u00E9");
  EXPECT_EQ(text.SourceOf(0, 2), (CodePoints{0, 3}));   // a, zero width, b
  EXPECT_EQ(text.SourceOf(2, 3), (CodePoints{4, 5}));   // the wide @
  EXPECT_EQ(text.SourceOf(6, 7), (CodePoints{8, 9}));   // a byte that is no UTF-8
  EXPECT_EQ(text.SourceOf(7, 9), (CodePoints{9, 10}));  // two bytes, one code point
}

TEST(SearchText, AsciiIsItself) {
  const SearchText text = SearchText::Visible("A b\n");
  EXPECT_EQ(text.text(), "A b\n");
  EXPECT_EQ(text.SourceOf(2, 3), (CodePoints{2, 3}));
}

TEST(SearchText, FoldedComparesAsUnicodeDoes) {
  EXPECT_EQ(SearchText::Folded("Stra\u00DFe").text(), SearchText::Folded("STRASSE").text());
  EXPECT_EQ(SearchText::Folded("\u00C9").text(), SearchText::Folded("e\u0301").text());
  EXPECT_EQ(SearchText::Folded("\uFB01 \n\t X").text(), "fi x");
  EXPECT_EQ(SearchText::Folded("\u03A3").text(), SearchText::Folded("\u03C2").text());  // the sigmas
}

TEST(SearchText, ReadingsKnowTheirPlaceInTheSource) {
  const SearchText plain = WithPlainLetters(SearchText::Folded("x \u0501.A.r.N y"));
  bool found = false;
  for (const Reading& reading : Readings(plain)) {
    const std::size_t at = reading.text.text().find("darn");
    if (at == std::string_view::npos) continue;
    found = true;
    EXPECT_EQ(reading.text.SourceOf(at, at + 4), (CodePoints{2, 9}));
  }
  EXPECT_TRUE(found);
}

TEST(Masks, ShowNoMoreThanTheEnds) {
  EXPECT_EQ(Masked("12345"), "…");
  EXPECT_EQ(Masked("éabcdefgh"), "é…");
  EXPECT_EQ(Masked("someone@mail.example"), "so…le");
  EXPECT_EQ(Masked(std::string(10000, 'k')), "kk…");
}

}  // namespace
}  // namespace assay
