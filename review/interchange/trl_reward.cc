// trl_reward: prompt, chosen, rejected and margin: reward models of TRL. JSON lines.

#include "review/interchange/training_writer.h"

namespace assay {

ExchangeFormat TrlRewardFormat() {
  return {.name = "trl_reward",
          .extension = "jsonl",
          .help = "prompt, chosen, rejected and margin: reward models of TRL",
          .is_training = true,
          .needs_rubric = true,
          .needs_survey = true,
          .writer = [](const ExportOptions& options, ByteSink sink) {
            return MakeTrainingWriter(TrainingForm::kReward, options, std::move(sink));
          }};
}

}  // namespace assay
