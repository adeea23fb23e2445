// all, any: what several graders decide, as one decision. Three-valued: what is not known changes nothing where the
// others already decide.

#include <utility>

#include "runners/graders/combine/parts.h"
#include "runners/graders/frame/kind.h"

namespace assay {
namespace {

class Decisions final : public Combination {
 public:
  // `deciding` is the outcome of a part that decides for all.
  Decisions(std::vector<std::string> parts, bool deciding) : parts_(std::move(parts)), deciding_(deciding) {}

  std::vector<std::string> Parts() const override { return parts_; }

  Score Combine(const Response&, std::span<const Part> parts) const override {
    std::vector<Part> unknown;
    for (const Part& part : parts) {
      if (part.score->status != ScoreStatus::kScored) {
        unknown.push_back(part);
      } else if (!part.score->pass) {
        return Score::Broken(std::string(part.name) + " measures and does not decide; give it a threshold");
      } else if (*part.score->pass == deciding_) {
        return deciding_ ? Score::Pass(ReasonOf(part)) : Score::Failing(ReasonOf(part));
      }
    }
    if (auto lack = LackOf(unknown)) return *std::move(lack);
    const std::string count = std::to_string(parts.size());
    return deciding_ ? Score::Failing("none of " + count + " passes; " + ReasonOf(parts.back()))
                     : Score::Pass("all " + count + " pass");
  }

 private:
  std::vector<std::string> parts_;
  bool deciding_;
};

template <bool kDeciding>
std::unique_ptr<Combination> MakeAllAny(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  PartsOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<Decisions>(std::move(options.of), kDeciding);
}

GraderKind KindOf(std::string_view help, CombinationFactory make) {
  return {.version = 1,
          .help = help,
          .fields = &PartsOptions::Fields(),
          .judges_text = false,
          .make_combination = make,
          .needs_deciding_parts = true};
}

}  // namespace

GraderKind AllGrader() { return KindOf("all of several graders pass", &MakeAllAny<false>); }
GraderKind AnyGrader() { return KindOf("one of several graders passes", &MakeAllAny<true>); }

}  // namespace assay
