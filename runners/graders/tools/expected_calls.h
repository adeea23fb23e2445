#pragma once
// The calls that a case expects. Only for files of this folder.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/fields.h"
#include "core/case.h"
#include "core/score.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/tools/json_template.h"

namespace assay {

struct ExpectedCall {
  std::string name;
  Json arguments = Json(Json::Object{});
  // Which answer makes it, from 0, where the list has lists: [[a, b], [c]] are two answers. 0 otherwise.
  std::size_t group = 0;
};

struct ExpectedList {
  std::vector<ExpectedCall> calls;
  std::optional<std::size_t> groups;  // how many, where the list has lists
};

// The options that name them; those of a grader derive from this.
struct ExpectedOptions {
  std::optional<Json> expected = {};
  std::string expected_field = "expected_calls";
};

template <class T>
void AddExpectedFields(FieldTable<T>& table) {
  table.template Optional<std::optional<Json>>(
      "expected", &T::expected,
      "the calls that are expected, if they are the same for every case; texts are templates");
  table.template Optional<std::string>("expected_field", &T::expected_field, "the field of the case that has them",
                                       {.min_size = 1});
  table.AtMostOneOf({"expected", "expected_field"});
}

// Immutable, thread-safe.
class ExpectedCalls {
 public:
  static std::optional<ExpectedCalls> Make(const ExpectedOptions& options, const Node& node, Diagnostics& diagnostics);

  // UNSCORED for a case that has none; an empty list is one. ERROR for what is no list of calls, or more than
  // 1,000.
  std::expected<ExpectedList, Score> For(const Case& item) const;
  std::vector<std::string> RequiredFields() const;

 private:
  std::string field_;
  std::optional<CallTemplate> inline_;
};

// The factory of a grader that needs its options and the calls that are expected, and nothing else.
template <class MadeGrader, class Options>
std::unique_ptr<Grader> MakeWithExpectedCalls(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  Options options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto expected = ExpectedCalls::Make(options, node, diagnostics);
  if (!expected) return nullptr;
  return std::make_unique<MadeGrader>(options, *std::move(expected));
}

// `"f" {"a":1}`, cut.
std::string Shown(const ExpectedCall& call);
std::string NamesOf(const std::vector<ExpectedCall>& calls);

}  // namespace assay
