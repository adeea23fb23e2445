// jsonl: one JSON object a line.

#include <utility>

#include "runners/dataset_format.h"

namespace assay {
namespace {

class JsonlReader final : public RowReader {
 public:
  JsonlReader(std::unique_ptr<DatasetInput> input, std::size_t max_bytes)
      : input_(std::move(input)), max_bytes_(max_bytes) {}

  Result<std::optional<DatasetRecord>> Next() override {
    while (true) {
      const std::int64_t line = input_->line();
      if (!input_->ReadLine(text_, max_bytes_)) break;
      if (text_.size() > max_bytes_) {
        return input_->Wrong(line, "the row is longer than " + std::to_string(max_bytes_) + " bytes",
                             ErrorCode::kResourceExhausted);
      }
      if (text_.find_first_not_of(" \t\r") == std::string::npos) continue;
      Result<Json> row = Json::Parse(text_);
      if (!row) return input_->Wrong(line, row.error().message);
      if (!row->is_object()) return input_->Wrong(line, "a row must be a JSON object ({\"field\": value})");
      return DatasetRecord{*std::move(row), line};
    }
    if (input_->failed()) return input_->Wrong(input_->line(), "cannot be read on", ErrorCode::kUnavailable);
    return std::nullopt;
  }

 private:
  std::unique_ptr<DatasetInput> input_;
  std::size_t max_bytes_;
  std::string text_;
};

}  // namespace

std::unique_ptr<RowReader> MakeJsonlReader(std::unique_ptr<DatasetInput> input, const DatasetLimits& limits) {
  return std::make_unique<JsonlReader>(std::move(input), limits.max_row_bytes);
}

}  // namespace assay
