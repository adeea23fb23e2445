#include "runners/endpoints/json_reply.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

AttemptFailure InBody(const std::string& error) { return FailureOfErrorBody(Json::Parse(error).value(), "no", ""); }

TEST(JsonReply, ErrorsWithinA200SayWhatTheirStatusWould) {
  struct Row {
    const char* error;
    FailureKind kind;
    ErrorCode code;
  };
  for (const Row& row : {
           Row{R"({"code":401})", FailureKind::kAuth, ErrorCode::kUnauthenticated},
           Row{R"({"type":"authentication_error"})", FailureKind::kAuth, ErrorCode::kUnauthenticated},
           // What single prompts may get from filters: no revoked key.
           Row{R"({"code":403,"message":"blocked by policy"})", FailureKind::kAuth, ErrorCode::kPermissionDenied},
           Row{R"({"type":"permission_error"})", FailureKind::kAuth, ErrorCode::kPermissionDenied},
           Row{R"({"code":403,"status":"PERMISSION_DENIED"})", FailureKind::kAuth, ErrorCode::kPermissionDenied},
           Row{R"({"code":404})", FailureKind::kBadRequest, ErrorCode::kNotFound},
           Row{R"({"code":"400"})", FailureKind::kBadRequest, ErrorCode::kInvalidArgument},
           Row{R"({"code":429})", FailureKind::kRateLimited, ErrorCode::kResourceExhausted},
           Row{R"({"code":429,"message":"Request too large for gpt-4.1 on tokens per min"})", FailureKind::kBadRequest,
               ErrorCode::kInvalidArgument},
           Row{R"("Request too large for gpt-4.1 on tokens per min")", FailureKind::kBadRequest,
               ErrorCode::kInvalidArgument},
           Row{R"({"code":"insufficient_quota"})", FailureKind::kQuota, ErrorCode::kResourceExhausted},
       }) {
    const AttemptFailure body = InBody(row.error);
    EXPECT_EQ(body.kind, row.kind) << row.error;
    EXPECT_EQ(body.error.code, row.code) << row.error;
    const AttemptFailure event = FailureOfErrorEvent(Json::Parse(row.error).value(), "");
    EXPECT_EQ(event.kind, row.kind) << row.error;
    EXPECT_EQ(event.error.code, row.code) << row.error;
  }
}

TEST(JsonReply, ARequestThatIsTooLargeForALimitIsNotWaitedFor) {
  const auto failure = [](const std::string& message) {
    HttpResponse answer;
    answer.status = 429;
    answer.body = Json::Of({{"error", Json::Of({{"code", "rate_limit_exceeded"}, {"message", message}})}}).Dump();
    return FailureOfReply(answer, "");
  };
  const AttemptFailure large = failure(
      "Request too large for gpt-4.1 in organization org-1 on tokens per min (TPM): Limit 10000, Requested 12000. The "
      "input or output tokens must be reduced in order to run successfully.");
  EXPECT_EQ(large.kind, FailureKind::kBadRequest);
  EXPECT_EQ(large.error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(failure("Rate limit reached for gpt-4.1 on tokens per min (TPM): Limit 10000, Used 9000, Requested 2000. "
                    "Please try again in 6s.")
                .kind,
            FailureKind::kRateLimited);
}

TEST(JsonReply, AnEmptyErrorIsNone) {
  for (const char* none : {"null", "false", "\"\"", "{}"}) {
    HttpResponse answer;
    answer.status = 200;
    answer.body = std::string(R"({"error":)") + none + R"(,"a":1})";
    EXPECT_TRUE(ReadJsonReply(answer, "JSON", "")) << none;
  }
  for (const char* some : {"true", "\"no\"", "{\"a\":1}", "0", "[]"}) {
    HttpResponse answer;
    answer.status = 200;
    answer.body = std::string(R"({"error":)") + some + R"(,"a":1})";
    EXPECT_FALSE(ReadJsonReply(answer, "JSON", "")) << some;
  }
}

}  // namespace
}  // namespace assay
