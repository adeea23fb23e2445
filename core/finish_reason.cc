#include "core/finish_reason.h"

#include <algorithm>
#include <array>

namespace assay {
namespace {

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

bool IsWholeEnd(std::string_view reason) {
  static constexpr std::array<std::string_view, 14> kWords = {
      "",          "stop",     "end_turn",      "stop_sequence", "tool_calls", "tool_call", "tool_use",
      "completed", "complete", "function_call", "eos",           "eos_token",  "done",      "finished"};
  return IsReasonOf(reason, kWords);
}

bool IsCutOff(std::string_view reason) {
  static constexpr std::array<std::string_view, 6> kWords = {
      "length", "model_length", "max_tokens", "max_output_tokens", "incomplete", "model_context_window_exceeded"};
  return IsReasonOf(reason, kWords);
}

bool IsWithheld(std::string_view reason) {
  static constexpr std::array<std::string_view, 16> kWords = {"content_filter",
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
  return IsReasonOf(reason, kWords);
}

bool IsNoEnd(std::string_view reason) {
  static constexpr std::array<std::string_view, 12> kWords = {"error",     "abort",       "aborted", "cancel",
                                                              "cancelled", "canceled",    "failed",  "failure",
                                                              "timeout",   "in_progress", "queued",  "pause_turn"};
  return IsReasonOf(reason, kWords);
}

void KeepWorse(std::string& kept, std::string_view said, bool (*is_end)(std::string_view)) {
  if (Badness(said, is_end) > Badness(kept, is_end)) kept = said;
}

}  // namespace assay
