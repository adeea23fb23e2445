#include "config/diagnostics.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <tuple>
#include <utility>

#include "core/plain_line.h"

namespace assay {
namespace {

constexpr std::size_t kWindow = 120;        // characters of a source line that are shown
constexpr std::size_t kMaxLine = 1u << 20;  // bytes of a line that is shown at all
constexpr std::string_view kIndent = "    ";

// Columns a terminal gives to a character.
int Width(char32_t c) {
  const auto in = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  if (in(0x0300, 0x036F) || in(0x200B, 0x200F) || in(0xFE00, 0xFE0F)) return 0;
  if (in(0x1100, 0x115F) || in(0x2E80, 0xA4CF) || in(0xAC00, 0xD7A3) || in(0xF900, 0xFAFF) || in(0xFE30, 0xFE6F) ||
      in(0xFF00, 0xFF60) || in(0xFFE0, 0xFFE6) || in(0x1F300, 0x1FAFF) || in(0x20000, 0x3FFFD)) {
    return 2;
  }
  return 1;
}

struct Character {
  std::string bytes;
  int width = 1;
};

// The characters of a line, made printable: tabs become spaces, what is no character becomes `?`.
std::vector<Character> Characters(std::string_view line) {
  std::vector<Character> characters;
  for (std::size_t i = 0; i < line.size();) {
    const auto byte = static_cast<unsigned char>(line[i]);
    const std::size_t length = byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    if (length == 1) {
      const bool printable = byte >= 0x20 && byte != 0x7F;
      characters.push_back({byte == '\t' ? " " : printable ? std::string(1, line[i]) : "?", 1});
      ++i;
      continue;
    }
    char32_t code = byte & (0x7F >> length);
    bool good = byte >= 0xC2 && byte <= 0xF4 && i + length <= line.size();
    for (std::size_t k = 1; good && k < length; ++k) {
      const auto next = static_cast<unsigned char>(line[i + k]);
      good = (next & 0xC0) == 0x80;
      code = (code << 6) | (next & 0x3F);
    }
    if (!good || IsUnplain(code)) {
      characters.push_back({"?", 1});
      i += good ? length : 1;
      continue;
    }
    characters.push_back({std::string(line.substr(i, length)), Width(code)});
    i += length;
  }
  return characters;
}

bool BeginsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// The byte offset of character `index` of a line, its size when there are fewer.
std::size_t OffsetOf(std::string_view line, std::size_t index) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (BeginsCharacter(line[at]) && count++ == index) return at;
  }
  return line.size();
}

// The source line and the caret line. Only the window that is shown is looked at closely: a line may have megabytes.
std::string Excerpt(std::string_view line, int column) {
  const auto size = static_cast<std::size_t>(std::ranges::count_if(line, BeginsCharacter));
  const std::size_t caret = std::min(size, static_cast<std::size_t>(std::max(column, 1) - 1));
  std::size_t first = 0;
  std::size_t last = size;
  if (size > kWindow) {
    first = std::min(caret > kWindow / 2 ? caret - kWindow / 2 : 0, size - kWindow);
    last = first + kWindow;
  }
  const std::size_t begin = OffsetOf(line, first);
  std::string source(kIndent);
  std::string below(kIndent);
  if (first > 0) {
    source += "…";
    below += ' ';
  }
  std::size_t index = first;
  for (const Character& character : Characters(line.substr(begin, OffsetOf(line, last) - begin))) {
    source += character.bytes;
    if (index++ < caret) below.append(static_cast<std::size_t>(character.width), ' ');
  }
  if (last < size) source += "…";
  while (source.size() > kIndent.size() && source.back() == ' ') source.pop_back();
  return source + "\n" + below + "^\n";
}

// Whether a key names a credential, however it is spelt: "api_key", "x-api-key", "apiKey", "Authorization".
bool NamesSecret(std::string_view key) {
  std::string letters;
  for (const char c : key) {
    if (c != '_' && c != '-') letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return letters.ends_with("apikey") || letters.ends_with("authorization") || letters.ends_with("password") ||
         letters.ends_with("secret") || letters == "token" || letters == "cookie";
}

// Where "user:password@" of an URL begins; npos when the line has none.
std::size_t FindUser(std::string_view line) {
  constexpr std::string_view kScheme = "://";
  for (std::size_t at = line.find(kScheme); at != std::string_view::npos; at = line.find(kScheme, at)) {
    at += kScheme.size();
    const std::size_t end = line.find_first_of("@/?# \t\"'", at);
    if (end != std::string_view::npos && line[end] == '@') return at;
  }
  return std::string_view::npos;
}

// Where the literal value of a key for secrets begins; npos when the line has none. {env: NAME} is no literal.
std::size_t FindLiteralKey(std::string_view line) {
  const auto is_of_key = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; };
  for (std::size_t colon = line.find(':'); colon != std::string_view::npos; colon = line.find(':', colon + 1)) {
    std::size_t end = colon;
    while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '"' || line[end - 1] == '\'')) --end;
    std::size_t begin = end;
    while (begin > 0 && is_of_key(line[begin - 1])) --begin;
    if (!NamesSecret(line.substr(begin, end - begin))) continue;
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    if (value != std::string_view::npos && line[value] != '{') return value;
  }
  return std::string_view::npos;
}

std::size_t FindSecret(std::string_view line) { return std::min(FindUser(line), FindLiteralKey(line)); }

// Where each line of a text begins.
std::vector<std::size_t> LineStarts(std::string_view text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    starts.push_back(at + 1);
  }
  return starts;
}

}  // namespace

std::string ToString(const Diagnostic& diagnostic) {
  std::string text = diagnostic.file;
  if (diagnostic.line > 0) {
    text += ":" + std::to_string(diagnostic.line) + ":" + std::to_string(std::max(diagnostic.column, 1));
  }
  if (!text.empty()) text += ": ";
  if (!diagnostic.path.empty()) text += diagnostic.path + ": ";
  return text + diagnostic.message;
}

void Diagnostics::Add(Diagnostic diagnostic) {
  ++count_;
  if (kept_.size() < kMaxKept) kept_.push_back(std::move(diagnostic));
}

void Diagnostics::Append(const Diagnostics& other) {
  for (const Diagnostic& diagnostic : other.kept_) Add(diagnostic);
  count_ += other.count_ - other.kept_.size();
  for (const auto& [file, text] : other.sources_) AddSource(file, text);
  for (const auto& [place, column] : other.hidden_) HideRestOfLine(place.first, {place.second, column});
}

void Diagnostics::HideRestOfLine(const std::string& file, Position from) {
  const auto [known, is_new] = hidden_.emplace(std::pair(file, from.line), from.column);
  if (!is_new) known->second = std::min(known->second, from.column);
}

void Diagnostics::AddSource(std::string file, std::shared_ptr<const std::string> text) {
  sources_.insert_or_assign(std::move(file), std::move(text));
}

std::vector<Diagnostic> Diagnostics::Sorted() const {
  std::vector<Diagnostic> sorted = kept_;
  std::ranges::stable_sort(sorted, {}, [](const Diagnostic& d) { return std::tie(d.file, d.line, d.column); });
  std::vector<Diagnostic> once;
  for (Diagnostic& diagnostic : sorted) {
    // An alias used twice reports the same error at the same place; the run of equal places is short.
    bool repeated = false;
    for (auto it = once.rbegin(); it != once.rend() && it->file == diagnostic.file && it->line == diagnostic.line &&
                                  it->column == diagnostic.column;
         ++it) {
      repeated = repeated || *it == diagnostic;
    }
    if (!repeated) once.push_back(std::move(diagnostic));
  }
  return once;
}

std::string Diagnostics::Render() const {
  std::string text;
  std::map<std::string_view, std::vector<std::size_t>> starts;
  const std::vector<Diagnostic> sorted = Sorted();
  for (const Diagnostic& diagnostic : sorted) {
    text += PlainLine(ToString(diagnostic)) + "\n";
    const auto source = sources_.find(diagnostic.file);
    if (source == sources_.end() || diagnostic.line < 1) continue;
    const std::string_view whole = *source->second;
    auto& lines = starts[diagnostic.file];
    if (lines.empty()) lines = LineStarts(whole);
    const auto index = static_cast<std::size_t>(diagnostic.line - 1);
    if (index >= lines.size()) continue;
    const std::size_t end = index + 1 < lines.size() ? lines[index + 1] - 1 : whole.size();
    std::string_view line = whole.substr(lines[index], end - lines[index]);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > kMaxLine) continue;
    std::size_t secret = FindSecret(line);
    if (const auto hidden = hidden_.find({diagnostic.file, diagnostic.line}); hidden != hidden_.end())
      secret = std::min(secret, OffsetOf(line, static_cast<std::size_t>(std::max(hidden->second, 1) - 1)));
    text += secret >= line.size() ? Excerpt(line, diagnostic.column)
                                  : Excerpt(std::string(line.substr(0, secret)) + "[hidden]", diagnostic.column);
  }
  if (count_ > kept_.size()) text += "and " + std::to_string(count_ - kept_.size()) + " more errors\n";
  return text;
}

}  // namespace assay
