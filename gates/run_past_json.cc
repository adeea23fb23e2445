#include "gates/run_past_json.h"

#include <algorithm>

#include "gates/json_values.h"

namespace assay {
namespace {

void SetAlarmed(const std::vector<ControlledPart>& parts, Json& json) {
  Json::Array metrics;
  Json::Array slices;
  for (const ControlledPart& part : parts) {
    if (part.slice.empty()) {
      metrics.emplace_back(part.metric);
    } else {
      slices.push_back(Json::Of({{"metric", part.metric}, {"slice", part.slice}, {"slice_value", part.slice_value}}));
    }
  }
  if (!metrics.empty()) json.Set("alarmed_metrics", std::move(metrics));
  if (!slices.empty()) json.Set("alarmed_slices", std::move(slices));
}

void ReadRunsOf(VerdictReader& reader, std::map<std::string, std::vector<std::string>>& runs) {
  for (const std::string& metric : reader.Keys()) reader.Read(metric.c_str(), runs[metric]);
}

void ReadAlarmedSlice(VerdictReader& reader, ControlledPart& part) {
  reader.Read("metric", part.metric);
  reader.Read("slice", part.slice);
  reader.Read("slice_value", part.slice_value);
}

void ReadAlarmed(VerdictReader& reader, std::vector<ControlledPart>& alarmed) {
  std::vector<std::string> metrics;
  if (reader.Has("alarmed_metrics")) reader.Read("alarmed_metrics", metrics);
  if (reader.Has("alarmed_slices")) reader.ReadList("alarmed_slices", alarmed, ReadAlarmedSlice);
  for (const std::string& metric : metrics) alarmed.push_back({metric});
  std::ranges::sort(alarmed);
}

struct PastOfSuite {
  std::string suite;
  std::optional<RunPast> past;
};

void ReadPastOfSuite(VerdictReader& reader, PastOfSuite& suite) {
  reader.Read("suite", suite.suite);
  if (reader.Has("past")) reader.ReadNullable("past", suite.past, ReadPast);
}

void SetAskedAgain(const RunPast& past, Json& json) {
  if (past.retries == 0) return;
  json.Set("retries", past.retries);
  json.Set("first_run", past.first_run);
  json.Set("asked_again", past.asked_again);
  json.Set("asked_again_often", past.asked_again_often);
  if (past.is_asked_again_least) json.Set("asked_again_least", true);
}

void ReadAskedAgain(VerdictReader& reader, RunPast& past) {
  if (!reader.Has("retries")) return;
  reader.Read("retries", past.retries);
  reader.Read("first_run", past.first_run);
  reader.Read("asked_again", past.asked_again);
  reader.Read("asked_again_often", past.asked_again_often);
  if (reader.Has("asked_again_least")) reader.Read("asked_again_least", past.is_asked_again_least);
}

}  // namespace

Json ToJson(const RunPast& past) {
  Json json = Json::Of({{"unused", past.unused},
                        {"newest_unused", OrNull(past.newest_unused)},
                        {"runs", TextList(past.runs)},
                        {"control", past.control_runs.empty() ? Json() : Json(past.control_runs.front())}});
  if (past.control_runs.size() > 1) json.Set("control_runs", TextList(past.control_runs));
  if (!past.control_runs_of.empty()) {
    Json of = Json::Of({});
    for (const auto& [metric, runs] : past.control_runs_of) of.Set(metric, TextList(runs));
    json.Set("control_runs_of", std::move(of));
  }
  if (!past.supersedes.empty()) {
    json.Set("supersedes", past.supersedes);
    json.Set("resettled", past.resettled);
  }
  if (past.runs_deleted > 0) json.Set("runs_deleted", past.runs_deleted);
  if (past.alarm) {
    json.Set("alarm", past.alarm->verdict);
    json.Set("alarm_run", past.alarm->run);
    json.Set("alarm_from", past.alarm->from);
    json.Set("alarm_cases", past.alarm->cases);
    json.Set("alarm_elsewhere", past.alarm->is_elsewhere);
    if (!past.alarm->metric.empty()) {
      json.Set("alarm_metric", past.alarm->metric);
      json.Set("alarm_move", past.alarm->move);
    }
    if (!past.alarm->slice.empty()) {
      json.Set("alarm_slice", past.alarm->slice);
      json.Set("alarm_slice_value", past.alarm->slice_value);
    }
    if (past.alarm->attempts) json.Set("alarm_attempts", *past.alarm->attempts);
  }
  SetAlarmed(past.alarmed, json);
  if (past.renamed > 0) {
    json.Set("renamed", past.renamed);
    json.Set("newest_renamed", OrNull(past.newest_renamed));
  }
  if (past.other_cases > 0) {
    json.Set("other_cases", past.other_cases);
    json.Set("newest_other_cases", past.newest_other_cases);
  }
  if (past.other_suites > 0) {
    json.Set("other_suites", past.other_suites);
    json.Set("newest_other_suite", past.newest_other_suite);
  }
  if (past.of_others > 0) {
    json.Set("of_others", past.of_others);
    json.Set("newest_of_others", past.newest_of_others);
  }
  if (past.other_versions > 0) {
    json.Set("other_versions", past.other_versions);
    json.Set("other_verdict", past.other_verdict);
    json.Set("other_state", past.other_state);
  }
  SetAskedAgain(past, json);
  return json;
}

Json ToJson(const ControlComparison& control) {
  Json json = Json::Of({{"suite", control.suite},
                        {"metric", control.metric},
                        {"earlier_run", control.earlier_run},
                        {"before", control.before ? Json(*control.before) : Json()},
                        {"now", control.now ? Json(*control.now) : Json()},
                        {"has_moved", control.has_moved}});
  if (control.cases) json.Set("cases", *control.cases);
  if (control.error_share) json.Set("error_share", *control.error_share);
  if (control.missing) json.Set("missing", *control.missing);
  if (control.lower) json.Set("lower", *control.lower);
  if (control.upper) json.Set("upper", *control.upper);
  if (control.earlier_runs != 1) json.Set("earlier_runs", control.earlier_runs);
  if (control.unknown > 0) json.Set("unknown", control.unknown);
  if (!control.slice.empty()) {
    json.Set("slice", control.slice);
    json.Set("slice_value", control.slice_value);
  }
  return json;
}

Result<ControlsOfVerdict> ControlsFromJson(const Json& document) {
  ControlsOfVerdict found;
  std::vector<PastOfSuite> suites;
  VerdictReader reader(document, "");
  if (reader.Has("controls")) reader.ReadList("controls", found.controls, ReadControl);
  if (reader.Has("baseline_suites")) reader.ReadList("baseline_suites", suites, ReadPastOfSuite);
  if (!reader.is_good()) return Fail(ErrorCode::kInvalidArgument, reader.problem());
  for (PastOfSuite& each : suites) {
    if (each.past) found.pasts.emplace(std::move(each.suite), *std::move(each.past));
  }
  return found;
}

void ReadPast(VerdictReader& reader, RunPast& past) {
  reader.Read("unused", past.unused);
  reader.ReadOptional("newest_unused", past.newest_unused);
  reader.Read("runs", past.runs);
  std::string control;
  reader.ReadOptional("control", control);
  if (reader.Has("control_runs")) {
    reader.Read("control_runs", past.control_runs);
  } else if (!control.empty()) {
    past.control_runs = {control};
  }
  if (reader.Has("control_runs_of")) reader.ReadObject("control_runs_of", past.control_runs_of, ReadRunsOf);
  if (reader.Has("runs_deleted")) reader.Read("runs_deleted", past.runs_deleted);
  if (reader.Has("supersedes")) {
    reader.ReadOptional("supersedes", past.supersedes);
    reader.Read("resettled", past.resettled);
  }
  if (reader.Has("alarm")) {
    StandingAlarm& alarm = past.alarm.emplace();
    reader.Read("alarm", alarm.verdict);
    reader.Read("alarm_run", alarm.run);
    reader.Read("alarm_from", alarm.from);
    reader.Read("alarm_cases", alarm.cases);
    reader.Read("alarm_elsewhere", alarm.is_elsewhere);
    if (reader.Has("alarm_metric")) {
      reader.Read("alarm_metric", alarm.metric);
      reader.Read("alarm_move", alarm.move);
    }
    if (reader.Has("alarm_slice")) {
      reader.Read("alarm_slice", alarm.slice);
      reader.Read("alarm_slice_value", alarm.slice_value);
    }
    if (reader.Has("alarm_attempts")) reader.Read("alarm_attempts", alarm.attempts.emplace());
  }
  ReadAlarmed(reader, past.alarmed);
  if (reader.Has("renamed")) {
    reader.Read("renamed", past.renamed);
    reader.ReadOptional("newest_renamed", past.newest_renamed);
  }
  if (reader.Has("other_cases")) {
    reader.Read("other_cases", past.other_cases);
    reader.ReadOptional("newest_other_cases", past.newest_other_cases);
  }
  if (reader.Has("other_suites")) {
    reader.Read("other_suites", past.other_suites);
    reader.ReadOptional("newest_other_suite", past.newest_other_suite);
  }
  if (reader.Has("of_others")) {
    reader.Read("of_others", past.of_others);
    reader.Read("newest_of_others", past.newest_of_others);
  }
  if (reader.Has("other_versions")) {
    reader.Read("other_versions", past.other_versions);
    reader.Read("other_verdict", past.other_verdict);
    reader.Read("other_state", past.other_state);
  }
  ReadAskedAgain(reader, past);
}

void ReadControl(VerdictReader& reader, ControlComparison& control) {
  reader.Read("suite", control.suite);
  reader.Read("metric", control.metric);
  reader.Read("earlier_run", control.earlier_run);
  reader.Read("before", control.before);
  reader.Read("now", control.now);
  reader.Read("has_moved", control.has_moved);
  if (reader.Has("cases")) reader.Read("cases", control.cases.emplace());
  if (reader.Has("error_share")) reader.Read("error_share", control.error_share.emplace());
  if (reader.Has("missing")) reader.Read("missing", control.missing.emplace());
  if (reader.Has("lower")) reader.Read("lower", control.lower.emplace());
  if (reader.Has("upper")) reader.Read("upper", control.upper.emplace());
  if (reader.Has("earlier_runs")) reader.Read("earlier_runs", control.earlier_runs);
  if (reader.Has("unknown")) reader.Read("unknown", control.unknown);
  if (reader.Has("slice")) {
    reader.Read("slice", control.slice);
    reader.Read("slice_value", control.slice_value);
  }
}

}  // namespace assay
