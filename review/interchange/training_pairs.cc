#include "review/interchange/training_pairs.h"

#include <algorithm>

#include "core/conversation.h"
#include "core/digest.h"
#include "core/random.h"

namespace assay {
namespace {

constexpr std::uint8_t kTaken = 1;
constexpr std::uint8_t kOneWay = 2;
constexpr std::uint8_t kOtherWay = 4;
constexpr std::uint8_t kWritten = 8;

const std::string* TextOfRecordResponse(const ExchangeRecord& record, const std::string& id) {
  const auto found = std::ranges::find(record.texts.responses, id, &RecordResponse::id);
  return found == record.texts.responses.end() ? nullptr : &found->text;
}

TrainingExample ExampleFrame(const ExchangeRecord& record) {
  return {.prompt = record.texts.prompt,
          .item = record.item.id,
          .case_id = record.item.case_id,
          .decision = HoldingDecision(record)->id,
          .rubric = record.item.rubric + "@" + ToString(record.rubric_version)};
}

std::optional<double> MarginOf(int strength, const TrainingOptions& options) {
  const auto index = static_cast<std::size_t>(strength - 1);
  if (strength < 1 || index >= options.margins.size()) return std::nullopt;
  return options.margins[index];
}

std::string TextOfPrompt(const TrainingExample& example) {
  std::string text;
  for (const Message& message : example.prompt) text += ToJson(message).Dump() + "\n";
  return text;
}

// The examples of an outcome, by its form of answers.
class OutcomeExamples {
 public:
  OutcomeExamples(const ExchangeRecord& record, const ExamplesOf& by, ExclusionCounts& excluded)
      : record_(record), by_(by), excluded_(excluded) {}

  void operator()(const PairwiseAnswers& answers) {
    if (by_.form == TrainingForm::kKto) return AddBothBad(answers);
    if (!IsOfPairs()) return Exclude("no_answer");
    if (answers.choice == PairChoice::kTie) return Exclude("tie");
    if (answers.choice == PairChoice::kBothBad) return Exclude("both_bad");
    for (const std::string& other : record_.item.subject.responses) {
      if (other != answers.winner) AddPair(answers.winner, other, MarginOf(answers.strength, by_.options), 1);
    }
  }

  void operator()(const RankingAnswers& answers) {
    if (!IsOfPairs()) return Exclude("no_answer");
    const std::vector<std::pair<std::size_t, std::size_t>> ranks = RankPairs(answers.ranks.size());
    std::size_t pairs = 0;
    for (const auto& [better, worse] : ranks) pairs += answers.ranks[better].size() * answers.ranks[worse].size();
    if (pairs == 0) return Exclude("tie");
    for (const auto& [better, worse] : ranks) {
      for (const std::string& winner : answers.ranks[better]) {
        for (const std::string& loser : answers.ranks[worse])
          AddPair(winner, loser, std::nullopt, 1 / static_cast<double>(pairs));
      }
    }
  }

  // What was changed is what should have been said.
  void operator()(const CorrectionAnswers& answers) {
    if (by_.form != TrainingForm::kSft) return AddVerdict();
    AddCompletion(answers.unchanged ? record_.texts.reference : answers.expected, std::nullopt);
  }

  // Pairs of scored responses are made of several items (ScoredPairs).
  template <class Answers>
  void operator()(const Answers&) {
    const bool is_scored_pair = IsOfPairs() && by_.options.score_difference.has_value();
    if (is_scored_pair) return;
    AddVerdict();
  }

  std::vector<TrainingExample> Take() { return std::move(examples_); }

 private:
  bool IsOfPairs() const { return by_.form == TrainingForm::kDpo || by_.form == TrainingForm::kReward; }
  void Exclude(const std::string& reason) { ++excluded_[reason]; }

  std::vector<std::pair<std::size_t, std::size_t>> RankPairs(std::size_t ranks) const {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    if (by_.options.ranking == RankingPairs::kBestWorst && ranks > 1) return {{0, ranks - 1}};
    for (std::size_t better = 0; better < ranks; ++better) {
      const std::size_t end = by_.options.ranking == RankingPairs::kAdjacent ? std::min(better + 2, ranks) : ranks;
      for (std::size_t worse = better + 1; worse < end; ++worse) pairs.emplace_back(better, worse);
    }
    return pairs;
  }

  void AddPair(const std::string& winner, const std::string& loser, std::optional<double> margin, double weight) {
    const std::string* chosen = TextOfRecordResponse(record_, winner);
    const std::string* rejected = TextOfRecordResponse(record_, loser);
    if (chosen == nullptr || rejected == nullptr) return Exclude("no_text");
    const bool wants_margin = by_.form == TrainingForm::kReward && by_.options.with_margin;
    if (wants_margin && !margin) return Exclude("no_margin");
    TrainingExample example = ExampleFrame(record_);
    example.chosen = *chosen;
    example.rejected = *rejected;
    example.weight = weight;
    if (wants_margin) example.margin = margin;
    examples_.push_back(std::move(example));
  }

  void AddCompletion(const std::string& text, std::optional<bool> is_desired) {
    TrainingExample example = ExampleFrame(record_);
    example.chosen = text;
    example.is_desired = is_desired;
    examples_.push_back(std::move(example));
  }

  // A response that is good, or bad, by itself. A preference says neither.
  void AddVerdict() {
    if (by_.form != TrainingForm::kKto) return Exclude("no_answer");
    const std::string& id = record_.item.subject.responses.front();
    const HumanScore score = ScoreOf(HoldingDecision(record_)->outcome, id, by_.rubric);
    const std::string* text = TextOfRecordResponse(record_, id);
    if (!score.pass) return Exclude("says_neither");
    if (text == nullptr) return Exclude("no_text");
    AddCompletion(*text, *score.pass);
  }

  void AddBothBad(const PairwiseAnswers& answers) {
    if (answers.choice != PairChoice::kBothBad) return Exclude("preference");
    if (!by_.options.both_bad_is_undesired) return Exclude("both_bad");
    for (const std::string& id : record_.item.subject.responses) {
      const std::string* text = TextOfRecordResponse(record_, id);
      if (text == nullptr) return Exclude("no_text");
      AddCompletion(*text, false);
    }
  }

  const ExchangeRecord& record_;
  const ExamplesOf& by_;
  ExclusionCounts& excluded_;
  std::vector<TrainingExample> examples_;
};

struct KeyOfExample {
  std::uint64_t key = 0;
  std::uint8_t way = kOneWay;
};

// A pair and its reverse have one key, and so have a completion that is desired and the same that is not.
KeyOfExample KeyOf(const TrainingExample& example) {
  const bool is_reversed = example.rejected < example.chosen && !example.rejected.empty();
  const std::string& first = is_reversed ? example.rejected : example.chosen;
  const std::string& second = is_reversed ? example.chosen : example.rejected;
  const std::string lengths = std::to_string(first.size()) + "," + std::to_string(second.size()) + "\n";
  const std::uint64_t key = SeedFrom(lengths + first + second + TextOfPrompt(example));
  const bool is_other = is_reversed || example.is_desired == false;
  return {.key = key, .way = is_other ? kOtherWay : kOneWay};
}

}  // namespace

std::string_view TrainingExclusionOf(const ExchangeRecord& record, const TrainingOptions& options) {
  const bool may_use_all = options.approval || options.is_rehearsal;
  if (!record.gates && !may_use_all) return "gates_unknown";
  if (record.gates && !record.gates->empty() && !may_use_all) return "gate_case";
  if (HoldingDecision(record) == nullptr) return "undecided";
  if (record.state != ReviewState::kDone) return "not_final";
  return "";
}

std::vector<TrainingExample> ExamplesOf::operator()(const ExchangeRecord& record, ExclusionCounts& excluded) const {
  if (const std::string_view why = TrainingExclusionOf(record, options); !why.empty()) {
    ++excluded[std::string(why)];
    return {};
  }
  if (record.item.subject.responses.empty()) {
    ++excluded["no_text"];
    return {};
  }
  OutcomeExamples examples(record, *this, excluded);
  std::visit(examples, HoldingDecision(record)->outcome.answers);
  return examples.Take();
}

std::vector<TrainingExample> ScoredPairs::Add(const ExchangeRecord& record, ExclusionCounts& excluded) {
  constexpr std::size_t kMost = 64;
  const bool is_scored = record.item.subject.kind == ReviewItemKind::kRubric && options_.score_difference &&
                         (form_ == TrainingForm::kDpo || form_ == TrainingForm::kReward) &&
                         TrainingExclusionOf(record, options_).empty() && !record.texts.responses.empty();
  if (!is_scored) return {};
  std::string key = record.item.suite + "\n" + record.item.case_id;
  std::vector<TrainingExample> pairs;
  if (key != key_) pairs = Finish();
  key_ = std::move(key);
  const HumanScore score = ScoreOf(HoldingDecision(record)->outcome, record.item.subject.responses.front(), rubric_);
  if (!score.value) {
    ++excluded["says_neither"];
  } else if (scored_.size() == kMost) {
    ++excluded["too_many_of_case"];
  } else {
    TrainingExample example = ExampleFrame(record);
    example.chosen = record.texts.responses.front().text;
    scored_.push_back({.example = std::move(example), .value = *score.value, .is_vetoed = score.pass == false});
  }
  return pairs;
}

std::vector<TrainingExample> ScoredPairs::Finish() {
  std::vector<TrainingExample> pairs;
  for (const Scored& better : scored_) {
    for (const Scored& worse : scored_) {
      const double difference = better.value - worse.value;
      const bool is_pair = difference > 0 && difference >= *options_.score_difference && !better.is_vetoed &&
                           better.example.prompt == worse.example.prompt;
      if (!is_pair) continue;
      TrainingExample pair = better.example;
      pair.rejected = worse.example.chosen;
      if (form_ == TrainingForm::kReward && options_.with_margin) pair.margin = difference;
      pairs.push_back(std::move(pair));
    }
  }
  for (TrainingExample& pair : pairs) pair.weight = 1 / static_cast<double>(pairs.size());
  scored_.clear();
  key_.clear();
  return pairs;
}

std::size_t ExampleTable::PlaceOf(std::uint64_t key) const {
  const std::size_t mask = keys_.size() - 1;
  std::size_t place = static_cast<std::size_t>(key) & mask;
  while (marks_[place] != 0 && keys_[place] != key) place = (place + 1) & mask;
  return place;
}

void ExampleTable::Grow() {
  std::vector<std::uint64_t> keys = std::move(keys_);
  std::vector<std::uint8_t> marks = std::move(marks_);
  const std::size_t size = keys.empty() ? 1024 : 2 * keys.size();
  keys_.assign(size, 0);
  marks_.assign(size, 0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (marks[i] == 0) continue;
    const std::size_t place = PlaceOf(keys[i]);
    keys_[place] = keys[i];
    marks_[place] = marks[i];
  }
}

Status ExampleTable::Note(const TrainingExample& example) {
  if (2 * (count_ + 1) > keys_.size()) Grow();
  const auto [key, way] = KeyOf(example);
  const std::size_t place = PlaceOf(key);
  if (marks_[place] == 0 && ++count_ > most_) {
    return Fail(ErrorCode::kResourceExhausted,
                "an export for training has at most " + std::to_string(most_) + " rows; select less");
  }
  keys_[place] = key;
  marks_[place] |= kTaken | way;
  return {};
}

Result<std::string_view> ExampleTable::FaultOf(const TrainingExample& example) {
  const std::size_t place = keys_.empty() ? 0 : PlaceOf(KeyOf(example).key);
  if (keys_.empty() || marks_[place] == 0) return Fail(ErrorCode::kAborted, std::string(kChangedBetweenPasses));
  std::uint8_t& mark = marks_[place];
  if ((mark & kOneWay) != 0 && (mark & kOtherWay) != 0) return "contradictory";
  if ((mark & kWritten) != 0) return "duplicate";
  mark |= kWritten;
  return "";
}

std::string_view SplitOf(const TrainingExample& example, const TrainingOptions& options) {
  Random random(SeedFrom(options.split_seed + "\n" + TextOfPrompt(example)));
  return random.Uniform() < options.validation_share ? "validation" : "train";
}

}  // namespace assay
