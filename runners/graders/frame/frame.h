#pragma once
// What is the same around every grader: whether it is asked of a case (`when`), what of the response it sees
// (`transform`), and what becomes of its score (`threshold`, `direction`, `negate`). Only for runners/graders.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/grader_spec.h"
#include "core/case.h"
#include "core/response.h"
#include "core/result.h"
#include "core/score.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/transform.h"

namespace assay {

// Immutable, thread-safe.
class Frame {
 public:
  // Reports what of the frame's options is wrong, or does not fit the kind; nullopt then. `node` is the grader's
  // mapping, for positions.
  static std::optional<Frame> Make(const GraderSpec& spec, GraderValue value, const GraderKind& kind, const Node& node,
                                   Diagnostics& diagnostics);

  // The score of a case that the grader is not asked of.
  std::optional<Score> LeftOut(const Case& item) const;

  // The response that the grader sees. Lives as long as what it is made of.
  class View {
   public:
    const Response& response() const { return changed_ ? *changed_ : *original_; }
    // Why a transformation found nothing; "" when all did. The response is then without a text.
    const std::string& lack() const { return lack_; }

   private:
    friend class Frame;
    const Response* original_ = nullptr;
    std::optional<Response> changed_;
    std::string lack_;
  };
  View Look(const Response& response) const;

  // The score of a response with nothing to judge, for graders that need not be asked then.
  std::optional<Score> WithoutAsking(const View& view) const;
  // What becomes of the grader's score of what it saw.
  Score Finish(Score score, const View& view) const;
  // The same of a combination of `parts`, which saw `response`.
  Score FinishCombined(Score score, std::span<const Combination::Part> parts, const Response& response) const;
  // As Grader's.
  bool HasNothingToJudge(const Response& response) const;

 private:
  Frame() = default;
  Score Decide(Score score) const;
  bool IsEmpty(const Response& response) const;
  Score Negated(Score score) const;
  Score OfNothing(Score score, const std::string& lack) const;

  GraderValue value_ = GraderValue::kPass;
  bool judges_text_ = true;
  bool judges_calls_ = false;
  bool is_judge_ = false;             // its scores are the opinion of a model
  bool judges_earlier_calls_ = true;  // likewise: those before the answer
  bool negate_ = false;
  std::optional<double> threshold_;
  Preference direction_ = Preference::kMaximize;
  std::map<std::string, ConditionSpec> when_;
  std::vector<Transform> transforms_;
};

}  // namespace assay
