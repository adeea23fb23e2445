// The JSON of facts. Each struct lists its members once (Visit); a writer and a reader go over the list.

#include <algorithm>
#include <type_traits>

#include "core/digest.h"
#include "review/calibration.h"
#include "review/facts.h"

namespace assay {
namespace {

template <class V>
void Visit(V& v, auto& f, std::type_identity<RubricVersion>) {
  v("major", f.major), v("minor", f.minor), v("patch", f.patch);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CriterionAnswer>) {
  v("criterion", f.criterion), v("score", f.score), v("labels", f.labels), v("not_applicable", f.not_applicable);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CriteriaAnswers>) {
  v("criteria", f.criteria);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<PairwiseAnswers>) {
  v("choice", f.choice), v("winner", f.winner), v("strength", f.strength);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<RankingAnswers>) {
  v("ranks", f.ranks);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<SafetyAnswers>) {
  v("harmful", f.harmful);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<RefusalAnswers>) {
  v("allowed", f.allowed), v("refused", f.refused);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ClaimAnswer>) {
  v("claim", f.claim), v("support", f.support);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<GroundingAnswers>) {
  v("claims", f.claims);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CallAnswer>) {
  v("call", f.call), v("right_tool", f.right_tool), v("right_arguments", f.right_arguments);
  v("result_used", f.result_used);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ToolUseAnswers>) {
  v("calls", f.calls), v("lacks_call", f.lacks_call);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CorrectionAnswers>) {
  v("unchanged", f.unchanged), v("expected", f.expected);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<Opinion>) {
  v("answers", f.answers), v("errors", f.errors), v("severity", f.severity);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ReviewSubject>) {
  v("kind", f.kind), v("responses", f.responses), v("claims", f.claims), v("calls", f.calls);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ReviewItem>) {
  v("id", f.id), v("project", f.project), v("queue", f.queue), v("queue_version", f.queue_version);
  v("suite", f.suite), v("suite_version", f.suite_version), v("run", f.run), v("case_id", f.case_id);
  v("trial", f.trial), v("content_hash", f.content_hash), v("purpose", f.purpose), v("subject", f.subject);
  v("rubric", f.rubric), v("rubric_version", f.rubric_version), v("reasons", f.reasons), v("lane", f.lane);
  v("severity", f.severity), v("language", f.language), v("data_class", f.data_class), v("skills", f.skills);
  v("authors", f.authors), v("due_at", f.due_at), v("people", f.people), v("at_most", f.at_most);
  v("is_random_overlap", f.is_random_overlap);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ReviewLease>) {
  v("person", f.person), v("role", f.role), v("token", f.token), v("granted_at", f.granted_at);
  v("expires_at", f.expires_at), v("is_prefetch", f.is_prefetch), v("presented", f.presented);
  v("rubric_version", f.rubric_version);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<JudgementTimes>) {
  v("leased_at", f.leased_at), v("first_input_at", f.first_input_at), v("active_us", f.active), v("idle_us", f.idle);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<JudgementContent>) {
  v("opinion", f.opinion), v("rationale", f.rationale), v("clauses", f.clauses), v("is_ambiguous", f.is_ambiguous);
  v("proposal", f.proposal), v("is_severe", f.is_severe), v("saw_suggestion", f.saw_suggestion);
  v("followed_suggestion", f.followed_suggestion), v("times", f.times), v("rubric_version", f.rubric_version);
  v("source", f.source);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<AuditDraw>) {
  v("probability", f.probability), v("is_drawn", f.is_drawn);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ItemEntered>) {
  v("item", f.item);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<LeaseGranted>) {
  v("lease", f.lease);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<LeaseRenewed>) {
  v("person", f.person), v("token", f.token), v("expires_at", f.expires_at);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<LeaseEnded>) {
  v("person", f.person), v("token", f.token), v("is_skip", f.is_skip), v("reason", f.reason);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<JudgementMade>) {
  v("token", f.token), v("role", f.role), v("supersedes", f.supersedes), v("presented", f.presented);
  v("content", f.content);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<JudgementVoided>) {
  v("judgement", f.judgement), v("reason", f.reason);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<OverlapGrown>) {
  v("people", f.people);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<AdjudicationOpened>) {
  v("why", f.why);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<DecisionMade>) {
  v("outcome", f.outcome), v("method", f.method), v("inputs", f.inputs), v("decided_by", f.decided_by);
  v("cause", f.cause), v("revisable_until", f.revisable_until), v("draw", f.draw);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<AuditMade>) {
  v("token", f.token), v("decision", f.decision), v("passes", f.passes), v("defect", f.defect);
  v("severity", f.severity), v("action", f.action);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ItemReopened>) {
  v("reason", f.reason), v("cause", f.cause), v("verdicts", f.verdicts);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<EscalationOpened>) {
  v("reason", f.reason), v("route", f.route), v("note", f.note), v("clause", f.clause), v("due_at", f.due_at);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<EscalationResolved>) {
  v("escalation", f.escalation), v("outcome", f.outcome), v("ruling", f.ruling);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<QuarantineOpened>) {
  v("note", f.note), v("due_at", f.due_at);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<QuarantineClosed>) {
  v("content_hash", f.content_hash), v("policy", f.policy);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<GuidelineAwaited>) {
  v("clarification", f.clarification);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<GuidelineArrived>) {
  v("clarification", f.clarification);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<RubricAdvanced>) {
  v("version", f.version), v("policy", f.policy), v("approval", f.approval);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<SevereFlagged>) {
  v("note", f.note), v("due_at", f.due_at);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<LaneChanged>) {
  v("lane", f.lane), v("due_at", f.due_at), v("reason", f.reason);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ItemCancelled>) {
  v("reason", f.reason);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<GoldGraded>) {
  v("judgement", f.judgement), v("is_hit", f.is_hit), v("misses", f.misses);
}

template <class V>
void Visit(V& v, auto& f, std::type_identity<AuditOrdered>) {
  v("reason", f.reason);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CalibrationRuling>) {
  v("item", f.item), v("opinion", f.opinion), v("note", f.note), v("clause", f.clause), v("by", f.by), v("at", f.at);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CalibrationSession>) {
  v("id", f.id), v("rubric", f.rubric), v("rubric_version", f.rubric_version), v("facilitator", f.facilitator);
  v("items", f.items), v("people", f.people), v("opened_at", f.opened_at), v("revealed_at", f.revealed_at);
  v("closed_at", f.closed_at), v("rulings", f.rulings);
}

// As in the order of the variants.
constexpr std::string_view kFactWords[] = {
    "item_entered",      "lease_granted",     "lease_renewed",       "lease_ended",       "judgement_made",
    "judgement_voided",  "overlap_grown",     "adjudication_opened", "decision_made",     "audit_made",
    "item_reopened",     "escalation_opened", "escalation_resolved", "quarantine_opened", "quarantine_closed",
    "guideline_awaited", "guideline_arrived", "rubric_advanced",     "severe_flagged",    "lane_changed",
    "item_cancelled",    "gold_graded",       "audit_ordered"};
static_assert(std::size(kFactWords) == std::variant_size_v<ReviewFactBody>);
constexpr std::string_view kAnswerWords[] = {"criteria", "pairwise",  "ranking",  "safety",
                                             "refusal",  "grounding", "tool_use", "correction"};
static_assert(std::size(kAnswerWords) == std::variant_size_v<ReviewAnswers>);

template <class T>
concept IsVisited = requires(T& value) {
  Visit(value, value, std::type_identity<T>());
};

template <class T>
Json Write(const T& value);

class FactWriter {
 public:
  template <class T>
  void operator()(std::string_view key, const T& value) {
    object_.emplace_back(key, Write(value));
  }
  Json Take() { return Json(std::move(object_)); }

 private:
  Json::Object object_;
};

template <class T>
Json WriteStruct(const T& value) {
  FactWriter writer;
  Visit(writer, value, std::type_identity<T>());
  return writer.Take();
}

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
Json Write(const T& value) {
  if constexpr (std::is_same_v<T, Time>) {
    return Json(FormatTime(value));
  } else if constexpr (std::is_same_v<T, Duration>) {
    return Json(std::int64_t{value.count()});
  } else if constexpr (std::is_enum_v<T>) {
    return Json(WordOf(value));
  } else if constexpr (IsOptional<T>::value) {
    return value ? Write(*value) : Json();
  } else if constexpr (IsVector<T>::value) {
    Json::Array list;
    for (const auto& element : value) list.push_back(Write(element));
    return Json(std::move(list));
  } else if constexpr (std::is_same_v<T, ReviewAnswers>) {
    return Json::Of(
        {{std::string(kAnswerWords[value.index()]), std::visit([](const auto& a) { return WriteStruct(a); }, value)}});
  } else if constexpr (std::is_class_v<T> && !std::is_same_v<T, std::string>) {
    return WriteStruct(value);
  } else {
    return Json(value);
  }
}

std::string WordsOf(const auto& words) {
  std::vector<std::string> list;
  for (const auto& word : words) list.emplace_back(word.word);
  return fields::Join(list, ", ");
}

// Reads members of one object and remembers the first thing that is wrong.
class FactReader {
 public:
  FactReader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {
    if (!json.is_object()) Complain("", "expected an object");
  }

  template <class T>
  void operator()(std::string_view key, T& value) {
    ++members_;
    if (!fault_.empty()) return;
    const Json* member = json_.Find(key);
    if (member == nullptr) return Complain(key, "is missing");
    Read(*member, Path(key), value);
  }

  // Adds what `other` found.
  void Take(const std::string& fault) {
    if (fault_.empty()) fault_ = fault;
  }
  const std::string& fault() const { return fault_; }
  // What a later version wrote may mean anything.
  void RefuseUnknownMembers() {
    if (fault_.empty() && json_.as_object().size() != members_) {
      Complain("", "has members that this version does not know");
    }
  }

  template <class T>
  void ReadStruct(const Json& json, const std::string& path, T& value) {
    FactReader reader(json, path);
    if (reader.fault().empty()) Visit(reader, value, std::type_identity<T>());
    reader.RefuseUnknownMembers();
    Take(reader.fault());
  }

 private:
  std::string Path(std::string_view key) const {
    return path_.empty() ? std::string(key) : key.empty() ? path_ : path_ + "." + std::string(key);
  }
  void Complain(std::string_view key, const std::string& what) {
    const std::string path = Path(key);
    if (fault_.empty()) fault_ = (path.empty() ? "" : path + ": ") + what;
  }
  void Expect(bool is_right, const std::string& path, const std::string& what) {
    if (!is_right && fault_.empty()) fault_ = path + ": expected " + what;
  }

  template <class T>
  void Read(const Json& json, const std::string& path, T& value) {
    if (!fault_.empty()) return;
    if constexpr (std::is_same_v<T, std::string>) {
      Expect(json.is_string(), path, "a text");
      if (fault_.empty()) Expect(json.as_string().size() <= ReviewBounds::kText, path, "a shorter text");
      if (fault_.empty()) value = json.as_string();
    } else if constexpr (std::is_same_v<T, bool>) {
      Expect(json.is_bool(), path, "true or false");
      if (fault_.empty()) value = json.as_bool();
    } else if constexpr (std::is_same_v<T, int> || std::is_same_v<T, std::int64_t>) {
      constexpr std::int64_t kMost = std::numeric_limits<T>::max();
      Expect(json.is_integer() && json.as_integer() <= kMost && json.as_integer() >= -kMost, path, "a whole number");
      if (fault_.empty()) value = static_cast<T>(json.as_integer());
    } else if constexpr (std::is_same_v<T, double>) {
      Expect(json.is_number(), path, "a number");
      if (fault_.empty()) value = json.as_number();
    } else if constexpr (std::is_same_v<T, Duration>) {
      Expect(json.is_integer() && json.as_integer() >= 0, path, "microseconds");
      if (fault_.empty()) value = Duration(json.as_integer());
    } else if constexpr (std::is_same_v<T, Time>) {
      const Result<Time> time = json.is_string() ? ParseTime(json.as_string()) : Fail(ErrorCode::kInvalidArgument, "");
      Expect(time.has_value(), path, "a time (RFC 3339)");
      if (time) value = *time;
    } else if constexpr (std::is_enum_v<T>) {
      ReadEnum(json, path, value);
    } else if constexpr (IsOptional<T>::value) {
      if (json.is_null()) return;
      Read(json, path, value.emplace());
    } else if constexpr (IsVector<T>::value) {
      ReadList(json, path, value);
    } else if constexpr (std::is_same_v<T, ReviewAnswers>) {
      ReadAnswers(json, path, value);
    } else {
      ReadStruct(json, path, value);
    }
  }

  template <class E>
  void ReadEnum(const Json& json, const std::string& path, E& value) {
    for (const auto& word : EnumWords<E>::kWords) {
      if (!json.is_string() || json.as_string() != word.word) continue;
      value = word.value;
      return;
    }
    Expect(false, path, "one of " + WordsOf(EnumWords<E>::kWords));
  }

  template <class T>
  void ReadList(const Json& json, const std::string& path, std::vector<T>& value) {
    constexpr std::size_t kMost = 1000;
    Expect(json.is_array() && json.as_array().size() <= kMost, path, "a list of at most " + std::to_string(kMost));
    for (std::size_t i = 0; fault_.empty() && i < json.as_array().size(); ++i) {
      Read(json.as_array()[i], path + "[" + std::to_string(i) + "]", value.emplace_back());
    }
  }

  void ReadAnswers(const Json& json, const std::string& path, ReviewAnswers& value) {
    Expect(json.is_object() && json.as_object().size() == 1, path, "an object with one form of answers");
    if (!fault_.empty()) return;
    const auto& [word, answers] = json.as_object()[0];
    const auto found = std::ranges::find(kAnswerWords, word);
    Expect(found != std::end(kAnswerWords), path,
           "one of criteria, pairwise, ranking, safety, refusal, grounding, tool_use, correction");
    if (fault_.empty()) ReadAlternative(answers, path + "." + word, found - kAnswerWords, value);
  }

 public:
  // Reads the alternative of that index into a variant of structs.
  template <std::size_t I = 0, class... Ts>
  void ReadAlternative(const Json& json, const std::string& path, std::ptrdiff_t index, std::variant<Ts...>& value) {
    if constexpr (I < sizeof...(Ts)) {
      if (static_cast<std::ptrdiff_t>(I) != index) return ReadAlternative<I + 1>(json, path, index, value);
      ReadStruct(json, path, value.template emplace<I>());
    }
  }

 private:
  const Json& json_;
  std::string path_;
  std::string fault_;
  std::size_t members_ = 0;
};

// The frame of a fact, without its body.
template <class V>
void VisitFrame(V& v, auto& fact) {
  v("item", fact.item), v("seq", fact.seq), v("at", fact.at), v("actor", fact.actor), v("key", fact.key);
}

template <class T>
Result<T> FromJson(const Json& json) {
  T value;
  FactReader reader(json, "");
  if (reader.fault().empty()) Visit(reader, value, std::type_identity<T>());
  reader.RefuseUnknownMembers();
  if (!reader.fault().empty()) return Fail(ErrorCode::kInvalidArgument, reader.fault());
  return value;
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
  FactWriter writer;
  VisitFrame(writer, fact);
  writer("fact", std::string(Name(fact.body)));
  Json json = writer.Take();
  json.Set("body", std::visit([](const auto& body) { return WriteStruct(body); }, fact.body));
  return json;
}

Result<ReviewFact> ReviewFactFromJson(const Json& json) {
  ReviewFact fact;
  FactReader reader(json, "");
  std::string word;
  Json body;
  if (reader.fault().empty()) {
    VisitFrame(reader, fact);
    reader("fact", word);
    if (const Json* member = json.Find("body")) body = *member;
    if (json.as_object().size() != 7) reader.Take("has members that this version does not know, or lacks some");
  }
  const auto found = std::ranges::find(kFactWords, word);
  if (found == std::end(kFactWords))
    reader.Take("fact: \"" + word.substr(0, 64) + "\" is none that this version knows");
  if (reader.fault().empty()) reader.ReadAlternative(body, "body", found - kFactWords, fact.body);
  if (!reader.fault().empty()) return Fail(ErrorCode::kInvalidArgument, reader.fault());
  return fact;
}

Json ToJson(const Opinion& opinion) { return WriteStruct(opinion); }
Result<Opinion> OpinionFromJson(const Json& json) { return FromJson<Opinion>(json); }
Json ToJson(const JudgementContent& content) { return WriteStruct(content); }
Result<JudgementContent> JudgementContentFromJson(const Json& json) { return FromJson<JudgementContent>(json); }

Json ToJson(const CalibrationSession& session) { return WriteStruct(session); }
Result<CalibrationSession> CalibrationSessionFromJson(const Json& json) { return FromJson<CalibrationSession>(json); }

}  // namespace assay
