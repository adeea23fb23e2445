// The JSON of facts.

#include "core/digest.h"
#include "review/struct_json.h"

namespace assay {
namespace {

// As in the order of the variants.
constexpr std::string_view kFactWords[] = {
    "item_entered",      "lease_granted",     "lease_renewed",       "lease_ended",        "judgement_made",
    "judgement_voided",  "overlap_grown",     "adjudication_opened", "decision_made",      "audit_made",
    "item_reopened",     "escalation_opened", "escalation_resolved", "quarantine_opened",  "quarantine_closed",
    "guideline_awaited", "guideline_arrived", "rubric_advanced",     "severe_flagged",     "lane_changed",
    "item_cancelled",    "gold_graded",       "audit_ordered",       "judgement_imported", "history_imported"};
static_assert(std::size(kFactWords) == std::variant_size_v<ReviewFactBody>);

// The frame of a fact, without its body.
template <class V>
void VisitFrame(V& v, auto& fact) {
  v("item", fact.item), v("seq", fact.seq), v("at", fact.at), v("actor", fact.actor), v("key", fact.key);
}

}  // namespace

std::string_view Name(const ReviewFactBody& body) { return kFactWords[body.index()]; }

std::string FactId(std::string_view item, std::int64_t seq) { return std::string(item) + "/" + std::to_string(seq); }

std::string ItemKey(const ReviewItem& item) {
  Json::Array responses;
  for (const std::string& response : item.subject.responses) responses.emplace_back(response);
  return Sha256Hex(Json(Json::Array{item.project, item.queue, item.suite, item.run, item.case_id, item.trial,
                                    Json(std::move(responses)), Json(WordOf(item.purpose)), item.rubric_version.major})
                       .DumpCanonical());
}

Json ToJson(const ReviewFact& fact) {
  StructWriter writer;
  VisitFrame(writer, fact);
  writer("fact", std::string(Name(fact.body)));
  Json json = writer.Take();
  json.Set("body", std::visit([](const auto& body) { return WriteStruct(body); }, fact.body));
  return json;
}

Result<ReviewFact> ReviewFactFromJson(const Json& json) {
  ReviewFact fact;
  const MemberPlace whole;
  StructReader reader(json, whole);
  std::string word;
  const Json none;
  const Json* body = &none;
  if (reader.fault().empty()) {
    VisitFrame(reader, fact);
    reader("fact", word);
    if (const Json* member = json.Find("body")) body = member;
    if (json.as_object().size() != 7) reader.Take("has members that this version does not know, or lacks some");
  }
  const auto found = std::ranges::find(kFactWords, word);
  if (found == std::end(kFactWords))
    reader.Take("fact: \"" + word.substr(0, 64) + "\" is none that this version knows");
  if (reader.fault().empty()) reader.ReadAlternative(*body, {&whole, "body"}, found - kFactWords, fact.body);
  if (!reader.fault().empty()) return Fail(ErrorCode::kInvalidArgument, reader.fault());
  return fact;
}

Json ToJson(const Opinion& opinion) { return WriteStruct(opinion); }
Result<Opinion> OpinionFromJson(const Json& json) { return StructFromJson<Opinion>(json); }
Json ToJson(const JudgementContent& content) { return WriteStruct(content); }
Result<JudgementContent> JudgementContentFromJson(const Json& json) { return StructFromJson<JudgementContent>(json); }

Json ToJson(const CalibrationSession& session) { return WriteStruct(session); }
Result<CalibrationSession> CalibrationSessionFromJson(const Json& json) {
  return StructFromJson<CalibrationSession>(json);
}

}  // namespace assay
