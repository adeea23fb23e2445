#pragma once
// The errors of a set of documents, all at once: where each stands, what it is about, and the source line under it.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// A place in a text: lines and columns count from 1, columns in characters (code points). Line 0: the file as a whole.
struct Position {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Diagnostic {
  std::string file;
  int line = 0;
  int column = 0;
  std::string path;  // of the value in its document: "graders[1].value"; "" for the document itself
  std::string message;

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// "file:line:col: path: message" without what is absent.
std::string ToString(const Diagnostic& diagnostic);

// Collects; keeps the first kMaxKept and counts the rest. Not thread-safe.
class Diagnostics {
 public:
  static constexpr std::size_t kMaxKept = 1000;

  void Add(Diagnostic diagnostic);
  // All of `other`, with the sources and secrets that it knows.
  void Append(const Diagnostics& other);
  // The text of a file, for the source lines of Render. ParseYaml calls it.
  void AddSource(std::string file, std::shared_ptr<const std::string> text);

  // From this place to the end of its line stands a secret, which Render does not show. It finds literal values of keys
  // such as api_key by itself, also where nothing else can be read.
  void HideRestOfLine(const std::string& file, Position from);

  bool empty() const { return count_ == 0; }
  // All that were added, also those not kept.
  std::size_t size() const { return count_; }
  // Those kept, by file, line and column; equal places in order of arrival; exact repeats once.
  std::vector<Diagnostic> Sorted() const;
  // For people: each as ToString, the source line where it is known (cut to a window when long) and a caret under the
  // column. Ends with a newline unless empty.
  std::string Render() const;

 private:
  std::vector<Diagnostic> kept_;
  std::size_t count_ = 0;
  std::map<std::string, std::shared_ptr<const std::string>, std::less<>> sources_;
  std::map<std::pair<std::string, int>, int> hidden_;  // by file and line: the column from which on
};

}  // namespace assay
