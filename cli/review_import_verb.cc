// review import

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "assay/v1/review.grpc.pb.h"
#include "assay/v1/review_interchange.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/log_commands.h"
#include "cli/reflected_json.h"
#include "cli/review_files.h"
#include "cli/verbs.h"
#include "core/file.h"
#include "core/plain_line.h"
#include "review/interchange/manifest.h"

namespace assay {
namespace {

constexpr std::size_t kPieceBytes = 1u << 20;

struct ImportFlags {
  std::string file;
  std::string format = "native";
  std::string queue;
  std::string people_domain, approval, propose;
  bool dry_run = false;
  bool skip_bad = false;
};

int ComplainOfImport(const std::string& message, int code) {
  Complain(message);
  return code;
}

// Calls `piece` with each piece of a file, and whether it is the last.
Status ReadPieces(const std::string& path, const std::function<Status(const std::string&, bool is_last)>& piece) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kInvalidArgument, "cannot read " + path);
  for (bool is_last = false; !is_last;) {
    std::string bytes(kPieceBytes, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (file.bad()) return Fail(ErrorCode::kUnavailable, "cannot read " + path);
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    is_last = file.eof() || file.peek() == std::ifstream::traits_type::eof();
    ASSAY_TRY(piece(bytes, is_last));
  }
  return {};
}

// Where its manifest stands beside it, the file is the one that it says.
Status CheckAgainstManifest(const std::string& path) {
  const std::string beside = path + ".manifest.json";
  if (!std::filesystem::exists(beside)) return {};
  ASSAY_ASSIGN(const std::string text, ReadFile(beside, 16u << 20));
  ASSAY_ASSIGN(const Json json, Json::Parse(text));
  ASSAY_ASSIGN(const ExportManifest manifest, ExportManifestFromJson(json));
  FileDigest digest;
  ASSAY_TRY(ReadPieces(path, [&](const std::string& bytes, bool) -> Status {
    digest.Update(bytes);
    return {};
  }));
  return CheckFile(manifest, digest.bytes(), digest.FinishHex());
}

// One way of a file to the daemon.
class Sending {
 public:
  Sending(const DaemonConnection& connection, const ImportFlags& flags, bool is_dry_run)
      : connection_(connection),
        flags_(flags),
        is_dry_run_(is_dry_run),
        stub_(v1::ReviewInterchangeService::NewStub(connection.channel())) {}

  // The exit code; `rows` are named on stderr as they come.
  int Run() {
    int code = kExitOk;
    const Status sent = ReadPieces(flags_.file, [&](const std::string& bytes, bool is_last) -> Status {
      const grpc::Status status = Send(bytes, is_last);
      if (status.ok()) return {};
      code = connection_.Report(status);
      return Fail(ErrorCode::kCancelled, "");
    });
    if (code != kExitOk) return code;
    return sent ? int{kExitOk} : ComplainOfImport(sent.error().message, kExitUsage);
  }

  const v1::ImportReviewsResponse& progress() const { return progress_; }

 private:
  grpc::Status Send(const std::string& bytes, bool is_last) {
    v1::ImportReviewsRequest request;
    request.set_project(connection_.options().project);
    request.set_import_id(progress_.import_id());
    request.set_offset(offset_);
    request.set_data(bytes);
    request.set_is_last(is_last);
    request.set_format(ExchangeFormatOf(flags_.format));
    request.set_queue(flags_.queue);
    request.set_dry_run(is_dry_run_);
    request.set_people_domain(flags_.people_domain);
    request.set_approval(flags_.approval);
    grpc::ClientContext context;
    connection_.Prepare(context, std::chrono::minutes(10));
    const grpc::Status status = stub_->ImportReviews(&context, request, &progress_);
    if (!status.ok()) return status;
    offset_ += static_cast<std::int64_t>(bytes.size());
    for (const v1::ImportReviewsResponse::RefusedRow& row : progress_.rows()) {
      const std::string place =
          (row.path().empty() ? "" : " " + row.path()) + (row.item().empty() ? "" : " " + row.item());
      const std::string line =
          flags_.file + ":" + std::to_string(row.line()) + place + ": " + PlainLine(row.reason()) + "\n";
      std::fputs(Printable(line).c_str(), stderr);
    }
    named_ += progress_.rows_size();
    if (is_last && named_ < progress_.refused())
      std::fprintf(stderr, "%lld more rows were refused\n", static_cast<long long>(progress_.refused() - named_));
    return status;
  }

  const DaemonConnection& connection_;
  const ImportFlags& flags_;
  const bool is_dry_run_;
  const std::unique_ptr<v1::ReviewInterchangeService::Stub> stub_;
  v1::ImportReviewsResponse progress_;
  std::int64_t offset_ = 0;
  std::int64_t named_ = 0;
};

int ShowProgress(const DaemonConnection& connection, v1::ImportReviewsResponse progress, bool is_dry_run) {
  progress.clear_rows();
  const int code = progress.refused() == 0 ? int{kExitOk} : int{kExitFail};
  if (connection.options().output == OutputFormat::kJson)
    return Print(ReflectedJson(progress).DumpIndented() + "\n", code);
  std::string text = is_dry_run ? "nothing was taken in; it would be:\n" : "";
  const std::pair<const char*, std::int64_t> counts[] = {{"items read", progress.items()},
                                                         {"items new", progress.items_new()},
                                                         {"items changed", progress.items_changed()},
                                                         {"items as they are here", progress.items_unchanged()},
                                                         {"judgements new", progress.judgements_new()},
                                                         {"rows refused", progress.refused()}};
  for (const auto& [what, count] : counts) text += std::to_string(count) + "  " + what + "\n";
  if (!progress.approval_diff().empty())
    text +=
        "gate " + progress.gate() + " reads the queue: the labels need an approval of a release owner (--propose)\n";
  return Print(text, code);
}

// Asks the release owners for what only they can allow.
int ProposeImport(const DaemonConnection& connection, const ImportFlags& flags) {
  Sending look(connection, flags, true);
  if (const int code = look.Run(); code != kExitOk) return code;
  const v1::ImportReviewsResponse& looked = look.progress();
  if (looked.refused() > 0 && !flags.skip_bad) return ShowProgress(connection, looked, true);
  if (looked.approval_diff().empty())
    return ComplainOfImport("the file has no labels that need an approval; import it", kExitUsage);
  v1::ProposeChangeRequest request;
  request.set_change(v1::ReviewChange::LABEL_IMPORT);
  request.set_subject(std::to_string(looked.judgements_new()) + " labels from elsewhere in queue " + flags.queue +
                      ", that gate " + looked.gate() + " reads");
  request.set_diff(looked.approval_diff());
  request.set_reason(flags.propose);
  request.set_project(connection.options().project);
  v1::ProposeChangeResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const grpc::Status status =
      v1::ReviewService::NewStub(connection.channel())->ProposeChange(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  if (connection.options().output == OutputFormat::kJson) return Print(ReflectedJson(response).DumpIndented() + "\n");
  return Print(response.change().id() + "  lacks " + response.change().missing() + "\n");
}

int NeedsApproval(const ImportFlags& flags, const v1::ImportReviewsResponse& looked) {
  return ComplainOfImport("queue \"" + flags.queue + "\" is read by gate \"" + looked.gate() + "\", and " +
                              std::to_string(looked.judgements_new()) +
                              " labels would settle items there: ask a release owner with --propose REASON, and import "
                              "the same file with --approval CHANGE within 7 days; nothing was taken in",
                          kExitNotPermitted);
}

// All or nothing, unless bad rows are to be skipped: the file is looked at first, and taken in if all of it is good.
int Import(const DaemonConnection& connection, const ImportFlags& flags) {
  if (const Status checked = CheckAgainstManifest(flags.file); !checked)
    return ComplainOfImport(checked.error().message,
                            checked.error().code == ErrorCode::kInvalidArgument ? kExitUsage : kExitError);
  if (!flags.propose.empty()) return ProposeImport(connection, flags);
  if (!flags.skip_bad) {
    Sending look(connection, flags, true);
    if (const int code = look.Run(); code != kExitOk) return code;
    if (flags.dry_run || look.progress().refused() > 0) return ShowProgress(connection, look.progress(), true);
    if (!look.progress().approval_diff().empty()) return NeedsApproval(flags, look.progress());
  }
  Sending taking(connection, flags, flags.dry_run);
  if (const int code = taking.Run(); code != kExitOk) return code;
  return ShowProgress(connection, taking.progress(), flags.dry_run);
}

}  // namespace

void AddReviewImportVerb(CLI::App& review, const GlobalOptions& options, Action& action) {
  const auto flags = std::make_shared<ImportFlags>();
  auto* verb = review.add_subcommand("import", "Take in what was judged elsewhere; doing it again changes nothing");
  verb->add_option("FILE", flags->file, "file of a format that is read, its manifest beside it is checked")->required();
  verb->add_option("--queue", flags->queue, "queue that the items belong to")->required();
  verb->add_option("--format", flags->format, "native, label-studio, label-studio-min or label-studio-csv")
      ->capture_default_str();
  verb->add_option("--people-domain", flags->people_domain, "left off the addresses of annotators");
  verb->add_option("--approval", flags->approval,
                   "change by which labels may settle items of a queue that a gate reads");
  verb->add_option("--propose", flags->propose,
                   "ask a release owner for that approval, with this reason, and import nothing");
  verb->add_flag("--dry-run", flags->dry_run, "say what would become of the file, and take nothing in");
  verb->add_flag("--skip-bad", flags->skip_bad, "go on without rows that are refused; otherwise it is all or nothing");
  verb->callback([&action, &options, flags] {
    action = [&options, flags] {
      return WithConnection(options,
                            [flags](const DaemonConnection& connection) { return Import(connection, *flags); });
    };
  });
}

}  // namespace assay
