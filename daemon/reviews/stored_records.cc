#include "daemon/reviews/stored_records.h"

#include <algorithm>
#include <span>

#include "daemon/reviews/record_fields.h"

namespace assay {
namespace {

constexpr int kItemsOfABatch = 500;

Role RoleNamed(const std::string& word) {
  for (const Role role : {Role::kSystem, Role::kUser, Role::kAssistant, Role::kTool}) {
    if (Name(role) == word) return role;
  }
  return Role::kUser;
}

RecordResponse ResponseOf(const ItemContent& content, const std::string& id) {
  RecordResponse response{.id = id};
  const auto shown = std::ranges::find(content.responses, id, &ShownResponse::id);
  if (shown != content.responses.end()) response.text = shown->text;
  const auto source = std::ranges::find(content.sources, id, &ResponseSource::response);
  if (source == content.sources.end()) return response;
  response.model = source->model;
  response.model_version = source->model_version;
  return response;
}

void AddCalls(const ItemContent& content, const ReviewSubject& subject, RecordTexts& texts) {
  for (const ShownResponse& response : content.responses) {
    for (const ShownCall& call : response.calls) {
      if (std::ranges::find(subject.calls, call.id) == subject.calls.end()) continue;
      const Json text = Json::Of({{"tool", call.tool}, {"arguments", call.arguments}, {"result", call.result}});
      texts.parts.push_back({.id = call.id, .text = text.Dump()});
    }
  }
}

ShownCall CallOf(const RecordPart& part) {
  const Result<Json> json = Json::Parse(part.text);
  if (!json || !json->is_object()) return {.id = part.id, .arguments = part.text};
  return {.id = part.id,
          .tool = TextOf(*json, "tool"),
          .arguments = TextOf(*json, "arguments"),
          .result = TextOf(*json, "result")};
}

std::span<const ReviewFact> FactsUntil(std::span<const ReviewFact> facts, Time as_of) {
  const auto after = std::ranges::find_if(facts, [&](const ReviewFact& fact) { return fact.at > as_of; });
  return facts.first(static_cast<std::size_t>(after - facts.begin()));
}

// Whether what the item showed then may not be shown any more.
bool WasWithdrawn(const ItemState& then, const ItemState& now) {
  return OpenQuarantine(now) != nullptr || then.content_hash != now.content_hash;
}

}  // namespace

RecordTexts TextsOf(const ItemContent& content, const ReviewSubject& subject) {
  RecordTexts texts{.reference = content.reference, .context = content.context};
  for (const ItemContent::Text& message : content.prompt)
    texts.prompt.push_back({.role = RoleNamed(message.name), .content = message.text});
  for (const std::string& id : subject.responses) texts.responses.push_back(ResponseOf(content, id));
  for (const ItemContent::Text& claim : content.claims) texts.parts.push_back({.id = claim.name, .text = claim.text});
  AddCalls(content, subject, texts);
  return texts;
}

ItemContent ContentOf(const ExchangeRecord& record) {
  ItemContent content{.reference = record.texts.reference, .context = record.texts.context};
  for (const Message& message : record.texts.prompt)
    content.prompt.push_back({.name = std::string(Name(message.role)), .text = message.content});
  for (const RecordResponse& response : record.texts.responses) {
    content.responses.push_back({.id = response.id, .text = response.text});
    content.sources.push_back({.response = response.id,
                               .run = record.item.run,
                               .model = response.model,
                               .model_version = response.model_version});
  }
  for (const RecordPart& part : record.texts.parts) {
    const bool is_call = record.item.subject.kind == ReviewItemKind::kToolUse && !content.responses.empty();
    if (is_call) {
      content.responses.front().calls.push_back(CallOf(part));
    } else {
      content.claims.push_back({.name = part.id, .text = part.text});
    }
  }
  return content;
}

void StoredRecords::Rewind() {
  batch_.clear();
  next_ = 0;
  last_key_ = query_.above;
  is_last_ = false;
}

Result<const ExchangeRecord*> StoredRecords::Next() {
  for (;;) {
    while (next_ < batch_.size()) {
      ASSAY_ASSIGN(const StoredReviewItem item, store_.ReadItemAt(batch_[next_++]));
      ASSAY_ASSIGN(std::optional<ExchangeRecord> record, RecordOfItem(item));
      if (!record) continue;
      record_ = *std::move(record);
      return &record_;
    }
    if (is_last_) return nullptr;
    ASSAY_ASSIGN(batch_, store_.ListItemsAbove(query_.filter, last_key_, kItemsOfABatch));
    next_ = 0;
    is_last_ = std::ssize(batch_) < kItemsOfABatch;
    if (!batch_.empty()) last_key_ = batch_.back().key;
  }
}

// Absent where the item entered later. An item that cannot be read ends it: a file without it would not say so.
Result<std::optional<ExchangeRecord>> StoredRecords::RecordOfItem(const StoredReviewItem& item) {
  ASSAY_TRY(item.readable);
  const std::span<const ReviewFact> facts = FactsUntil(item.facts, query_.as_of);
  if (facts.empty()) return std::nullopt;
  ASSAY_ASSIGN(const ItemState state, Fold(facts));
  bool is_withdrawn = OpenQuarantine(state) != nullptr;
  if (facts.size() != item.facts.size()) {
    ASSAY_ASSIGN(const ItemState now, Fold(item.facts));
    is_withdrawn = is_withdrawn || WasWithdrawn(state, now);
  }
  RecordTexts texts;
  if (!is_withdrawn) {
    ASSAY_ASSIGN(texts, TextsOfItem(state));
  }
  ASSAY_ASSIGN(std::vector<std::string> gates, GatesOf(state, texts));
  ExchangeRecord record = RecordOf(state, std::move(texts), std::move(gates), query_.naming, query_.as_of);
  if (is_withdrawn) record.state = ReviewState::kQuarantined;
  record.is_withheld = query_.withholds && query_.withholds(state);
  for (const ReviewQuarantine& quarantine : state.quarantines) {
    if (quarantine.is_redacted) record.redacted_by.push_back(quarantine.policy);
  }
  return record;
}

// By the suite, and by what the case asks: a copy of a suite under another name has the same cases.
Result<std::vector<std::string>> StoredRecords::GatesOf(const ItemState& state, const RecordTexts& texts) {
  const ReviewItem& item = state.item;
  const auto of_suite = query_.gates.find(item.suite);
  if (of_suite != query_.gates.end()) return of_suite->second;
  if (query_.gate_cases == nullptr) return std::vector<std::string>();
  std::vector<std::string> gates = query_.gate_cases->GatesAsking(texts.prompt);
  if (!gates.empty()) return gates;
  if (!snapshots_.contains(item.run)) {
    const auto run = all_.GetRun(item.project, item.run);
    if (!run && run.error().code != ErrorCode::kNotFound) return Fail(run.error());
    snapshots_[item.run] = run ? std::optional(run->snapshot) : std::nullopt;
  }
  const std::optional<SnapshotKey> snapshot = snapshots_[item.run];
  if (!snapshot) return gates;
  ASSAY_ASSIGN(const std::optional<Case> row, all_.FindCase(*snapshot, item.case_id));
  if (row) return query_.gate_cases->GatesWith(*row);
  return gates;
}

Result<RecordTexts> StoredRecords::TextsOfItem(const ItemState& state) {
  ASSAY_ASSIGN(const std::string text, store_.ReadContent(state.item.project, state.content_hash));
  ASSAY_ASSIGN(const ItemContent content, ItemContentFrom(text));
  return TextsOf(content, state.item.subject);
}

}  // namespace assay
