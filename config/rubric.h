#pragma once
// kind: Rubric. The versioned guideline by which people and judges judge: criteria, taxonomy of errors, severities,
// examples. Documents are immutable values once read; thread-safe.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"
#include "config/guideline.h"

namespace assay {

// Whole numbers, the better the greater.
struct ScoreScaleSpec {
  static constexpr int kMost = 100;  // points
  int from = 1;
  int to = 5;
  std::optional<int> pass = {};                     // this score and better ones pass
  std::map<std::string, std::string> anchors = {};  // by score, as text: what it looks like
  static const FieldTable<ScoreScaleSpec>& Fields();
};

struct LabelSpec {
  std::string name = {};
  std::string meaning = {};
  std::optional<bool> pass = {};  // absent: says neither
  static const FieldTable<LabelSpec>& Fields();
};

// One question about a response; exactly one of scale and labels is given.
struct CriterionSpec {
  std::string name = {};
  std::string title = {};
  std::string meaning = {};
  std::optional<ScoreScaleSpec> scale = {};
  std::vector<LabelSpec> labels = {};
  bool several = false;                    // more than one label may be chosen
  bool required = true;                    // a judgement without it is refused
  bool not_applicable = false;             // "does not apply" is an answer
  double weight = 1;                       // in the value of the whole
  bool veto = false;                       // who fails here fails the whole, whatever the rest
  std::optional<std::string> clause = {};  // of the guideline
  static const FieldTable<CriterionSpec>& Fields();

  // Whether a score of the scale.
  bool HasScore(int score) const { return scale && score >= scale->from && score <= scale->to; }
  // Null pointer when there is none.
  const LabelSpec* FindLabel(std::string_view label) const;
};

// Why a response is wrong. The classes are a tree.
struct ErrorClassSpec {
  std::string name = {};  // unique in the rubric, whatever its parent
  std::optional<std::string> parent = {};
  std::string meaning = {};
  std::optional<int> severity = {};  // at least as grave: a judgement that names it may not say less
  std::optional<std::string> clause = {};
  static const FieldTable<ErrorClassSpec>& Fields();
};

struct SeverityLevelSpec {
  int level = 1;  // 1 is the gravest
  std::string name = {};
  std::string meaning = {};
  std::optional<std::string> clause = {};
  static const FieldTable<SeverityLevelSpec>& Fields();
};

// A response as it should be judged, or, as a counterexample, one that is often judged wrongly.
struct ExampleSpec {
  std::string title = {};
  std::string prompt = {};
  std::string response = {};
  std::optional<std::string> criterion = {};
  std::optional<std::string> verdict = {};  // the score or label of that criterion
  std::string why = {};
  std::optional<std::string> clause = {};
  static const FieldTable<ExampleSpec>& Fields();
};

enum class RationaleWhen { kAlways, kExtreme, kFail, kSevere, kTie };
template <>
struct EnumWords<RationaleWhen> {
  static constexpr EnumWord<RationaleWhen> kWords[] = {
      {"always", RationaleWhen::kAlways, "with every judgement"},
      {"extreme", RationaleWhen::kExtreme, "with the best and the worst score of a scale"},
      {"fail", RationaleWhen::kFail, "with a score or label that does not pass"},
      {"severe", RationaleWhen::kSevere, "with a severity of 1 or 2"},
      {"tie", RationaleWhen::kTie, "with a tie, and where all are bad"}};
};

// When a judgement needs words.
struct RationaleSpec {
  std::vector<RationaleWhen> when = {};
  double share = 0;     // of the other judgements, drawn by item
  int min_length = 10;  // characters
  static const FieldTable<RationaleSpec>& Fields();
};

// What a criterion of this version makes of the answers to one of the major version before.
struct CriterionMapSpec {
  std::string criterion = {};                       // of this version
  std::optional<std::string> from = {};             // the criterion before; absent: of the same name
  std::map<std::string, std::string> answers = {};  // score or label before, as text, to that of this version
  bool same = false;                                // answers are carried over as they are
  static const FieldTable<CriterionMapSpec>& Fields();
};

// How judgements under an earlier major version are read under this one. What it does not cover is judged anew.
struct LabelMapSpec {
  int from = 0;  // the major version before
  std::vector<CriterionMapSpec> criteria = {};
  std::map<std::string, std::string> errors = {};      // class before to that of this version; others keep their name
  std::map<std::string, std::string> severities = {};  // level before, as text, to that of this version; likewise
  static const FieldTable<LabelMapSpec>& Fields();
};

struct RubricChangeSpec {
  std::string version = {};
  std::string reason = {};
  static const FieldTable<RubricChangeSpec>& Fields();
};

// major: labels, scales, definitions or thresholds differ; minor: examples and edge cases; patch: wording.
struct RubricVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;
  friend auto operator<=>(const RubricVersion&, const RubricVersion&) = default;
};
// Absent when `text` is not MAJOR.MINOR.PATCH, each at most 9999, without leading zeros.
std::optional<RubricVersion> ParseRubricVersion(std::string_view text);
std::string ToString(const RubricVersion& version);

struct RubricSpec {
  std::string name = {};
  std::string version = {};
  std::string description = {};
  std::string owner = {};
  std::string guideline = {};  // Markdown
  std::vector<CriterionSpec> criteria = {};
  std::vector<ErrorClassSpec> taxonomy = {};
  std::vector<SeverityLevelSpec> severities = {};  // from the gravest on, 1, 2, ...
  std::vector<ExampleSpec> examples = {};
  std::vector<ExampleSpec> counterexamples = {};
  RationaleSpec rationale = {};
  std::vector<RubricChangeSpec> changes = {};  // newest first
  std::vector<LabelMapSpec> maps = {};         // from earlier major versions
  static const FieldTable<RubricSpec>& Fields();

  // Null pointers when there is none of that name.
  const CriterionSpec* FindCriterion(std::string_view criterion) const;
  const ErrorClassSpec* FindErrorClass(std::string_view error) const;
  const LabelMapSpec* FindMap(int from_major) const;
  // 0.0.0 for a text that is no version, which a read document does not have.
  RubricVersion ParsedVersion() const { return ParseRubricVersion(version).value_or(RubricVersion{}); }
};

}  // namespace assay
