#include "daemon/kept_acceptance.h"

#include <algorithm>

#include "daemon/served_catalog.h"

namespace assay {
namespace {

constexpr char kAcceptanceRecord[] = "acceptance";

std::string IdOfGate(const std::string& gate) { return "gate " + gate; }
std::string IdOfQueue(const std::string& queue) { return "queue " + queue; }

bool RestsOnQueues(const Catalog& catalog, const GateSpec& gate) {
  return std::ranges::any_of(catalog.documents, [&](const CatalogDocument& document) {
    const QueueSpec* queue = document.queue();
    return queue != nullptr && std::ranges::any_of(queue->suites, [&](const std::string& suite) {
             return std::ranges::find(gate.suites, suite) != gate.suites.end();
           });
  });
}

Json RecordOf(const Catalog& catalog, const GateSpec& gate) {
  Json::Array rules;
  for (const RuleOnPeople& each : RulesOnPeople(catalog, gate)) {
    rules.push_back(
        Json::Of({{"rule", each.rule}, {"suite", each.suite}, {"queue", each.queue}, {"terms", ToJson(each.terms)}}));
  }
  return Json::Of({{"terms", ToJson(TermsOf(gate))}, {"rules", std::move(rules)}});
}

Json RecordOf(const QueueSpec& queue, std::vector<std::string> rubrics, const std::string& rubric) {
  if (std::ranges::find(rubrics, rubric) == rubrics.end()) rubrics.push_back(rubric);
  return Json::Of({{"terms", ToJson(TermsOf(queue))}, {"rubrics", Json::Array(rubrics.begin(), rubrics.end())}});
}

std::string WordIn(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  return member != nullptr && member->is_string() ? member->as_string() : "";
}

Json MemberOf(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  return member == nullptr ? Json() : *member;
}

Json::Array ArrayIn(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  return member != nullptr && member->is_array() ? member->as_array() : Json::Array();
}

KeptGate GateFrom(const ReviewRecord& record, const Json& json) {
  KeptGate kept{.since = record.updated, .terms = MemberOf(json, "terms")};
  for (const Json& rule : ArrayIn(json, "rules")) {
    kept.rules.push_back({.rule = WordIn(rule, "rule"),
                          .suite = WordIn(rule, "suite"),
                          .queue = WordIn(rule, "queue"),
                          .terms = MemberOf(rule, "terms")});
  }
  return kept;
}

KeptQueue QueueFrom(const ReviewRecord& record, const Json& json) {
  KeptQueue kept{.since = record.updated, .terms = MemberOf(json, "terms")};
  for (const Json& rubric : ArrayIn(json, "rubrics")) {
    if (rubric.is_string()) kept.rubrics.push_back(rubric.as_string());
  }
  return kept;
}

// Written where it differs: since when it stands tells one change from another.
Status PutWhereItDiffers(ReviewStore& store, const std::string& id, const Json& body, Time now) {
  ASSAY_ASSIGN(const auto record, store.FindRecord(kDefaultProject, kAcceptanceRecord, id));
  if (record) {
    ASSAY_ASSIGN(const Json stored, Json::Parse(record->body));
    if (stored.DumpCanonical() == body.DumpCanonical()) return {};
  }
  ASSAY_TRY(store.PutRecord({.project = kDefaultProject,
                             .kind = kAcceptanceRecord,
                             .id = id,
                             .revision = record ? record->revision : 0,
                             .updated = now,
                             .principal = kCatalogPrincipal,
                             .body = body.DumpCanonical()}));
  return {};
}

Status KeepGate(ReviewStore& store, const Catalog& catalog, const GateSpec& gate, Time now) {
  ASSAY_ASSIGN(const auto kept, ReadKeptGate(store, gate.name));
  const bool concerns_people = kept || RestsOnQueues(catalog, gate);
  if (!concerns_people) return {};
  return PutWhereItDiffers(store, IdOfGate(gate.name), RecordOf(catalog, gate), now);
}

Status KeepQueue(ReviewStore& store, const Catalog& catalog, const QueueSpec& queue, Time now) {
  const CatalogDocument* rubric = catalog.FindRubric(queue.rubric);
  if (rubric == nullptr || GateRestingOn(catalog, queue).empty()) return {};
  ASSAY_ASSIGN(const auto kept, ReadKeptQueue(store, queue.name));
  const std::vector<std::string> rubrics = kept ? kept->rubrics : std::vector<std::string>();
  return PutWhereItDiffers(store, IdOfQueue(queue.name), RecordOf(queue, rubrics, MajorOf(*rubric->rubric())), now);
}

}  // namespace

std::string GateRestingOn(const Catalog& catalog, const QueueSpec& queue) {
  for (const CatalogDocument& document : catalog.documents) {
    const GateSpec* gate = document.gate();
    const bool rests = gate != nullptr && std::ranges::any_of(gate->suites, [&](const std::string& suite) {
                         return std::ranges::find(queue.suites, suite) != queue.suites.end();
                       });
    if (rests) return gate->name;
  }
  return "";
}

std::vector<RuleOnPeople> RulesOnPeople(const Catalog& catalog, const GateSpec& gate) {
  std::vector<RuleOnPeople> rules;
  for (const std::string& name : gate.suites) {
    const CatalogDocument* suite = catalog.FindSuite(name);
    if (suite == nullptr) continue;
    std::vector<RuleOnPeople> of_suite = RulesOnPeople(gate, *suite->suite());
    std::ranges::move(of_suite, std::back_inserter(rules));
  }
  return rules;
}

std::string MajorOf(const RubricSpec& rubric) {
  return rubric.name + "@" + std::to_string(rubric.ParsedVersion().major);
}

Result<std::optional<KeptGate>> ReadKeptGate(ReviewStore& store, const std::string& gate) {
  ASSAY_ASSIGN(const auto record, store.FindRecord(kDefaultProject, kAcceptanceRecord, IdOfGate(gate)));
  if (!record) return std::nullopt;
  ASSAY_ASSIGN(const Json json, Json::Parse(record->body));
  return GateFrom(*record, json);
}

Result<std::optional<KeptQueue>> ReadKeptQueue(ReviewStore& store, const std::string& queue) {
  ASSAY_ASSIGN(const auto record, store.FindRecord(kDefaultProject, kAcceptanceRecord, IdOfQueue(queue)));
  if (!record) return std::nullopt;
  ASSAY_ASSIGN(const Json json, Json::Parse(record->body));
  return QueueFrom(*record, json);
}

Status KeepAcceptanceOf(ReviewStore& store, const Catalog& catalog, Time now) {
  for (const CatalogDocument& document : catalog.documents) {
    if (const GateSpec* gate = document.gate()) ASSAY_TRY(KeepGate(store, catalog, *gate, now));
    if (const QueueSpec* queue = document.queue()) ASSAY_TRY(KeepQueue(store, catalog, *queue, now));
  }
  return {};
}

}  // namespace assay
