// trl_kto: prompt, completion and label: KTO and BCO of TRL, from verdicts. JSON lines.

#include "review/interchange/training_writer.h"

namespace assay {

ExchangeFormat TrlKtoFormat() {
  return {.name = "trl_kto",
          .extension = "jsonl",
          .help = "prompt, completion and label: KTO and BCO of TRL, from verdicts",
          .is_training = true,
          .needs_rubric = true,
          .needs_survey = true,
          .writer = [](const ExportOptions& options, ByteSink sink) {
            return MakeTrainingWriter(TrainingForm::kKto, options, std::move(sink));
          }};
}

}  // namespace assay
