#include "review/differences.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "gates/stats/kappa.h"

namespace assay {
namespace {

constexpr char kOther[] = "other";

// Numbers by their size, before words.
struct ByNumber {
  bool operator()(const ReviewRating& one, const ReviewRating& other) const {
    if (one.number && other.number) return *one.number < *other.number;
    if (one.number || other.number) return one.number.has_value();
    return one.category < other.category;
  }
};

// What two people said of each unit that both judged.
using SaidOfUnits = std::vector<std::pair<ReviewRating, ReviewRating>>;

// Of a criterion.
struct Counted {
  std::map<std::pair<std::string, std::string>, SaidOfUnits> people;
};

std::optional<double> KappaOf(const SaidOfUnits& said) {
  std::set<std::string> names;
  for (const auto& [one, other] : said) names.insert({one.category, other.category});
  const auto place = [&](const std::string& name) {
    return static_cast<std::size_t>(std::distance(names.begin(), names.find(name)));
  };
  std::vector<std::vector<double>> table(names.size(), std::vector<double>(names.size(), 0.0));
  for (const auto& [one, other] : said) table[place(one.category)][place(other.category)] += 1;
  const auto kappa = CohensKappa(table, KappaWeights::kUnweighted);
  return kappa ? std::optional(kappa->kappa) : std::nullopt;
}

std::vector<PairOfPeople> PeopleOf(const Counted& counted) {
  std::vector<PairOfPeople> people;
  for (const auto& [names, said] : counted.people) {
    const auto same =
        std::ranges::count_if(said, [](const auto& each) { return each.first.category == each.second.category; });
    people.push_back(
        {.one = names.first, .other = names.second, .units = std::ssize(said), .same = same, .kappa = KappaOf(said)});
  }
  std::ranges::stable_sort(people, std::ranges::greater(), &PairOfPeople::units);
  if (people.size() > kMostPairsOfPeople) people.resize(kMostPairsOfPeople);
  return people;
}

// The answers that are named most, in their order.
std::vector<std::string> AnswersOf(const Counted& counted) {
  std::map<ReviewRating, std::int64_t, ByNumber> counts;
  for (const auto& [names, said] : counted.people) {
    for (const auto& [one, other] : said) {
      ++counts[one];
      ++counts[other];
    }
  }
  std::vector<std::int64_t> most;
  for (const auto& [rating, count] : counts) most.push_back(count);
  std::ranges::sort(most, std::ranges::greater());
  const std::int64_t least = most.size() > kMostAnswers ? most[kMostAnswers - 1] : 0;
  std::vector<std::string> answers;
  for (const auto& [rating, count] : counts) {
    if (count >= least && answers.size() < kMostAnswers) answers.push_back(rating.category);
  }
  if (answers.size() < counts.size()) answers.push_back(kOther);
  return answers;
}

std::vector<AnswerPair> ConfusionOf(const Counted& counted, const std::vector<std::string>& answers) {
  const auto place = [&](const std::string& answer) {
    const auto found = std::ranges::find(answers, answer);
    return static_cast<std::size_t>(std::min(found - answers.begin(), std::ssize(answers) - 1));
  };
  std::map<std::array<std::size_t, 2>, std::int64_t> counts;
  for (const auto& [names, said] : counted.people) {
    for (const auto& [one, other] : said) {
      std::array<std::size_t, 2> cell = {place(one.category), place(other.category)};
      std::ranges::sort(cell);
      ++counts[cell];
    }
  }
  std::vector<AnswerPair> confusion;
  for (const auto& [cell, count] : counts)
    confusion.push_back({.one = answers[cell[0]], .other = answers[cell[1]], .count = count});
  return confusion;
}

using Criteria = std::map<std::string, Counted>;

// What one person says, by criterion and unit.
struct Voice {
  std::string person = {};
  std::map<std::pair<std::string, std::string>, ReviewRating> ratings = {};
};

// By name.
std::vector<Voice> VoicesOf(const ItemState& item, const RubricSpec& rubric) {
  std::vector<Voice> voices;
  for (const Judgement* label : IndependentLabels(item)) {
    Voice& voice = voices.emplace_back(Voice{.person = label->person});
    for (ReviewRating& rating : RatingsOf(WithPlaces(label->content.opinion, item.item.subject), rubric)) {
      const std::pair unit(rating.criterion, rating.unit);
      voice.ratings.emplace(unit, std::move(rating));
    }
  }
  std::ranges::sort(voices, {}, &Voice::person);
  return voices;
}

void CountPair(const Voice& one, const Voice& other, Criteria& criteria) {
  for (const auto& [unit, rating] : one.ratings) {
    const auto found = other.ratings.find(unit);
    if (found != other.ratings.end())
      criteria[unit.first].people[{one.person, other.person}].emplace_back(rating, found->second);
  }
}

void CountItem(const ItemState& item, const RubricSpec& rubric, Criteria& criteria) {
  const std::vector<Voice> voices = VoicesOf(item, rubric);
  for (std::size_t i = 0; i < voices.size(); ++i) {
    for (std::size_t j = i + 1; j < voices.size(); ++j) CountPair(voices[i], voices[j], criteria);
  }
}

}  // namespace

std::vector<CriterionDifferences> DifferencesOf(std::span<const ItemState* const> items, const RubricSpec& rubric) {
  Criteria criteria;
  for (const ItemState* item : items) CountItem(*item, rubric, criteria);
  std::vector<CriterionDifferences> differences;
  const auto add = [&](const std::string& criterion, const Counted& counted) {
    CriterionDifferences of{.criterion = criterion, .people = PeopleOf(counted), .answers = AnswersOf(counted)};
    of.confusion = ConfusionOf(counted, of.answers);
    differences.push_back(std::move(of));
  };
  for (const CriterionSpec& criterion : rubric.criteria) {
    const auto found = criteria.find(criterion.name);
    if (found != criteria.end()) add(found->first, found->second);
  }
  for (const auto& [criterion, counted] : criteria) {
    if (rubric.FindCriterion(criterion) == nullptr) add(criterion, counted);
  }
  return differences;
}

}  // namespace assay
