#include "review/interchange/ml_backend.h"

namespace assay {
namespace {

std::unexpected<Error> WrongBody(const std::string& path, const std::string& reason) {
  return Fail(ErrorCode::kInvalidArgument, path + ": " + reason);
}

Result<MlTask> ReadMlTask(const Json& task, const std::string& path, const LabelScheme& scheme) {
  if (!task.is_object()) return WrongBody(path, "expected an object");
  const Json* data = task.Find("data");
  if (data == nullptr || !data->is_object()) return WrongBody(path + ".data", "expected an object");
  MlTask read;
  const std::string fault = ReadTaskData(*data, scheme, read.record, read.sides);
  if (!fault.empty()) return WrongBody(path, fault);
  read.ref = read.record.item.id;
  return read;
}

}  // namespace

Json MlHealth() { return Json::Of({{"status", "UP"}, {"model_class", "Assay"}}); }

Result<Json> MlSetup(const Json& body, const LabelScheme& scheme, std::string_view model_version) {
  const Json* schema = body.Find("schema");
  if (schema == nullptr || !schema->is_string()) return WrongBody("schema", "expected the labeling config as a text");
  ASSAY_TRY(CheckLabelConfig(schema->as_string(), scheme));
  return Json::Of({{"model_version", model_version}});
}

Result<std::vector<MlTask>> ReadMlPredict(const Json& body, const LabelScheme& scheme) {
  constexpr std::size_t kMostTasks = 1000;
  const Json* config = body.Find("label_config");
  if (config != nullptr && config->is_string() && !config->as_string().empty())
    ASSAY_TRY(CheckLabelConfig(config->as_string(), scheme));
  const Json* list = body.Find("tasks");
  if (list == nullptr || !list->is_array()) return WrongBody("tasks", "expected a list");
  if (list->as_array().size() > kMostTasks) return WrongBody("tasks", "has more than 1000 tasks");
  std::vector<MlTask> tasks;
  for (const Json& task : list->as_array()) {
    ASSAY_ASSIGN(MlTask read, ReadMlTask(task, "tasks[" + std::to_string(tasks.size()) + "]", scheme));
    tasks.push_back(std::move(read));
  }
  return tasks;
}

Json MlPredictions(std::span<const MlTask> tasks, std::span<const std::optional<ReviewSuggestion>> suggestions,
                   const LabelScheme& scheme, std::string_view model_version) {
  Json::Array results;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const bool has_one = i < suggestions.size() && suggestions[i].has_value();
    Json prediction = Json::Of({{"model_version", has_one ? std::string_view(suggestions[i]->by) : model_version}});
    prediction.Set("score", has_one ? suggestions[i]->score.value_or(0) : 0.0);
    prediction.Set("result",
                   has_one ? ResultsOf(suggestions[i]->opinion, scheme, tasks[i].record.item.subject, tasks[i].sides)
                           : Json(Json::Array{}));
    results.push_back(std::move(prediction));
  }
  return Json::Of({{"results", Json(std::move(results))}});
}

}  // namespace assay
