#include "daemon/http/connect_protocol.h"

#include <gtest/gtest.h>

#include "daemon/http/host_check.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

TEST(ConnectProtocol, EnvelopeIsAFlagAndABigEndianLengthBeforeTheMessage) {
  EXPECT_EQ(Envelope(EnvelopeKind::kMessage, "{}"), std::string("\0\0\0\0\2{}", 7));
  EXPECT_EQ(Envelope(EnvelopeKind::kEndOfStream, ""), std::string("\2\0\0\0\0", 5));
  EXPECT_EQ(Envelope(EnvelopeKind::kMessage, std::string(0x010203, 'x')).substr(0, 5), std::string("\0\0\1\2\3", 5));
}

TEST(ConnectProtocol, OpensExactlyOneEnvelope) {
  struct Case {
    std::string body;
    std::string message;  // of the message, or of the error
    bool good;
  };
  const Case cases[] = {
      {std::string("\0\0\0\0\2{}", 7), "{}", true},
      {std::string("\0\0\0\0\0", 5), "", true},
      {"", "malformed envelope: 0 bytes; expected a flag byte, a length of four bytes (big-endian) and the message",
       false},
      {"{}", "malformed envelope: 2 bytes; expected a flag byte, a length of four bytes (big-endian) and the message",
       false},
      {std::string("\1\0\0\0\2{}", 7),
       "malformed envelope: the message is marked as compressed, but the request names no encoding", false},
      {std::string("\2\0\0\0\2{}", 7), "malformed envelope: flags are 2; a request has none", false},
      {"{\"id\":\"x\"}", "malformed envelope: flags are 123; a request has none", false},
      {std::string("\0\0\0\0\3{}", 7), "malformed envelope: the message should have 3 bytes and has 2", false},
      {std::string("\0\xff\xff\xff\xff{}", 7), "malformed envelope: the message should have 4294967295 bytes and has 2",
       false},
      {std::string("\0\0\0\0\2{}\0", 8), "malformed envelope: 1 bytes follow the one message that this method takes",
       false},
  };
  for (const Case& test : cases) {
    const auto opened = OpenEnvelope(test.body);
    ASSERT_EQ(opened.has_value(), test.good) << test.message;
    if (opened) {
      EXPECT_EQ(*opened, test.message);
    } else {
      EXPECT_EQ(opened.error(), (Error{ErrorCode::kInvalidArgument, test.message, {}}));
    }
  }
}

TEST(ConnectProtocol, TimeoutIsAPositiveNumberOfAtMostTenDigits) {
  EXPECT_EQ(ParseConnectTimeout("").value(), std::nullopt);
  EXPECT_EQ(ParseConnectTimeout("1").value(), milliseconds(1));
  EXPECT_EQ(ParseConnectTimeout("9999999999").value(), milliseconds(9'999'999'999));
  for (const char* bad : {"0", "-1", "+1", "1s", "1.5", " 1", "10000000000", "00000000001", "x"}) {
    const auto parsed = ParseConnectTimeout(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument) << bad;
  }
}

TEST(ConnectProtocol, MediaTypeDropsParametersAndCase) {
  EXPECT_EQ(MediaType("application/json"), "application/json");
  EXPECT_EQ(MediaType("Application/JSON ; charset=utf-8"), "application/json");
  EXPECT_EQ(MediaType(""), "");
}

TEST(ConnectProtocol, VersionAndEncodingAreCheckedWhenGiven) {
  EXPECT_TRUE(CheckProtocolVersion(""));
  EXPECT_TRUE(CheckProtocolVersion("1"));
  EXPECT_EQ(CheckProtocolVersion("2").error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(CheckEncoding("identity"));
  EXPECT_EQ(CheckEncoding("gzip").error().code, ErrorCode::kUnimplemented);
}

TEST(ConnectProtocol, EndOfStreamCarriesTheErrorOnlyIfThereIsOne) {
  EXPECT_EQ(EndOfStreamJson({}), "{}");
  EXPECT_EQ(EndOfStreamJson(Fail(ErrorCode::kCancelled, "say \"no\"")),
            R"({"error":{"code":"canceled","message":"say \"no\""}})");
}

TEST(HostCheck, KnowsTheNamesOfLoopback) {
  for (const char* good : {"localhost", "localhost:7071", "LocalHost:1", "localhost.:1", "127.0.0.1", "127.0.0.1:7071",
                           "127.8.9.1:1", "[::1]", "[::1]:7071"}) {
    EXPECT_TRUE(IsLoopbackHost(good)) << good;
  }
  for (const char* bad : {"", ":7071", "evil.example", "localhost.evil.example:7071", "127.0.0.1.evil.example",
                          "10.0.0.1:7071", "[::1", "[::1]x", "[fe80::1]:1", "0.0.0.0", "::1", "localhost:1:2"}) {
    EXPECT_FALSE(IsLoopbackHost(bad)) << bad;
  }
}

}  // namespace
}  // namespace assay
