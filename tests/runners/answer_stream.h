#pragma once
// Answers that come in pieces, read by the provider that a word names.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "config/yaml_text.h"
#include "runners/endpoints/provider.h"

namespace assay::testing {

inline std::unique_ptr<Provider> StreamingProvider(const std::string& word) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("m.yaml", "{stream: true}", diagnostics);
  auto provider = FindProvider(word)(
      {.url = "http://h/v1", .model = "m", .api_key = "sk-secret", .headers = {}, .options = documents.at(0).root});
  EXPECT_TRUE(provider) << provider.error().message;
  return *std::move(provider);
}

// The answer when `text` arrives in pieces of `piece` bytes.
inline std::expected<Response, AttemptFailure> ReadStream(const std::string& word, std::string_view text,
                                                          std::size_t piece = 1000) {
  const auto stream = StreamingProvider(word)->MakeStream();
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (!stream->Read(text.substr(at, piece))) break;
  }
  return stream->Finish();
}

}  // namespace assay::testing
