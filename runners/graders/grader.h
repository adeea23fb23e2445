#pragma once
// A Grader turns one (case, response) into a Score.
//
//   SCORED    the response was judged. One that lacks what the case asked for (no number, no match, no JSON, no text)
//   is
//             judged too: pass is false, and the reason says what was lacking.
//   UNSCORED  the grader lacks its own input: the case has no target, or the value to judge was not measured.
//   ERROR     the grader itself could not work.
//
// To add one: a file here with its options and its kind, a line in builtin.def, tests/runners/graders/testdata/KIND.txt
// and a chapter in docs/graders.md. tests/contract says what is missing.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "config/plugin_kind.h"
#include "config/suite.h"
#include "core/case.h"
#include "core/response.h"
#include "core/result.h"
#include "core/score.h"

namespace assay {

// Immutable after construction, thread-safe, CPU-bound: the same case and response give the same score.
class Grader {
 public:
  virtual ~Grader() = default;

  // Never throws. The time is linear in the sizes of response and case (a JSON Schema may multiply it).
  [[nodiscard]] virtual Score Grade(const Case& item, const Response& response) const = 0;

  // The case fields without which every score is UNSCORED; for lint.
  virtual std::vector<std::string> RequiredFields() const = 0;
};

// A grader of a suite, ready to run: the frame's options (negate) are applied.
struct SuiteGrader {
  std::string name;  // of the grader in its suite
  std::string kind;  // "contains"
  int version = 0;   // of the kind's semantics; stored with every score
  std::shared_ptr<const Grader> grader;
};

// `base_dir`: where the suite's document lies; relative files (schema_file) are read from there, once.
// kInvalidArgument with every problem of the options, one a line.
Result<SuiteGrader> MakeGrader(const GraderSpec& spec, const std::filesystem::path& base_dir);

// Every kind of builtin.def, in its order: names, help, JSON Schema of the options, and the check that lint runs.
std::vector<PluginKind> GraderKinds();

// The Markdown table of options of a kind for docs/graders.md; "" for an unknown kind.
std::string GraderOptionsTable(std::string_view kind);

}  // namespace assay
