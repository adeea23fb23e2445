#pragma once
// Plug-ins that answer as the test says, for options that name one: {hook} is the URL of a webhook, {server} the
// address of a gRPC server.

#include <deque>
#include <memory>
#include <string>

#include "runners/graders/waiting_grader.h"

namespace assay {

class ScriptedPlugins {
 public:
  static bool AreNamedIn(const std::string& options) {
    return options.find("{hook}") != std::string::npos || options.find("{server}") != std::string::npos;
  }
  // Replies one after the other: a body, or "503 body" of the webhook; a GradeResponse as JSON, or "14 message" of the
  // server.
  explicit ScriptedPlugins(std::deque<std::string> replies);
  ~ScriptedPlugins();

  std::string Filled(std::string options) const;
  GraderServices Services();
  Result<GradingOutcome> Grade(const WaitingGrader& grader, const Case& item, const Response& response);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace assay
