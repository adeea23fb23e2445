#pragma once
// One grader of a suite: the frame that every grader has, whatever its type.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"
#include "config/node.h"

namespace assay {

enum class GraderRole { kSignal, kInvariant, kReport };
template <>
struct EnumWords<GraderRole> {
  static constexpr EnumWord<GraderRole> kWords[] = {
      {"signal", GraderRole::kSignal, "gates only in aggregate"},
      {"invariant", GraderRole::kInvariant, "gates every case"},
      {"report", GraderRole::kReport, "never gates: measured and shown, and no trial is in error or unscored for it"}};
};

// Which values of a grader are the better ones.
enum class Preference { kMaximize, kMinimize };
template <>
struct EnumWords<Preference> {
  static constexpr EnumWord<Preference> kWords[] = {{"maximize", Preference::kMaximize, "more is better"},
                                                    {"minimize", Preference::kMinimize, "less is better"}};
};

enum class TransformedJson { kWhole, kFirst, kLast };
template <>
struct EnumWords<TransformedJson> {
  static constexpr EnumWord<TransformedJson> kWords[] = {
      {"whole", TransformedJson::kWhole, "the whole text is one JSON value"},
      {"first", TransformedJson::kFirst, "the first object or list in the text"},
      {"last", TransformedJson::kLast, "the last object or list in the text that is not within another"}};
};

enum class MatchPlace { kFirst, kLast };
template <>
struct EnumWords<MatchPlace> {
  static constexpr EnumWord<MatchPlace> kWords[] = {{"first", MatchPlace::kFirst, "the first match"},
                                                    {"last", MatchPlace::kLast, "the last match"}};
};

// One step from the text of a response to the text that is graded. One member is set, beside `regex` perhaps `match`.
struct TransformSpec {
  std::optional<std::string> regex;
  MatchPlace match = MatchPlace::kFirst;
  std::optional<std::string> after;
  std::optional<std::string> code_fence;  // a language, or "any"
  std::optional<TransformedJson> json;
  std::optional<std::string> jq;
  std::optional<bool> last_line;
  std::optional<bool> trim;
  static const FieldTable<TransformSpec>& Fields();
};

// What must hold of a field of the case. In YAML a value, a list of values, or a mapping.
struct ConditionSpec {
  std::vector<Json> in;      // one of these; empty: any
  std::vector<Json> not_in;  // none of these
  std::optional<bool> exists;
  std::optional<double> at_least;
  std::optional<double> at_most;

  // `field` is null pointer when the case has none; null is none either. Numbers are compared by value: 1 is 1.0.
  bool HoldsFor(const Json* field) const;
  static const FieldTable<ConditionSpec>& Fields();
};

template <>
struct FieldType<ConditionSpec> {
  static bool Read(const Node& node, const Limits& limits, ConditionSpec& out, Diagnostics& diagnostics);
  static Json Schema(const Limits&);
  static std::string Word(const Limits&) { return "value, list of values or mapping"; }
  static std::optional<Json> Default(const ConditionSpec&) { return std::nullopt; }
};

// Cases with a response and the label that people gave, on which a judge is asked beside those of the run
// (config/sentinels.h).
struct SentinelsSpec {
  std::string file;            // relative to the document
  double budget_share = 0.25;  // of the run's budget, where it has one
  static const FieldTable<SentinelsSpec>& Fields();
};

// The frame, and the options of the grader's type, which runners/graders reads.
struct GraderSpec {
  std::string name;
  std::string type;
  GraderRole role = GraderRole::kSignal;
  std::optional<int> severity;  // 1 is the gravest
  bool negate = false;          // inverts pass; never errors
  double weight = 1;            // among the parts of a combination
  std::optional<double> threshold;
  std::optional<Preference> direction;  // absent: that of the type
  std::vector<TransformSpec> transform;
  std::map<std::string, ConditionSpec> when;    // by field of the case; all must hold
  std::optional<SentinelsSpec> sentinels = {};  // of a judge
  Node options;                                 // the keys that are not of the frame
  // By the type; set when the catalog reads the suite.
  bool decides = true;                  // a score is a pass or a failure, without a threshold
  bool is_unbounded = false;            // values need not lie in [0, 1]
  bool is_nonnegative = false;          // such values are 0 or more
  std::vector<std::string> parts = {};  // of a combination: the graders that it is made of
  bool is_judged = false;               // a score is the opinion of a model, or made of one
  static const FieldTable<GraderSpec>& Fields();
};

// The field of `when` that keeps a grader from a case with these fields; null pointer: it is asked.
const std::string* FieldThatLeavesOut(const std::map<std::string, ConditionSpec>& when, const Json& fields);
// Which graders of a suite are not asked of a case with these fields: by their `when`, or because none of their parts
// is. `graders` are as the catalog reads them.
std::vector<bool> LeftOutGraders(std::span<const GraderSpec> graders, const Json& fields);

}  // namespace assay
