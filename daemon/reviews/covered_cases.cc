#include "daemon/reviews/covered_cases.h"

#include <algorithm>
#include <set>

#include "daemon/reviews/record_fields.h"

namespace assay {
namespace {

constexpr std::size_t kMostCovered = 10'000;  // as many as one listing of records has
constexpr char kCoveredRecord[] = "covered";  // of all suites

std::string CoveredRecord(const std::string& suite) { return kCoveredRecord + (" " + suite); }

bool AreSame(const std::vector<ItemContent::Text>& one, const std::vector<ItemContent::Text>& other) {
  return std::ranges::equal(one, other, [](const ItemContent::Text& a, const ItemContent::Text& b) {
    return a.name == b.name && a.text == b.text;
  });
}

Result<ItemContent> ContentOf(ReviewStore& store, const std::string& project, const std::string& hash) {
  ASSAY_ASSIGN(const std::string text, store.ReadContent(project, hash));
  return ItemContentFrom(text);
}

// Ids of items by the cases that they are of, of those that are asked about.
Result<std::multimap<std::string, std::string>> NotedItems(ReviewStore& store, const std::string& project,
                                                           const std::string& kind,
                                                           const std::function<bool(const std::string&)>& is_asked) {
  std::multimap<std::string, std::string> items;
  ASSAY_ASSIGN(const std::vector<ReviewRecord> records, store.ListRecords(project, kind));
  if (records.size() >= kMostCovered)
    return Fail(ErrorCode::kResourceExhausted,
                "more than 10000 cases were quarantined (" + kind + "): which texts may be shown is not known");
  for (const ReviewRecord& record : records) {
    ASSAY_ASSIGN(const Json json, Json::Parse(record.body));
    std::string case_id = TextOf(json, "case_id");
    if (is_asked(case_id)) items.emplace(std::move(case_id), record.id);
  }
  return items;
}

Status Note(ReviewStore& store, const std::string& kind, const ReviewItem& item, Time now,
            const std::string& principal) {
  ASSAY_ASSIGN(const auto noted, store.FindRecord(item.project, kind, item.id));
  if (noted) return {};
  const auto put = store.PutRecord({.project = item.project,
                                    .kind = kind,
                                    .id = item.id,
                                    .updated = now,
                                    .principal = principal,
                                    .body = Json::Of({{"case_id", item.case_id}}).Dump()});
  if (!put && put.error().code != ErrorCode::kAborted) return Fail(put.error());
  return {};
}

Result<std::multimap<std::string, CoveredItem>> CoveredOf(ReviewStore& store, const std::string& project,
                                                          const std::string& kind,
                                                          const std::function<bool(const std::string&)>& is_asked) {
  std::multimap<std::string, CoveredItem> cases;
  ASSAY_ASSIGN(const auto noted, NotedItems(store, project, kind, is_asked));
  for (const auto& [case_id, id] : noted) {
    ASSAY_ASSIGN(const StoredReviewItem stored, store.ReadItem(project, id));
    ASSAY_ASSIGN(auto covered, CoveredBy(store, stored));
    if (covered) cases.emplace(case_id, *std::move(covered));
  }
  return cases;
}

std::string WhyWithheldWith(const CoveredItem& covered) {
  return "it asks what item " + covered.item.id +
         (covered.is_quarantined ? " asks, which is quarantined" : " asked, of which something was redacted");
}

}  // namespace

bool CoveredItem::IsOfTheCase() const {
  return before.is_deleted || after.is_deleted || !AreSame(before.prompt, after.prompt) ||
         !AreSame(before.fields, after.fields) || !AreSame(before.claims, after.claims) ||
         before.reference != after.reference || before.context != after.context;
}

bool AsksTheSame(const ReviewItem& item, const ItemContent& content, const ReviewItem& other,
                 const ItemContent& other_content) {
  if (item.case_id != other.case_id) return false;
  return item.suite == other.suite || (!content.prompt.empty() && AreSame(content.prompt, other_content.prompt)) ||
         (!content.fields.empty() && AreSame(content.fields, other_content.fields)) ||
         (!content.context.empty() && content.context == other_content.context);
}

Result<std::optional<CoveredItem>> CoveredBy(ReviewStore& store, const StoredReviewItem& stored) {
  ASSAY_ASSIGN(const ItemState state, Fold(stored.facts));
  CoveredItem covered{.item = state.item, .is_quarantined = OpenQuarantine(state) != nullptr};
  const bool is_redacted = std::ranges::any_of(state.quarantines, &ReviewQuarantine::is_redacted);
  if (!covered.is_quarantined && !is_redacted) return std::nullopt;
  ASSAY_ASSIGN(covered.before, ContentOf(store, state.item.project, state.item.content_hash));
  ASSAY_ASSIGN(covered.after, ContentOf(store, state.item.project, state.content_hash));
  return covered;
}

Result<std::multimap<std::string, CoveredItem>> CoveredCases(ReviewStore& store, const std::string& project,
                                                             const std::string& suite,
                                                             const std::function<bool(const std::string&)>& is_asked) {
  return CoveredOf(store, project, CoveredRecord(suite), is_asked);
}

Status NoteCovered(ReviewStore& store, const ReviewItem& item, Time now, const std::string& principal) {
  ASSAY_TRY(Note(store, kCoveredRecord, item, now, principal));
  return Note(store, CoveredRecord(item.suite), item, now, principal);
}

Status WithholdCovered(ReviewStore& store, const ReviewPolicy& policy, Time now, std::vector<NewReviewItem>& entering) {
  if (entering.empty()) return {};
  std::set<std::string, std::less<>> asked;
  for (const NewReviewItem& each : entering) asked.insert(std::get<ItemEntered>(each.entered.body).item.case_id);
  const std::string& project = std::get<ItemEntered>(entering.front().entered.body).item.project;
  ASSAY_ASSIGN(const auto cases, CoveredOf(store, project, kCoveredRecord,
                                           [&](const std::string& case_id) { return asked.contains(case_id); }));
  if (cases.empty()) return {};
  for (NewReviewItem& each : entering) {
    const ReviewItem& item = std::get<ItemEntered>(each.entered.body).item;
    ASSAY_ASSIGN(const ItemContent content, ItemContentFrom(each.content));
    const auto [first, last] = cases.equal_range(item.case_id);
    const auto covered = std::find_if(first, last, [&](const auto& found) {
      const CoveredItem& by = found.second;
      return AsksTheSame(by.item, by.before, item, content) && (by.is_quarantined || by.IsOfTheCase());
    });
    if (covered == last) continue;
    ItemState state;
    ASSAY_TRY(Apply(each.entered, state));
    for (const ReviewFact& fact : each.later) ASSAY_TRY(Apply(fact, state));
    ASSAY_ASSIGN(ReviewFacts facts,
                 QuarantineWith(state, covered->second.item.id, WhyWithheldWith(covered->second), policy, now));
    for (ReviewFact& fact : facts) each.later.push_back(std::move(fact));
  }
  return {};
}

}  // namespace assay
