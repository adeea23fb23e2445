// csv: RFC 4180, strictly. The first row names the fields.

#include <algorithm>
#include <utility>

#include "runners/dataset_format.h"

namespace assay {
namespace {

constexpr std::size_t kMaxColumns = 4096;

class CsvReader final : public RowReader {
 public:
  CsvReader(DatasetInput& input, std::size_t max_bytes) : input_(input), max_bytes_(max_bytes) {}

  Result<std::optional<DatasetRecord>> Next() override {
    if (names_.empty()) {
      const std::int64_t line = input_.line();
      ASSAY_ASSIGN(const bool any, ReadRow());
      if (!any) return std::nullopt;
      ASSAY_TRY(TakeHeader(line));
    }
    std::size_t blank_lines = 0;
    while (true) {
      const std::int64_t line = input_.line();
      ASSAY_ASSIGN(const bool any, ReadRow());
      if (!any) return std::nullopt;
      if (values_.size() == 1 && values_.front().empty() && !quoted_ && names_.size() > 1) {  // a blank line
        if (++blank_lines > max_bytes_) return input_.TooLong(line, max_bytes_);
        continue;
      }
      if (values_.size() != names_.size()) {
        return input_.Wrong(line, "the row has " + std::to_string(values_.size()) + " values, the header " +
                                      std::to_string(names_.size()) + " names");
      }
      Json::Object fields;
      fields.reserve(names_.size());
      for (std::size_t i = 0; i < names_.size(); ++i) fields.emplace_back(names_[i], Json(std::move(values_[i])));
      return DatasetRecord{Json(std::move(fields)), line};
    }
  }

 private:
  Status TakeHeader(std::int64_t line) {
    for (const std::string& name : values_) {
      if (name.empty()) return input_.Wrong(line, "the header has a column without a name");
      if (std::count(values_.begin(), values_.end(), name) > 1) {
        return input_.Wrong(line, "the header names \"" + name + "\" twice");
      }
    }
    names_ = std::move(values_);
    return {};
  }

  // The next row into values_; false at the end of the file.
  Result<bool> ReadRow() {
    values_.clear();
    bytes_ = 0;
    quoted_ = false;
    if (input_.Peek() == DatasetInput::kEnd) return false;
    const std::int64_t line = input_.line();
    while (true) {
      if (values_.size() == kMaxColumns)
        return input_.Wrong(line, "more than 4096 columns", ErrorCode::kResourceExhausted);
      std::string value;
      ASSAY_TRY(input_.Peek() == '"' ? ReadQuoted(value, line) : ReadPlain(value, line));
      if (!IsUtf8(value)) return input_.Wrong(line, "value " + std::to_string(values_.size() + 1) + " is not UTF-8");
      values_.push_back(std::move(value));
      if (input_.Get() != ',') return true;
    }
  }

  // Up to a comma or the end of the line, which stays unread; the carriage return before it does not.
  Status ReadPlain(std::string& value, std::int64_t line) {
    while (!AtEndOfValue()) {
      const int c = input_.Get();
      if (c == '"') {
        return input_.Wrong(line, "a quote inside of a value that does not begin with one; write \"...\"\"...\"");
      }
      if (c == '\r' && (input_.Peek() == '\n' || input_.Peek() == DatasetInput::kEnd)) return {};
      ASSAY_TRY(Append(value, c, line));
    }
    return {};
  }

  Status ReadQuoted(std::string& value, std::int64_t line) {
    quoted_ = true;
    const std::int64_t opened = input_.line();
    input_.Get();
    while (true) {
      const int c = input_.Get();
      if (c == DatasetInput::kEnd) return input_.Wrong(opened, "a quote is opened but not closed");
      if (c != '"') {
        ASSAY_TRY(Append(value, c, line));
      } else if (input_.Peek() == '"') {
        ASSAY_TRY(Append(value, input_.Get(), line));
      } else {
        break;
      }
    }
    if (AtEndOfValue()) return {};
    const bool carriage_return = input_.Get() == '\r';
    if (carriage_return && (input_.Peek() == '\n' || input_.Peek() == DatasetInput::kEnd)) return {};
    return input_.Wrong(line, "text follows a closing quote; double the quotes inside of a value");
  }

  bool AtEndOfValue() {
    const int c = input_.Peek();
    return c == ',' || c == '\n' || c == DatasetInput::kEnd;
  }

  Status Append(std::string& value, int c, std::int64_t line) {
    if (++bytes_ > max_bytes_) return input_.TooLong(line, max_bytes_);
    value += static_cast<char>(c);
    return {};
  }

  DatasetInput& input_;
  std::size_t max_bytes_;
  std::vector<std::string> names_;
  std::vector<std::string> values_;  // of the row being read
  std::size_t bytes_ = 0;
  bool quoted_ = false;
};

}  // namespace

std::unique_ptr<RowReader> MakeCsvReader(DatasetInput& input, const DatasetLimits& limits) {
  return std::make_unique<CsvReader>(input, limits.max_row_bytes);
}

}  // namespace assay
