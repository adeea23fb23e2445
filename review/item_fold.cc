#include "review/fact_fold.h"
#include "review/item_state.h"

namespace assay {
namespace {

Status CheckSequence(const ReviewFact& fact, const ItemState& state) {
  const auto broken = [&](const std::string& why) {
    return Fail(ErrorCode::kDataLoss, "item " + fact.item + ", fact " + std::to_string(fact.seq) + ": " + why);
  };
  if (fact.seq != state.seq + 1) return broken("the one before is " + std::to_string(state.seq));
  if (state.seq != 0 && fact.item != state.item.id) return broken("is of another item than " + state.item.id);
  if (state.seq != 0 && fact.at < state.last_at) return broken("is earlier than the one before");
  if (state.seq == 0 && !std::holds_alternative<ItemEntered>(fact.body))
    return broken("the first fact is that it entered");
  return {};
}

}  // namespace

Status Apply(const ReviewFact& fact, ItemState& state) {
  ASSAY_TRY(CheckSequence(fact, state));
  ASSAY_TRY(std::visit(FactFold(fact, state), fact.body));
  state.seq = fact.seq;
  state.last_at = fact.at;
  const bool is_first = FindCommand(state, fact.actor, fact.key) == nullptr;
  if (!fact.key.empty() && is_first) state.commands.push_back({.actor = fact.actor, .key = fact.key, .seq = fact.seq});
  return {};
}

Result<ItemState> Fold(std::span<const ReviewFact> facts) {
  ItemState state;
  for (const ReviewFact& fact : facts) ASSAY_TRY(Apply(fact, state));
  if (facts.empty()) return Fail(ErrorCode::kNotFound, "an item without facts");
  return state;
}

}  // namespace assay
