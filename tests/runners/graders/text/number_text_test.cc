#include "runners/graders/text/number_text.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

std::string Last(std::string_view text) {
  const auto found = FindNumber(text, NumberPlace::kLast);
  return found ? found->text : "none";
}
std::string First(std::string_view text) {
  const auto found = FindNumber(text, NumberPlace::kFirst);
  return found ? found->text : "none";
}

TEST(FindNumber, ReadsNumbersAsPeopleWriteThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "none"},
      {"no number", "none"},
      {"26.", "26"},
      {"is 26, then", "26"},
      {"1,000,000", "1,000,000"},
      {"1,2", "2"},
      {"(1, 2)", "2"},
      {"0,123", "123"},
      {"1234,567", "567"},
      {"3-4", "4"},
      {"16 - 3", "3"},
      {"- 3", "3"},
      {"--3", "3"},
      {"a -3", "-3"},
      {"3*-4", "-4"},
      {"=-4", "-4"},
      {"-$5", "-5"},
      {"$-5", "-5"},
      {"\xE2\x88\x92"
       "5",
       "-5"},
      {"\xE2\x80\x93"
       "5",
       "-5"},
      {"10\xE2\x80\x93"
       "15",
       "15"},
      {"$10-$15", "15"},
      {"10%-15%", "15"},
      {"-USD 5", "-5"},
      {"\\boxed{-5}", "-5"},
      {"**-5**", "-5"},
      {"_5_", "5"},
      {"x_5 is 4", "4"},
      {"25 m2", "25"},
      {"GPT4", "none"},
      {"H2O", "none"},
      {"1st", "1"},
      {"USD5", "5"},
      {"Rs.500", "500"},
      {"1.2.3", "none"},
      {"v1.2", "none"},
      {"11/24/2026", "none"},
      {"2026-11-24", "24"},
      {"12:30", "30"},
      {"0x1F", "none"},
      {"1e3", "1e3"},
      {"1.5E-7 m", "1.5E-7"},
      {"2e", "2"},
      {"3 \xC3\x97 10^8", "3 \xC3\x97 10^8"},
      {"3 \\times 10^{-8}", "3 \\times 10^{-8}"},
      {"3 x 10\xE2\x81\xB8", "3 x 10\xE2\x81\xB8"},
      {"5 * 10 = 50", "50"},
      {"1/2", "1/2"},
      {"3/0", "0"},
      {".5", ".5"},
      {"5...", "5"},
      {"1...5", "5"},
      {"\xE7\xBB\x93\xE6\x9E\x9C\xE4\xB8\xBA-5", "-5"},
      {"<<16-3=13>>13", "13"},
      // Groups, with every kind of separator.
      {"1 000", "1 000"},
      {"it costs 12 345 678 euros", "12 345 678"},
      {"1 000.50", "1 000.50"},
      {"-5 000", "-5 000"},
      {"from 500 to 2 000", "2 000"},
      {"\xE2\x82\xAC 1 000", "1 000"},
      {"1\xC2\xA0"
       "000",
       "1\xC2\xA0"
       "000"},
      {"1\xE2\x80\xAF"
       "000\xE2\x80\xAF"
       "000",
       "1\xE2\x80\xAF"
       "000\xE2\x80\xAF"
       "000"},
      {"1\xE2\x80\x87"
       "000",
       "1\xE2\x80\x87"
       "000"},
      {"1\xE2\x80\x89"
       "000",
       "1\xE2\x80\x89"
       "000"},
      {"1\xE2\x80\x99"
       "000",
       "1\xE2\x80\x99"
       "000"},
      // Lists, not groups.
      {"10 200 30", "30"},
      {"1 20 300", "300"},
      {"1 2 3", "3"},
      {"0 123", "123"},
      {"1234 567", "567"},
      {"1 0000", "0000"},
      {"1  000", "000"},
      {"12:30 100", "100"},
      {"1/2 100", "100"},
      {"0.5 100", "100"},
      {"1, 200 300", "200 300"},
      {"555 123 4567", "4567"},
      // Powers of ten are numbers; other powers are neither of their numbers.
      {"10^8", "10^8"},
      {"$10^{8}$", "10^{8}"},
      {"10^{-8}", "10^{-8}"},
      {"10^(8)", "10^(8)"},
      {"10 ^ 8", "10 ^ 8"},
      {"10**8", "10**8"},
      {"10 ** -8", "10 ** -8"},
      {"10\xE2\x81\xB8", "10\xE2\x81\xB8"},
      {"10\xE2\x81\xBB\xC2\xB9\xC2\xB2", "10\xE2\x81\xBB\xC2\xB9\xC2\xB2"},
      {"10<sup>8</sup>", "10<sup>8"},
      {"-10^8", "-10^8"},
      {"10^8 m", "10^8"},
      {"10^8.5", "none"},
      {"10^{n+1}", "none"},
      {"10^n", "none"},
      {"10^{8", "none"},
      {"10^8^2", "none"},
      {"2^8", "none"},
      {"2^{8}", "none"},
      {"2^{n+1}", "none"},
      {"2^(n + 1) steps", "none"},
      {"2^-3", "none"},
      {"2 ^ 8", "none"},
      {"2**8", "none"},
      {"2 ** 8", "none"},
      {"5\xC2\xB2", "none"},
      {"1/10^8", "none"},
      {"1e3^2", "none"},
      {"1.5\xE2\x81\xBB\xC2\xB2", "none"},
      {"x^2", "none"},
      {"m<sup>2</sup>", "none"},
      {"2^8 = 256", "256"},
      {"25 m^2", "25"},
      {"**10** 8", "8"},
      {"10 **8 apples**", "8"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(Last(text), expected) << text;
}

TEST(FindNumber, TheFirstIsTheFirst) {
  EXPECT_EQ(First("from $1,200.50 to 3"), "1,200.50");
  EXPECT_EQ(First("GPT4 gave 12 of 20"), "12");
}

bool Same(std::string_view a, std::string_view b) {
  return SameNumber(*FindNumber(a, NumberPlace::kLast), *FindNumber(b, NumberPlace::kLast));
}

TEST(SameNumber, ComparesDecimalsExactly) {
  EXPECT_TRUE(Same("1.0", "1"));
  EXPECT_TRUE(Same("1,000", "1e3"));
  EXPECT_TRUE(Same("0", "-0.00"));
  EXPECT_TRUE(Same("007", "7"));
  EXPECT_TRUE(Same("1/2", "0.5"));
  EXPECT_TRUE(Same("2/4", "1/2"));
  EXPECT_TRUE(Same("3 x 10^2", "300"));
  for (const char* text :
       {"1e8", "10^8", "10^{8}", "10**8", "10\xE2\x81\xB8", "1 x 10^8", "100 000 000", "100,000,000"}) {
    EXPECT_TRUE(Same(text, "100000000")) << text;
  }
  EXPECT_TRUE(Same("10^0", "1"));
  EXPECT_TRUE(Same("10^{-2}", "0.01"));
  EXPECT_TRUE(Same("1 000", "1000"));
  EXPECT_FALSE(Same("9007199254740993", "9007199254740992"));
  EXPECT_FALSE(Same("0.1", "0.10000000000000001"));
  EXPECT_FALSE(Same("5", "-5"));
  EXPECT_FALSE(Same("1/3", "0.3333"));
}

bool Close(std::string_view a, std::string_view b, double absolute, double relative) {
  return NumbersClose(*FindNumber(a, NumberPlace::kLast), *FindNumber(b, NumberPlace::kLast), absolute, relative);
}

TEST(NumbersClose, TheBoundaryPassesAndWhatIsBeyondDoesNot) {
  EXPECT_TRUE(Close("1.1", "1.0", 0.1, 0));
  EXPECT_TRUE(Close("1.3", "1.0", 0.3, 0));
  EXPECT_FALSE(Close("1.1000001", "1.0", 0.1, 0));
  EXPECT_TRUE(Close("101", "100", 0, 0.01));
  EXPECT_FALSE(Close("101.01", "100", 0, 0.01));
  EXPECT_TRUE(Close("101.01", "100", 2, 0.01));
  EXPECT_FALSE(Close("1e999999", "1e999999", 1, 1));
}

}  // namespace
}  // namespace assay
