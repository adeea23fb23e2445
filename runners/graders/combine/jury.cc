// jury: several judges, or other graders, decide together. Their disagreement is kept.

#include <algorithm>
#include <utility>

#include "runners/graders/combine/parts.h"
#include "runners/graders/frame/kind.h"

namespace assay {
namespace {

struct JuryOptions {
  std::vector<std::string> of;
  std::optional<int> quorum;
  static const FieldTable<JuryOptions>& Fields();
};

const FieldTable<JuryOptions>& JuryOptions::Fields() {
  static const auto table =
      FieldTable<JuryOptions>()
          .Required("of", &JuryOptions::of, "names of graders of this suite that decide",
                    {.min_size = 2, .max_size = kMostParts, .form = TextForm::kName, .unique = true})
          .Optional("quorum", &JuryOptions::quorum, "how many of them have to have decided; by default more than half",
                    {.min = 1, .max = kMostParts})
          .Check([](const JuryOptions& options, const Node& node, Diagnostics& diagnostics) {
            if (options.quorum && *options.quorum > std::ssize(options.of)) {
              diagnostics.Add(node.Find("quorum")->At("more than there are graders"));
            }
          });
  return table;
}

int QuorumOf(const JuryOptions& options) {
  return options.quorum.value_or(static_cast<int>(options.of.size() / 2 + 1));
}

class Jury final : public Combination {
 public:
  explicit Jury(JuryOptions options) : options_(std::move(options)) {}

  std::vector<std::string> Parts() const override { return options_.of; }

  Score Combine(const Response&, std::span<const Part> parts) const override {
    double passing = 0;
    double failing = 0;
    int decided = 0;  // of those that count
    int ayes = 0;
    int noes = 0;
    std::vector<Part> lacking;
    Json::Array votes;
    for (const Part& part : parts) {
      const Score& score = *part.score;
      votes.push_back(
          Json::Of({{"grader", std::string(part.name)}, {"pass", score.pass ? Json(*score.pass) : Json()}}));
      if (!score.pass) {
        if (score.status == ScoreStatus::kScored) {
          return Score::Broken(std::string(part.name) + " measures and does not decide; give it a threshold");
        }
        lacking.push_back(part);
        continue;
      }
      ++(*score.pass ? ayes : noes);
      if (part.weight > 0) ++decided;
      (*score.pass ? passing : failing) += part.weight;
    }
    const int quorum = QuorumOf(options_);
    if (decided < quorum) {
      Score lack = LackOf(lacking).value_or(Score::Unscored(""));
      lack.reason = "only " + std::to_string(decided) + " of " + std::to_string(quorum) + " needed have decided" +
                    (lack.reason.empty() ? "" : "; " + lack.reason);
      return lack;
    }
    const std::string count = Json(passing).Dump() + " to " + Json(failing).Dump();
    if (passing == failing) return Score::Unscored("the jury is split " + count);
    Score score = passing > failing ? Score::Pass("passes " + count) : Score::Failing("fails: " + count);
    score.label = ayes == 0 || noes == 0 ? "unanimous" : "divided";
    score.evidence = Json(std::move(votes)).Dump();
    return score;
  }

 private:
  JuryOptions options_;
};

std::unique_ptr<Combination> MakeJury(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  JuryOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<Jury>(std::move(options));
}

// Without a weight a part is not counted for the quorum.
int WeighingParts(const Node& node) {
  Diagnostics ignored;  // reported by Make
  JuryOptions options;
  return ReadFields(node, options, ignored) ? QuorumOf(options) : 0;
}

}  // namespace

GraderKind JuryGrader() {
  return {.version = 1,
          .help = "the majority of several judges, by their weights",
          .fields = &JuryOptions::Fields(),
          .judges_text = false,
          .make_combination = &MakeJury,
          .needs_deciding_parts = true,
          .weighing_parts = &WeighingParts};
}

}  // namespace assay
