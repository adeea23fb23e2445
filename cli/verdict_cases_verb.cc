// verdict cases: every case that counts against the rules of a verdict, with what the models answered.

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <expected>

#include "assay/v1/gate.grpc.pb.h"
#include "assay/v1/replay.grpc.pb.h"
#include "cli/exit_codes.h"
#include "cli/failing_table.h"
#include "cli/rule_words.h"
#include "cli/verbs.h"

namespace assay {
namespace {

constexpr std::ptrdiff_t kCasesAtOnce = 1000;  // of ListResults

struct CasesArguments {
  std::string verdict;
  std::string rule;
  int most = 1000;
};

// Of each part of the rules, in the order of the verdict; not empty.
std::expected<v1::ListWorstCasesResponse, grpc::Status> CasesOf(const DaemonConnection& connection,
                                                                const std::string& verdict,
                                                                const std::vector<std::string>& rules, int most) {
  v1::ListWorstCasesRequest request;
  request.set_project(connection.options().project);
  request.set_verdict_id(verdict);
  request.mutable_rules()->Add(rules.begin(), rules.end());
  request.set_most(most);
  v1::ListWorstCasesResponse response;
  grpc::ClientContext context;
  connection.Prepare(context, std::chrono::minutes(2));
  const auto stub = v1::ReplayService::NewStub(connection.channel());
  const grpc::Status status = stub->ListWorstCases(&context, request, &response);
  if (!status.ok()) return std::unexpected(status);
  return response;
}

const v1::RulePart* FindPart(const v1::RuleOutcome& rule, const v1::PartCases& listed) {
  const auto found = std::ranges::find_if(rule.parts(), [&](const v1::RulePart& part) {
    return part.suite() == listed.suite() && part.slice() == listed.slice() &&
           part.slice_value() == listed.slice_value();
  });
  return found == rule.parts().end() ? nullptr : &*found;
}

// Of a rule that is named every part; else what did not pass.
bool IsWanted(const CasesArguments& arguments, const v1::RulePart& part) {
  return !arguments.rule.empty() || part.state() != v1::VerdictState::PASS;
}

bool IsWanted(const CasesArguments& arguments, const v1::RuleOutcome& rule) {
  if (!arguments.rule.empty()) return rule.rule() == arguments.rule;
  return rule.state() != v1::VerdictState::PASS;
}

// What was answered to them, in pages.
void AddCases(const DaemonConnection& connection, const v1::Verdict& verdict, const v1::RuleOutcome& rule,
              const v1::RulePart& part, const v1::PartCases& listed, std::vector<FailingCase>& failing) {
  const std::vector<v1::WorstCase> all(listed.cases().begin(), listed.cases().end());
  for (auto at = all.begin(); at != all.end();) {
    const auto end = at + std::min(kCasesAtOnce, all.end() - at);
    std::ranges::move(LookUpCases(connection, verdict, rule, part, {at, end}), std::back_inserter(failing));
    at = end;
  }
}

std::string PlaceOf(const v1::RuleOutcome& rule, const v1::RulePart& part) {
  const std::string slice = SliceOf(part);
  return rule.rule() + (slice.empty() ? "" : " " + slice);
}

int UnknownRule(const v1::Verdict& verdict, const std::string& name) {
  std::string known;
  for (const v1::RuleOutcome& rule : verdict.rules()) known += (known.empty() ? "" : ", ") + rule.rule();
  std::fprintf(stderr, "assay: --rule: verdict %s has no rule \"%s\"; it has %s\n", verdict.id().c_str(), name.c_str(),
               known.c_str());
  return kExitUsage;
}

std::vector<std::string> WantedRules(const CasesArguments& arguments, const v1::Verdict& verdict) {
  std::vector<std::string> names;
  for (const v1::RuleOutcome& rule : verdict.rules())
    if (IsWanted(arguments, rule)) names.push_back(rule.rule());
  return names;
}

// Of one rule what was listed of several; `notes` says where there are more.
void AddListed(const DaemonConnection& connection, const CasesArguments& arguments, const v1::Verdict& verdict,
               const v1::RuleOutcome& rule, const v1::ListWorstCasesResponse& listed, std::vector<FailingCase>& failing,
               std::string& notes) {
  for (const v1::PartCases& each : listed.parts()) {
    if (each.rule() != rule.rule()) continue;
    const v1::RulePart* part = FindPart(rule, each);
    if (part == nullptr || !IsWanted(arguments, *part)) continue;
    AddCases(connection, verdict, rule, *part, each, failing);
    if (!each.is_all())
      notes += PlaceOf(rule, *part) + ": there are more than these " + std::to_string(each.cases_size()) + "\n";
  }
}

int ListCases(const DaemonConnection& connection, const CasesArguments& arguments) {
  v1::GetVerdictRequest request;
  request.set_project(connection.options().project);
  request.set_id(arguments.verdict);
  v1::GetVerdictResponse response;
  grpc::ClientContext context;
  connection.Prepare(context);
  const auto stub = v1::GateService::NewStub(connection.channel());
  if (const grpc::Status status = stub->GetVerdict(&context, request, &response); !status.ok())
    return connection.Report(status);
  const v1::Verdict& verdict = response.verdict();
  const auto has_name = [&](const v1::RuleOutcome& rule) { return rule.rule() == arguments.rule; };
  if (!arguments.rule.empty() && std::ranges::none_of(verdict.rules(), has_name))
    return UnknownRule(verdict, arguments.rule);
  std::vector<FailingCase> failing;
  std::string notes;
  if (const std::vector<std::string> wanted = WantedRules(arguments, verdict); !wanted.empty()) {
    const auto listed = CasesOf(connection, verdict.id(), wanted, arguments.most);
    if (!listed) return connection.Report(listed.error());
    for (const v1::RuleOutcome& rule : verdict.rules())
      AddListed(connection, arguments, verdict, rule, *listed, failing, notes);
  }
  if (connection.options().output == OutputFormat::kJson) return Print(FailingJson(failing).DumpIndented() + "\n");
  if (failing.empty())
    return Print("no case counts against " + (arguments.rule.empty() ? "a rule that did not pass" : arguments.rule) +
                 "\n");
  return Print(FailingTable(failing, 80).Render() + notes);
}

}  // namespace

void AddVerdictCasesVerb(CLI::App& verdict, const GlobalOptions& options, Action& action) {
  auto arguments = std::make_shared<CasesArguments>();
  auto* cases = verdict.add_subcommand(
      "cases", "List every case that counts against the rules of a verdict, with both models' answers");
  cases->add_option("VERDICT", arguments->verdict, "id of the verdict")->required();
  cases->add_option("--rule", arguments->rule, "only of this rule, also where it passed; default: all that did not");
  cases->add_option("--most", arguments->most, "of each part of a rule, the worst first")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  cases->callback([&action, &options, arguments] {
    action = [&options, arguments] {
      return WithConnection(options,
                            [&](const DaemonConnection& connection) { return ListCases(connection, *arguments); });
    };
  });
}

}  // namespace assay
