// yaml: lists of mappings, or mappings, in one or several documents. YAML cannot be cut into rows before it is parsed,
// so it is read whole, and bounded for that.

#include <algorithm>
#include <utility>

#include "config/node.h"
#include "runners/dataset_format.h"

namespace assay {
namespace {

constexpr YamlLimits kYaml = {.bytes = 4u << 20, .depth = 64, .nodes = 250'000, .expanded_bytes = 16u << 20};

class YamlReader final : public RowReader {
 public:
  YamlReader(DatasetInput& input, std::size_t max_bytes) : input_(input), max_bytes_(max_bytes) {}

  Result<std::optional<DatasetRecord>> Next() override {
    if (!is_parsed_) {
      ASSAY_TRY(Parse());
      is_parsed_ = true;
    }
    if (next_ == rows_.size()) return std::nullopt;
    const Node row = std::exchange(rows_[next_++], Node());
    Json fields = row.ToJson();
    if (fields.Dump().size() > max_bytes_) return input_.TooLong(row.position().line, max_bytes_);
    return DatasetRecord{std::move(fields), row.position().line};
  }

 private:
  Status Parse() {
    ASSAY_ASSIGN(std::string text, ReadAll());
    Diagnostics diagnostics;
    const std::vector<YamlDocument> documents = ParseYaml(input_.name(), std::move(text), diagnostics, kYaml);
    if (!diagnostics.empty()) {
      const Diagnostic first = diagnostics.Sorted().front();
      return input_.Wrong(std::max(first.line, 1), first.message);
    }
    for (const YamlDocument& document : documents) ASSAY_TRY(TakeRows(document.root));
    return {};
  }

  Result<std::string> ReadAll() {
    std::string text;
    for (int c = input_.Get(); c != DatasetInput::kEnd; c = input_.Get()) {
      if (text.size() == kYaml.bytes) {
        return input_.Wrong(input_.line(),
                            "a YAML dataset has at most " + std::to_string(kYaml.bytes >> 20) +
                                " MiB, because it is read whole; use .jsonl for more",
                            ErrorCode::kResourceExhausted);
      }
      text += static_cast<char>(c);
    }
    return text;
  }

  Status TakeRows(const Node& root) {
    if (!root.is_sequence()) return TakeRow(root);
    for (std::size_t i = 0; i < root.size(); ++i) ASSAY_TRY(TakeRow(root.at(i)));
    return {};
  }

  Status TakeRow(const Node& row) {
    if (!row.is_mapping()) {
      return input_.Wrong(row.position().line, "a row must be a mapping (field: value), not " + row.Describe());
    }
    rows_.push_back(row);
    return {};
  }

  DatasetInput& input_;
  std::size_t max_bytes_;
  bool is_parsed_ = false;
  std::vector<Node> rows_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<RowReader> MakeYamlReader(DatasetInput& input, const DatasetLimits& limits) {
  return std::make_unique<YamlReader>(input, limits.max_row_bytes);
}

}  // namespace assay
