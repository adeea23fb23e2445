// review audit|reopen|void|lane|await|resume|advance|flag|withhold|cancel: what is done with items beside judging them.

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "assay/v1/review.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/identifier.h"
#include "core/json.h"

namespace assay {
namespace {

using Act = v1::ActOnItemRequest;

constexpr std::size_t kMostItems = 500;

struct ActFlags {
  std::string item;
  std::vector<std::string> items;
  std::string judgement;
  std::string reason;
  std::string cause = "other";
  std::string lane;
  std::string due_in;
  std::string clarification;
  std::string version;
  std::string approval;
  bool also_done = false;
};

int Misused(const std::string& what) {
  Complain(what);
  return kExitUsage;
}

std::string Upper(std::string word) {
  for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return word;
}

// Those that are named; "-" stands for those on stdin, one a line or the first word of a line of `review list`.
Result<std::vector<std::string>> ItemsOf(const ActFlags& flags) {
  std::vector<std::string> items;
  if (!flags.item.empty()) items.push_back(flags.item);
  for (const std::string& item : flags.items) {
    if (item != "-") {
      items.push_back(item);
      continue;
    }
    for (std::string line; std::getline(std::cin, line) && items.size() <= kMostItems;) {
      const std::string word = line.substr(0, line.find_first_of(" \t\r"));
      if (!word.empty() && word != "ITEM") items.push_back(word);
    }
  }
  if (items.empty()) return Fail(ErrorCode::kInvalidArgument, "no item is named");
  if (items.size() > kMostItems)
    return Fail(ErrorCode::kInvalidArgument, "at most " + std::to_string(kMostItems) + " items are named at once");
  return items;
}

// Each item by itself; what is refused is told on stderr, and the rest goes on. Where assayd cannot be reached or the
// caller may not, the rest would fare no better.
class Acting {
 public:
  Acting(const DaemonConnection& connection, Act request)
      : connection_(connection),
        request_(std::move(request)),
        stub_(v1::ReviewService::NewStub(connection.channel())),
        key_(MakeId(SystemClock().Now())) {
    request_.set_project(connection_.options().project);
  }

  int Run(const std::vector<std::string>& items) {
    int code = kExitOk;
    for (const std::string& item : items) {
      const grpc::Status status = Do(item);
      if (status.ok()) continue;
      refused_.push_back(Json::Of({{"item", item}, {"reason", status.error_message()}}));
      const int reported = connection_.Report(status);
      code = code == kExitOk ? reported : code;
      if (reported == kExitUnreachable || status.error_code() == grpc::StatusCode::UNAUTHENTICATED) break;
    }
    if (items.size() > 1 && !refused_.empty())
      std::fprintf(stderr, "assay: done with %zu of %zu items\n", done_.size(), items.size());
    if (connection_.options().output == OutputFormat::kJson)
      return Print(Json::Of({{"items", done_}, {"refused", refused_}}).DumpIndented() + "\n", code);
    return Print(text_, code);
  }

 private:
  grpc::Status Do(const std::string& item) {
    request_.set_item(item);
    request_.set_key(key_);
    v1::ActOnItemResponse response;
    grpc::ClientContext context;
    connection_.Prepare(context);
    const grpc::Status status = stub_->ActOnItem(&context, request_, &response);
    if (!status.ok()) return status;
    const std::string state = v1::ReviewState::Value_Name(response.view().item().state());
    text_ += item + "  " + state + "\n";
    done_.push_back(Json::Of({{"item", item}, {"state", state}}));
    return status;
  }

  const DaemonConnection& connection_;
  Act request_;
  const std::unique_ptr<v1::ReviewService::Stub> stub_;
  const std::string key_;
  std::string text_;
  Json::Array done_;
  Json::Array refused_;
};

using Fill = Status (*)(const ActFlags&, Act&);

Status FillReopen(const ActFlags& flags, Act& act) {
  v1::ReviewCause::Value cause = v1::ReviewCause::UNSPECIFIED;
  if (!v1::ReviewCause::Value_Parse(Upper(flags.cause), &cause) || cause == v1::ReviewCause::NONE)
    return Fail(ErrorCode::kInvalidArgument,
                "--cause: there is no cause \"" + flags.cause +
                    "\"; known are ambiguous, missing, misread, slip, subjective, guideline_change, redaction, other");
  act.mutable_reopen()->set_reason(flags.reason);
  act.mutable_reopen()->set_cause(cause);
  return {};
}

Status FillLane(const ActFlags& flags, Act& act) {
  v1::ReviewLane::Value lane = v1::ReviewLane::UNSPECIFIED;
  const bool is_known = v1::ReviewLane::Value_Parse(Upper(flags.lane), &lane);
  const bool may_ask = is_known && (lane == v1::ReviewLane::INCIDENT || lane == v1::ReviewLane::GATE_BLOCKING ||
                                    lane == v1::ReviewLane::NORMAL);
  if (!may_ask)
    return Fail(ErrorCode::kInvalidArgument,
                "--to: a lane is incident, gate_blocking or normal, and not \"" + flags.lane + "\"");
  act.mutable_change_lane()->set_lane(lane);
  act.mutable_change_lane()->set_reason(flags.reason);
  if (flags.due_in.empty()) return {};
  const auto due_in = ParseDuration(flags.due_in);
  if (!due_in) return Fail(ErrorCode::kInvalidArgument, "--due-in: " + due_in.error().message);
  const Time due = SystemClock().Now() + *due_in;
  act.mutable_change_lane()->mutable_due_at()->set_seconds(
      std::chrono::duration_cast<std::chrono::seconds>(due.time_since_epoch()).count());
  return {};
}

Status FillAdvance(const ActFlags& flags, Act& act) {
  act.mutable_advance_rubric()->set_version(flags.version);
  act.mutable_advance_rubric()->set_approval(flags.approval);
  act.mutable_advance_rubric()->set_also_done(flags.also_done);
  return {};
}

Status FillVoid(const ActFlags& flags, Act& act) {
  act.mutable_void_judgement()->set_judgement(flags.judgement);
  act.mutable_void_judgement()->set_reason(flags.reason);
  return {};
}

Status FillAwait(const ActFlags& flags, Act& act) {
  act.mutable_await_guideline()->set_clarification(flags.clarification);
  return {};
}

Status FillResume(const ActFlags& flags, Act& act) {
  act.mutable_guideline_arrived()->set_clarification(flags.clarification);
  return {};
}

template <Act::Reason* (Act::*kOf)()>
Status FillReason(const ActFlags& flags, Act& act) {
  (act.*kOf)()->set_reason(flags.reason);
  return {};
}

int RunAct(const DaemonConnection& connection, const ActFlags& flags, Fill fill) {
  const auto items = ItemsOf(flags);
  if (!items) return Misused(items.error().message);
  Act request;
  if (const Status filled = fill(flags, request); !filled) return Misused(filled.error().message);
  return Acting(connection, std::move(request)).Run(*items);
}

}  // namespace

void AddReviewActVerbs(CLI::App& review, const GlobalOptions& options, Action& action) {
  const auto flags = std::make_shared<ActFlags>();
  const auto add = [&](const char* name, const char* says, Fill fill, bool is_of_one = false) {
    auto* verb = review.add_subcommand(name, says);
    if (is_of_one)
      verb->add_option("ITEM", flags->item, "id of the item")->required();
    else
      verb->add_option("ITEM", flags->items, "ids of items, at most 500; - reads them from stdin")->required();
    verb->callback([&action, &options, flags, fill] {
      action = [&options, flags, fill] {
        return WithConnection(
            options, [flags, fill](const DaemonConnection& connection) { return RunAct(connection, *flags, fill); });
      };
    });
    return verb;
  };
  const auto because = [&](CLI::App* verb) {
    verb->add_option("--reason", flags->reason, "why; is kept with the item")->required();
    return verb;
  };
  because(
      add("audit", "Have decisions looked at, whatever the draw said (leads)", FillReason<&Act::mutable_order_audit>));
  because(add("reopen", "Have items judged again that are decided (leads)", FillReopen))
      ->add_option("--cause", flags->cause,
                   "what was wrong: misread, slip, ambiguous, missing, guideline_change, other")
      ->capture_default_str();
  auto* lane = because(add("lane", "Make items more or less urgent (leads)", FillLane));
  lane->add_option("--to", flags->lane, "incident, gate_blocking or normal")->required();
  lane->add_option("--due-in", flags->due_in, "due so long from now, like 4h; otherwise as it is");
  add("await", "Let items wait until a question about the guideline is answered (leads)", FillAwait)
      ->add_option("--clarification", flags->clarification, "id of the question")
      ->required();
  add("resume", "Let items go on that waited for an answer (leads)", FillResume)
      ->add_option("--clarification", flags->clarification, "id of the question")
      ->required();
  auto* advance = add("advance", "Judge items by another version of their rubric (leads)", FillAdvance);
  advance->add_option("--to", flags->version, "version that was in service")->required();
  advance->add_option("--approval", flags->approval, "id of the approved change; another major version needs one");
  advance->add_flag("--also-done", flags->also_done, "also items that are done; they are judged anew");
  because(add("flag", "Flag harm of severity 1: holds the release until an adjudicator has decided",
              FillReason<&Act::mutable_flag_severe>));
  because(
      add("withhold", "Withhold what items show, for personal data or a secret", FillReason<&Act::mutable_quarantine>));
  because(add("cancel",
              "Take items out; what was said of them is kept and does not count (leads, suite owners, managers)",
              FillReason<&Act::mutable_cancel>));
  auto* voids = because(add("void", "Take a judgement out of the count (leads, auditors)", FillVoid, true));
  voids->add_option("JUDGEMENT", flags->judgement, "id of the judgement, as in the JSON of show")->required();
}

}  // namespace assay
