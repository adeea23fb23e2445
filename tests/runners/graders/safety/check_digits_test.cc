#include "runners/graders/safety/check_digits.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(CheckDigits, LuhnIsThatOfTheStandard) {
  EXPECT_TRUE(PassesLuhn("79927398713"));
  for (const char* wrong : {"79927398710", "79927398711", "79927398712", "79927398714"})
    EXPECT_FALSE(PassesLuhn(wrong));
}

TEST(CheckDigits, CardsAreOfANetworkAndAsLongAsItsCardsAre) {
  for (const char* card :
       {"4111111111111111", "4222222222222", "5555555555554444", "2223003122003222", "378282246310005",
        "6011111111111117", "30569309025904", "3530111333300000", "6759649826438453", "6200000000000005"}) {
    EXPECT_TRUE(IsCardNumber(card)) << card;
  }
  EXPECT_FALSE(IsCardNumber("4111111111111112"));
  EXPECT_FALSE(IsCardNumber("411111111111116")) << "no Visa card has 15 digits";
  EXPECT_FALSE(IsCardNumber("1234567812345670")) << "of no network";
  EXPECT_FALSE(IsCardNumber(""));
}

// Examples of the registry, each of its own length.
TEST(CheckDigits, IbansOfManyCountries) {
  for (const char* iban : {"AD1200012030200359100100",
                           "AT611904300234573201",
                           "BE68539007547034",
                           "CH9300762011623852957",
                           "DE89370400440532013000",
                           "DK5000400440116243",
                           "ES9121000418450200051332",
                           "FI2112345600000785",
                           "FR1420041010050500013M02606",
                           "GB29NWBK60161331926819",
                           "GR1601101250000000012300695",
                           "IT60X0542811101000000123456",
                           "LC55HEMM000100010012001200023015",
                           "MT84MALT011000012345MTLCAST001S",
                           "NL91ABNA0417164300",
                           "NO9386011117947",
                           "PL61109010140000071219812874",
                           "SA0380000000608010167519",
                           "SE4550000000058398257466",
                           "XK051212012345678906"}) {
    EXPECT_TRUE(IsIban(iban)) << iban;
    std::string wrong = iban;
    wrong.back() = wrong.back() == '1' ? '2' : '1';
    EXPECT_FALSE(IsIban(wrong)) << wrong;
  }
  EXPECT_FALSE(IsIban("US64SVBKUS6S3300958879")) << "the USA have none";
  EXPECT_FALSE(IsIban("DE8937040044053201300"));
  EXPECT_EQ(IbanLength("NO"), 15);
  EXPECT_EQ(IbanLength("ZZ"), 0);
}

TEST(CheckDigits, SocialSecurityNumbersThatAreGivenOut) {
  EXPECT_TRUE(IsSocialSecurityNumber("531217351"));
  for (const char* wrong : {"000217351", "666217351", "900217351", "531007351", "531210000", "53121735"}) {
    EXPECT_FALSE(IsSocialSecurityNumber(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace assay
