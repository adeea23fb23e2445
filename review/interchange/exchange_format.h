#pragma once
// Files of review data: what a format is, how records are written to it and read from it.
//
// Writing, and reading, a record at a time (the daemon's calls and `assay export` and `assay import` are made of this):
//
//   const ExchangeFormat* format = FindExchangeFormat("native");
//   ExportOptions options{.selection = {.queues = {"support"}}, .rubric = rubric};
//   // `source` hands every record to its argument, and can be asked twice; `sink` takes bytes.
//   ASSAY_ASSIGN(ExportManifest manifest, ExportRecords(*format, options, source, sink));   // export.h
//   // Beside the file, its manifest: ToJson(manifest).DumpIndented().
//
//   ImportHandlers handlers{.record = [&](ExchangeRecord record) { return Store(record); },
//                           .fault = [&](const ImportFault& fault) { faults.push_back(fault); return Status(); }};
//   ASSAY_ASSIGN(auto reader, format->reader({.rubric = rubric}, handlers));
//   for (std::string_view chunk : chunks) ASSAY_TRY(reader->Read(chunk));
//   ASSAY_TRY(reader->Finish());
//
// Neither holds more than one record, except where a format says so. Formats are lines of builtin.def. Immutable
// tables, thread-safe; a writer or reader belongs to one thread.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "review/approvals.h"
#include "review/interchange/exchange_record.h"

namespace assay {

// Takes bytes, all of them or an error, which ends the export.
using ByteSink = std::function<Status(std::string_view)>;

// Which records leave. Empty lists mean all.
struct ExportSelection {
  std::vector<std::string> queues = {};
  std::vector<std::string> suites = {};
  std::vector<std::string> runs = {};
  std::vector<std::string> languages = {};
  std::vector<std::string> data_classes = {};  // that may leave; records without a class always may
  std::optional<Time> from = {};               // of the holding decision, else of the last judgement
  std::optional<Time> to = {};                 // before this
  bool decided_only = false;                   // and final
  bool with_known_answers = false;             // gold, training and calibration too
  bool with_cancelled = false;
  friend bool operator==(const ExportSelection&, const ExportSelection&) = default;
};

enum class RankingPairs { kAll, kAdjacent, kBestWorst };
enum class PromptForm { kMessages, kText };

struct TrainingOptions {
  PromptForm form = PromptForm::kMessages;
  RankingPairs ranking = RankingPairs::kAll;
  bool with_margin = false;                     // reward models: how much better, on every row
  std::vector<double> margins = {1, 2, 3};      // of slightly, clearly and much better
  bool both_bad_is_undesired = false;           // KTO: responses of pairs that are both bad
  std::optional<double> score_difference = {};  // pairs of scored responses to one case, at least so far apart
  double validation_share = 0;                  // of prompts; all rows of a prompt are on one side
  std::string split_seed = {};
  std::size_t most_rows = 5'000'000;
  // For cases that a gate uses: without it none of them leaves. `approved_text` is what was approved (export.h), `now`
  // the time at which it has to hold.
  std::optional<ApprovalRequest> approval = {};
  std::string approved_text = {};
  Time now{};
  bool is_rehearsal = false;  // as if approved: to know what would have to be; its bytes go nowhere
};

struct SheetOptions {
  bool protects_spreadsheets = true;  // a text that a spreadsheet would take for a formula gets a quote before it
  bool has_bom = false;               // the mark by which some spreadsheets know UTF-8
};

struct LabelStudioOptions {
  bool for_labelling = false;  // tasks without anything that a labeller must not see, and without annotations
  std::string draw_key = {};   // deals the sides of pairs by item; "": in the order of the subject
  std::string people_domain = "people.invalid";  // annotators need addresses: PERSON@DOMAIN
};

struct ExportOptions {
  ExportSelection selection = {};
  RubricSpec rubric = {};  // of the records, of formats that need it; records of another one are left out
  ReviewItemKind kind = ReviewItemKind::kRubric;  // likewise, of Label Studio
  TrainingOptions training = {};
  SheetOptions sheet = {};
  LabelStudioOptions label_studio = {};
};

// Why rows or records do not leave, and how many. Reasons are words: "undecided", "gate_case".
using ExclusionCounts = std::map<std::string, std::int64_t>;

// The error of a writer, kAborted, whose second pass finds what the first had not.
inline constexpr std::string_view kChangedBetweenPasses =
    "the records have changed since the first pass over them; export again, from one snapshot";

class RecordWriter {
 public:
  virtual ~RecordWriter() = default;
  // A first pass over all records, of formats with needs_survey only.
  virtual Status Survey(const ExchangeRecord&) { return {}; }
  // Once, after the last of the first pass.
  virtual Status EndSurvey() { return {}; }
  // Writes what the format has of it; adds to `excluded` what it has not. Rows that left, or the sink's error.
  virtual Result<std::int64_t> Write(const ExchangeRecord& record, ExclusionCounts& excluded) = 0;
  // What is still held, and the end of the file.
  virtual Result<std::int64_t> Finish(ExclusionCounts& excluded) = 0;
};

struct ImportOptions {
  RubricSpec rubric = {};                         // of formats that need it
  ReviewItemKind kind = ReviewItemKind::kRubric;  // of tasks that do not say it
  std::string people_domain = "people.invalid";   // left off the addresses of annotators
  std::size_t longest_record = 1u << 20;          // bytes
  std::size_t most_judgements = 1000;             // of a record
  std::int64_t most_records = 10'000'000;
};

// What is wrong with a row, and where.
struct ImportFault {
  std::int64_t line = 0;  // the first line of the row, from 1 on
  std::string path = {};  // "annotations[0].result[2].from_name"; "" the row itself
  std::string reason = {};
  friend bool operator==(const ImportFault&, const ImportFault&) = default;
};

// An error from either ends the import: of `record` what the store says, of `fault` "all or nothing". `at_line`, where
// given, is told before each record in which line it begins.
struct ImportHandlers {
  std::function<Status(ExchangeRecord)> record;
  std::function<Status(const ImportFault&)> fault;
  std::function<void(std::int64_t)> at_line = {};

  Status Take(ExchangeRecord taken, std::int64_t line) const {
    if (at_line) at_line(line);
    return record(std::move(taken));
  }
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // The next bytes, split anywhere. kResourceExhausted beyond most_records; else the handlers' errors.
  virtual Status Read(std::string_view chunk) = 0;
  virtual Status Finish() = 0;
};

struct ExchangeFormat {
  std::string_view name;
  std::string_view extension;
  std::string_view help;
  bool is_training = false;   // for training models: guarded as such
  bool needs_rubric = false;  // records under another major version are left out unless the rubric maps them
  bool needs_survey = false;  // goes over the records twice
  // kInvalidArgument for options with which nothing can be written.
  Result<std::unique_ptr<RecordWriter>> (*writer)(const ExportOptions&, ByteSink) = nullptr;
  // Null pointer: the format is written only.
  Result<std::unique_ptr<RecordReader>> (*reader)(const ImportOptions&, ImportHandlers) = nullptr;
};

// In the order of builtin.def.
std::span<const ExchangeFormat> ExchangeFormats();
// Null pointer when there is none of that name.
const ExchangeFormat* FindExchangeFormat(std::string_view name);

}  // namespace assay
