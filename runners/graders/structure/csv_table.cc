#include "runners/graders/structure/csv_table.h"

#include <utility>

namespace assay {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  Result<std::vector<CsvRow>> Run() {
    std::vector<CsvRow> rows;
    while (at_ < text_.size()) {
      const std::size_t line = line_;
      CsvRow row;
      do {
        ASSAY_ASSIGN(std::string field, Field());
        row.push_back(std::move(field));
      } while (Take(delimiter_));
      if (at_ < text_.size() && !TakeLineEnd()) return Wrong("text after a closing quote");
      if (!rows.empty() && row.size() != rows.front().size()) {
        return Fail(ErrorCode::kInvalidArgument, "line " + std::to_string(line) + " has " + std::to_string(row.size()) +
                                                     " fields, the first " + std::to_string(rows.front().size()));
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  std::unexpected<Error> Wrong(const std::string& what) const {
    return Fail(ErrorCode::kInvalidArgument, what + " in line " + std::to_string(line_));
  }

  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool TakeLineEnd() {
    if (Take('\r') && (at_ == text_.size() || text_[at_] != '\n')) return false;
    if (at_ < text_.size() && !Take('\n')) return false;
    ++line_;
    return true;
  }

  Result<std::string> Field() {
    if (Take('"')) return QuotedField();
    const char ends[] = {delimiter_, '\n', '\r', '"', '\0'};
    const std::size_t end = std::min(text_.find_first_of(ends, at_, 4), text_.size());
    std::string field(text_.substr(at_, end - at_));
    at_ = end;
    if (at_ < text_.size() && text_[at_] == '"') return Wrong("a quote within a field that has none around it");
    return field;
  }

  Result<std::string> QuotedField() {
    std::string field;
    const std::size_t line = line_;
    for (;;) {
      const std::size_t quote = text_.find('"', at_);
      if (quote == std::string_view::npos) {
        return Fail(ErrorCode::kInvalidArgument, "a quote that is not closed in line " + std::to_string(line));
      }
      for (const char c : text_.substr(at_, quote - at_)) line_ += c == '\n' ? 1 : 0;
      field += text_.substr(at_, quote - at_);
      at_ = quote + 1;
      if (!Take('"')) return field;
      field += '"';
    }
  }

  std::string_view text_;
  char delimiter_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> ReadCsv(std::string_view text, char delimiter) { return CsvReader(text, delimiter).Run(); }

}  // namespace assay
