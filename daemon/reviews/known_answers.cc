// Items whose answer is known: made of items that are done, retired, listed.

#include <algorithm>
#include <map>

#include "core/digest.h"
#include "daemon/blocking.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/response_ids.h"
#include "daemon/reviews/reviews.h"
#include "review/fact_planner.h"

namespace assay {

namespace asio = boost::asio;

namespace {

// Who has seen the source does not know the copy by them. The same each time, so that a copy is made once.
ResponseIds IdsOfCopy(std::string_view key, const ReviewItem& source, ItemPurpose purpose) {
  const std::string what = "copy|" + std::string(WordOf(purpose)) + "|" + source.id + "|" + source.run + "|";
  std::map<std::string, std::string> ids;
  for (const std::string& id : source.subject.responses)
    ids.emplace(id, "r" + Sha256Hex(HmacSha256(key, what + id)).substr(0, 11));
  return ResponseIds(std::move(ids));
}

// An id like those of the items that entered with the source, within a few seconds: that of now would tell that it
// entered by itself. The same each time.
std::string IdOfCopy(std::string_view key, const ReviewItem& source, ItemPurpose purpose) {
  const std::string what = "copy id|" + std::string(WordOf(purpose)) + "|" + source.id + "|" + source.run;
  const std::string drawn = Sha256Hex(HmacSha256(key, what));
  // The last digits of the time are 4 seconds; the version stays; the variant is one of 8, 9, a and b.
  std::string id = source.id.substr(0, 10) + drawn.substr(0, 3) + "-7" + drawn.substr(3, 3) + "-";
  id += "89ab"[(drawn[6] <= '9' ? drawn[6] - '0' : drawn[6] - 'a' + 10) % 4];
  return id + drawn.substr(7, 3) + "-" + drawn.substr(10, 12);
}

// The same content, asked anew for another purpose.
ReviewItem CopyFor(const ItemState& source, const ResponseIds& ids, const std::string& id, ItemPurpose purpose) {
  ReviewItem copy = source.item;
  copy.subject = ids.Of(source.item.subject);
  copy.id = id;
  copy.purpose = purpose;
  copy.rubric_version = source.rubric_version;
  copy.reasons = {std::string(WordOf(purpose))};
  copy.lane = ReviewLane::kNormal;
  copy.severity.reset();
  copy.due_at.reset();
  copy.is_random_overlap = false;
  copy.draw.clear();
  return copy;
}

// The first gate whose suites have that name; "" none.
std::string GateOn(const ServedVersion& served, const std::string& suite) {
  for (const CatalogDocument& document : served.catalog.documents) {
    const GateSpec* gate = document.gate();
    if (gate != nullptr && std::ranges::find(gate->suites, suite) != gate->suites.end()) return gate->name;
  }
  return "";
}

// What an approval of a known answer is of: whoever approves reads it, and nothing else becomes known by it.
std::string TextOfGold(const std::string& item, ItemPurpose purpose, const GoldAnswer& answer) {
  Json::Array must_name;
  for (const std::string& name : answer.must_name) must_name.emplace_back(name);
  return Json::Of({{"item", item},
                   {"purpose", WordOf(purpose)},
                   {"expected", ToJson(answer.expected)},
                   {"scores_within", answer.scores_within},
                   {"must_name", std::move(must_name)}})
      .DumpCanonical();
}

Status RequireLead(const Asking& asking, std::string_view what) {
  if (asking.reviewer.roles.Has(ReviewRole::kLead)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "\"" + asking.reviewer.id + "\" may not " + std::string(what) + ": it needs the role lead");
}

}  // namespace

Result<ItemState> Reviews::EnterCopy(const Asking& asking, const ItemState& source, ItemPurpose purpose) {
  ASSAY_ASSIGN(const PolicyRef policy, desk_.PolicyOf(source));
  ASSAY_TRY(RequireTexts(asking.project, source));
  const ResponseIds ids = IdsOfCopy(policies_.draw_key(), source.item, purpose);
  ASSAY_ASSIGN(const std::string shown, store_.ReadContent(asking.project, source.content_hash));
  ASSAY_ASSIGN(ItemContent renamed, ItemContentFrom(shown));
  std::string content = StoredText(ids.Of(std::move(renamed)));
  ReviewItem copy = CopyFor(source, ids, IdOfCopy(policies_.draw_key(), source.item, purpose), purpose);
  copy.content_hash = Sha256Hex(content);
  // The document may have moved on within the major version.
  copy.rubric_version = policy->rubric.ParsedVersion();
  ASSAY_ASSIGN(const ReviewFacts facts, Enter(copy, *policy, asking.now));
  std::vector<NewReviewItem> entering;
  entering.push_back({.entered = facts.front(), .content = std::move(content)});
  ASSAY_ASSIGN(const int entered, desk_.Enter(std::move(entering)));
  if (entered == 0 && purpose != ItemPurpose::kCalibration) {
    ASSAY_ASSIGN(auto orphan, FindOrphan(asking, copy));
    if (orphan) return *std::move(orphan);
  }
  if (entered == 0)
    return Fail(ErrorCode::kAlreadyExists,
                "item " + source.item.id + " is one of " + std::string(WordOf(purpose)) + " already");
  return desk_.Find(asking.project, copy.id);
}

// A copy whose answer was not stored, because the daemon ended in between.
Result<std::optional<ItemState>> Reviews::FindOrphan(const Asking& asking, const ReviewItem& copy) {
  std::optional<ItemState> orphan;
  const std::string identity = ItemKey(copy);
  ASSAY_TRY(store_.ReadItems({.project = asking.project,
                              .queue = copy.queue,
                              .run = copy.run,
                              .case_id = copy.case_id,
                              .purpose = copy.purpose},
                             [&](StoredReviewItem item) -> Status {
                               if (books_.FindGold(item.id) != nullptr || !item.readable) return {};
                               ASSAY_ASSIGN(ItemState state, Fold(item.facts));
                               if (ItemKey(state.item) == identity) orphan = std::move(state);
                               return {};
                             }));
  return orphan;
}

Result<GoldStatus> Reviews::StatusOf(const GoldEntry& entry) {
  ASSAY_ASSIGN(const ItemState state, desk_.Find(entry.project, entry.item));
  GoldStatus status{.entry = entry, .record = {.made_at = entry.made_at}};
  status.record.shown = static_cast<int>(state.gold.size());
  status.record.hits = static_cast<int>(std::ranges::count(state.gold, true, &GoldResult::is_hit));
  status.health = HealthOf(status.record, context_.clock.Now());
  return status;
}

asio::awaitable<Result<GoldStatus>> Reviews::AddGold(const Caller& caller, const GoldArguments& arguments) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(RequireLead(asking, "add known answers"));
  auto work = [this, &asking, &arguments]() { return MakeGold(asking, arguments); };
  co_return co_await RunBlocking(context_.desk, work);
}

// An approval makes one known answer.
Status Reviews::CheckUnused(const std::string& project, const std::string& approval) {
  for (const GoldEntry* entry : books_.GoldOf(project, "")) {
    if (entry->approval == approval)
      return Fail(ErrorCode::kFailedPrecondition,
                  "change " + approval + " was used for known answer " + entry->item + ", and is good for one");
  }
  return {};
}

Result<GoldStatus> Reviews::MakeGold(const Asking& asking, const GoldArguments& arguments) {
  ASSAY_TRY(OpenProject(asking.project));
  desk_.Tick();
  ASSAY_ASSIGN(const ItemState source, FindOfTheirQueue(asking, arguments.item));
  const ReviewDecision* decision = ActiveDecision(source);
  const bool is_done = StateAt(source, std::max(asking.now, source.last_at)) == ReviewState::kDone;
  if (source.item.purpose != ItemPurpose::kLabel || !is_done || decision == nullptr)
    return Fail(ErrorCode::kFailedPrecondition,
                "item " + arguments.item + " is not done: what people have settled becomes a known answer");
  const GoldAnswer answer{.expected = arguments.expected.value_or(decision->outcome),
                          .scores_within = arguments.scores_within.value_or(1),
                          .must_name = arguments.must_name,
                          .why = arguments.why};
  const std::string approved = TextOfGold(source.item.id, arguments.purpose, answer);
  if (const std::string gate = GateOn(*policies_.served(), source.item.suite); !gate.empty()) {
    if (arguments.approval.empty())
      return Fail(ErrorCode::kFailedPrecondition,
                  "gate \"" + gate + "\" rests on suite \"" + source.item.suite +
                      "\": a known answer of it needs an approved change of kind gating_gold whose diff is exactly " +
                      approved);
    ASSAY_TRY(CheckApproved(store_, asking.project, arguments.approval, ReviewChange::kGatingGold, approved));
    ASSAY_TRY(CheckUnused(asking.project, arguments.approval));
  }
  GoldEntry entry{.project = asking.project,
                  .queue = source.item.queue,
                  .source_item = source.item.id,
                  .purpose = arguments.purpose,
                  .answer = answer,
                  .approval = arguments.approval,
                  .made_by = asking.reviewer.id,
                  .made_at = asking.now};
  ASSAY_ASSIGN(const PolicyRef policy, desk_.PolicyOf(source));
  ASSAY_TRY(CheckOpinion(entry.answer.expected, source.item.subject, policy->rubric));
  ASSAY_ASSIGN(const ItemState item, EnterCopy(asking, source, arguments.purpose));
  entry.item = item.item.id;
  entry.answer.expected = IdsOfCopy(policies_.draw_key(), source.item, arguments.purpose).Of(entry.answer.expected);
  ASSAY_TRY(books_.NoteKnows(asking.project, source.item.id, asking.reviewer.id, asking.now));
  ASSAY_TRY(books_.Put(entry, asking.now, asking.reviewer.id));
  return StatusOf(*books_.FindGold(entry.item));
}

asio::awaitable<Result<GoldStatus>> Reviews::RetireGold(const Caller& caller, std::string_view id,
                                                        std::string_view reason) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(RequireLead(asking, "retire known answers"));
  ASSAY_CO_TRY(CheckNote("reason", reason, true));
  auto work = [this, &asking, id = std::string(id), reason = std::string(reason)]() -> Result<GoldStatus> {
    ASSAY_TRY(OpenProject(asking.project));
    const GoldEntry* found = books_.FindGold(id);
    if (found == nullptr || found->project != asking.project)
      return Fail(ErrorCode::kNotFound, "there is no known answer \"" + id + "\"");
    ASSAY_TRY(CheckOfQueue(asking.reviewer, found->queue));
    ASSAY_TRY(FindOfTheirQueue(asking, found->item));
    if (found->is_retired) {
      if (found->retired_by == asking.reviewer.id && found->retired_why == reason) return StatusOf(*found);
      return Fail(ErrorCode::kFailedPrecondition,
                  "known answer " + id + " is retired already" +
                      (found->retired_by.empty() ? "" : ", by " + found->retired_by + ": " + found->retired_why));
    }
    GoldEntry retired = *found;
    retired.is_retired = true;
    retired.retired_by = asking.reviewer.id;
    retired.retired_why = reason;
    retired.retired_at = asking.now;
    ASSAY_TRY(books_.Put(std::move(retired), asking.now, asking.reviewer.id));
    return StatusOf(*books_.FindGold(id));
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

asio::awaitable<Result<std::vector<GoldStatus>>> Reviews::ListGold(const Caller& caller, std::string_view queue) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(RequireLead(asking, "see known answers"));
  auto work = [this, &asking, queue = std::string(queue)]() -> Result<std::vector<GoldStatus>> {
    ASSAY_TRY(OpenProject(asking.project));
    std::vector<GoldStatus> statuses;
    for (const GoldEntry* entry : books_.GoldOf(asking.project, queue)) {
      ASSAY_ASSIGN(const ItemState state, desk_.Find(asking.project, entry->item));
      if (!MayLookAt(asking.reviewer, state.item)) continue;
      ASSAY_ASSIGN(GoldStatus status, StatusOf(*entry));
      statuses.push_back(std::move(status));
    }
    return statuses;
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

}  // namespace assay
