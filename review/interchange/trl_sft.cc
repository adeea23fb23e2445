// trl_sft: prompt and completion: SFT of TRL, from corrected answers. JSON lines.

#include "review/interchange/training_writer.h"

namespace assay {

ExchangeFormat TrlSftFormat() {
  return {.name = "trl_sft",
          .extension = "jsonl",
          .help = "prompt and completion: SFT of TRL, from corrected answers",
          .is_training = true,
          .needs_rubric = true,
          .needs_survey = true,
          .writer = [](const ExportOptions& options, ByteSink sink) {
            return MakeTrainingWriter(TrainingForm::kSft, options, std::move(sink));
          }};
}

}  // namespace assay
