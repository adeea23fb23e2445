#pragma once
// What graders ask of the values at a path of a response.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/case.h"
#include "core/score.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/structure/expected_json.h"
#include "runners/graders/structure/json_schema.h"
#include "runners/graders/structure/json_steps.h"

namespace re2 {
class RE2;
}

namespace assay {

enum class CheckedType { kNull, kBoolean, kInteger, kNumber, kString, kArray, kObject };
enum class CheckedValues { kAll, kAny };

// One entry of `checks`, as it is written.
struct JsonCheckOptions {
  std::string path;
  CheckedValues values = CheckedValues::kAll;
  std::optional<bool> exists;
  std::optional<Node> equals;
  std::optional<Node> one_of;
  std::optional<std::string> contains;
  std::optional<std::string> matches;
  std::optional<CheckedType> type;
  std::optional<double> min, max, above, below;
  std::optional<std::int64_t> min_size, max_size;
  std::optional<Json> schema;
  static const FieldTable<JsonCheckOptions>& Fields();
};

// Immutable, thread-safe.
class JsonCheck {
 public:
  // Nullopt after reporting what is wrong.
  static std::optional<JsonCheck> Compile(const Node& node, const JsonCheckOptions& options, Diagnostics& diagnostics);

  // What is wrong, with the path; nullopt when nothing is. A score when the case lacks what is compared with.
  std::expected<std::optional<std::string>, Score> Run(const Case& item, const Json& response) const;
  const std::vector<std::string>& RequiredFields() const { return fields_; }

 private:
  struct Wanted;  // of one case
  std::expected<Wanted, Score> For(const Case& item) const;
  std::expected<std::string, Score> Wrong(const Json& value, const Wanted& wanted) const;
  std::string WrongSize(const Json& value) const;
  std::string WrongNumber(const Json& value) const;
  bool Compile(const Node& node, Diagnostics& diagnostics);

  explicit JsonCheck(JsonSteps path) : path_(std::move(path)) {}
  JsonCheckOptions options_;
  JsonSteps path_;
  std::optional<JsonTemplate> equals_;
  std::optional<JsonTemplate> one_of_;
  std::optional<Target> contains_;
  std::shared_ptr<const re2::RE2> matches_;
  std::optional<JsonSchema> schema_;
  std::vector<std::string> fields_;
};

}  // namespace assay
