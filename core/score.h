#pragma once
// What a grader says of one response.

#include <optional>
#include <string>
#include <string_view>

namespace assay {

// A grader that lacks its own input is kUnscored, a broken one kError, one that is not asked of this case
// kNotApplicable; none of them carries a value.
enum class ScoreStatus { kScored = 1, kUnscored = 2, kError = 3, kNotApplicable = 4 };
// "scored", "unscored", "error", "not_applicable".
std::string_view Name(ScoreStatus status);

struct Score {
  ScoreStatus status = ScoreStatus::kUnscored;
  std::optional<double> value;  // finite; set if and only if kScored. Pass/fail graders give 1 or 0
  std::optional<bool> pass;     // set for graders that decide; only if kScored
  std::string label;            // a class, e.g. "refused"; may be empty
  std::string reason;           // for people: why this value, or why none; at most kMaxReason bytes
  std::string evidence;         // a reference or excerpt that supports it; may be empty

  static constexpr std::size_t kMaxReason = 2000;
  // The label of an ERROR for want of an answer of a model, or of another, that the grader asks: it can be asked again.
  static constexpr std::string_view kUnanswered = "unanswered";
  // The label of a failure that a judge was not asked of: there was nothing to judge.
  static constexpr std::string_view kNotJudged = "not judged";
  bool IsDue() const { return status == ScoreStatus::kError && label == kUnanswered; }

  static Score Pass(std::string reason = "") { return {ScoreStatus::kScored, 1.0, true, "", std::move(reason), ""}; }
  static Score Failing(std::string reason) { return {ScoreStatus::kScored, 0.0, false, "", std::move(reason), ""}; }
  // Of a grader that measures and leaves it to others to decide; `value` is finite.
  static Score Measured(double value, std::string reason) {
    return {ScoreStatus::kScored, value, {}, "", std::move(reason), ""};
  }
  static Score Unscored(std::string reason) { return {ScoreStatus::kUnscored, {}, {}, "", std::move(reason), ""}; }
  static Score Broken(std::string reason) { return {ScoreStatus::kError, {}, {}, "", std::move(reason), ""}; }
  // Of a grader that was not asked, or not to the end: what it was told is evidence.
  static Score Due(std::string reason, std::string evidence = "") {
    return {ScoreStatus::kError, {}, {}, std::string(kUnanswered), std::move(reason), std::move(evidence)};
  }
  static Score NotApplicable(std::string reason) {
    return {ScoreStatus::kNotApplicable, {}, {}, "", std::move(reason), ""};
  }

  friend bool operator==(const Score&, const Score&) = default;
};

}  // namespace assay
