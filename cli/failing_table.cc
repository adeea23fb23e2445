#include "cli/failing_table.h"

#include <algorithm>

namespace assay {

Table FailingTable(const std::vector<FailingCase>& failing, std::size_t width) {
  const bool compares = std::ranges::any_of(failing, [](const FailingCase& item) { return item.baseline.has_value(); });
  const bool has_slices = std::ranges::any_of(failing, [](const FailingCase& item) { return !item.slice.empty(); });
  const bool has_labels = std::ranges::any_of(failing, [](const FailingCase& item) { return !item.label.empty(); });
  std::vector<std::string> columns{"RULE"};
  if (has_slices) columns.emplace_back("SLICE");
  if (has_labels) columns.emplace_back("LABEL");
  columns.insert(columns.end(), {"CASE", "WHY", "RESPONSE"});
  if (compares) columns.insert(columns.end(), {"BASELINE", "ITS RESPONSE"});
  Table table(columns);
  for (const FailingCase& item : failing) {
    std::vector<std::string> row{item.rule};
    if (has_slices) row.push_back(Excerpt(item.slice, 40));
    if (has_labels) row.push_back(Excerpt(item.label, 40));
    row.insert(row.end(), {Excerpt(item.case_id, 40), Excerpt(item.reason, width), Excerpt(item.response, width)});
    if (compares) {
      row.push_back(item.baseline ? Excerpt(item.baseline->reason, width) : "");
      row.push_back(item.baseline ? Excerpt(item.baseline->response, width) : "");
    }
    table.Add(std::move(row));
  }
  return table;
}

std::string FailingLine(const FailingCase& failing, std::size_t width) {
  std::string text = (failing.slice.empty() ? "" : Excerpt(failing.slice, 40) + ", ") + Excerpt(failing.case_id, 40) +
                     (failing.label.empty() ? "" : " [" + Excerpt(failing.label, 40) + "]") + ": " +
                     Excerpt(failing.reason, width) + " | " + Excerpt(failing.response, width);
  if (failing.baseline) {
    text +=
        " | baseline: " + Excerpt(failing.baseline->reason, width) + " | " + Excerpt(failing.baseline->response, width);
  }
  return text;
}

Json FailingJson(const std::vector<FailingCase>& failing) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  Json::Array cases;
  for (const FailingCase& item : failing) {
    const Json baseline =
        item.baseline ? Json::Of({{"reason", or_null(item.baseline->reason)}, {"response", item.baseline->response}})
                      : Json();
    cases.push_back(Json::Of({{"rule", item.rule},
                              {"suite", item.suite},
                              {"slice", or_null(item.slice)},
                              {"label", or_null(item.label)},
                              {"case_id", item.case_id},
                              {"reason", or_null(item.reason)},
                              {"response", item.response},
                              {"baseline", baseline}}));
  }
  return Json(std::move(cases));
}

}  // namespace assay
