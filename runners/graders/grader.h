#pragma once
// A grader turns one (case, response) into a Score.
//
//   SCORED          the response was judged. One that lacks what the case asked for (no number, no match, no JSON, no
//                   text) is judged too: it fails, and the reason says what was lacking.
//   UNSCORED        the grader lacks its own input: the case has no target, or the value to judge was not measured.
//   ERROR           the grader itself could not work.
//   NOT_APPLICABLE  the grader is not asked of this case (`when`); the frame alone says so.
//
// There are three forms: one that computes (Grader), one that waits for a model or a plug-in (WaitingGrader,
// waiting_grader.h), and one that combines the scores of others (Combination). A suite's graders together are
// SuiteGraders (suite_graders.h).
//
// To add one: a file in the folder of its family with its options and its kind, a line in builtin.def,
// tests/runners/graders/testdata/KIND.txt and a chapter in docs/graders.md. tests/contract says what is missing.

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/plugin_kind.h"
#include "config/suite.h"
#include "core/case.h"
#include "core/response.h"
#include "core/result.h"
#include "core/score.h"

namespace assay {

class WaitingGrader;    // runners/graders/waiting_grader.h
struct GraderServices;  // likewise

// Immutable after construction, thread-safe, CPU-bound: the same case and response give the same score.
class Grader {
 public:
  virtual ~Grader() = default;

  // Never throws. The time is linear in the sizes of response and case (a JSON Schema may multiply it).
  [[nodiscard]] virtual Score Grade(const Case& item, const Response& response) const = 0;

  // The case fields without which every score is UNSCORED; for lint.
  virtual std::vector<std::string> RequiredFields() const = 0;
  // Whether the response lacks what is judged: it is blank, or a transformation finds nothing in it.
  virtual bool HasNothingToJudge(const Response&) const { return false; }
};

// Immutable, thread-safe: the score of a trial by those of other graders for the same trial.
class Combination {
 public:
  struct Part {
    std::string_view name;
    double weight = 1;
    const Score* score = nullptr;  // never NOT_APPLICABLE: such a part is left out
    bool has_nothing = false;      // HasNothingToJudge: its score is the worst, and says nothing of an answer
  };

  virtual ~Combination() = default;
  // The names of its parts among the graders of the suite.
  virtual std::vector<std::string> Parts() const = 0;
  // The score of a case that the combination is not asked of (`when`).
  virtual std::optional<Score> LeftOut(const Case&) const { return std::nullopt; }
  // Never throws. `parts` are in the order of Parts() and not empty; `response` is what they judged.
  [[nodiscard]] virtual Score Combine(const Response& response, std::span<const Part> parts) const = 0;
};

// A grader of a suite, ready to run, the frame's options applied. One of the three forms is set.
struct SuiteGrader {
  std::string name;          // of the grader in its suite
  std::string kind;          // "contains"
  std::string version = {};  // of the kind's semantics, "2", and of its own prompt; stored with every score
  std::shared_ptr<const Grader> grader = {};
  std::shared_ptr<const WaitingGrader> waiting = {};
  std::shared_ptr<const Combination> combination = {};
  GraderRole role = GraderRole::kSignal;
  double weight = 1;
};

// `base_dir`: where the suite's document lies; relative files (schema_file) are read from there, once. Without
// `services` a grader that waits cannot be asked: it is only checked.
// kInvalidArgument with every problem of the options, one a line.
Result<SuiteGrader> MakeGrader(const GraderSpec& spec, const std::filesystem::path& base_dir,
                               const GraderServices* services = nullptr);

// Every kind of builtin.def, in its order: names, help, JSON Schema of the options, and the check that lint runs. With
// `services` the check also refuses what cannot be had from them.
std::vector<PluginKind> GraderKinds(std::shared_ptr<const GraderServices> services = nullptr);

// The Markdown table of options of a kind for docs/graders.md; "" for an unknown kind.
std::string GraderOptionsTable(std::string_view kind);

}  // namespace assay
