#include "review/interchange/csv_text.h"

#include <algorithm>

namespace assay {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

// What makes a formula of a text, among the wide forms those of U+FF1D, U+FF0B, U+FF0D and U+FF20.
bool BeginsFormula(std::string_view text) {
  if (text.empty()) return false;
  for (const std::string_view wide : {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"}) {
    if (text.starts_with(wide)) return true;
  }
  return std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
}

}  // namespace

std::string CsvField(std::string_view text, bool always_quoted) {
  const bool needs_quotes = always_quoted || text.find_first_of(",\"\r\n") != std::string_view::npos ||
                            text.starts_with(' ') || text.ends_with(' ');
  if (!needs_quotes) return std::string(text);
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += c;
    field += c;
  }
  return field + '"';
}

std::string WithoutFormula(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(" \n"), text.size());
  return BeginsFormula(text) || BeginsFormula(text.substr(first)) ? "'" + std::string(text) : std::string(text);
}

Status CsvRows::Read(std::string_view chunk) {
  for (const char c : chunk) {
    ASSAY_TRY(Take(c));
    if (c == '\n') ++line_;
  }
  return {};
}

Status CsvRows::Take(char c) {
  switch (at_) {
    case At::kFieldStart:
      if (c == '"') {
        at_ = At::kQuoted;
        is_quoted_ = true;
        return {};
      }
      at_ = At::kPlain;
      [[fallthrough]];
    case At::kPlain:
      if (c == ',') {
        EndField();
      } else if (c == '\n') {
        EndField();
        return EndRow();
      } else if (c == '\r') {
        at_ = At::kCarriageReturn;
      } else if (c == '"' && !(row_.empty() && line_ == 1 && field_ == kUtf8Mark)) {
        Fault("a quote inside of a field that does not begin with one; write \"...\"\"...\"");
      } else if (c == '"') {
        field_.clear();
        is_quoted_ = true;
        at_ = At::kQuoted;
      } else {
        Add(c);
      }
      return {};
    case At::kQuoted:
      if (c == '"') {
        at_ = At::kQuoteInQuoted;
      } else {
        Add(c);
      }
      return {};
    case At::kQuoteInQuoted:
      if (c == '"') {
        at_ = At::kQuoted;
        Add(c);
      } else if (c == ',') {
        EndField();
      } else if (c == '\n') {
        EndField();
        return EndRow();
      } else if (c == '\r') {
        at_ = At::kCarriageReturn;
      } else {
        Fault("text follows a closing quote; double the quotes inside of a field");
      }
      return {};
    case At::kCarriageReturn:
      if (c == '\n') {
        EndField();
        return EndRow();
      }
      Fault("a carriage return that does not end a line; put the field in quotes");
      return {};
    case At::kSkipping:
      return c == '\n' ? EndRow() : Status();
  }
  return {};
}

void CsvRows::Add(char c) {
  if (++bytes_ > longest_) return Fault("is longer than " + std::to_string(longest_) + " bytes");
  field_ += c;
}

void CsvRows::Fault(std::string reason) {
  fault_ = std::move(reason);
  at_ = At::kSkipping;
}

void CsvRows::EndField() {
  if (row_.size() >= most_fields_) return Fault("has more than " + std::to_string(most_fields_) + " fields");
  if (row_.empty() && begun_at_ == 1 && field_.starts_with(kUtf8Mark)) field_.erase(0, kUtf8Mark.size());
  row_.push_back(std::move(field_));
  was_quoted_.push_back(is_quoted_);
  field_.clear();
  is_quoted_ = false;
  at_ = At::kFieldStart;
}

Status CsvRows::EndRow() {
  Status status;
  const bool is_blank = row_.size() == 1 && row_[0].empty() && !was_quoted_[0];
  if (!fault_.empty()) {
    status = handlers_.fault(begun_at_, fault_);
  } else if (!is_blank) {
    status = handlers_.row(std::move(row_), std::move(was_quoted_), begun_at_);
  }
  row_.clear();
  was_quoted_.clear();
  field_.clear();
  fault_.clear();
  is_quoted_ = false;
  bytes_ = 0;
  at_ = At::kFieldStart;
  begun_at_ = line_ + 1;
  return status;
}

Status CsvRows::Finish() {
  if (at_ == At::kQuoted) {
    fault_ = "a quote is opened and not closed";
    return EndRow();
  }
  if (at_ == At::kFieldStart && row_.empty()) return {};
  if (at_ != At::kSkipping) EndField();
  return EndRow();
}

}  // namespace assay
