// json: a list of objects. It is not read whole: each object is cut out by its braces, then parsed by itself.

#include <utility>

#include "runners/dataset_format.h"

namespace assay {
namespace {

class JsonListReader final : public RowReader {
 public:
  JsonListReader(DatasetInput& input, std::size_t max_bytes) : input_(input), max_bytes_(max_bytes) {}

  Result<std::optional<DatasetRecord>> Next() override {
    ASSAY_ASSIGN(const bool any, FindRow());
    if (!any) return std::nullopt;
    const std::int64_t line = input_.line();
    ASSAY_TRY(CutOut());
    Result<Json> row = Json::Parse(text_, Json::kMaxDepth, RepeatedKeys::kRefuse);
    if (!row) return input_.Wrong(line, row.error().message);
    return DatasetRecord{*std::move(row), line};
  }

 private:
  // Moves on to the `{` of the next row; false after the list.
  Result<bool> FindRow() {
    ASSAY_ASSIGN(int c, NextToken());
    if (place_ == Place::kBeforeList) {
      if (c == DatasetInput::kEnd) return false;  // an empty file has no rows, as in the other formats
      if (c != '[') return Wrong("the file must be a list of objects ([{\"field\": value}, ...])");
      input_.Get();
      ASSAY_ASSIGN(c, NextToken());
    } else {
      if (c != ',' && c != ']') return Wrong("a row is followed by \",\" or \"]\"");
      if (c == ',') {
        input_.Get();
        ASSAY_ASSIGN(c, NextToken());
        if (c == ']') return Wrong("a row must follow the \",\"");
      }
    }
    if (c == '{') return true;
    if (c != ']') return Wrong("a row must be a JSON object ({\"field\": value})");
    input_.Get();
    ASSAY_ASSIGN(c, NextToken());
    if (c != DatasetInput::kEnd) return Wrong("text follows the list of rows");
    return false;
  }

  // The next byte that is no space, which stays unread.
  Result<int> NextToken() {
    std::size_t spaces = 0;
    for (int c = input_.Peek();; c = input_.Peek()) {
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return c;
      if (++spaces > max_bytes_) return input_.TooLong(input_.line(), max_bytes_);
      input_.Get();
    }
  }

  // The object that begins here, into text_. Brackets that do not match are left to the parser.
  Status CutOut() {
    place_ = Place::kBehindRow;
    text_.clear();
    const std::int64_t line = input_.line();
    std::size_t depth = 0;
    bool in_string = false;
    do {
      const int c = input_.Get();
      if (c == DatasetInput::kEnd) return input_.Wrong(line, "the row is not closed");
      if (text_.size() >= max_bytes_) return input_.TooLong(line, max_bytes_);
      text_ += static_cast<char>(c);
      if (in_string) {
        if (c == '\\' && input_.Peek() != DatasetInput::kEnd) text_ += static_cast<char>(input_.Get());
        in_string = c != '"';
      } else if (c == '"') {
        in_string = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        --depth;
      }
    } while (depth > 0);
    return {};
  }

  std::unexpected<Error> Wrong(const std::string& message) const { return input_.Wrong(input_.line(), message); }

  enum class Place { kBeforeList, kBehindRow };

  DatasetInput& input_;
  std::size_t max_bytes_;
  Place place_ = Place::kBeforeList;
  std::string text_;
};

}  // namespace

std::unique_ptr<RowReader> MakeJsonListReader(DatasetInput& input, const DatasetLimits& limits) {
  return std::make_unique<JsonListReader>(input, limits.max_row_bytes);
}

}  // namespace assay
