#pragma once
// The prompt of a suite: a list of messages whose texts are templates over the fields of a case.

#include <memory>
#include <string>
#include <vector>

#include "config/suite.h"
#include "core/json.h"
#include "core/response.h"
#include "core/result.h"

namespace assay {

// Immutable after Compile, cheap to copy, thread-safe.
class Prompt {
 public:
  // kInvalidArgument for a malformed template (see TextTemplate) or a prompt without messages; names the message.
  static Result<Prompt> Compile(const SuiteSpec& suite);

  // kFailedPrecondition for a field the case does not have, kResourceExhausted for a message over 1 MiB.
  Result<std::vector<Message>> Render(const Json& fields) const;

  // Fields that every case must have, each once; for lint.
  std::vector<std::string> RequiredFields() const;

  struct Part;

 private:
  Prompt() = default;
  std::shared_ptr<const std::vector<Part>> parts_;
};

}  // namespace assay
