#pragma once
// An answer, token by token.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "tests/testing/tiny_model/language_model.h"
#include "tests/testing/tiny_model/tokenizer.h"

namespace assay::testing {

// The natural logarithms of the shares that softmax gives `logits`.
std::vector<double> LogSoftmax(std::span<const float> logits);

struct GenerationOptions {
  int max_tokens = 0;      // fewer when the context is full
  double temperature = 1;  // 0: always the likeliest token
  double top_p = 1;        // draws from the likeliest tokens that together have this share
  std::uint64_t seed = 0;  // the same seed, the same answer
  int alternatives = 0;    // the likeliest tokens to report with each
};

struct ScoredToken {
  int token = 0;
  double logprob = 0;  // of the model's own distribution, whatever the temperature
};

struct GeneratedToken {
  ScoredToken chosen;
  std::string bytes;                      // of its text; may be a part of a character
  std::vector<ScoredToken> alternatives;  // the likeliest first
};

// Not thread-safe; model and tokenizer outlive it.
class Generation {
 public:
  // `prompt` begins with Tokenizer::kBegin and leaves room in the context.
  Generation(const LanguageModel& model, const Tokenizer& tokenizer, const std::vector<int>& prompt,
             GenerationOptions options);

  // Nothing after the last token.
  std::optional<GeneratedToken> Next();
  int generated() const { return generated_; }
  // Whether the model ended its text, rather than being cut.
  bool has_ended() const { return has_ended_; }

 private:
  int Choose(std::span<const float> logits);

  const Tokenizer& tokenizer_;
  const GenerationOptions options_;
  const int context_;
  Session session_;
  Random random_;
  int last_ = Tokenizer::kBegin;  // not yet taken by the session
  int generated_ = 0;
  bool has_ended_ = false;
};

// What of a growing text may be shown: whole characters, and nothing of a stop text. Thread-compatible.
class ShownText {
 public:
  explicit ShownText(std::vector<std::string> stops) : stops_(std::move(stops)) {}

  // What `bytes` makes certain, in valid UTF-8; "" while it depends on what follows, and after a stop text.
  std::string Add(std::string_view bytes);
  // The rest, at the end of the text.
  std::string Finish();
  bool is_stopped() const { return is_stopped_; }

 private:
  const std::vector<std::string> stops_;
  std::string held_;
  bool is_stopped_ = false;
};

// `bytes` with U+FFFD for each byte that belongs to no character.
std::string ValidUtf8(std::string_view bytes);

}  // namespace assay::testing
