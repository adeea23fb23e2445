#include "daemon/reviews/people_records.h"

#include <algorithm>

namespace assay {
namespace {

constexpr std::size_t kMostRecent = 50;
constexpr std::size_t kMostAudits = 500;
constexpr std::size_t kMostDrawnBy = 50;  // of those, what draws look at
constexpr std::size_t kMostEvaluations = 200;
constexpr std::size_t kMostDecisions = 1000;
constexpr std::int64_t kFewLabels = 10;

std::int64_t DayOf(Time time) { return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count(); }

// The newest first, whatever the order in which they come.
template <class T>
void InsertByTime(std::deque<T>& values, T value, std::size_t most) {
  const auto place = std::ranges::find_if(values, [&](const T& other) { return other.at <= value.at; });
  values.insert(place, std::move(value));
  if (values.size() > most) values.pop_back();
}

std::set<std::string> AuthorsOf(const ReviewDecision& decision, const ItemState& state) {
  std::set<std::string> authors;
  for (const std::string& input : decision.inputs) {
    if (const Judgement* judgement = FindJudgement(state, input)) authors.insert(judgement->person);
  }
  return authors;
}

}  // namespace

void PeopleRecords::Observe(const ReviewFact& fact, const ItemState& after) {
  ObserveLeases(after);
  if (std::holds_alternative<LeaseGranted>(fact.body)) {
    const LeaseGranted& granted = std::get<LeaseGranted>(fact.body);
    const bool is_label = granted.lease.role == LeaseRole::kLabel && after.item.purpose != ItemPurpose::kCalibration;
    GoldRecord& gold = people_[granted.lease.person].gold[after.item.queue];
    if (is_label) ++gold.claims;
    if (is_label) gold.claims_since_gold = after.item.purpose == ItemPurpose::kGold ? 0 : gold.claims_since_gold + 1;
  } else if (std::holds_alternative<JudgementMade>(fact.body)) {
    ObserveJudgement(after.judgements.back(), after);
  } else if (std::holds_alternative<DecisionMade>(fact.body)) {
    for (const std::string& author : AuthorsOf(after.decisions.back(), after))
      InsertByTime(people_[author].decisions, {.at = fact.at, .value = true}, kMostDecisions);
  } else if (std::holds_alternative<AuditMade>(fact.body)) {
    ObserveAudit(after.audits.back(), after);
  } else if (std::holds_alternative<GoldGraded>(fact.body)) {
    ObserveGold(after.gold.back(), after);
  }
}

void PeopleRecords::ObserveLeases(const ItemState& after) {
  const std::string& item = after.item.id;
  std::set<std::string>& holders = holders_[item];
  for (const std::string& person : holders) leases_[person].erase(item);
  holders.clear();
  for (const ReviewLease& lease : after.leases) {
    leases_[lease.person][item] = lease.expires_at;
    holders.insert(lease.person);
  }
  if (holders.empty()) holders_.erase(item);
}

void PeopleRecords::ObserveJudgement(const Judgement& judgement, const ItemState& after) {
  Person& person = people_[judgement.person];
  if (!person.first_at || judgement.at < *person.first_at) person.first_at = judgement.at;
  if (judgement.role == JudgementRole::kExtra) return;
  InsertByTime(
      person.recent,
      RecentJudgement{.item = after.item.id, .judgement = judgement.id, .queue = after.item.queue, .at = judgement.at},
      kMostRecent);
  if (judgement.revision > 1) return;
  const std::int64_t day = DayOf(judgement.at);
  if (person.day < day) person.today = {};
  person.day = std::max(person.day, day);
  if (person.day == day) {
    DayOfWork& today = person.today[after.item.queue];
    ++today.judgements;
    today.active += judgement.content.times.active;
  }
  if (judgement.role == JudgementRole::kLabel) ++labels_[after.item.run][judgement.person];
}

void PeopleRecords::ObserveAudit(const ReviewAudit& audit, const ItemState& after) {
  const auto decision = std::ranges::find(after.decisions, audit.decision, &ReviewDecision::id);
  if (decision == after.decisions.end()) return;
  for (const std::string& author : AuthorsOf(*decision, after))
    InsertByTime(people_[author].audits, {.at = audit.at, .value = {.queue = after.item.queue, .passes = audit.passes}},
                 kMostAudits);
}

void PeopleRecords::ObserveGold(const GoldResult& result, const ItemState& after) {
  GoldRecord& gold = people_[result.person].gold[after.item.queue];
  if (after.item.purpose == ItemPurpose::kTraining) {
    ++gold.training_done;
    gold.training_hits += result.is_hit ? 1 : 0;
    return;
  }
  InsertByTime(people_[result.person].evaluations[after.item.queue], {.at = result.at, .value = result.is_hit},
               kMostEvaluations);
}

int PeopleRecords::LiveLeases(std::string_view person, std::string_view except, Time now) const {
  const auto found = leases_.find(person);
  if (found == leases_.end()) return 0;
  return static_cast<int>(std::ranges::count_if(
      found->second, [&](const auto& each) { return each.first != except && now < each.second; }));
}

std::vector<std::string> PeopleRecords::Held(std::string_view person, Time now) const {
  std::vector<std::string> held;
  const auto found = leases_.find(person);
  if (found == leases_.end()) return held;
  for (const auto& [item, until] : found->second) {
    if (now < until) held.push_back(item);
  }
  return held;
}

double PeopleRecords::ShareOfRun(std::string_view person, std::string_view run) const {
  const auto found = labels_.find(run);
  if (found == labels_.end()) return 0;
  std::int64_t all = 0;
  std::int64_t own = 0;
  for (const auto& [name, count] : found->second) {
    all += count;
    if (name == person) own = count;
  }
  return all < kFewLabels ? 0 : static_cast<double>(own) / static_cast<double>(all);
}

GoldRecord PeopleRecords::GoldOf(const std::string& person, const std::string& queue) const {
  const auto found = people_.find(person);
  if (found == people_.end()) return {};
  const auto gold = found->second.gold.find(queue);
  GoldRecord record = gold == found->second.gold.end() ? GoldRecord{} : gold->second;
  const auto evaluations = found->second.evaluations.find(queue);
  if (evaluations == found->second.evaluations.end()) return record;
  for (const Dated<bool>& each : evaluations->second) record.evaluations.push_back(each.value);
  return record;
}

AuditHistory PeopleRecords::AuditsOf(const std::string& person, const AuditSpec& audit, Time now) const {
  constexpr std::chrono::days kMonth{30};
  const auto found = people_.find(person);
  if (found == people_.end()) return {.is_new = true};
  const Person& record = found->second;
  AuditHistory history{.is_new = !record.first_at || now - *record.first_at < audit.new_for};
  for (const Dated<bool>& decision : record.decisions) history.decisions_30d += now - decision.at <= kMonth ? 1 : 0;
  for (const Dated<Audited>& each : record.audits) {
    if (history.results.size() < kMostDrawnBy) history.results.push_back(each.value.passes);
  }
  return history;
}

std::vector<RecentJudgement> PeopleRecords::RecentOf(const std::string& person) const {
  const auto found = people_.find(person);
  if (found == people_.end()) return {};
  return {found->second.recent.begin(), found->second.recent.end()};
}

DayOfWork PeopleRecords::TodayOf(const std::string& person, std::string_view queue, Time now) const {
  const auto found = people_.find(person);
  DayOfWork today;
  if (found == people_.end() || found->second.day != DayOf(now)) return today;
  for (const auto& [name, work] : found->second.today) {
    if (!queue.empty() && name != queue) continue;
    today.judgements += work.judgements;
    today.active += work.active;
  }
  return today;
}

std::pair<std::int64_t, std::int64_t> PeopleRecords::GoldHitsOf(const std::string& person, Time from) const {
  std::pair<std::int64_t, std::int64_t> hits;
  const auto found = people_.find(person);
  if (found == people_.end()) return hits;
  for (const auto& [queue, evaluations] : found->second.evaluations) {
    for (const Dated<bool>& each : evaluations) {
      if (each.at < from) continue;
      hits.first += each.value ? 1 : 0;
      ++hits.second;
    }
  }
  return hits;
}

std::pair<std::int64_t, std::int64_t> PeopleRecords::AuditsPassedOf(const std::string& person, std::string_view queue,
                                                                    Time from, Time to) const {
  std::pair<std::int64_t, std::int64_t> passed;
  const auto found = people_.find(person);
  if (found == people_.end()) return passed;
  for (const Dated<Audited>& audit : found->second.audits) {
    const bool is_meant = audit.at >= from && audit.at < to && (queue.empty() || audit.value.queue == queue);
    if (!is_meant) continue;
    passed.first += audit.value.passes ? 1 : 0;
    ++passed.second;
  }
  return passed;
}

}  // namespace assay
