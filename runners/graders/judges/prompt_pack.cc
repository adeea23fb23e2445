#include "runners/graders/judges/prompt_pack.h"

#include <algorithm>
#include <span>

#include "core/digest.h"
#include "core/nearest_name.h"
#include "runners/graders/frame/text_template.h"

namespace assay {

// The files of packs/, in a file that the build makes.
struct BuiltinPack {
  std::string_view name;
  std::string_view text;
};
std::span<const BuiltinPack> BuiltinPacks();

namespace {

bool IsOfTheAnswer(std::string_view name) {
  return name == "response" || name == "conversation" || name == "tool_calls";
}

void CheckPrompt(const PackSpec& spec, const Node& node, Diagnostics& diagnostics) {
  bool sees_response = false;
  for (const std::string& input : spec.inputs) {
    if (!IsOfTheAnswer(input)) continue;
    diagnostics.Add(node.Find("inputs")->At("\"" + input + "\" is the answer's, no field of the case"));
  }
  for (const char* key : {"system", "prompt"}) {
    const std::string& source = key == std::string_view("prompt") ? spec.prompt : spec.system;
    const Node place = node.Find(key).value_or(node);
    const auto compiled = TextTemplate::Compile(source);
    if (!compiled) {
      diagnostics.Add(place.At(compiled.error().message));
      continue;
    }
    // In a section it may not be shown at all.
    for (const std::string& field : compiled->RequiredFields()) sees_response = sees_response || IsOfTheAnswer(field);
    for (const std::string& field : compiled->Fields()) {
      const bool is_known =
          IsOfTheAnswer(field) || field == kMaterial || std::ranges::find(spec.inputs, field) != spec.inputs.end();
      if (!is_known) diagnostics.Add(place.At("\"" + field + "\" is none of the inputs, and not response"));
    }
  }
  if (!sees_response) {
    diagnostics.Add(node.Find("prompt").value_or(node).At(
        "shows the judge nothing of the answer: use {{response}}, {{conversation}} or {{tool_calls}}"));
  }
}

}  // namespace

const FieldTable<PackSpec>& PackSpec::Fields() {
  static const auto table =
      FieldTable<PackSpec>()
          .Required("pack", &PackSpec::pack, "name of the pack", {.form = TextForm::kName})
          .Required("version", &PackSpec::version, "raised with each change; stored with every score", {.min = 1})
          .Required("about", &PackSpec::about, "one sentence on what it judges", {.min_size = 1})
          .Optional("source", &PackSpec::source, "where the idea comes from")
          .Optional("inputs", &PackSpec::inputs, "fields of the case that the prompt needs",
                    {.max_size = 20, .form = TextForm::kName, .unique = true})
          .Optional("system", &PackSpec::system, "system message; a template like prompt")
          .Required("prompt", &PackSpec::prompt,
                    "a mustache template over the inputs, `response`, `conversation` and `tool_calls`", {.min_size = 1})
          .Required("verdict", &PackSpec::verdict, "how the verdict is said")
          .Check(CheckPrompt);
  return table;
}

bool PromptPack::Shows(std::string_view name) const {
  for (const std::string* source : {&spec.prompt, &spec.system}) {
    const auto compiled = TextTemplate::Compile(*source);
    if (compiled && std::ranges::find(compiled->Fields(), name) != compiled->Fields().end()) return true;
  }
  return false;
}

Result<PromptPack> ReadPack(const std::string& label, const std::string& text) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml(label, text, diagnostics);
  PackSpec spec;
  std::optional<VerdictForm> form;
  if (documents.size() != 1) {
    if (diagnostics.empty()) {
      return Fail(ErrorCode::kInvalidArgument, label + ": a pack is one YAML document");
    }
  } else if (const Node& root = documents.front().root; ReadFields(root, spec, diagnostics)) {
    form = VerdictForm::Make(spec.verdict, root.Find("verdict").value_or(root), diagnostics);
  }
  if (!form || !diagnostics.empty()) {
    std::string message;
    for (const Diagnostic& each : diagnostics.Sorted()) message += (message.empty() ? "" : "\n") + ToString(each);
    return Fail(ErrorCode::kInvalidArgument, message);
  }
  return PromptPack{std::move(spec), *std::move(form), ContentVersion(text)};
}

Result<PromptPack> FindPack(std::string_view name) {
  const std::string_view text = PackText(name);
  if (!text.empty()) return ReadPack("pack " + std::string(name), std::string(text));
  const std::vector<std::string> names = PackNames();
  const std::string hint = DidYouMean(name, names);
  return Fail(ErrorCode::kNotFound, "there is no pack \"" + std::string(name) + "\"" +
                                        (hint.empty() ? "; known are " + fields::Join(names, ", ") : hint));
}

std::vector<std::string> PackNames() {
  std::vector<std::string> names;
  for (const BuiltinPack& pack : BuiltinPacks()) names.emplace_back(pack.name);
  return names;
}

std::string_view PackText(std::string_view name) {
  for (const BuiltinPack& pack : BuiltinPacks()) {
    if (pack.name == name) return pack.text;
  }
  return "";
}

}  // namespace assay
