#pragma once
// What all formats for training have in common: two passes, the guard, the checks, the counts. One thread.

#include "review/interchange/training_pairs.h"

namespace assay {

Result<std::unique_ptr<RecordWriter>> MakeTrainingWriter(TrainingForm form, const ExportOptions& options,
                                                         ByteSink sink);

}  // namespace assay
