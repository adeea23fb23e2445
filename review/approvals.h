#pragma once
// Who may change what: the matrix of decision rights as data, and requests that wait for approvals. Pure functions,
// thread-safe; time is an argument.

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/rubric.h"
#include "core/clock.h"
#include "core/result.h"
#include "review/people.h"

namespace assay {

enum class ReviewChange {
  kJudgement,
  kProposal,
  kExample,
  kSeverity,
  kRubricWording,
  kRubricMinor,
  kRubricMajor,
  kGatingGold,
  kThreshold,
  kErrorClass,
  kTrainingExport,
  kDataSource,
  kRetention,
  kVendor,
  kRelease,
  kLabelImport
};
template <>
struct EnumWords<ReviewChange> {
  static constexpr EnumWord<ReviewChange> kWords[] = {
      {"judgement", ReviewChange::kJudgement, "a judgement of an item within the rubric"},
      {"proposal", ReviewChange::kProposal, "proposing words for a rubric, and flagging what it leaves open"},
      {"example", ReviewChange::kExample, "choosing cases from sources that are approved"},
      {"severity", ReviewChange::kSeverity, "recommending a severity, and the order of one's own day"},
      {"rubric_wording", ReviewChange::kRubricWording, "another patch version of a rubric; leads are told"},
      {"rubric_minor", ReviewChange::kRubricMinor, "examples and edge cases"},
      {"rubric_major", ReviewChange::kRubricMajor, "labels, scales, definitions, thresholds of a rubric"},
      {"gating_gold", ReviewChange::kGatingGold, "known answers that gates rest on"},
      {"threshold", ReviewChange::kThreshold, "acceptance thresholds, and how is audited"},
      {"error_class", ReviewChange::kErrorClass, "another class in a shared taxonomy"},
      {"training_export", ReviewChange::kTrainingExport, "cases of a gate among data for training"},
      {"data_source", ReviewChange::kDataSource, "customer data, logs and regulated data as a source"},
      {"retention", ReviewChange::kRetention, "retention, storage and access"},
      {"vendor", ReviewChange::kVendor, "which vendor labels what"},
      {"release", ReviewChange::kRelease, "go or no-go of a release"},
      {"label_import", ReviewChange::kLabelImport, "labels from elsewhere in a queue that a gate reads"}};
};

// A row of the matrix.
struct ApprovalRule {
  std::string_view rule;  // of docs/review.md: "R86"
  ReviewChange change = ReviewChange::kJudgement;
  int peers = 0;                       // other reviewers that approve
  EnumSet<ReviewRole> approvers = {};  // of whom one approves; empty: who proposes it may do it alone
  bool IsAlone() const { return peers == 0 && approvers.IsEmpty(); }
};
// One row for each change, in the order of ReviewChange.
std::span<const ApprovalRule> ApprovalRules();
const ApprovalRule& RuleOf(ReviewChange change);

struct ReviewApproval {
  std::string person = {};
  EnumSet<ReviewRole> roles = {};  // at that time
  std::string diff_hash = {};      // of what was approved
  bool approves = true;            // false: rejects
  std::string comment = {};
  Time at{};
};

struct ApprovalRequest {
  std::string id = {};
  ReviewChange change = ReviewChange::kRubricMajor;
  std::string subject = {};    // "rubric support 3.0.0"
  std::string diff_hash = {};  // hexadecimal SHA-256 of the change; approvals of another do not count
  std::string reason = {};
  std::string proposer = {};
  Time proposed_at{};
  std::vector<ReviewApproval> approvals = {};  // in their order
};

enum class ApprovalState { kWaiting, kApproved, kRejected };
template <>
struct EnumWords<ApprovalState> {
  static constexpr EnumWord<ApprovalState> kWords[] = {{"waiting", ApprovalState::kWaiting, ""},
                                                       {"approved", ApprovalState::kApproved, ""},
                                                       {"rejected", ApprovalState::kRejected, ""}};
};
// The one function that decides it. What is odd counts for nothing: approvals by the proposer, by nobody (`local`), of
// another diff, and a second one of the same person. A peer and an approver are two people.
ApprovalState StateOf(const ApprovalRequest& request);
// When the answer came by which it was approved; absent where it is not.
std::optional<Time> ApprovedAt(const ApprovalRequest& request);
// An approval to move data is of what was looked at then, and is used soon or not at all.
inline constexpr Duration kDataApprovalLasts = std::chrono::days(7);
// That data may move by this approval, now. kPermissionDenied, which names it, for one of another change, one that
// waits or was rejected, and one that is older than kDataApprovalLasts.
Status CheckMoves(const ApprovalRequest& request, ReviewChange change, Time now);
// What is missing, for people: "1 peer, one of lead"; "" when nothing is.
std::string MissingOf(const ApprovalRequest& request);

// Whether a person may do this by themselves, with no request at all. kPermissionDenied for nobody, and for what needs
// others.
Status CheckAlone(ReviewChange change, const Reviewer& reviewer);

// kPermissionDenied for nobody; kInvalidArgument for what is missing.
Result<ApprovalRequest> Propose(ApprovalRequest request, const Reviewer& proposer, Time now);
// Whether a person may answer it, now. kPermissionDenied for nobody, the proposer and who has neither role;
// kFailedPrecondition for a request that is decided; kAlreadyExists for a second answer.
Status CheckMayAnswer(const ApprovalRequest& request, const Reviewer& reviewer);
// As CheckMayAnswer; kAborted for another diff.
Result<ReviewApproval> Answer(const ApprovalRequest& request, const Reviewer& reviewer, bool approves,
                              std::string_view diff_hash, std::string comment, Time now);

// What differs between two versions of a rubric, at least: a machine sees that a label is new, and not whether words
// mean something else. kRubricMajor for criteria, scales, labels, marks, severities and taxonomy; kRubricMinor for
// examples, clauses and rules for rationales; kRubricWording for everything else.
ReviewChange LeastChange(const RubricSpec& before, const RubricSpec& after);
// kInvalidArgument where `after` has no version above `before`, or one that is raised by less than LeastChange asks
// for.
Status CheckRubricVersion(const RubricSpec& before, const RubricSpec& after);
// The change that a version makes by its number.
ReviewChange ChangeOfVersion(const RubricVersion& before, const RubricVersion& after);

}  // namespace assay
