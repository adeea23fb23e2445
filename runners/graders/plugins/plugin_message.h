#pragma once
// What assayd says to a plug-in of one response, and what the plug-in may answer: one JSON object each. docs/graders.md
// describes both for those who write plug-ins. Only for files of this folder.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/case.h"
#include "core/json.h"
#include "core/response.h"
#include "core/result.h"
#include "core/score.h"
#include "runners/deadline.h"
#include "runners/graders/frame/kind.h"

namespace assay {

// {"id", "grader", "options", "case": {"id", "fields"}, "response": {"text", "tool_calls", ...}, "timeout_ms"}, on one
// line without its end. `options` is null for none. Bytes that are no UTF-8 become U+FFFD.
struct PluginQuestion {
  std::string_view id;
  std::string_view grader;  // its name in the suite
  const Json& options;
  const Case& item;
  const Response& response;
  Duration timeout;
};
std::string PluginRequest(const PluginQuestion& question);

// Bounds of an answer.
inline constexpr std::size_t kMaxPluginReply = 1u << 20;
inline constexpr int kMaxPluginReplyDepth = 32;
inline constexpr std::size_t kMaxPluginLabel = 128;       // more is no answer
inline constexpr std::size_t kMaxPluginEvidence = 16384;  // what is more is cut off, as of the reason
inline constexpr double kMaxPluginCost = 1000;            // USD for one response

// An answer as it was sent, not yet judged.
struct PluginReply {
  std::string id;
  ScoreStatus status = ScoreStatus::kScored;  // or kUnscored, kError
  std::optional<double> value = {};
  std::optional<bool> pass = {};
  std::string label = {};
  std::string reason = {};
  std::string evidence = {};
  std::optional<double> cost_usd = {};
};

// What the texts and numbers mean is not looked at here. kInvalidArgument with what is wrong of JSON, members and
// types; members that are not known are left out.
Result<PluginReply> ReadPluginReply(std::string_view json);

// What the answer to question `id` makes of a grader whose values are `value`; kInvalidArgument, with why, for an
// answer that is none. Its score is never SCORED without a number that is finite and lies where `value` says.
Result<Score> ScoreOfPlugin(PluginReply reply, std::string_view id, GraderValue value);

}  // namespace assay
