// json_path: checks of the values at paths all hold. json_path_share: the share of them that holds. json_keys: the
// share of members that are as expected.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/structure/json_check.h"
#include "runners/graders/structure/response_json.h"

namespace assay {
namespace {

struct JsonPathOptions {
  std::vector<JsonCheckOptions> checks;
  static const FieldTable<JsonPathOptions>& Fields();
};

const FieldTable<JsonPathOptions>& JsonPathOptions::Fields() {
  static const auto table = FieldTable<JsonPathOptions>().Required(
      "checks", &JsonPathOptions::checks,
      "each a `path` and what is asked of the values there: `exists`, `equals`, `one_of`, `contains`, `matches`, "
      "`type`, "
      "`min`, `max`, `above`, `below`, `min_size`, `max_size`, `schema`; with `values: any` of one of several values",
      {.min_size = 1, .max_size = 1000});
  return table;
}

class JsonPathJudge final : public Grader {
 public:
  JsonPathJudge(std::vector<JsonCheck> checks, bool is_share) : checks_(std::move(checks)), is_share_(is_share) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto value = ResponseJson(response);
    if (!value) return value.error();
    std::size_t right = 0;
    std::string first;
    std::string all;
    for (const JsonCheck& check : checks_) {
      auto wrong = check.Run(item, *value);
      if (!wrong) return std::move(wrong).error();
      right += *wrong ? 0 : 1;
      if (!*wrong) continue;
      if (first.empty()) first = **wrong;
      if (all.size() < 2000) all += (all.empty() ? "" : "\n") + **wrong;
    }
    const std::string of_all = std::to_string(right) + " of " + std::to_string(checks_.size()) + " checks hold";
    Score score = is_share_       ? Score::Measured(static_cast<double>(right) / static_cast<double>(checks_.size()),
                                                    of_all + (first.empty() ? "" : "; " + first))
                  : first.empty() ? Score::Pass(checks_.size() == 1 ? "the check holds" : of_all)
                                  : Score::Failing(first);
    score.evidence = std::move(all);
    return score;
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields;
    for (const JsonCheck& check : checks_) {
      fields.insert(fields.end(), check.RequiredFields().begin(), check.RequiredFields().end());
    }
    return fields;
  }

 private:
  std::vector<JsonCheck> checks_;
  bool is_share_;
};

template <bool is_share>
std::unique_ptr<Grader> MakeChecks(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  JsonPathOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  const Node list = node.Find("checks").value_or(node);
  std::vector<JsonCheck> checks;
  for (std::size_t i = 0; i < options.checks.size(); ++i) {
    auto check = JsonCheck::Compile(list.at(i), options.checks[i], diagnostics);
    if (check) checks.push_back(*std::move(check));
  }
  if (checks.size() != options.checks.size()) return nullptr;
  return std::make_unique<JsonPathJudge>(std::move(checks), is_share);
}

}  // namespace

GraderKind JsonPathGrader() {
  return {1, "values within the JSON of the response are as they should be", &JsonPathOptions::Fields(),
          &MakeChecks<false>};
}

GraderKind JsonPathShareGrader() {
  GraderKind kind{1, "the share of checks of values within the JSON of the response that hold",
                  &JsonPathOptions::Fields(), &MakeChecks<true>};
  kind.value = GraderValue::kShare;
  return kind;
}

}  // namespace assay
