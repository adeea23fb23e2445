#pragma once
// Dataset readers: the files of a suite's dataset as a stream of rows, one after the other, in bounded memory.
//
//   jsonl  one JSON object a line, UTF-8; blank lines are skipped
//   csv    RFC 4180 with a header row, UTF-8; every value is a string
//   json   a list of objects; read one object at a time
//   yaml   a list of mappings, or documents that are mappings; read whole, so at most 4 MiB and 250,000 values
// Each may be compressed: cases.jsonl.gz with gzip, cases.csv.zst with zstd (windows of up to 128 MiB); lines and
// limits are those of what is compressed. All accept a byte order mark and CRLF. The first bad row, and a compressed
// stream that is corrupt or cut off, end the stream with an error that starts with "file:line: ".

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/suite.h"
#include "core/json.h"
#include "core/result.h"

namespace assay {

struct DatasetLimits {
  std::size_t max_row_bytes = 16u << 20;
  std::int64_t max_rows = 10'000'000;
};

struct DatasetRow {
  std::int64_t ordinal = 0;      // place in the whole dataset, from 0
  std::string case_id;           // the `id` field, or the first 16 hex digits of the SHA-256 of the row's RFC 8785 JSON
  Json fields;                   // an object
  std::string file;              // as written in the suite
  std::int64_t line = 0;         // where the row starts, from 1
  std::string cluster = {};      // the value of the suite's `cluster` field; "" when it has none
  std::string hash = {};         // SHA-256 of the row's RFC 8785 JSON, hex digits, where it names the case; else ""
  bool adds_provenance = false;  // `fields` has a provenance that the row itself does not have

  // "cases.jsonl:12"
  std::string Place() const { return file + ":" + std::to_string(line); }
};

// Not thread-safe; blocking (reads files).
class DatasetReader {
 public:
  virtual ~DatasetReader() = default;
  // The next row; nullopt after the last. kInvalidArgument for a malformed row, a duplicate case id, a row without its
  // cluster, and one with a list or an object where the suite has a slice or a grader a condition;
  // kResourceExhausted over a limit, kUnavailable when reading fails. After an error the reader is at its end.
  //
  // Duplicates of the first 131,072 case ids are found here (in 2 MiB); those of others by the unique index of the
  // snapshot's store, and CheckRowsAreUnique names both rows.
  virtual Result<std::optional<DatasetRow>> Next() = 0;
};

// The value of a slice field as text: of a string itself, of a number or a truth value its JSON. Absent for null
// and where there is no field (null pointer): such cases have no value of the slice. Absent too for what has parts,
// which DatasetReader refuses.
std::optional<std::string> SliceText(const Json* field);

// All entries of `suite.dataset` in their order as one stream. Relative files are taken from `base_dir`. kNotFound when
// a file is missing; kInvalidArgument for a format that cannot be told, or when name and content disagree
// about the compression.
Result<std::unique_ptr<DatasetReader>> OpenDataset(const SuiteSpec& suite, const std::filesystem::path& base_dir,
                                                   const DatasetLimits& limits = {});

// Whether no row with an ordinal in [first, end) has the case id of another row before `end`; the error is that of
// Next. Reads the dataset twice up to `end`; memory is for the case ids of the range.
Status CheckRowsAreUnique(const SuiteSpec& suite, const std::filesystem::path& base_dir, std::int64_t first,
                          std::int64_t end);

// The first row of each entry, for lint: which fields do cases have? An empty dataset gives kInvalidArgument.
Result<std::vector<DatasetRow>> PeekDataset(const SuiteSpec& suite, const std::filesystem::path& base_dir);

// SHA-256, in hex digits, of what a row of the suite's dataset asks: its fields (RFC 8785 JSON) without the one that
// names the case, unless it has no other, and without a provenance that its entry adds.
std::string HashOfContent(DatasetRow row, const SuiteSpec& suite);

// The formats of dataset_formats.def: "jsonl", "csv", "json", "yaml"; the extension of a file, before that of its
// compression, tells its format.
std::vector<std::string> DatasetFormats();

}  // namespace assay
