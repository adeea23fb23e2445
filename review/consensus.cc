#include "review/consensus.h"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdlib>
#include <map>
#include <set>

namespace assay {
namespace {

OpinionMatch Worse(OpinionMatch first, OpinionMatch second) { return std::max(first, second); }

OpinionMatch SameOrNot(bool is_same) { return is_same ? OpinionMatch::kSame : OpinionMatch::kDiffer; }

OpinionMatch CompareSets(std::vector<std::string> first, std::vector<std::string> second, double overlap) {
  std::ranges::sort(first);
  std::ranges::sort(second);
  if (first == second) return OpinionMatch::kSame;
  std::vector<std::string> both;
  std::ranges::set_intersection(first, second, std::back_inserter(both));
  const auto either = static_cast<double>(first.size() + second.size() - both.size());
  return static_cast<double>(both.size()) >= overlap * either ? OpinionMatch::kWithin : OpinionMatch::kDiffer;
}

OpinionMatch CompareScores(int first, int second, const CriterionSpec& criterion, const AgreementSpec& agreement) {
  if (first == second) return OpinionMatch::kSame;
  const auto mark = criterion.scale ? criterion.scale->pass : std::nullopt;
  const bool is_same_side = !mark || (first >= *mark) == (second >= *mark);
  const bool is_near = std::abs(first - second) <= agreement.scores_within;
  return is_near && is_same_side ? OpinionMatch::kWithin : OpinionMatch::kDiffer;
}

const CriterionAnswer* FindAnswer(const CriteriaAnswers& answers, std::string_view criterion) {
  const auto found = std::ranges::find(answers.criteria, criterion, &CriterionAnswer::criterion);
  return found == answers.criteria.end() ? nullptr : &*found;
}

struct Comparison {
  const AgreementSpec& agreement;
  const RubricSpec& rubric;

  OpinionMatch operator()(const CriteriaAnswers& first, const CriteriaAnswers& second) const {
    OpinionMatch match = OpinionMatch::kSame;
    for (const CriterionSpec& criterion : rubric.criteria) {
      const CriterionAnswer* one = FindAnswer(first, criterion.name);
      const CriterionAnswer* other = FindAnswer(second, criterion.name);
      if (one == nullptr && other == nullptr) continue;
      match = Worse(match, one == nullptr || other == nullptr ? OpinionMatch::kWithin : Of(*one, *other, criterion));
    }
    return match;
  }
  OpinionMatch operator()(const PairwiseAnswers& first, const PairwiseAnswers& second) const {
    if (first == second) return OpinionMatch::kSame;
    const bool agrees = first.choice == second.choice && first.winner == second.winner;
    return agrees ? OpinionMatch::kWithin : OpinionMatch::kDiffer;
  }
  OpinionMatch operator()(const RankingAnswers& first, const RankingAnswers& second) const {
    const auto best = [](const RankingAnswers& ranking) {
      return ranking.ranks.empty() ? std::set<std::string>()
                                   : std::set<std::string>(ranking.ranks[0].begin(), ranking.ranks[0].end());
    };
    const std::optional<double> tau = KendallTauB(first, second);
    if (tau && *tau == 1) return OpinionMatch::kSame;
    if (best(first) != best(second)) return OpinionMatch::kDiffer;
    if (!tau) return SameOrNot(first.ranks.size() == second.ranks.size());
    return *tau >= agreement.rank_correlation ? OpinionMatch::kWithin : OpinionMatch::kDiffer;
  }
  OpinionMatch operator()(const SafetyAnswers& first, const SafetyAnswers& second) const {
    return SameOrNot(first == second);
  }
  OpinionMatch operator()(const RefusalAnswers& first, const RefusalAnswers& second) const {
    return SameOrNot(first == second);
  }
  OpinionMatch operator()(const GroundingAnswers& first, const GroundingAnswers& second) const {
    const auto by_claim = [](const GroundingAnswers& answers) {
      std::map<std::string_view, ClaimSupport> support;
      for (const ClaimAnswer& claim : answers.claims) support[claim.claim] = claim.support;
      return support;
    };
    return SameOrNot(by_claim(first) == by_claim(second));
  }
  OpinionMatch operator()(const ToolUseAnswers& first, const ToolUseAnswers& second) const {
    const auto by_call = [](const ToolUseAnswers& answers) {
      std::map<std::string_view, CallAnswer> calls;
      for (const CallAnswer& call : answers.calls) calls[call.call] = call;
      return calls;
    };
    return SameOrNot(first.lacks_call == second.lacks_call && by_call(first) == by_call(second));
  }
  OpinionMatch operator()(const CorrectionAnswers& first, const CorrectionAnswers& second) const {
    if (first == second) return OpinionMatch::kSame;
    const auto trimmed = [](std::string_view text) {
      constexpr std::string_view kSpace = " \t\r\n";
      const std::size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
      return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
    };
    const bool agrees = first.unchanged == second.unchanged && trimmed(first.expected) == trimmed(second.expected);
    return agrees ? OpinionMatch::kWithin : OpinionMatch::kDiffer;
  }
  // Answers to another kind of item; a kind without a comparison does not compile.
  template <class First, class Second>
  requires(!std::same_as<First, Second>) OpinionMatch operator()(const First&, const Second&) const {
    return OpinionMatch::kDiffer;
  }

 private:
  OpinionMatch Of(const CriterionAnswer& one, const CriterionAnswer& other, const CriterionSpec& criterion) const {
    if (one.not_applicable || other.not_applicable) return SameOrNot(one.not_applicable == other.not_applicable);
    if (one.score && other.score) return CompareScores(*one.score, *other.score, criterion, agreement);
    return CompareSets(one.labels, other.labels, criterion.several ? agreement.error_overlap : 1);
  }
};

// The place of each response: the smaller, the better.
std::map<std::string, int> PlacesOf(const RankingAnswers& ranking) {
  std::map<std::string, int> places;
  for (std::size_t rank = 0; rank < ranking.ranks.size(); ++rank) {
    for (const std::string& response : ranking.ranks[rank]) places[response] = static_cast<int>(rank);
  }
  return places;
}

template <class T>
T LowerMedian(std::vector<T> values) {
  std::ranges::sort(values);
  return values[(values.size() - 1) / 2];
}

// What at least half of the lists hold.
std::vector<std::string> NamedByHalf(const std::vector<std::vector<std::string>>& lists) {
  std::map<std::string, std::size_t> counts;
  for (const std::vector<std::string>& list : lists) {
    for (const std::string& name : list) ++counts[name];
  }
  std::vector<std::string> names;
  for (const auto& [name, count] : counts) {
    if (2 * count >= lists.size()) names.push_back(name);
  }
  return names;
}

CriterionAnswer MergeCriterion(const std::vector<const CriterionAnswer*>& answers) {
  CriterionAnswer merged = *answers[0];
  if (merged.score) {
    std::vector<int> scores;
    for (const CriterionAnswer* answer : answers) scores.push_back(answer->score.value_or(*merged.score));
    merged.score = LowerMedian(std::move(scores));
  } else if (!merged.labels.empty()) {
    std::vector<std::vector<std::string>> labels;
    for (const CriterionAnswer* answer : answers) labels.push_back(answer->labels);
    if (std::vector<std::string> named = NamedByHalf(labels); !named.empty()) merged.labels = std::move(named);
  }
  return merged;
}

CriteriaAnswers MergeCriteria(std::span<const Opinion> opinions, const RubricSpec& rubric) {
  CriteriaAnswers merged;
  for (const CriterionSpec& criterion : rubric.criteria) {
    std::vector<const CriterionAnswer*> answers;
    for (const Opinion& opinion : opinions) {
      const auto* criteria = std::get_if<CriteriaAnswers>(&opinion.answers);
      if (criteria == nullptr) continue;
      if (const CriterionAnswer* answer = FindAnswer(*criteria, criterion.name)) answers.push_back(answer);
    }
    if (!answers.empty()) merged.criteria.push_back(MergeCriterion(answers));
  }
  return merged;
}

bool DifferInSeverity(std::span<const Opinion> opinions) {
  return std::ranges::any_of(opinions, [&](const Opinion& o) { return o.severity != opinions[0].severity; });
}

OpinionMatch WorstMatch(std::span<const Opinion> opinions, const AgreementSpec& agreement, const RubricSpec& rubric) {
  OpinionMatch worst = OpinionMatch::kSame;
  for (std::size_t i = 0; i < opinions.size(); ++i) {
    for (std::size_t k = i + 1; k < opinions.size(); ++k) {
      worst = Worse(worst, Compare(opinions[i], opinions[k], agreement, rubric));
    }
  }
  return worst;
}

Settled Agreed(std::span<const Opinion> opinions, OpinionMatch match, const RubricSpec& rubric) {
  Settled settled{.method = opinions.size() == 1           ? DecisionMethod::kSingle
                            : match == OpinionMatch::kSame ? DecisionMethod::kUnanimous
                                                           : DecisionMethod::kTolerance,
                  .outcome = Merge(opinions, rubric)};
  for (std::size_t i = 0; i < opinions.size(); ++i) settled.inputs.push_back(i);
  return settled;
}

// The opinions that more than half share, each of which agrees with each.
std::optional<Settled> MajorityOf(std::span<const Opinion> opinions, const AgreementSpec& agreement,
                                  const RubricSpec& rubric) {
  for (std::size_t i = 0; i < opinions.size(); ++i) {
    Settled settled{.method = DecisionMethod::kMajority};
    std::vector<Opinion> group;
    for (std::size_t k = 0; k < opinions.size(); ++k) {
      const bool agrees = std::ranges::all_of(group, [&](const Opinion& member) {
        return Compare(member, opinions[k], agreement, rubric) != OpinionMatch::kDiffer;
      });
      if (!agrees || Compare(opinions[i], opinions[k], agreement, rubric) == OpinionMatch::kDiffer) continue;
      group.push_back(opinions[k]);
      settled.inputs.push_back(k);
    }
    if (2 * group.size() <= opinions.size()) continue;
    settled.outcome = Merge(group, rubric);
    return settled;
  }
  return std::nullopt;
}

}  // namespace

OpinionMatch Compare(const Opinion& first, const Opinion& second, const AgreementSpec& agreement,
                     const RubricSpec& rubric) {
  if (first.severity != second.severity) return OpinionMatch::kDiffer;
  const OpinionMatch errors = CompareSets(first.errors, second.errors, agreement.error_overlap);
  return Worse(errors, std::visit(Comparison{agreement, rubric}, first.answers, second.answers));
}

std::optional<double> KendallTauB(const RankingAnswers& first, const RankingAnswers& second) {
  const std::map<std::string, int> one = PlacesOf(first);
  const std::map<std::string, int> other = PlacesOf(second);
  double difference = 0;  // of concordant and discordant pairs
  double untied_in_one = 0;
  double untied_in_other = 0;
  for (auto i = one.begin(); i != one.end(); ++i) {
    for (auto k = std::next(i); k != one.end(); ++k) {
      const auto other_i = other.find(i->first);
      const auto other_k = other.find(k->first);
      if (other_i == other.end() || other_k == other.end()) continue;
      const int a = i->second - k->second;
      const int b = other_i->second - other_k->second;
      untied_in_one += a != 0 ? 1 : 0;
      untied_in_other += b != 0 ? 1 : 0;
      if (a != 0 && b != 0) difference += (a > 0) == (b > 0) ? 1 : -1;
    }
  }
  if (untied_in_one == 0 || untied_in_other == 0) return std::nullopt;
  return difference / std::sqrt(untied_in_one * untied_in_other);
}

namespace {

// By each criterion what more than half say of it; where nothing is, it is left out.
std::vector<CriterionWinner> MergeWinners(std::span<const Opinion> opinions, const RubricSpec& rubric) {
  std::vector<CriterionWinner> merged;
  for (const CriterionSpec& criterion : rubric.criteria) {
    std::map<std::string, std::size_t> counts;
    for (const Opinion& opinion : opinions) {
      for (const CriterionWinner& named : std::get<PairwiseAnswers>(opinion.answers).criteria) {
        if (named.criterion == criterion.name) ++counts[named.winner];
      }
    }
    for (const auto& [winner, count] : counts) {
      if (2 * count > opinions.size()) merged.push_back({.criterion = criterion.name, .winner = winner});
    }
  }
  return merged;
}

}  // namespace

Opinion Merge(std::span<const Opinion> opinions, const RubricSpec& rubric) {
  Opinion merged = opinions[0];
  std::vector<std::vector<std::string>> errors;
  for (const Opinion& opinion : opinions) errors.push_back(opinion.errors);
  merged.errors = NamedByHalf(errors);
  if (std::holds_alternative<CriteriaAnswers>(merged.answers)) merged.answers = MergeCriteria(opinions, rubric);
  auto* pair = std::get_if<PairwiseAnswers>(&merged.answers);
  if (pair != nullptr) pair->criteria = MergeWinners(opinions, rubric);
  if (pair != nullptr && pair->strength > 0) {
    std::vector<int> strengths;
    for (const Opinion& opinion : opinions) strengths.push_back(std::get<PairwiseAnswers>(opinion.answers).strength);
    pair->strength = LowerMedian(std::move(strengths));
  }
  return merged;
}

Settlement Settle(std::span<const Opinion> opinions, int target, int at_most, bool is_severe,
                  const AgreementSpec& agreement, const RubricSpec& rubric) {
  if (std::ssize(opinions) < target || opinions.empty()) return StillOpen{};
  if (is_severe) return NeedsAdjudication{.why = "harm of severity 1 was flagged"};
  const OpinionMatch match = WorstMatch(opinions, agreement, rubric);
  if (match != OpinionMatch::kDiffer) return Agreed(opinions, match, rubric);
  if (target < at_most) return NeedsAnother{};
  if (DifferInSeverity(opinions)) return NeedsAdjudication{.why = "people differ in severity"};
  if (agreement.majority && opinions.size() >= 3) {
    if (auto majority = MajorityOf(opinions, agreement, rubric)) return *std::move(majority);
    return NeedsAdjudication{.why = "no opinion has a majority"};
  }
  return NeedsAdjudication{.why = "people differ"};
}

}  // namespace assay
