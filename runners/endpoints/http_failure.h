#pragma once
// What is common to providers that speak HTTP with JSON errors.

#include <string>
#include <string_view>

#include "runners/endpoints/provider.h"

namespace assay {

// The failure that an answer with a status other than 2xx stands for; `message` is the provider's own, "" when unknown.
AttemptFailure FailureOfStatus(int status, std::string_view message);
// The failure of a request that got no answer.
AttemptFailure FailureOfTransport(Error error);
// The failure of a stream that ended before its answer did; `how` goes on from "the stream of the answer ended": asking
// again may bring a whole one, unless `kind` says otherwise.
std::unexpected<AttemptFailure> BrokenStream(const std::string& how, FailureKind kind = FailureKind::kTransient);

// The code of a failure that came without a status, by its kind.
ErrorCode ErrorCodeOf(FailureKind kind);

// Foreign text for a message of ours: `secret` replaced, control characters as spaces, valid UTF-8, cut after `max`
// bytes.
std::string Quotable(std::string_view text, std::string_view secret, std::size_t max = 300);
// Whether a body looks like a web page rather than an API's answer.
bool IsHtml(const HttpResponse& answer);

}  // namespace assay
