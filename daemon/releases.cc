#include "daemon/releases.h"

#include <algorithm>

#include "core/digest.h"
#include "core/identifier.h"
#include "daemon/blocking.h"
#include "daemon/catalog_lookup.h"
#include "daemon/human_evidence.h"
#include "daemon/log.h"
#include "daemon/release_blockers.h"
#include "daemon/store/review_store.h"
#include "daemon/waivers.h"
#include "review/item_state.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr char kAboutVerdict[] = "verdict";
constexpr char kGo[] = "go";
constexpr char kNoGo[] = "no_go";

ModelIdentity IdentityOfRun(const RunRecord& run) { return {run.model, run.model_label, run.model_version}; }

// What others see is not what somebody sees who must not know whose responses they judge.
BlockerStatus ShownTo(bool only_judges, BlockerStatus status) {
  if (only_judges) status.candidate.reset();
  return status;
}

Result<std::vector<ReleaseDecision>> DecisionsOn(Store& store, const std::string& project, std::string_view verdict) {
  ASSAY_ASSIGN(const std::vector<ReleaseFact> facts, store.ReadReleaseFacts(project, kAboutVerdict, verdict));
  std::vector<ReleaseDecision> decisions;
  for (auto fact = facts.rbegin(); fact != facts.rend(); ++fact) {
    ASSAY_ASSIGN(const Json body, Json::Parse(fact->body));
    const Json* reason = body.Find("reason");
    decisions.push_back({.verdict = fact->subject,
                         .project = fact->project,
                         .gate = fact->gate,
                         .is_go = fact->act == kGo,
                         .reason = reason != nullptr && reason->is_string() ? reason->as_string() : "",
                         .principal = fact->principal,
                         .at = fact->at,
                         .is_superseded = !decisions.empty()});
  }
  return decisions;
}

struct ReadVerdictNow {
  VerdictRecord record;
  Verdict verdict;  // with the waivers that are live now
};

Result<ReadVerdictNow> VerdictNow(Store& store, const std::string& project, std::string_view id, Time now) {
  ASSAY_ASSIGN(VerdictRecord record, store.GetVerdict(project, id));
  ASSAY_ASSIGN(const Json document, Json::Parse(record.document));
  ASSAY_ASSIGN(Verdict verdict, VerdictFromJson(document));
  ASSAY_TRY(ApplyStoredWaivers(store, project, now, verdict));
  return ReadVerdictNow{.record = std::move(record), .verdict = std::move(verdict)};
}

// What people were asked of the answers that the verdict rests on, as it stands now.
Result<std::vector<OpenReview>> ReviewsOf(Store& store, const std::string& project, const Verdict& verdict) {
  std::vector<OpenReview> reviews;
  for (const SuiteIdentity& suite : verdict.suites) {
    if (suite.run.empty()) continue;
    auto run = store.GetRun(project, suite.run);
    if (!run && run.error().code == ErrorCode::kNotFound) continue;
    if (!run) return Fail(run.error());
    ASSAY_ASSIGN(const std::string root, RootIdOf(store, *std::move(run)));
    ASSAY_ASSIGN(const auto count, ReviewStore(store).CountItemsOfRun(project, root, ""));
    if (count.items > 0) reviews.push_back({.suite = suite.suite, .items = count.items, .open = count.open});
  }
  return reviews;
}

std::unexpected<Error> NeedsAName(std::string_view what) {
  return Fail(ErrorCode::kPermissionDenied,
              std::string(what) +
                  " needs a name, and without tokens every caller is \"local\"; give callers tokens "
                  "(auth: {tokens: FILE} in assayd.yaml)");
}

}  // namespace

Releases::Person Releases::Who(const Caller& caller) const {
  const auto roster = context_.reviewers();
  const auto found = std::ranges::find(*roster, caller.principal, &Reviewer::id);
  const bool is_somebody = caller.principal != kAnybody;
  const bool has_role = is_somebody && found != roster->end() && !found->roles.IsEmpty();
  return {.name = caller.principal,
          .has_role = has_role,
          .only_judges = has_role && OnlyJudges(*found),
          .has_release_role = is_somebody && (context_.approvers.contains(caller.principal) ||
                                              (has_role && found->roles.Has(ReviewRole::kReleaseOwner)))};
}

Status Releases::RequireReleaseRole(const Person& person, std::string_view what) const {
  if (person.name == kAnybody) return NeedsAName(what);
  if (person.has_release_role) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "\"" + person.name + "\" has no release role: " + std::string(what) +
                  " is for release_owner of the token file, and for those of waivers: {approvers: [...]} in "
                  "assayd.yaml");
}

asio::awaitable<Result<BlockerStatus>> Releases::RecommendBlocker(const Caller& caller,
                                                                  const BlockerArguments& arguments) {
  const Person person = Who(caller);
  if (person.name == kAnybody) co_return NeedsAName("recommending a blocker");
  if (!person.has_role)
    co_return Fail(ErrorCode::kPermissionDenied,
                   "\"" + person.name +
                       "\" has no role in human review; its line in the token file needs one, like "
                       "roles=reviewer");
  auto work = [this, caller, person, arguments]() { return Recommend(caller, person, arguments); };
  co_return co_await RunBlocking(context_.blocking, std::move(work));
}

Result<BlockerStatus> Releases::Recommend(const Caller& caller, const Person& person,
                                          const BlockerArguments& arguments) {
  // Whoever must not know whose responses they judge would learn it by what is refused.
  const bool tells_whose = !arguments.candidate.empty() || arguments.evidence.size() != 1;
  if (person.only_judges && (tells_whose || arguments.evidence.front().item.empty()))
    return Fail(ErrorCode::kPermissionDenied,
                "\"" + person.name +
                    "\" judges in human review: name one item as the evidence, and no candidate; it is "
                    "the one that the item is of");
  if (arguments.request) {
    ASSAY_ASSIGN(const auto answered, context_.store.FindRequest(caller.project, *arguments.request));
    if (answered) {
      ASSAY_ASSIGN(BlockerStatus status, Read(caller.project, *answered));
      return ShownTo(person.only_judges, std::move(status));
    }
  }
  const Time now = context_.clock.Now();
  const ReleaseBlocker blocker{.id = MakeId(now),
                               .gate = arguments.gate,
                               .severity = arguments.severity,
                               .reason = arguments.reason,
                               .evidence = arguments.evidence,
                               .recommender = person.name,
                               .recommended_at = now};
  ASSAY_TRY(CheckRecommendation(blocker));
  if (!arguments.gate.empty()) {
    const auto served = context_.catalog.current();
    ASSAY_TRY(FindServed(*served, DocumentKind::kGate, arguments.gate));
  }
  ASSAY_ASSIGN(const ModelIdentity candidate, CandidateOf(caller, arguments));
  const ReleaseFact fact = RecommendedFact(blocker, caller.project, candidate);
  ASSAY_ASSIGN(const std::vector<ReleaseFact> facts, context_.store.AppendReleaseFact(fact, arguments.request));
  ASSAY_ASSIGN(BlockerStatus status, BlockerFrom(facts));
  Log(LogLevel::kWarning, "blocker recommended",
      {{"blocker", status.blocker.id}, {"model", candidate.name + "@" + candidate.version}, {"by", person.name}});
  return ShownTo(person.only_judges, std::move(status));
}

// All of the evidence has to be of it.
Result<ModelIdentity> Releases::CandidateOf(const Caller& caller, const BlockerArguments& arguments) {
  std::optional<ModelIdentity> candidate;
  if (!arguments.candidate.empty()) {
    ASSAY_ASSIGN(const DocumentRecord model, context_.models.Resolve(caller.project, arguments.candidate));
    candidate = ModelIdentity{model.name, model.label, model.content_version};
  }
  for (const BlockerEvidence& each : arguments.evidence) {
    ASSAY_ASSIGN(const ModelIdentity model, ModelOf(caller.project, each));
    if (!candidate) candidate = model;
    if (candidate->content_version == model.content_version) continue;
    const std::string what = each.item.empty() ? "run " + each.run : "item " + each.item;
    return Fail(ErrorCode::kFailedPrecondition, "evidence: " + what + " is of " + model.name + "@" + model.version +
                                                    ", not of " + candidate->name + "@" + candidate->version);
  }
  return *candidate;
}

Result<ModelIdentity> Releases::ModelOf(const std::string& project, const BlockerEvidence& evidence) {
  if (!evidence.item.empty()) {
    ASSAY_ASSIGN(const StoredReviewItem item, ReviewStore(context_.store).ReadItem(project, evidence.item));
    ASSAY_ASSIGN(const ItemState state, Fold(item.facts));
    auto run = context_.store.GetRun(project, state.item.run);
    if (!run && run.error().code == ErrorCode::kNotFound)
      return Fail(ErrorCode::kFailedPrecondition, "evidence: item " + evidence.item + " is of no run that is stored");
    if (!run) return Fail(run.error());
    return IdentityOfRun(*run);
  }
  ASSAY_ASSIGN(const RunRecord run, context_.store.GetRun(project, evidence.run));
  ASSAY_ASSIGN(const auto found, context_.store.FindCase(run.snapshot, evidence.case_id));
  if (!found)
    return Fail(ErrorCode::kNotFound, "evidence: run " + evidence.run + " has no case \"" + evidence.case_id + "\"");
  return IdentityOfRun(run);
}

Result<BlockerStatus> Releases::Read(const std::string& project, std::string_view id) {
  ASSAY_ASSIGN(const std::vector<ReleaseFact> facts, context_.store.ReadReleaseFacts(project, kAboutBlocker, id));
  if (facts.empty()) return Fail(ErrorCode::kNotFound, "blocker \"" + std::string(id) + "\" is not stored");
  return BlockerFrom(facts);
}

asio::awaitable<Result<BlockerStatus>> Releases::EndBlocker(const Caller& caller, std::string_view id,
                                                            BlockerState state, std::string_view reason) {
  const Person person = Who(caller);
  if (state != BlockerState::kWithdrawn) {
    ASSAY_CO_TRY(RequireReleaseRole(person, "answering a blocker"));
  } else if (person.name == kAnybody) {
    co_return NeedsAName("withdrawing a blocker");
  }
  auto work = [this, caller, person, id = std::string(id), state,
               reason = std::string(reason)]() -> Result<BlockerStatus> {
    ASSAY_ASSIGN(BlockerStatus ended, End(caller, id, state, reason));
    return ShownTo(person.only_judges, std::move(ended));
  };
  co_return co_await RunBlocking(context_.blocking, std::move(work));
}

Result<BlockerStatus> Releases::End(const Caller& caller, const std::string& id, BlockerState state,
                                    const std::string& reason) {
  ASSAY_ASSIGN(BlockerStatus status, Read(caller.project, id));
  ASSAY_ASSIGN(status.blocker,
               assay::EndBlocker(status.blocker, state, caller.principal, reason, context_.clock.Now()));
  ASSAY_ASSIGN(const std::vector<ReleaseFact> facts, context_.store.AppendReleaseFact(EndedFact(status)));
  Log(LogLevel::kInfo, "blocker ended",
      {{"blocker", id}, {"state", std::string(Name(state))}, {"by", caller.principal}});
  return BlockerFrom(facts);
}

asio::awaitable<Result<BlockerStatus>> Releases::GetBlocker(const Caller& caller, std::string_view id) {
  const Person person = Who(caller);
  auto work = [this, &caller, &person, id]() -> Result<BlockerStatus> {
    ASSAY_ASSIGN(BlockerStatus status, Read(caller.project, id));
    if (person.only_judges && status.blocker.recommender != person.name)
      return Fail(ErrorCode::kPermissionDenied,
                  "\"" + person.name + "\" judges in human review, and sees the blockers of their own");
    return ShownTo(person.only_judges, std::move(status));
  };
  co_return co_await RunBlocking(context_.reading, work);
}

asio::awaitable<Result<Page<BlockerStatus>>> Releases::ListBlockers(const Caller& caller, std::string_view gate,
                                                                    const PageRequest& page) {
  const Person person = Who(caller);
  auto work = [this, &caller, &person, gate, &page]() -> Result<Page<BlockerStatus>> {
    ASSAY_ASSIGN(const Page<ReleaseFact> subjects,
                 context_.store.ListReleaseSubjects(caller.project, kAboutBlocker, gate, page));
    Page<BlockerStatus> statuses{.items = {}, .next = subjects.next};
    for (const ReleaseFact& begun : subjects.items) {
      if (person.only_judges && begun.principal != person.name) continue;
      ASSAY_ASSIGN(BlockerStatus status, Read(caller.project, begun.subject));
      statuses.items.push_back(ShownTo(person.only_judges, std::move(status)));
    }
    return statuses;
  };
  co_return co_await RunBlocking(context_.reading, work);
}

asio::awaitable<Result<ReleaseDecision>> Releases::DecideRelease(const Caller& caller,
                                                                 const ReleaseArguments& arguments) {
  const Person person = Who(caller);
  ASSAY_CO_TRY(RequireReleaseRole(person, "go or no-go"));
  auto work = [this, caller, arguments]() { return Decide(caller, arguments); };
  co_return co_await RunBlocking(context_.blocking, std::move(work));
}

Result<ReleaseDecision> Releases::Decide(const Caller& caller, const ReleaseArguments& arguments) {
  ASSAY_ASSIGN(const std::vector<ReleaseDecision> before,
               DecisionsOn(context_.store, caller.project, arguments.verdict));
  if (arguments.request) {
    ASSAY_ASSIGN(const auto answered, context_.store.FindRequest(caller.project, *arguments.request));
    const auto mine = std::ranges::find_if(before, [&](const ReleaseDecision& each) {
      return each.principal == caller.principal && each.is_go == arguments.is_go && each.reason == arguments.reason;
    });
    if (answered && mine != before.end()) return *mine;
  }
  const Time now = context_.clock.Now();
  const ReleaseDecision decision{.verdict = arguments.verdict,
                                 .project = caller.project,
                                 .gate = {},
                                 .is_go = arguments.is_go,
                                 .reason = arguments.reason,
                                 .principal = caller.principal,
                                 .at = now};
  ASSAY_TRY(CheckDecision(decision));
  ASSAY_ASSIGN(const ReadVerdictNow read, VerdictNow(context_.store, caller.project, arguments.verdict, now));
  if (arguments.is_go) ASSAY_TRY(CheckMayGo(read.record, read.verdict));
  const ReleaseFact fact{.project = caller.project,
                         .about = kAboutVerdict,
                         .subject = read.record.id,
                         .seq = std::ssize(before) + 1,
                         .act = arguments.is_go ? kGo : kNoGo,
                         .gate = read.record.gate,
                         .model_version = read.verdict.candidate.content_version,
                         .principal = caller.principal,
                         .at = now,
                         .body = Json::Of({{"reason", arguments.reason}}).Dump()};
  ASSAY_TRY(context_.store.AppendReleaseFact(fact, arguments.request));
  Log(LogLevel::kInfo, "release decided", {{"verdict", fact.subject}, {"decision", fact.act}, {"by", fact.principal}});
  ASSAY_ASSIGN(const std::vector<ReleaseDecision> after, DecisionsOn(context_.store, caller.project, fact.subject));
  return after.front();
}

// Nobody says go on what the gate does not say, or does not say any more.
Status Releases::CheckMayGo(const VerdictRecord& record, const Verdict& verdict) {
  const std::string of = "verdict " + record.id;
  ASSAY_ASSIGN(const auto newest,
               context_.store.FindDecidedCheck(record.project, record.gate, verdict.candidate.content_version));
  if (newest && newest->verdict_id != record.id)
    return Fail(ErrorCode::kFailedPrecondition, of + " has a successor of the same gate and candidate, verdict " +
                                                    newest->verdict_id + ": decide on that one");
  ASSAY_ASSIGN(const std::vector<ReleaseBlocker> blockers,
               BlockersOf(context_.store, record.project, record.gate, verdict.candidate.content_version));
  const auto is_news = [&](const ReleaseBlocker& each) {
    const bool is_upheld_since =
        each.state == BlockerState::kUpheld && std::ranges::find(verdict.blockers, each) == verdict.blockers.end();
    return each.state == BlockerState::kOpen || is_upheld_since;
  };
  const auto news = std::ranges::find_if(blockers, is_news);
  if (news != blockers.end() && news->state == BlockerState::kOpen)
    return Fail(
        ErrorCode::kFailedPrecondition,
        of + ": blocker " + news->id + " of its candidate is open; answer it first (assay blocker uphold|decline)");
  if (news != blockers.end())
    return Fail(ErrorCode::kFailedPrecondition,
                of + ": blocker " + news->id + " of its candidate was upheld since; check the gate again");
  return CheckGo(verdict, record.id);
}

asio::awaitable<Result<std::vector<ReleaseDecision>>> Releases::ListReleaseDecisions(const Caller& caller,
                                                                                     std::string_view verdict) {
  auto work = [this, &caller, verdict]() -> Result<std::vector<ReleaseDecision>> {
    ASSAY_ASSIGN(const VerdictRecord record, context_.store.GetVerdict(caller.project, verdict));
    return DecisionsOn(context_.store, caller.project, record.id);
  };
  co_return co_await RunBlocking(context_.reading, work);
}

asio::awaitable<Result<EvidencePackText>> Releases::GetEvidencePack(const Caller& caller, std::string_view verdict) {
  const Person person = Who(caller);
  if (person.only_judges)
    co_return Fail(ErrorCode::kPermissionDenied,
                   "\"" + person.name + "\" judges in human review, and the pack tells whose responses those are");
  auto work = [this, &caller, id = std::string(verdict)]() { return MakePack(caller, id); };
  co_return co_await RunBlocking(context_.reading, work);
}

Result<EvidencePackText> Releases::MakePack(const Caller& caller, const std::string& verdict) {
  const Time now = context_.clock.Now();
  ASSAY_ASSIGN(ReadVerdictNow read, VerdictNow(context_.store, caller.project, verdict, now));
  ReleasePack pack{.verdict_id = read.record.id,
                   .document_hash = ContentVersion(read.record.document),
                   .is_signed = !read.record.envelope.empty(),
                   .made_at = now};
  ASSAY_ASSIGN(pack.decisions, DecisionsOn(context_.store, caller.project, pack.verdict_id));
  ASSAY_ASSIGN(pack.blockers,
               BlockersOf(context_.store, caller.project, read.record.gate, read.verdict.candidate.content_version));
  ASSAY_ASSIGN(pack.reviews, ReviewsOf(context_.store, caller.project, read.verdict));
  pack.verdict = std::move(read.verdict);
  return EvidencePackText{.markdown = MarkdownOf(pack), .document = ToJson(pack).DumpIndented()};
}

}  // namespace assay
