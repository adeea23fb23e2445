#include "tests/testing/tiny_model/generation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace assay::testing {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Token numbers, the likeliest first; of equals the smaller number.
std::vector<int> ByLikelihood(std::span<const double> logprobs) {
  std::vector<int> order(logprobs.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&logprobs](int a, int b) {
    return logprobs[static_cast<std::size_t>(a)] > logprobs[static_cast<std::size_t>(b)];
  });
  return order;
}

// The size of the character that begins with `lead`; 0 when none does.
std::size_t SizeFromLead(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte >= 0xC2 && byte < 0xE0) return 2;
  if (byte >= 0xE0 && byte < 0xF0) return 3;
  return byte >= 0xF0 && byte < 0xF5 ? 4 : 0;
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Whether `text`, which begins with the lead byte of a character of several bytes, may go on so: no overlong forms, no
// surrogates, nothing above U+10FFFF.
bool IsSecondByteGood(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const auto second = static_cast<unsigned char>(text[1]);
  if (lead == 0xE0) return second >= 0xA0;
  if (lead == 0xED) return second < 0xA0;
  if (lead == 0xF0) return second >= 0x90;
  if (lead == 0xF4) return second < 0x90;
  return true;
}

// The bytes at the beginning of `text` that are a character or the part of one that is there; 0 for what is neither.
std::size_t CharacterBytes(std::string_view text) {
  const std::size_t size = SizeFromLead(text[0]);
  std::size_t there = std::min<std::size_t>(size, 1);
  while (there < size && there < text.size() && IsContinuation(text[there])) ++there;
  if (there < std::min(size, text.size())) return 0;
  return there > 1 && !IsSecondByteGood(text) ? 0 : there;
}

// Bytes at the end that may be the beginning of a character.
std::size_t UnfinishedBytes(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const std::string_view end = text.substr(text.size() - back);
    if (IsContinuation(end[0])) continue;
    return SizeFromLead(end[0]) > back && CharacterBytes(end) == back ? back : 0;
  }
  return 0;
}

// Bytes at the end that may be the beginning of `stop`.
std::size_t BeginningOf(std::string_view stop, std::string_view text) {
  for (std::size_t size = std::min(text.size(), stop.size() - 1); size > 0; --size) {
    if (text.ends_with(stop.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

std::vector<double> LogSoftmax(std::span<const float> logits) {
  const double most = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - most);
  const double norm = most + std::log(sum);
  std::vector<double> logprobs(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) logprobs[i] = logits[i] - norm;
  return logprobs;
}

Generation::Generation(const LanguageModel& model, const Tokenizer& tokenizer, const std::vector<int>& prompt,
                       GenerationOptions options)
    : tokenizer_(tokenizer),
      options_(options),
      context_(model.shape().context),
      session_(model),
      random_(options.seed),
      last_(prompt.back()) {
  for (std::size_t i = 0; i + 1 < prompt.size(); ++i) session_.Take(prompt[i]);
}

std::optional<GeneratedToken> Generation::Next() {
  if (has_ended_ || generated_ >= options_.max_tokens || session_.length() >= context_) return std::nullopt;
  const std::span<const float> logits = session_.Take(last_);
  const std::vector<double> logprobs = LogSoftmax(logits);
  const int token = Choose(logits);
  if (token == Tokenizer::kBegin || token == Tokenizer::kEnd) {
    has_ended_ = true;
    return std::nullopt;
  }
  const auto scored = [&logprobs](int id) { return ScoredToken{id, logprobs[static_cast<std::size_t>(id)]}; };
  GeneratedToken next{
      .chosen = scored(token), .bytes = std::string(tokenizer_.Piece(last_, token)), .alternatives = {}};
  if (options_.alternatives > 0) {
    const std::vector<int> order = ByLikelihood(logprobs);
    const auto count = std::min(order.size(), static_cast<std::size_t>(options_.alternatives));
    for (std::size_t i = 0; i < count; ++i) next.alternatives.push_back(scored(order[i]));
  }
  last_ = token;
  ++generated_;
  return next;
}

int Generation::Choose(std::span<const float> logits) {
  if (options_.temperature <= 0) {
    return static_cast<int>(std::ranges::max_element(logits) - logits.begin());
  }
  std::vector<float> scaled(logits.begin(), logits.end());
  for (float& logit : scaled) logit /= static_cast<float>(options_.temperature);
  const std::vector<double> logprobs = LogSoftmax(scaled);
  const std::vector<int> order = ByLikelihood(logprobs);
  const auto share = [&logprobs](int token) { return std::exp(logprobs[static_cast<std::size_t>(token)]); };
  double kept = 0;
  std::size_t count = 0;
  while (count < order.size() && (count == 0 || kept < options_.top_p)) kept += share(order[count++]);
  double left = random_.Uniform() * kept;
  for (std::size_t i = 0; i < count; ++i) {
    left -= share(order[i]);
    if (left < 0) return order[i];
  }
  return order[count - 1];
}

std::string ShownText::Add(std::string_view bytes) {
  if (is_stopped_) return "";
  held_ += bytes;
  std::size_t first = std::string::npos;
  for (const std::string& stop : stops_) first = std::min(first, held_.find(stop));
  if (first != std::string::npos) {
    held_.resize(first);
    is_stopped_ = true;
    return ValidUtf8(std::exchange(held_, ""));
  }
  std::size_t back = UnfinishedBytes(held_);
  for (const std::string& stop : stops_) back = std::max(back, BeginningOf(stop, held_));
  const std::string certain = held_.substr(0, held_.size() - back);
  held_.erase(0, certain.size());
  return ValidUtf8(certain);
}

std::string ShownText::Finish() { return ValidUtf8(std::exchange(held_, "")); }

std::string ValidUtf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t size = CharacterBytes(bytes);
    const bool is_whole = size > 0 && size == SizeFromLead(bytes[0]);
    text += is_whole ? bytes.substr(0, size) : kReplacement;
    bytes.remove_prefix(is_whole ? size : 1);
  }
  return text;
}

}  // namespace assay::testing
