// Datasets: the bytes are read as every format, plain and compressed, with and without a field that names the case.

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <unordered_set>

#include "runners/dataset.h"
#include "runners/dataset_bytes.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

// A file in memory that many names of a temporary folder lead to; all are gone at the end of the program.
class Files {
 public:
  Files() {
    std::string folder = (std::filesystem::temp_directory_path() / "dataset_fuzz.XXXXXX").string();
    Require(mkdtemp(folder.data()) != nullptr, "there is a temporary folder");
    folder_ = folder;
    file_ = memfd_create("dataset", 0);
    const std::string target = "/proc/self/fd/" + std::to_string(file_);
    for (const std::string& format : DatasetFormats()) {
      names_.push_back("cases." + format);
      for (const std::string& compression : DatasetCompressions()) {
        names_.push_back("cases." + format + "." + compression);
      }
    }
    for (const std::string& name : names_) std::filesystem::create_symlink(target, folder_ / name);
  }
  ~Files() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  void Write(std::string_view bytes) {
    Require(ftruncate(file_, 0) == 0 && pwrite(file_, bytes.data(), bytes.size(), 0) >= 0, "the file can be written");
  }
  const std::filesystem::path& folder() const { return folder_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::filesystem::path folder_;
  std::vector<std::string> names_;
  int file_ = -1;
};

void Read(const std::filesystem::path& folder, const std::string& file, std::optional<std::string> id,
          std::string_view bytes) {
  SuiteSpec suite;
  suite.name = "s";
  suite.dataset.push_back({file, std::move(id)});
  constexpr DatasetLimits kLimits = {.max_row_bytes = 2000, .max_rows = 500};
  const Result<std::unique_ptr<DatasetReader>> reader = OpenDataset(suite, folder, kLimits);
  if (!reader) {
    Require(!reader.error().message.empty(), "an error has a message");
    return;
  }
  std::unordered_set<std::string> ids;
  std::int64_t line = 0;
  for (std::int64_t rows = 0;; ++rows) {
    const Result<std::optional<DatasetRow>> next = (*reader)->Next();
    if (!next) {
      Require(next.error().message.starts_with(file), "an error names the file");
      Require(next.error().message.size() < 4000, "and is of bounded length");
      break;
    }
    if (!*next) break;
    const DatasetRow& row = **next;
    Require(rows < kLimits.max_rows && row.ordinal == rows, "rows are counted");
    Require(row.line >= line, "rows come in their order");
    // What is compressed has more lines than bytes; only rows of JSON and YAML may share a line.
    const bool is_plain = WithoutCompression(file) == file;
    Require(!is_plain || row.line <= 1 + static_cast<std::int64_t>(bytes.size()), "rows are within the file");
    const bool is_by_line = file.find(".jsonl") != std::string::npos || file.find(".csv") != std::string::npos;
    Require(!is_by_line || row.line > line, "a line holds one row");
    line = row.line;
    Require(row.fields.is_object(), "a row has fields");
    Require(!row.case_id.empty() && ids.insert(row.case_id).second, "case ids are there and unique");
    Require(Json::Parse(row.fields.Dump()).has_value(), "a row can be stored");
  }
  const auto after = (*reader)->Next();
  Require(!after || !*after, "the end is the end");
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static assay::fuzz::Files files;
  const std::string_view bytes = assay::fuzz::TextOf(data, size);
  files.Write(bytes);
  for (const std::string& name : files.names()) {
    assay::fuzz::Read(files.folder(), name, std::nullopt, bytes);
    assay::fuzz::Read(files.folder(), name, "id", bytes);
  }
  return 0;
}
