// jsonl: one JSON object a line.

#include <utility>

#include "runners/dataset_format.h"

namespace assay {
namespace {

class JsonlReader final : public RowReader {
 public:
  JsonlReader(DatasetInput& input, std::size_t max_bytes) : input_(input), max_bytes_(max_bytes) {}

  Result<std::optional<DatasetRecord>> Next() override {
    std::size_t blank = 0;
    while (true) {
      const std::int64_t line = input_.line();
      if (!input_.ReadLine(text_, max_bytes_)) return std::nullopt;
      if (text_.size() > max_bytes_ || blank > max_bytes_) return input_.TooLong(line, max_bytes_);
      if (text_.find_first_not_of(" \t\r") == std::string::npos) {
        blank += text_.size() + 1;
        continue;
      }
      Result<Json> row = Json::Parse(text_, Json::kMaxDepth, RepeatedKeys::kRefuse);
      if (!row) return input_.Wrong(line, row.error().message);
      if (!row->is_object()) return input_.Wrong(line, "a row must be a JSON object ({\"field\": value})");
      return DatasetRecord{*std::move(row), line};
    }
  }

 private:
  DatasetInput& input_;
  std::size_t max_bytes_;
  std::string text_;
};

}  // namespace

std::unique_ptr<RowReader> MakeJsonlReader(DatasetInput& input, const DatasetLimits& limits) {
  return std::make_unique<JsonlReader>(input, limits.max_row_bytes);
}

}  // namespace assay
