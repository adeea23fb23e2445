// review export

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "assay/v1/review.grpc.pb.h"
#include "assay/v1/review_interchange.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/outlet.h"
#include "cli/reflected_json.h"
#include "cli/review_files.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/plain_line.h"

namespace assay {
namespace {

using InterchangeStub = v1::ReviewInterchangeService;

struct ExportFlags {
  std::string format = "native";
  std::string out = "-";
  std::vector<std::string> queues, suites, runs, languages, data_classes;
  std::string from, to, approval, propose, split_seed;
  double validation_share = 0;
  bool decided = false, known_answers = false, cancelled = false, names = false, leave_out_gate_cases = false;
  bool for_labelling = false, margin = false, both_bad = false, text_prompts = false, formulas = false, bom = false;
  bool preview = false, label_config = false;
};

bool PrintsJson(const DaemonConnection& connection) { return connection.options().output == OutputFormat::kJson; }

// Told on stderr; the exit code.
int ComplainOfExport(const std::string& message, int code) {
  Complain(message);
  return code;
}

Status ReadTime(const std::string& flag, const std::string& text, google::protobuf::Timestamp& out) {
  const Result<Time> time = ParseTime(text);
  if (!time) return Fail(ErrorCode::kInvalidArgument, flag + ": " + time.error().message);
  const std::int64_t micros = time->time_since_epoch().count();
  out.set_seconds(micros / 1'000'000);
  out.set_nanos(static_cast<std::int32_t>(micros % 1'000'000) * 1000);
  return {};
}

Result<v1::ExportOptions> OptionsOf(const ExportFlags& flags) {
  v1::ExportOptions options;
  options.set_format(ExchangeFormatOf(flags.format));
  v1::ExportSelection& selection = *options.mutable_selection();
  selection.mutable_queues()->Add(flags.queues.begin(), flags.queues.end());
  selection.mutable_suites()->Add(flags.suites.begin(), flags.suites.end());
  selection.mutable_runs()->Add(flags.runs.begin(), flags.runs.end());
  selection.mutable_languages()->Add(flags.languages.begin(), flags.languages.end());
  selection.mutable_data_classes()->Add(flags.data_classes.begin(), flags.data_classes.end());
  if (!flags.from.empty()) ASSAY_TRY(ReadTime("--from", flags.from, *selection.mutable_from()));
  if (!flags.to.empty()) ASSAY_TRY(ReadTime("--to", flags.to, *selection.mutable_to()));
  selection.set_decided_only(flags.decided);
  selection.set_with_known_answers(flags.known_answers);
  selection.set_with_cancelled(flags.cancelled);
  options.set_with_names(flags.names);
  options.set_approval(flags.approval);
  options.set_leave_out_gate_cases(flags.leave_out_gate_cases);
  options.set_for_labelling(flags.for_labelling);
  options.set_with_margin(flags.margin);
  options.set_both_bad_is_undesired(flags.both_bad);
  options.set_text_prompts(flags.text_prompts);
  options.set_validation_share(flags.validation_share);
  options.set_split_seed(flags.split_seed);
  options.set_keep_formulas(flags.formulas);
  options.set_byte_order_mark(flags.bom);
  return options;
}

std::string Counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string QualityText(const v1::ExportedQuality& quality) {
  const auto number = [](bool has, double value) { return FormatNumber(has ? std::optional(value) : std::nullopt); };
  return quality.queue() + " " + quality.rubric() + "  " + quality.measure() + " " +
         number(quality.has_value(), quality.value()) + " (" + number(quality.has_lower(), quality.lower()) + " to " +
         number(quality.has_upper(), quality.upper()) + ") of " + std::to_string(quality.n());
}

std::string CountsOf(const v1::Export& made) {
  std::string text = Counted(made.records(), "item") + ", " + Counted(made.judgements(), "judgement") + ", " +
                     Counted(made.rows(), "row") + ", " + Counted(made.bytes(), "byte") + "; of " +
                     Counted(made.offered(), "item") + "\n";
  for (const v1::Export::Exclusion& excluded : made.excluded())
    text += "  left out  " + std::to_string(excluded.count()) + "  " + PlainLine(excluded.reason()) + "\n";
  for (const v1::ExportedQuality& quality : made.quality())
    text += "  quality   " + PlainLine(QualityText(quality)) + "\n";
  if (!made.quality_approval().empty())
    text += "  below what gates ask, by " + PlainLine(made.quality_approval()) + "\n";
  return text;
}

Status KeepManifest(const ExportFlags& flags, const v1::Export& made) {
  if (flags.out == "-") return {};
  ASSAY_ASSIGN(Outlet outlet, Outlet::Open(flags.out + ".manifest.json"));
  ASSAY_TRY(outlet.Write(made.manifest()));
  return outlet.Keep(made.manifest_sha256());
}

int RunExport(const DaemonConnection& connection, const ExportFlags& flags, const v1::ExportOptions& options) {
  v1::ExportReviewsRequest request;
  request.set_project(connection.options().project);
  *request.mutable_options() = options;
  grpc::ClientContext context;
  connection.Prepare(context, std::chrono::hours(6));
  Result<Outlet> outlet = Outlet::Open(flags.out);
  if (!outlet) return ComplainOfExport(outlet.error().message, kExitUsage);
  const auto reader = InterchangeStub::NewStub(connection.channel())->ExportReviews(&context, request);
  v1::ExportReviewsResponse part;
  Status kept;
  while (kept && reader->Read(&part)) {
    kept = part.has_export_() ? outlet->Keep(part.export_().sha256()) : outlet->Write(part.data());
    if (kept && part.has_export_()) kept = KeepManifest(flags, part.export_());
  }
  if (!kept) context.TryCancel();
  const grpc::Status status = reader->Finish();
  if (!kept) return ComplainOfExport(kept.error().message, kExitError);
  if (!status.ok()) return connection.Report(status);
  if (!part.has_export_()) return ComplainOfExport("the export has ended before its end; export again", kExitError);
  std::fprintf(stderr, "export %s: %smanifest sha256 %s\n", part.export_().id().c_str(),
               CountsOf(part.export_()).c_str(), part.export_().manifest_sha256().c_str());
  return kExitOk;
}

int Preview(const DaemonConnection& connection, const v1::ExportOptions& options, v1::PreviewExportResponse& response) {
  v1::PreviewExportRequest request;
  request.set_project(connection.options().project);
  *request.mutable_options() = options;
  grpc::ClientContext context;
  connection.Prepare(context, std::chrono::hours(1));
  const grpc::Status status =
      InterchangeStub::NewStub(connection.channel())->PreviewExport(&context, request, &response);
  return status.ok() ? int{kExitOk} : connection.Report(status);
}

int ShowPreview(const DaemonConnection& connection, const ExportFlags& flags, const v1::ExportOptions& options) {
  v1::PreviewExportResponse response;
  if (const int code = Preview(connection, options, response); code != kExitOk) return code;
  if (flags.label_config) return PrintAsItIs(response.label_config());
  if (PrintsJson(connection)) return Print(ReflectedJson(response).DumpIndented() + "\n");
  return Print(CountsOf(response.export_()) + response.head());
}

// Asks the others for what only they can allow.
int Propose(const DaemonConnection& connection, const ExportFlags& flags, const v1::ExportOptions& options) {
  v1::PreviewExportResponse preview;
  if (const int code = Preview(connection, options, preview); code != kExitOk) return code;
  if (preview.approval_diff().empty())
    return ComplainOfExport(options.format() + " is not for training and needs no approval", kExitUsage);
  v1::ProposeChangeRequest request;
  request.set_change(v1::ReviewChange::TRAINING_EXPORT);
  request.set_subject(options.format() + " export for training");
  request.set_diff(preview.approval_diff());
  request.set_reason(flags.propose);
  request.set_project(connection.options().project);
  v1::ProposeChangeResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status =
      v1::ReviewService::NewStub(connection.channel())->ProposeChange(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  if (PrintsJson(connection)) return Print(ReflectedJson(response).DumpIndented() + "\n");
  return Print(response.change().id() + "  lacks " + response.change().missing() + "\n");
}

std::string ExportsText(const v1::ListExportsResponse& exports) {
  Table table({"EXPORT", "BY", "AT", "FORMAT", "ITEMS", "JUDGEMENTS", "MANIFEST", "APPROVAL"});
  for (const v1::Export& made : exports.exports()) {
    table.Add({made.id(), made.exported_by() + (made.with_names() ? ", with names" : ""),
               FormatTime(Time(std::chrono::seconds(made.exported_at().seconds()))).substr(0, 19) + "Z",
               made.format() + (made.is_preview() ? ", preview" : ""),
               made.is_complete() ? std::to_string(made.records()) : "not complete",
               made.is_complete() ? std::to_string(made.judgements()) : "", made.manifest_sha256().substr(0, 12),
               made.approval() + (made.approval().empty() || made.quality_approval().empty() ? "" : ", ") +
                   made.quality_approval()});
  }
  return table.Render();
}

int List(const DaemonConnection& connection) {
  v1::ListExportsRequest request;
  request.set_project(connection.options().project);
  v1::ListExportsResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status = InterchangeStub::NewStub(connection.channel())->ListExports(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  return Print(PrintsJson(connection) ? ReflectedJson(response).DumpIndented() + "\n" : ExportsText(response));
}

int Export(const DaemonConnection& connection, const ExportFlags& flags) {
  const Result<v1::ExportOptions> options = OptionsOf(flags);
  if (!options) return ComplainOfExport(options.error().message, kExitUsage);
  if (flags.preview || flags.label_config) return ShowPreview(connection, flags, *options);
  if (!flags.propose.empty()) return Propose(connection, flags, *options);
  return RunExport(connection, flags, *options);
}

void AddSelectionFlags(CLI::App& verb, ExportFlags& flags) {
  verb.add_option("--queue", flags.queues, "only of this queue; may be repeated, as those that follow");
  verb.add_option("--suite", flags.suites, "only of this suite");
  verb.add_option("--run", flags.runs, "only of this run");
  verb.add_option("--language", flags.languages, "only in this language");
  verb.add_option("--data-class", flags.data_classes, "a class of data that may leave; none does unless it is named");
  verb.add_option("--from", flags.from, "decided, else judged, at this time or later (RFC 3339)");
  verb.add_option("--to", flags.to, "decided, else judged, before this time");
  verb.add_flag("--decided", flags.decided, "only what has a final decision");
  verb.add_flag("--known-answers", flags.known_answers, "gold, training and calibration too");
  verb.add_flag("--cancelled", flags.cancelled, "what was taken out too");
}

void AddTrainingFlags(CLI::App& verb, ExportFlags& flags) {
  verb.add_option("--approval", flags.approval, "change by which cases that a gate uses may leave for training");
  verb.add_option("--propose", flags.propose, "ask for that approval, with this reason, and export nothing");
  verb.add_flag("--leave-out-gate-cases", flags.leave_out_gate_cases, "count them instead of refusing");
  verb.add_flag("--margin", flags.margin, "how much better, on every row");
  verb.add_flag("--both-bad", flags.both_bad, "trl-kto: both of a pair that is bad are undesired");
  verb.add_flag("--text-prompts", flags.text_prompts, "texts instead of lists of messages");
  verb.add_option("--validation-share", flags.validation_share, "share of prompts that are for validation")
      ->check(CLI::Range(0.0, 0.99));
  verb.add_option("--split-seed", flags.split_seed, "by which they are drawn");
}

}  // namespace

void AddReviewExportVerb(CLI::App& review, const GlobalOptions& options, Action& action) {
  const auto flags = std::make_shared<ExportFlags>();
  auto* verb = review.add_subcommand("export", "Write what people judged to a file, with its manifest beside it");
  verb->add_option(
          "--format", flags->format,
          "native, label-studio, label-studio-min, label-studio-csv, trl-dpo, trl-reward, trl-kto, trl-sft, csv "
          "(a row for each judgement) or items-csv")
      ->capture_default_str();
  verb->add_option("--out", flags->out, "file, or - for stdout")->capture_default_str();
  AddSelectionFlags(*verb, *flags);
  verb->add_flag("--names", flags->names, "names of persons instead of pseudonyms");
  AddTrainingFlags(*verb, *flags);
  verb->add_flag("--for-labelling", flags->for_labelling, "label-studio: tasks to be judged there");
  verb->add_flag("--label-config", flags->label_config, "label-studio: print the labeling config, and export nothing");
  verb->add_flag("--formulas", flags->formulas, "csv: leave texts that a spreadsheet takes for formulas as they are");
  verb->add_flag("--bom", flags->bom, "csv: begin with the mark by which some spreadsheets know UTF-8");
  verb->add_flag("--preview", flags->preview, "print counts and the first lines, and export nothing");
  verb->callback([&action, &options, flags] {
    action = [&options, flags] {
      return WithConnection(options,
                            [flags](const DaemonConnection& connection) { return Export(connection, *flags); });
    };
  });
  auto* exports = review.add_subcommand("exports", "What was exported, by whom, newest first");
  exports->callback([&action, &options] { action = [&options] { return WithConnection(options, List); }; });
}

}  // namespace assay
