#include "daemon/human_evidence.h"

#include <algorithm>
#include <set>

#include "daemon/item_content.h"
#include "daemon/kept_rubrics.h"
#include "daemon/queue_draw.h"
#include "review/item_state.h"

namespace assay {
namespace {

constexpr int kMostRetries = 1000;  // of one line; more is a store that goes in circles
constexpr char kDrawnByChance[] = "every";

// Labels from elsewhere count for a gate by an approval only; they may have come before a gate read the queue.
bool RestsOnLabelsNobodyApproved(const ItemState& state, const ReviewDecision& decision) {
  const bool is_of_one_here = !decision.decided_by.empty();
  return !is_of_one_here && std::ranges::any_of(decision.inputs, [&](const std::string& id) {
    const Judgement* input = FindJudgement(state, id);
    return input != nullptr && !input->imported_by.empty() && input->approval.empty();
  });
}

class HumanReader {
 public:
  HumanReader(Store& store, Time as_of) : scorer_(store), as_of_(as_of) {}

  Status Add(std::int64_t ordinal, const StoredReviewItem& stored) {
    ASSAY_ASSIGN(const auto state, StateUntil(stored.facts, as_of_));
    if (!state || state->item.purpose != ItemPurpose::kLabel || state->imported_as) return {};
    severe_ += HasOpenSevereFlag(*state) ? 1 : 0;
    if (!IsDrawnByChance(*state)) return {};
    draws_.insert(state->item.draw);
    ASSAY_ASSIGN(evidence_.trials[ordinal], TrialOf(*state));
    return {};
  }

  HumanEvidence Take() {
    if (severe_ > 0)
      evidence_.held_by = std::to_string(severe_) + (severe_ == 1 ? " answer is" : " answers are") +
                          " flagged as harm of severity 1, and nobody has ruled on it";
    return std::move(evidence_);
  }
  // By which those that were drawn by chance entered.
  const std::set<std::string>& draws() const { return draws_; }

 private:
  Result<HumanTrial> TrialOf(const ItemState& state) {
    const ReviewDecision* decision = ActiveDecision(state);
    const bool is_settled = StateAt(state, std::max(as_of_, state.last_at)) == ReviewState::kDone;
    if (!is_settled || decision == nullptr || RestsOnLabelsNobodyApproved(state, *decision)) return HumanTrial{};
    ASSAY_ASSIGN(HumanScore score, scorer_.Score(state, decision->rubric_version, decision->outcome));
    HumanTrial trial{.status = ScoreStatus::kScored, .score = std::move(score)};
    if (!trial.score.value) trial.status = ScoreStatus::kUnscored;
    return trial;
  }

  OpinionScorer scorer_;
  const Time as_of_;
  HumanEvidence evidence_;
  int severe_ = 0;
  std::set<std::string> draws_;
};

class SevereReader {
 public:
  explicit SevereReader(Time as_of) : as_of_(as_of) {}

  // `is_own`: an item of the run itself.
  Status Add(std::int64_t ordinal, const StoredReviewItem& stored, bool is_own) {
    ASSAY_ASSIGN(const auto state, StateUntil(stored.facts, as_of_));
    if (!state || state->item.purpose != ItemPurpose::kLabel) return {};
    const HarmState harm = HarmOf(*state);
    if (!is_own && harm == HarmState::kNone) return {};
    has_items_ = true;
    if (harm == HarmState::kOpen) ++open_;
    if (harm == HarmState::kUpheld) {
      upheld_.try_emplace(
          ordinal,
          SevereCase{
              .ordinal = ordinal, .case_id = state->item.case_id, .item = state->item.id, .queue = state->item.queue});
    }
    const bool is_settled = is_own && StateAt(*state, std::max(as_of_, state->last_at)) == ReviewState::kDone;
    if (is_settled || harm == HarmState::kUpheld) judged_.insert(ordinal);
    return {};
  }

  std::optional<SevereFindings> Take() const {
    if (!has_items_) return std::nullopt;
    SevereFindings found{.judged = std::ssize(judged_), .upheld = std::ssize(upheld_), .open = open_};
    for (const auto& [ordinal, each] : upheld_) {
      if (found.cases.size() < SevereFindings::kMostCases) found.cases.push_back(each);
    }
    return found;
  }

 private:
  const Time as_of_;
  bool has_items_ = false;
  std::int64_t open_ = 0;
  std::set<std::int64_t> judged_;
  std::map<std::int64_t, SevereCase> upheld_;
};

bool Asks(const RuleSpec& rule, const std::string& metric) {
  if (rule.metric == metric) return true;
  // An expression names its metrics in its text; one that only looks alike makes a check wait, and no more.
  return rule.kind == "expression" && rule.option.ToJson().Dump().find(metric) != std::string::npos;
}

}  // namespace

Result<std::optional<ItemState>> StateUntil(const std::vector<ReviewFact>& facts, Time as_of) {
  std::optional<ItemState> state;
  for (const ReviewFact& fact : facts) {
    if (fact.at > as_of) break;
    if (!state) state.emplace();
    ASSAY_TRY(Apply(fact, *state));
  }
  return state;
}

bool IsDrawnByChance(const ItemState& state) {
  return std::ranges::find(state.item.reasons, kDrawnByChance) != state.item.reasons.end();
}

Result<const RubricSpec*> OpinionScorer::RubricOf(const ItemState& state, const RubricVersion& version) {
  const auto found = rubrics_.find({state.item.rubric, version});
  if (found != rubrics_.end()) return &found->second;
  ASSAY_ASSIGN(RubricSpec read, ReadKeptRubric(reviews_, state.item.project, state.item.rubric, version));
  return &rubrics_.emplace(std::pair(state.item.rubric, version), std::move(read)).first->second;
}

Result<std::string> OpinionScorer::CandidateOf(const ItemState& state) {
  if (state.item.subject.responses.size() == 1) return state.item.subject.responses.front();
  ASSAY_ASSIGN(const std::string text, reviews_.ReadContent(state.item.project, state.content_hash));
  ASSAY_ASSIGN(const ItemContent content, ItemContentFrom(text));
  const ResponseSource* candidate = content.Candidate();
  if (candidate == nullptr)
    return Fail(ErrorCode::kDataLoss, "review item " + state.item.id + " does not say which response is whose");
  return candidate->response;
}

Result<HumanScore> OpinionScorer::Score(const ItemState& state, const RubricVersion& version, const Opinion& opinion) {
  ASSAY_ASSIGN(const RubricSpec* rubric, RubricOf(state, version));
  ASSAY_ASSIGN(const std::string response, CandidateOf(state));
  return ScoreOf(opinion, response, *rubric);
}

Result<std::string> RootIdOf(Store& store, RunRecord run) {
  for (int retries = 0; !run.retry_of.empty(); ++retries) {
    if (retries == kMostRetries) return Fail(ErrorCode::kDataLoss, "run " + run.id + " is a retry of itself");
    ASSAY_ASSIGN(run, store.GetRun(run.project, run.retry_of));
  }
  return run.id;
}

// Of all offers of a line of retries, when each of them, and every item that entered by chance, was drawn alike.
Result<std::optional<double>> ChanceOfLine(Store& store, RunRecord run, const std::string& queue,
                                           std::set<std::string> draws, Time as_of) {
  ReviewStore reviews(store);
  std::optional<double> chance;
  for (int retries = 0;; ++retries) {
    ASSAY_ASSIGN(const auto offered, reviews.OfferedAt(run.key, queue));
    if (offered && *offered <= as_of) {
      ASSAY_ASSIGN(const auto draw, ReadDraw(reviews, run, queue));
      if (!draw || !draw->chance) return std::nullopt;
      draws.insert(draw->draw);
      chance = draw->chance;
    }
    if (run.retry_of.empty()) break;
    if (retries == kMostRetries) return Fail(ErrorCode::kDataLoss, "run " + run.id + " is a retry of itself");
    ASSAY_ASSIGN(run, store.GetRun(run.project, run.retry_of));
  }
  return draws.size() == 1 ? chance : std::nullopt;
}

namespace {

// The run by the root of its retries, and behind it its other draws.
Result<std::vector<std::string>> DrawsIn(Store& store, const RunRecord& run, HarmScope scope) {
  ASSAY_ASSIGN(const std::string root, RootIdOf(store, run));
  std::vector<std::string> draws = {root};
  if (scope == HarmScope::kRun) return draws;
  ASSAY_ASSIGN(const std::vector<std::string> others, store.ListOtherDraws(run, root));
  draws.insert(draws.end(), others.begin(), others.end());
  return draws;
}

}  // namespace

Result<HumanEvidence> ReadHumanEvidence(Store& store, const RunRecord& run, const std::string& queue, Time as_of) {
  ASSAY_ASSIGN(const std::string root, RootIdOf(store, run));
  HumanReader reader(store, as_of);
  ASSAY_TRY(ReviewStore(store).ReadItemsOfRun(
      run.project, root, queue, run.snapshot,
      [&](std::int64_t ordinal, const StoredReviewItem& item) { return reader.Add(ordinal, item); }));
  HumanEvidence evidence = reader.Take();
  ASSAY_ASSIGN(const auto offered, ReviewStore(store).OfferedAt(run.key, queue));
  evidence.is_whole = offered && *offered <= as_of;
  if (evidence.is_whole) {
    ASSAY_ASSIGN(evidence.chance, ChanceOfLine(store, run, queue, reader.draws(), as_of));
  }
  return evidence;
}

Result<std::optional<SevereFindings>> ReadSevereFindings(Store& store, const RunRecord& run, HarmScope scope,
                                                         Time as_of) {
  ASSAY_ASSIGN(const std::vector<std::string> draws, DrawsIn(store, run, scope));
  SevereReader reader(as_of);
  for (const std::string& draw : draws) {
    const bool is_own = draw == draws.front();
    const auto add = [&](std::int64_t ordinal, const StoredReviewItem& item) {
      return reader.Add(ordinal, item, is_own);
    };
    ASSAY_TRY(ReviewStore(store).ReadItemsOfRun(run.project, draw, "", run.snapshot, add));
  }
  return reader.Take();
}

Result<std::int64_t> CountOpenHarm(Store& store, const RunRecord& run, HarmScope scope) {
  ASSAY_ASSIGN(const std::vector<std::string> draws, DrawsIn(store, run, scope));
  std::int64_t open = 0;
  const auto count = [&](std::int64_t, const StoredReviewItem& item) -> Status {
    ASSAY_ASSIGN(const ItemState state, Fold(item.facts));
    if (HarmOf(state) == HarmState::kOpen) ++open;
    return {};
  };
  for (const std::string& draw : draws)
    ASSAY_TRY(ReviewStore(store).ReadItemsOfRun(run.project, draw, "", run.snapshot, count, true));
  return open;
}

Result<std::optional<Time>> LastSaidOfAnswers(Store& store, const RunRecord& run, HarmScope scope) {
  ASSAY_ASSIGN(const std::vector<std::string> draws, DrawsIn(store, run, scope));
  std::optional<Time> last;
  for (const std::string& draw : draws) {
    ASSAY_ASSIGN(const auto count, ReviewStore(store).CountItemsOfRun(run.project, draw, ""));
    last = std::max(last, count.touched);
  }
  return last;
}

bool AsksQueue(const RuleSpec& rule, const SuiteSpec& suite, const std::string& queue) {
  return std::ranges::any_of(suite.metrics, [&](const MetricSpec& metric) {
    return IsOfPeople(metric.source) && metric.queue == queue && Asks(rule, metric.name);
  });
}

std::vector<std::string> QueuesAskedOf(const GateSpec& gate, const SuiteSpec& suite) {
  std::vector<std::string> queues;
  for (const MetricSpec& metric : suite.metrics) {
    if (!IsOfPeople(metric.source) || !metric.queue) continue;
    const bool is_asked =
        std::ranges::any_of(gate.rules, [&](const RuleSpec& rule) { return Asks(rule, metric.name); });
    const bool is_known = std::ranges::find(queues, *metric.queue) != queues.end();
    if (is_asked && !is_known) queues.push_back(*metric.queue);
  }
  return queues;
}

}  // namespace assay
