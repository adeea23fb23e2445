// review pack|audits|gold: documents that human review leaves behind

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "assay/v1/review_artefact.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/reflected_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/clock.h"

namespace assay {
namespace {

using ArtefactStub = v1::ReviewArtefactService::Stub;

constexpr std::size_t kWidestIntent = 60;

struct ArtefactFlags {
  std::string name, from, to, intent, reason;
  std::vector<std::string> data_classes;
  bool with_names = false;
};

template <class Request, class Response>
std::optional<int> AskArtefact(const DaemonConnection& connection,
                               grpc::Status (ArtefactStub::*method)(grpc::ClientContext*, const Request&, Response*),
                               Request& request, Response& response) {
  request.set_project(connection.options().project);
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::ReviewArtefactService::NewStub(connection.channel());
  const grpc::Status status = (stub.get()->*method)(&context, request, &response);
  if (status.ok()) return std::nullopt;
  return connection.Report(status);
}

bool WantsJson(const DaemonConnection& connection) { return connection.options().output == OutputFormat::kJson; }

template <class Response>
int PrintDocument(const DaemonConnection& connection, const Response& response) {
  return Print(WantsJson(connection) ? response.document() : response.markdown());
}

int TakePack(const DaemonConnection& connection, const ArtefactFlags& flags) {
  v1::GetCalibrationPackRequest request;
  request.set_session(flags.name);
  request.set_with_names(flags.with_names);
  for (const std::string& data_class : flags.data_classes) request.add_data_classes(data_class);
  v1::GetCalibrationPackResponse response;
  if (const auto failed = AskArtefact(connection, &ArtefactStub::GetCalibrationPack, request, response)) return *failed;
  return PrintDocument(connection, response);
}

// kExitUsage for a text that is no time.
std::optional<int> SetTimeOf(const std::string& text, const char* flag, google::protobuf::Timestamp* out) {
  const auto at = ParseTime(text);
  if (!at) {
    std::fprintf(stderr, "assay: %s: %s\n", flag, at.error().message.c_str());
    return kExitUsage;
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at->time_since_epoch());
  out->set_seconds(seconds.count());
  out->set_nanos(static_cast<std::int32_t>(std::chrono::nanoseconds(at->time_since_epoch() - seconds).count()));
  return std::nullopt;
}

int ReportAudits(const DaemonConnection& connection, const ArtefactFlags& flags) {
  v1::GetAuditReportRequest request;
  request.set_queue(flags.name);
  request.set_with_names(flags.with_names);
  if (!flags.from.empty()) {
    if (const auto misused = SetTimeOf(flags.from, "--from", request.mutable_from())) return *misused;
  }
  if (!flags.to.empty()) {
    if (const auto misused = SetTimeOf(flags.to, "--to", request.mutable_to())) return *misused;
  }
  v1::GetAuditReportResponse response;
  if (const auto failed = AskArtefact(connection, &ArtefactStub::GetAuditReport, request, response)) return *failed;
  return PrintDocument(connection, response);
}

std::string ChangesInWords(const v1::GoldSetDifference& changes) {
  return "+" + std::to_string(changes.added_size()) + " -" + std::to_string(changes.removed_size()) + " ~" +
         std::to_string(changes.changed_size());
}

void AddGoldSet(const v1::GoldSet& set, Table& table) {
  table.Add({std::to_string(set.version()),
             FormatTime(Time(std::chrono::seconds(set.at().seconds()))).substr(0, 19) + "Z", set.by(),
             std::to_string(set.items_size()), ChangesInWords(set.changes()), Excerpt(set.intent(), kWidestIntent),
             Excerpt(set.reason(), kWidestIntent)});
}

Table GoldSetTable() { return Table({"VERSION", "AT", "BY", "ITEMS", "CHANGES", "INTENT", "REASON"}); }

int ListGoldSets(const DaemonConnection& connection, const ArtefactFlags& flags) {
  v1::ListGoldSetsRequest request;
  request.set_queue(flags.name);
  v1::ListGoldSetsResponse response;
  if (const auto failed = AskArtefact(connection, &ArtefactStub::ListGoldSets, request, response)) return *failed;
  if (WantsJson(connection)) return Print(ReflectedJson(response).DumpIndented() + "\n");
  Table table = GoldSetTable();
  for (const v1::GoldSet& set : response.sets()) AddGoldSet(set, table);
  return Print(table.Render() + "not declared yet: " + ChangesInWords(response.undeclared()) + "\n");
}

int DeclareGoldSet(const DaemonConnection& connection, const ArtefactFlags& flags) {
  v1::DeclareGoldSetRequest request;
  request.set_queue(flags.name);
  request.set_intent(flags.intent);
  request.set_reason(flags.reason);
  v1::DeclareGoldSetResponse response;
  if (const auto failed = AskArtefact(connection, &ArtefactStub::DeclareGoldSet, request, response)) return *failed;
  if (WantsJson(connection)) return Print(ReflectedJson(response).DumpIndented() + "\n");
  Table table = GoldSetTable();
  AddGoldSet(response.set(), table);
  return Print(table.Render());
}

}  // namespace

void AddReviewArtefactVerbs(CLI::App& review, const GlobalOptions& options, Action& action) {
  const auto flags = std::make_shared<ArtefactFlags>();
  const auto add = [&](CLI::App& to, const char* name, const char* says,
                       int (*run)(const DaemonConnection&, const ArtefactFlags&)) {
    CLI::App* verb = to.add_subcommand(name, says);
    verb->callback([&action, &options, flags, run] {
      action = [&options, flags, run] {
        return WithConnection(options, [&](const DaemonConnection& connection) { return run(connection, *flags); });
      };
    });
    return verb;
  };
  CLI::App* pack =
      add(review, "pack", "What a closed calibration session leaves behind, as Markdown or JSON", TakePack);
  pack->add_option("SESSION", flags->name, "id of the session")->required();
  pack->add_option("--data-class", flags->data_classes, "whose texts may be in it; you are cleared for each");
  CLI::App* audits =
      add(review, "audits", "What audits of a queue found and what followed, as Markdown or JSON", ReportAudits);
  audits->add_option("QUEUE", flags->name, "whose decisions")->required();
  audits->add_option("--from", flags->from, "like 2026-11-01T00:00:00Z; 30 days before --to when absent");
  audits->add_option("--to", flags->to, "before this; now when absent");
  for (CLI::App* verb : {pack, audits})
    verb->add_flag("--with-names", flags->with_names, "of persons, instead of pseudonyms (leads)");
  CLI::App* gold =
      review.add_subcommand("gold", "Known answers of a queue as a set with an intent and versions (leads)");
  gold->require_subcommand(1);
  add(*gold, "log", "Its versions, and what was added or retired since", ListGoldSets)
      ->add_option("QUEUE", flags->name, "whose known answers")
      ->required();
  CLI::App* declare = add(*gold, "declare", "Make what is asked now the next version", DeclareGoldSet);
  declare->add_option("QUEUE", flags->name, "whose known answers")->required();
  declare->add_option("--intent", flags->intent, "what the set is for; as before when absent");
  declare->add_option("--reason", flags->reason, "why it becomes another version");
}

}  // namespace assay
