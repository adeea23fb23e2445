#pragma once
// Both servers, and clients of both that make the same call.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/daemon/http/api_clients.h"
#include "tests/daemon/http/api_fixture.h"
#include "tests/daemon/http/sample_calls.h"

namespace assay::testing {

inline const SampleCall kUnary = {"/assay.v1.RunService/GetRun", R"({"id":"x"})"};
inline const SampleCall kStream = {"/assay.v1.RunService/WatchRun", R"({"id":"x"})"};

class TransportsTest : public ApiTest {
 protected:
  const Method& Of(const SampleCall& call) { return *methods_.Find(call.path); }
  std::string Bytes(const SampleCall& call) { return RequestBytes(Of(call), call.json); }
  HttpAnswer Http(const SampleCall& call, std::map<std::string, std::string> headers = {}) {
    HttpConnectionClient::Request request;
    request.path = call.path;
    request.body = call.json;
    request.headers.merge(headers);
    return HttpSend(http_port_, request);
  }
};

}  // namespace assay::testing
