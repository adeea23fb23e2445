// trl_dpo: prompt, chosen and rejected: DPO, CPO and ORPO of TRL. JSON lines.

#include "review/interchange/training_writer.h"

namespace assay {

ExchangeFormat TrlDpoFormat() {
  return {.name = "trl_dpo",
          .extension = "jsonl",
          .help = "prompt, chosen and rejected: DPO, CPO and ORPO of TRL",
          .is_training = true,
          .needs_rubric = true,
          .needs_survey = true,
          .writer = [](const ExportOptions& options, ByteSink sink) {
            return MakeTrainingWriter(TrainingForm::kDpo, options, std::move(sink));
          }};
}

}  // namespace assay
