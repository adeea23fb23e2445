// The daemon as an ML backend of Label Studio: a queue's judge suggests what people there would say.

#include "daemon/blocking.h"
#include "daemon/item_content.h"
#include "daemon/reviews/reviews.h"
#include "review/interchange/ml_backend.h"

namespace assay {

namespace asio = boost::asio;

namespace {

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
  auto answer = [this, &asking, call, queue = std::string(queue), body = std::string(body)]() -> Result<std::string> {
    ASSAY_ASSIGN(const PolicyRef policy, policies_.ForQueue(asking.project, queue));
    ExportSelection selection{.queues = {queue}};
    if (policy->queue.data_class) selection.data_classes = {*policy->queue.data_class};
    ASSAY_TRY(CheckMaySelect(asking.reviewer, selection));
    if (call == LabelStudioCall::kHealth) return MlHealth().Dump();
    if (call == LabelStudioCall::kWebhook) return std::string("{}");
    if (call == LabelStudioCall::kPredict) return PredictLabels(asking, *policy, body);
    ASSAY_ASSIGN(const Json json, ReadBody(body));
    ASSAY_ASSIGN(const LabelScheme scheme, MakeLabelScheme(policy->rubric, policy->queue.item));
    ASSAY_ASSIGN(const Json answered, MlSetup(json, scheme, ModelVersionOf(*policy)));
    return answered.Dump();
  };
  co_return co_await RunBlocking(context_.reading, std::move(answer));
}

// A suggestion for each task of an item of this queue, where the queue shows one before the answer: who labels there is
// no less led by it than who labels here.
Result<std::string> Reviews::PredictLabels(const Asking& asking, const ReviewPolicy& policy, const std::string& body) {
  ASSAY_ASSIGN(const Json json, ReadBody(body));
  ASSAY_ASSIGN(const LabelScheme scheme, MakeLabelScheme(policy.rubric, policy.queue.item));
  ASSAY_ASSIGN(const std::vector<MlTask> tasks, ReadMlPredict(json, scheme));
  std::vector<std::optional<ReviewSuggestion>> suggestions;
  for (const MlTask& task : tasks) {
    std::optional<ReviewSuggestion>& suggestion = suggestions.emplace_back();
    const auto stored = task.ref.empty() ? Result<StoredReviewItem>(Fail(ErrorCode::kNotFound, ""))
                                         : store_.ReadItem(asking.project, task.ref);
    if (!stored && stored.error().code != ErrorCode::kNotFound) return Fail(stored.error());
    if (!stored) continue;
    ASSAY_ASSIGN(const ItemState state, Fold(stored->facts));
    const bool is_shown = state.item.queue == policy.queue.name && OpenQuarantine(state) == nullptr &&
                          PrelabelPlanOf(policy.queue.prelabel, state.item, policy.draw_key).IsShownBefore();
    if (!is_shown) continue;
    ASSAY_ASSIGN(const std::string text, store_.ReadContent(asking.project, state.content_hash));
    ASSAY_ASSIGN(const ItemContent content, ItemContentFrom(text));
    suggestion = content.suggestion;
  }
  return MlPredictions(tasks, suggestions, scheme, ModelVersionOf(policy)).Dump();
}

}  // namespace assay
