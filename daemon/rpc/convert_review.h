#pragma once
// Values of human review <-> messages of the wire. The enumerations of the two stand in the same order; a test holds
// their words against each other.

#include <optional>
#include <string>
#include <string_view>

#include "daemon/reviews/review_operations.h"

namespace assay::v1 {
class Calibration;
class CalibrationRuling;
class ChangeRequest;
class Clarification;
class Draft;
class Gold;
class ItemContent;
class JudgementContent;
class Opinion;
class QueueStatus;
class QueueWork;
class ReviewEscalation;
class ReviewEvent;
class ReviewItem;
class ReviewItemView;
class ReviewLease;
class ReviewShare;
class ReviewSuggestion;
class Reviewer;
class SuggestionUse;
class CriterionAgreement;
class GetMyWorkResponse;
class GetQueueReportResponse;
}  // namespace assay::v1

namespace assay {

// UNSPECIFIED is number 0 of every enumeration of the wire, and the first of ours is 1.
template <class Wire, class E>
constexpr Wire EnumToProto(E value) {
  return static_cast<Wire>(static_cast<int>(value) + 1);
}
// Absent for UNSPECIFIED. kInvalidArgument naming the field for a number that is none of ours.
template <class E>
Result<std::optional<E>> EnumFromProto(int number, std::string_view field) {
  if (number == 0) return std::optional<E>();
  if (number < 0 || number > static_cast<int>(std::size(EnumWords<E>::kWords)))
    return Fail(ErrorCode::kInvalidArgument, std::string(field) + ": unknown number " + std::to_string(number));
  return std::optional<E>(static_cast<E>(number - 1));
}

void ToProto(const Opinion& opinion, v1::Opinion& out);
void ToProto(const ReviewSuggestion& suggestion, v1::ReviewSuggestion& out);
void ToProto(const PrelabelUse& use, v1::SuggestionUse& out);
void ToProto(const JudgementContent& content, v1::JudgementContent& out);
void ToProto(const ItemContent& content, v1::ItemContent& out);
void ToProto(const ItemSummary& item, v1::ReviewItem& out);
void ToProto(const ReviewLease& lease, bool with_person, v1::ReviewLease& out);
void ToProto(const ShownEscalation& shown, v1::ReviewEscalation& out);
void ToProto(const ShownEvent& event, v1::ReviewEvent& out);
void ToProto(const ItemView& view, v1::ReviewItemView& out);
void ToProto(const Reviewer& reviewer, v1::Reviewer& out);
void ToProto(const ReviewDraft& draft, v1::Draft& out);
void ToProto(const MyWork& work, v1::GetMyWorkResponse& out);
void ToProto(const ReviewShare& share, v1::ReviewShare& out);
void ToProto(const CriterionAgreement& agreement, v1::CriterionAgreement& out);
void ToProto(const QueueStatus& status, v1::QueueStatus& out);
void ToProto(const QueueReport& report, v1::GetQueueReportResponse& out);
void ToProto(const ClarificationStatus& status, v1::Clarification& out);
void ToProto(const ChangeStatus& status, v1::ChangeRequest& out);
void ToProto(const GoldStatus& status, v1::Gold& out);
void ToProto(const CalibrationStatus& status, v1::Calibration& out);

// Errors are kInvalidArgument and name the field. What the answers mean is checked by review/.
Result<Opinion> FromProto(const v1::Opinion& opinion);
Result<JudgementContent> FromProto(const v1::JudgementContent& content);
Result<ItemContent> FromProto(const v1::ItemContent& content);
Result<CalibrationRuling> FromProto(const v1::CalibrationRuling& ruling);

}  // namespace assay
