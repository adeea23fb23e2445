#include "daemon/reviews/stored_records.h"

#include <algorithm>
#include <set>
#include <span>

#include "daemon/reviews/record_fields.h"

namespace assay {
namespace {

constexpr int kItemsOfABatch = 50;

using GateNames = std::map<std::string, std::set<std::string>>;

void AddGate(const std::string& gate, const Json& document, GateNames& gates) {
  const Json* suites = document.Find("suites");
  if (suites == nullptr || !suites->is_array()) return;
  for (const Json& suite : suites->as_array()) {
    if (suite.is_string()) gates[suite.as_string()].insert(gate);
  }
}

Status AddStoredGates(Store& store, const std::string& project, GateNames& gates) {
  PageRequest wanted{.token = "", .limit = PageRequest::kMaxPage};
  do {
    ASSAY_ASSIGN(Page<DocumentRecord> page, store.ListDocuments(project, "Gate", "", wanted));
    for (const DocumentRecord& record : page.items) {
      ASSAY_ASSIGN(const Json document, Json::Parse(record.json));
      AddGate(record.name, document, gates);
    }
    wanted.token = std::move(page.next);
  } while (!wanted.token.empty());
  return {};
}

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

Result<std::map<std::string, std::vector<std::string>>> GatesOfSuites(Store& store, const ServedVersion& served,
                                                                      const std::string& project) {
  GateNames names;
  for (const CatalogDocument& document : served.catalog.documents) {
    const GateSpec* gate = document.gate();
    if (gate == nullptr) continue;
    for (const std::string& suite : gate->suites) names[suite].insert(gate->name);
  }
  ASSAY_TRY(AddStoredGates(store, project, names));
  std::map<std::string, std::vector<std::string>> gates;
  for (const auto& [suite, of_suite] : names) gates[suite] = {of_suite.begin(), of_suite.end()};
  return gates;
}

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
  last_key_ = 0;
  is_last_ = false;
}

Result<const ExchangeRecord*> StoredRecords::Next() {
  for (;;) {
    while (next_ < batch_.size()) {
      const StoredReviewItem item = std::move(batch_[next_++]);
      ASSAY_ASSIGN(std::optional<ExchangeRecord> record, RecordOfItem(item));
      if (!record) continue;
      record_ = *std::move(record);
      return &record_;
    }
    if (is_last_) return nullptr;
    ASSAY_ASSIGN(ReviewStore::ItemBatch batch, store_.ReadItemsAbove(query_.filter, last_key_, kItemsOfABatch));
    batch_ = std::move(batch.items);
    next_ = 0;
    last_key_ = batch.last_key;
    is_last_ = batch.is_last;
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
  const auto gates = query_.gates.find(state.item.suite);
  ExchangeRecord record =
      RecordOf(state, std::move(texts), gates == query_.gates.end() ? std::vector<std::string>{} : gates->second,
               query_.naming, query_.as_of);
  if (is_withdrawn) record.state = ReviewState::kQuarantined;
  return record;
}

Result<RecordTexts> StoredRecords::TextsOfItem(const ItemState& state) {
  ASSAY_ASSIGN(const std::string text, store_.ReadContent(state.item.project, state.content_hash));
  ASSAY_ASSIGN(const ItemContent content, ItemContentFrom(text));
  return TextsOf(content, state.item.subject);
}

}  // namespace assay
