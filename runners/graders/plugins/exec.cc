// exec: a program beside assayd says the score, over a line of JSON on each of its standard streams.

#include <unistd.h>

#include <boost/asio/this_coro.hpp>
#include <map>
#include <utility>

#include "core/clock.h"
#include "core/identifier.h"
#include "runners/graders/plugins/exchange.h"
#include "runners/graders/plugins/plugin_grading.h"
#include "runners/graders/plugins/program_file.h"
#include "runners/graders/plugins/program_pool.h"
#include "runners/graders/plugins/remote_plugin.h"
#include "runners/graders/plugins/syscall_filter.h"

namespace assay {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kEnvPrefix = "GRADER_";

struct ExecOptions : PluginOptions {
  std::string program;
  std::vector<std::string> args;
  std::map<std::string, std::string> env;
  int memory_mb = 512;
  bool network = false;
  static const FieldTable<ExecOptions>& Fields();
};

// A catalog is no place to say what else a program loads: LD_PRELOAD, PYTHONPATH and their like would be.
void CheckEnv(const ExecOptions& options, const Node& node, Diagnostics& diagnostics) {
  const Node place = node.Find("env").value_or(node);
  for (const auto& [name, value] : options.env) {
    const bool is_good = name.starts_with(kEnvPrefix) && name.size() > kEnvPrefix.size() &&
                         name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
    if (!is_good) {
      diagnostics.Add(
          place.Find(name).value_or(place).AtKey("variables begin with GRADER_ and are of A-Z, 0-9 and _, so that a "
                                                 "catalog cannot make a program load another"));
    } else if (value.find('\0') != std::string::npos) {
      diagnostics.Add(place.Find(name).value_or(place).At("holds a character NUL"));
    }
  }
}

void CheckArgs(const ExecOptions& options, const Node& node, Diagnostics& diagnostics) {
  for (const std::string& arg : options.args) {
    if (arg.find('\0') != std::string::npos) diagnostics.Add(node.Find("args")->At("holds a character NUL"));
  }
}

void CheckProgram(const ExecOptions& options, const Node& node, Diagnostics& diagnostics) {
  const fs::path program(options.program);
  bool leaves = program.is_absolute() || options.program.find('\0') != std::string::npos;
  for (const fs::path& part : program) leaves = leaves || part == "..";
  if (leaves) {
    diagnostics.Add(node.Find("program")->At(
        "must be a file below the folder that assayd was given as --grader-programs, named from there"));
  }
}

const FieldTable<ExecOptions>& ExecOptions::Fields() {
  static const auto table = WithPluginFields(
      FieldTable<ExecOptions>()
          .Required("program", &ExecOptions::program,
                    "the program, a path within the folder that assayd was given as `--grader-programs`",
                    {.min_size = 1, .max_size = 1000})
          .Optional("args", &ExecOptions::args, "its arguments", {.max_size = 100})
          .Optional("env", &ExecOptions::env, "its environment beside PATH and LANG; names begin with `GRADER_`",
                    {.max_size = 100})
          .Optional("memory_mb", &ExecOptions::memory_mb, "address space of each of its processes",
                    {.min = 16, .max = 1 << 20, .unit = "MiB"})
          .Optional("network", &ExecOptions::network, "it may open sockets to elsewhere")
          .Check(CheckProgram, {"program"})
          .Check(CheckArgs, {"args"})
          .Check(CheckEnv, {"env"}),
      "processes at once");
  return table;
}

// Where the program really is. Links may lead about within the folder, and not out of it.
Result<fs::path> Locate(const fs::path& folder, const std::string& program) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) {
    return Fail(ErrorCode::kNotFound, "the folder of programs, " + folder.string() + ": " + error.message());
  }
  const fs::path file = fs::canonical(root / program, error);
  if (error)
    return Fail(ErrorCode::kNotFound, "is not in the folder of programs, " + folder.string() + ": " + error.message());
  const auto [root_end, file_end] = std::mismatch(root.begin(), root.end(), file.begin(), file.end());
  if (root_end != root.end() || file_end == file.end()) {
    return Fail(ErrorCode::kPermissionDenied,
                "leads to " + file.string() + ", out of the folder of programs, " + folder.string());
  }
  if (!fs::is_regular_file(file, error) || access(file.c_str(), X_OK) != 0) {
    return Fail(ErrorCode::kPermissionDenied, "is no program that assayd may execute: " + file.string());
  }
  return file;
}

// A question that is under way, in the eyes of a run that is to stop.
class UnderWay {
 public:
  explicit UnderWay(SendGuard* guard) : guard_(guard) {}
  ~UnderWay() { End(false); }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  void End(bool was_answered) {
    if (guard_ != nullptr) std::exchange(guard_, nullptr)->End(was_answered, false);
  }

 private:
  SendGuard* guard_;
};

class Exec final : public WaitingGrader {
 public:
  // Without a pool it is only checked.
  Exec(PluginGrading grading, std::string version, std::shared_ptr<ProgramPool> pool)
      : grading_(std::move(grading)), version_(std::move(version)), pool_(std::move(pool)) {}

  asio::awaitable<Result<GradingOutcome>> Grade(const Case& item, const Response& response,
                                                const GradingTerms& terms) const override {
    if (!pool_) co_return GradingOutcome{Score::Broken("there is no program to ask")};
    co_await asio::this_coro::throw_if_cancelled(false);
    auto entering = pool_->Enter(terms.deadline);
    auto place = co_await std::move(entering);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return Cancelled();
    if (!place) co_return grading_.Failed(PluginFailure::kOverloaded, "none of its processes became free in time");
    auto borrowed = place->Process();
    if (!borrowed) co_return NotStarted(borrowed.error());
    if (terms.sender.guard != nullptr) {
      const Status may_ask = terms.sender.guard->Begin();
      if (!may_ask) {
        place->Return(std::move(borrowed->process));
        co_return Fail(may_ask.error());
      }
    }
    UnderWay under_way(terms.sender.guard);
    const std::string id = MakeId(SystemClock().Now());  // which no answer can know beforehand
    auto exchanging =
        Exchange(borrowed->process, grading_.Request(id, item, response), borrowed->is_new, grading_.DeadlineOf(terms));
    Exchanged exchanged = co_await std::move(exchanging);
    under_way.End(exchanged.end == Exchanged::End::kAnswered);
    // By now it has read all of the file that it is, also where an interpreter reads it.
    const Status is_meant = borrowed->is_new ? place->CheckProgram() : Status();
    if (exchanged.end == Exchanged::End::kAnswered && is_meant) {
      auto outcome = grading_.Understood(id, ReadPluginReply(exchanged.answer), terms);
      if (outcome) {
        place->Keep(std::move(borrowed->process));
        co_return *std::move(outcome);
      }
      exchanged.failure = PluginFailure::kGarbage;
      exchanged.why = std::move(outcome).error().message;
    }
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    borrowed->process->KillOn(executor);
    if (exchanged.end == Exchanged::End::kCancelled) co_return Cancelled();
    if (!is_meant) co_return NotStarted(is_meant.error());
    place->NoteFailure();
    co_return grading_.Failed(exchanged.failure, exchanged.why);
  }

  std::vector<std::string> RequiredFields() const override { return {}; }
  std::string Version() const override { return version_; }
  int Concurrency() const override { return grading_.options().concurrency; }

 private:
  GradingOutcome NotStarted(const Error& error) const {
    const bool is_other = error.code == ErrorCode::kFailedPrecondition;
    return grading_.Failed(is_other ? PluginFailure::kRefused : PluginFailure::kUnavailable, error.message);
  }
  static std::unexpected<Error> Cancelled() {
    return Fail(ErrorCode::kCancelled, "the run stopped while a plug-in was asked");
  }

  const PluginGrading grading_;
  const std::string version_;
  const std::shared_ptr<ProgramPool> pool_;
};

// The program that the options name; nullopt where there is none, which is reported.
std::optional<fs::path> ProgramOf(const ExecOptions& options, const Node& at, const GraderPlace& place,
                                  Diagnostics& diagnostics) {
  if (!place.services->programs) {
    diagnostics.Add(
        at.At("assayd runs no programs: it was started without --grader-programs (grader_programs in assayd.yaml)"));
    return std::nullopt;
  }
  auto file = Locate(*place.services->programs, options.program);
  if (file) return *std::move(file);
  diagnostics.Add(at.At(file.error().message));
  return std::nullopt;
}

std::unique_ptr<WaitingGrader> MakeExec(const Node& node, const GraderPlace& place, Diagnostics& diagnostics) {
  ExecOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  PluginGrading grading("exec", options, place);
  if (place.services == nullptr) return std::make_unique<Exec>(std::move(grading), options.version, nullptr);
  const Node at = *node.Find("program");
  auto path = ProgramOf(options, at, place, diagnostics);
  if (!path) return nullptr;
  auto filter = SyscallFilter(options.network);
  if (!filter) diagnostics.Add(at.At(filter.error().message));
  if (!filter) return nullptr;
  if (!IsToBeAsked(place)) return std::make_unique<Exec>(std::move(grading), options.version, nullptr);
  auto file = ProgramFile::Read(*path);
  if (!file) diagnostics.Add(at.At(file.error().message));
  if (!file) return nullptr;
  constexpr std::size_t kDigitsShown = 16;
  const std::string digest = "sha256:" + (*file)->sha256().substr(0, kDigitsShown);
  ChildProgram child{.path = *std::move(path),
                     .args = options.args,
                     .env = options.env,
                     .memory_bytes = static_cast<std::uint64_t>(options.memory_mb) << 20,
                     .filter = *std::move(filter)};
  auto pool = std::make_shared<ProgramPool>(std::move(child), *std::move(file), options.concurrency);
  return std::make_unique<Exec>(std::move(grading), options.version.empty() ? digest : options.version + " " + digest,
                                std::move(pool));
}

}  // namespace

GraderKind ExecGrader() {
  return {.version = 1,
          .help = "a program of your own beside assayd says the score",
          .fields = &ExecOptions::Fields(),
          .judges_calls = true,
          .make_waiting = &MakeExec,
          .runs_program = true,
          .value_of = &PluginValueOf};
}

}  // namespace assay
