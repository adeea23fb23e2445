// What a judge replied: the form of its verdict in YAML, a line `----`, the reply. The token of the request is always
// the same: 0123456789abcdef.

#include <algorithm>

#include "config/node.h"
#include "runners/graders/judges/verdict_form.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

constexpr std::string_view kToken = "0123456789abcdef";

std::optional<VerdictForm> FormOf(std::string_view yaml) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("form", std::string(yaml), diagnostics);
  VerdictSpec spec;
  if (documents.size() != 1 || !ReadFields(documents.front().root, spec, diagnostics)) return std::nullopt;
  return VerdictForm::Make(spec, documents.front().root, diagnostics);
}

void CheckVerdict(const JudgeVerdict& verdict, const VerdictForm& form) {
  const VerdictSpec& spec = form.spec();
  Require(verdict.value >= 0 && verdict.value <= 1, "a verdict is worth something from 0 to 1");
  Require(verdict.pass.has_value() == form.decides(), "it decides if and only if the form does");
  Require(form.Meaning(verdict.word) == verdict, "its word means what it means");
  if (spec.pass_fail) Require(verdict.word == (*verdict.pass ? "PASS" : "FAIL"), "PASS passes, FAIL fails");
  if (!spec.choices.empty()) {
    Require(spec.choices.contains(verdict.word), "a choice is one of those declared");
    const bool is_passing = std::ranges::find(spec.passing, verdict.word) != spec.passing.end();
    Require(!verdict.pass || *verdict.pass == is_passing, "only what is said to pass passes");
  }
}

// What the form's own line decides, and nothing else. `reply` is ASCII, so all of it is seen.
void CheckLine(const VerdictForm& form, const std::string& reply, const Fence& fence) {
  const bool has_token = reply.find(kToken) != std::string::npos;
  Require(has_token || !form.Read(reply, fence), "no verdict without the token");
  const bool is_closed = reply.find(fence.Close()) != std::string::npos;
  Require(is_closed || !form.Read(fence.Open() + " response\n" + reply, fence), "none in an open fence");
  const std::string line = "\nVERDICT " + std::string(kToken) + ": ";
  if (!form.spec().pass_fail) return;
  const auto passing = form.Read(reply + line + "PASS", fence);
  Require(passing.has_value() != fence.IsLeftOpen(reply), "the last line decides, but within a fence");
  Require(!form.Read(reply + line + "PASS" + line + "neither", fence), "what was taken back is no verdict");
  const auto failing = form.Read(reply + line + "FAIL", fence);
  Require(!failing || failing->pass == false, "a last FAIL never passes");
}

void Check(std::string_view input) {
  const auto form = FormOf(TakePart(input));
  if (!form) return;
  const Fence fence{std::string(kToken)};
  const std::string reply(input);
  const std::string bare = fence.WithoutFenced(reply);
  Require(bare.find(fence.Open()) == std::string::npos, "nothing within a fence is left");
  Require(fence.WithoutFenced(bare) == bare, "nor does taking it out make another");
  const auto verdict = form->Read(reply, fence);
  if (verdict) CheckVerdict(*verdict, *form);
  const bool is_ascii = std::ranges::all_of(reply, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!is_ascii) return;
  if (verdict) Require(form->Read(bare, fence) == verdict, "what is quoted changes nothing");
  if (!form->spec().pattern) CheckLine(*form, reply, fence);
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
