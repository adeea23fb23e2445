#include "daemon/reviews/item_source.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/digest.h"
#include "core/identifier.h"
#include "daemon/human_evidence.h"
#include "daemon/prepared_run.h"
#include "daemon/reviews/masking.h"
#include "daemon/reviews/shown_trial.h"
#include "runners/prompt.h"

namespace assay {
namespace {

constexpr int kTrialsAtOnce = 500;

bool ComparesResponses(ReviewItemKind kind) {
  return kind == ReviewItemKind::kPairwise || kind == ReviewItemKind::kRanking;
}

std::string FieldText(const Json& fields, const std::string& name) {
  const Json* field = FindField(fields, name);
  return field != nullptr && field->is_string() ? field->as_string() : "";
}

// Tells nothing of whose response it is.
std::string ResponseId(std::string_view key, const RunRecord& run, std::string_view root, const StoredTrial& trial) {
  const std::string what = "response|" + std::string(root) + "|" + run.model_version + "|" + trial.case_id + "|" +
                           std::to_string(trial.result.trial);
  return "r" + Sha256Hex(HmacSha256(key, what)).substr(0, 11);
}

// In the order of the item's responses.
std::vector<std::int64_t> LengthsOf(const ItemContent& content, const ReviewSubject& subject) {
  std::vector<std::int64_t> lengths;
  for (const std::string& id : subject.responses) {
    const auto response = std::ranges::find(content.responses, id, &ShownResponse::id);
    lengths.push_back(CharactersIn(response->text));
  }
  return lengths;
}

}  // namespace

Result<std::optional<Offer>> OfferOf(Store& store, const RegisteredModels& models, ReviewPolicies& policies,
                                     const CatalogDocument& queue, const RunRecord& run) {
  const QueueSpec& spec = *queue.queue();
  const bool is_of_it = std::ranges::find(spec.suites, run.suite) != spec.suites.end();
  if (!is_of_it || !run.IsWhole() || run.state != RunState::kComplete) return std::nullopt;
  ASSAY_ASSIGN(PolicyRef policy, policies.ForQueue(run.project, spec.name));
  ASSAY_ASSIGN(std::string root, RootIdOf(store, run));
  Offer offer{.run = run,
              .root = std::move(root),
              .queue = spec.name,
              .queue_version = queue.version,
              .policy = std::move(policy)};
  if (!ComparesResponses(spec.item)) return offer;
  for (const BaselineSpec& against : spec.against) {
    const auto model = models.Resolve(run.project, against);
    if (!model) return std::nullopt;  // not registered, or in no such stage yet
    offer.takes_nothing = model->content_version == run.model_version;
    if (offer.takes_nothing) return offer;
    ASSAY_ASSIGN(auto other, store.FindReusableRun(run.project, run.suite_version, model->content_version));
    if (!other) return std::nullopt;
    offer.against.push_back(*std::move(other));
  }
  return offer;
}

using TrialsByPlace = std::map<std::pair<std::int64_t, int>, StoredTrial>;  // by ordinal and trial

struct ItemSource::Parts {
  Store& store;
  Offer offer;
  CatalogDocument suite;
  std::optional<Prompt> prompt;
  std::vector<StoredSlice> slices;
  std::map<std::string, const GraderSpec*> graders;
  std::optional<Masker> masker = {};
  std::string page = {};
  bool is_over = false;

  TrialSignals SignalsOf(const StoredTrial& trial) const;
  Result<TrialsByPlace> TrialsOf(const RunRecord& run, const std::vector<StoredTrial>& trials) const;
  Result<std::optional<NewReviewItem>> ItemOf(const StoredTrial& trial, const QueueEntry& entry, const Case& row,
                                              const std::vector<TrialsByPlace>& others, Time now) const;
  std::vector<Message> PromptOf(const StoredTrial& trial, const Case& row) const;
  std::optional<ReviewSuggestion> SuggestionFor(const StoredTrial& trial, const ReviewSubject& subject,
                                                std::string_view candidate) const;
};

TrialSignals ItemSource::Parts::SignalsOf(const StoredTrial& trial) const {
  TrialSignals signals{
      .suite = offer.run.suite, .run = offer.root, .case_id = trial.case_id, .trial = trial.result.trial};
  for (const StoredScore& score : trial.scores) {
    const auto found = graders.find(score.grader);
    TrialSignals::Grade grade{.grader = score.grader, .pass = score.score.pass, .value = score.score.value};
    if (found != graders.end()) {
      grade.is_invariant = found->second->role == GraderRole::kInvariant;
      grade.severity = found->second->severity;
      grade.threshold = found->second->threshold;
    }
    signals.grades.push_back(std::move(grade));
  }
  const auto ordinal = static_cast<std::size_t>(trial.result.ordinal);
  for (const StoredSlice& slice : slices) {
    const std::int32_t code = ordinal < slice.codes.size() ? slice.codes[ordinal] : StoredSlice::kAbsent;
    if (code != StoredSlice::kAbsent)
      signals.slices.emplace_back(slice.slice, slice.values[static_cast<std::size_t>(code)]);
  }
  return signals;
}

// The same trials of a run that this one is held against.
Result<TrialsByPlace> ItemSource::Parts::TrialsOf(const RunRecord& run, const std::vector<StoredTrial>& trials) const {
  TrialsByPlace others;
  TrialFilter filter;
  for (const StoredTrial& trial : trials) {
    if (filter.ordinals.empty() || filter.ordinals.back() != trial.result.ordinal)
      filter.ordinals.push_back(trial.result.ordinal);
  }
  for (PageRequest wanted{.token = "", .limit = PageRequest::kMaxPage};;) {
    ASSAY_ASSIGN(Page<StoredTrial> read, store.ReadTrials(run.key, filter, wanted));
    for (StoredTrial& each : read.items) {
      const std::pair place(each.result.ordinal, each.result.trial);
      others.insert_or_assign(place, std::move(each));
    }
    if (read.next.empty()) return others;
    wanted.token = read.next;
  }
}

// A conversation whose answers were generated is shown as it went.
std::vector<Message> ItemSource::Parts::PromptOf(const StoredTrial& trial, const Case& row) const {
  if (!trial.result.response->transcript.empty()) return trial.result.response->transcript;
  if (!prompt) return {};
  auto dialogue = prompt->Render(row.fields);
  return dialogue && !dialogue->turns.empty() ? std::move(dialogue->turns.front()) : std::vector<Message>{};
}

// What the grader of the queue's suggestions said of the trial. Made whether people are shown it or not: a queue may
// begin to show it later.
std::optional<ReviewSuggestion> ItemSource::Parts::SuggestionFor(const StoredTrial& trial, const ReviewSubject& subject,
                                                                 std::string_view candidate) const {
  const std::string& name = offer.policy->queue.prelabel.grader;
  const auto score = std::ranges::find(trial.scores, name, &StoredScore::grader);
  if (name.empty() || score == trial.scores.end() || score->score.status != ScoreStatus::kScored) return std::nullopt;
  const auto spec = graders.find(name);
  const GraderOpinion says{.by = name + "@" + score->grader_version,
                           .value = score->score.value,
                           .pass = score->score.pass,
                           .label = score->score.label,
                           .severity = spec == graders.end() ? std::nullopt : spec->second->severity};
  return SuggestionOf(says, subject, candidate, offer.policy->rubric);
}

// Absent where there is nothing that the kind of item could be about.
Result<std::optional<NewReviewItem>> ItemSource::Parts::ItemOf(const StoredTrial& trial, const QueueEntry& entry,
                                                               const Case& row,
                                                               const std::vector<TrialsByPlace>& others,
                                                               Time now) const {
  const QueueSpec& queue = offer.policy->queue;
  const std::string& key = offer.policy->draw_key;
  ItemContent content = ShownCase(row, PromptOf(trial, row), suite.suite()->slices);
  ReviewSubject subject{.kind = queue.item};
  const auto add = [&](const RunRecord& run, const StoredTrial& each, bool is_candidate) {
    const std::string id = ResponseId(key, run, offer.root, each);
    content.responses.push_back(ShownOf(id, *each.result.response));
    content.sources.push_back({.response = id,
                               .run = run.id,
                               .model = run.model,
                               .model_version = run.model_label,
                               .is_candidate = is_candidate});
    subject.responses.push_back(id);
  };
  add(offer.run, trial, true);
  if (ComparesResponses(queue.item)) {
    for (std::size_t i = 0; i < others.size(); ++i) {
      const auto other = others[i].find({trial.result.ordinal, trial.result.trial});
      if (other != others[i].end() && other->second.result.response) add(offer.against[i], other->second, false);
    }
    if (subject.responses.size() < 2) return std::nullopt;
    std::ranges::sort(subject.responses);
  }
  if (masker) masker->Mask(row.fields, content);
  if (queue.item == ReviewItemKind::kGrounding) {
    // Sentences are those of the masked response: half of what is to be masked, as a name with a full stop in it, would
    // not be found.
    content.claims = ClaimsOf(row.fields, content.responses.front().text);
    if (masker && HasOwnClaims(row.fields)) masker->MaskClaims(row.fields, content);
    for (const ItemContent::Text& claim : content.claims) subject.claims.push_back(claim.name);
    if (subject.claims.empty()) return std::nullopt;
  }
  if (queue.item == ReviewItemKind::kToolUse) {
    for (const ShownCall& call : content.responses.front().calls) subject.calls.push_back(call.id);
  }
  content.suggestion = SuggestionFor(trial, subject, content.Candidate()->response);
  std::vector<std::int64_t> lengths = LengthsOf(content, subject);
  std::string text = StoredText(content);
  ReviewItem item{
      .id = MakeId(now),
      .project = offer.run.project,
      .queue = queue.name,
      .queue_version = offer.queue_version,
      .suite = offer.run.suite,
      .suite_version = offer.run.suite_version,
      .run = offer.root,
      .case_id = trial.case_id,
      .trial = trial.result.trial,
      .content_hash = Sha256Hex(text),
      .subject = std::move(subject),
      .rubric = offer.policy->rubric.name,
      .rubric_version = offer.policy->rubric.ParsedVersion(),
      .reasons = entry.reasons,
      .lane = entry.lane,
      .severity = entry.severity,
      .language = queue.language ? FieldText(row.fields, *queue.language).substr(0, ReviewBounds::kName) : "",
      .data_class = queue.data_class.value_or(suite.suite()->data_class.value_or("")),
      .skills = queue.skills,
      .people = entry.people,
      .at_most = entry.at_most,
      .is_random_overlap = entry.is_random_overlap,
      .draw = DrawText(queue),
      .lengths = std::move(lengths),
      .provenance = FieldText(row.fields, kProvenanceField).substr(0, ReviewBounds::kName)};
  // What is no name is nobody's.
  std::string author = FieldText(row.fields, "author");
  if (!author.empty() && author.size() <= ReviewBounds::kName) item.authors.push_back(std::move(author));
  if (queue.deadline) item.due_at = now + *queue.deadline;
  ASSAY_ASSIGN(ReviewFacts facts, Enter(item, *offer.policy, now));
  return NewReviewItem{.entered = std::move(facts.front()), .content = std::move(text)};
}

ItemSource::ItemSource(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ItemSource::ItemSource(ItemSource&&) noexcept = default;
ItemSource::~ItemSource() = default;

Result<ItemSource> ItemSource::Open(Store& store, const PluginKinds& kinds, Offer offer) {
  ASSAY_ASSIGN(CatalogDocument suite, LoadRunSuite(store, kinds, offer.run));
  auto parts = std::make_unique<Parts>(Parts{
      .store = store, .offer = std::move(offer), .suite = std::move(suite), .prompt = {}, .slices = {}, .graders = {}});
  const SuiteSpec& spec = *parts->suite.suite();
  // Files of the prompt that are gone since are no reason to show people nothing.
  const auto folder = std::filesystem::path(parts->suite.file).parent_path();
  if (auto prompt = Prompt::Compile(spec, folder)) parts->prompt = *std::move(prompt);
  ASSAY_ASSIGN(parts->slices, store.ReadSliceColumns(parts->offer.run.snapshot, spec.slices));
  if (const auto& redact = parts->offer.policy->queue.redact) {
    ASSAY_ASSIGN(parts->masker, Masker::Make(*redact));
  }
  for (const GraderSpec& grader : spec.graders) parts->graders[grader.name] = &grader;
  return ItemSource(std::move(parts));
}

Result<std::optional<std::vector<NewReviewItem>>> ItemSource::Next(Time now) {
  if (parts_->is_over) return std::nullopt;
  ASSAY_ASSIGN(const Page<StoredTrial> page,
               parts_->store.ReadTrials(parts_->offer.run.key, {}, {.token = parts_->page, .limit = kTrialsAtOnce}));
  parts_->page = page.next;
  parts_->is_over = page.next.empty();
  std::vector<std::pair<const StoredTrial*, QueueEntry>> entering;
  std::vector<std::int64_t> ordinals;
  for (const StoredTrial& trial : page.items) {
    if (!trial.result.response) continue;
    auto entry = EntryOf(parts_->offer.policy->queue, parts_->SignalsOf(trial), parts_->offer.policy->draw_key);
    if (!entry) continue;
    entering.emplace_back(&trial, *std::move(entry));
    if (ordinals.empty() || ordinals.back() != trial.result.ordinal) ordinals.push_back(trial.result.ordinal);
  }
  std::vector<NewReviewItem> items;
  if (entering.empty()) return items;
  ASSAY_ASSIGN(const std::vector<Case> rows, parts_->store.ReadCases(parts_->offer.run.snapshot, ordinals));
  std::vector<TrialsByPlace> others;
  for (const RunRecord& run : parts_->offer.against) {
    ASSAY_ASSIGN(TrialsByPlace trials, parts_->TrialsOf(run, page.items));
    others.push_back(std::move(trials));
  }
  for (const auto& [trial, entry] : entering) {
    const auto row = std::ranges::find(rows, trial->result.ordinal, &Case::ordinal);
    if (row == rows.end()) return Fail(ErrorCode::kDataLoss, "case " + trial->case_id + " is not in its dataset");
    ASSAY_ASSIGN(auto item, parts_->ItemOf(*trial, entry, *row, others, now));
    if (item) items.push_back(*std::move(item));
  }
  return items;
}

}  // namespace assay
