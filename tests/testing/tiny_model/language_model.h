#pragma once
// A small language model of the Llama 2 architecture that computes its answers: RMSNorm, rotary positions, attention
// with grouped queries, SwiGLU. Read from the legacy format of llama2.c.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"

namespace assay::testing {

// Where the model lies beside a checkout, ../shared/data/tiny_lm; absent when it is not there (skip the test and say
// so with kNoTinyModel).
std::optional<std::filesystem::path> TinyModelFolder();
inline constexpr char kNoTinyModel[] = "SKIPPED: ../shared/data/tiny_lm is not beside the checkout";

// Immutable, thread-safe.
class LanguageModel {
 public:
  struct Shape {
    int width = 0;  // of a token's vector
    int hidden = 0;
    int layers = 0;
    int heads = 0;
    int key_heads = 0;  // `heads` is a multiple of it: that many queries share a key
    int vocabulary = 0;
    int context = 0;  // tokens of prompt and answer together at most

    int head_width() const { return width / heads; }
    int key_width() const { return head_width() * key_heads; }
  };

  // kInvalidArgument for what is no such file, and the errors of ReadFile.
  static Result<LanguageModel> Load(const std::filesystem::path& file);

  const Shape& shape() const { return shape_; }

 private:
  friend class Session;
  // One matrix or vector for every layer, one behind the other.
  struct Weights {
    std::span<const float> embedding, attention_norm, query, key, value, output;
    std::span<const float> feed_norm, gate, down, up, final_norm, classifier;
  };

  Shape shape_;
  std::shared_ptr<const std::vector<float>> numbers_;  // what the weights point into
  Weights weights_;
};

// One text as it grows: the keys and values of the tokens so far. Not thread-safe; `model` outlives it.
class Session {
 public:
  explicit Session(const LanguageModel& model);

  // Tokens taken so far; at most the model's context.
  int length() const { return length_; }
  // Appends `token` (within the vocabulary, while there is room) and gives the logits of the one after it, which are
  // good until the next call.
  std::span<const float> Take(int token);

 private:
  void Attend(int layer);
  void Feed(int layer);

  const LanguageModel& model_;
  int length_ = 0;
  std::vector<float> keys_;    // [layer][position][key_width]
  std::vector<float> values_;  // likewise
  std::vector<float> state_;   // of the token that is taken
  std::vector<float> logits_;
};

}  // namespace assay::testing
