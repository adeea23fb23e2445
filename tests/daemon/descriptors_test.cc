#include "daemon/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

namespace assay {
namespace {

void RaiseFrom(rlim_t soft, rlim_t hard) {
  const rlimit limit{soft, hard};
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) std::abort();
  const Result<int> raised = RaiseDescriptorLimit();
  std::fputs(raised ? std::to_string(*raised).c_str() : raised.error().message.c_str(), stderr);
  std::exit(0);
}

// In a process of its own: a hard limit cannot be raised again.
TEST(DescriptorsDeathTest, TheLimitIsRaisedAsFarAsItMayBe) {
  EXPECT_EXIT(RaiseFrom(130, 200), ::testing::ExitedWithCode(0), "^200$");
  EXPECT_EXIT(RaiseFrom(128, 128), ::testing::ExitedWithCode(0), "^128$");
}

TEST(DescriptorsDeathTest, TooFewAreAnErrorThatSaysWhatToDo) {
  EXPECT_EXIT(RaiseFrom(64, 127), ::testing::ExitedWithCode(0),
              "^the limit of open files is 127; at least 128 are needed, and 4096 are enough: raise it with "
              "LimitNOFILE= of systemd or ulimit -n$");
}

TEST(Descriptors, CallersGetLessThanHalf) {
  struct Case {
    int limit;
    int grpc;
    int http;
    int pages;
  };
  for (const Case& test :
       {Case{128, 32, 16, 4}, Case{1024, 256, 128, 32}, Case{4096, 1024, 512, 64}, Case{1 << 30, 1024, 512, 64}}) {
    const DescriptorShares shares = ShareDescriptors(test.limit);
    EXPECT_EQ(shares.grpc_connections, test.grpc) << test.limit;
    EXPECT_EQ(shares.http_connections, test.http) << test.limit;
    EXPECT_EQ(shares.page_connections, test.pages) << test.limit;
    EXPECT_LT(shares.grpc_connections + shares.http_connections + 2 * shares.page_connections, test.limit / 2);
  }
}

}  // namespace
}  // namespace assay
