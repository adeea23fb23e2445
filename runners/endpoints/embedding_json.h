#pragma once
// What providers share that turn texts into vectors. Pure, thread-safe.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/embeddings.h"
#include "core/json.h"
#include "core/result.h"
#include "runners/endpoints/provider.h"

namespace assay {

inline constexpr std::size_t kMaxDimensions = 65'536;  // of a vector

// Whether the texts can be sent: 1 … `max_texts` of them, none empty, none over 1 MiB. kInvalidArgument,
// kResourceExhausted.
Status CheckTexts(const std::vector<std::string>& texts, std::size_t max_texts);

// The vectors that are the members `member` of a list's objects, or the elements themselves for "". One for each of the
// texts, at the place that `index` of each object says, where the objects have one. Finite numbers, one length.
std::expected<std::vector<std::vector<float>>, AttemptFailure> ReadVectors(const Json* list, std::string_view member,
                                                                           std::size_t texts);

// POST {base}/embeddings of OpenAI and those who speak its protocol; `path` is what `base` may end in instead.
std::string OpenaiEmbeddingsUrl(const std::string& base, std::string_view path);
Result<Json> OpenaiEmbeddingsBody(const std::string& model, const std::vector<std::string>& texts);
std::expected<Embeddings, AttemptFailure> ReadOpenaiEmbeddings(const HttpResponse& answer, std::size_t texts,
                                                               std::string_view api_key);

}  // namespace assay
