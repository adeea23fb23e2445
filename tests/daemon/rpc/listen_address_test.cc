#include "daemon/rpc/listen_address.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ListenAddress, TellsLoopbackFromTheRest) {
  struct Case {
    const char* text;
    const char* host;
    int port;
    bool loopback;
  };
  for (const Case& test : {Case{"127.0.0.1:7070", "127.0.0.1", 7070, true}, Case{"127.1.2.3:0", "127.1.2.3", 0, true},
                           Case{"localhost:65535", "localhost", 65535, true}, Case{"[::1]:1", "::1", 1, true},
                           Case{"0.0.0.0:7070", "0.0.0.0", 7070, false}, Case{"[::]:7070", "::", 7070, false},
                           Case{"10.0.0.1:7070", "10.0.0.1", 7070, false}}) {
    const auto address = ParseListenAddress(test.text);
    ASSERT_TRUE(address) << test.text;
    EXPECT_EQ(address->host, test.host);
    EXPECT_EQ(address->port, test.port);
    EXPECT_EQ(address->loopback, test.loopback) << test.text;
  }
}

TEST(ListenAddress, SaysWhatIsWrong) {
  struct Case {
    const char* text;
    const char* why;
  };
  for (const Case& test :
       {Case{"7070", "expected HOST:PORT, e.g. 127.0.0.1:7070"}, Case{"", "expected HOST:PORT, e.g. 127.0.0.1:7070"},
        Case{"::1:7070", "write an IPv6 address in brackets, e.g. [::1]:7070"},
        Case{"127.0.0.1:", "the port is a number from 0 to 65535"},
        Case{"127.0.0.1:-1", "the port is a number from 0 to 65535"},
        Case{"127.0.0.1:65536", "the port is a number from 0 to 65535"},
        Case{"127.0.0.1:70x", "the port is a number from 0 to 65535"},
        Case{"example.org:7070", "the host is an IP address or localhost"},
        Case{":7070", "the host is an IP address or localhost"}}) {
    const auto address = ParseListenAddress(test.text);
    ASSERT_FALSE(address) << test.text;
    EXPECT_EQ(
        address.error(),
        (Error{ErrorCode::kInvalidArgument, "cannot listen on \"" + std::string(test.text) + "\": " + test.why, {}}));
  }
}

}  // namespace
}  // namespace assay
