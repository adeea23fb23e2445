// Where what people judged comes from, what it went into, and what has happened since.

#include <algorithm>
#include <array>

#include "daemon/blocking.h"
#include "daemon/human_evidence.h"
#include "daemon/people_verdicts.h"
#include "daemon/reviews/kept_exports.h"
#include "daemon/reviews/reviews.h"
#include "daemon/reviews/stored_records.h"
#include "daemon/store/rows.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr int kMostRecordsLookedAt = 20'000;
constexpr std::size_t kMostExportsAsked = 500;

// What else happens with an item, as leases, changes nothing of what was taken from it.
constexpr std::array<std::string_view, 10> kChanges = {
    "decision_made",     "item_reopened",   "judgement_voided", "audit_made",          "quarantine_opened",
    "quarantine_closed", "rubric_advanced", "severe_flagged",   "escalation_resolved", "item_cancelled"};

bool IsChange(const ShownEvent& event) { return std::ranges::find(kChanges, event.what) != kChanges.end(); }

std::vector<ShownEvent> ChangesAfter(const ItemView& view, Time since) {
  std::vector<ShownEvent> changes;
  for (const ShownEvent& event : view.history) {
    if (event.at > since && IsChange(event)) changes.push_back(event);
  }
  return changes;
}

// Whether an export took a record, as far as its selection says, and where it came to its end, its manifest. Rubrics
// are of the manifest: which version was in service then is not known any more.
bool Takes(const KeptExport& kept, const ExchangeRecord& record) {
  const ExchangeFormat* format = FindExchangeFormat(kept.manifest.format);
  if (format == nullptr) return false;
  ExchangeFormat plain = *format;
  plain.needs_rubric = false;
  if (!ExclusionOf(record, plain, {.selection = kept.manifest.selection}).empty()) return false;
  if (!kept.is_complete) return true;
  const auto versions = kept.manifest.rubrics.find(record.item.rubric);
  return versions != kept.manifest.rubrics.end() &&
         (format->needs_rubric || versions->second.contains(ToString(record.rubric_version)));
}

// As they stood then; nothing of an item that entered later.
Result<bool> TookItem(const KeptExport& kept, const std::vector<ReviewFact>& facts) {
  if (kept.is_preview || !kept.manifest.exported_at) return false;
  ASSAY_ASSIGN(const std::optional<ItemState> state, StateUntil(facts, *kept.manifest.exported_at));
  if (!state) return false;
  const Time at = std::max(*kept.manifest.exported_at, state->last_at);
  return Takes(kept, RecordOf(*state, {}, std::vector<std::string>(), {}, at));
}

LineageUse UseOf(const KeptExport& kept) {
  return {.what = "export",
          .id = kept.manifest.id,
          .name = kept.manifest.format,
          .at = *kept.manifest.exported_at,
          .by = kept.manifest.exported_by,
          .approval = kept.manifest.approval};
}

std::vector<std::string> DerivedOfItem() {
  return {
      "verdicts: those on its run whose gate asks its queue, and that its decision could have gone into when they "
      "were given",
      "exports: those whose selection takes the item as it stood when they were made; none keeps a list of items"};
}

std::vector<std::string> DerivedOfExport(const KeptExport& kept) {
  if (FindExchangeFormat(kept.manifest.format) == nullptr)
    return {"items: none are looked for of an export as " + kept.manifest.format};
  return {"items: those that its selection takes of what is stored, as it stood at " +
          FormatTime(*kept.manifest.exported_at) +
          "; the export kept how many there were and the hash of its file, and no list of them"};
}

Result<std::int64_t> KeyFrom(const std::string& token) {
  if (token.empty()) return 0;
  const std::optional<std::int64_t> key = ParseInteger(token);
  if (key && *key > 0) return *key;
  return Fail(ErrorCode::kInvalidArgument, "page token \"" + token + "\" is not one of ours");
}

std::unexpected<Error> NoLineage(const std::string& id) {
  return Fail(ErrorCode::kNotFound, "there is no review item, judgement or export \"" + id + "\"");
}

}  // namespace

// On the desk's thread. `since` absent: since it was last decided.
Result<ItemLineage> Reviews::LineageOfItem(const Asking& asking, const std::string& item, std::optional<Time> since) {
  ASSAY_TRY(FindOfTheirQueue(asking, item));
  ASSAY_ASSIGN(const StoredReviewItem stored, store_.ReadItem(asking.project, item));
  ASSAY_ASSIGN(const ItemState state, Fold(stored.facts));
  ItemLineage lineage;
  ASSAY_ASSIGN(lineage.view, ViewWith(std::nullopt, asking, state, stored.facts));
  if (!since && !lineage.view.decisions.empty()) since = lineage.view.decisions.back().decision.at;
  if (since) lineage.since = ChangesAfter(lineage.view, *since);
  if (asking.reviewer.roles.Has(ReviewRole::kLead)) AddCopies(asking, lineage);
  return lineage;
}

void Reviews::AddCopies(const Asking& asking, ItemLineage& lineage) const {
  const std::string& item = lineage.view.item.id;
  if (const GoldEntry* gold = books_.FindGold(item)) lineage.copied_from = gold->source_item;
  const CalibrationEntry* session = books_.CalibrationOf(item);
  if (session != nullptr && !books_.BlindFor(asking.project, asking.reviewer.id).contains(item)) {
    const std::vector<std::string>& items = session->session.items;
    const auto at = static_cast<std::size_t>(std::ranges::find(items, item) - items.begin());
    if (at < session->sources.size()) lineage.copied_from = session->sources[at];
  }
  for (const GoldEntry* gold : books_.GoldOf(asking.project, lineage.view.item.queue)) {
    if (gold->source_item != item) continue;
    lineage.uses.push_back({.what = std::string(WordOf(gold->purpose)),
                            .id = gold->item,
                            .name = gold->queue,
                            .at = gold->made_at,
                            .by = gold->made_by,
                            .approval = gold->approval});
  }
}

// What tells of the run and of what was settled is for who is shown the history.
Status Reviews::AddUses(const Asking& asking, ItemLineage& lineage) {
  const ItemSummary& item = lineage.view.item;
  if (lineage.view.history.empty()) return {};
  Result<RunRecord> run = context_.store.GetRun(asking.project, item.run);
  if (!run && run.error().code != ErrorCode::kNotFound) return Fail(run.error());
  if (run) lineage.run = *std::move(run);
  ASSAY_ASSIGN(const StoredReviewItem stored, store_.ReadItem(asking.project, item.id));
  ASSAY_ASSIGN(const std::vector<std::string> used, VerdictsThatUsed(context_.store, kinds_, stored.facts));
  ASSAY_ASSIGN(const auto verdicts, context_.store.ListVerdictsOn(asking.project, item.run, kMostVerdictsNamed));
  for (const VerdictOnRun& verdict : verdicts) {
    if (std::ranges::find(used, verdict.id) == used.end()) continue;
    lineage.uses.push_back({.what = "verdict", .id = verdict.id, .name = verdict.gate, .at = verdict.decided});
  }
  if (CheckMayExport(asking.reviewer)) {
    ASSAY_ASSIGN(const auto exports, ReadExports(store_, asking.project, kMostExportsAsked, 0));
    for (const KeptExport& kept : exports) {
      ASSAY_ASSIGN(const bool took, TookItem(kept, stored.facts));
      if (took) lineage.uses.push_back(UseOf(kept));
    }
  }
  std::ranges::stable_sort(lineage.uses, {}, &LineageUse::at);
  return {};
}

Result<Page<std::string>> Reviews::ItemsOf(const Asking& asking, const KeptExport& kept, const Standing& standing,
                                           const PageRequest& page) {
  Page<std::string> items;
  ASSAY_ASSIGN(const std::int64_t above, KeyFrom(page.token));
  if (FindExchangeFormat(kept.manifest.format) == nullptr || !kept.manifest.exported_at) return items;
  const ExportSelection& selection = kept.manifest.selection;
  RecordQuery query{.filter = {.project = asking.project}, .as_of = *kept.manifest.exported_at, .above = above};
  if (selection.queues.size() == 1) query.filter.queue = selection.queues.front();
  if (selection.runs.size() == 1) query.filter.run = selection.runs.front();
  query.withholds = WithheldFrom(asking, standing, false);
  StoredRecords records(context_.store, std::move(query));
  std::int64_t last = above;  // that was looked at
  for (int looked_at = 0; looked_at < kMostRecordsLookedAt; ++looked_at) {
    ASSAY_ASSIGN(const ExchangeRecord* record, records.Next());
    if (record == nullptr) return items;
    const bool is_taken = Takes(kept, *record) && CheckMayLookAt(asking.reviewer, record->item);
    if (is_taken && std::ssize(items.items) == page.limit) break;
    if (is_taken) items.items.push_back(record->item.id);
    last = records.key();
  }
  items.next = std::to_string(last);
  return items;
}

asio::awaitable<Result<Lineage>> Reviews::LineageOfExport(const Asking& asking, const std::string& id,
                                                          const Standing& standing, const PageRequest& page) {
  ASSAY_CO_TRY(CheckMayExport(asking.reviewer));
  Lineage lineage;
  Page<std::string> items;
  auto find = [&]() -> Status {
    ASSAY_ASSIGN(lineage.exported, FindExport(store_, asking.project, id));
    if (!lineage.exported) return NoLineage(id);
    ASSAY_ASSIGN(items, ItemsOf(asking, *lineage.exported, standing, page));
    return {};
  };
  ASSAY_CO_TRY(co_await RunBlocking(context_.reading, find));
  lineage.next_page = items.next;
  lineage.derived = DerivedOfExport(*lineage.exported);
  auto show = [&]() -> Status {
    for (const std::string& item : items.items) {
      ASSAY_ASSIGN(ItemLineage each, LineageOfItem(asking, item, lineage.exported->manifest.exported_at));
      each.uses.clear();
      lineage.items.push_back(std::move(each));
    }
    return {};
  };
  ASSAY_CO_TRY(co_await RunBlocking(context_.desk, show));
  co_return lineage;
}

asio::awaitable<Result<Lineage>> Reviews::GetLineage(const Caller& caller, std::string_view id,
                                                     const PageRequest& page) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_ASSIGN(const Standing standing, co_await StandsNow(asking));
  const std::string asked(id);
  const std::string item = asked.substr(0, asked.find('/'));
  const bool is_of_judgement = item.size() < asked.size();
  Lineage lineage;
  auto look = [&]() -> Status {
    ASSAY_ASSIGN(ItemLineage found, LineageOfItem(asking, item, std::nullopt));
    if (is_of_judgement) {
      const auto judgement = std::ranges::find_if(
          found.view.judgements, [&](const ShownJudgement& shown) { return shown.judgement.id == asked; });
      if (judgement == found.view.judgements.end()) return NoLineage(asked);
      lineage.judgement = asked;
      found.since = ChangesAfter(found.view, judgement->judgement.at);
    }
    lineage.items.push_back(std::move(found));
    return {};
  };
  const Status looked = co_await RunBlocking(context_.desk, look);
  const bool is_no_item = !looked && looked.error().code == ErrorCode::kNotFound;
  if (is_no_item && is_of_judgement) co_return NoLineage(asked);
  if (is_no_item) co_return co_await LineageOfExport(asking, asked, standing, page);
  ASSAY_CO_TRY(looked);
  auto add = [&]() { return AddUses(asking, lineage.items.front()); };
  ASSAY_CO_TRY(co_await RunBlocking(context_.reading, add));
  lineage.derived = DerivedOfItem();
  co_return lineage;
}

}  // namespace assay
