#pragma once
// One step from the text of a response to the text that is graded. Only for runners/graders.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostics.h"
#include "config/grader_spec.h"
#include "config/node.h"
#include "core/result.h"

namespace assay {

// Immutable, thread-safe, cheap to copy. Linear in the text.
class Transform {
 public:
  // Reports what is wrong with `spec`, which stands at `node`; nullopt then.
  static std::optional<Transform> Make(const TransformSpec& spec, const Node& node, Diagnostics& diagnostics);

  // kNotFound when the text has not what is asked for; the message says what.
  Result<std::string> Apply(std::string_view text) const { return step_->Apply(text); }

  class Step {
   public:
    virtual ~Step() = default;
    virtual Result<std::string> Apply(std::string_view text) const = 0;
  };

 private:
  explicit Transform(std::shared_ptr<const Step> step) : step_(std::move(step)) {}
  std::shared_ptr<const Step> step_;
};

}  // namespace assay
