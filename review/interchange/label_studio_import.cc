// From a task of Label Studio to a record.

#include <algorithm>
#include <cmath>
#include <set>

#include "core/conversation.h"
#include "review/interchange/label_studio_task.h"

namespace assay {
namespace {

constexpr std::string_view kOurMembers[] = {"data", "meta", "annotations", "completions", "predictions"};
constexpr std::string_view kOurAnnotation[] = {"unique_id",    "completed_by", "result",     "was_cancelled",
                                               "ground_truth", "lead_time",    "created_at", "updated_at"};

template <std::size_t N>
Json WithoutKnown(const Json& object, const std::string_view (&known)[N]) {
  Json rest{Json::Object{}};
  for (const auto& [key, value] : object.as_object()) {
    if (std::ranges::find(known, key) == std::end(known)) rest.as_object().emplace_back(key, value);
  }
  return rest;
}

// Whether a member of `data` means something to us, for items of this kind.
bool IsOurData(std::string_view key, ReviewItemKind kind) {
  constexpr std::string_view kAlways[] = {"ref", "subject", "prompt", "messages", "reference", "context"};
  if (std::ranges::find(kAlways, key) != std::end(kAlways)) return true;
  const bool is_pair = kind == ReviewItemKind::kPairwise;
  const bool is_ranking = kind == ReviewItemKind::kRanking;
  if (key == "response_a" || key == "response_b") return is_pair;
  if (key == "responses") return is_ranking;
  if (key == "response") return !is_pair && !is_ranking;
  return (key == "claims" && kind == ReviewItemKind::kGrounding) ||
         (key == "calls" && kind == ReviewItemKind::kToolUse);
}

void KeepExtra(std::string_view key, Json value, Json& extra) {
  if (value.as_object().empty()) return;
  if (extra.is_null()) extra = Json(Json::Object{});
  extra.Set(key, std::move(value));
}

std::string TextIn(const Json& object, std::string_view key) {
  const Json* member = object.Find(key);
  return member != nullptr && member->is_string() ? member->as_string() : "";
}

std::vector<std::string> TextsOf(const Json& object, std::string_view key, std::size_t most) {
  std::vector<std::string> texts;
  const Json* list = object.Find(key);
  if (list == nullptr || !list->is_array()) return texts;
  for (const Json& text : list->as_array()) {
    if (text.is_string() && texts.size() < most) texts.push_back(text.as_string());
  }
  return texts;
}

// A cell of a CSV has lists and objects as their JSON.
Json Unfolded(const Json* value) {
  if (value == nullptr) return {};
  if (!value->is_string()) return *value;
  const std::string& text = value->as_string();
  if (!text.starts_with('{') && !text.starts_with('[')) return *value;
  const Result<Json> parsed = Json::Parse(text);
  return parsed ? *parsed : *value;
}

std::size_t ResponsesOf(ReviewItemKind kind, const Json& listed) {
  if (kind == ReviewItemKind::kPairwise) return 2;
  if (kind == ReviewItemKind::kRanking && listed.is_array()) return listed.as_array().size();
  return 1;
}

std::string ReadSubject(const Json& data, const LabelScheme& scheme, ExchangeRecord& record,
                        std::vector<std::string>& sides) {
  ReviewSubject& subject = record.item.subject;
  subject.kind = scheme.kind;
  const Json listed = Unfolded(data.Find("responses"));
  const Json given = Unfolded(data.Find("subject"));
  if (given.is_object()) {
    const std::string kind = TextIn(given, "kind");
    if (kind != WordOf(scheme.kind)) {
      return "data.subject.kind: is " + Json(kind.substr(0, 64)).Dump() + ", and the import is of " +
             std::string(WordOf(scheme.kind));
    }
    sides = TextsOf(given, "responses", ReviewBounds::kResponses);
    subject.claims = TextsOf(given, "claims", ReviewBounds::kParts);
    subject.calls = TextsOf(given, "calls", ReviewBounds::kParts);
    const Json* epoch = given.Find("epoch");
    if (epoch != nullptr && epoch->is_integer() && epoch->as_integer() > 0 && epoch->as_integer() < 1'000'000)
      record.epoch = static_cast<int>(epoch->as_integer());
  } else {
    const std::size_t count = std::min(ResponsesOf(scheme.kind, listed), ReviewBounds::kResponses);
    for (std::size_t i = 0; i < count; ++i) {
      const bool has_id = listed.is_array() && i < listed.as_array().size() && listed.as_array()[i].is_object();
      const std::string id = has_id ? TextIn(listed.as_array()[i], "id") : "";
      sides.push_back(id.empty() ? std::string(1, static_cast<char>('a' + i % 26)) : id);
    }
  }
  if (sides.size() != ResponsesOf(scheme.kind, listed)) return "data.subject.responses: are not those of the task";
  if (std::set<std::string>(sides.begin(), sides.end()).size() != sides.size())
    return "data.subject.responses: has one of them twice";
  subject.responses = sides;
  return "";
}

void ReadResponseTexts(const Json& data, const std::vector<std::string>& sides, ExchangeRecord& record) {
  const Json listed = Unfolded(data.Find("responses"));
  for (std::size_t i = 0; i < sides.size(); ++i) {
    RecordResponse response{.id = sides[i]};
    switch (record.item.subject.kind) {
      case ReviewItemKind::kPairwise:
        response.text = TextIn(data, i == 0 ? "response_a" : "response_b");
        break;
      case ReviewItemKind::kRanking:
        if (listed.is_array() && i < listed.as_array().size()) response.text = TextIn(listed.as_array()[i], "body");
        break;
      default:
        response.text = TextIn(data, "response");
    }
    record.texts.responses.push_back(std::move(response));
  }
}

std::string ReadPrompt(const Json& data, ExchangeRecord& record) {
  const Json messages = Unfolded(data.Find("messages"));
  if (!messages.is_null() && messages != Json("")) {
    Result<std::vector<Message>> read = ReadConversation(messages);
    if (!read) return "data.messages" + read.error().message;
    record.texts.prompt = *std::move(read);
    return "";
  }
  const std::string prompt = TextIn(data, "prompt");
  if (!prompt.empty()) record.texts.prompt = {{.role = Role::kUser, .content = prompt}};
  return "";
}

// Claims and calls of another project have no ids that a subject names: they get their numbers.
void ReadParts(const Json& data, ExchangeRecord& record) {
  ReviewSubject& subject = record.item.subject;
  const bool has_claims = subject.kind == ReviewItemKind::kGrounding;
  if (!has_claims && subject.kind != ReviewItemKind::kToolUse) return;
  const Json list = Unfolded(data.Find(has_claims ? "claims" : "calls"));
  if (!list.is_array()) return;
  const bool is_foreign = data.Find("subject") == nullptr;
  for (const Json& part : list.as_array()) {
    if (record.texts.parts.size() == ReviewBounds::kParts) return;
    RecordPart read{.id = TextIn(part, "id"), .text = part.is_string() ? part.as_string() : TextIn(part, "text")};
    if (is_foreign) read.id = std::to_string(record.texts.parts.size() + 1);
    if (is_foreign) (has_claims ? subject.claims : subject.calls).push_back(read.id);
    record.texts.parts.push_back(std::move(read));
  }
}

// "" or the member of `data` that should be a text.
std::string FaultOfTexts(const Json& data, ReviewItemKind kind) {
  for (const char* key : {"ref", "prompt", "response", "response_a", "response_b", "reference", "context"}) {
    const Json* value = data.Find(key);
    const bool is_text = value == nullptr || value->is_null() || value->is_string();
    if (!is_text && IsOurData(key, kind)) return "data." + std::string(key) + ": expected a text";
  }
  return "";
}

// Reads one task; the first fault ends it.
class TaskReader {
 public:
  TaskReader(const Json& task, const LabelScheme& scheme, const ImportOptions& options)
      : task_(task), scheme_(scheme), options_(options) {}

  ReadTask Read() {
    if (!ReadData() || !ReadMeta() || !ReadAnnotations() || !ReadPredictions())
      return {.fault = ImportFault{.path = path_, .reason = reason_}};
    return {.record = std::move(record_)};
  }

 private:
  bool Complain(std::string path, std::string reason) {
    path_ = std::move(path);
    reason_ = std::move(reason);
    return false;
  }

  // A task without `data` is data altogether.
  bool ReadData() {
    const Json* data = task_.Find("data");
    if (data != nullptr && !data->is_object()) return Complain("data", "expected an object");
    const std::string fault = ReadTaskData(data == nullptr ? task_ : *data, scheme_, record_, sides_);
    const std::size_t colon = fault.find(": ");
    if (!fault.empty())
      return Complain(fault.substr(0, colon), fault.substr(colon == std::string::npos ? 0 : colon + 2));
    if (data == nullptr) return true;
    KeepExtra("task", WithoutKnown(task_, kOurMembers), record_.extra);
    const Json* id = task_.Find("id");
    if (record_.item.id.empty() && record_.item.case_id.empty() && id != nullptr)
      record_.item.case_id = id->is_string() ? id->as_string() : id->Dump();
    return true;
  }

  // What we said of the item when it left, into which data and annotations are laid.
  bool ReadMeta() {
    const Json* meta = task_.Find("meta");
    if (meta == nullptr || !meta->is_object()) return true;
    constexpr std::string_view kOurMeta[] = {"source", "assay"};
    KeepExtra("meta", WithoutKnown(*meta, kOurMeta), record_.extra);
    const Json* ours = meta->Find("assay");
    if (ours == nullptr) return true;
    Result<ExchangeRecord> read = ExchangeRecordFromJson(*ours, options_.longest_record);
    if (!read) return Complain("meta.assay", read.error().message);
    if (read->item.id != record_.item.id) return Complain("meta.assay.item.id", "is not data.ref");
    if (!IsAboutTheSame(*read)) return Complain("meta.assay.item.subject", "is not that of data.subject");
    if (!HasJudgementsOnce(*read)) return Complain("meta.assay.judgements", "have an id twice");
    LayTexts(*read);
    record_ = *std::move(read);
    has_meta_ = true;
    return true;
  }

  // Sides are dealt; all else of the subject is the same in both.
  bool IsAboutTheSame(const ExchangeRecord& meta) const {
    ReviewSubject subject = meta.item.subject;
    std::vector<std::string> sides = sides_;
    std::ranges::sort(subject.responses);
    std::ranges::sort(sides);
    const auto is_of_subject = [&](const RecordResponse& response) {
      return std::ranges::find(sides, response.id) != sides.end();
    };
    return subject.kind == record_.item.subject.kind && subject.responses == sides &&
           subject.claims == record_.item.subject.claims && subject.calls == record_.item.subject.calls &&
           meta.epoch == record_.epoch && std::ranges::all_of(meta.texts.responses, is_of_subject);
  }

  static bool HasJudgementsOnce(const ExchangeRecord& meta) {
    std::set<std::string_view> ids;
    return std::ranges::all_of(meta.judgements,
                               [&](const Judgement& judgement) { return ids.insert(judgement.id).second; });
  }

  void LayTexts(ExchangeRecord& meta) const {
    meta.extra = record_.extra;
    const std::vector<RecordResponse> models = std::move(meta.texts.responses);
    meta.texts = record_.texts;
    // Label Studio has the responses in the order of the sides, and an item in that of its subject.
    meta.texts.responses.clear();
    for (RecordResponse response : models) {
      const auto text = std::ranges::find(record_.texts.responses, response.id, &RecordResponse::id);
      if (text != record_.texts.responses.end()) response.text = text->text;
      meta.texts.responses.push_back(std::move(response));
    }
    for (const RecordResponse& response : record_.texts.responses) {
      const bool is_new = std::ranges::find(models, response.id, &RecordResponse::id) == models.end();
      if (is_new && !response.text.empty()) meta.texts.responses.push_back(response);
    }
  }

  bool ReadAnnotations() {
    const Json* list = task_.Find("annotations");
    if (list == nullptr) list = task_.Find("completions");  // before version 1.0
    if (list == nullptr || list->is_null()) {
      DropDeleted({});
      return true;
    }
    if (!list->is_array()) return Complain("annotations", "expected a list");
    if (list->as_array().size() > options_.most_judgements)
      return Complain("annotations", "has more than " + std::to_string(options_.most_judgements));
    std::vector<std::string> seen;
    for (std::size_t i = 0; i < list->as_array().size(); ++i) {
      if (!ReadAnnotation(list->as_array()[i], "annotations[" + std::to_string(i) + "]", seen)) return false;
    }
    DropDeleted(seen);
    if (!annotation_extra_.as_object().empty()) KeepExtra("annotations", std::move(annotation_extra_), record_.extra);
    return true;
  }

  // A judgement that left as an annotation and did not come back was deleted there.
  void DropDeleted(const std::vector<std::string>& seen) {
    if (!has_meta_) return;
    std::erase_if(record_.judgements, [&](const Judgement& judgement) {
      return IsCurrent(record_, judgement) && std::ranges::find(seen, judgement.id) == seen.end();
    });
  }

  bool ReadAnnotation(const Json& annotation, const std::string& path, std::vector<std::string>& seen) {
    if (!annotation.is_object()) return Complain(path, "expected an object");
    const Json* cancelled = annotation.Find("was_cancelled");
    if (cancelled != nullptr && *cancelled == Json(true)) return true;
    ControlValues values;
    Json relations{Json::Array{}};
    if (!ReadResults(annotation, path, values, relations)) return false;
    ReadContent read = ContentOf(values, scheme_, record_.item.subject, sides_);
    if (read.fault) {
      return Complain(path + ".result" + (read.fault->path.empty() ? "" : "[" + read.fault->path + "]"),
                      read.fault->reason);
    }
    const std::string id = IdOf(annotation);
    if (std::ranges::find(seen, id) != seen.end()) return Complain(path + ".unique_id", "is there twice");
    seen.push_back(id);
    KeepAnnotationExtra(id, annotation, std::move(relations));
    const auto known = std::ranges::find(record_.judgements, id, &Judgement::id);
    if (known != record_.judgements.end()) return LayContent(std::move(read.content), known->content);
    return AddForeign(id, annotation, path, std::move(read.content));
  }

  static bool LayContent(JudgementContent read, JudgementContent& content) {
    content.opinion = std::move(read.opinion);
    content.rationale = std::move(read.rationale);
    content.clauses = std::move(read.clauses);
    content.is_ambiguous = read.is_ambiguous;
    content.proposal = std::move(read.proposal);
    content.is_severe = read.is_severe;
    return true;
  }

  bool AddForeign(const std::string& id, const Json& annotation, const std::string& path, JudgementContent content) {
    Time at{};
    if (const std::string created = TextIn(annotation, "created_at"); !created.empty()) {
      const Result<Time> time = ParseTime(created);
      if (!time) return Complain(path + ".created_at", "expected a time (RFC 3339)");
      at = *time;
    }
    const Json* lead = annotation.Find("lead_time");
    const double seconds = lead != nullptr && lead->is_number() ? lead->as_number() : 0;
    Judgement judgement = ForeignJudgement(id, PersonOf(annotation), at, seconds, sides_, record_);
    LayContent(std::move(content), judgement.content);
    judgement.content.rubric_version = scheme_.rubric.ParsedVersion();
    record_.judgements.push_back(std::move(judgement));
    return true;
  }

  static std::string IdOf(const Json& annotation) {
    if (const std::string unique = TextIn(annotation, "unique_id"); !unique.empty()) return unique;
    const Json* id = annotation.Find("id");
    return "label_studio/" + (id == nullptr ? "" : id->is_string() ? id->as_string() : id->Dump());
  }

  std::string PersonOf(const Json& annotation) const {
    const Json* by = annotation.Find("completed_by");
    if (by == nullptr) return "";
    if (by->is_object()) return PersonAt(TextIn(*by, "email"), options_.people_domain);
    return by->is_string() ? PersonAt(by->as_string(), options_.people_domain) : "label_studio:" + by->Dump();
  }

  void KeepAnnotationExtra(const std::string& id, const Json& annotation, Json relations) {
    Json extra = WithoutKnown(annotation, kOurAnnotation);
    if (!relations.as_array().empty()) extra.Set("relations", std::move(relations));
    if (!extra.as_object().empty()) annotation_extra_.Set(id, std::move(extra));
  }

  bool ReadResults(const Json& annotation, const std::string& path, ControlValues& values, Json& relations) {
    constexpr std::size_t kMost = 5000;
    const Json* results = annotation.Find("result");
    if (results == nullptr || !results->is_array()) return Complain(path + ".result", "expected a list");
    if (results->as_array().size() > kMost) return Complain(path + ".result", "has more than 5000 results");
    for (std::size_t i = 0; i < results->as_array().size(); ++i) {
      const Json& result = results->as_array()[i];
      const std::string place = path + ".result[" + std::to_string(i) + "]";
      if (!result.is_object()) return Complain(place, "expected an object");
      const std::string type = TextIn(result, "type");
      if (type == "relation") {
        relations.as_array().push_back(result);
        continue;
      }
      if (!AddValue(result, type, place, values)) return false;
    }
    return true;
  }

  bool AddValue(const Json& result, const std::string& type, const std::string& place, ControlValues& values) {
    const std::string name = TextIn(result, "from_name");
    const LabelControl* control = scheme_.Find(name);
    const std::string called = Json(name.substr(0, 64)).Dump();
    if (control == nullptr)
      return Complain(place + ".from_name",
                      "rubric \"" + scheme_.rubric.name + "\" has no control " + called + DidYouMean(name, Names()));
    const bool is_right = type == TypeOf(control->tag) || (type == "pairwise" && name == "preference");
    if (!is_right) {
      return Complain(place + ".type", "is " + Json(type.substr(0, 64)).Dump() + ", and control " + called + " is a " +
                                           std::string(TypeOf(control->tag)));
    }
    const Json* value = result.Find("value");
    if (value == nullptr || !value->is_object()) return Complain(place + ".value", "expected an object");
    values[name].push_back(*value);
    return true;
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const LabelControl& control : scheme_.controls) names.push_back(control.name);
    return names;
  }

  bool ReadPredictions() {
    const Json* list = task_.Find("predictions");
    if (list == nullptr || !list->is_array()) return true;
    if (list->as_array().size() > 100) return Complain("predictions", "has more than 100");
    for (std::size_t i = 0; i < list->as_array().size(); ++i) {
      const Json& prediction = list->as_array()[i];
      const std::string path = "predictions[" + std::to_string(i) + "]";
      if (!prediction.is_object()) return Complain(path, "expected an object");
      ControlValues values;
      Json relations{Json::Array{}};
      if (!ReadResults(prediction, path, values, relations)) return false;
      ReadContent read = ContentOf(values, scheme_, record_.item.subject, sides_);
      if (read.fault) return Complain(path + ".result", read.fault->path + " " + read.fault->reason);
      ReviewSuggestion suggestion{.opinion = std::move(read.content.opinion),
                                  .by = TextIn(prediction, "model_version")};
      const Json* score = prediction.Find("score");
      if (score != nullptr && score->is_number()) suggestion.score = score->as_number();
      record_.suggestions.push_back(std::move(suggestion));
    }
    return true;
  }

  const Json& task_;
  const LabelScheme& scheme_;
  const ImportOptions& options_;
  ExchangeRecord record_;
  std::vector<std::string> sides_;
  Json annotation_extra_ = Json(Json::Object{});
  bool has_meta_ = false;
  std::string path_;
  std::string reason_;
};

}  // namespace

std::string ReadTaskData(const Json& data, const LabelScheme& scheme, ExchangeRecord& record,
                         std::vector<std::string>& sides) {
  if (std::string fault = FaultOfTexts(data, scheme.kind); !fault.empty()) return fault;
  record.item.id = TextIn(data, "ref");
  record.item.rubric = scheme.rubric.name;
  record.item.rubric_version = scheme.rubric.ParsedVersion();
  record.rubric_version = record.item.rubric_version;
  if (record.item.id.size() > ReviewBounds::kName) return "data.ref: has more than 128 bytes";
  if (std::string fault = ReadSubject(data, scheme, record, sides); !fault.empty()) return fault;
  if (std::string fault = ReadPrompt(data, record); !fault.empty()) return fault;
  ReadResponseTexts(data, sides, record);
  record.texts.reference = TextIn(data, "reference");
  record.texts.context = TextIn(data, "context");
  ReadParts(data, record);
  Json others{Json::Object{}};
  for (const auto& [key, value] : data.as_object()) {
    if (!IsOurData(key, scheme.kind)) others.as_object().emplace_back(key, value);
  }
  KeepExtra("data", std::move(others), record.extra);
  return "";
}

Judgement ForeignJudgement(const std::string& id, std::string person, Time at, double lead_seconds,
                           const std::vector<std::string>& sides, const ExchangeRecord& record) {
  constexpr double kMost = 30.0 * 86400;
  const double seconds = lead_seconds >= 0 && lead_seconds <= kMost ? lead_seconds : 0;
  Judgement judgement{.id = id, .person = std::move(person), .epoch = record.epoch, .presented = sides, .at = at};
  // Label Studio knows no pauses: all of the time counts as active.
  judgement.content.times.active = Duration(std::llround(seconds * 1e6));
  judgement.content.times.leased_at = at - judgement.content.times.active;
  judgement.content.source = "label_studio";
  return judgement;
}

ReadTask RecordOfTask(const Json& task, const LabelScheme& scheme, const ImportOptions& options) {
  return TaskReader(task, scheme, options).Read();
}

}  // namespace assay
