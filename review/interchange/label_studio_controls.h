#pragma once
// What a rubric is in Label Studio: a control for each thing that is asked. Control names become columns of its CSV, so
// they are letters, digits and underscores, and none of them is a column of the data. Values; thread-safe.

#include <string>
#include <string_view>
#include <vector>

#include "config/queue.h"
#include "config/rubric.h"
#include "core/result.h"

namespace assay {

enum class LabelTag { kChoices, kRating, kNumber, kPairwise, kRanker, kTaxonomy, kTextArea };
template <>
struct EnumWords<LabelTag> {
  static constexpr EnumWord<LabelTag> kWords[] = {
      {"Choices", LabelTag::kChoices, "choices"},   {"Rating", LabelTag::kRating, "rating"},
      {"Number", LabelTag::kNumber, "number"},      {"Pairwise", LabelTag::kPairwise, "pairwise"},
      {"Ranker", LabelTag::kRanker, "ranker"},      {"Taxonomy", LabelTag::kTaxonomy, "taxonomy"},
      {"TextArea", LabelTag::kTextArea, "textarea"}};
};
// The `type` of a result, and the key of its value ("text" of TextArea).
std::string_view TypeOf(LabelTag tag);
std::string_view ValueKeyOf(LabelTag tag);

struct LabelControl {
  std::string name = {};  // of a repeated one up to the number: "claim_"
  LabelTag tag = LabelTag::kChoices;
  std::string to_name = "prompt";  // the object that it is about; of a repeated one up to the number
  std::string title = {};
  std::vector<std::string> choices = {};
  bool is_multiple = false;
  bool is_required = false;
  bool is_repeated = false;  // for each claim or call of the item
  int from = 0;              // of Rating and Number
  int to = 0;
};

// Everything about a rubric and a kind of item that readers and writers of Label Studio need.
struct LabelScheme {
  RubricSpec rubric = {};
  ReviewItemKind kind = ReviewItemKind::kRubric;
  std::vector<LabelControl> controls = {};

  // The control of this name, repeated ones with their number behind it. Null pointer when there is none.
  const LabelControl* Find(std::string_view name) const;
};

// The names of criteria in Label Studio: "Tone-of_voice" is "Tone_of_voice".
std::string ControlName(std::string_view criterion);
// What "does not apply" is there; no label can have this name.
inline constexpr std::string_view kNotApplicableChoice = "n/a";

// kInvalidArgument where two criteria get one name, or one that a column of the data or another control has.
Result<LabelScheme> MakeLabelScheme(const RubricSpec& rubric, ReviewItemKind kind);

// The labeling config: XML for the settings of a project.
std::string LabelConfigOf(const LabelScheme& scheme);

// The controls that a labeling config has: tag, name and toName, in their order. Views, objects, styles and headers are
// read over. kInvalidArgument with line and column for what is no well-formed XML (of this subset: no document type, no
// CDATA), for a tag that is not known, and beyond 1 MiB and 64 levels.
struct ConfigControl {
  std::string tag = {};
  std::string name = {};
  std::string to_name = {};
  friend bool operator==(const ConfigControl&, const ConfigControl&) = default;
};
Result<std::vector<ConfigControl>> ReadLabelConfig(std::string_view xml);

// kInvalidArgument where a config lacks a control of the scheme, or has one of its name with another tag.
Status CheckLabelConfig(std::string_view xml, const LabelScheme& scheme);

}  // namespace assay
