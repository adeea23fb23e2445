#include "review/approvals.h"

#include <algorithm>

#include "review/review_item.h"

namespace assay {
namespace {

using ApproverRoles = EnumSet<ReviewRole>;

constexpr ApproverRoles kNoApprover = {};
constexpr ApproverRoles kLeads = {ReviewRole::kLead};
constexpr ApproverRoles kManagers = {ReviewRole::kManager};
constexpr ApproverRoles kReleaseOwners = {ReviewRole::kReleaseOwner};

constexpr ApprovalRule kApprovalRules[] = {
    {"R82", ReviewChange::kJudgement, 0, kNoApprover},     {"R83", ReviewChange::kProposal, 0, kLeads},
    {"R84", ReviewChange::kExample, 0, kNoApprover},       {"R85", ReviewChange::kSeverity, 0, kNoApprover},
    {"R35", ReviewChange::kRubricWording, 0, kNoApprover}, {"R86", ReviewChange::kRubricMinor, 0, kLeads},
    {"R86", ReviewChange::kRubricMajor, 1, kLeads},        {"R87", ReviewChange::kGatingGold, 1, kLeads},
    {"R88", ReviewChange::kThreshold, 1, kLeads},          {"R89", ReviewChange::kErrorClass, 1, kLeads},
    {"R75", ReviewChange::kTrainingExport, 1, kLeads},     {"R90", ReviewChange::kDataSource, 0, kManagers},
    {"R91", ReviewChange::kRetention, 0, kManagers},       {"R92", ReviewChange::kVendor, 0, kManagers},
    {"R93", ReviewChange::kRelease, 0, kReleaseOwners},    {"R93", ReviewChange::kLabelImport, 0, kReleaseOwners}};

constexpr bool AreInOrder() {
  std::size_t index = 0;
  for (const ApprovalRule& rule : kApprovalRules) {
    if (static_cast<std::size_t>(rule.change) != index++) return false;
  }
  return index == std::size(EnumWords<ReviewChange>::kWords);
}
static_assert(AreInOrder());

constexpr ApproverRoles kPeers = {ReviewRole::kReviewer, ReviewRole::kAdjudicator, ReviewRole::kAuditor};

bool IsNobody(std::string_view person) { return person.empty() || person == kNobody || person == kReviewSystem; }

Status RequireSomebody(const Reviewer& reviewer) {
  if (!IsNobody(reviewer.id)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "approvals need names: \"" + reviewer.id + "\" is nobody; give the daemon tokens");
}

std::string WhereOf(const ApprovalRequest& request, const Reviewer& reviewer) {
  return "request " + request.id + ", \"" + reviewer.id + "\": ";
}

std::string ApproverWords(ApproverRoles roles) {
  std::vector<std::string> words;
  for (const auto& word : EnumWords<ReviewRole>::kWords) {
    if (roles.Has(word.value)) words.emplace_back(word.word);
  }
  return fields::Join(words, ", ");
}

// The answers that count, one of each person.
std::vector<const ReviewApproval*> AnswersThatCount(const ApprovalRequest& request) {
  std::vector<const ReviewApproval*> counting;
  for (const ReviewApproval& answer : request.approvals) {
    const bool is_odd =
        IsNobody(answer.person) || answer.person == request.proposer || answer.diff_hash != request.diff_hash;
    const bool is_second =
        std::ranges::any_of(counting, [&](const ReviewApproval* other) { return other->person == answer.person; });
    if (!is_odd && !is_second) counting.push_back(&answer);
  }
  return counting;
}

struct Missing {
  int peers = 0;
  bool approver = false;
};

// Who has both roles counts where they are needed, and once.
Missing WhatIsMissing(const ApprovalRequest& request) {
  const ApprovalRule& rule = RuleOf(request.change);
  int peers_only = 0;
  int approvers_only = 0;
  int both = 0;
  for (const ReviewApproval* answer : AnswersThatCount(request)) {
    if (!answer->approves) continue;
    const bool is_peer = answer->roles.Shares(kPeers);
    const bool is_approver = answer->roles.Shares(rule.approvers);
    both += is_peer && is_approver ? 1 : 0;
    peers_only += is_peer && !is_approver ? 1 : 0;
    approvers_only += !is_peer && is_approver ? 1 : 0;
  }
  const bool needs_approver = !rule.approvers.IsEmpty();
  const bool takes_one_of_both = needs_approver && approvers_only == 0 && both > 0;
  const int left = both - (takes_one_of_both ? 1 : 0);
  return {.peers = std::max(0, rule.peers - peers_only - left),
          .approver = needs_approver && approvers_only == 0 && !takes_one_of_both};
}

Json ShapeOf(const CriterionSpec& criterion) {
  Json::Array labels;
  for (const LabelSpec& label : criterion.labels) {
    labels.push_back(Json::Of({{"name", label.name}, {"pass", label.pass ? Json(*label.pass) : Json()}}));
  }
  Json scale;
  if (criterion.scale) {
    scale = Json::Of({{"from", criterion.scale->from},
                      {"to", criterion.scale->to},
                      {"pass", criterion.scale->pass ? Json(*criterion.scale->pass) : Json()}});
  }
  return Json::Of({{"name", criterion.name},
                   {"labels", std::move(labels)},
                   {"scale", std::move(scale)},
                   {"several", criterion.several},
                   {"required", criterion.required},
                   {"not_applicable", criterion.not_applicable},
                   {"weight", criterion.weight},
                   {"veto", criterion.veto}});
}

// What judgements are made of: another shape makes other judgements.
std::string ShapeOf(const RubricSpec& rubric) {
  Json::Array parts;
  for (const CriterionSpec& criterion : rubric.criteria) parts.push_back(ShapeOf(criterion));
  for (const ErrorClassSpec& error : rubric.taxonomy) {
    parts.push_back(Json::Of(
        {{"error", error.name}, {"parent", error.parent.value_or("")}, {"severity", error.severity.value_or(0)}}));
  }
  for (const SeverityLevelSpec& level : rubric.severities) parts.push_back(Json::Of({{"level", level.level}}));
  return Json(std::move(parts)).DumpCanonical();
}

// What people are shown beside it.
std::string IllustrationOf(const RubricSpec& rubric) {
  Json::Array parts;
  for (const auto* examples : {&rubric.examples, &rubric.counterexamples}) {
    for (const ExampleSpec& example : *examples) {
      parts.push_back(Json(
          Json::Array{example.prompt, example.response, example.criterion.value_or(""), example.verdict.value_or("")}));
    }
    parts.push_back(Json());
  }
  for (const GuidelineClause& clause : ClausesOf(rubric.guideline)) parts.push_back(Json(clause.number));
  for (const RationaleWhen when : rubric.rationale.when) parts.push_back(Json(WordOf(when)));
  parts.push_back(Json(Json::Array{rubric.rationale.share, rubric.rationale.min_length}));
  return Json(std::move(parts)).DumpCanonical();
}

}  // namespace

std::span<const ApprovalRule> ApprovalRules() { return kApprovalRules; }

const ApprovalRule& RuleOf(ReviewChange change) { return kApprovalRules[static_cast<std::size_t>(change)]; }

ApprovalState StateOf(const ApprovalRequest& request) {
  for (const ReviewApproval* answer : AnswersThatCount(request)) {
    if (!answer->approves) return ApprovalState::kRejected;
  }
  const Missing missing = WhatIsMissing(request);
  return missing.peers == 0 && !missing.approver ? ApprovalState::kApproved : ApprovalState::kWaiting;
}

std::optional<Time> ApprovedAt(const ApprovalRequest& request) {
  ApprovalRequest until = request;
  until.approvals.clear();
  for (const ReviewApproval& answer : request.approvals) {
    until.approvals.push_back(answer);
    if (StateOf(until) == ApprovalState::kApproved) return answer.at;
  }
  return std::nullopt;
}

Status CheckMoves(const ApprovalRequest& request, ReviewChange change, Time now) {
  const auto refuse = [&](const std::string& why) {
    return Fail(ErrorCode::kPermissionDenied, "approval " + Json(request.id).Dump() + " is " + why);
  };
  if (request.change != change)
    return refuse("of " + std::string(WordOf(request.change)) + ", not of " + std::string(WordOf(change)));
  if (const ApprovalState state = StateOf(request); state != ApprovalState::kApproved) {
    const std::string missing = MissingOf(request);
    return refuse(std::string(WordOf(state)) + (missing.empty() ? "" : ": needs " + missing));
  }
  const Time approved_at = *ApprovedAt(request);
  if (now < approved_at + kDataApprovalLasts) return {};
  return refuse("of " + FormatTime(approved_at) + ", and has expired: it lasts 7 days; propose it again");
}

std::string MissingOf(const ApprovalRequest& request) {
  const Missing missing = WhatIsMissing(request);
  std::vector<std::string> parts;
  if (missing.peers > 0) parts.push_back(std::to_string(missing.peers) + (missing.peers == 1 ? " peer" : " peers"));
  if (missing.approver) parts.push_back("one of " + ApproverWords(RuleOf(request.change).approvers));
  return fields::Join(parts, ", ");
}

Status CheckAlone(ReviewChange change, const Reviewer& reviewer) {
  ASSAY_TRY(RequireSomebody(reviewer));
  const std::string word(WordOf(change));
  if (!RuleOf(change).IsAlone()) {
    return Fail(ErrorCode::kPermissionDenied,
                "\"" + reviewer.id + "\": " + word + " needs an approval (" + MissingOf({.change = change}) + ")");
  }
  if (reviewer.roles.Shares(kPeers) || reviewer.roles.Has(ReviewRole::kLead)) return {};
  return Fail(ErrorCode::kPermissionDenied, "\"" + reviewer.id + "\": " + word + " is for reviewers");
}

Result<ApprovalRequest> Propose(ApprovalRequest request, const Reviewer& proposer, Time now) {
  ASSAY_TRY(RequireSomebody(proposer));
  const auto is_wrong = [](const std::string& text) { return text.empty() || text.size() > ReviewBounds::kNote; };
  if (is_wrong(request.subject) || is_wrong(request.diff_hash) || is_wrong(request.reason)) {
    return Fail(ErrorCode::kInvalidArgument,
                "a request needs a subject, the hash of its change, and a reason, of at most 4096 bytes each");
  }
  request.proposer = proposer.id;
  request.proposed_at = now;
  request.approvals.clear();
  return request;
}

Status CheckMayAnswer(const ApprovalRequest& request, const Reviewer& reviewer) {
  ASSAY_TRY(RequireSomebody(reviewer));
  const std::string where = WhereOf(request, reviewer);
  if (reviewer.id == request.proposer)
    return Fail(ErrorCode::kPermissionDenied, where + "nobody approves their own change");
  const ApprovalRule& rule = RuleOf(request.change);
  const bool may = reviewer.roles.Shares(rule.approvers) || (rule.peers > 0 && reviewer.roles.Shares(kPeers));
  if (!may) {
    return Fail(ErrorCode::kPermissionDenied,
                where + "needs the role " + ApproverWords(rule.approvers) + (rule.peers > 0 ? ", or reviewer" : ""));
  }
  if (StateOf(request) != ApprovalState::kWaiting)
    return Fail(ErrorCode::kFailedPrecondition, where + "it is " + std::string(WordOf(StateOf(request))));
  const bool has_answered =
      std::ranges::any_of(AnswersThatCount(request), [&](const ReviewApproval* a) { return a->person == reviewer.id; });
  if (has_answered) return Fail(ErrorCode::kAlreadyExists, where + "has answered already");
  return {};
}

Result<ReviewApproval> Answer(const ApprovalRequest& request, const Reviewer& reviewer, bool approves,
                              std::string_view diff_hash, std::string comment, Time now) {
  ASSAY_TRY(CheckMayAnswer(request, reviewer));
  if (diff_hash != request.diff_hash)
    return Fail(ErrorCode::kAborted, WhereOf(request, reviewer) + "the change is another by now; look at it again");
  if (comment.size() > ReviewBounds::kNote)
    return Fail(ErrorCode::kInvalidArgument, "a comment has at most 4096 bytes");
  return ReviewApproval{.person = reviewer.id,
                        .roles = reviewer.roles,
                        .diff_hash = std::string(diff_hash),
                        .approves = approves,
                        .comment = std::move(comment),
                        .at = now};
}

ReviewChange LeastChange(const RubricSpec& before, const RubricSpec& after) {
  if (ShapeOf(before) != ShapeOf(after)) return ReviewChange::kRubricMajor;
  return IllustrationOf(before) != IllustrationOf(after) ? ReviewChange::kRubricMinor : ReviewChange::kRubricWording;
}

ReviewChange ChangeOfVersion(const RubricVersion& before, const RubricVersion& after) {
  if (before.major != after.major) return ReviewChange::kRubricMajor;
  return before.minor != after.minor ? ReviewChange::kRubricMinor : ReviewChange::kRubricWording;
}

Status CheckRubricVersion(const RubricSpec& before, const RubricSpec& after) {
  const std::string from_to = "rubric \"" + after.name + "\", " + before.version + " to " + after.version + ": ";
  if (after.ParsedVersion() <= before.ParsedVersion()) {
    return Fail(ErrorCode::kInvalidArgument, from_to + "another content needs a higher version");
  }
  const ReviewChange least = LeastChange(before, after);
  if (ChangeOfVersion(before.ParsedVersion(), after.ParsedVersion()) >= least) return {};
  return Fail(
      ErrorCode::kInvalidArgument,
      from_to + (least == ReviewChange::kRubricMajor
                     ? "criteria, scales, labels, errors or severities differ, which makes another major version"
                     : "examples, clauses or rules for rationales differ, which makes another minor version"));
}

}  // namespace assay
