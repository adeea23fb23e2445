#pragma once
// The prompt of a suite: what is sent for a case, made of templates over its fields and of messages that it brings
// along.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "config/suite.h"
#include "core/conversation.h"
#include "core/json.h"
#include "core/result.h"

namespace assay {

// Immutable after Compile, cheap to copy, thread-safe.
class Prompt {
 public:
  // Blocking: reads the tools and images that the suite names, relative to `base_dir`, so that they stay what they are.
  // kInvalidArgument for a malformed template (see TextTemplate), tool or image, or a prompt without messages; names
  // the entry. kNotFound and kDataLoss of files.
  static Result<Prompt> Compile(const SuiteSpec& suite, const std::filesystem::path& base_dir);

  // Images of files that the case names are still to be read. kFailedPrecondition for a field the case does not have,
  // kInvalidArgument for one that does not hold messages, turns or tools, kResourceExhausted for a message over 1 MiB
  // or a conversation over the bounds of core/conversation.h.
  Result<Dialogue> Render(const Json& fields) const;

  // One text, equal for cases of which Render makes the same; images of files are the same where their names are. It
  // says nothing to people. Errors as of Render.
  Result<std::string> Question(const Json& fields) const;

  // Fields that every case must have, each once; for lint.
  std::vector<std::string> RequiredFields() const;

  struct Compiled;

 private:
  Prompt() = default;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace assay
