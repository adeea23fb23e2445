#include "daemon/reviews/governance_records.h"

#include "core/digest.h"
#include "daemon/reviews/record_fields.h"

namespace assay {
namespace {

constexpr char kChangeRecord[] = "change";
constexpr std::size_t kMostShown = 2000;  // bytes of what should have been approved, in a refusal
constexpr char kClarificationRecord[] = "clarification";

Json ToJson(const KeptChange& change) {
  const ApprovalRequest& request = change.request;
  Json::Array approvals;
  for (const ReviewApproval& approval : request.approvals) {
    Json::Array roles;
    for (const auto& word : EnumWords<ReviewRole>::kWords) {
      if (approval.roles.Has(word.value)) roles.push_back(word.word);
    }
    approvals.push_back(Json::Of({{"person", approval.person},
                                  {"roles", std::move(roles)},
                                  {"diff_hash", approval.diff_hash},
                                  {"approves", approval.approves},
                                  {"comment", approval.comment},
                                  {"at", approval.at.time_since_epoch().count()}}));
  }
  return Json::Of({{"change", WordOf(request.change)},
                   {"subject", request.subject},
                   {"diff", change.diff},
                   {"diff_hash", request.diff_hash},
                   {"reason", request.reason},
                   {"proposer", request.proposer},
                   {"proposed_at", request.proposed_at.time_since_epoch().count()},
                   {"approvals", std::move(approvals)}});
}

ReviewApproval ApprovalFrom(const Json& json) {
  ReviewApproval approval{.person = TextOf(json, "person"),
                          .diff_hash = TextOf(json, "diff_hash"),
                          .approves = FlagOf(json, "approves"),
                          .comment = TextOf(json, "comment"),
                          .at = TimeOf(json, "at")};
  const Json* roles = json.Find("roles");
  if (roles == nullptr || !roles->is_array()) return approval;
  for (const Json& role : roles->as_array()) {
    for (const auto& word : EnumWords<ReviewRole>::kWords) {
      if (role.is_string() && role.as_string() == word.word) approval.roles.Add(word.value);
    }
  }
  return approval;
}

Result<KeptChange> ChangeFrom(const ReviewRecord& record) {
  ASSAY_ASSIGN(const Json json, Json::Parse(record.body));
  const auto change = ValueOf<ReviewChange>(TextOf(json, "change"));
  if (!change) return Fail(ErrorCode::kDataLoss, "change " + record.id + " is of no kind that is known");
  KeptChange kept{.request = {.id = record.id,
                              .change = *change,
                              .subject = TextOf(json, "subject"),
                              .diff_hash = TextOf(json, "diff_hash"),
                              .reason = TextOf(json, "reason"),
                              .proposer = TextOf(json, "proposer"),
                              .proposed_at = TimeOf(json, "proposed_at")},
                  .diff = TextOf(json, "diff"),
                  .revision = record.revision};
  if (const Json* approvals = json.Find("approvals"); approvals != nullptr && approvals->is_array()) {
    for (const Json& approval : approvals->as_array()) kept.request.approvals.push_back(ApprovalFrom(approval));
  }
  return kept;
}

Json ToJson(const std::vector<ClarificationNote>& notes) {
  Json::Array list;
  for (const ClarificationNote& note : notes) {
    list.push_back(
        Json::Of({{"person", note.person}, {"text", note.text}, {"at", note.at.time_since_epoch().count()}}));
  }
  return Json(std::move(list));
}

std::vector<ClarificationNote> NotesFrom(const Json* list) {
  std::vector<ClarificationNote> notes;
  if (list == nullptr || !list->is_array()) return notes;
  for (const Json& note : list->as_array())
    notes.push_back({.person = TextOf(note, "person"), .text = TextOf(note, "text"), .at = TimeOf(note, "at")});
  return notes;
}

Result<KeptClarification> ClarificationFrom(const ReviewRecord& record) {
  ASSAY_ASSIGN(const Json json, Json::Parse(record.body));
  KeptClarification kept{.status = {.clarification = {.id = record.id,
                                                      .rubric = TextOf(json, "rubric"),
                                                      .clause = TextOf(json, "clause"),
                                                      .first_at = TimeOf(json, "first_at"),
                                                      .opened_at = TimeOf(json, "opened_at"),
                                                      .closed_by = TextOf(json, "closed_by"),
                                                      .is_rejected = FlagOf(json, "is_rejected"),
                                                      .notes = NotesFrom(json.Find("notes")),
                                                      .ended_by = TextOf(json, "ended_by"),
                                                      .reason = TextOf(json, "reason")},
                                    .opened_by = TextOf(json, "opened_by")},
                         .revision = record.revision};
  if (NumberOf(json, "closed_at") != 0) kept.status.clarification.closed_at = TimeOf(json, "closed_at");
  return kept;
}

}  // namespace

Status PutChange(ReviewStore& store, const std::string& project, const KeptChange& change, Time now,
                 const std::string& principal) {
  ASSAY_TRY(store.PutRecord({.project = project,
                             .kind = kChangeRecord,
                             .id = change.request.id,
                             .revision = change.revision,
                             .updated = now,
                             .principal = principal,
                             .body = ToJson(change).Dump()}));
  return {};
}

Result<KeptChange> FindChange(ReviewStore& store, const std::string& project, const std::string& id) {
  ASSAY_ASSIGN(const auto record, store.FindRecord(project, kChangeRecord, id));
  if (!record) return Fail(ErrorCode::kNotFound, "there is no change \"" + id + "\"");
  return ChangeFrom(*record);
}

Result<std::vector<KeptChange>> ReadChanges(ReviewStore& store, const std::string& project) {
  ASSAY_ASSIGN(const auto records, store.ListRecords(project, kChangeRecord));
  std::vector<KeptChange> changes;
  for (const ReviewRecord& record : records) {
    ASSAY_ASSIGN(KeptChange change, ChangeFrom(record));
    changes.push_back(std::move(change));
  }
  return changes;
}

Status CheckApproved(ReviewStore& store, const std::string& project, const std::string& id, ReviewChange change,
                     std::string_view approved) {
  ASSAY_ASSIGN(const KeptChange kept, FindChange(store, project, id));
  if (kept.request.change != change)
    return Fail(ErrorCode::kFailedPrecondition, "change " + id + " is one of " +
                                                    std::string(WordOf(kept.request.change)) + ", and one of " +
                                                    std::string(WordOf(change)) + " is needed");
  if (kept.request.diff_hash != Sha256Hex(approved))
    return Fail(ErrorCode::kFailedPrecondition,
                "change " + id + " approves something else: what is to be done now needs one whose diff is exactly " +
                    (approved.size() > kMostShown ? "the text with SHA-256 " + Sha256Hex(approved) + " (" +
                                                        std::to_string(approved.size()) + " bytes)"
                                                  : std::string(approved)));
  const ApprovalState state = StateOf(kept.request);
  if (state == ApprovalState::kApproved) return {};
  return Fail(ErrorCode::kFailedPrecondition,
              "change " + id + " is " + std::string(WordOf(state)) +
                  (state == ApprovalState::kWaiting ? ": it lacks " + MissingOf(kept.request) : ""));
}

std::string SourceOfGold(const std::string& diff) {
  const auto json = Json::Parse(diff);
  return json ? TextOf(*json, "item") : "";
}

Status PutClarification(ReviewStore& store, const std::string& project, const ClarificationStatus& status,
                        std::int64_t revision, Time now, const std::string& principal) {
  const Clarification& clarification = status.clarification;
  const Json body =
      Json::Of({{"rubric", clarification.rubric},
                {"clause", clarification.clause},
                {"first_at", clarification.first_at.time_since_epoch().count()},
                {"opened_at", clarification.opened_at.time_since_epoch().count()},
                {"closed_at", clarification.closed_at ? clarification.closed_at->time_since_epoch().count() : 0},
                {"closed_by", clarification.closed_by},
                {"is_rejected", clarification.is_rejected},
                {"notes", ToJson(clarification.notes)},
                {"ended_by", clarification.ended_by},
                {"reason", clarification.reason},
                {"opened_by", status.opened_by}});
  ASSAY_TRY(store.PutRecord({.project = project,
                             .kind = kClarificationRecord,
                             .id = clarification.id,
                             .revision = revision,
                             .updated = now,
                             .principal = principal,
                             .body = body.Dump()}));
  return {};
}

Result<KeptClarification> FindClarification(ReviewStore& store, const std::string& project, const std::string& id) {
  ASSAY_ASSIGN(const auto record, store.FindRecord(project, kClarificationRecord, id));
  if (!record) return Fail(ErrorCode::kNotFound, "there is no clarification \"" + id + "\"");
  return ClarificationFrom(*record);
}

Result<std::vector<ClarificationStatus>> ReadClarifications(ReviewStore& store, const std::string& project,
                                                            const std::string& rubric) {
  ASSAY_ASSIGN(const auto records, store.ListRecords(project, kClarificationRecord));
  std::vector<ClarificationStatus> statuses;
  for (const ReviewRecord& record : records) {
    ASSAY_ASSIGN(KeptClarification kept, ClarificationFrom(record));
    if (rubric.empty() || kept.status.clarification.rubric == rubric) statuses.push_back(std::move(kept.status));
  }
  return statuses;
}

Result<std::map<std::string, std::int64_t>> CountAcknowledgements(ReviewStore& store, const std::string& project,
                                                                  const std::string& rubric) {
  ASSAY_ASSIGN(const auto records, store.ListRecords(project, kAcknowledgementRecord));
  std::map<std::string, std::int64_t> counts;
  for (const ReviewRecord& record : records) {
    if (!record.id.ends_with("\n" + rubric)) continue;
    ASSAY_ASSIGN(const Json json, Json::Parse(record.body));
    ++counts[TextOf(json, "version")];
  }
  return counts;
}

}  // namespace assay
