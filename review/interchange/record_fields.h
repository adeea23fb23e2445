#pragma once
// The members of records, as review/fact_fields.h has those of facts.

#include "review/interchange/exchange_record.h"
#include "review/struct_json.h"

namespace assay {

template <class V>
void Visit(V& v, auto& f, std::type_identity<RecordResponse>) {
  v("id", f.id), v("text", f.text), v("model", f.model), v("model_version", f.model_version);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<RecordPart>) {
  v("id", f.id), v("text", f.text);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<RecordTexts>) {
  v("prompt", f.prompt), v("reference", f.reference), v("context", f.context), v("responses", f.responses);
  v("parts", f.parts);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ReviewSuggestion>) {
  v("opinion", f.opinion), v("by", f.by), v("score", f.score);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ExchangeRecord>) {
  v("item", f.item), v("epoch", f.epoch), v("rubric_version", f.rubric_version), v("content_hash", f.content_hash);
  v("state", f.state), v("texts", f.texts), v("judgements", f.judgements), v("decisions", f.decisions);
  v("audits", f.audits), v("gates", f.gates), v("suggestions", f.suggestions);
  v.Optional("extra", f.extra);
}

}  // namespace assay
