#pragma once
// The flat forms of Label Studio: JSON_MIN and CSV have a row for each annotation, in which values are shortened as its
// converter does. Pure; a reader belongs to one thread.

#include <string>
#include <vector>

#include "review/interchange/label_studio_task.h"

namespace assay {

// The task of a record with numbers of its own, as Label Studio gives them; `annotations` counts those given so far.
Json NumberedTaskOf(const ExchangeRecord& record, const LabelScheme& scheme, const LabelStudioOptions& options,
                    std::int64_t number, std::int64_t& annotations);

// A row: data, what was said by control, and what stands beside it (id, annotator, annotation_id, created_at, ...).
struct ShortRow {
  Json data = Json(Json::Object{});
  Json values = Json(Json::Object{});
  Json beside = Json(Json::Object{});
};

// The rows of a task, by its annotations, the newest first; those that were skipped are none. A task without
// annotations is one row without values, a task of which all were skipped none.
std::vector<ShortRow> ShortRowsOf(const Json& task);

// Choices with one choice and texts with one text become that text; one choice of several and one list of texts become
// the value; everything else stays a list of values.
Json Shortened(const Json::Array& values, std::string_view type);

// All in one object. Values take the place of data of the same name, as in Label Studio; `hides_data` says so.
Json MinRowOf(const ShortRow& row, bool& hides_data);
// The cells of a row of a CSV by column; data that has the name of a value is "_data_NAME".
Json CsvCellsOf(const ShortRow& row);
// Texts in quotes, numbers bare, lists and objects as JSON in quotes, nothing as "".
std::string CsvCell(const Json* value);

// Rows to records: those with the same `ref` (or, without one, the same id) that stand together are one.
class ShortRowReader {
 public:
  // `folds_text`: cells are texts, in which lists and objects are JSON.
  ShortRowReader(const LabelScheme& scheme, const ImportOptions& options, ImportHandlers handlers, bool folds_text)
      : scheme_(scheme), options_(options), handlers_(std::move(handlers)), folds_text_(folds_text) {}
  Status Row(const Json& row, std::int64_t line);
  Status Fault(std::int64_t line, const std::string& path, const std::string& reason);
  Status Finish();

 private:
  Status Begin(const Json& data, const std::string& key, std::int64_t line);
  Status AddJudgement(const Json& row, const ControlValues& values, std::int64_t line);
  // "" or what is wrong with the cell.
  std::string ReadValue(const LabelControl& control, const Json& cell, Json::Array& values) const;
  std::string ReadValues(const Json& row, ControlValues& values, std::string& column) const;

  LabelScheme scheme_;
  ImportOptions options_;
  ImportHandlers handlers_;
  bool folds_text_;
  std::string key_;
  std::int64_t first_line_ = 0;
  bool has_begun_ = false;
  bool is_whole_ = false;
  ExchangeRecord record_;
  std::vector<std::string> sides_;
  std::int64_t records_ = 0;
};

}  // namespace assay
