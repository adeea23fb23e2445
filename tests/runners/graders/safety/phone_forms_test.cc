// Telephone numbers as they are written in many countries, and numbers that are none.

#include <gtest/gtest.h>

#include "runners/graders/safety/personal_data.h"

namespace assay {
namespace {

std::vector<std::string> Phones(const std::string& text) {
  std::vector<Match> matches;
  FindPhones(text, matches);
  std::vector<std::string> phones;
  for (const Match& match : matches) phones.push_back(text.substr(match.begin, match.end - match.begin));
  return phones;
}

using List = std::vector<std::string>;

TEST(PhoneForms, AreKnownWithoutAnyWord) {
  for (const char* phone :
       {"+49 30 901820", "+1-202-555-0143", "+33 (0)1 23 45 67 89",   "0033 1 23 45 67 89",   "(202) 555-0143",
        "202.555.0143",  "202-555-0143",    "1-202-555-0143",         "01.23.45.67.89",       "01 23 45 67 89",
        "06-12345678",   "0470-1234567",    "077 4362 8974",          "(07) 5331 0577",       "(021) 436-5345",
        "(46) 343-654",  "0371 56 87 98",   "044 123 4567",           "041-412-293",          "69 987 88 37",
        "412 34 567 89", "978 65 432",      "001-420-335-7509x38548", "(202)555-0143 ext. 7", "+12025550143",
        "07700900123"}) {
    EXPECT_EQ(Phones("It is " + std::string(phone) + ", I think."), List{phone});
    EXPECT_EQ(Phones(phone), List{phone});
  }
}

TEST(PhoneForms, ThatCouldBeOtherNumbersNeedAWord) {
  for (const char* phone :
       {"721 862 443", "41-86-75-08", "28 254 432", "735 9876", "2025550143", "81 94 25", "2123 4567", "555-1234"}) {
    EXPECT_EQ(Phones("Call me at " + std::string(phone) + " I'd like that"), List{phone});
    EXPECT_EQ(Phones("A\n" + std::string(phone) + " office"), List{phone});
    EXPECT_EQ(Phones("Fax: " + std::string(phone) + "\n"), List{phone});
    EXPECT_EQ(Phones("There are " + std::string(phone) + " of them."), List{}) << phone;
  }
}

TEST(PhoneForms, AreNotWhatOtherNumbersHave) {
  for (const char* text : {"1998-06-28 14:48:14",
                           "24.12.2026",
                           "12/27/1986",
                           "1 234 567",
                           "12 345 678",
                           "10 20 30 40 50",
                           "100 200 300 400",
                           "1998-2003",
                           "3.14159265358979",
                           "978-0-306-40615-7",
                           "531-21-7351",
                           "12345-6789",
                           "210 - 140 - 105 - 30 = 5",
                           "120-20-15-12=73",
                           "192.168.0.1",
                           "$1,234,567.89",
                           "1234567890",
                           "4111 1111 1111 1111",
                           "3-4",
                           "1.2.3.4.5.6.7",
                           "#12 345 67 89",
                           "0.123 0.456 0.789"}) {
    EXPECT_EQ(Phones(text), List{}) << text;
  }
}

}  // namespace
}  // namespace assay
