#pragma once
// Where people differ: pairs of people, and which answer stands against which, by criterion. For leads: it names
// people. Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "review/agreement.h"

namespace assay {

// Two people on what both judged independently (IndependentLabels).
struct PairOfPeople {
  std::string one = {};  // the first by name
  std::string other = {};
  std::int64_t units = 0;            // that both judged
  std::int64_t same = 0;             // on which they say the same
  std::optional<double> kappa = {};  // Cohen's, unweighted; absent where chance alone would have them agree
};

// How often two people who judged the same said one and the other; each pair of judgements once.
struct AnswerPair {
  std::string one = {};  // the first by number, else by name
  std::string other = {};
  std::int64_t count = 0;
};

struct CriterionDifferences {
  std::string criterion = {};
  std::vector<PairOfPeople> people = {};  // most units first, at most kMostPairsOfPeople
  std::vector<std::string> answers = {};  // in their order, at most kMostAnswers; what is rarer is "other"
  std::vector<AnswerPair> confusion = {};
};
inline constexpr std::size_t kMostPairsOfPeople = 100;
inline constexpr std::size_t kMostAnswers = 12;

// By criterion, in the order of the rubric and then by name; those that no two people judged are left out.
std::vector<CriterionDifferences> DifferencesOf(std::span<const ItemState* const> items, const RubricSpec& rubric);

}  // namespace assay
