// pairwise: a model says which of two answers is better, asked in both orders. A verdict that goes with the order and
// not with the answer is a tie.

#include <algorithm>
#include <utility>

#include "runners/endpoints/endpoint.h"
#include "runners/graders/frame/blank.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/judges/asking.h"
#include "runners/graders/judges/pair_verdict.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kOrders = "response_first_then_second";  // in the evidence

constexpr std::string_view kCriteria =
    "Which answer serves the person who asked better: which is right, relevant, deep enough and clear? Length by "
    "itself is "
    "worth nothing, and neither is the order in which the answers stand.";

struct PairwiseOptions {
  std::string endpoint;
  std::string against;
  std::string question = "{{question}}";
  std::string criteria = std::string(kCriteria);
  Sampling sampling{.temperature = 0, .max_tokens = 1024};
  Duration timeout = std::chrono::minutes(5);
  static const FieldTable<PairwiseOptions>& Fields();
};

const FieldTable<PairwiseOptions>& PairwiseOptions::Fields() {
  static const auto table =
      FieldTable<PairwiseOptions>()
          .Required("endpoint", &PairwiseOptions::endpoint, "the model that judges: the name of a Model of the catalog",
                    {.form = TextForm::kName})
          .Required("against", &PairwiseOptions::against, "the other answer; a template over the case")
          .Optional("question", &PairwiseOptions::question, "what both answer; a template over the case")
          .Optional("criteria", &PairwiseOptions::criteria,
                    "what makes an answer the better one; a template over the case", {.min_size = 1})
          .Optional("sampling", &PairwiseOptions::sampling,
                    "how the judge is asked to sample; by default temperature 0 and 1024 tokens")
          .Optional("timeout", &PairwiseOptions::timeout, "for both verdicts", {.min = 1, .max = 86400});
  return table;
}

VerdictSpec PairVerdict() {
  VerdictSpec spec;
  spec.choices = {{"first", 1}, {"second", 0}, {"tie", 0.5}};
  return spec;
}

class Pairwise final : public WaitingGrader {
 public:
  Pairwise(std::shared_ptr<Endpoint> endpoint, PairwiseOptions options, Target against, Target question,
           Target criteria, VerdictForm form)
      : endpoint_(std::move(endpoint)),
        options_(std::move(options)),
        against_(std::move(against)),
        question_(std::move(question)),
        criteria_(std::move(criteria)),
        form_(std::move(form)) {}

  asio::awaitable<Result<GradingOutcome>> Grade(const Case& item, const Response& response,
                                                const GradingTerms& terms) const override {
    auto against = against_.For(item);
    if (!against) co_return GradingOutcome{std::move(against).error()};
    auto question = question_.For(item);
    if (!question) co_return GradingOutcome{std::move(question).error()};
    auto criteria = criteria_.For(item);
    if (!criteria) co_return GradingOutcome{std::move(criteria).error()};
    if (IsBlank(response.text) && response.tool_calls.empty())
      co_return GradingOutcome{Score::Measured(0, "the response is empty")};
    if (!endpoint_) co_return GradingOutcome{Score::Broken("there is no endpoint to ask")};
    GradingTerms bounded = terms;
    bounded.deadline = std::min(terms.deadline, DeadlineIn(options_.timeout));
    GradingOutcome outcome;
    std::vector<AskedVerdict> orders = VerdictsKeptIn(terms.begun, kOrders, form_);
    AskedVerdict unfinished;
    if (!orders.empty() && orders.back().interruption) {
      unfinished = std::move(orders.back());
      orders.pop_back();
    }
    while (orders.size() < 2) {
      const bool is_swapped = orders.size() == 1;
      Fence fence = FenceFor(response, {*against, *question, *criteria});
      auto request = RequestFor(*criteria, *question, response, *against, is_swapped, fence);
      auto asking = AskForVerdict(endpoint_, std::move(request), form_, fence, bounded, std::exchange(unfinished, {}));
      auto asked = co_await std::move(asking);
      if (asked.interruption) co_return Interrupted(std::move(asked), std::move(orders));
      if (asked.endpoint_error) {
        const bool has_reply = asked.has_reply || !orders.empty();
        outcome = UnansweredOutcome(*std::move(asked.endpoint_error), *endpoint_, has_reply);
        orders.push_back(std::move(asked));
        if (has_reply) outcome.score.evidence = EvidenceOf(orders, &assay::EvidenceOf);
        co_return outcome;
      }
      orders.push_back(std::move(asked));
    }
    outcome.score = ScoreOf(orders);
    outcome.score.evidence = EvidenceOf(orders, &assay::EvidenceOf);
    co_return outcome;
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields;
    for (const Target* text : {&against_, &question_, &criteria_}) {
      fields.insert(fields.end(), text->RequiredFields().begin(), text->RequiredFields().end());
    }
    return fields;
  }

 private:
  static Fence FenceFor(const Response& response, std::vector<std::string_view> texts) {
    AddTextsOf(response, texts);
    return Fence::Random(texts);
  }

  ModelRequest RequestFor(const std::string& criteria, std::string_view question, const Response& response,
                          std::string_view against, bool is_swapped, const Fence& fence) const {
    const std::string own = FencedAnswer(fence, is_swapped ? "second answer" : "first answer", response);
    const std::string other = fence.Around(is_swapped ? "first answer" : "second answer", against);
    const std::string text =
        "Compare two answers to a question.\n\n" + criteria + "\n\n" + fence.Around("question", question) + "\n\n" +
        (is_swapped ? other : own) + "\n\n" + (is_swapped ? own : other) +
        "\n\nThe verdict is first or second, for the better answer, or tie.\n\n" + form_.Instruction(fence);
    ModelRequest request{.messages = {}, .sampling = options_.sampling};
    request.messages.push_back({.role = Role::kUser, .content = text});
    return request;
  }

  GradingOutcome Interrupted(AskedVerdict last, std::vector<AskedVerdict> orders) const {
    Error why = *last.interruption;
    if (last.has_reply) orders.push_back(std::move(last));
    return InterruptedOutcome(std::move(why), orders.empty() ? "" : EvidenceOf(orders, &KeptVerdict));
  }

  static Score ScoreOf(const std::vector<AskedVerdict>& orders) {
    for (const AskedVerdict& order : orders) {
      if (!order.verdict) return Score::Unscored("the judge's reply has no verdict: " + Quoted(order.rationale));
    }
    const PairOutcome outcome =
        PairOutcomeOf(PreferenceOf(orders[0].verdict->word, false), PreferenceOf(orders[1].verdict->word, true));
    const std::string why = orders[0].rationale.empty() ? "" : ": " + orders[0].rationale;
    Score score = Score::Measured(outcome.value, std::string(outcome.label) + why);
    score.label = outcome.label;
    return score;
  }

  static PairPreference PreferenceOf(std::string_view word, bool is_swapped) {
    if (word == "tie") return PairPreference::kNeither;
    return (word == "first") != is_swapped ? PairPreference::kResponse : PairPreference::kOther;
  }

  std::string EvidenceOf(const std::vector<AskedVerdict>& orders,
                         Json (*of)(const AskedVerdict& order, std::size_t reply_bytes)) const {
    Json::Array said;
    for (const AskedVerdict& order : orders) said.push_back(of(order, 2000));
    const std::optional<double>& temperature = options_.sampling.temperature;
    return Json::Of({{"judge", options_.endpoint},
                     {"temperature", temperature ? Json(*temperature) : Json()},
                     {std::string(kOrders), std::move(said)}})
        .Dump();
  }

  const std::shared_ptr<Endpoint> endpoint_;  // null pointer: only checked
  const PairwiseOptions options_;
  const Target against_;
  const Target question_;
  const Target criteria_;
  const VerdictForm form_;
};

std::unique_ptr<WaitingGrader> MakePairwise(const Node& node, const GraderPlace& place, Diagnostics& diagnostics) {
  PairwiseOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto against = Target::Compile(node, "against", options.against, diagnostics);
  auto question = Target::Compile(node, "question", options.question, diagnostics);
  auto form = VerdictForm::Make(PairVerdict(), node, diagnostics);
  auto criteria = Target::Compile(node, "criteria", options.criteria, diagnostics);
  if (!against || !question || !criteria || !form) return nullptr;
  const std::size_t errors = diagnostics.size();
  CheckSampling(options.sampling, *form, node, diagnostics);
  if (diagnostics.size() != errors) return nullptr;
  auto endpoint = JudgeEndpoint(options.endpoint, node, place, diagnostics);
  if (!endpoint) return nullptr;
  return std::make_unique<Pairwise>(*std::move(endpoint), std::move(options), *std::move(against), *std::move(question),
                                    *std::move(criteria), *std::move(form));
}

}  // namespace

GraderKind PairwiseGrader() {
  return {.version = 2,
          .help = "a model compares the response with another answer, in both orders",
          .fields = &PairwiseOptions::Fields(),
          .value = GraderValue::kShare,
          .judges_calls = true,
          .make_waiting = &MakePairwise,
          .model_options = {"endpoint"},
          .is_judge = true};
}

}  // namespace assay
