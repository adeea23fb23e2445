// Review data that comes in: judgements that were made elsewhere of items of ours, and items of elsewhere with all that
// was said of them.

#include <algorithm>
#include <map>

#include "core/digest.h"
#include "core/identifier.h"
#include "daemon/blocking.h"
#include "daemon/reviews/covered_cases.h"
#include "daemon/reviews/gate_uses.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/kept_imports.h"
#include "daemon/reviews/record_fields.h"
#include "daemon/reviews/reviews.h"
#include "daemon/reviews/stored_records.h"
#include "review/interchange/label_studio_task.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr char kSurveyRecord[] = "import_survey";  // by the hash of its text

std::unexpected<Error> Refused(std::string why) { return Fail(ErrorCode::kFailedPrecondition, std::move(why)); }

// Whether the error is about the record, so that the others go on, and not about the store.
bool IsOfRecord(const Error& error) {
  return error.code != ErrorCode::kUnavailable && error.code != ErrorCode::kInternal &&
         error.code != ErrorCode::kCancelled;
}

// What the response ids of a task that was labelled elsewhere are here: such a task has "a", "b", ... as they were
// dealt.
void UndoDeal(const ItemState& state, const std::string& draw_key, ExchangeRecord& record) {
  const std::vector<std::string>& named = record.item.subject.responses;
  if (named.empty() || named == state.item.subject.responses) return;
  const std::vector<std::string> sides = SidesOf(state.item, {.for_labelling = true, .draw_key = draw_key});
  if (sides.size() == named.size()) RenameResponses(record, sides);
}

Status PutSurvey(ReviewStore& store, const Asking& asking, const ImportSurvey& survey) {
  const std::string id = Sha256Hex(survey.text);
  ASSAY_ASSIGN(const auto known, store.FindRecord(asking.project, kSurveyRecord, id));
  if (known) return {};
  Json::Array blocks;
  for (const std::string& block : survey.blocks) blocks.emplace_back(block);
  ASSAY_TRY(store.PutRecord({.project = asking.project,
                             .kind = kSurveyRecord,
                             .id = id,
                             .updated = asking.now,
                             .principal = asking.reviewer.id,
                             .body = Json::Of({{"text", survey.text}, {"blocks", std::move(blocks)}}).Dump()}));
  return {};
}

// What was looked at before it was approved: by the daemon, whatever the proposer wrote.
Result<ImportSurvey> SurveyApprovedBy(ReviewStore& store, const Asking& asking, const ImportArguments& arguments) {
  ASSAY_ASSIGN(const KeptChange change, FindChange(store, asking.project, arguments.approval));
  ASSAY_TRY(CheckMoves(change.request, ReviewChange::kLabelImport, asking.now));
  ASSAY_ASSIGN(const auto record, store.FindRecord(asking.project, kSurveyRecord, change.request.diff_hash));
  if (!record)
    return Fail(ErrorCode::kPermissionDenied,
                "approval " + arguments.approval + " is of no file: propose it with the approval_diff of a dry run");
  ASSAY_ASSIGN(const Json json, Json::Parse(record->body));
  ImportSurvey survey{.text = TextOf(json, "text")};
  if (const Json* blocks = json.Find("blocks"); blocks != nullptr && blocks->is_array()) {
    for (const Json& block : blocks->as_array()) survey.blocks.push_back(block.is_string() ? block.as_string() : "");
  }
  ASSAY_ASSIGN(const Json text, Json::Parse(survey.text));
  const bool is_it = TextOf(text, "queue") == arguments.queue && TextOf(text, "format") == arguments.format &&
                     TextOf(text, "people_domain") == arguments.people_domain;
  if (is_it) return survey;
  return Fail(ErrorCode::kPermissionDenied,
              "approval " + arguments.approval + " is of another import: queue, format or people_domain differ");
}

std::string NeedsApproval(const std::string& queue, const std::string& gate) {
  return "queue \"" + queue + "\" is read by gate \"" + gate +
         "\": labels from elsewhere settle nothing there unless a release owner approves exactly this file; ask for it "
         "with a dry run and its approval_diff as a change label_import (assay review import FILE --queue " +
         queue + " --propose REASON), and name the approved change as the approval (--approval CHANGE)";
}

// Flat files of Label Studio number judgements anew each time: one person's number is another's in the next file.
void NameByPersons(ExchangeRecord& record) {
  std::map<std::string, int> of_person;
  for (Judgement& judgement : record.judgements) {
    if (judgement.person.empty()) continue;
    const int count = ++of_person[judgement.person];
    judgement.id = "label_studio/" + std::string(NameAtHome(judgement.person));
    if (count > 1) judgement.id += "#" + std::to_string(count);
  }
}

bool HasAll(const std::vector<Judgement>& all, const std::vector<Judgement>& some) {
  return std::ranges::all_of(
      some, [&](const Judgement& each) { return std::ranges::find(all, each.id, &Judgement::id) != all.end(); });
}

// Opinions that the rubric does not know would be read as something else.
Status CheckOpinions(const ExchangeRecord& record, const RubricSpec& rubric) {
  const int major = rubric.ParsedVersion().major;
  for (const Judgement& judgement : record.judgements) {
    const bool is_of_it = judgement.epoch == record.epoch && judgement.content.rubric_version.major == major &&
                          judgement.role != JudgementRole::kExtra;
    if (!is_of_it) continue;
    if (const Status checked = CheckOpinion(judgement.content.opinion, record.item.subject, rubric); !checked)
      return Refused("judgement " + judgement.id + ": " + checked.error().message);
  }
  for (const ReviewDecision& decision : record.decisions) {
    if (!decision.is_active) continue;
    if (const Status checked = CheckOpinion(decision.outcome, record.item.subject, rubric); !checked)
      return Refused("decision " + decision.id + ": " + checked.error().message);
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<ImportSession>> Reviews::BeginImport(const Asking& asking, const ImportArguments& arguments) {
  const ExchangeFormat* format = FindExchangeFormat(arguments.format);
  if (format == nullptr)
    return Fail(ErrorCode::kInvalidArgument, "format: there is none \"" + arguments.format.substr(0, 64) + "\"");
  ASSAY_TRY(CheckMaySelect(asking.reviewer, {.queues = {arguments.queue}}));
  ASSAY_ASSIGN(const PolicyRef policy, policies_.ForQueue(asking.project, arguments.queue));
  ImportOptions options{.rubric = policy->rubric, .kind = policy->queue.item};
  if (!arguments.people_domain.empty()) options.people_domain = arguments.people_domain;
  ASSAY_ASSIGN(std::string gate, GateOfQueue(context_.store, *policies_.served(), asking.project, arguments.queue));
  std::optional<ImportSurvey> approved;
  if (!arguments.approval.empty()) {
    ASSAY_ASSIGN(approved, SurveyApprovedBy(store_, asking, arguments));
  }
  ASSAY_ASSIGN(auto session, ImportSession::Begin(MakeId(asking.now), asking.reviewer.id, asking.project, *format,
                                                  options, arguments, std::move(gate), std::move(approved)));
  ASSAY_TRY(imports_.Add(session, asking.now));
  return session;
}

asio::awaitable<Result<ImportProgress>> Reviews::ImportReviews(const Caller& caller, const ImportPiece& piece) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  if (!asking.reviewer.roles.Has(ReviewRole::kLead))
    co_return Fail(ErrorCode::kPermissionDenied,
                   "\"" + asking.reviewer.id + "\" may not import: it needs the role lead");
  auto begin = [&]() -> Result<std::shared_ptr<ImportSession>> {
    if (piece.import.empty()) return BeginImport(asking, piece.arguments);
    return imports_.Take(piece.import, asking.reviewer.id, asking.project, asking.now);
  };
  ASSAY_CO_ASSIGN(const std::shared_ptr<ImportSession> session, co_await RunBlocking(context_.reading, begin));
  HeldImport held(imports_, *session);
  ImportProgress& progress = session->progress;
  if (piece.offset != progress.bytes) {
    held.GiveBack(asking.now);
    co_return Refused("import " + session->id() + " goes on with offset " + std::to_string(progress.bytes) + ", not " +
                      std::to_string(piece.offset));
  }
  auto read = [&]() { return session->Read(piece.bytes, piece.is_last); };
  Status outcome = co_await RunBlocking(context_.reading, read);
  // A record a call of the desk: who judges meanwhile waits for one of them at most.
  for (ReadRecord& each : session->records) {
    if (!outcome) break;
    ++progress.items;
    const std::string item = each.record.item.id;
    auto take = [&]() {
      Asking at_desk = asking;
      at_desk.now = context_.clock.Now();  // a piece may take its time, and a check may be decided meanwhile
      return TakeRecord(at_desk, *session, std::move(each.record));
    };
    const Result<TakenRecord> taken = co_await RunBlocking(context_.desk, take);
    if (taken && taken->as == TakenAs::kNeedsApproval) {
      outcome = Fail(ErrorCode::kPermissionDenied, NeedsApproval(session->arguments.queue, progress.gate));
    } else if (!taken && IsOfRecord(taken.error())) {
      session->Refuse({.fault = {.line = each.line, .reason = taken.error().message}, .item = item});
    } else if (!taken) {
      outcome = Fail(taken.error());
    } else {
      progress.items_new += taken->as == TakenAs::kNew ? 1 : 0;
      progress.items_changed += taken->as == TakenAs::kChanged ? 1 : 0;
      progress.items_unchanged += taken->as == TakenAs::kUnchanged ? 1 : 0;
      progress.judgements_new += taken->judgements;
      if (taken->as != TakenAs::kUnchanged) session->CountTaken(taken->suite, taken->suite_version, taken->judgements);
    }
  }
  session->records.clear();
  progress.is_complete = outcome.has_value() && piece.is_last;
  // Whatever ends it early: what is in is in.
  const bool is_kept = !session->arguments.is_dry_run && (progress.is_complete || !session->of_suites.empty());
  if (is_kept) {
    auto keep = [&]() { return PutImport(store_, *session, context_.clock.Now()); };
    const Status kept = co_await RunBlocking(context_.reading, keep);
    if (outcome) outcome = kept;
  }
  if (outcome && !piece.is_last) {
    held.GiveBack(asking.now);
    co_return progress;
  }
  if (!outcome) co_return Fail(outcome.error());
  if (session->arguments.is_dry_run) {
    const bool needs_approval = !progress.gate.empty() && session->has_labels && session->arguments.approval.empty();
    if (!needs_approval) co_return progress;
    const ImportSurvey survey = session->Survey();
    auto keep_survey = [&]() { return PutSurvey(store_, asking, survey); };
    ASSAY_CO_TRY(co_await RunBlocking(context_.reading, keep_survey));
    progress.approval_diff = survey.text;
    co_return progress;
  }
  co_return progress;
}

// As it is here, or would be after the rows before.
Result<ItemState> Reviews::FindImported(const Asking& asking, const ImportSession& session, const std::string& item) {
  if (session.arguments.is_dry_run) {
    if (std::optional<ItemState> changed = session.Changed(item)) return *std::move(changed);
  }
  return desk_.Find(asking.project, item);
}

Result<Reviews::TakenRecord> Reviews::TakeRecord(const Asking& asking, ImportSession& session, ExchangeRecord record) {
  const auto known = FindImported(asking, session, record.item.id);
  if (!known && known.error().code != ErrorCode::kNotFound) return Fail(known.error());
  const ReviewItem& item = known ? known->item : record.item;
  std::string suite = item.suite;
  std::string version = item.suite_version;
  ASSAY_ASSIGN(TakenRecord taken, TakeAs(asking, session, known ? &*known : nullptr, std::move(record)));
  taken.suite = std::move(suite);
  taken.suite_version = std::move(version);
  return taken;
}

// `known` null pointer: it is not here.
Result<Reviews::TakenRecord> Reviews::TakeAs(const Asking& asking, ImportSession& session, const ItemState* known,
                                             ExchangeRecord record) {
  if (known == nullptr) return TakeForeignItem(asking, session, std::move(record));
  if (known->item.queue != session.arguments.queue)
    return Refused("is of queue \"" + known->item.queue + "\", not \"" + session.arguments.queue + "\"");
  if (known->imported_as) return TakeHistory(asking, session, *known, std::move(record));
  return TakeJudgements(asking, session, *known, std::move(record));
}

// What a file calls the hash of its text is kept as the text's name: another text of that name would be shown in its
// place, or instead of it.
Status Reviews::CheckHash(const ExchangeRecord& record, const std::string& hash) {
  const auto known = store_.ReadContent(record.item.project, hash);
  if (!known && known.error().code == ErrorCode::kNotFound) return {};
  if (!known) return Fail(known.error());
  if (*known != StoredText(ContentOf(record))) return Refused("names another text by its content_hash " + hash);
  return {};
}

// Its run is not one of ours: what people settled here is not to be had from a file.
Result<Reviews::TakenRecord> Reviews::TakeForeignItem(const Asking& asking, ImportSession& session,
                                                      ExchangeRecord record) {
  if (record.item.queue.empty() || record.item.run.empty())
    return Refused("there is no such item here, and the row does not say what it is; take it from a native export");
  if (record.item.queue != session.arguments.queue)
    return Refused("is of queue \"" + record.item.queue + "\", not \"" + session.arguments.queue + "\"");
  const auto run = context_.store.GetRun(asking.project, record.item.run);
  if (run) return Refused("is of run " + record.item.run + ", which ran here: its items enter from the run only");
  if (run.error().code != ErrorCode::kNotFound) return Fail(run.error());
  record.item.project = asking.project;
  NameAsForeign(record);
  ASSAY_TRY(CheckHash(record, record.item.content_hash));
  ASSAY_TRY(CheckHash(record, record.content_hash));
  ASSAY_ASSIGN(const PolicyRef served, policies_.For(record.item, record.rubric_version));
  ASSAY_TRY(CheckOpinions(record, served->rubric));
  ReviewPolicy policy = *served;
  policy.rubric.version = ToString(record.item.rubric_version);  // that it entered under
  ASSAY_ASSIGN(ReviewFacts facts, Enter(record.item, policy, asking.now));
  ReviewFact history{
      .item = record.item.id, .seq = 2, .at = facts.front().at, .actor = asking.reviewer.id, .body = HistoryOf(record)};
  ItemState state;
  ASSAY_TRY(Apply(facts.front(), state));
  ASSAY_TRY(Apply(history, state));
  const TakenRecord taken{.as = TakenAs::kNew, .judgements = std::ssize(record.judgements)};
  if (session.arguments.is_dry_run) {
    session.Change(state);
    return taken;
  }
  std::vector<NewReviewItem> added;
  added.push_back({.entered = std::move(facts.front()),
                   .content = StoredText(ContentOf(record)),
                   .later = {std::move(history)},
                   .later_hash = record.content_hash});
  ASSAY_TRY(WithholdCovered(store_, policy, asking.now, added));
  ASSAY_ASSIGN(const int entered, desk_.Enter(std::move(added)));
  if (entered == 0) return Refused("an item that asks the same is here under another id");
  return taken;
}

// The same item again, perhaps with more.
Result<Reviews::TakenRecord> Reviews::TakeHistory(const Asking& asking, ImportSession& session, const ItemState& state,
                                                  ExchangeRecord record) {
  NameAsForeign(record);
  record.item.project = state.item.project;
  if (record.item != state.item) return Refused("is here as another item under the same id");
  const HistoryImported history = HistoryOf(record);
  const bool is_same = history.judgements == state.judgements && history.decisions == state.decisions &&
                       history.audits == state.audits && history.state == state.imported_as &&
                       history.epoch == state.epoch && history.content_hash == state.content_hash;
  if (is_same) return TakenRecord{};
  if (!HasAll(record.judgements, state.judgements))
    return Refused("lacks judgements that are here, and nothing that was said is taken back");
  ASSAY_TRY(CheckHash(record, record.content_hash));
  ASSAY_ASSIGN(const PolicyRef policy, policies_.For(state.item, record.rubric_version));
  ASSAY_TRY(CheckOpinions(record, policy->rubric));
  const TakenRecord taken{.as = TakenAs::kChanged,
                          .judgements = std::ssize(record.judgements) - std::ssize(state.judgements)};
  const ReviewFact fact{.item = state.item.id,
                        .seq = state.seq + 1,
                        .at = std::max(asking.now, state.last_at),
                        .actor = asking.reviewer.id,
                        .body = history};
  ItemState after = state;
  ASSAY_TRY(Apply(fact, after));
  if (session.arguments.is_dry_run) {
    session.Change(after);
    return taken;
  }
  ASSAY_TRY(store_.AppendFacts(state.item.id, {&fact, 1}, false, StoredText(ContentOf(record)), record.content_hash));
  ASSAY_TRY(store_.CloseItem(state.item.id, fact.seq));
  return taken;
}

// Of an item of ours: labels that are not here yet count, as far as places are left.
Result<Reviews::TakenRecord> Reviews::TakeJudgements(const Asking& asking, ImportSession& session,
                                                     const ItemState& state, ExchangeRecord record) {
  if (record.epoch != state.epoch)
    return Refused("was judged in round " + std::to_string(record.epoch) + ", and the item is in round " +
                   std::to_string(state.epoch) + ": it was reopened, redacted or got another rubric since");
  const PersonNaming pseudonyms = Pseudonyms();
  UndoDeal(state, policies_.draw_key(), record);
  const bool is_flat = session.arguments.format == "label_studio_min" || session.arguments.format == "label_studio_csv";
  if (is_flat) NameByPersons(record);
  std::vector<Judgement> added;
  for (Judgement& judgement : record.judgements) {
    // Known by who said it, whose name is "imported:NAME" once it is here, else by its id.
    const auto is_theirs = [&](const Judgement& each) {
      return each.epoch == state.epoch && !each.is_superseded &&
             (NameAtHome(each.person) == NameAtHome(judgement.person) ||
              pseudonyms.NameOf(each.person) == judgement.person);
    };
    auto known = std::ranges::find_if(state.judgements, is_theirs);
    if (known == state.judgements.end()) known = std::ranges::find(state.judgements, judgement.id, &Judgement::id);
    if (known == state.judgements.end()) {
      added.push_back(std::move(judgement));
    } else if (known->content.opinion != judgement.content.opinion) {
      return Refused("judgement " + known->id + " is here with another answer, and judgements are never changed");
    }
  }
  if (added.empty()) return TakenRecord{};
  session.has_labels = true;
  if (!session.MayTakeLabels()) return TakenRecord{.as = TakenAs::kNeedsApproval};
  const auto plan = [&](const ItemState& before, const ReviewPolicy& policy, Time now) -> Result<ReviewFacts> {
    ItemState after = before;
    ReviewFacts all;
    for (Judgement judgement : added) {
      if (judgement.role != JudgementRole::kLabel)
        return Refused("judgement " + judgement.id + ": only labels come from elsewhere");
      if (!judgement.person.starts_with("imported:")) judgement.person = "imported:" + judgement.person;
      // Nobody here can tell what they were shown, and our own backend may have suggested it.
      judgement.content.saw_suggestion =
          judgement.content.saw_suggestion || policy.queue.prelabel.show != PrelabelShow::kOff;
      if (judgement.content.rubric_version == RubricVersion{}) judgement.content.rubric_version = after.rubric_version;
      ASSAY_ASSIGN(const ReviewFacts facts,
                   ImportJudgement(after,
                                   {.importer = asking.reviewer,
                                    .judgement = std::move(judgement),
                                    .approval = session.arguments.approval,
                                    .history = people_.AuditsOf(asking.reviewer.id, policy.queue.audit, now)},
                                   *asking.roster, policy, now));
      for (const ReviewFact& fact : facts) ASSAY_TRY(Apply(fact, after));
      all.insert(all.end(), facts.begin(), facts.end());
    }
    return all;
  };
  if (session.arguments.is_dry_run) {
    ASSAY_ASSIGN(const PolicyRef policy, desk_.PolicyOf(state));
    ASSAY_ASSIGN(const ReviewFacts facts, plan(state, *policy, asking.now));
    ItemState after = state;
    for (const ReviewFact& fact : facts) ASSAY_TRY(Apply(fact, after));
    session.Change(after);
  } else {
    ASSAY_TRY(desk_.Do(asking.project, state.item.id, plan));
  }
  return TakenRecord{.as = TakenAs::kChanged, .judgements = std::ssize(added)};
}

}  // namespace assay
