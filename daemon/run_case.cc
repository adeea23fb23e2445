#include "daemon/run_case.h"

#include <filesystem>

#include "daemon/prepared_run.h"
#include "runners/prompt.h"

namespace assay {
namespace {

Result<std::vector<Message>> FirstPrompt(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                         const Json& fields) {
  ASSAY_ASSIGN(const CatalogDocument suite, LoadRunSuite(store, kinds, run));
  const auto folder = std::filesystem::path(suite.file).parent_path();
  ASSAY_ASSIGN(const Prompt prompt, Prompt::Compile(*suite.suite(), folder));
  ASSAY_ASSIGN(Dialogue dialogue, prompt.Render(fields));
  if (dialogue.turns.empty()) return Fail(ErrorCode::kInternal, "the prompt has no messages");
  return std::move(dialogue.turns.front());
}

}  // namespace

Result<RunCase> ReadRunCase(Store& store, const PluginKinds& kinds, const RunRecord& run, std::int64_t ordinal) {
  const std::int64_t wanted[] = {ordinal};
  ASSAY_ASSIGN(std::vector<Case> cases, store.ReadCases(run.snapshot, wanted));
  RunCase found{.item = std::move(cases.front()), .prompt = {}, .prompt_error = {}};
  auto prompt = FirstPrompt(store, kinds, run, found.item.fields);
  if (prompt) {
    found.prompt = *std::move(prompt);
  } else {
    found.prompt_error = prompt.error().message;
  }
  return found;
}

}  // namespace assay
