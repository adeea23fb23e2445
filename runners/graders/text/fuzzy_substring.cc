// fuzzy_substring: after normalisation, one of response and target contains the other.

#include <cstring>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/text/normalization.h"
#include "runners/graders/text/target_texts.h"

namespace assay {
namespace {

enum class Containment { kEither, kResponse, kTarget };

struct FuzzySubstringOptions {
  std::vector<std::string> value;
  Containment container = Containment::kEither;
  static const FieldTable<FuzzySubstringOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<Containment> {
  static constexpr EnumWord<Containment> kWords[] = {
      {"either", Containment::kEither, "the response contains the target or the target the response"},
      {"response", Containment::kResponse, "the response contains the target"},
      {"target", Containment::kTarget, "the target contains the response"}};
};

namespace {

const FieldTable<FuzzySubstringOptions>& FuzzySubstringOptions::Fields() {
  static const auto table =
      FieldTable<FuzzySubstringOptions>()
          .Required("value", &FuzzySubstringOptions::value, std::string(kOneOfTexts),
                    {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("container", &FuzzySubstringOptions::container, "which of the two contains the other");
  return table;
}

bool Occurs(std::string_view needle, std::string_view text) {
  return ::memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

class FuzzySubstring final : public Grader {
 public:
  FuzzySubstring(Containment container, TargetTexts targets) : container_(container), targets_(std::move(targets)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto targets = targets_.For(item);
    if (!targets) return targets.error();
    if (TrimBlanks(response.text).empty()) {
      return Score::Failing("expected " + ListedTexts(*targets) + ", the response is empty");
    }
    const std::string got = Normalized(response.text, Normalization::kSquad);
    for (const std::string& target : *targets) {
      const std::string expected = Normalized(target, Normalization::kSquad);
      if (Holds(got, expected)) return Score::Pass(Quoted(got) + " and " + Quoted(expected) + " match");
    }
    return Score::Failing("expected " + ListedTexts(*targets) + ", got " + Quoted(got) + " once normalised");
  }
  std::vector<std::string> RequiredFields() const override { return targets_.RequiredFields(); }

 private:
  bool Holds(std::string_view got, std::string_view expected) const {
    if (got.empty() || expected.empty()) return got == expected;
    return (container_ != Containment::kTarget && Occurs(expected, got)) ||
           (container_ != Containment::kResponse && Occurs(got, expected));
  }

  Containment container_;
  TargetTexts targets_;
};

std::unique_ptr<Grader> MakeFuzzySubstring(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  FuzzySubstringOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto targets = TargetTexts::Compile(node, "value", options.value, diagnostics);
  if (!targets) return nullptr;
  return std::make_unique<FuzzySubstring>(options.container, *std::move(targets));
}

}  // namespace

GraderKind FuzzySubstringGrader() {
  return {1, "the normalised response contains a text, or is contained in it", &FuzzySubstringOptions::Fields(),
          &MakeFuzzySubstring};
}

}  // namespace assay
