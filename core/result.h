#pragma once
// Result<T>: how everything that can fail answers. No exception crosses a boundary of ours.

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace assay {

// One to one with gRPC's status codes of the same names (daemon/rpc/convert.cc).
enum class ErrorCode {
  kCancelled,
  kInvalidArgument,
  kDeadlineExceeded,
  kNotFound,
  kAlreadyExists,
  kPermissionDenied,
  kResourceExhausted,
  kFailedPrecondition,
  kAborted,
  kUnimplemented,
  kInternal,
  kUnavailable,
  kDataLoss,
  kUnauthenticated,
};

// The lower-case word of a code: "not_found".
std::string_view Name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // lower case, names the thing and the value, says what would fix it
  std::optional<std::chrono::milliseconds> retry_after;  // only with kResourceExhausted and kUnavailable

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// `return Fail(ErrorCode::kNotFound, "suite \"x\" is not in the catalog");`
[[nodiscard]] inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message), std::nullopt});
}
[[nodiscard]] inline std::unexpected<Error> Fail(Error error) { return std::unexpected(std::move(error)); }

}  // namespace assay

#define ASSAY_CONCAT_INNER(a, b) a##b
#define ASSAY_CONCAT(a, b) ASSAY_CONCAT_INNER(a, b)
// Returns the error of `expression` from the enclosing function. In a coroutine use ASSAY_CO_TRY.
#define ASSAY_TRY(expression)                                  \
  do {                                                         \
    if (auto assay_status = (expression); !assay_status) {     \
      return std::unexpected(std::move(assay_status).error()); \
    }                                                          \
  } while (false)
#define ASSAY_CO_TRY(expression)                                  \
  do {                                                            \
    if (auto assay_status = (expression); !assay_status) {        \
      co_return std::unexpected(std::move(assay_status).error()); \
    }                                                             \
  } while (false)
// `ASSAY_ASSIGN(auto value, Compute());` In a coroutine use ASSAY_CO_ASSIGN.
#define ASSAY_ASSIGN_INTERNAL(holder, declaration, expression, return_) \
  auto holder = (expression);                                           \
  if (!holder) return_ std::unexpected(std::move(holder).error());      \
  declaration = *std::move(holder)
#define ASSAY_ASSIGN(declaration, expression) \
  ASSAY_ASSIGN_INTERNAL(ASSAY_CONCAT(assay_result_, __LINE__), declaration, expression, return )
#define ASSAY_CO_ASSIGN(declaration, expression) \
  ASSAY_ASSIGN_INTERNAL(ASSAY_CONCAT(assay_result_, __LINE__), declaration, expression, co_return )
