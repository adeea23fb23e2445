#include "daemon/reviews/books.h"

#include <algorithm>

#include "daemon/log.h"
#include "daemon/reviews/record_fields.h"

namespace assay {
namespace {

constexpr char kGoldRecord[] = "gold";
constexpr char kKnowsRecord[] = "gold_known";
constexpr char kCalibrationRecord[] = "calibration";
constexpr char kPauseRecord[] = "pause";

Json ToJson(const GoldEntry& entry) {
  Json::Array must_name;
  for (const std::string& name : entry.answer.must_name) must_name.push_back(name);
  return Json::Of({{"queue", entry.queue},
                   {"source_item", entry.source_item},
                   {"purpose", WordOf(entry.purpose)},
                   {"expected", ToJson(entry.answer.expected)},
                   {"scores_within", entry.answer.scores_within},
                   {"must_name", std::move(must_name)},
                   {"checks_severity", entry.answer.checks_severity},
                   {"why", entry.answer.why},
                   {"approval", entry.approval},
                   {"made_by", entry.made_by},
                   {"made_at", entry.made_at.time_since_epoch().count()},
                   {"is_retired", entry.is_retired},
                   {"retired_by", entry.retired_by},
                   {"retired_why", entry.retired_why},
                   {"retired_at", entry.retired_at ? entry.retired_at->time_since_epoch().count() : 0}});
}

Result<GoldEntry> GoldFrom(const ReviewRecord& record) {
  ASSAY_ASSIGN(const Json json, Json::Parse(record.body));
  const Json* expected = json.Find("expected");
  if (expected == nullptr) return Fail(ErrorCode::kDataLoss, "a known answer lacks its answer");
  GoldEntry entry{.item = record.id,
                  .project = record.project,
                  .queue = TextOf(json, "queue"),
                  .source_item = TextOf(json, "source_item"),
                  .purpose = TextOf(json, "purpose") == WordOf(ItemPurpose::kTraining) ? ItemPurpose::kTraining
                                                                                       : ItemPurpose::kGold,
                  .approval = TextOf(json, "approval"),
                  .made_by = TextOf(json, "made_by"),
                  .made_at = TimeOf(json, "made_at"),
                  .is_retired = FlagOf(json, "is_retired"),
                  .retired_by = TextOf(json, "retired_by"),
                  .retired_why = TextOf(json, "retired_why"),
                  .revision = record.revision};
  ASSAY_ASSIGN(entry.answer.expected, OpinionFromJson(*expected));
  entry.answer.scores_within = static_cast<int>(NumberOf(json, "scores_within"));
  entry.answer.checks_severity = FlagOf(json, "checks_severity");
  if (NumberOf(json, "retired_at") != 0) entry.retired_at = TimeOf(json, "retired_at");
  entry.answer.why = TextOf(json, "why");
  if (const Json* names = json.Find("must_name"); names != nullptr && names->is_array()) {
    for (const Json& name : names->as_array()) {
      if (name.is_string()) entry.answer.must_name.push_back(name.as_string());
    }
  }
  return entry;
}

Result<CalibrationEntry> CalibrationFrom(const ReviewRecord& record) {
  ASSAY_ASSIGN(const Json json, Json::Parse(record.body));
  const Json* session = json.Find("session");
  if (session == nullptr) return Fail(ErrorCode::kDataLoss, "a calibration lacks its session");
  CalibrationEntry entry{.project = record.project, .queue = TextOf(json, "queue"), .revision = record.revision};
  ASSAY_ASSIGN(entry.session, CalibrationSessionFromJson(*session));
  if (const Json* sources = json.Find("sources"); sources != nullptr && sources->is_array()) {
    for (const Json& source : sources->as_array()) {
      if (source.is_string()) entry.sources.push_back(source.as_string());
    }
  }
  return entry;
}

void LogUnread(const ReviewRecord& record, const Error& error) {
  Log(LogLevel::kError, "review record left out", {{"kind", record.kind}, {"id", record.id}, {"error", error.message}});
}

}  // namespace

Result<std::string> AcknowledgedVersion(ReviewStore& store, const std::string& project, const std::string& person,
                                        const std::string& rubric) {
  ASSAY_ASSIGN(const auto record, store.FindRecord(project, kAcknowledgementRecord, person + "\n" + rubric));
  if (!record) return std::string();
  ASSAY_ASSIGN(const Json json, Json::Parse(record->body));
  return TextOf(json, "version");
}

Status Acknowledge(ReviewStore& store, const std::string& project, const std::string& person, const std::string& rubric,
                   const std::string& version, Time now) {
  const std::string id = person + "\n" + rubric;
  ASSAY_ASSIGN(const auto record, store.FindRecord(project, kAcknowledgementRecord, id));
  ASSAY_ASSIGN(const std::string before, AcknowledgedVersion(store, project, person, rubric));
  if (ParseRubricVersion(before) >= ParseRubricVersion(version)) return {};
  ASSAY_TRY(store.PutRecord({.project = project,
                             .kind = kAcknowledgementRecord,
                             .id = id,
                             .revision = record ? record->revision : 0,
                             .updated = now,
                             .principal = person,
                             .body = Json::Of({{"version", version}}).Dump()}));
  return {};
}

Status ReviewBooks::Load(const std::string& project) {
  ASSAY_ASSIGN(const auto gold, store_.ListRecords(project, kGoldRecord));
  for (const ReviewRecord& record : gold) {
    auto entry = GoldFrom(record);
    if (entry) {
      Keep(*std::move(entry));
    } else {
      LogUnread(record, entry.error());
    }
  }
  ASSAY_ASSIGN(const auto knowing, store_.ListRecords(project, kKnowsRecord));
  for (const ReviewRecord& record : knowing) knowing_.emplace(project, record.id);
  ASSAY_ASSIGN(const auto calibrations, store_.ListRecords(project, kCalibrationRecord));
  for (const ReviewRecord& record : calibrations) {
    auto entry = CalibrationFrom(record);
    if (!entry) {
      LogUnread(record, entry.error());
      continue;
    }
    Keep(*std::move(entry));
  }
  ASSAY_ASSIGN(const auto pauses, store_.ListRecords(project, kPauseRecord));
  for (const ReviewRecord& record : pauses) {
    const auto json = Json::Parse(record.body);
    if (json) paused_[{project, record.id}] = {.why = TextOf(*json, "why"), .revision = record.revision};
  }
  return {};
}

const GoldEntry* ReviewBooks::FindGold(std::string_view item) const {
  const auto found = gold_.find(item);
  return found == gold_.end() ? nullptr : &found->second;
}

bool ReviewBooks::IsSourceOfGold(std::string_view item) const { return gold_sources_.contains(item); }

void ReviewBooks::Keep(GoldEntry entry) {
  std::vector<std::string>& active = active_gold_[{entry.project, entry.queue, entry.purpose}];
  std::erase(active, entry.item);
  if (!entry.is_retired) active.push_back(entry.item);
  gold_sources_[entry.source_item] = entry.item;
  gold_[entry.item] = std::move(entry);
}

const std::vector<std::string>& ReviewBooks::ActiveGold(const std::string& project, const std::string& queue,
                                                        ItemPurpose purpose) const {
  static const std::vector<std::string> kNone;
  const auto found = active_gold_.find({project, queue, purpose});
  return found == active_gold_.end() ? kNone : found->second;
}

std::set<std::string> ReviewBooks::SourcesOfGold(std::string_view project) const {
  std::set<std::string> sources;
  for (const auto& [item, entry] : gold_) {
    if (entry.project == project) sources.insert(entry.source_item);
  }
  return sources;
}

std::vector<const GoldEntry*> ReviewBooks::GoldOf(std::string_view project, std::string_view queue) const {
  std::vector<const GoldEntry*> entries;
  for (const auto& [item, entry] : gold_) {
    if (entry.project == project && (queue.empty() || entry.queue == queue)) entries.push_back(&entry);
  }
  return entries;
}

Status ReviewBooks::Put(GoldEntry entry, Time now, const std::string& principal) {
  ASSAY_ASSIGN(const ReviewRecord stored, store_.PutRecord({.project = entry.project,
                                                            .kind = kGoldRecord,
                                                            .id = entry.item,
                                                            .revision = entry.revision,
                                                            .updated = now,
                                                            .principal = principal,
                                                            .body = ToJson(entry).Dump()}));
  entry.revision = stored.revision;
  Keep(std::move(entry));
  return {};
}

void ReviewBooks::Keep(CalibrationEntry entry) {
  const std::string id = entry.session.id;
  for (const std::string& item : entry.session.items) session_of_item_[item] = id;
  for (const std::string& item : entry.sources) calibrated_[item].insert(id);
  calibrations_[id] = std::move(entry);
}

namespace {

bool IsBlindFor(const CalibrationEntry& entry, std::string_view person) {
  return entry.session.phase() == CalibrationPhase::kBlind &&
         std::ranges::find(entry.session.people, person) != entry.session.people.end();
}

}  // namespace

bool ReviewBooks::IsSourceOfBlind(std::string_view item, std::string_view person) const {
  const auto found = calibrated_.find(item);
  return found != calibrated_.end() && std::ranges::any_of(found->second, [&](const std::string& session) {
           return IsBlindFor(*FindCalibration(session), person);
         });
}

std::set<std::string> ReviewBooks::BlindFor(std::string_view project, std::string_view person) const {
  std::set<std::string> items;
  for (const auto& [id, entry] : calibrations_) {
    if (entry.project != project || !IsBlindFor(entry, person)) continue;
    items.insert(entry.session.items.begin(), entry.session.items.end());
    items.insert(entry.sources.begin(), entry.sources.end());
  }
  return items;
}

bool ReviewBooks::KnowsAnswer(const std::string& project, const std::string& source_item,
                              const std::string& person) const {
  return knowing_.contains({project, source_item + "\n" + person});
}

Status ReviewBooks::NoteKnows(const std::string& project, const std::string& source_item, const std::string& person,
                              Time now) {
  if (KnowsAnswer(project, source_item, person)) return {};
  const std::string id = source_item + "\n" + person;
  const auto put = store_.PutRecord(
      {.project = project, .kind = kKnowsRecord, .id = id, .updated = now, .principal = person, .body = "{}"});
  if (!put && put.error().code != ErrorCode::kAborted) return Fail(put.error());
  knowing_.emplace(project, id);
  return {};
}

const CalibrationEntry* ReviewBooks::FindCalibration(std::string_view id) const {
  const auto found = calibrations_.find(id);
  return found == calibrations_.end() ? nullptr : &found->second;
}

const CalibrationEntry* ReviewBooks::CalibrationOf(std::string_view item) const {
  const auto found = session_of_item_.find(item);
  return found == session_of_item_.end() ? nullptr : FindCalibration(found->second);
}

std::vector<const CalibrationEntry*> ReviewBooks::Calibrations(std::string_view project) const {
  std::vector<const CalibrationEntry*> entries;
  for (const auto& [id, entry] : calibrations_) {
    if (entry.project == project) entries.push_back(&entry);
  }
  return entries;
}

Status ReviewBooks::Put(CalibrationEntry entry, Time now, const std::string& principal) {
  Json::Array sources;
  for (const std::string& source : entry.sources) sources.emplace_back(source);
  const Json body =
      Json::Of({{"queue", entry.queue}, {"session", ToJson(entry.session)}, {"sources", std::move(sources)}});
  ASSAY_ASSIGN(const ReviewRecord stored, store_.PutRecord({.project = entry.project,
                                                            .kind = kCalibrationRecord,
                                                            .id = entry.session.id,
                                                            .revision = entry.revision,
                                                            .updated = now,
                                                            .principal = principal,
                                                            .body = body.Dump()}));
  entry.revision = stored.revision;
  Keep(std::move(entry));
  return {};
}

std::string ReviewBooks::WhyPaused(const std::string& project, const std::string& person,
                                   const std::string& queue) const {
  const auto found = paused_.find({project, person + "\n" + queue});
  return found == paused_.end() ? "" : found->second.why;
}

std::vector<std::string> ReviewBooks::PausedIn(const std::string& project, const std::string& person) const {
  std::vector<std::string> queues;
  for (const auto& [id, paused] : paused_) {
    const bool is_it = id.first == project && id.second.starts_with(person + "\n") && !paused.why.empty();
    if (is_it) queues.push_back(id.second.substr(person.size() + 1));
  }
  return queues;
}

Status ReviewBooks::Pause(const std::string& project, const std::string& person, const std::string& queue,
                          const std::string& why, const std::string& reason, Time now, const std::string& principal) {
  const std::string id = person + "\n" + queue;
  Paused& paused = paused_[{project, id}];
  const Json body = Json::Of({{"why", why}, {"reason", reason}});
  ASSAY_ASSIGN(const ReviewRecord stored, store_.PutRecord({.project = project,
                                                            .kind = kPauseRecord,
                                                            .id = id,
                                                            .revision = paused.revision,
                                                            .updated = now,
                                                            .principal = principal,
                                                            .body = body.Dump()}));
  paused = {.why = why, .revision = stored.revision};
  return {};
}

}  // namespace assay
