// embedding_similarity: how near the response is to a reference as an embedding model sees both.

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "runners/endpoints/endpoint.h"
#include "runners/graders/frame/blank.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/judges/asking.h"
#include "runners/graders/judges/embedding_cache.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxTextBytes = 1u << 20;
constexpr std::size_t kTextsAtOnce = 64;  // fewer than any provider takes
constexpr std::size_t kCacheBytes = 64u << 20;
constexpr std::size_t kValuesKept = 50;

enum class EmbeddingMeasure { kCosine, kDot, kEuclidean };

struct EmbeddingOptions {
  std::string endpoint;
  std::vector<std::string> reference;
  EmbeddingMeasure measure = EmbeddingMeasure::kCosine;
  Duration timeout = std::chrono::minutes(1);
  static const FieldTable<EmbeddingOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<EmbeddingMeasure> {
  static constexpr EnumWord<EmbeddingMeasure> kWords[] = {
      {"cosine", EmbeddingMeasure::kCosine, "the cosine of the angle between both, from 0 to 1; less than 0 is 0"},
      {"dot", EmbeddingMeasure::kDot, "the product of both, which grows with their lengths"},
      {"euclidean", EmbeddingMeasure::kEuclidean, "the distance between both, of which less is better"}};
};

namespace {

const FieldTable<EmbeddingOptions>& EmbeddingOptions::Fields() {
  static const auto table =
      FieldTable<EmbeddingOptions>()
          .Required("endpoint", &EmbeddingOptions::endpoint,
                    "the model that makes vectors of texts: the name of a Model of the catalog",
                    {.form = TextForm::kName})
          .Required("reference", &EmbeddingOptions::reference,
                    "what the response is compared with; templates over the case, `\"{{field}}\"` alone stands for the "
                    "elements of a field that is a list",
                    {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("measure", &EmbeddingOptions::measure, "what is measured; of several references the best counts")
          .Optional("timeout", &EmbeddingOptions::timeout, "for all vectors of one response", {.min = 1, .max = 86400});
  return table;
}

using Vector = EmbeddingCache::Vector;

// An error says why it cannot be measured.
std::expected<double, std::string> Measure(EmbeddingMeasure measure, const std::vector<float>& a,
                                           const std::vector<float>& b) {
  if (a.size() != b.size() || a.empty()) {
    return std::unexpected("the vectors have " + std::to_string(a.size()) + " and " + std::to_string(b.size()) +
                           " dimensions");
  }
  double product = 0;
  double length_a = 0;
  double length_b = 0;
  double distance = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i];
    const double y = b[i];
    product += x * y;
    length_a += x * x;
    length_b += y * y;
    distance += (x - y) * (x - y);
  }
  if (!std::isfinite(length_a) || !std::isfinite(length_b)) {
    return std::unexpected("a vector has a number that is not finite");
  }
  if (length_a == 0 || length_b == 0) return std::unexpected("a vector is all zeros");
  if (measure == EmbeddingMeasure::kDot) return product;
  if (measure == EmbeddingMeasure::kEuclidean) return std::sqrt(distance);
  return std::clamp(product / std::sqrt(length_a * length_b), 0.0, 1.0);
}

// A vector that can be measured against `other`. One that cannot may be the endpoint's mood: it is asked for again.
bool IsUsable(const std::vector<float>& vector, const std::vector<float>& other) {
  double length = 0;
  for (const float x : vector) length += static_cast<double>(x) * x;
  return length > 0 && std::isfinite(length) && vector.size() == other.size();
}

class EmbeddingSimilarity final : public WaitingGrader {
 public:
  EmbeddingSimilarity(std::shared_ptr<Endpoint> endpoint, EmbeddingOptions options, std::vector<Target> references)
      : endpoint_(std::move(endpoint)), options_(std::move(options)), references_(std::move(references)) {}

  asio::awaitable<Result<GradingOutcome>> Grade(const Case& item, const Response& response,
                                                const GradingTerms& terms) const override {
    Work work;
    for (const Target& reference : references_) {
      auto texts = reference.ListFor(item);
      if (!texts) co_return GradingOutcome{std::move(texts).error()};
      for (std::string& text : *texts) work.texts.push_back(std::move(text));
    }
    if (IsBlank(response.text)) co_return GradingOutcome{Score::Unscored("the response is empty")};
    if (!endpoint_) co_return GradingOutcome{Score::Broken("there is no endpoint to ask")};
    const auto is_long = [](const std::string& text) { return text.size() > kMaxTextBytes; };
    if (is_long(response.text) || std::ranges::any_of(work.texts, is_long)) {
      co_return GradingOutcome{Score::Broken("the texts are too long to be compared: more than 1 MiB")};
    }
    GradingTerms bounded = terms;
    bounded.deadline = std::min(terms.deadline, DeadlineIn(options_.timeout));
    work.vectors.resize(work.texts.size());
    work.response = response.text;
    while (!work.is_done()) {
      auto asking = AskOnce(work, bounded);
      auto asked = co_await std::move(asking);
      if (!asked) co_return Fail(std::move(asked).error());
      if (work.failure) co_return *std::move(work.failure);
    }
    co_return GradingOutcome{ScoreOf(work)};
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields;
    for (const Target& reference : references_) {
      fields.insert(fields.end(), reference.RequiredFields().begin(), reference.RequiredFields().end());
    }
    return fields;
  }

 private:
  // One response, and what is known of it.
  struct Work {
    std::string response;
    Vector response_vector;
    std::vector<std::string> texts;  // references
    std::vector<Vector> vectors;     // of these
    std::optional<GradingOutcome> failure;

    bool is_done() const {
      return response_vector && std::ranges::all_of(vectors, [](const Vector& each) { return each != nullptr; });
    }
  };

  // Asks for what nobody else is asking for, or waits a little for them. An error is the trial's.
  asio::awaitable<Status> AskOnce(Work& work, const GradingTerms& terms) const {
    std::deque<EmbeddingCache::Claim> claims;
    std::vector<std::string> texts;
    std::vector<std::size_t> places;  // of the claims in `work`, for the texts behind that of the response
    if (!work.response_vector) texts.push_back(work.response);
    const std::size_t first = texts.size();
    for (std::size_t i = 0; i < work.texts.size() && texts.size() < kTextsAtOnce; ++i) {
      if (work.vectors[i]) continue;
      EmbeddingCache::Claim& claim = claims.emplace_back(cache_, work.texts[i]);
      work.vectors[i] = claim.vector();
      if (!claim.is_mine()) {
        claims.pop_back();
        continue;
      }
      texts.push_back(work.texts[i]);
      places.push_back(i);
    }
    if (texts.empty()) {
      if (work.is_done()) co_return Status();
      auto waiting = WaitForOthers(work, terms);
      co_return co_await std::move(waiting);
    }
    auto asking = endpoint_->Embed(texts, terms.deadline, terms.sender);
    auto answered = co_await std::move(asking);
    if (!answered) {
      Error error = std::move(answered).error();
      if (error.code == ErrorCode::kCancelled || error.code == ErrorCode::kAborted) co_return Fail(std::move(error));
      work.failure = Unanswered(std::move(error));
      co_return Status();
    }
    terms.Charge(answered->cost_usd);
    if (answered->vectors.size() != texts.size()) {
      work.failure = GradingOutcome{Score::Broken(std::to_string(answered->vectors.size()) + " vectors for " +
                                                  std::to_string(texts.size()) + " texts")};
      co_return Status();
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
      auto vector = std::make_shared<const std::vector<float>>(std::move(answered->vectors[i]));
      if (i < first) {
        work.response_vector = std::move(vector);
        continue;
      }
      work.vectors[places[i - first]] = vector;
      if (IsUsable(*vector, *work.response_vector)) claims[i - first].Keep(std::move(vector));
    }
    co_return Status();
  }

  static asio::awaitable<Status> WaitForOthers(Work& work, const GradingTerms& terms) {
    constexpr auto kALittle = std::chrono::milliseconds(5);
    co_await asio::this_coro::throw_if_cancelled(false);
    if (TimeUntil(terms.deadline) == Duration::zero()) {
      work.failure = GradingOutcome{Score::Broken("the time ended before the vectors of the references came")};
      co_return Status();
    }
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, kALittle);
    auto sleeping = timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_await std::move(sleeping);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return Fail(ErrorCode::kCancelled, "cancelled");
    co_return Status();
  }

  GradingOutcome Unanswered(Error error) const {
    GradingOutcome outcome{.score = Score::Broken("embeddings: " + error.message)};
    outcome.endpoint_error = std::move(error);
    outcome.is_given_up = endpoint_->State().is_given_up;
    return outcome;
  }

  Score ScoreOf(const Work& work) const {
    const bool less_is_better = options_.measure == EmbeddingMeasure::kEuclidean;
    double best = less_is_better ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
    std::size_t nearest = 0;
    Json::Array values;
    for (std::size_t i = 0; i < work.vectors.size(); ++i) {
      const auto value = Measure(options_.measure, *work.response_vector, *work.vectors[i]);
      if (!value) return Score::Broken(value.error());
      if (values.size() < kValuesKept) values.push_back(*value);
      if (less_is_better ? *value >= best : *value <= best) continue;
      best = *value;
      nearest = i;
    }
    Score score = Score::Measured(best, ReasonOf(best, work.texts, nearest));
    score.evidence = Json::Of({{"model", options_.endpoint},
                               {"dimensions", static_cast<std::int64_t>(work.response_vector->size())},
                               {"values", std::move(values)}})
                         .Dump();
    return score;
  }

  std::string ReasonOf(double value, const std::vector<std::string>& texts, std::size_t nearest) const {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, 4).ptr;
    std::string reason = std::string(WordOf(options_.measure)) + " " + std::string(buffer, end);
    if (texts.size() > 1) {
      reason += ", nearest of " + std::to_string(texts.size()) + " references: " + Quoted(texts[nearest]);
    }
    return reason;
  }

  const std::shared_ptr<Endpoint> endpoint_;  // null pointer: only checked
  const EmbeddingOptions options_;
  const std::vector<Target> references_;
  mutable EmbeddingCache cache_{kCacheBytes};  // of references: those of a case are the same in all its trials
};

std::unique_ptr<WaitingGrader> MakeEmbeddingSimilarity(const Node& node, const GraderPlace& place,
                                                       Diagnostics& diagnostics) {
  EmbeddingOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  std::vector<Target> references;
  for (const std::string& source : options.reference) {
    if (auto target = Target::Compile(node, "reference", source, diagnostics)) references.push_back(*std::move(target));
  }
  if (references.size() != options.reference.size()) return nullptr;
  auto endpoint = JudgeEndpoint(options.endpoint, node, place, diagnostics);
  if (!endpoint) return nullptr;
  return std::make_unique<EmbeddingSimilarity>(*std::move(endpoint), std::move(options), std::move(references));
}

GraderValue EmbeddingValueOf(const Node& node, const std::filesystem::path&) {
  Diagnostics ignored;  // reported by Make
  EmbeddingOptions options;
  if (!ReadFields(node, options, ignored)) return GraderValue::kShare;
  if (options.measure == EmbeddingMeasure::kDot) return GraderValue::kAmount;
  return options.measure == EmbeddingMeasure::kEuclidean ? GraderValue::kErrorRate : GraderValue::kShare;
}

}  // namespace

GraderKind EmbeddingSimilarityGrader() {
  return {.version = 1,
          .help = "how near the response is to a reference, by their embeddings",
          .fields = &EmbeddingOptions::Fields(),
          .value = GraderValue::kShare,
          .make_waiting = &MakeEmbeddingSimilarity,
          .model_options = {"endpoint"},
          .value_of = &EmbeddingValueOf};
}

}  // namespace assay
