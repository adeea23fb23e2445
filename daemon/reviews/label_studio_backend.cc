// The daemon as an ML backend of Label Studio: a queue's judge suggests what people there would say.

#include <algorithm>
#include <chrono>

#include "daemon/blocking.h"
#include "daemon/data_classes.h"
#include "daemon/item_content.h"
#include "daemon/reviews/reviews.h"
#include "review/interchange/ml_backend.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kTasksAtOnce = 50;

Result<Json> ReadBody(std::string_view body) {
  const Result<Json> json = Json::Parse(body, Json::kMaxDepth, RepeatedKeys::kRefuse);
  if (!json) return Fail(ErrorCode::kInvalidArgument, "the body is no JSON: " + json.error().message);
  if (!json->is_object()) return Fail(ErrorCode::kInvalidArgument, "the body: expected an object");
  return json;
}

std::string ModelVersionOf(const ReviewPolicy& policy) {
  return policy.queue.name + ", rubric " + policy.rubric.name + " " + policy.rubric.version;
}

}  // namespace

asio::awaitable<Result<std::string>> Reviews::AnswerLabelStudio(const Caller& caller, std::string_view queue,
                                                                LabelStudioCall call, std::string_view body) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(CheckMayExport(asking.reviewer));
  auto find = [this, &asking, queue = std::string(queue)]() -> Result<PolicyRef> {
    ASSAY_ASSIGN(PolicyRef policy, policies_.ForQueue(asking.project, queue));
    ExportSelection selection{.queues = {queue}};
    const std::set<std::string> classes = DataClassesOfQueue(policies_.served()->catalog, policy->queue);
    selection.data_classes.assign(classes.begin(), classes.end());
    ASSAY_TRY(CheckMaySelect(asking.reviewer, selection));
    return policy;
  };
  ASSAY_CO_ASSIGN(const PolicyRef policy, co_await RunBlocking(context_.reading, std::move(find)));
  if (call == LabelStudioCall::kHealth) co_return MlHealth().Dump();
  if (call == LabelStudioCall::kWebhook) co_return std::string("{}");
  if (call == LabelStudioCall::kPredict) co_return co_await PredictLabels(asking, *policy, body);
  auto set_up = [&policy, body]() -> Result<std::string> {
    ASSAY_ASSIGN(const Json json, ReadBody(body));
    ASSAY_ASSIGN(const LabelScheme scheme, MakeLabelScheme(policy->rubric, policy->queue.item));
    ASSAY_ASSIGN(const Json answered, MlSetup(json, scheme, ModelVersionOf(*policy)));
    return answered.Dump();
  };
  co_return co_await RunBlocking(context_.reading, set_up);
}

// A suggestion for each task of an item of this queue, where the queue shows one before the answer: who labels there is
// no less led by it than who labels here. Some tasks at a time, so that others read in between, and not for ever.
asio::awaitable<Result<std::string>> Reviews::PredictLabels(const Asking& asking, const ReviewPolicy& policy,
                                                            std::string_view body) {
  auto read = [&policy, body]() -> Result<std::vector<MlTask>> {
    ASSAY_ASSIGN(const Json json, ReadBody(body));
    ASSAY_ASSIGN(const LabelScheme scheme, MakeLabelScheme(policy.rubric, policy.queue.item));
    return ReadMlPredict(json, scheme);
  };
  ASSAY_CO_ASSIGN(const std::vector<MlTask> tasks, co_await RunBlocking(context_.reading, read));
  std::vector<std::optional<ReviewSuggestion>> suggestions;
  const auto until = std::chrono::steady_clock::now() + context_.predict_time;
  auto look = [&]() -> Status {
    const std::size_t end = std::min(suggestions.size() + kTasksAtOnce, tasks.size());
    while (suggestions.size() < end) {
      ASSAY_ASSIGN(auto suggestion, SuggestionForTask(asking, policy, tasks[suggestions.size()]));
      suggestions.push_back(std::move(suggestion));
    }
    return {};
  };
  while (suggestions.size() < tasks.size()) {
    if (std::chrono::steady_clock::now() >= until)
      co_return Fail(ErrorCode::kDeadlineExceeded,
                     "suggestions for " + std::to_string(suggestions.size()) + " of " + std::to_string(tasks.size()) +
                         " tasks took " + FormatDuration(context_.predict_time) + "; ask for fewer at once");
    ASSAY_CO_TRY(co_await RunBlocking(context_.reading, look));
  }
  auto write = [&]() -> Result<std::string> {
    ASSAY_ASSIGN(const LabelScheme scheme, MakeLabelScheme(policy.rubric, policy.queue.item));
    return MlPredictions(tasks, suggestions, scheme, ModelVersionOf(policy)).Dump();
  };
  co_return co_await RunBlocking(context_.reading, write);
}

Result<std::optional<ReviewSuggestion>> Reviews::SuggestionForTask(const Asking& asking, const ReviewPolicy& policy,
                                                                   const MlTask& task) {
  if (task.ref.empty()) return std::nullopt;
  const auto stored = store_.ReadItem(asking.project, task.ref);
  if (!stored && stored.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!stored) return Fail(stored.error());
  ASSAY_ASSIGN(const ItemState state, Fold(stored->facts));
  const bool is_shown = state.item.queue == policy.queue.name && OpenQuarantine(state) == nullptr &&
                        PrelabelPlanOf(policy.queue.prelabel, state.item, policy.draw_key).IsShownBefore();
  if (!is_shown) return std::nullopt;
  ASSAY_ASSIGN(const std::string text, store_.ReadContent(asking.project, state.content_hash));
  ASSAY_ASSIGN(const ItemContent content, ItemContentFrom(text));
  return content.suggestion;
}

}  // namespace assay
