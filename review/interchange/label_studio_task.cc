#include "review/interchange/label_studio_task.h"

#include <algorithm>

#include "core/conversation.h"
#include "review/sampling.h"

namespace assay {
namespace {

double LeadSeconds(const JudgementTimes& times) {
  return std::chrono::duration<double>(times.active + times.idle).count();
}

Json ListOfTexts(const std::vector<std::string>& texts) {
  Json::Array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return Json(std::move(list));
}

const RecordResponse* ResponseOf(const ExchangeRecord& record, const std::string& id) {
  const auto found = std::ranges::find(record.texts.responses, id, &RecordResponse::id);
  return found == record.texts.responses.end() ? nullptr : &*found;
}

std::string TextOfResponse(const ExchangeRecord& record, const std::string& id) {
  const RecordResponse* response = ResponseOf(record, id);
  return response == nullptr ? "" : response->text;
}

// One question of a user is a text; what is more is shown with who said it, and kept as `messages`.
void AddPrompt(const std::vector<Message>& prompt, Json& data) {
  const bool is_plain =
      prompt.empty() || (prompt.size() == 1 && prompt[0] == Message{.role = Role::kUser, .content = prompt[0].content});
  if (is_plain) return data.Set("prompt", prompt.empty() ? "" : prompt[0].content);
  std::string shown;
  Json::Array messages;
  for (const Message& message : prompt) {
    shown += (shown.empty() ? "" : "\n\n") + std::string(Name(message.role)) + ": " + message.content;
    messages.push_back(ToJson(message));
  }
  data.Set("prompt", shown);
  data.Set("messages", Json(std::move(messages)));
}

void AddResponses(const ExchangeRecord& record, const std::vector<std::string>& sides,
                  const std::vector<std::string>& names, Json& data) {
  switch (record.item.subject.kind) {
    case ReviewItemKind::kPairwise:
      data.Set("response_a", sides.empty() ? "" : TextOfResponse(record, sides[0]));
      data.Set("response_b", sides.size() < 2 ? "" : TextOfResponse(record, sides[1]));
      return;
    case ReviewItemKind::kRanking: {
      Json::Array list;
      for (std::size_t i = 0; i < sides.size(); ++i) {
        list.push_back(Json::Of({{"id", names[i]},
                                 {"title", "Response " + std::to_string(i + 1)},
                                 {"body", TextOfResponse(record, sides[i])}}));
      }
      return data.Set("responses", Json(std::move(list)));
    }
    default:
      return data.Set("response", sides.empty() ? "" : TextOfResponse(record, sides[0]));
  }
}

void AddParts(const ExchangeRecord& record, Json& data) {
  const ReviewSubject& subject = record.item.subject;
  const bool has_claims = subject.kind == ReviewItemKind::kGrounding;
  if (!has_claims && subject.kind != ReviewItemKind::kToolUse) return;
  Json::Array list;
  for (const RecordPart& part : record.texts.parts) list.push_back(Json::Of({{"id", part.id}, {"text", part.text}}));
  data.Set(has_claims ? "claims" : "calls", Json(std::move(list)));
}

Json SubjectJson(const ExchangeRecord& record, const std::vector<std::string>& responses) {
  return Json::Of({{"kind", WordOf(record.item.subject.kind)},
                   {"epoch", record.epoch},
                   {"responses", ListOfTexts(responses)},
                   {"claims", ListOfTexts(record.item.subject.claims)},
                   {"calls", ListOfTexts(record.item.subject.calls)}});
}

// `names` are what the responses are called, in the order of `sides`.
Json DataOf(const ExchangeRecord& record, const std::vector<std::string>& sides,
            const std::vector<std::string>& names) {
  Json data = Json::Of({{"ref", record.item.id}, {"subject", SubjectJson(record, names)}});
  AddPrompt(record.texts.prompt, data);
  AddResponses(record, sides, names, data);
  const ReviewItemKind kind = record.item.subject.kind;
  const bool shows_context = kind == ReviewItemKind::kGrounding || !record.texts.context.empty();
  if (kind == ReviewItemKind::kCorrection || !record.texts.reference.empty())
    data.Set("reference", record.texts.reference);
  if (shows_context) data.Set("context", record.texts.context);
  AddParts(record, data);
  return data;
}

// What of an annotation is in its results is not in `meta` too.
void LeaveOutAnswers(JudgementContent& content) {
  content.opinion = {};
  content.rationale.clear();
  content.clauses.clear();
  content.is_ambiguous = false;
  content.proposal.clear();
  content.is_severe = false;
}

// The record without what stands in `data`, in annotations and in predictions.
ExchangeRecord MetaRecord(const ExchangeRecord& record) {
  ExchangeRecord meta = record;
  meta.extra = {};
  meta.suggestions.clear();
  meta.texts.prompt.clear();
  meta.texts.reference.clear();
  meta.texts.context.clear();
  meta.texts.parts.clear();
  for (RecordResponse& response : meta.texts.responses) response.text.clear();
  for (Judgement& judgement : meta.judgements) {
    if (IsCurrent(record, judgement)) LeaveOutAnswers(judgement.content);
  }
  return meta;
}

Json ResultsOf(const std::vector<ControlValue>& values, const std::string& prefix, std::string_view origin) {
  Json::Array results;
  for (const ControlValue& value : values) {
    results.push_back(Json::Of({{"id", prefix + std::to_string(results.size() + 1)},
                                {"from_name", value.control},
                                {"to_name", value.to_name},
                                {"type", TypeOf(value.tag)},
                                {"origin", origin},
                                {"value", value.value}}));
  }
  return Json(std::move(results));
}

// Adds the members of `more` that `object` lacks.
void AddMissing(const Json* more, Json& object) {
  if (more == nullptr || !more->is_object()) return;
  for (const auto& [key, value] : more->as_object()) {
    if (object.Find(key) == nullptr) object.Set(key, value);
  }
}

bool IsAdjudicatedBy(const ExchangeRecord& record, const Judgement& judgement) {
  const ReviewDecision* decision = HoldingDecision(record);
  return decision != nullptr && decision->method == DecisionMethod::kAdjudicated &&
         judgement.role == JudgementRole::kAdjudicate && !decision->inputs.empty() &&
         decision->inputs.back() == judgement.id;
}

Json AnnotationOf(const ExchangeRecord& record, const Judgement& judgement, const LabelScheme& scheme,
                  const std::vector<std::string>& sides, const LabelStudioOptions& options, std::size_t number) {
  const std::vector<ControlValue> values = ValuesOf(judgement.content, scheme, record.item.subject, sides);
  Json annotation =
      Json::Of({{"unique_id", judgement.id},
                {"completed_by", Json::Of({{"email", AddressOf(judgement.person, options.people_domain)}})},
                {"result", ResultsOf(values, "a" + std::to_string(number) + "_", "manual")},
                {"was_cancelled", false},
                {"ground_truth", IsAdjudicatedBy(record, judgement)},
                {"lead_time", LeadSeconds(judgement.content.times)},
                {"created_at", FormatTime(judgement.at)},
                {"updated_at", FormatTime(judgement.at)}});
  const Json* extra = record.extra.Find("annotations");
  const Json* own = extra == nullptr ? nullptr : extra->Find(judgement.id);
  if (own == nullptr) return annotation;
  AddMissing(own, annotation);
  // Relations are results that answer nothing.
  if (const Json* relations = own->Find("relations"); relations != nullptr && relations->is_array()) {
    std::erase_if(annotation.as_object(), [](const Json::Member& member) { return member.first == "relations"; });
    for (auto& [key, value] : annotation.as_object()) {
      if (key != "result") continue;
      for (const Json& relation : relations->as_array()) value.as_array().push_back(relation);
    }
  }
  return annotation;
}

Json PredictionsOf(const ExchangeRecord& record, const LabelScheme& scheme, const std::vector<std::string>& sides) {
  Json::Array predictions;
  for (const ReviewSuggestion& suggestion : record.suggestions) {
    const std::string prefix = "p" + std::to_string(predictions.size() + 1) + "_";
    Json prediction = Json::Of({{"model_version", suggestion.by}});
    if (suggestion.score) prediction.Set("score", *suggestion.score);
    prediction.Set("result",
                   ResultsOf(ValuesOf(suggestion.opinion, scheme, record.item.subject, sides), prefix, "prediction"));
    predictions.push_back(std::move(prediction));
  }
  return Json(std::move(predictions));
}

}  // namespace

std::string AddressOf(const std::string& person, const std::string& domain) {
  return person.find('@') == std::string::npos ? person + "@" + domain : person;
}

std::string PersonAt(const std::string& address, const std::string& domain) {
  const std::string end = "@" + domain;
  return address.ends_with(end) ? address.substr(0, address.size() - end.size()) : address;
}

std::vector<std::string> SidesOf(const ReviewItem& item, const LabelStudioOptions& options) {
  return options.draw_key.empty() ? item.subject.responses : PresentationOf(item, "label_studio", options.draw_key);
}

Json ResultsOf(const Opinion& opinion, const LabelScheme& scheme, const ReviewSubject& subject,
               const std::vector<std::string>& sides) {
  return ResultsOf(ValuesOf(opinion, scheme, subject, sides), "p1_", "prediction");
}

Json TaskOf(const ExchangeRecord& record, const LabelScheme& scheme, const LabelStudioOptions& options,
            std::int64_t number) {
  const std::vector<std::string> sides = SidesOf(record.item, options);
  Json task{Json::Object{}};
  if (number > 0) task.Set("id", number);
  Json data = DataOf(record, sides, sides);
  AddMissing(record.extra.Find("data"), data);
  task.Set("data", std::move(data));
  if (number == 0) {
    Json meta = Json::Of({{"source", "assay"}, {"assay", ToJson(MetaRecord(record))}});
    AddMissing(record.extra.Find("meta"), meta);
    task.Set("meta", std::move(meta));
  }
  Json::Array annotations;
  for (const Judgement& judgement : record.judgements) {
    if (!IsCurrent(record, judgement)) continue;
    annotations.push_back(AnnotationOf(record, judgement, scheme, sides, options, annotations.size() + 1));
  }
  task.Set("annotations", Json(std::move(annotations)));
  task.Set("predictions", PredictionsOf(record, scheme, sides));
  AddMissing(record.extra.Find("task"), task);
  return task;
}

Json BlindTaskOf(const ExchangeRecord& record, const LabelStudioOptions& options) {
  const std::vector<std::string> sides = SidesOf(record.item, options);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < sides.size(); ++i) names.emplace_back(1, static_cast<char>('a' + i % 26));
  for (std::size_t i = 26; i < names.size(); ++i) names[i] += std::to_string(i / 26);
  return Json::Of({{"data", DataOf(record, sides, names)}});
}

}  // namespace assay
