#pragma once
// Calibration sessions: people judge the same items blind, compare, and agree on what is right. Their judgements are
// those of items of purpose calibration; they never reach a gate. Pure functions, thread-safe; time is an argument.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "review/agreement.h"
#include "review/people.h"

namespace assay {

enum class CalibrationPhase { kBlind, kRevealed, kClosed };
template <>
struct EnumWords<CalibrationPhase> {
  static constexpr EnumWord<CalibrationPhase> kWords[] = {
      {"blind", CalibrationPhase::kBlind, "everybody judges, nobody sees others"},
      {"revealed", CalibrationPhase::kRevealed, "all judgements are shown and talked about"},
      {"closed", CalibrationPhase::kClosed, "what was agreed on is kept"}};
};

// What the session came to say of an item.
struct CalibrationRuling {
  std::string item = {};
  Opinion opinion = {};
  std::string note = {};
  std::string clause = {};  // of the guideline that it follows from, or that is to be changed
  std::string by = {};
  Time at{};
  friend bool operator==(const CalibrationRuling&, const CalibrationRuling&) = default;
};

struct CalibrationSession {
  std::string id = {};
  std::string rubric = {};
  RubricVersion rubric_version = {};
  std::string facilitator = {};
  std::vector<std::string> items = {};   // ids, 2 to 100
  std::vector<std::string> people = {};  // 2 to 100
  Time opened_at{};
  std::optional<Time> revealed_at = {};
  std::optional<Time> closed_at = {};
  std::vector<CalibrationRuling> rulings = {};  // the last of an item counts
  friend bool operator==(const CalibrationSession&, const CalibrationSession&) = default;

  CalibrationPhase phase() const {
    return closed_at ? CalibrationPhase::kClosed : revealed_at ? CalibrationPhase::kRevealed : CalibrationPhase::kBlind;
  }
};

// Each answers with the session as it is afterwards. kPermissionDenied for who is nobody or not its facilitator,
// kFailedPrecondition in another phase, kInvalidArgument for what is out of bounds or not of the rubric.
Result<CalibrationSession> OpenSession(CalibrationSession session, const Reviewer& facilitator, Time now);
// From now on everybody may see all judgements; the service refuses further ones.
Result<CalibrationSession> Reveal(CalibrationSession session, const Reviewer& facilitator, Time now);
Result<CalibrationSession> Agree(CalibrationSession session, CalibrationRuling ruling, const Reviewer& facilitator,
                                 const ReviewSubject& subject, const RubricSpec& rubric, Time now);
Result<CalibrationSession> CloseSession(CalibrationSession session, const Reviewer& facilitator, Time now);

// What a person said of an item; absent where they have not judged it.
struct CalibrationCell {
  std::string person = {};
  std::optional<Opinion> opinion = {};
  OpinionMatch match = OpinionMatch::kSame;  // with what was agreed, or before that with the others: the worst
};
struct CalibrationRow {
  std::string item = {};
  double disagreement = 0;                  // of pairs of judgements, those that differ
  std::vector<CalibrationCell> cells = {};  // as the people of the session
  // What was asked of it, oldest first: nobody rules on it, and who asked is not asked for a judgement any more.
  std::vector<ReviewEscalation> escalations = {};
};
// The grid that is shown once it is revealed: the items on which people differ most first.
std::vector<CalibrationRow> GridOf(const CalibrationSession& session, std::span<const ItemState* const> items,
                                   const AgreementSpec& agreement, const RubricSpec& rubric);

struct CalibrationReport {
  std::vector<CriterionAgreement> agreement = {};  // of what was said blind
  struct PersonRow {
    std::string person = {};
    int judged = 0;
    int right = 0;      // agree with what the session came to say
    int escalated = 0;  // items of which they asked instead, or besides
  };
  std::vector<PersonRow> people = {};
  int rulings = 0;  // items on which it came to say something
};
CalibrationReport ReportOf(const CalibrationSession& session, std::span<const ItemState* const> items,
                           const AgreementSpec& agreement, const RubricSpec& rubric);

// Of items by people: those who have not judged it and will not, as they escalated it.
int AskedInstead(const CalibrationSession& session, std::span<const ItemState* const> items);

// As it is stored, in both directions.
Json ToJson(const CalibrationSession& session);
Result<CalibrationSession> CalibrationSessionFromJson(const Json& json);

}  // namespace assay
