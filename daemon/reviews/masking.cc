#include "daemon/reviews/masking.h"

#include <algorithm>

#include "core/case.h"
#include "daemon/reviews/shown_trial.h"

namespace assay {
namespace {

constexpr char kTooLong[] = "[not shown: it is longer than 1 MiB, and so cannot be masked]";

using FoundValues = std::vector<std::pair<std::string, std::string>>;  // text and mark

std::string MarkOf(const std::string& name) { return "[" + name + "]"; }

// Texts and numbers of a field, however deep.
void AddLeaves(const Json& value, const std::string& mark, FoundValues& values) {
  if (value.is_array()) {
    for (const Json& each : value.as_array()) AddLeaves(each, mark, values);
  } else if (value.is_object()) {
    for (const auto& [key, each] : value.as_object()) AddLeaves(each, mark, values);
  } else if (value.is_string()) {
    values.emplace_back(value.as_string(), mark);
  } else if (value.is_number()) {
    values.emplace_back(value.Dump(), mark);
  }
}

// Longer ones first: a name may be a part of an address.
FoundValues ValuesOf(const Json& fields, const std::vector<std::string>& names) {
  FoundValues values;
  for (const std::string& name : names) {
    if (const Json* field = FindField(fields, name)) AddLeaves(*field, MarkOf(name), values);
  }
  std::erase_if(values, [](const auto& each) { return each.first.size() < Masker::kShortest; });
  std::ranges::stable_sort(values,
                           [](const auto& one, const auto& other) { return one.first.size() > other.first.size(); });
  if (values.size() > Masker::kMostValues) values.resize(Masker::kMostValues);
  return values;
}

void ReplaceAll(const std::string& what, const std::string& by, std::string& text) {
  std::string replaced;
  std::size_t from = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, from)) {
    replaced.append(text, from, at - from).append(by);
    from = at + what.size();
  }
  if (from == 0) return;
  text = replaced.append(text, from, std::string::npos);
}

}  // namespace

Result<Masker> Masker::Make(const RedactionSpec& spec) {
  std::vector<RedactionPattern> patterns;
  for (const RedactionPatternSpec& each : spec.patterns) {
    auto pattern = RedactionPattern::Compile(each);
    if (!pattern)
      return Fail(ErrorCode::kInvalidArgument, "redact: pattern \"" + each.name + "\" " + pattern.error().message);
    patterns.push_back(*std::move(pattern));
  }
  return Masker(spec.policy, spec.fields, std::move(patterns));
}

std::string Masker::Masked(std::string text, const FoundValues& values) const {
  if (text.size() > ItemContent::kMostText) return kTooLong;
  for (const auto& [value, mark] : values) ReplaceAll(value, mark, text);
  for (const RedactionPattern& pattern : patterns_) pattern.Mask(text);
  return Shortened(text);
}

void Masker::Mask(const Json& fields, ItemContent& content) const {
  const FoundValues values = ValuesOf(fields, fields_);
  const auto mask = [&](std::string& text) { text = Masked(std::move(text), values); };
  for (ItemContent::Text& message : content.prompt) mask(message.text);
  for (ShownResponse& response : content.responses) {
    mask(response.text);
    for (ShownCall& call : response.calls) {
      mask(call.arguments);
      mask(call.result);
    }
  }
  mask(content.reference);
  mask(content.context);
  for (ItemContent::Text& field : content.fields) {
    const bool is_secret = std::ranges::find(fields_, field.name) != fields_.end();
    if (is_secret) field.text = MarkOf(field.name);
    if (!is_secret) mask(field.text);
  }
  MaskClaims(fields, content);
  content.masked_by = policy_;
}

void Masker::MaskClaims(const Json& fields, ItemContent& content) const {
  const FoundValues values = ValuesOf(fields, fields_);
  for (ItemContent::Text& claim : content.claims) claim.text = Masked(std::move(claim.text), values);
}

}  // namespace assay
