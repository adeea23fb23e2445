#include "cli/failure_groups.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "assay/v1/gate.pb.h"
#include "assay/v1/replay.grpc.pb.h"
#include "cli/connection.h"
#include "cli/rule_words.h"
#include "gates/slice_value.h"

namespace assay {
namespace {

const v1::RulePart* PartOf(const v1::RuleOutcome& rule, const v1::PartCases& listed) {
  const auto found = std::ranges::find_if(rule.parts(), [&](const v1::RulePart& part) {
    return part.suite() == listed.suite() && part.slice() == listed.slice() &&
           part.slice_value() == listed.slice_value();
  });
  return found == rule.parts().end() ? nullptr : &*found;
}

void AddGroups(const v1::RuleOutcome& rule, const v1::PartCases& listed, FailureGroups& groups) {
  const v1::RulePart* part = PartOf(rule, listed);
  if (part == nullptr || part->state() == v1::VerdictState::PASS) return;
  for (const v1::FailureGroup& group : listed.groups()) {
    groups.rows.push_back({.rule = rule.rule(),
                           .suite = listed.suite(),
                           .part = SliceOf(*part),
                           .slice = group.slice(),
                           .slice_value = group.slice_value(),
                           .label = group.label(),
                           .cases = group.cases(),
                           .of_cases = group.of_cases(),
                           .failing = listed.failing(),
                           .is_least = listed.is_least()});
  }
}

// The first of its parts that says why something is not there.
const std::string* SaidOf(const v1::RuleOutcome& rule, const v1::ListWorstCasesResponse& response,
                          const std::string& (v1::PartCases::*why)() const) {
  const auto part = std::ranges::find_if(response.parts(), [&](const v1::PartCases& each) {
    return each.rule() == rule.rule() && !(each.*why)().empty();
  });
  return part == response.parts().end() ? nullptr : &((*part).*why)();
}

void AddProblems(const v1::RuleOutcome& rule, const v1::ListWorstCasesResponse& response, FailureGroups& groups) {
  if (const std::string* why = SaidOf(rule, response, &v1::PartCases::labels_withheld))
    groups.problems.push_back(rule.rule() + ": labels of its failing cases are " + *why);
  if (const std::string* why = SaidOf(rule, response, &v1::PartCases::not_grouped))
    groups.problems.push_back(rule.rule() + ": its failing cases are not grouped: " + *why);
}

bool IsGrouped(const v1::RuleOutcome& rule) {
  const auto names_cases = [](const v1::RulePart& part) { return part.worst_cases_size() > 0; };
  return rule.state() != v1::VerdictState::PASS && std::ranges::any_of(rule.parts(), names_cases);
}

std::string SliceText(const FailureGroupRow& row) {
  if (row.slice.empty()) return "all cases";
  return Excerpt(row.slice + "=" + ShownSliceValue(row.slice_value), 40);
}

std::string FailingText(const FailureGroupRow& row) {
  return std::to_string(row.failing) + (row.is_least ? " or more" : "");
}

// Visits the largest of each part and slice; gives how many others there are, by the same.
template <class Visit>
std::map<std::tuple<std::string, std::string, std::string, std::string>, int> ForShown(const FailureGroups& groups,
                                                                                       const Visit& visit) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, int> left_out;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::size_t> shown;
  for (const FailureGroupRow& row : groups.rows) {
    const std::tuple key(row.rule, row.suite, row.part, row.slice);
    if (shown[key]++ < kMostGroupsShown) {
      visit(row);
    } else {
      ++left_out[key];
    }
  }
  return left_out;
}

}  // namespace

void AddFailureGroups(const v1::RuleOutcome& rule, const v1::ListWorstCasesResponse& response, FailureGroups& groups) {
  for (const v1::PartCases& part : response.parts())
    if (part.rule() == rule.rule()) AddGroups(rule, part, groups);
  AddProblems(rule, response, groups);
}

FailureGroups LookUpFailureGroups(const DaemonConnection& connection, const v1::Check& check) {
  FailureGroups groups;
  v1::ListWorstCasesRequest request;
  request.set_project(connection.options().project);
  request.set_verdict_id(check.verdict().id());
  request.set_most(1);
  request.set_group(true);
  for (const v1::RuleOutcome& rule : check.verdict().rules())
    if (IsGrouped(rule)) request.add_rules(rule.rule());
  if (request.rules().empty()) return groups;
  v1::ListWorstCasesResponse response;
  grpc::ClientContext context;
  connection.Prepare(context, std::chrono::seconds(30));
  const auto stub = v1::ReplayService::NewStub(connection.channel());
  if (const grpc::Status status = stub->ListWorstCases(&context, request, &response); !status.ok()) {
    groups.problems.push_back("failing cases are not grouped: " + status.error_message());
    return groups;
  }
  for (const v1::RuleOutcome& rule : check.verdict().rules())
    if (IsGrouped(rule)) AddFailureGroups(rule, response, groups);
  return groups;
}

Table GroupTable(const FailureGroups& groups, std::vector<std::string>& left_out) {
  const auto has = [&](const std::string FailureGroupRow::*text) {
    return std::ranges::any_of(groups.rows, [&](const FailureGroupRow& row) { return !(row.*text).empty(); });
  };
  const bool has_parts = has(&FailureGroupRow::part);
  const bool has_labels = has(&FailureGroupRow::label);
  std::vector<std::string> columns{"RULE"};
  if (has_parts) columns.emplace_back("PART");
  columns.emplace_back("SLICE");
  if (has_labels) columns.emplace_back("LABEL");
  columns.insert(columns.end(), {"FAIL", "OF CASES", "ALL THAT FAIL"});
  Table table(columns);
  std::tuple<std::string, std::string, std::string> last;
  const auto others = ForShown(groups, [&](const FailureGroupRow& row) {
    const std::tuple part(row.rule, row.suite, row.part);
    const bool is_first = std::exchange(last, part) != part;
    std::vector<std::string> cells{is_first ? row.rule : ""};
    if (has_parts) cells.push_back(is_first ? Excerpt(row.part, 40) : "");
    cells.push_back(SliceText(row));
    if (has_labels) cells.push_back(row.label.empty() ? "(none)" : Excerpt(row.label, 40));
    cells.insert(cells.end(),
                 {std::to_string(row.cases), std::to_string(row.of_cases), is_first ? FailingText(row) : ""});
    table.Add(std::move(cells));
  });
  for (const auto& [key, count] : others) {
    const auto& [rule, suite, part, slice] = key;
    left_out.push_back(rule + (part.empty() ? "" : " " + part) + ": " + std::to_string(count) + " smaller group" +
                       (count == 1 ? "" : "s") + (slice.empty() ? "" : " of " + slice) + " left out");
  }
  return table;
}

std::vector<std::string> GroupLines(const FailureGroups& groups, const std::string& rule) {
  std::vector<std::string> lines;
  ForShown(groups, [&](const FailureGroupRow& row) {
    if (row.rule != rule) return;
    lines.push_back((row.part.empty() ? "" : Excerpt(row.part, 40) + ", ") + SliceText(row) +
                    (row.label.empty() ? "" : ", label " + Excerpt(row.label, 40)) + ": " + std::to_string(row.cases) +
                    " of " + std::to_string(row.of_cases) + " cases, of " + FailingText(row) + " that fail");
  });
  return lines;
}

Json GroupsJson(const FailureGroups& groups) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  Json::Array rows;
  for (const FailureGroupRow& row : groups.rows) {
    rows.push_back(Json::Of({{"rule", row.rule},
                             {"suite", row.suite},
                             {"part", or_null(row.part)},
                             {"slice", or_null(row.slice)},
                             {"slice_value", row.slice.empty() ? Json() : Json(row.slice_value)},
                             {"label", or_null(row.label)},
                             {"cases", row.cases},
                             {"of_cases", row.of_cases},
                             {"failing", row.failing},
                             {"is_least", row.is_least}}));
  }
  return Json(std::move(rows));
}

}  // namespace assay
