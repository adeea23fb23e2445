#include "review/agreement.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/random.h"
#include "gates/stats/gwet.h"
#include "gates/stats/krippendorff.h"

namespace assay {
namespace {

constexpr double kTwoSided95 = 0.975;

std::string SetText(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names.empty() ? "none" : fields::Join(names, "+");
}

std::string YesOrNo(bool value) { return value ? "yes" : "no"; }

ReviewRating RatingOf(const CriterionAnswer& answer) {
  ReviewRating rating{.criterion = answer.criterion};
  if (answer.not_applicable) {
    rating.category = "does not apply";
  } else if (answer.score) {
    rating.category = std::to_string(*answer.score);
    rating.number = *answer.score;
  } else {
    rating.category = SetText(answer.labels);
  }
  return rating;
}

struct Ratings {
  std::vector<ReviewRating>& ratings;

  void operator()(const CriteriaAnswers& answers) const {
    for (const CriterionAnswer& answer : answers.criteria) ratings.push_back(RatingOf(answer));
  }
  void operator()(const PairwiseAnswers& answers) const {
    const bool has_winner = answers.choice == PairChoice::kWinner;
    ratings.push_back(
        {.criterion = "winner", .category = has_winner ? answers.winner : std::string(WordOf(answers.choice))});
    for (const CriterionWinner& named : answers.criteria) {
      ratings.push_back({.criterion = named.criterion, .category = named.winner.empty() ? "tie" : named.winner});
    }
  }
  void operator()(const RankingAnswers& answers) const {
    ratings.push_back({.criterion = "best", .category = answers.ranks.empty() ? "" : SetText(answers.ranks[0])});
  }
  void operator()(const SafetyAnswers& answers) const {
    ratings.push_back({.criterion = "harmful", .category = YesOrNo(answers.harmful)});
  }
  void operator()(const RefusalAnswers& answers) const {
    ratings.push_back({.criterion = "allowed", .category = YesOrNo(answers.allowed)});
    ratings.push_back({.criterion = "refused", .category = YesOrNo(answers.refused)});
  }
  void operator()(const GroundingAnswers& answers) const {
    for (const ClaimAnswer& claim : answers.claims) {
      ratings.push_back({.criterion = "claim", .unit = claim.claim, .category = std::string(WordOf(claim.support))});
    }
  }
  void operator()(const ToolUseAnswers& answers) const {
    for (const CallAnswer& call : answers.calls) {
      ratings.push_back({.criterion = "call", .unit = call.call, .category = YesOrNo(call.IsRight())});
    }
    ratings.push_back({.criterion = "lacks_call", .category = YesOrNo(answers.lacks_call)});
  }
  void operator()(const CorrectionAnswers& answers) const {
    ratings.push_back({.criterion = "expected", .category = answers.unchanged ? "unchanged" : "changed"});
  }
};

// The ratings of each unit of a criterion.
struct Units {
  std::map<std::string, std::vector<ReviewRating>> by_unit;

  bool HasOrder() const {
    for (const auto& [unit, ratings] : by_unit) {
      if (!std::ranges::all_of(ratings, [](const ReviewRating& rating) { return rating.number.has_value(); }))
        return false;
    }
    return true;
  }
};

// Categories as numbers: of scores themselves, else their places in the alphabet.
std::vector<std::vector<double>> NumbersOf(const Units& units, const std::set<std::string>& categories,
                                           bool has_order) {
  std::vector<std::vector<double>> numbers;
  for (const auto& [unit, ratings] : units.by_unit) {
    std::vector<double>& row = numbers.emplace_back();
    for (const ReviewRating& rating : ratings) {
      const auto place = std::distance(categories.begin(), categories.find(rating.category));
      row.push_back(has_order ? *rating.number : static_cast<double>(place));
    }
  }
  return numbers;
}

std::vector<std::vector<double>> CountsOf(const Units& units, const std::set<std::string>& categories) {
  std::vector<std::vector<double>> counts;
  for (const auto& [unit, ratings] : units.by_unit) {
    std::vector<double>& row = counts.emplace_back(categories.size(), 0.0);
    for (const ReviewRating& rating : ratings) {
      row[static_cast<std::size_t>(std::distance(categories.begin(), categories.find(rating.category)))] += 1;
    }
  }
  return counts;
}

void SetPrevalence(const Units& units, CriterionAgreement& agreement) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& [unit, ratings] : units.by_unit) {
    for (const ReviewRating& rating : ratings) ++counts[rating.category];
  }
  const auto most = std::ranges::max_element(counts, {}, &std::pair<const std::string, std::int64_t>::second);
  if (most == counts.end()) return;
  agreement.most_frequent = most->first;
  agreement.prevalence = static_cast<double>(most->second) / static_cast<double>(agreement.ratings);
}

std::set<std::string> CategoriesOf(const Units& units) {
  std::set<std::string> categories;
  for (const auto& [unit, ratings] : units.by_unit) {
    for (const ReviewRating& rating : ratings) categories.insert(rating.category);
  }
  return categories;
}

void SetAlpha(const Units& units, const std::set<std::string>& categories, std::uint64_t seed,
              CriterionAgreement& agreement) {
  const bool has_order = units.HasOrder();
  const RatingScale scale = has_order ? RatingScale::kOrdinal : RatingScale::kNominal;
  const auto numbers = NumbersOf(units, categories, has_order);
  if (const auto alpha = KrippendorffsAlpha(numbers, scale)) agreement.alpha = alpha->alpha;
  if (const auto interval = KrippendorffInterval(numbers, scale, kTwoSided95, {.seed = seed, .replicates = 1000})) {
    agreement.alpha_lower = interval->interval.lower;
    agreement.alpha_upper = interval->interval.upper;
  }
}

// Units with one rating tell how frequent categories are, and by that what chance would do.
void SetAc1(const Units& units, const std::set<std::string>& categories, CriterionAgreement& agreement) {
  const auto gwet = GwetAc1(CountsOf(units, categories));
  if (!gwet) return;
  agreement.percent = gwet->observed;
  agreement.ac1 = gwet->ac1;
  if (const auto interval = GwetInterval(*gwet, kTwoSided95)) agreement.ac1_lower = interval->lower;
}

CriterionAgreement Measure(const std::string& criterion, const Units& units, std::uint64_t seed) {
  CriterionAgreement agreement{.criterion = criterion};
  const std::set<std::string> categories = CategoriesOf(units);
  for (const auto& [unit, ratings] : units.by_unit) {
    agreement.units += ratings.size() >= 2 ? 1 : 0;
    agreement.ratings += std::ssize(ratings);
  }
  SetPrevalence(units, agreement);
  if (agreement.units < 2) {
    agreement.note = "fewer than two units with two ratings";
  } else if (categories.size() == 1) {
    agreement.percent = 1;
    agreement.note = "all ratings are the same: beyond chance there is nothing to agree on";
  } else {
    SetAlpha(units, categories, seed, agreement);
    SetAc1(units, categories, agreement);
  }
  return agreement;
}

// Criteria of the rubric first, in their order.
std::vector<std::string> InOrder(const std::map<std::string, Units>& criteria, const RubricSpec& rubric) {
  std::vector<std::string> order;
  for (const CriterionSpec& criterion : rubric.criteria) {
    if (criteria.contains(criterion.name)) order.push_back(criterion.name);
  }
  for (const auto& [name, units] : criteria) {
    if (rubric.FindCriterion(name) == nullptr) order.push_back(name);
  }
  return order;
}

std::string PlaceOfResponse(const std::string& id, const ReviewSubject& subject) {
  const auto found = std::ranges::find(subject.responses, id);
  return found == subject.responses.end() ? id : "response " + std::to_string(found - subject.responses.begin() + 1);
}

}  // namespace

Opinion WithPlaces(Opinion opinion, const ReviewSubject& subject) {
  if (auto* pair = std::get_if<PairwiseAnswers>(&opinion.answers); pair != nullptr && !pair->winner.empty())
    pair->winner = PlaceOfResponse(pair->winner, subject);
  if (auto* ranking = std::get_if<RankingAnswers>(&opinion.answers)) {
    for (std::vector<std::string>& rank : ranking->ranks) {
      for (std::string& response : rank) response = PlaceOfResponse(response, subject);
    }
  }
  return opinion;
}

bool IsOfHighSeverity(const Opinion& opinion) {
  constexpr int kLeastGrave = 2;
  return opinion.severity && *opinion.severity <= kLeastGrave;
}

std::vector<ReviewRating> RatingsOf(const Opinion& opinion, const RubricSpec& rubric) {
  std::vector<ReviewRating> ratings;
  std::visit(Ratings{ratings}, opinion.answers);
  if (!rubric.taxonomy.empty()) ratings.push_back({.criterion = "errors", .category = SetText(opinion.errors)});
  if (!rubric.severities.empty()) {
    // None is the least grave of all.
    const int level = opinion.severity.value_or(static_cast<int>(rubric.severities.size()) + 1);
    ratings.push_back(
        {.criterion = "severity", .category = opinion.severity ? std::to_string(level) : "none", .number = level});
  }
  return ratings;
}

std::vector<const Judgement*> IndependentLabels(const ItemState& state) {
  std::vector<const Judgement*> labels;
  if (!state.item.is_random_overlap || state.item.purpose != ItemPurpose::kLabel) return labels;
  for (const Judgement& judgement : state.judgements) {
    const bool is_first =
        judgement.role == JudgementRole::kLabel && judgement.revision == 1 && judgement.epoch == state.epoch;
    if (!is_first || judgement.is_void || judgement.content.saw_suggestion) continue;
    if (std::ssize(labels) < state.item.people) labels.push_back(&judgement);
  }
  if (labels.size() < 2) labels.clear();
  return labels;
}

std::vector<CriterionAgreement> AgreementOf(std::span<const ItemState* const> items, const RubricSpec& rubric,
                                            std::uint64_t seed) {
  std::vector<std::vector<Opinion>> opinions;
  for (const ItemState* item : items) {
    std::vector<Opinion>& of_item = opinions.emplace_back();
    for (const Judgement* label : IndependentLabels(*item))
      of_item.push_back(WithPlaces(label->content.opinion, item->item.subject));
  }
  return AgreementOf(opinions, rubric, seed);
}

std::vector<CriterionAgreement> AgreementOf(std::span<const std::vector<Opinion>> items, const RubricSpec& rubric,
                                            std::uint64_t seed) {
  std::map<std::string, Units> criteria;
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const Opinion& opinion : items[i]) {
      std::vector<ReviewRating> ratings = RatingsOf(opinion, rubric);
      if (!rubric.severities.empty())
        ratings.push_back({.criterion = "high_severity", .category = YesOrNo(IsOfHighSeverity(opinion))});
      for (ReviewRating& rating : ratings) {
        const std::string unit = std::to_string(i) + "|" + rating.unit;
        const std::string criterion = rating.criterion;
        criteria[criterion].by_unit[unit].push_back(std::move(rating));
      }
    }
  }
  std::vector<CriterionAgreement> agreements;
  for (const std::string& criterion : InOrder(criteria, rubric)) {
    agreements.push_back(Measure(criterion, criteria[criterion], seed + SeedFrom(criterion)));
  }
  return agreements;
}

}  // namespace assay
