// review work|queues|list|show|report|people|versions|changes|approve|reject; actions on items, export and import have
// files of their own

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "assay/v1/review.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/reflected_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/plain_line.h"

namespace assay {
namespace {

using Stub = v1::ReviewService::Stub;

constexpr std::size_t kWide = 60;

bool IsJson(const DaemonConnection& connection) { return connection.options().output == OutputFormat::kJson; }

std::string TimeOf(bool has, const google::protobuf::Timestamp& time) {
  if (!has) return "";
  return FormatTime(Time(std::chrono::seconds(time.seconds()))).substr(0, 19) + "Z";
}

std::string ShareText(const v1::ReviewShare& share) {
  if (share.of() == 0) return "–";
  return std::to_string(share.count()) + " of " + std::to_string(share.of()) + " (" +
         FormatNumber(share.has_lower() ? std::optional(share.lower()) : std::nullopt) + " to " +
         FormatNumber(share.has_upper() ? std::optional(share.upper()) : std::nullopt) + ")";
}

std::string LowerWord(std::string word) {
  for (char& c : word) c = c == '_' ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return word;
}

// Calls a method and prints its answer: as JSON, or what `text` makes of it.
template <class Request, class Response>
int Ask(const DaemonConnection& connection,
        grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), Request request,
        const std::function<std::string(const Response&)>& text) {
  request.set_project(connection.options().project);
  Response response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::ReviewService::NewStub(connection.channel());
  const grpc::Status status = (stub.get()->*method)(&context, request, &response);
  if (!status.ok()) return connection.Report(status);
  return Print(IsJson(connection) ? ReflectedJson(response).DumpIndented() + "\n" : text(response));
}

// How far the caller is, quality first.
std::string MyTargetsText(const v1::QueueWork& work) {
  const v1::QueueTargets& targets = work.targets();
  std::string text = LowerWord(v1::WorkComplexity::Value_Name(targets.complexity())) + " work; audits passed " +
                     ShareText(work.audits_passed());
  if (targets.has_audits_passed()) text += ", wanted " + FormatNumber(targets.audits_passed());
  if (targets.quality_first()) return text + "; volume is no target";
  text += "; judged today " + std::to_string(work.judged_today());
  if (targets.has_per_day()) text += " of " + std::to_string(targets.per_day());
  return text;
}

std::string WorkText(const v1::GetMyWorkResponse& work) {
  if (!work.denied().empty()) return PlainLine(work.denied()) + "\n";
  Table table({"QUEUE", "TO JUDGE", "TO ADJUDICATE", "TO AUDIT", "TO RULE ON", "OPEN", "DUE", "WHY NONE"});
  for (const v1::QueueWork& queue : work.queues()) {
    table.Add({queue.queue(), std::to_string(queue.labels()), std::to_string(queue.adjudications()),
               std::to_string(queue.audits()), std::to_string(queue.escalations()), std::to_string(queue.open()),
               TimeOf(queue.has_due_at(), queue.due_at()), Excerpt(queue.why_none(), kWide)});
  }
  std::string text = table.Render();
  for (const v1::QueueWork& queue : work.queues()) {
    if (queue.has_targets()) text += queue.queue() + ": " + MyTargetsText(queue) + "\n";
  }
  for (const v1::ReviewItem& item : work.held()) text += "you have  " + item.id() + "  " + item.queue() + "\n";
  return text + "judged today  " + std::to_string(work.judged_today()) + "\n";
}

std::string QueuesText(const v1::ListQueuesResponse& queues) {
  Table table({"QUEUE", "KIND", "RUBRIC", "OPEN", "OLDEST", "DONE BY", "OVERDUE", "HARM", "PEOPLE", "STATES"});
  for (const v1::QueueStatus& queue : queues.queues()) {
    std::string states;
    for (const v1::QueueStatus::StateCount& count : queue.states())
      states += (states.empty() ? "" : ", ") + std::to_string(count.items()) + " " +
                v1::ReviewState::Value_Name(count.state());
    table.Add({queue.queue(), v1::ReviewItemKind::Value_Name(queue.kind()),
               queue.rubric() + " " + queue.rubric_version(), std::to_string(queue.open()),
               TimeOf(queue.has_oldest_at(), queue.oldest_at()), TimeOf(queue.has_open_done_at(), queue.open_done_at()),
               std::to_string(queue.overdue()), std::to_string(queue.severe_flags()), std::to_string(queue.people()),
               states});
  }
  std::string text = table.Render();
  for (const v1::QueueStatus& queue : queues.queues()) {
    if (!queue.held_up_by().empty()) text += queue.queue() + ": " + PlainLine(queue.held_up_by()) + "\n";
    for (const v1::HeldItem& held : queue.held())
      text += queue.queue() + ": " + held.lease().person() + " has " + held.item() + " to " +
              LowerWord(v1::LeaseRole::Value_Name(held.lease().role())) + " until " +
              TimeOf(true, held.lease().expires_at()) + "\n";
  }
  return text;
}

std::string ItemsText(const v1::ListItemsResponse& items) {
  Table table({"ITEM", "QUEUE", "STATE", "LANE", "CASE", "TRIAL", "ENTERED", "DUE", "RUBRIC", "REASONS"});
  for (const v1::ReviewItem& item : items.items()) {
    std::string reasons;
    for (const std::string& reason : item.reasons()) reasons += (reasons.empty() ? "" : ", ") + reason;
    table.Add({item.id(), item.queue(), v1::ReviewState::Value_Name(item.state()),
               v1::ReviewLane::Value_Name(item.lane()), Excerpt(item.case_id(), 30), std::to_string(item.trial()),
               TimeOf(true, item.entered_at()), TimeOf(item.has_due_at(), item.due_at()), item.answered_under(),
               reasons});
  }
  return table.Render();
}

std::string ItemText(const v1::GetItemResponse& response) {
  const v1::ReviewItemView& view = response.view();
  std::string text = "item      " + view.item().id() + "  " + v1::ReviewState::Value_Name(view.item().state()) + "\n";
  text += "queue     " + view.item().queue() + ", rubric " + view.item().rubric() + " " + view.item().rubric_version() +
          "\n";
  text +=
      "case      " + Excerpt(view.item().case_id(), kWide) + ", trial " + std::to_string(view.item().trial()) + "\n";
  if (!view.withheld().empty()) text += "withheld  " + PlainLine(view.withheld()) + "\n";
  if (!view.content().masked_by().empty()) text += "masked by " + view.content().masked_by() + "\n";
  for (const v1::ShownResponse& shown : view.content().responses())
    text += "response  " + shown.id() + "  " + Excerpt(shown.text(), 200) + "\n";
  for (const v1::ReviewDecision& decision : view.decisions())
    text += "decided   " + TimeOf(true, decision.at()) + "  " + v1::DecisionMethod::Value_Name(decision.method()) +
            (decision.is_active() ? "" : " (ended)") + "\n";
  for (const v1::ReviewEvent& event : view.history())
    text += "  " + TimeOf(true, event.at()) + "  " + PlainLine(event.actor()) + "  " + PlainLine(event.what()) + "  " +
            Excerpt(event.note(), kWide) + "\n";
  return text;
}

std::string TargetsText(const v1::GetQueueReportResponse& report) {
  if (report.standings_size() == 0) return "";
  Table table({"TARGET", "WANTED", "IS", "BOUNDS", "OF", "STATE"});
  for (const v1::TargetStanding& each : report.standings()) {
    const auto number = [](bool has, double value) { return FormatNumber(has ? std::optional(value) : std::nullopt); };
    table.Add({LowerWord(v1::TargetMeasure::Value_Name(each.measure())) +
                   (each.criterion().empty() ? "" : " of " + each.criterion()),
               FormatNumber(each.target()), number(each.has_value(), each.value()),
               each.has_lower() ? number(true, each.lower()) + " to " + number(each.has_upper(), each.upper()) : "",
               std::to_string(each.of()), LowerWord(v1::TargetState::Value_Name(each.state()))});
  }
  return "\n" + LowerWord(v1::WorkComplexity::Value_Name(report.targets().complexity())) + " work\n" + table.Render();
}

std::string DifferencesText(const v1::GetQueueReportResponse& report) {
  if (report.differences_size() == 0) return "";
  Table table({"CRITERION", "TWO PEOPLE", "BOTH JUDGED", "THE SAME", "KAPPA"});
  for (const v1::CriterionDifferences& each : report.differences()) {
    for (const v1::PairOfPeople& pair : each.people())
      table.Add({each.criterion(), pair.one() + ", " + pair.other(), std::to_string(pair.units()),
                 std::to_string(pair.same()),
                 FormatNumber(pair.has_kappa() ? std::optional(pair.kappa()) : std::nullopt)});
  }
  return "\n" + table.Render();
}

std::string ReportText(const v1::GetQueueReportResponse& report) {
  std::string text = "from " + TimeOf(true, report.from()) + " to " + TimeOf(true, report.to()) + ", " +
                     std::to_string(report.items_seen()) + " items\n\n";
  Table measures({"MEASURE", "VALUE"});
  for (const v1::NamedCount& count : report.judgements())
    measures.Add({"judgements: " + count.name(), std::to_string(count.count())});
  measures.Add({"items done", std::to_string(report.items_done())});
  measures.Add({"audits passed", ShareText(report.audits_passed())});
  measures.Add({"sent back for a mistake", ShareText(report.reworked())});
  for (const v1::NamedCount& count : report.reworks())
    measures.Add({"  because of " + count.name(), std::to_string(count.count())});
  measures.Add({"escalated", ShareText(report.escalated())});
  measures.Add({"adjudicated", ShareText(report.adjudicated())});
  measures.Add({"labels overturned", ShareText(report.labels_overturned())});
  measures.Add({"known answers right", ShareText(report.gold_hits())});
  measures.Add({"on time", ShareText(report.on_time())});
  measures.Add({"harm of severity 1", ShareText(report.severe())});
  measures.Add({"first shown wins", ShareText(report.first_shown_wins())});
  measures.Add({"longer one wins", ShareText(report.longer_wins())});
  for (const auto& [sight, of] : {std::pair("with a suggestion in view", &report.saw_suggestion()),
                                  std::pair("without one", &report.saw_none())}) {
    measures.Add({"labels " + std::string(sight), std::to_string(of->judgements())});
    measures.Add({"  overturned", ShareText(of->labels_overturned())});
    measures.Add({"  audits passed", ShareText(of->audits_passed())});
  }
  measures.Add({"says what is suggested in view", ShareText(report.suggestions().followed())});
  measures.Add({"says it where it is held back", ShareText(report.suggestions().control())});
  text += measures.Render() + "\n";
  Table agreement({"CRITERION", "UNITS", "AGREE", "ALPHA", "AC1", "MOST", "NOTE"});
  for (const v1::CriterionAgreement& each : report.agreement()) {
    agreement.Add({each.criterion(), std::to_string(each.units()),
                   FormatNumber(each.has_percent() ? std::optional(each.percent()) : std::nullopt),
                   FormatNumber(each.has_alpha() ? std::optional(each.alpha()) : std::nullopt),
                   FormatNumber(each.has_ac1() ? std::optional(each.ac1()) : std::nullopt),
                   each.most_frequent() + " " + FormatNumber(each.prevalence()), each.note()});
  }
  text += agreement.Render();
  return text + TargetsText(report) + DifferencesText(report);
}

// With the ends of those that end.
std::vector<std::string> ClearancesOf(const v1::Reviewer& person) {
  std::vector<std::string> words;
  for (const std::string& data_class : person.clearances()) {
    words.push_back(data_class);
    for (const v1::EndingClearance& ending : person.ending()) {
      if (ending.data_class() == data_class) words.back() += " until " + TimeOf(true, ending.until());
    }
  }
  return words;
}

std::string PeopleText(const v1::ListReviewersResponse& people) {
  Table table({"PERSON", "ROLES", "LANGUAGES", "SKILLS", "CLEARED", "QUEUES", "PAUSED"});
  const auto join = [](const auto& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
  };
  for (const v1::Reviewer& person : people.reviewers()) {
    std::vector<std::string> roles;
    for (const int role : person.roles())
      roles.push_back(v1::ReviewRole::Value_Name(static_cast<v1::ReviewRole::Value>(role)));
    table.Add({person.id(), join(roles), join(person.languages()), join(person.skills()), join(ClearancesOf(person)),
               person.queues().empty() ? "all" : join(person.queues()), Excerpt(person.paused_why(), kWide)});
  }
  return table.Render();
}

std::string VersionsText(const v1::ListRubricVersionsResponse& versions) {
  Table table({"VERSION", "SINCE", "READ BY", "REASON"});
  for (const v1::RubricVersion& version : versions.versions())
    table.Add({version.version(), TimeOf(true, version.kept_at()), std::to_string(version.acknowledged_by()),
               Excerpt(version.reason(), kWide)});
  return table.Render();
}

std::string ChangesText(const v1::ListChangesResponse& changes) {
  Table table({"CHANGE", "STATE", "KIND", "SUBJECT", "PROPOSER", "LACKS"});
  for (const v1::ChangeRequest& change : changes.changes())
    table.Add({change.id(), v1::ApprovalState::Value_Name(change.state()),
               v1::ReviewChange::Value_Name(change.change()), Excerpt(change.subject(), kWide), change.proposer(),
               change.missing()});
  return table.Render();
}

std::string ChangeText(const v1::GetChangeResponse& response) {
  const v1::ChangeRequest& change = response.change();
  std::string text = PlainLine(change.subject()) + "\n" + PlainLine(change.reason()) + "\n\n" + change.diff() + "\n\n" +
                     v1::ApprovalState::Value_Name(change.state()) +
                     (change.missing().empty() ? "" : "  lacks " + change.missing()) + "\n";
  for (const v1::ChangeAnswer& answer : change.answers()) {
    text += answer.person() + (answer.approves() ? " approves" : " rejects") +
            (answer.comment().empty() ? "" : ": " + PlainLine(answer.comment())) + "\n";
  }
  return text;
}

// Of exactly what is proposed now.
int Answer(const DaemonConnection& connection, const std::string& id, bool approves, const std::string& comment) {
  v1::GetChangeRequest asking;
  asking.set_project(connection.options().project);
  asking.set_id(id);
  v1::GetChangeResponse proposed;
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::ReviewService::NewStub(connection.channel());
  const grpc::Status status = stub->GetChange(&context, asking, &proposed);
  if (!status.ok()) return connection.Report(status);
  v1::AnswerChangeRequest request;
  request.set_diff_hash(proposed.change().diff_hash());
  request.set_id(id);
  request.set_approves(approves);
  request.set_comment(comment);
  return Ask<v1::AnswerChangeRequest, v1::AnswerChangeResponse>(
      connection, &Stub::AnswerChange, request, [](const v1::AnswerChangeResponse& answered) {
        const v1::ChangeRequest& change = answered.change();
        return change.id() + "  " + v1::ApprovalState::Value_Name(change.state()) +
               (change.missing().empty() ? "" : "  lacks " + change.missing()) + "\n";
      });
}

struct Arguments {
  std::string queue;
  std::string run;
  std::string state;
  std::string text;
  std::string rubric_version;
  bool outdated = false;
  std::string name;
  std::string comment;
  int limit = 100;
};

Result<v1::ListItemsRequest> ItemsRequest(const Arguments& arguments) {
  v1::ListItemsRequest request;
  request.set_queue(arguments.queue);
  request.set_run(arguments.run);
  request.set_text(arguments.text);
  request.set_page_size(arguments.limit);
  request.set_rubric_version(arguments.rubric_version);
  request.set_outdated(arguments.outdated);
  if (arguments.state.empty()) return request;
  std::string word = arguments.state;
  for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  v1::ReviewState::Value state = v1::ReviewState::UNSPECIFIED;
  if (!v1::ReviewState::Value_Parse(word, &state))
    return Fail(ErrorCode::kInvalidArgument, "--state: there is no state \"" + arguments.state +
                                                 "\"; known are queued, leased, partial, adjudication, decided, audit, "
                                                 "rework, done, escalated, blocked, quarantined, cancelled");
  request.add_states(state);
  return request;
}

}  // namespace

void AddReviewVerbs(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* review = app.add_subcommand("review", "What people judge")->require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();
  const auto add = [&](CLI::App& verb, std::function<int(const DaemonConnection&)> run) {
    verb.callback([&action, &options, run = std::move(run)] {
      action = [&options, run] { return WithConnection(options, run); };
    });
  };
  add(*review->add_subcommand("work", "What there is for you to do, by queue"), [](const DaemonConnection& connection) {
    return Ask<v1::GetMyWorkRequest, v1::GetMyWorkResponse>(connection, &Stub::GetMyWork, {}, WorkText);
  });
  add(*review->add_subcommand("queues", "Every queue: what is open, how old, until when"),
      [](const DaemonConnection& connection) {
        return Ask<v1::ListQueuesRequest, v1::ListQueuesResponse>(connection, &Stub::ListQueues, {}, QueuesText);
      });
  auto* list = review->add_subcommand("list", "Items, newest first");
  list->add_option("--queue", arguments->queue, "only of this queue");
  list->add_option("--run", arguments->run, "only of this run");
  list->add_option("--state", arguments->state, "only in this state, like adjudication");
  list->add_option("--text", arguments->text, "only with this in a ruling, a note or a rationale");
  list->add_option("--rubric-version", arguments->rubric_version,
                   "only what was answered under this version of the rubric, like 1.4 for all of 1.4");
  list->add_flag("--outdated", arguments->outdated,
                 "only what was answered under an older major or minor version than that in service");
  list->add_option("--limit", arguments->limit, "at most so many")->check(CLI::Range(1, 1000))->capture_default_str();
  add(*list, [arguments](const DaemonConnection& connection) {
    const auto request = ItemsRequest(*arguments);
    if (!request) {
      Complain(request.error().message);
      return int{kExitUsage};
    }
    return Ask<v1::ListItemsRequest, v1::ListItemsResponse>(connection, &Stub::ListItems, *request, ItemsText);
  });
  auto* show = review->add_subcommand("show", "One item, with all that you may see of it");
  show->add_option("ITEM", arguments->name, "id of the item")->required();
  add(*show, [arguments](const DaemonConnection& connection) {
    v1::GetItemRequest request;
    request.set_id(arguments->name);
    return Ask<v1::GetItemRequest, v1::GetItemResponse>(connection, &Stub::GetItem, request, ItemText);
  });
  auto* report = review->add_subcommand("report", "Measures and agreement of a queue in the last 30 days");
  report->add_option("QUEUE", arguments->name, "name of the queue")->required();
  add(*report, [arguments](const DaemonConnection& connection) {
    v1::GetQueueReportRequest request;
    request.set_queue(arguments->name);
    return Ask<v1::GetQueueReportRequest, v1::GetQueueReportResponse>(connection, &Stub::GetQueueReport, request,
                                                                      ReportText);
  });
  add(*review->add_subcommand("people", "Who reviews, in which roles; everybody for leads"),
      [](const DaemonConnection& connection) {
        return Ask<v1::ListReviewersRequest, v1::ListReviewersResponse>(connection, &Stub::ListReviewers, {},
                                                                        PeopleText);
      });
  auto* versions = review->add_subcommand("versions", "The versions of a rubric, and how many have read them");
  versions->add_option("RUBRIC", arguments->name, "name of the rubric")->required();
  add(*versions, [arguments](const DaemonConnection& connection) {
    v1::ListRubricVersionsRequest request;
    request.set_rubric(arguments->name);
    return Ask<v1::ListRubricVersionsRequest, v1::ListRubricVersionsResponse>(connection, &Stub::ListRubricVersions,
                                                                              request, VersionsText);
  });
  auto* changes = review->add_subcommand("changes", "Changes that others have to approve, or one of them as a whole");
  changes->add_option("CHANGE", arguments->name, "id of the change; who looks at a known answer is not asked it later");
  add(*changes, [arguments](const DaemonConnection& connection) {
    if (arguments->name.empty())
      return Ask<v1::ListChangesRequest, v1::ListChangesResponse>(connection, &Stub::ListChanges, {}, ChangesText);
    v1::GetChangeRequest request;
    request.set_id(arguments->name);
    return Ask<v1::GetChangeRequest, v1::GetChangeResponse>(connection, &Stub::GetChange, request, ChangeText);
  });
  AddReviewActVerbs(*review, options, action);
  AddReviewExportVerb(*review, options, action);
  AddReviewImportVerb(*review, options, action);
  AddReviewLineageVerb(*review, options, action);
  AddReviewArtefactVerbs(*review, options, action);
  AddReviewProgramVerbs(*review, options, action);
  for (const bool approves : {true, false}) {
    auto* answer = review->add_subcommand(approves ? "approve" : "reject",
                                          approves ? "Approve a change as it is proposed now" : "Reject a change");
    answer->add_option("CHANGE", arguments->name, "id of the change")->required();
    answer->add_option("--comment", arguments->comment, "what you think of it");
    add(*answer, [arguments, approves](const DaemonConnection& connection) {
      return Answer(connection, arguments->name, approves, arguments->comment);
    });
  }
}

}  // namespace assay
