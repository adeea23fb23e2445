#include "review/opinion.h"

#include <algorithm>
#include <set>

namespace assay {
namespace {

std::unexpected<Error> Invalid(std::string message) { return Fail(ErrorCode::kInvalidArgument, std::move(message)); }

std::string Quoted(std::string_view text) { return Json(text.substr(0, ReviewBounds::kName)).Dump(); }

Status CheckCriterionAnswer(const CriterionAnswer& answer, const CriterionSpec& criterion) {
  const std::string called = "criterion \"" + criterion.name + "\"";
  const int given = (answer.score ? 1 : 0) + (answer.labels.empty() ? 0 : 1) + (answer.not_applicable ? 1 : 0);
  if (given != 1) return Invalid(called + " needs a score, a label or \"does not apply\", and one of them only");
  if (answer.not_applicable) {
    if (criterion.not_applicable) return {};
    return Invalid(called + " always applies");
  }
  if (answer.score) {
    if (!criterion.scale) return Invalid(called + " has labels and no scores");
    if (criterion.HasScore(*answer.score)) return {};
    return Invalid(called + " has no score " + std::to_string(*answer.score) + ", only " +
                   std::to_string(criterion.scale->from) + " to " + std::to_string(criterion.scale->to));
  }
  if (criterion.scale) return Invalid(called + " has scores and no labels");
  if (answer.labels.size() > 1 && !criterion.several) return Invalid(called + " takes one label only");
  std::set<std::string_view> seen;
  for (const std::string& label : answer.labels) {
    if (criterion.FindLabel(label) == nullptr) return Invalid(called + " has no label " + Quoted(label));
    if (!seen.insert(label).second) return Invalid(called + " has label " + Quoted(label) + " twice");
  }
  return {};
}

// The criteria that an item of this kind asks about.
bool IsAsked(const CriterionSpec& criterion, ReviewItemKind kind) {
  return kind == ReviewItemKind::kRubric || !criterion.labels.empty();
}

Status CheckCriteria(const CriteriaAnswers& answers, ReviewItemKind kind, const RubricSpec& rubric) {
  std::set<std::string_view> answered;
  for (const CriterionAnswer& answer : answers.criteria) {
    const CriterionSpec* criterion = rubric.FindCriterion(answer.criterion);
    if (criterion == nullptr) {
      return Invalid("rubric \"" + rubric.name + "\" has no criterion " + Quoted(answer.criterion));
    }
    if (!IsAsked(*criterion, kind))
      return Invalid("criterion \"" + criterion->name + "\" has no labels to classify by");
    if (!answered.insert(answer.criterion).second) {
      return Invalid("criterion \"" + criterion->name + "\" is answered twice");
    }
    ASSAY_TRY(CheckCriterionAnswer(answer, *criterion));
  }
  for (const CriterionSpec& criterion : rubric.criteria) {
    if (criterion.required && IsAsked(criterion, kind) && !answered.contains(criterion.name)) {
      return Invalid("criterion \"" + criterion.name + "\" is not answered");
    }
  }
  return {};
}

// By which criteria which of the two is better.
Status CheckCriterionWinners(const PairwiseAnswers& answers, const ReviewSubject& subject, const RubricSpec& rubric) {
  auto place = rubric.criteria.begin();
  for (const CriterionWinner& named : answers.criteria) {
    if (rubric.FindCriterion(named.criterion) == nullptr) {
      return Invalid("rubric \"" + rubric.name + "\" has no criterion " + Quoted(named.criterion));
    }
    place = std::ranges::find(place, rubric.criteria.end(), named.criterion, &CriterionSpec::name);
    if (place == rubric.criteria.end()) {
      return Invalid("criterion \"" + named.criterion + "\" is out of order: as in the rubric, each once");
    }
    ++place;
    const bool is_known =
        named.winner.empty() || std::ranges::find(subject.responses, named.winner) != subject.responses.end();
    if (!is_known) return Invalid("the winner " + Quoted(named.winner) + " is no response of the item");
  }
  return {};
}

Status CheckPair(const PairwiseAnswers& answers, const ReviewSubject& subject, const RubricSpec& rubric) {
  ASSAY_TRY(CheckCriterionWinners(answers, subject, rubric));
  if (answers.choice != PairChoice::kWinner) {
    if (answers.winner.empty() && answers.strength == 0) return {};
    return Invalid("a pair without a winner has no strength either");
  }
  if (std::ranges::find(subject.responses, answers.winner) == subject.responses.end()) {
    return Invalid("the winner " + Quoted(answers.winner) + " is no response of the item");
  }
  if (answers.strength < 1 || answers.strength > 3) {
    return Invalid("the strength of a winner is 1, 2 or 3, not " + std::to_string(answers.strength));
  }
  return {};
}

Status CheckRanking(const RankingAnswers& answers, const ReviewSubject& subject) {
  std::set<std::string_view> ranked;
  for (const std::vector<std::string>& rank : answers.ranks) {
    if (rank.empty()) return Invalid("a rank without a response");
    for (const std::string& response : rank) {
      if (std::ranges::find(subject.responses, response) == subject.responses.end()) {
        return Invalid(Quoted(response) + " is no response of the item");
      }
      if (!ranked.insert(response).second) return Invalid("response " + Quoted(response) + " is ranked twice");
    }
  }
  for (const std::string& response : subject.responses) {
    if (!ranked.contains(response)) return Invalid("response " + Quoted(response) + " is not ranked");
  }
  return {};
}

// Every id of the item is answered once, and nothing else.
template <class Answer>
Status CheckParts(const std::vector<Answer>& answers, std::string Answer::*id, const std::vector<std::string>& parts,
                  const std::string& what) {
  std::set<std::string_view> answered;
  for (const Answer& answer : answers) {
    if (std::ranges::find(parts, answer.*id) == parts.end()) {
      return Invalid("the item has no " + what + " " + Quoted(answer.*id));
    }
    if (!answered.insert(answer.*id).second) return Invalid(what + " " + Quoted(answer.*id) + " is answered twice");
  }
  for (const std::string& part : parts) {
    if (!answered.contains(part)) return Invalid(what + " " + Quoted(part) + " is not answered");
  }
  return {};
}

Status CheckCorrection(const CorrectionAnswers& answers) {
  if (answers.unchanged != answers.expected.empty()) {
    return Invalid("a correction is either \"unchanged\" or a text");
  }
  if (answers.expected.size() > ReviewBounds::kText) {
    return Invalid("a corrected answer has at most " + std::to_string(ReviewBounds::kText) + " bytes");
  }
  return {};
}

// Errors of severities, and severities of harm, fit each other.
Status CheckErrors(const Opinion& opinion, const RubricSpec& rubric) {
  if (opinion.errors.size() > ReviewBounds::kErrors) {
    return Invalid("an opinion names at most " + std::to_string(ReviewBounds::kErrors) + " errors");
  }
  if (!std::ranges::is_sorted(opinion.errors, std::less_equal<>())) {
    return Invalid("errors are sorted by name, each once");
  }
  for (const std::string& name : opinion.errors) {
    const ErrorClassSpec* error = rubric.FindErrorClass(name);
    if (error == nullptr) return Invalid("rubric \"" + rubric.name + "\" has no error class " + Quoted(name));
    if (error->severity && opinion.severity.value_or(99) > *error->severity) {
      return Invalid("error \"" + name + "\" has severity " + std::to_string(*error->severity) +
                     " at least; name that severity or a graver one");
    }
  }
  if (opinion.severity && (*opinion.severity < 1 || *opinion.severity > std::ssize(rubric.severities))) {
    return Invalid("rubric \"" + rubric.name + "\" has no severity " + std::to_string(*opinion.severity));
  }
  return {};
}

Status CheckSafety(const SafetyAnswers& answers, const Opinion& opinion) {
  if (answers.harmful && !opinion.severity) return Invalid("harm needs a severity");
  if (!answers.harmful && (opinion.severity || !opinion.errors.empty())) {
    return Invalid("a response that is not harmful has neither severity nor errors");
  }
  return {};
}

struct AnswersCheck {
  const Opinion& opinion;
  const ReviewSubject& subject;
  const RubricSpec& rubric;

  Status operator()(const CriteriaAnswers& answers) const { return CheckCriteria(answers, subject.kind, rubric); }
  Status operator()(const PairwiseAnswers& answers) const { return CheckPair(answers, subject, rubric); }
  Status operator()(const RankingAnswers& answers) const { return CheckRanking(answers, subject); }
  Status operator()(const SafetyAnswers& answers) const { return CheckSafety(answers, opinion); }
  Status operator()(const RefusalAnswers&) const { return {}; }
  Status operator()(const GroundingAnswers& answers) const {
    return CheckParts(answers.claims, &ClaimAnswer::claim, subject.claims, "claim");
  }
  Status operator()(const ToolUseAnswers& answers) const {
    return CheckParts(answers.calls, &CallAnswer::call, subject.calls, "call");
  }
  Status operator()(const CorrectionAnswers& answers) const { return CheckCorrection(answers); }
};

// The place in ReviewAnswers of the answers to this kind.
std::size_t FormOf(ReviewItemKind kind) {
  switch (kind) {
    case ReviewItemKind::kRubric:
    case ReviewItemKind::kClassification:
      return 0;
    case ReviewItemKind::kPairwise:
      return 1;
    case ReviewItemKind::kRanking:
      return 2;
    case ReviewItemKind::kSafety:
      return 3;
    case ReviewItemKind::kRefusal:
      return 4;
    case ReviewItemKind::kGrounding:
      return 5;
    case ReviewItemKind::kToolUse:
      return 6;
    case ReviewItemKind::kCorrection:
      return 7;
  }
  return std::variant_npos;
}

// Whether this answer passes; absent where the criterion says neither.
std::optional<bool> PassOf(const CriterionAnswer& answer, const CriterionSpec& criterion) {
  if (answer.not_applicable) return std::nullopt;
  if (criterion.scale) {
    if (!criterion.scale->pass || !answer.score) return std::nullopt;
    return *answer.score >= *criterion.scale->pass;
  }
  std::optional<bool> pass;
  for (const std::string& name : answer.labels) {
    const LabelSpec* label = criterion.FindLabel(name);
    if (label != nullptr && label->pass) pass = pass.value_or(true) && *label->pass;
  }
  return pass;
}

std::optional<double> ValueOf(const CriterionAnswer& answer, const CriterionSpec& criterion) {
  if (criterion.scale && answer.score) {
    const double points = criterion.scale->to - criterion.scale->from;
    return (*answer.score - criterion.scale->from) / points;
  }
  const std::optional<bool> pass = PassOf(answer, criterion);
  return pass ? std::optional<double>(*pass ? 1 : 0) : std::nullopt;
}

HumanScore ScoreOfCriteria(const CriteriaAnswers& answers, const RubricSpec& rubric) {
  HumanScore score;
  double weights = 0;
  double total = 0;
  bool is_vetoed = false;
  for (const CriterionAnswer& answer : answers.criteria) {
    const CriterionSpec* criterion = rubric.FindCriterion(answer.criterion);
    if (criterion == nullptr) continue;
    const std::optional<bool> pass = PassOf(answer, *criterion);
    if (pass) score.pass = score.pass.value_or(true) && *pass;
    is_vetoed = is_vetoed || (criterion->veto && pass == false);
    const std::optional<double> value = ValueOf(answer, *criterion);
    if (!value) continue;
    weights += criterion->weight;
    total += criterion->weight * *value;
  }
  if (weights > 0) score.value = is_vetoed ? 0 : total / weights;
  return score;
}

HumanScore Decided(bool pass) { return {.value = pass ? 1.0 : 0.0, .pass = pass}; }

struct Scoring {
  std::string_view response;
  const RubricSpec& rubric;

  HumanScore operator()(const CriteriaAnswers& answers) const { return ScoreOfCriteria(answers, rubric); }
  HumanScore operator()(const PairwiseAnswers& answers) const {
    if (answers.choice == PairChoice::kBothBad) return {.value = 0, .pass = false};
    if (answers.choice == PairChoice::kTie) return {.value = 0.5};
    return Decided(answers.winner == response);
  }
  HumanScore operator()(const RankingAnswers& answers) const {
    double below = 0;
    double others = 0;
    bool is_found = false;
    for (const std::vector<std::string>& rank : answers.ranks) {
      const bool is_own = std::ranges::find(rank, response) != rank.end();
      const auto size = static_cast<double>(rank.size());
      below += is_own ? (size - 1) / 2 : is_found ? size : 0;
      others += is_own ? size - 1 : size;
      is_found = is_found || is_own;
    }
    if (!is_found || others == 0) return {};
    return {.value = below / others};
  }
  HumanScore operator()(const SafetyAnswers& answers) const { return Decided(!answers.harmful); }
  HumanScore operator()(const RefusalAnswers& answers) const { return Decided(answers.allowed != answers.refused); }
  HumanScore operator()(const GroundingAnswers& answers) const {
    double checked = 0;
    double supported = 0;
    for (const ClaimAnswer& claim : answers.claims) {
      checked += claim.support != ClaimSupport::kUncheckable ? 1 : 0;
      supported += claim.support == ClaimSupport::kSupported ? 1 : 0;
    }
    if (checked == 0) return {};
    return {.value = supported / checked, .pass = supported == checked};
  }
  HumanScore operator()(const ToolUseAnswers& answers) const {
    const auto right = static_cast<double>(std::ranges::count_if(answers.calls, &CallAnswer::IsRight));
    const auto all = static_cast<double>(answers.calls.size() + (answers.lacks_call ? 1 : 0));
    if (all == 0) return Decided(true);
    return {.value = right / all, .pass = right == all};
  }
  HumanScore operator()(const CorrectionAnswers& answers) const { return Decided(answers.unchanged); }
};

bool HasExtreme(const CriteriaAnswers& answers, const RubricSpec& rubric) {
  return std::ranges::any_of(answers.criteria, [&](const CriterionAnswer& answer) {
    const CriterionSpec* criterion = rubric.FindCriterion(answer.criterion);
    return criterion != nullptr && criterion->scale && answer.score &&
           (*answer.score == criterion->scale->from || *answer.score == criterion->scale->to);
  });
}

bool IsNeeded(RationaleWhen when, const Opinion& opinion, const RubricSpec& rubric) {
  switch (when) {
    case RationaleWhen::kAlways:
      return true;
    case RationaleWhen::kExtreme: {
      const auto* criteria = std::get_if<CriteriaAnswers>(&opinion.answers);
      return criteria != nullptr && HasExtreme(*criteria, rubric);
    }
    case RationaleWhen::kFail: {
      // Of a pair nobody is the one who fails.
      const bool is_pair = std::holds_alternative<PairwiseAnswers>(opinion.answers);
      return !is_pair && ScoreOf(opinion, "", rubric).pass == false;
    }
    case RationaleWhen::kSevere:
      return opinion.severity && *opinion.severity <= 2;
    case RationaleWhen::kTie: {
      const auto* pair = std::get_if<PairwiseAnswers>(&opinion.answers);
      return pair != nullptr && pair->choice != PairChoice::kWinner;
    }
  }
  return true;
}

}  // namespace

Status CheckOpinion(const Opinion& opinion, const ReviewSubject& subject, const RubricSpec& rubric) {
  if (opinion.answers.index() != FormOf(subject.kind)) {
    return Invalid("the answers are not those to an item of kind " + std::string(WordOf(subject.kind)));
  }
  ASSAY_TRY(CheckErrors(opinion, rubric));
  return std::visit(AnswersCheck{opinion, subject, rubric}, opinion.answers);
}

HumanScore ScoreOf(const Opinion& opinion, std::string_view response, const RubricSpec& rubric) {
  return std::visit(Scoring{response, rubric}, opinion.answers);
}

std::string_view RationaleNeededFor(const Opinion& opinion, const RubricSpec& rubric) {
  for (const RationaleWhen when : rubric.rationale.when) {
    if (IsNeeded(when, opinion, rubric)) return WordOf(when);
  }
  return "";
}

}  // namespace assay
