// review program|records|rate|improved|issues|due|release|descope: what no item shows

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>

#include "assay/v1/review_program.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/reflected_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/identifier.h"
#include "core/json.h"

namespace assay {
namespace {

using ProgramStub = v1::ReviewProgramService::Stub;

constexpr std::size_t kMostIssues = 100'000;
constexpr std::size_t kWidestNote = 60;

struct ProgramFlags {
  std::string name, queue, note, role, at, file, approval, kind;
  int score = 0;
  int days = 90;
  int limit = 100;
  std::int64_t overlap = 0;
  std::optional<double> agreement, audits_passed;
};

int MisusedProgram(const std::string& what) {
  Complain(what);
  return kExitUsage;
}

bool AsksForJson(const DaemonConnection& connection) { return connection.options().output == OutputFormat::kJson; }

std::string ProgramTime(const google::protobuf::Timestamp& time) {
  return FormatTime(Time(std::chrono::seconds(time.seconds()))).substr(0, 19) + "Z";
}

void SetProgramTime(Time time, google::protobuf::Timestamp& out) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  out.set_seconds(seconds.count());
  out.set_nanos(static_cast<std::int32_t>(std::chrono::nanoseconds(time.time_since_epoch() - seconds).count()));
}

std::string UpperWord(std::string word) {
  for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return word;
}

std::string ShownShare(const v1::ReviewShare& share) {
  if (share.of() == 0) return "–";
  return std::to_string(share.count()) + " of " + std::to_string(share.of()) + " (" + FormatNumber(share.lower()) +
         " to " + FormatNumber(share.upper()) + ")";
}

std::string ShownHours(bool has, double seconds) { return has ? FormatNumber(seconds / 3600) + " h" : "–"; }

std::string ProgramText(const v1::GetProgramReportResponse& report) {
  Table measures({"MEASURE", "VALUE"});
  measures.Add({"regressions found", std::to_string(report.regressions_found())});
  measures.Add({"from registration to the first FAIL, median",
                ShownHours(report.has_lead_seconds_p50(), report.lead_seconds_p50())});
  measures.Add({"the same, 90th percentile", ShownHours(report.has_lead_seconds_p90(), report.lead_seconds_p90())});
  measures.Add({"datasets ready in time", ShownShare(report.datasets_ready())});
  measures.Add({"datasets descoped", std::to_string(report.datasets_descoped())});
  measures.Add({"defects of production that no case had covered", ShownShare(report.defects_leaked())});
  measures.Add({"satisfaction, 1 to 5", report.has_satisfaction() ? FormatNumber(report.satisfaction()) + " of " +
                                                                        std::to_string(report.ratings()) + " ratings"
                                                                  : "–"});
  for (const v1::RoleRating& rating : report.ratings_by_role())
    measures.Add({"  " + v1::ReviewRole::Value_Name(rating.role()),
                  FormatNumber(rating.mean()) + " of " + std::to_string(rating.ratings())});
  measures.Add({"improvements", std::to_string(report.improvements())});
  std::string text =
      "from " + ProgramTime(report.from()) + " to " + ProgramTime(report.to()) + "\n\n" + measures.Render();
  if (report.journeys_size() > 0) {
    Table journeys({"SUITE", "CRITICAL JOURNEYS COVERED", "OF HIGH RISK", "WITHOUT A CASE"});
    const auto counted = [](const v1::ReviewShare& share) {
      return std::to_string(share.count()) + " of " + std::to_string(share.of());
    };
    for (const v1::JourneyCoverage& each : report.journeys()) {
      std::string uncovered;
      for (const std::string& journey : each.uncovered()) uncovered += (uncovered.empty() ? "" : ", ") + journey;
      journeys.Add(
          {each.suite(), counted(each.critical()), counted(each.high_risk()), Excerpt(uncovered, kWidestNote)});
    }
    text += "\n" + journeys.Render();
  }
  if (report.datasets_size() > 0) {
    Table datasets({"DATASET", "QUEUE", "STATE", "DUE", "RELEASED", "RECORD"});
    for (const v1::DatasetStatus& each : report.datasets())
      datasets.Add({each.dataset(), each.queue(), each.state(), ProgramTime(each.due_at()),
                    each.has_released_at() ? ProgramTime(each.released_at()) : "", each.due()});
    text += "\n" + datasets.Render();
  }
  if (report.regressions_size() > 0) {
    Table found({"CANDIDATE", "GATE", "FAILED", "AFTER"});
    for (const v1::FoundRegression& each : report.regressions())
      found.Add({each.model() + "@" + each.version(), each.gate(), ProgramTime(each.failed_at()),
                 ShownHours(true, each.seconds())});
    text += "\n" + found.Render();
  }
  return text;
}

// Kind and what it says, in one line.
std::pair<std::string, std::string> ToldOf(const v1::ProgramRecord& record) {
  switch (record.record_case()) {
    case v1::ProgramRecord::kDatasetDue:
      return {"dataset_due", record.dataset_due().dataset() + " of queue " + record.dataset_due().queue() + ", due " +
                                 ProgramTime(record.dataset_due().due_at())};
    case v1::ProgramRecord::kDatasetReleased:
      return {"dataset_released", "of record " + record.dataset_released().due()};
    case v1::ProgramRecord::kDatasetDescoped:
      return {"dataset_descoped", "of record " + record.dataset_descoped().due()};
    case v1::ProgramRecord::kProductionIssue: {
      const v1::ProductionIssue& issue = record.production_issue();
      return {"production_issue", issue.reference() + ": " + Excerpt(issue.title(), kWidestNote) + "; " +
                                      (issue.was_covered() ? "was covered by case " + issue.case_id() : issue.why())};
    }
    case v1::ProgramRecord::kStakeholderRating:
      return {"stakeholder_rating", std::to_string(record.stakeholder_rating().score()) + " of 5 as " +
                                        v1::ReviewRole::Value_Name(record.stakeholder_rating().role()) + " " +
                                        Excerpt(record.stakeholder_rating().note(), kWidestNote)};
    case v1::ProgramRecord::kImprovement:
      return {"improvement", Excerpt(record.improvement().title(), kWidestNote)};
    case v1::ProgramRecord::RECORD_NOT_SET:
      break;
  }
  return {"", ""};
}

std::string RecordsText(const v1::ListProgramRecordsResponse& listed) {
  Table table({"RECORD", "AT", "KIND", "BY", "SAYS"});
  for (const v1::ProgramRecord& record : listed.records()) {
    const auto [kind, says] = ToldOf(record);
    table.Add({record.id(), ProgramTime(record.at()), kind, record.by(), says});
  }
  return table.Render();
}

std::string KeptText(const v1::AddProgramRecordResponse& kept) {
  const auto [kind, says] = ToldOf(kept.record());
  return kept.record().id() + "  " + kind + "  " + says + "\n";
}

template <class Request, class Response>
int AskProgram(const DaemonConnection& connection,
               grpc::Status (ProgramStub::*method)(grpc::ClientContext*, const Request&, Response*), Request request,
               const std::function<std::string(const Response&)>& text) {
  request.set_project(connection.options().project);
  Response response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::ReviewProgramService::NewStub(connection.channel());
  const grpc::Status status = (stub.get()->*method)(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  return Print(AsksForJson(connection) ? ReflectedJson(response).DumpIndented() + "\n" : text(response));
}

int KeepRecord(const DaemonConnection& connection, v1::AddProgramRecordRequest request) {
  if (request.key().empty()) request.set_key(MakeId(SystemClock().Now()));
  return AskProgram<v1::AddProgramRecordRequest, v1::AddProgramRecordResponse>(
      connection, &ProgramStub::AddProgramRecord, request, KeptText);
}

// A line of a file of issues: {"reference", "title", "occurred_at", "severity", "suite", "model", "case_id"}.
Result<v1::ProductionIssue> IssueFrom(const std::string& line) {
  ASSAY_ASSIGN(const Json json, Json::Parse(line));
  if (!json.is_object()) return Fail(ErrorCode::kInvalidArgument, "expected an object");
  v1::ProductionIssue issue;
  for (const auto& [key, value] : json.as_object()) {
    if (key == "severity" && value.is_integer() && value.as_integer() >= 1 && value.as_integer() <= 9) {
      issue.set_severity(static_cast<std::int32_t>(value.as_integer()));
      continue;
    }
    if (!value.is_string()) return Fail(ErrorCode::kInvalidArgument, key + ": expected a text");
    const std::string& text = value.as_string();
    if (key == "reference") {
      issue.set_reference(text);
    } else if (key == "title") {
      issue.set_title(text);
    } else if (key == "suite") {
      issue.set_suite(text);
    } else if (key == "model") {
      issue.set_model(text);
    } else if (key == "case_id") {
      issue.set_case_id(text);
    } else if (key == "occurred_at") {
      const auto at = ParseTime(text);
      if (!at) return Fail(ErrorCode::kInvalidArgument, "occurred_at: " + at.error().message);
      SetProgramTime(*at, *issue.mutable_occurred_at());
    } else {
      return Fail(ErrorCode::kInvalidArgument,
                  key + ": is none of reference, title, occurred_at, severity, suite, model, case_id");
    }
  }
  if (!issue.has_occurred_at()) return Fail(ErrorCode::kInvalidArgument, "occurred_at: is missing");
  return issue;
}

// One after the other; each counts once, so that the same file can be sent again.
int BringInIssues(const DaemonConnection& connection, const std::string& path) {
  std::ifstream file(path);
  if (!file) return MisusedProgram("cannot read " + path);
  const auto stub = v1::ReviewProgramService::NewStub(connection.channel());
  std::size_t line_number = 0, issues = 0, leaked = 0;
  for (std::string line; std::getline(file, line);) {
    ++line_number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (++issues > kMostIssues) return MisusedProgram("at most 100000 issues are brought in at once");
    const auto issue = IssueFrom(line);
    if (!issue) return MisusedProgram(path + ":" + std::to_string(line_number) + ": " + issue.error().message);
    v1::AddProgramRecordRequest request;
    request.set_project(connection.options().project);
    *request.mutable_production_issue() = *issue;
    v1::AddProgramRecordResponse response;
    grpc::ClientContext context;
    connection.Prepare(context);
    const grpc::Status status = stub->AddProgramRecord(&context, request, &response);
    if (!status.ok()) {
      std::fprintf(stderr, "assay: %s:%zu:\n", path.c_str(), line_number);
      return connection.Report(status);
    }
    leaked += response.record().production_issue().was_covered() ? 0 : 1;
  }
  if (AsksForJson(connection))
    return Print(
        Json::Of({{"issues", static_cast<std::int64_t>(issues)}, {"leaked", static_cast<std::int64_t>(leaked)}})
            .DumpIndented() +
        "\n");
  return Print(std::to_string(issues) + " issues, " + std::to_string(leaked) + " of which no case had covered\n");
}

int RateProgram(const DaemonConnection& connection, const ProgramFlags& flags) {
  v1::ReviewRole::Value role = v1::ReviewRole::UNSPECIFIED;
  if (!v1::ReviewRole::Value_Parse(UpperWord(flags.role), &role))
    return MisusedProgram("--role: there is no role \"" + flags.role +
                          "\"; known are trust_safety, privacy, ml_lead, "
                          "suite_owner, manager, release_owner");
  v1::AddProgramRecordRequest request;
  request.mutable_stakeholder_rating()->set_score(flags.score);
  request.mutable_stakeholder_rating()->set_role(role);
  request.mutable_stakeholder_rating()->set_note(flags.note);
  return KeepRecord(connection, request);
}

int SayDue(const DaemonConnection& connection, const ProgramFlags& flags) {
  const auto at = ParseTime(flags.at);
  if (!at) return MisusedProgram("--at: " + at.error().message);
  v1::AddProgramRecordRequest request;
  v1::DatasetDue& due = *request.mutable_dataset_due();
  due.set_dataset(flags.name);
  due.set_queue(flags.queue);
  SetProgramTime(*at, *due.mutable_due_at());
  due.set_overlap(flags.overlap);
  if (flags.agreement) due.set_agreement(*flags.agreement);
  if (flags.audits_passed) due.set_audits_passed(*flags.audits_passed);
  return KeepRecord(connection, request);
}

int ListRecords(const DaemonConnection& connection, const ProgramFlags& flags) {
  v1::ListProgramRecordsRequest request;
  request.set_limit(flags.limit);
  v1::ProgramRecordKind::Value kind = v1::ProgramRecordKind::UNSPECIFIED;
  if (!flags.kind.empty() && !v1::ProgramRecordKind::Value_Parse(UpperWord(flags.kind), &kind))
    return MisusedProgram("--kind: there is no kind \"" + flags.kind +
                          "\"; known are dataset_due, dataset_released, "
                          "dataset_descoped, production_issue, stakeholder_rating, improvement");
  request.set_kind(kind);
  return AskProgram<v1::ListProgramRecordsRequest, v1::ListProgramRecordsResponse>(
      connection, &ProgramStub::ListProgramRecords, request, RecordsText);
}

int ShowReport(const DaemonConnection& connection, const ProgramFlags& flags) {
  v1::GetProgramReportRequest request;
  SetProgramTime(SystemClock().Now() - std::chrono::days(flags.days), *request.mutable_from());
  return AskProgram<v1::GetProgramReportRequest, v1::GetProgramReportResponse>(
      connection, &ProgramStub::GetProgramReport, request, ProgramText);
}

}  // namespace

void AddReviewProgramVerbs(CLI::App& review, const GlobalOptions& options, Action& action) {
  const auto flags = std::make_shared<ProgramFlags>();
  const auto add = [&](const char* name, const char* says, int (*run)(const DaemonConnection&, const ProgramFlags&)) {
    CLI::App* verb = review.add_subcommand(name, says);
    verb->callback([&action, &options, flags, run] {
      action = [&options, flags, run] {
        return WithConnection(options, [&](const DaemonConnection& connection) { return run(connection, *flags); });
      };
    });
    return verb;
  };
  add("program", "What evaluation achieves beside the queues: time to a regression, data ready, defects leaked, ...",
      ShowReport)
      ->add_option("--days", flags->days, "until now")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  CLI::App* records = add("records", "What was kept of datasets, issues, ratings and improvements", ListRecords);
  records->add_option("--kind", flags->kind, "only this kind, like production_issue");
  records->add_option("--limit", flags->limit, "at most so many")->check(CLI::Range(1, 1000))->capture_default_str();
  CLI::App* rate = add("rate", "Say how content you are with what evaluation gives you, 1 to 5", RateProgram);
  rate->add_option("SCORE", flags->score, "1 to 5, the best")->required()->check(CLI::Range(1, 5));
  rate->add_option("--role", flags->role, "in which of your roles, like release_owner")->required();
  rate->add_option("--note", flags->note, "why");
  CLI::App* improved = add("improved", "Keep that something works better now",
                           [](const DaemonConnection& connection, const ProgramFlags& of) {
                             v1::AddProgramRecordRequest request;
                             request.mutable_improvement()->set_title(of.name);
                             request.mutable_improvement()->set_note(of.note);
                             return KeepRecord(connection, request);
                           });
  improved->add_option("WHAT", flags->name, "in a few words")->required();
  improved->add_option("--note", flags->note, "more of it");
  add("issues", "Bring in defects that were seen in production, one JSON object a line",
      [](const DaemonConnection& connection, const ProgramFlags& of) { return BringInIssues(connection, of.file); })
      ->add_option("FILE", flags->file,
                   "of objects with reference, title, occurred_at and perhaps severity, suite, model, case_id")
      ->required();
  CLI::App* due = add("due", "Say that labels of a queue are to be there, with their quality, at a time", SayDue);
  due->add_option("DATASET", flags->name, "its name")->required();
  due->add_option("--queue", flags->queue, "whose labels it is")->required();
  due->add_option("--at", flags->at, "like 2026-12-01T12:00:00Z")->required();
  due->add_option("--overlap", flags->overlap, "items that several people judged apart, at least");
  due->add_option("--agreement", flags->agreement, "Gwet's AC1 of these: its lower bound at least");
  due->add_option("--audits-passed", flags->audits_passed, "share of audits that passed: its lower bound at least");
  add("release", "Say that a dataset is there; refused while it lacks quality",
      [](const DaemonConnection& connection, const ProgramFlags& of) {
        v1::AddProgramRecordRequest request;
        request.mutable_dataset_released()->set_due(of.name);
        return KeepRecord(connection, request);
      })
      ->add_option("RECORD", flags->name, "id of the record by which it is due")
      ->required();
  CLI::App* descope = add("descope", "Say that a dataset is not wanted any more",
                          [](const DaemonConnection& connection, const ProgramFlags& of) {
                            v1::AddProgramRecordRequest request;
                            request.mutable_dataset_descoped()->set_due(of.name);
                            request.mutable_dataset_descoped()->set_approval(of.approval);
                            return KeepRecord(connection, request);
                          });
  descope->add_option("RECORD", flags->name, "id of the record by which it is due")->required();
  descope->add_option("--approval", flags->approval, "id of the approved change; the refusal without it says its text");
}

}  // namespace assay
