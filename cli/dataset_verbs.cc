// dataset log|note: which versions a suite's dataset has had, what each changed, and why

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "assay/v1/dataset.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/reflected_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/json.h"
#include "core/plain_line.h"

namespace assay {
namespace {

using DatasetStub = v1::DatasetService::Stub;

constexpr std::size_t kWidestDatasetNote = 60;

struct DatasetFlags {
  std::string suite, digest, reason, impact, approval, key, source;
  std::int64_t rows = 0;
  int limit = 20;
  int ids = 10;
};

template <class Request, class Response>
std::optional<int> AskDatasets(const DaemonConnection& connection,
                               grpc::Status (DatasetStub::*method)(grpc::ClientContext*, const Request&, Response*),
                               Request& request, Response& response) {
  request.set_project(connection.options().project);
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::DatasetService::NewStub(connection.channel());
  const grpc::Status status = (stub.get()->*method)(&context, request, &response);
  if (status.ok()) return std::nullopt;
  return connection.Report(status);
}

bool PrintsDatasetJson(const DaemonConnection& connection) {
  return connection.options().output == OutputFormat::kJson;
}

std::string DatasetTime(const google::protobuf::Timestamp& time) {
  return FormatTime(Time(std::chrono::seconds(time.seconds()))).substr(0, 19) + "Z";
}

std::string DatasetChangesInWords(const v1::DatasetVersion& version) {
  if (version.first()) return "the first";
  if (!version.has_changes()) return "not known";
  const v1::DatasetChanges& changes = version.changes();
  return "+" + std::to_string(changes.added()) + " -" + std::to_string(changes.removed()) + " ~" +
         std::to_string(changes.changed());
}

template <class Ids>
void AddIds(const char* sign, const Ids& ids, std::int64_t count, std::string& text) {
  if (ids.empty()) return;
  text += "    " + std::string(sign);
  for (const std::string& id : ids) text += " " + Excerpt(id, kWidestDatasetNote);
  const std::int64_t others = count - ids.size();
  text += others > 0 ? " and " + std::to_string(others) + " others\n" : "\n";
}

std::string DatasetSourceInWords(const v1::DatasetSource& source) {
  return std::to_string(source.rows()) + (source.rows() == 1 ? " row" : " rows") + " of " +
         Excerpt(source.file(), kWidestDatasetNote) + ", SHA-256 " + source.sha256() +
         (source.export_id().empty() ? "" : ", which is export " + source.export_id());
}

// What does not fit into a row.
std::string DetailsOf(const v1::DatasetVersion& version) {
  std::string text;
  const v1::DatasetChanges& changes = version.changes();
  AddIds("+", changes.added_ids(), changes.added(), text);
  AddIds("-", changes.removed_ids(), changes.removed(), text);
  AddIds("~", changes.changed_ids(), changes.changed(), text);
  if (!changes.withheld().empty()) text += "    ids are " + PlainLine(changes.withheld()) + "\n";
  for (const v1::DatasetNote& note : version.notes()) {
    text += "    " + DatasetTime(note.at()) + " " + PlainLine(note.by()) + ": " + Excerpt(note.reason(), 1000);
    if (!note.expected_impact().empty()) text += "; expected: " + Excerpt(note.expected_impact(), 1000);
    if (note.has_source()) text += "; " + DatasetSourceInWords(note.source());
    text += note.approval().empty() ? "\n" : "; approval " + PlainLine(note.approval()) + "\n";
  }
  for (const v1::DatasetExport& each : version.exports()) {
    text += "    " + DatasetTime(each.at()) + " " + (each.by().empty() ? "somebody" : PlainLine(each.by())) +
            " took out " + std::to_string(each.judgements()) + " judgements as " + each.format() + ", export " +
            each.id() + "\n";
  }
  for (const v1::DatasetImport& each : version.imports()) {
    text += "    " + DatasetTime(each.at()) + " " + (each.by().empty() ? "somebody" : PlainLine(each.by())) +
            " brought in " + std::to_string(each.judgements()) + " judgements of " + std::to_string(each.items()) +
            " items as " + each.format() + (each.sha256().empty() ? ", not to its end" : ", SHA-256 " + each.sha256()) +
            ", import " + each.id() + (each.approval().empty() ? "" : ", approval " + each.approval()) + "\n";
  }
  return text.empty() ? "" : "  " + version.digest() + "\n" + text;
}

std::string DatasetLogText(const v1::ListDatasetVersionsResponse& response) {
  Table table({"DATASET", "FIRST SEEN", "BY", "RUN", "CASES", "CHANGES", "RUNS", "SUITE"});
  std::string details;
  for (const v1::DatasetVersion& version : response.versions()) {
    table.Add({version.digest(), DatasetTime(version.first_seen()), version.first_run_by(), version.first_run_id(),
               std::to_string(version.cases()), DatasetChangesInWords(version), std::to_string(version.runs()),
               version.suite_versions_size() == 1 ? version.suite_versions(0).substr(0, 19)
                                                  : std::to_string(version.suite_versions_size()) + " versions"});
    details += DetailsOf(version);
  }
  return table.Render() + (details.empty() ? "" : "\n" + details);
}

int LogDatasets(const DaemonConnection& connection, const DatasetFlags& flags) {
  v1::ListDatasetVersionsRequest request;
  request.set_suite(flags.suite);
  request.set_limit(flags.limit);
  request.set_most_ids(flags.ids);
  v1::ListDatasetVersionsResponse response;
  if (const auto failed = AskDatasets(connection, &DatasetStub::ListDatasetVersions, request, response)) return *failed;
  if (PrintsDatasetJson(connection)) return Print(ReflectedJson(response).DumpIndented() + "\n");
  return Print(DatasetLogText(response));
}

// The file by which rows came, as it is here: its name without folders, and its hash.
Status ReadSource(const DatasetFlags& flags, v1::DatasetSource& source) {
  std::ifstream file(flags.source, std::ios::binary);
  if (!file) return Fail(ErrorCode::kNotFound, "--source: cannot read " + flags.source);
  Sha256 sha256;
  std::vector<char> piece(1u << 20);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0)
    sha256.Update({piece.data(), static_cast<std::size_t>(file.gcount())});
  if (file.bad()) return Fail(ErrorCode::kUnavailable, "--source: reading " + flags.source + " has failed");
  source.set_file(std::filesystem::path(flags.source).filename().string());
  source.set_sha256(sha256.FinishHex());
  source.set_rows(flags.rows);
  return {};
}

int NoteDataset(const DaemonConnection& connection, const DatasetFlags& flags) {
  v1::NoteDatasetVersionRequest request;
  request.set_suite(flags.suite);
  request.set_digest(flags.digest);
  request.set_reason(flags.reason);
  request.set_expected_impact(flags.impact);
  request.set_approval(flags.approval);
  request.set_key(flags.key);
  if (!flags.source.empty()) {
    if (const Status read = ReadSource(flags, *request.mutable_source()); !read) {
      Complain(read.error().message);
      return kExitUsage;
    }
  }
  v1::NoteDatasetVersionResponse response;
  if (const auto failed = AskDatasets(connection, &DatasetStub::NoteDatasetVersion, request, response)) return *failed;
  if (PrintsDatasetJson(connection)) return Print(ReflectedJson(response).DumpIndented() + "\n");
  return Print("noted of " + flags.digest + " by " + response.note().by() + "\n");
}

}  // namespace

void AddDatasetVerbs(CLI::App& app, const GlobalOptions& options, Action& action) {
  const auto flags = std::make_shared<DatasetFlags>();
  auto* dataset = app.add_subcommand("dataset", "Versions of the datasets of suites")->require_subcommand(1);
  const auto add = [&](const char* name, const char* says, int (*run)(const DaemonConnection&, const DatasetFlags&)) {
    CLI::App* verb = dataset->add_subcommand(name, says);
    verb->add_option("SUITE", flags->suite, "whose dataset")->required();
    verb->callback([&action, &options, flags, run] {
      action = [&options, flags, run] {
        return WithConnection(options, [&](const DaemonConnection& connection) { return run(connection, *flags); });
      };
    });
    return verb;
  };
  CLI::App* log = add("log", "What runs were asked: each version, what it changed, and why", LogDatasets);
  log->add_option("--limit", flags->limit, "versions, the newest first")
      ->check(CLI::Range(1, 50))
      ->capture_default_str();
  log->add_option("--ids", flags->ids, "ids of cases that were added, removed or changed, of each")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI::App* note = add("note", "Say why there is a version, and what is expected of it", NoteDataset);
  note->add_option("--version", flags->digest, "sha256:... of the log")->required();
  note->add_option("--reason", flags->reason, "why it is there")->required();
  note->add_option("--impact", flags->impact, "what is expected to move by it");
  note->add_option("--approval", flags->approval,
                   "id of an approved change of kind data_source whose diff is `dataset SUITE VERSION`");
  CLI::Option* source =
      note->add_option("--source", flags->source, "file that rows of it came from: its name and hash are kept");
  note->add_option("--rows", flags->rows, "how many came from that file")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}))
      ->needs(source);
  source->needs("--rows");
  note->add_option("--key", flags->key, "the same key again changes nothing");
}

}  // namespace assay
