#include "review/interchange/label_studio_rows.h"

#include <algorithm>

#include "review/interchange/csv_text.h"

namespace assay {
namespace {

constexpr std::string_view kBeside[] = {"id",         "annotator", "annotation_id", "created_at",
                                        "updated_at", "lead_time", "agreement",     "history"};

bool IsSkipped(const Json& annotation) {
  const Json* cancelled = annotation.Find("was_cancelled");
  return cancelled != nullptr && *cancelled == Json(true);
}

std::string CreatedAt(const Json& annotation) {
  const Json* created = annotation.Find("created_at");
  return created != nullptr && created->is_string() ? created->as_string() : "";
}

Json AnnotatorOf(const Json& annotation) {
  const Json* by = annotation.Find("completed_by");
  if (by == nullptr) return {};
  const Json* email = by->Find("email");
  return email == nullptr ? *by : *email;
}

// Values by control and type, in the order in which they come.
Json ShortValuesOf(const Json& annotation) {
  std::vector<std::pair<std::string, std::string>> order;
  std::map<std::string, Json::Array> lists;
  const Json* results = annotation.Find("result");
  for (const Json& result : results != nullptr && results->is_array() ? results->as_array() : Json::Array()) {
    const Json* name = result.Find("from_name");
    const Json* type = result.Find("type");
    const Json* value = result.Find("value");
    const bool is_value =
        name != nullptr && name->is_string() && type != nullptr && type->is_string() && value != nullptr;
    if (!is_value) continue;
    if (!lists.contains(name->as_string())) order.emplace_back(name->as_string(), type->as_string());
    lists[name->as_string()].push_back(*value);
  }
  Json values{Json::Object{}};
  for (const auto& [name, type] : order) values.as_object().emplace_back(name, Shortened(lists[name], type));
  return values;
}

ShortRow RowOf(const Json& task, const Json* annotation) {
  ShortRow row;
  if (const Json* data = task.Find("data"); data != nullptr && data->is_object()) row.data = *data;
  if (const Json* id = task.Find("id")) row.beside.Set("id", *id);
  if (annotation == nullptr) return row;
  row.values = ShortValuesOf(*annotation);
  if (Json annotator = AnnotatorOf(*annotation); !annotator.is_null())
    row.beside.Set("annotator", std::move(annotator));
  if (const Json* id = annotation->Find("id")) row.beside.Set("annotation_id", *id);
  for (const char* key : {"created_at", "updated_at", "lead_time"}) {
    if (const Json* value = annotation->Find(key)) row.beside.Set(key, *value);
  }
  return row;
}

// A text that is folded JSON of values of a control: {"choices": ...}, {"text": ...}, or a list of such.
bool HoldsValues(const Json& json, std::string_view key) {
  if (json.is_object()) return json.Find(key) != nullptr && json.as_object().size() == 1;
  if (!json.is_array() || json.as_array().empty()) return false;
  return std::ranges::all_of(json.as_array(),
                             [&](const Json& value) { return value.is_string() || HoldsValues(value, key); });
}

}  // namespace

Json NumberedTaskOf(const ExchangeRecord& record, const LabelScheme& scheme, const LabelStudioOptions& options,
                    std::int64_t number, std::int64_t& annotations) {
  Json task = TaskOf(record, scheme, options, number);
  for (auto& [key, list] : task.as_object()) {
    if (key != "annotations") continue;
    for (Json& annotation : list.as_array()) annotation.Set("id", ++annotations);
  }
  return task;
}

Json Shortened(const Json::Array& values, std::string_view type) {
  const bool is_choices = type == "choices";
  const bool is_text = type == "textarea";
  Json::Array list;
  for (const Json& value : values) {
    const Json* inner = is_choices ? value.Find("choices") : is_text ? value.Find("text") : nullptr;
    const bool is_one = inner != nullptr && inner->is_array() && inner->as_array().size() == 1;
    list.push_back(is_one ? inner->as_array()[0] : value);
  }
  if ((is_choices || is_text) && list.size() == 1) return std::move(list[0]);
  return Json(std::move(list));
}

std::vector<ShortRow> ShortRowsOf(const Json& task) {
  std::vector<const Json*> annotations;
  const Json* list = task.Find("annotations");
  const bool has_list = list != nullptr && list->is_array() && !list->as_array().empty();
  if (!has_list) return {RowOf(task, nullptr)};
  for (const Json& annotation : list->as_array()) {
    if (!IsSkipped(annotation)) annotations.push_back(&annotation);
  }
  std::ranges::reverse(annotations);
  std::ranges::stable_sort(annotations, std::ranges::greater(),
                           [](const Json* annotation) { return CreatedAt(*annotation); });
  std::vector<ShortRow> rows;
  for (const Json* annotation : annotations) rows.push_back(RowOf(task, annotation));
  return rows;
}

Json MinRowOf(const ShortRow& row, bool& hides_data) {
  Json object = row.data;
  hides_data = false;
  for (const Json* more : {&row.beside, &row.values}) {
    for (const auto& [key, value] : more->as_object()) {
      hides_data = hides_data || object.Find(key) != nullptr;
      object.Set(key, value);
    }
  }
  return object;
}

Json CsvCellsOf(const ShortRow& row) {
  Json cells = row.values;
  for (const auto& [key, value] : row.beside.as_object()) cells.Set(key, value);
  for (const auto& [key, value] : row.data.as_object()) {
    const bool is_taken = row.values.Find(key) != nullptr || row.beside.Find(key) != nullptr;
    cells.Set(is_taken ? "_data_" + key : key, value);
  }
  return cells;
}

std::string CsvCell(const Json* value) {
  if (value == nullptr || value->is_null()) return "\"\"";
  if (value->is_number()) return value->Dump();
  return CsvField(value->is_string() ? value->as_string() : value->Dump(), true);
}

std::string ShortRowReader::ReadValue(const LabelControl& control, const Json& cell, Json::Array& values) const {
  const std::string key(ValueKeyOf(control.tag));
  const bool is_textual = control.tag == LabelTag::kChoices || control.tag == LabelTag::kTextArea;
  if (cell.is_null() || cell == Json("")) return "";
  if (cell.is_object()) {
    values.push_back(cell);
    return "";
  }
  if (cell.is_array()) {
    for (const Json& element : cell.as_array()) {
      const bool is_value = element.is_object() || (element.is_string() && is_textual);
      if (!is_value) return "expected a list of values";
      values.push_back(element.is_object() ? element : Json::Of({{key, Json(Json::Array{element})}}));
    }
    return "";
  }
  if (!cell.is_string()) return "expected a text, an object or a list";
  const std::string& text = cell.as_string();
  const bool may_be_folded = folds_text_ && (text.starts_with('{') || text.starts_with('['));
  const Result<Json> folded = may_be_folded ? Json::Parse(text) : Fail(ErrorCode::kInvalidArgument, "");
  if (folded && (!is_textual || HoldsValues(*folded, key))) return ReadValue(control, *folded, values);
  if (!is_textual) return "expected a list of values of " + std::string(WordOf(control.tag));
  values.push_back(Json::Of({{key, Json(Json::Array{cell})}}));
  return "";
}

std::string ShortRowReader::ReadValues(const Json& row, ControlValues& values, std::string& column) const {
  for (const auto& [name, cell] : row.as_object()) {
    const LabelControl* control = scheme_.Find(name);
    if (control == nullptr) continue;
    Json::Array list;
    column = name;
    if (std::string fault = ReadValue(*control, cell, list); !fault.empty()) return fault;
    if (!list.empty()) values[name] = std::move(list);
  }
  return "";
}

Status ShortRowReader::Fault(std::int64_t line, const std::string& path, const std::string& reason) {
  return handlers_.fault({.line = line, .path = path, .reason = reason});
}

Status ShortRowReader::Row(const Json& row, std::int64_t line) {
  Json data{Json::Object{}};
  for (const auto& [name, cell] : row.as_object()) {
    const bool is_beside = std::ranges::find(kBeside, name) != std::end(kBeside);
    if (is_beside || scheme_.Find(name) != nullptr) continue;
    const bool is_renamed = name.starts_with("_data_");
    if (folds_text_ && cell == Json("")) continue;  // a column of other rows
    // A table does not tell a number from a text of digits.
    const bool is_text = folds_text_ && cell.is_number();
    data.Set(is_renamed ? name.substr(6) : name, is_text ? Json(cell.Dump()) : cell);
  }
  const Json* ref = data.Find("ref");
  const Json* id = row.Find("id");
  const std::string key = ref != nullptr ? "ref " + ref->Dump() : id != nullptr ? "id " + id->Dump() : "";
  if (!has_begun_ || key.empty() || key != key_) {
    ASSAY_TRY(Finish());
    ASSAY_TRY(Begin(data, key, line));
    if (is_whole_ && record_.item.id.empty() && record_.item.case_id.empty() && id != nullptr)
      record_.item.case_id = id->is_string() ? id->as_string() : id->Dump();
  }
  if (!is_whole_) return {};
  ControlValues values;
  std::string column;
  if (const std::string fault = ReadValues(row, values, column); !fault.empty()) {
    is_whole_ = false;
    return Fault(line, column, fault);
  }
  return AddJudgement(row, values, line);
}

Status ShortRowReader::Begin(const Json& data, const std::string& key, std::int64_t line) {
  record_ = {};
  sides_.clear();
  key_ = key;
  has_begun_ = true;
  first_line_ = line;
  const std::string fault = ReadTaskData(data, scheme_, record_, sides_);
  is_whole_ = fault.empty();
  return is_whole_ ? Status() : Fault(line, "", fault);
}

Status ShortRowReader::AddJudgement(const Json& row, const ControlValues& values, std::int64_t line) {
  const Json* id = row.Find("annotation_id");
  const bool has_id = id != nullptr && !id->is_null() && *id != Json("");
  if (!has_id && values.empty()) return {};  // a task that nobody has labelled
  const auto complain = [&](const std::string& path, const std::string& reason) {
    is_whole_ = false;
    return Fault(line, path, reason);
  };
  if (record_.judgements.size() >= options_.most_judgements)
    return complain("", "the item has more than " + std::to_string(options_.most_judgements) + " annotations");
  ReadContent read = ContentOf(values, scheme_, record_.item.subject, sides_);
  if (read.fault) return complain(read.fault->path, read.fault->reason);
  const Json* by = row.Find("annotator");
  const bool is_named = by != nullptr && by->is_string();
  std::string person = is_named                          ? PersonAt(by->as_string(), options_.people_domain)
                       : by != nullptr && !by->is_null() ? "label_studio:" + by->Dump()
                                                         : "";
  Time at{};
  if (const Json* created = row.Find("created_at"); created != nullptr && created->is_string()) {
    const Result<Time> time = ParseTime(created->as_string());
    if (!time) return complain("created_at", "expected a time (RFC 3339)");
    at = *time;
  }
  const Json* lead = row.Find("lead_time");
  const std::string number = !has_id ? std::to_string(line) : id->is_string() ? id->as_string() : id->Dump();
  Judgement judgement = ForeignJudgement("label_studio/" + number, std::move(person), at,
                                         lead != nullptr && lead->is_number() ? lead->as_number() : 0, sides_, record_);
  const JudgementTimes times = judgement.content.times;
  judgement.content = std::move(read.content);
  judgement.content.times = times;
  judgement.content.source = "label_studio";
  record_.judgements.push_back(std::move(judgement));
  return {};
}

Status ShortRowReader::Finish() {
  if (!has_begun_) return {};
  has_begun_ = false;
  if (!is_whole_) return {};
  if (++records_ > options_.most_records) {
    return Fail(ErrorCode::kResourceExhausted,
                "the file has more than " + std::to_string(options_.most_records) + " items");
  }
  std::ranges::reverse(record_.judgements);
  return handlers_.Take(std::move(record_), first_line_);
}

}  // namespace assay
