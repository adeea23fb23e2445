#pragma once
// How an Error looks on each wire. Every code has one place on each: the switches are total, so a new code does not
// compile until it has been given its places.

#include <string>
#include <string_view>

#include "core/result.h"

namespace assay {

// The number of the gRPC status code of the same name (grpc::StatusCode).
int GrpcCode(ErrorCode code);
// The word of the Connect protocol: "not_found"; it spells "canceled" with one l.
std::string_view ConnectCode(ErrorCode code);
// The HTTP status that the Connect protocol gives a code.
int HttpStatus(ErrorCode code);

// {"code":"not_found","message":"…"}: the body of a failed unary call, and the "error" member at the end of a stream.
std::string ConnectErrorJson(const Error& error);

}  // namespace assay
