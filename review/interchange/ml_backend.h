#pragma once
// The daemon as an ML backend of Label Studio, from which it asks pre-labels: bodies of requests in, bodies of answers
// out. Which suggestion belongs to a task is the caller's to know. Pure, thread-safe.
//
//   GET /health      MlHealth()
//   POST /setup      MlSetup(body, scheme, version)
//   POST /predict    ReadMlPredict(body, scheme), then MlPredictions(tasks, suggestions, scheme)

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "review/interchange/label_studio_task.h"

namespace assay {

// {"status": "UP", "model_class": "Assay"}
Json MlHealth();

// `body`: {project, schema, ...}, schema the labeling config of the project. {"model_version": ...}, or
// kInvalidArgument where the config lacks a control that suggestions would be about.
Result<Json> MlSetup(const Json& body, const LabelScheme& scheme, std::string_view model_version);

// A task for which Label Studio wants a suggestion.
struct MlTask {
  std::string ref = {};  // the id of the item; "" of a task that is none of ours
  ExchangeRecord record = {};
  std::vector<std::string> sides = {};
};
// `body`: {tasks, label_config, project, params}. At most 1000 tasks. kInvalidArgument says what is wrong where.
Result<std::vector<MlTask>> ReadMlPredict(const Json& body, const LabelScheme& scheme);

// {"results": [...]}, one for each task in their order; without a suggestion an empty result with the score 0. As many
// suggestions as tasks.
Json MlPredictions(std::span<const MlTask> tasks, std::span<const std::optional<ReviewSuggestion>> suggestions,
                   const LabelScheme& scheme, std::string_view model_version);

}  // namespace assay
