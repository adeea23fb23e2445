#include "core/finish_reason.h"

#include <algorithm>
#include <array>

namespace assay {
namespace {

constexpr std::array<std::string_view, 14> kWholeEnds = {
    "",          "stop",     "end_turn",      "stop_sequence", "tool_calls", "tool_call", "tool_use",
    "completed", "complete", "function_call", "eos",           "eos_token",  "done",      "finished"};
constexpr std::array<std::string_view, 6> kCutOffs = {
    "length", "model_length", "max_tokens", "max_output_tokens", "incomplete", "model_context_window_exceeded"};
constexpr std::array<std::string_view, 16> kWithheld = {"content_filter",
                                                        "content_filtered",
                                                        "refusal",
                                                        "safety",
                                                        "blocklist",
                                                        "blocked",
                                                        "prohibited_content",
                                                        "recitation",
                                                        "language",
                                                        "spii",
                                                        "image_prohibited_content",
                                                        "image_recitation",
                                                        "image_safety",
                                                        "model_armor",
                                                        "guardrail_intervened",
                                                        "jailbreak"};
constexpr std::array<std::string_view, 12> kNoEnds = {"error",     "abort",       "aborted", "cancel",
                                                      "cancelled", "canceled",    "failed",  "failure",
                                                      "timeout",   "in_progress", "queued",  "pause_turn"};
// Words of providers that say none of this.
constexpr std::array<std::string_view, 14> kOthers = {"other",
                                                      "null",
                                                      "unknown",
                                                      "load",
                                                      "unload",
                                                      "malformed_function_call",
                                                      "malformed_response",
                                                      "unexpected_tool_call",
                                                      "too_many_tool_calls",
                                                      "no_image",
                                                      "finish_reason_unspecified",
                                                      "error_toxic",
                                                      "error_limit",
                                                      "user_cancel"};

char LowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int Badness(std::string_view reason, bool (*is_end)(std::string_view)) {
  if (reason.empty()) return 0;
  if (!is_end(reason)) return 3;
  return IsWholeEnd(reason) ? 1 : 2;
}

}  // namespace

bool IsReasonOf(std::string_view reason, std::span<const std::string_view> words) {
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return std::ranges::equal(reason, word, {}, LowerCase); });
}

bool IsWholeEnd(std::string_view reason) { return IsReasonOf(reason, kWholeEnds); }

bool IsCutOff(std::string_view reason) { return IsReasonOf(reason, kCutOffs); }

bool IsWithheld(std::string_view reason) { return IsReasonOf(reason, kWithheld); }

bool IsNoEnd(std::string_view reason) { return IsReasonOf(reason, kNoEnds); }

std::vector<std::string> KnownReasons() {
  std::vector<std::string> words;
  const auto add = [&](std::span<const std::string_view> some) { words.insert(words.end(), some.begin(), some.end()); };
  add(kWholeEnds);
  add(kCutOffs);
  add(kWithheld);
  add(kNoEnds);
  add(kOthers);
  std::erase(words, "");
  return words;
}

void KeepWorse(std::string& kept, std::string_view said, bool (*is_end)(std::string_view)) {
  if (Badness(said, is_end) > Badness(kept, is_end)) kept = said;
}

}  // namespace assay
