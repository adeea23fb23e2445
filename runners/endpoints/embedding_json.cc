#include "runners/endpoints/embedding_json.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runners/endpoints/json_reply.h"

namespace assay {
namespace {

constexpr std::size_t kMaxTextBytes = 1u << 20;

constexpr char kNoEmbeddings[] = "this provider has no embeddings; openai-chat, openai-responses, gemini and ollama do";

std::unexpected<AttemptFailure> NoEmbeddings(const std::string& what) {
  return Malformed("answered 200 with JSON that holds no embeddings: " + what);
}

std::expected<std::vector<float>, AttemptFailure> ReadVector(const Json* value, const std::string& which) {
  if (value == nullptr || !value->is_array() || value->as_array().empty()) {
    return NoEmbeddings(which + " is no list of numbers");
  }
  if (value->as_array().size() > kMaxDimensions) {
    return NoEmbeddings(which + " has more than " + std::to_string(kMaxDimensions) + " numbers");
  }
  std::vector<float> vector;
  vector.reserve(value->as_array().size());
  for (const Json& number : value->as_array()) {
    const double real = number.is_number() ? number.as_number() : NAN;
    const auto narrow = static_cast<float>(real);
    if (!std::isfinite(narrow)) return NoEmbeddings(which + " holds what is no finite number");
    vector.push_back(narrow);
  }
  return vector;
}

}  // namespace

Result<HttpRequest> Provider::MakeEmbeddingRequest(const std::vector<std::string>&) const {
  return Fail(ErrorCode::kUnimplemented, kNoEmbeddings);
}

std::expected<Embeddings, AttemptFailure> Provider::ReadEmbeddings(const HttpResponse&, std::size_t) const {
  return std::unexpected(AttemptFailure{.kind = FailureKind::kBadRequest,
                                        .error = {ErrorCode::kUnimplemented, kNoEmbeddings, std::nullopt},
                                        .retry_after = {}});
}

Status CheckTexts(const std::vector<std::string>& texts, std::size_t max_texts) {
  if (texts.empty()) return Fail(ErrorCode::kInvalidArgument, "there is no text to embed");
  if (texts.size() > max_texts) {
    return Fail(ErrorCode::kResourceExhausted,
                std::to_string(texts.size()) + " texts to embed at once; at most " + std::to_string(max_texts));
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string which = "text " + std::to_string(i) + " to embed ";
    if (texts[i].empty()) return Fail(ErrorCode::kInvalidArgument, which + "is empty");
    if (texts[i].size() > kMaxTextBytes) return Fail(ErrorCode::kResourceExhausted, which + "is longer than 1 MiB");
  }
  return {};
}

std::expected<std::vector<std::vector<float>>, AttemptFailure> ReadVectors(const Json* list, std::string_view member,
                                                                           std::size_t texts) {
  if (list == nullptr || !list->is_array()) return NoEmbeddings("there is no list of them; check url and model");
  const Json::Array& entries = list->as_array();
  if (entries.size() != texts) {
    return NoEmbeddings(std::to_string(entries.size()) + " for " + std::to_string(texts) + " texts");
  }
  std::vector<std::vector<float>> vectors(texts);
  for (std::size_t i = 0; i < texts; ++i) {
    const Json* index = entries[i].Find("index");
    std::size_t place = i;
    if (index != nullptr) {
      const std::int64_t said = index->is_integer() ? index->as_integer() : -1;
      if (said < 0 || said >= static_cast<std::int64_t>(texts)) return NoEmbeddings("an index is none of a text");
      place = static_cast<std::size_t>(said);
    }
    const std::string which = "number " + std::to_string(place);
    if (!vectors[place].empty()) return NoEmbeddings(which + " is there twice");
    auto vector = ReadVector(member.empty() ? &entries[i] : entries[i].Find(member), which);
    if (!vector) return std::unexpected(std::move(vector).error());
    vectors[place] = *std::move(vector);
  }
  const auto differs = [&](const std::vector<float>& vector) { return vector.size() != vectors.front().size(); };
  if (std::ranges::any_of(vectors, differs)) return NoEmbeddings("they differ in length");
  return vectors;
}

std::string OpenaiEmbeddingsUrl(const std::string& base, std::string_view path) {
  const std::size_t query = std::min(base.find('?'), base.size());
  std::string url = base.substr(0, query);
  if (url.ends_with(path)) url.resize(url.size() - path.size());
  return WithPath(url + base.substr(query), "/embeddings");
}

Result<Json> OpenaiEmbeddingsBody(const std::string& model, const std::vector<std::string>& texts) {
  constexpr std::size_t kMaxTexts = 2048;
  ASSAY_TRY(CheckTexts(texts, kMaxTexts));
  return Json::Of({{"model", model}, {"input", Json::Array(texts.begin(), texts.end())}, {"encoding_format", "float"}});
}

std::expected<Embeddings, AttemptFailure> ReadOpenaiEmbeddings(const HttpResponse& answer, std::size_t texts,
                                                               std::string_view api_key) {
  const auto document = ReadJsonReply(answer, "embeddings", api_key);
  if (!document) return std::unexpected(document.error());
  auto vectors = ReadVectors(document->Find("data"), "embedding", texts);
  if (!vectors) return std::unexpected(std::move(vectors).error());
  return Embeddings{.vectors = *std::move(vectors),
                    .usage = {.tokens_in = CountAt(*document, "usage.prompt_tokens"), .tokens_out = 0}};
}

}  // namespace assay
