#pragma once
// CSV as RFC 4180 has it, in pieces: rows out, rows in. Not thread-safe.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "review/interchange/text_pieces.h"

namespace assay {

// `text` as a field: in quotes where it must be, or always; quotes in it doubled.
std::string CsvField(std::string_view text, bool always_quoted = false);

// `text` with a quote before it where a spreadsheet would take it for a formula: it begins with one of = + - @, a tab
// or a carriage return (also behind white space, and in the wide forms of these characters).
std::string WithoutFormula(std::string_view text);

// Rows as lists of texts. The first line may have a byte order mark; lines end with CRLF or LF; blank lines are none.
// What is wrong is said with its line and skipped up to the end of it: a quote in the middle of a field, text behind a
// closing quote, more than `longest` bytes or `most_fields` fields, a quote that is not closed.
class CsvRows {
 public:
  struct Handlers {
    // `was_quoted[i]`: whether field i stood in quotes, by which Label Studio tells texts from numbers.
    std::function<Status(std::vector<std::string> row, std::vector<bool> was_quoted, std::int64_t line)> row;
    std::function<Status(std::int64_t line, const std::string& reason)> fault;
  };
  CsvRows(Handlers handlers, std::size_t longest, std::size_t most_fields = 4096)
      : handlers_(std::move(handlers)), longest_(longest), most_fields_(most_fields) {}

  Status Read(std::string_view chunk);
  Status Finish();

 private:
  enum class At { kFieldStart, kPlain, kQuoted, kQuoteInQuoted, kCarriageReturn, kSkipping };

  Status Take(char c);
  void Add(char c);
  void EndField();
  Status EndRow();
  void Fault(std::string reason);

  Handlers handlers_;
  std::size_t longest_;
  std::size_t most_fields_;
  At at_ = At::kFieldStart;
  std::string field_;
  bool is_quoted_ = false;
  std::vector<std::string> row_;
  std::vector<bool> was_quoted_;
  std::size_t bytes_ = 0;
  std::string fault_;
  std::int64_t line_ = 1;
  std::int64_t begun_at_ = 1;
};

}  // namespace assay
