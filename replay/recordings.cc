#include "replay/recordings.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <set>
#include <system_error>

namespace assay {
namespace {

constexpr std::size_t kMaxLine = 16u << 20;
constexpr std::size_t kMaxMistakes = 20;
constexpr std::size_t kBlock = 1u << 20;

struct Entry {
  RecordKey key;
  std::string_view body;
};

struct Mistakes {
  std::string text;
  std::size_t count = 0;

  void Add(const std::filesystem::path& file, std::size_t line, std::string_view message) {
    ++count;
    if (!text.empty()) text += '\n';
    text += file.string() + ":" + std::to_string(line) + ": " + std::string(message);
  }
  bool full() const { return count >= kMaxMistakes; }
};

bool IsBlank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

// Calls `use(line, number)` for every line, without its end, until it returns false.
template <class Use>
Status ForEachLine(const std::filesystem::path& path, const Use& use) {
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    return Fail(ErrorCode::kNotFound, path.string() + ": cannot be opened: " + std::strerror(errno));
  }
  std::string line;
  std::size_t number = 1;
  std::vector<char> chunk(256u << 10);
  while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    std::string_view rest(chunk.data(), got);
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      line.append(rest.substr(0, end));
      if (!use(std::string_view(line), number)) return {};
      line.clear();
      ++number;
      rest.remove_prefix(end + 1);
    }
    line.append(rest);
    if (line.size() > kMaxLine) {
      return Fail(ErrorCode::kInvalidArgument,
                  path.string() + ":" + std::to_string(number) + ": the line is longer than 16 MiB");
    }
  }
  if (std::ferror(file.get()) != 0) {
    return Fail(ErrorCode::kInvalidArgument, path.string() + ": cannot be read: " + std::strerror(errno));
  }
  if (!line.empty()) use(std::string_view(line), number);
  return {};
}

}  // namespace

std::string_view Recordings::Keep(std::string_view text) {
  if (text.size() > room_) {
    room_ = std::max(kBlock, text.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(room_));
    next_ = blocks_.back().get();
  }
  std::memcpy(next_, text.data(), text.size());
  const std::string_view kept(next_, text.size());
  next_ += text.size();
  room_ -= text.size();
  return kept;
}

Result<Recordings> Recordings::Load(std::span<const std::filesystem::path> files) {
  Recordings out;
  std::vector<Entry> entries;
  std::set<std::string, std::less<>> models;
  std::set<std::filesystem::path> seen;
  Mistakes mistakes;
  for (const std::filesystem::path& file : files) {
    std::error_code ignored;
    std::filesystem::path whole = std::filesystem::weakly_canonical(file, ignored);
    if (!seen.insert(std::move(whole)).second) {
      return Fail(ErrorCode::kInvalidArgument, file.string() + ": the file is given twice");
    }
    ASSAY_TRY(ForEachLine(file, [&](std::string_view line, std::size_t number) {
      if (IsBlank(line)) return true;
      Result<Record> record = ParseRecord(line);
      if (!record) {
        mistakes.Add(file, number, record.error().message);
      } else if (entries.size() == std::numeric_limits<std::uint32_t>::max()) {
        mistakes.Add(file, number, "more records than can be served (4,294,967,295)");
        return false;
      } else {
        entries.push_back({record->key, out.Keep(record->body)});
        if (!models.contains(record->model)) models.insert(record->model);
      }
      return !mistakes.full();
    }));
    if (mistakes.full()) break;
  }
  if (mistakes.count > 0) return Fail(ErrorCode::kInvalidArgument, std::move(mistakes.text));

  std::ranges::stable_sort(entries, {}, &Entry::key);
  out.bodies_.reserve(entries.size());
  for (const Entry& entry : entries) {
    if (out.groups_.empty() || out.groups_.back().key != entry.key) {
      out.groups_.push_back({entry.key, static_cast<std::uint32_t>(out.bodies_.size()), 0});
    }
    ++out.groups_.back().count;
    out.bodies_.push_back(entry.body);
  }
  out.groups_.shrink_to_fit();
  out.models_.assign(models.begin(), models.end());
  return out;
}

std::ptrdiff_t Recordings::Find(const RecordKey& key) const {
  const auto found = std::ranges::lower_bound(groups_, key, {}, &Group::key);
  return found != groups_.end() && found->key == key ? found - groups_.begin() : -1;
}

}  // namespace assay
