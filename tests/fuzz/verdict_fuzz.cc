// Stored verdict documents: what is read back is written as the same, and what is no verdict is refused with a reason.

#include "gates/verdict.h"
#include "tests/fuzz/invariant.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  using assay::fuzz::Require;
  const Result<Json> document = Json::Parse(assay::fuzz::TextOf(data, size));
  if (!document) return 0;
  const Result<Verdict> verdict = VerdictFromJson(*document);
  if (!verdict) {
    Require(verdict.error().message.starts_with("verdict: "), "the error says what is wrong");
    return 0;
  }
  for (const RuleOutcome& rule : verdict->rules) {
    Require(rule.parts.empty() || rule.Deciding() != nullptr, "the deciding part is one of the parts");
  }
  const Json written = ToJson(*verdict);
  const Result<Verdict> again = VerdictFromJson(written);
  Require(again.has_value(), "a written verdict is read back");
  Require(ToJson(*again).Dump() == written.Dump(), "and is the same");
  Require(again->state == verdict->state && again->rules.size() == verdict->rules.size(), "and decides the same");
  const Result<Json> text = Json::Parse(written.Dump());
  Require(text && VerdictFromJson(*text).has_value(), "also through its text");
  return 0;
}
