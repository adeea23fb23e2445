#include "daemon/release_blockers.h"

#include <algorithm>

namespace assay {
namespace {

std::string BodyOf(const ReleaseBlocker& blocker, const ModelIdentity& candidate) {
  Json::Array evidence;
  for (const BlockerEvidence& each : blocker.evidence)
    evidence.push_back(Json::Of({{"item", each.item}, {"run", each.run}, {"case", each.case_id}}));
  return Json::Of({{"model", candidate.name},
                   {"version", candidate.version},
                   {"severity", blocker.severity},
                   {"reason", blocker.reason},
                   {"evidence", std::move(evidence)}})
      .Dump();
}

std::string_view ActOf(BlockerState state) {
  switch (state) {
    case BlockerState::kOpen:
      return "recommend";
    case BlockerState::kUpheld:
      return "uphold";
    case BlockerState::kDeclined:
      return "decline";
    case BlockerState::kWithdrawn:
      return "withdraw";
  }
  return "";
}

std::string MemberText(const Json& object, const char* key) {
  const Json* member = object.Find(key);
  return member != nullptr && member->is_string() ? member->as_string() : "";
}

std::unexpected<Error> Unreadable(const ReleaseFact& fact) {
  return Fail(ErrorCode::kDataLoss, fact.about + " " + fact.subject + " cannot be read");
}

Result<BlockerStatus> BegunBy(const ReleaseFact& fact) {
  ASSAY_ASSIGN(const Json body, Json::Parse(fact.body));
  const Json* severity = body.Find("severity");
  const Json* evidence = body.Find("evidence");
  const bool is_whole = fact.act == ActOf(BlockerState::kOpen) && severity != nullptr && severity->is_integer() &&
                        evidence != nullptr && evidence->is_array();
  if (!is_whole) return Unreadable(fact);
  BlockerStatus status{
      .project = fact.project,
      .candidate = ModelIdentity{MemberText(body, "model"), MemberText(body, "version"), fact.model_version},
      .blocker = {.id = fact.subject,
                  .gate = fact.gate,
                  .severity = severity->as_integer(),
                  .reason = MemberText(body, "reason"),
                  .recommender = fact.principal,
                  .recommended_at = fact.at}};
  for (const Json& each : evidence->as_array())
    status.blocker.evidence.push_back({MemberText(each, "item"), MemberText(each, "run"), MemberText(each, "case")});
  return status;
}

}  // namespace

ReleaseFact RecommendedFact(const ReleaseBlocker& blocker, const std::string& project, const ModelIdentity& candidate) {
  return {.project = project,
          .about = kAboutBlocker,
          .subject = blocker.id,
          .seq = 1,
          .act = std::string(ActOf(BlockerState::kOpen)),
          .gate = blocker.gate,
          .model_version = candidate.content_version,
          .principal = blocker.recommender,
          .at = blocker.recommended_at,
          .body = BodyOf(blocker, candidate)};
}

ReleaseFact EndedFact(const BlockerStatus& ended) {
  const ReleaseBlocker& blocker = ended.blocker;
  return {.project = ended.project,
          .about = kAboutBlocker,
          .subject = blocker.id,
          .seq = 2,  // it ends once
          .act = std::string(ActOf(blocker.state)),
          .gate = blocker.gate,
          .model_version = ended.candidate ? ended.candidate->content_version : "",
          .principal = blocker.ended_by,
          .at = blocker.ended_at.value_or(blocker.recommended_at),
          .body = Json::Of({{"reason", blocker.answer}}).Dump()};
}

Result<BlockerStatus> BlockerFrom(std::span<const ReleaseFact> facts) {
  if (facts.empty()) return Fail(ErrorCode::kDataLoss, "a blocker without facts");
  ASSAY_ASSIGN(BlockerStatus status, BegunBy(facts.front()));
  for (const ReleaseFact& fact : facts.subspan(1)) {
    ASSAY_ASSIGN(const Json body, Json::Parse(fact.body));
    ReleaseBlocker& blocker = status.blocker;
    for (const BlockerState state : {BlockerState::kUpheld, BlockerState::kDeclined, BlockerState::kWithdrawn}) {
      if (fact.act == ActOf(state)) blocker.state = state;
    }
    if (fact.act != ActOf(blocker.state)) return Unreadable(fact);
    blocker.ended_by = fact.principal;
    blocker.ended_at = fact.at;
    blocker.answer = MemberText(body, "reason");
  }
  return status;
}

Result<std::vector<ReleaseBlocker>> BlockersOf(Store& store, const std::string& project, const std::string& gate,
                                               const std::string& model_version) {
  ASSAY_ASSIGN(const std::vector<ReleaseFact> facts, store.ListReleaseFacts(project, kAboutBlocker, model_version));
  std::vector<std::vector<ReleaseFact>> subjects;  // in the order in which they began
  for (const ReleaseFact& fact : facts) {
    if (!fact.gate.empty() && fact.gate != gate) continue;
    const auto of = std::ranges::find_if(subjects, [&](const auto& each) { return each[0].subject == fact.subject; });
    if (of == subjects.end()) {
      subjects.push_back({fact});
    } else {
      of->push_back(fact);
    }
  }
  std::vector<ReleaseBlocker> blockers;
  for (const std::vector<ReleaseFact>& each : subjects) {
    ASSAY_ASSIGN(BlockerStatus status, BlockerFrom(each));
    if (status.blocker.state != BlockerState::kWithdrawn) blockers.push_back(std::move(status.blocker));
  }
  return blockers;
}

}  // namespace assay
