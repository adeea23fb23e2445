#pragma once
// Prompt packs: what a judge is asked, as data. A pack names the fields of the case that it needs, and how the verdict
// is said. The built-in ones are the files of packs/, compiled in. Only for files of this folder and its tests.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/fields.h"
#include "core/result.h"
#include "runners/graders/judges/verdict_form.h"

namespace assay {

struct PackSpec {
  std::string pack;                 // its name
  std::int64_t version = 1;         // raised with each change
  std::string about;                // one sentence
  std::string source;               // where the idea comes from
  std::vector<std::string> inputs;  // beside the response
  std::string system;
  std::string prompt;  // a mustache template over the inputs and `response`
  VerdictSpec verdict;
  static const FieldTable<PackSpec>& Fields();
};

// A pack ready to be asked.
struct PromptPack {
  PackSpec spec;
  VerdictForm form;
  std::string digest;  // "sha256:…" of its text

  // Whether the prompt, or the system message, shows what has this name.
  bool Shows(std::string_view name) const;
};

// In a prompt: what the suite wants the judge to be shown beside the response, under names of its own; may be nothing.
inline constexpr std::string_view kMaterial = "material";

// From the text of a pack; `label` names it in messages. kInvalidArgument with every problem, one a line.
Result<PromptPack> ReadPack(const std::string& label, const std::string& text);
// The built-in pack of that name; kNotFound, naming the nearest.
Result<PromptPack> FindPack(std::string_view name);
std::vector<std::string> PackNames();
// The text of a built-in pack; "" for an unknown name.
std::string_view PackText(std::string_view name);

}  // namespace assay
