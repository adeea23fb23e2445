#include "review/interchange/exchange_record.h"

#include <algorithm>

#include "core/digest.h"
#include "review/interchange/record_fields.h"

namespace assay {
namespace {

std::string HexOf(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

void NamePersons(ExchangeRecord& record, const PersonNaming& naming) {
  for (std::string& author : record.item.authors) author = naming.NameOf(author);
  for (Judgement& judgement : record.judgements) judgement.person = naming.NameOf(judgement.person);
  for (ReviewDecision& decision : record.decisions) decision.decided_by = naming.NameOf(decision.decided_by);
  for (ReviewAudit& audit : record.audits) audit.auditor = naming.NameOf(audit.auditor);
}

// Replaces ids wherever a record has them.
class ResponseNames {
 public:
  ResponseNames(const std::vector<std::string>& before, const std::vector<std::string>& after)
      : before_(before), after_(after) {}

  void Rename(std::string& id) const {
    const auto found = std::ranges::find(before_, id);
    if (found != before_.end()) id = after_[static_cast<std::size_t>(found - before_.begin())];
  }
  void Rename(std::vector<std::string>& ids) const {
    for (std::string& id : ids) Rename(id);
  }
  void Rename(Opinion& opinion) const {
    if (auto* pair = std::get_if<PairwiseAnswers>(&opinion.answers)) {
      Rename(pair->winner);
      for (CriterionWinner& named : pair->criteria) Rename(named.winner);
    }
    if (auto* ranking = std::get_if<RankingAnswers>(&opinion.answers)) {
      for (std::vector<std::string>& rank : ranking->ranks) Rename(rank);
    }
  }

 private:
  std::vector<std::string> before_;
  const std::vector<std::string>& after_;
};

}  // namespace

const ReviewDecision* HoldingDecision(const ExchangeRecord& record) {
  const auto found = std::ranges::find(record.decisions, true, &ReviewDecision::is_active);
  return found == record.decisions.end() ? nullptr : &*found;
}

bool IsCurrent(const ExchangeRecord& record, const Judgement& judgement) {
  return !judgement.is_void && !judgement.is_superseded && judgement.role != JudgementRole::kExtra &&
         judgement.epoch == record.epoch;
}

std::string PersonNaming::NameOf(std::string_view person) const {
  if (key.empty() || person.empty() || person == kReviewSystem) return std::string(person);
  return "p_" + HexOf(HmacSha256(key, person)).substr(0, 16);
}

ExchangeRecord RecordOf(const ItemState& state, RecordTexts texts, std::optional<std::vector<std::string>> gates,
                        const PersonNaming& naming, Time now) {
  ExchangeRecord record{.item = state.item,
                        .epoch = state.epoch,
                        .rubric_version = state.rubric_version,
                        .content_hash = state.content_hash,
                        .state = StateAt(state, std::max(now, state.last_at)),
                        .texts = std::move(texts),
                        .judgements = state.judgements,
                        .decisions = state.decisions,
                        .audits = state.audits,
                        .gates = std::move(gates)};
  if (OpenQuarantine(state) != nullptr) record.texts = {};
  if (record.gates) std::ranges::sort(*record.gates);
  NamePersons(record, naming);
  return record;
}

void RenameResponses(ExchangeRecord& record, const std::vector<std::string>& names) {
  if (names.size() != record.item.subject.responses.size()) return;
  const ResponseNames by(record.item.subject.responses, names);
  by.Rename(record.item.subject.responses);
  for (RecordResponse& response : record.texts.responses) by.Rename(response.id);
  for (Judgement& judgement : record.judgements) {
    by.Rename(judgement.presented);
    by.Rename(judgement.content.opinion);
  }
  for (ReviewDecision& decision : record.decisions) by.Rename(decision.outcome);
  for (ReviewSuggestion& suggestion : record.suggestions) by.Rename(suggestion.opinion);
}

Json ToJson(const ExchangeRecord& record) { return WriteStruct(record); }

Result<ExchangeRecord> ExchangeRecordFromJson(const Json& json, std::size_t longest_text) {
  return StructFromJson<ExchangeRecord>(json, longest_text);
}

}  // namespace assay
