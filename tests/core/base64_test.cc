#include "core/base64.h"

#include <gtest/gtest.h>

#include "core/digest.h"

namespace assay {
namespace {

// RFC 4648, section 10.
TEST(Base64, IsThatOfTheStandard) {
  constexpr std::pair<std::string_view, std::string_view> kVectors[] = {{"", ""},
                                                                        {"f", "Zg=="},
                                                                        {"fo", "Zm8="},
                                                                        {"foo", "Zm9v"},
                                                                        {"foob", "Zm9vYg=="},
                                                                        {"fooba", "Zm9vYmE="},
                                                                        {"foobar", "Zm9vYmFy"},
                                                                        {std::string_view("\xfb\xff\0", 3), "+/8A"}};
  for (const auto& [bytes, text] : kVectors) {
    EXPECT_EQ(ToBase64(bytes), text);
    EXPECT_EQ(FromBase64(text), bytes);
    EXPECT_EQ(FromBase64(text.substr(0, text.find('='))), bytes) << "without padding";
  }
}

TEST(Base64, WhatIsNoneIsRefused) {
  for (const std::string_view text : {"Z", "Zg=", "Zg===", "Zm9v=", "Zm 9v", "Zm9v\n", "Zm9-", "=", "====", "Zh=="}) {
    EXPECT_EQ(FromBase64(text), std::nullopt) << text;
  }
}

// RFC 4231, test cases 1, 2 and 6.
TEST(HmacSha256, IsThatOfTheStandard) {
  EXPECT_EQ(ToBase64(HmacSha256(std::string(20, '\x0b'), "Hi There")), "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c=");
  EXPECT_EQ(ToBase64(HmacSha256("Jefe", "what do ya want for nothing?")),
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
  EXPECT_EQ(ToBase64(HmacSha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "YOQxWR7gtn8Niiaqy/W3f44LxiE3KMUUBUYEDw7jf1Q=");
}

TEST(Base64, EitherAlphabetIsReadAndNoMixture) {
  const std::string bytes = "\xfb\xef\xff\xfe";
  EXPECT_EQ(FromEitherBase64("++///g=="), bytes);
  EXPECT_EQ(FromEitherBase64("--___g=="), bytes);
  EXPECT_EQ(FromEitherBase64("--___g"), bytes) << "without padding";
  EXPECT_EQ(FromEitherBase64("Zm9v"), "foo");
  EXPECT_EQ(FromEitherBase64(""), "");
  for (const std::string_view text :
       {"+-///g==", "--//_g==", "++//_g==", "-- __g==", "--___h==", "-", "_g=", "--___g=", "=="}) {
    EXPECT_EQ(FromEitherBase64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace assay
