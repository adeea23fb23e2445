#pragma once
// The texts that a response is compared with. Only for the files of this folder.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"

namespace assay {

constexpr std::string_view kReferenceHelp =
    "what the response is compared with; templates over the case, `\"{{field}}\"` alone stands for the elements of a "
    "field that is a list";
constexpr Limits kReferenceLimits = {.min_size = 1, .max_size = 1000, .one_or_list = true};

class ReferenceTexts {
 public:
  // Of option `name`. Reports what is wrong with it; nullopt then.
  static std::optional<ReferenceTexts> Compile(const Node& options, const std::vector<std::string>& sources,
                                               Diagnostics& diagnostics, std::string_view name = "reference");

  // At least one text, none of them blank; or the score to give instead.
  std::expected<std::vector<std::string>, Score> For(const Case& item) const;
  std::vector<std::string> RequiredFields() const;

 private:
  std::vector<Target> targets_;
};

// A grader that compares with references.
class ComparingGrader : public Grader {
 public:
  std::vector<std::string> RequiredFields() const override { return references_.RequiredFields(); }

 protected:
  explicit ComparingGrader(ReferenceTexts references) : references_(std::move(references)) {}
  std::expected<std::vector<std::string>, Score> ReferencesOf(const Case& item) const { return references_.For(item); }

 private:
  ReferenceTexts references_;
};

// The GraderFactory of one whose options have a `reference` and which is made of options and References.
template <class GraderType, class Options>
std::unique_ptr<Grader> MakeComparing(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  Options options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto references = ReferenceTexts::Compile(node, options.reference, diagnostics);
  if (!references) return nullptr;
  return std::make_unique<GraderType>(options, *std::move(references));
}

// "0.8333": a measure, for people.
std::string MeasureText(double value);

// "ROUGE-L f 0.8333"; with several references also which was the nearest: ", nearest of 3: \"…\"".
std::string MeasureReason(std::string_view name, double value, const std::vector<std::string>& references,
                          std::size_t nearest);

}  // namespace assay
