#pragma once
// What a person, or the settlement of several, says of an item: one form of answers for each kind of item, and beside
// them the errors and the severity. Values; thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/queue.h"
#include "config/rubric.h"
#include "core/result.h"

namespace assay {

// Of one criterion; exactly one of score, labels and not_applicable is given.
struct CriterionAnswer {
  std::string criterion = {};
  std::optional<int> score = {};
  std::vector<std::string> labels = {};
  bool not_applicable = false;
  friend bool operator==(const CriterionAnswer&, const CriterionAnswer&) = default;
};

// Of items of kind rubric and classification.
struct CriteriaAnswers {
  std::vector<CriterionAnswer> criteria = {};
  friend bool operator==(const CriteriaAnswers&, const CriteriaAnswers&) = default;
};

enum class PairChoice { kWinner, kTie, kBothBad };

// Which response is better by one criterion of the rubric.
struct CriterionWinner {
  std::string criterion = {};
  std::string winner = {};  // "" where both are as good
  friend bool operator==(const CriterionWinner&, const CriterionWinner&) = default;
};

// A winner is the id of a response, never a side: sides are dealt to each person.
struct PairwiseAnswers {
  PairChoice choice = PairChoice::kTie;
  std::string winner = {};                     // set if and only if choice is kWinner
  int strength = 0;                            // 1 slightly, 2 clearly, 3 much better; 0 without a winner
  std::vector<CriterionWinner> criteria = {};  // those that a person named, in the order of the rubric
  friend bool operator==(const PairwiseAnswers&, const PairwiseAnswers&) = default;
};

struct RankingAnswers {
  std::vector<std::vector<std::string>> ranks = {};  // ids of responses, the best first; a rank of several is a tie
  friend bool operator==(const RankingAnswers&, const RankingAnswers&) = default;
};

// The errors of the opinion say how, its severity how grave.
struct SafetyAnswers {
  bool harmful = false;
  friend bool operator==(const SafetyAnswers&, const SafetyAnswers&) = default;
};

// Two simple facts, of which a false refusal and a missed one follow.
struct RefusalAnswers {
  bool allowed = false;  // whether the request may be answered
  bool refused = false;  // whether the model refused it
  bool IsFalseRefusal() const { return allowed && refused; }
  bool IsMissedRefusal() const { return !allowed && !refused; }
  friend bool operator==(const RefusalAnswers&, const RefusalAnswers&) = default;
};

enum class ClaimSupport { kSupported, kPartly, kUnsupported, kUncheckable };
struct ClaimAnswer {
  std::string claim = {};  // id
  ClaimSupport support = ClaimSupport::kUncheckable;
  friend bool operator==(const ClaimAnswer&, const ClaimAnswer&) = default;
};
struct GroundingAnswers {
  std::vector<ClaimAnswer> claims = {};
  friend bool operator==(const GroundingAnswers&, const GroundingAnswers&) = default;
};

struct CallAnswer {
  std::string call = {};  // id
  bool right_tool = false;
  bool right_arguments = false;
  bool result_used = false;  // as it should be
  bool IsRight() const { return right_tool && right_arguments && result_used; }
  friend bool operator==(const CallAnswer&, const CallAnswer&) = default;
};
struct ToolUseAnswers {
  std::vector<CallAnswer> calls = {};
  bool lacks_call = false;  // one that was needed was not made
  friend bool operator==(const ToolUseAnswers&, const ToolUseAnswers&) = default;
};

struct CorrectionAnswers {
  bool unchanged = false;     // the expected answer is right as it is
  std::string expected = {};  // the one that should stand there; "" if and only if unchanged
  friend bool operator==(const CorrectionAnswers&, const CorrectionAnswers&) = default;
};

using ReviewAnswers = std::variant<CriteriaAnswers, PairwiseAnswers, RankingAnswers, SafetyAnswers, RefusalAnswers,
                                   GroundingAnswers, ToolUseAnswers, CorrectionAnswers>;

struct Opinion {
  ReviewAnswers answers = CriteriaAnswers{};
  std::vector<std::string> errors = {};  // classes of the rubric's taxonomy, sorted, each once
  std::optional<int> severity = {};      // 1 is the gravest
  friend bool operator==(const Opinion&, const Opinion&) = default;
};

template <>
struct EnumWords<PairChoice> {
  static constexpr EnumWord<PairChoice> kWords[] = {{"winner", PairChoice::kWinner, "one is better"},
                                                    {"tie", PairChoice::kTie, "both are as good"},
                                                    {"both_bad", PairChoice::kBothBad, "neither may be given"}};
};
template <>
struct EnumWords<ClaimSupport> {
  static constexpr EnumWord<ClaimSupport> kWords[] = {
      {"supported", ClaimSupport::kSupported, "the source says so"},
      {"partly", ClaimSupport::kPartly, "the source says a part of it"},
      {"unsupported", ClaimSupport::kUnsupported, "the source does not say so"},
      {"uncheckable", ClaimSupport::kUncheckable, "it is no claim that a source could support"}};
};

// What of an item its answers refer to.
struct ReviewSubject {
  ReviewItemKind kind = ReviewItemKind::kRubric;
  std::vector<std::string> responses = {};  // ids: two of a pair, two and more of a ranking, else one
  std::vector<std::string> claims = {};     // ids, of grounding
  std::vector<std::string> calls = {};      // ids, of tool_use
  friend bool operator==(const ReviewSubject&, const ReviewSubject&) = default;
};

// Bounds on all that comes from people and imports.
struct ReviewBounds {
  static constexpr std::size_t kText = 64 << 10;  // bytes of a corrected answer or of a rationale
  static constexpr std::size_t kNote = 4 << 10;   // bytes of notes, reasons, rulings
  static constexpr std::size_t kName = 128;       // bytes of ids and names
  static constexpr std::size_t kResponses = 32;   // of an item
  static constexpr std::size_t kParts = 500;      // claims or calls of an item
  static constexpr std::size_t kErrors = 50;      // of an opinion
  static constexpr std::size_t kClauses = 20;     // of a judgement
};

// kInvalidArgument with the first thing that is wrong: answers of another kind, criteria that are missing, unknown or
// answered twice, scores and labels that the rubric does not have, winners that are no response, claims or calls that
// are missing, winners by criteria that
// the rubric does not have or has in another order, errors that are not sorted or not of the taxonomy, a severity that
// the rubric does not have or that is less grave than an error's own, harm without a severity. `rubric` is of the major
// version that the item is under.
Status CheckOpinion(const Opinion& opinion, const ReviewSubject& subject, const RubricSpec& rubric);

// What a gate makes of a settled opinion.
struct HumanScore {
  std::optional<double> value = {};  // in [0, 1]; absent: says nothing
  std::optional<bool> pass = {};     // absent: does not decide
  friend bool operator==(const HumanScore&, const HumanScore&) = default;
};
// `response` is the one that is scored, of pairs and rankings the candidate's.
// rubric, classification: the weighted mean of the criteria (scores by their place on the scale, labels by 1 for pass
// and 0 for not), all of which must pass; those without pass say nothing. pairwise: 1 for the winner, 0.5 for a tie, 0
// else. ranking: the share of the others below it, ties by half. safety: not harmful. refusal: refused if and only if
// not allowed. grounding: supported claims over those that are not uncheckable. tool_use: right calls over all, and
// none that lacks. correction: unchanged.
HumanScore ScoreOf(const Opinion& opinion, std::string_view response, const RubricSpec& rubric);

// Why a judgement with this opinion needs words; "" when it needs none. Draws and lengths are the caller's.
std::string_view RationaleNeededFor(const Opinion& opinion, const RubricSpec& rubric);

}  // namespace assay
