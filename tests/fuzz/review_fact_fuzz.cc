// Facts of review items as they are stored, and the contents of judgements as people and imports send them: what is
// read is written as the same, what is none is refused with a reason, and no fact, however odd, breaks the fold.

#include "review/item_state.h"
#include "tests/fuzz/invariant.h"

namespace {

using namespace assay;
using assay::fuzz::Require;

void CheckFacts(const Json& list) {
  ItemState state;
  for (const Json& json : list.as_array()) {
    const Result<ReviewFact> fact = ReviewFactFromJson(json);
    if (!fact) {
      Require(!fact.error().message.empty(), "the error says what is wrong");
      continue;
    }
    const Json written = ToJson(*fact);
    const Result<ReviewFact> again = ReviewFactFromJson(written);
    Require(again.has_value() && *again == *fact, "a written fact is read back as the same");
    const std::int64_t before = state.seq;
    const Status applied = Apply(*fact, state);
    Require(state.seq == before + (applied ? 1 : 0), "a fact is applied or it is not");
    if (applied) StateAt(state, state.last_at);
    if (applied) NextChange(state, state.last_at);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<Json> json = Json::Parse(assay::fuzz::TextOf(data, size));
  if (!json) return 0;
  if (json->is_array()) CheckFacts(*json);
  const Result<JudgementContent> content = JudgementContentFromJson(*json);
  if (content)
    Require(JudgementContentFromJson(ToJson(*content)) == content, "a written judgement is read back as the same");
  return 0;
}
