#include "daemon/item_content.h"

#include <algorithm>
#include <set>

#include "review/facts.h"

namespace assay {
namespace {

Json ToJson(const std::vector<ItemContent::Text>& texts) {
  Json::Array array;
  for (const ItemContent::Text& text : texts) array.push_back(Json::Of({{"name", text.name}, {"text", text.text}}));
  return array;
}

Json ToJson(const ShownResponse& response) {
  Json::Array calls;
  for (const ShownCall& call : response.calls) {
    calls.push_back(
        Json::Of({{"id", call.id}, {"tool", call.tool}, {"arguments", call.arguments}, {"result", call.result}}));
  }
  return Json::Of({{"id", response.id}, {"text", response.text}, {"calls", std::move(calls)}});
}

Json ToJson(const ResponseSource& source) {
  return Json::Of({{"response", source.response},
                   {"run", source.run},
                   {"model", source.model},
                   {"model_version", source.model_version},
                   {"is_candidate", source.is_candidate}});
}

Json ToJson(const ReviewSuggestion& suggestion) {
  return Json::Of({{"opinion", ToJson(suggestion.opinion)},
                   {"by", suggestion.by},
                   {"score", suggestion.score ? Json(*suggestion.score) : Json()}});
}

// Reads members, and remembers whether anything is not what it should be.
class ContentReader {
 public:
  std::string Text(const Json& object, std::string_view key) {
    const Json* member = object.Find(key);
    const bool is_text = member != nullptr && member->is_string();
    is_good_ = is_good_ && is_text;
    return is_text ? member->as_string() : "";
  }
  bool Flag(const Json& object, std::string_view key) {
    const Json* member = object.Find(key);
    const bool is_flag = member != nullptr && member->is_bool();
    is_good_ = is_good_ && is_flag;
    return is_flag && member->as_bool();
  }
  const Json::Array& List(const Json& object, std::string_view key) {
    static const Json::Array kEmpty;
    const Json* member = object.Find(key);
    const bool is_list = member != nullptr && member->is_array();
    is_good_ = is_good_ && is_list;
    return is_list ? member->as_array() : kEmpty;
  }
  std::vector<ItemContent::Text> Texts(const Json& object, std::string_view key) {
    std::vector<ItemContent::Text> texts;
    for (const Json& each : List(object, key)) texts.push_back({Text(each, "name"), Text(each, "text")});
    return texts;
  }
  ShownResponse Response(const Json& object) {
    ShownResponse response{.id = Text(object, "id"), .text = Text(object, "text")};
    for (const Json& call : List(object, "calls")) {
      response.calls.push_back({Text(call, "id"), Text(call, "tool"), Text(call, "arguments"), Text(call, "result")});
    }
    return response;
  }
  ResponseSource Source(const Json& object) {
    return {Text(object, "response"), Text(object, "run"), Text(object, "model"), Text(object, "model_version"),
            Flag(object, "is_candidate")};
  }
  std::optional<ReviewSuggestion> Suggestion(const Json& content) {
    const Json* object = content.Find("suggestion");
    if (object == nullptr) return std::nullopt;
    ReviewSuggestion suggestion{.by = Text(*object, "by")};
    const Json* opinion = object->Find("opinion");
    auto read = opinion == nullptr ? OpinionFromJson(Json()) : OpinionFromJson(*opinion);
    is_good_ = is_good_ && read.has_value();
    if (read) suggestion.opinion = *std::move(read);
    const Json* score = object->Find("score");
    if (score != nullptr && score->is_number()) suggestion.score = score->as_number();
    return suggestion;
  }
  bool is_good() const { return is_good_; }

 private:
  bool is_good_ = true;
};

}  // namespace

const ResponseSource* ItemContent::Candidate() const {
  const auto found = std::ranges::find(sources, true, &ResponseSource::is_candidate);
  return found == sources.end() ? nullptr : &*found;
}

bool ShowsTheSame(const ItemContent& one, const ItemContent& other) {
  const auto ids = [](const ItemContent& content) {
    std::set<std::string> all;
    for (const ShownResponse& response : content.responses) {
      all.insert("response " + response.id);
      for (const ShownCall& call : response.calls) all.insert("call " + response.id + " " + call.id);
    }
    for (const ItemContent::Text& claim : content.claims) all.insert("claim " + claim.name);
    return all;
  };
  return ids(one) == ids(other);
}

ItemContent WithoutTexts(const ItemContent& content, std::string why) {
  ItemContent left{.is_redacted = content.is_redacted,
                   .masked_by = content.masked_by,
                   .is_deleted = true,
                   .deleted_why = std::move(why),
                   .sources = content.sources};
  for (const ShownResponse& response : content.responses) {
    ShownResponse& kept = left.responses.emplace_back();
    kept.id = response.id;
    for (const ShownCall& call : response.calls) kept.calls.push_back({.id = call.id});
  }
  for (const ItemContent::Text& claim : content.claims) left.claims.push_back({.name = claim.name});
  return left;
}

std::string StoredText(const ItemContent& content) {
  Json::Array responses;
  for (const ShownResponse& response : content.responses) responses.push_back(ToJson(response));
  Json::Array sources;
  for (const ResponseSource& source : content.sources) sources.push_back(ToJson(source));
  Json json = Json::Of({{"prompt", ToJson(content.prompt)},
                        {"responses", std::move(responses)},
                        {"claims", ToJson(content.claims)},
                        {"reference", content.reference},
                        {"context", content.context},
                        {"fields", ToJson(content.fields)},
                        {"is_redacted", content.is_redacted},
                        {"sources", std::move(sources)}});
  // Contents without one keep the hash that they had before there were any.
  if (content.suggestion) json.Set("suggestion", ToJson(*content.suggestion));
  if (content.is_deleted) json.Set("is_deleted", true);
  if (!content.deleted_why.empty()) json.Set("deleted_why", content.deleted_why);
  if (!content.masked_by.empty()) json.Set("masked_by", content.masked_by);
  return json.Dump();
}

Result<ItemContent> ItemContentFrom(std::string_view text) {
  ASSAY_ASSIGN(const Json json, Json::Parse(text));
  ContentReader reader;
  ItemContent content{.prompt = reader.Texts(json, "prompt"),
                      .responses = {},
                      .claims = reader.Texts(json, "claims"),
                      .reference = reader.Text(json, "reference"),
                      .context = reader.Text(json, "context"),
                      .fields = reader.Texts(json, "fields"),
                      .is_redacted = reader.Flag(json, "is_redacted")};
  for (const Json& response : reader.List(json, "responses")) content.responses.push_back(reader.Response(response));
  for (const Json& source : reader.List(json, "sources")) content.sources.push_back(reader.Source(source));
  content.suggestion = reader.Suggestion(json);
  content.is_deleted = json.Find("is_deleted") != nullptr;
  if (json.Find("deleted_why") != nullptr) content.deleted_why = reader.Text(json, "deleted_why");
  if (json.Find("masked_by") != nullptr) content.masked_by = reader.Text(json, "masked_by");
  if (!reader.is_good()) return Fail(ErrorCode::kDataLoss, "the content of a review item cannot be read");
  return content;
}

}  // namespace assay
