// What the peers' own code makes of these texts: HELM's normalize_text with and without articles, Inspect's _normalize.

#include "runners/graders/text/normalization.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

struct PeerVector {
  const char* text;
  const char* squad;
  const char* keep_articles;
  const char* inspect;
};

TEST(Normalization, IsThatOfThePeers) {
  const PeerVector vectors[] = {
      {"The Quick-Brown  fox's a test.", "quickbrown foxs test", "the quickbrown foxs a test", "quick brown foxs test"},
      {"An 1,000.50% of the $5.00!", "100050 of 500", "an 100050 of the 500", "100050.0 of 5.0"},
      {"-5 -- 3.0, 007", "5 30 007", "5 30 007", "5.0 3.0 7.0"},
      {"(3.14) 1e3 .5.", "314 1e3 5", "314 1e3 5", "3.14 1000.0 5.0"},
      {"ΟΔΟΣ Straße—a the", "οδος straße—", "οδος straße—a the", "οδοσ strasse—"},
      {"İstanbul a\u00a0b", "i̇stanbul b", "i̇stanbul a b", "i̇stanbul b"},
      {"a.b. THE_end", "ab theend", "ab theend", "ab theend"},
      {"1_000 inf nan", "1000 inf nan", "1000 inf nan", "1000.0 inf nan"},
      {"A—an—x  the", "— —x", "a—an—x the", "— —x"},
      {"५ ５ 3²", "५ ５ 3²", "५ ５ 3²", "5.0 5.0 3²"},
  };
  for (const PeerVector& vector : vectors) {
    EXPECT_EQ(Normalized(vector.text, Normalization::kSquad), vector.squad) << vector.text;
    EXPECT_EQ(Normalized(vector.text, Normalization::kKeepArticles), vector.keep_articles) << vector.text;
    // Numbers are written another way, which only has to be one way: reading the peer's changes nothing.
    EXPECT_EQ(Normalized(vector.text, Normalization::kInspect), Normalized(vector.inspect, Normalization::kInspect))
        << vector.text;
  }
}

}  // namespace
}  // namespace assay
