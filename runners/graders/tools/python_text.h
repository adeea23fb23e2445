#pragma once
// The words of Python's source: blanks, names, numbers, texts. Only for files of this folder.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "core/result.h"

namespace assay {

// Where reading stands. Not thread-safe; the text is UTF-8 and outlives it.
class PythonText {
 public:
  explicit PythonText(std::string_view text) : text_(text) {}

  // Passes blanks, line ends, comments and a backslash before a line end.
  void SkipBlanks();
  bool AtEnd() const { return at_ >= text_.size(); }
  // The next character after blanks, '\0' at the end.
  char Peek();
  // Passes `word` if it is next after blanks.
  bool Take(std::string_view word);
  bool IsNext(std::string_view word);

  bool IsNameNext();
  std::string_view TakeName();  // needs IsNameNext()
  bool IsNumberNext();
  Result<Json> TakeNumber();  // needs IsNumberNext(); an integer beyond int64 becomes a double
  // Whether a text literal is next, with its prefix if it has one.
  bool IsTextNext();
  Result<std::string> TakeText();  // needs IsTextNext()

  std::size_t at() const { return at_; }
  std::string_view From(std::size_t begin) const { return text_.substr(begin, at_ - begin); }
  // `what` with the place.
  std::unexpected<Error> Wrong(std::string what) const;

 private:
  char At(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  std::size_t PrefixOfText() const;
  Result<void> TakeEscape(std::string& out);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace assay
