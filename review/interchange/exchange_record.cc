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

bool IsPseudonym(std::string_view person) {
  return person.size() == 18 && person.starts_with("p_") &&
         person.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
}

// What travels beside the judgements of an item of elsewhere, and so goes on to the next.
struct TravelsBeside {
  std::optional<std::vector<std::string>> gates = {};
  std::vector<ReviewSuggestion> suggestions = {};
  Json extra = {};
};

void NamePersons(ExchangeRecord& record, const PersonNaming& naming) {
  for (std::string& author : record.item.authors) author = naming.NameOf(author);
  for (Judgement& judgement : record.judgements) {
    judgement.person = naming.NameOf(judgement.person);
    judgement.imported_by = naming.NameOf(judgement.imported_by);
  }
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

template <class V>
void Visit(V& v, auto& f, std::type_identity<TravelsBeside>) {
  v("gates", f.gates), v("suggestions", f.suggestions), v("extra", f.extra);
}

namespace {

// Gates of there and of here: the case is used by all of them. Where nobody said which those of there are, it is not
// known here either.
void AddWhatTravels(const ItemState& state, ExchangeRecord& record) {
  if (!state.imported_as) return;
  Result<TravelsBeside> beside = StructFromJson<TravelsBeside>(state.imported_more);
  if (!beside || !beside->gates) {
    record.gates.reset();
  } else if (record.gates) {
    record.gates->insert(record.gates->end(), beside->gates->begin(), beside->gates->end());
    std::ranges::sort(*record.gates);
    const auto repeated = std::ranges::unique(*record.gates);
    record.gates->erase(repeated.begin(), repeated.end());
  }
  if (!beside) return;
  record.suggestions = std::move(beside->suggestions);
  record.extra = std::move(beside->extra);
}

// When the content was last redacted; absent: never.
std::optional<Time> RedactedAt(const ItemState& state) {
  std::optional<Time> at;
  for (const ReviewQuarantine& quarantine : state.quarantines) {
    if (quarantine.is_redacted) at = quarantine.ended_at;
  }
  return at;
}

void ForgetWords(Opinion& opinion) {
  if (auto* correction = std::get_if<CorrectionAnswers>(&opinion.answers)) correction->expected.clear();
}

// What was chosen stays.
void ForgetWordsBefore(Time redacted, ExchangeRecord& record) {
  for (Judgement& judgement : record.judgements) {
    if (judgement.at > redacted || judgement.epoch == record.epoch) continue;
    judgement.content.rationale.clear();
    judgement.content.proposal.clear();
    ForgetWords(judgement.content.opinion);
  }
  for (ReviewDecision& decision : record.decisions) {
    if (decision.at <= redacted) ForgetWords(decision.outcome);
  }
  for (ReviewAudit& audit : record.audits) {
    if (audit.at > redacted) continue;
    audit.defect.clear();
    audit.action.clear();
  }
  record.suggestions.clear();
  record.extra = {};
}

std::string ForeignName(const std::string& person) {
  constexpr std::string_view kPrefix = "imported:";
  const bool is_nobody_here = person.empty() || person == kReviewSystem || IsPseudonym(person);
  return is_nobody_here || person.starts_with(kPrefix) ? person : std::string(kPrefix) + person;
}

}  // namespace

void NameAsForeign(ExchangeRecord& record) {
  for (std::string& author : record.item.authors) author = ForeignName(author);
  for (Judgement& judgement : record.judgements) {
    judgement.person = ForeignName(judgement.person);
    judgement.imported_by = ForeignName(judgement.imported_by);
  }
  for (ReviewDecision& decision : record.decisions) decision.decided_by = ForeignName(decision.decided_by);
  for (ReviewAudit& audit : record.audits) audit.auditor = ForeignName(audit.auditor);
}

HistoryImported HistoryOf(const ExchangeRecord& record) {
  return {.epoch = record.epoch,
          .rubric_version = record.rubric_version,
          .content_hash = record.content_hash,
          .state = record.state,
          .judgements = record.judgements,
          .decisions = record.decisions,
          .audits = record.audits,
          .more = WriteStruct(
              TravelsBeside{.gates = record.gates, .suggestions = record.suggestions, .extra = record.extra})};
}

const ReviewDecision* HoldingDecision(const ExchangeRecord& record) {
  const auto found = std::ranges::find(record.decisions, true, &ReviewDecision::is_active);
  return found == record.decisions.end() ? nullptr : &*found;
}

bool IsCurrent(const ExchangeRecord& record, const Judgement& judgement) {
  return !judgement.is_void && !judgement.is_superseded && judgement.role != JudgementRole::kExtra &&
         judgement.epoch == record.epoch;
}

std::string PersonNaming::NameOf(std::string_view person) const {
  if (key.empty() || person.empty() || person == kReviewSystem || IsPseudonym(person)) return std::string(person);
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
  AddWhatTravels(state, record);
  if (const auto redacted = RedactedAt(state)) ForgetWordsBefore(*redacted, record);
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
