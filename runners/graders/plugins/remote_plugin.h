#pragma once
// What is the same of plug-ins on the other side of a network. Only for files of this folder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "core/result.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/plugins/plugin_grading.h"
#include "runners/graders/waiting_grader.h"

namespace assay {

// Whether the grader is made to be used, and not only to see what is wrong of its options.
bool IsToBeAsked(const GraderPlace& place);

// The secret of option `option` of `node`; "" for none, and where the options are only checked. Reports one that cannot
// be read, and gives nullopt then.
std::optional<std::string> SecretOf(const std::optional<ApiKeySpec>& spec, std::string_view option, const Node& node,
                                    const GraderPlace& place, Diagnostics& diagnostics);

// `text` with "[secret]" in place of each of `secrets`: what a plug-in says may repeat what it was sent.
std::string WithoutSecrets(std::string_view text, const std::vector<std::string>& secrets);

// The outcome of a trial whose call could not be made, by the error of PluginCalls::Begin. An error is the trial's.
Result<GradingOutcome> NotAsked(const Error& error, const PluginGrading& grading);

// One request of a trial, as its sender is told of it.
class PluginSend {
 public:
  explicit PluginSend(SendGuard* guard) : guard_(guard) {}
  ~PluginSend() {
    if (guard_ != nullptr && has_begun_) guard_->End(true, false);
  }
  PluginSend(const PluginSend&) = delete;
  PluginSend& operator=(const PluginSend&) = delete;
  // An error keeps the request back, and is the trial's.
  Status Begin() {
    if (guard_ == nullptr) return {};
    const Status begun = guard_->Begin();
    has_begun_ = begun.has_value();
    return begun;
  }

 private:
  SendGuard* guard_;
  bool has_begun_ = false;
};

}  // namespace assay
