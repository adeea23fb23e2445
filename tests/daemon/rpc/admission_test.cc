#include "daemon/rpc/admission.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

Method Unary(bool writes) {
  Method method;
  method.writes = writes;
  return method;
}

Method Stream() {
  Method method;
  method.stream = [](CallContext, const google::protobuf::Message&, MessageSink&) -> boost::asio::awaitable<Status> {
    co_return Status();
  };
  return method;
}

TEST(Admission, CountsCallsAndStreamsApart) {
  Admission admission({.calls = 1, .streams = 1});
  const auto call = admission.Admit(Unary(false), {});
  const auto stream = admission.Admit(Stream(), {});
  ASSERT_TRUE(call);
  ASSERT_TRUE(stream);
  EXPECT_EQ(admission.active(), 2);
  EXPECT_EQ(admission.Admit(Unary(false), {}).error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(admission.Admit(Stream(), {}).error().code, ErrorCode::kResourceExhausted);
}

TEST(Admission, ATicketGivesItsPlaceBack) {
  Admission admission({.calls = 1, .streams = 1});
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(admission.Admit(Unary(true), {}));
    EXPECT_TRUE(admission.Admit(Stream(), {}));
  }
  EXPECT_EQ(admission.active(), 0);
}

TEST(Admission, DrainingEndsOpenStreamsOnceAndOnlyThem) {
  Admission admission({});
  int ended = 0;
  int closed = 0;
  int calls = 0;
  const auto open = admission.Admit(Stream(), [&] { ++ended; });
  {
    const auto gone = admission.Admit(Stream(), [&] { ++closed; });
  }
  const auto call = admission.Admit(Unary(true), [&] { ++calls; });
  admission.BeginDrain();
  admission.BeginDrain();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(closed, 0);
  EXPECT_EQ(calls, 0);
}

TEST(Admission, WhileDrainingOnlyReadsBegin) {
  Admission admission({});
  admission.BeginDrain();
  EXPECT_TRUE(admission.draining());
  EXPECT_TRUE(admission.Admit(Unary(false), {}));
  EXPECT_EQ(admission.Admit(Unary(true), {}).error(), StoppingError());
  EXPECT_EQ(admission.Admit(Stream(), {}).error(), StoppingError());
}

}  // namespace
}  // namespace assay
