#include "daemon/waivers.h"

#include "core/identifier.h"
#include "daemon/blocking.h"
#include "daemon/log.h"

namespace assay {

namespace asio = boost::asio;

namespace {

Json TermsOf(const ModelIdentity& model) {
  return Json::Of({{"name", model.name}, {"version", model.version}, {"content_version", model.content_version}});
}

Json TermsOf(const WaivedFinding& finding) {
  Json::Array cases;
  for (const WaivedCase& one : finding.cases) cases.push_back(Json::Of({{"ordinal", one.ordinal}, {"id", one.id}}));
  return Json::Of({{"margin", finding.margin ? Json(*finding.margin) : Json()},
                   {"missing", finding.missing},
                   {"cases", std::move(cases)},
                   {"scored", finding.scored ? Json(*finding.scored) : Json()}});
}

// What a record keeps beside its columns.
std::string TermsOf(const Waiver& waiver) {
  Json::Array suites;
  for (const WaivedSuite& suite : waiver.suites) {
    suites.push_back(Json::Of({{"suite", suite.suite},
                               {"suite_version", suite.suite_version},
                               {"dataset_version", suite.dataset_version},
                               {"graders_version", suite.graders_version}}));
  }
  Json::Array rules;
  for (const WaivedRule& rule : waiver.rules) {
    Json::Array parts;
    for (const WaivedPart& part : rule.parts) {
      parts.push_back(Json::Of({{"suite", part.suite},
                                {"slice", part.slice},
                                {"slice_value", part.slice_value},
                                {"state", Name(part.state)},
                                {"finding", part.finding ? TermsOf(*part.finding) : Json()}}));
    }
    rules.push_back(Json::Of({{"rule", rule.rule},
                              {"state", Name(rule.state)},
                              {"severity", rule.severity ? Json(*rule.severity) : Json()},
                              {"parts", std::move(parts)}}));
  }
  return Json::Of({{"gate_version", waiver.gate_version},
                   {"candidate", TermsOf(waiver.candidate)},
                   {"baseline", waiver.baseline ? TermsOf(*waiver.baseline) : Json()},
                   {"suites", std::move(suites)},
                   {"rules", std::move(rules)},
                   {"verdict", waiver.verdict},
                   {"reason", waiver.reason},
                   {"ticket", waiver.ticket}})
      .Dump();
}

// Reads terms, and remembers whether anything of them is not what it should be.
class TermsReader {
 public:
  const Json* Member(const Json& object, const char* key) {
    const Json* member = object.Find(key);
    is_good_ = is_good_ && member != nullptr;
    return member;
  }
  std::string Text(const Json& object, const char* key) {
    const Json* member = Member(object, key);
    is_good_ = is_good_ && member->is_string();
    return is_good_ ? member->as_string() : "";
  }
  std::int64_t Integer(const Json& object, const char* key) {
    const Json* member = Member(object, key);
    is_good_ = is_good_ && member->is_integer();
    return is_good_ ? member->as_integer() : 0;
  }
  const Json::Array& List(const Json& object, const char* key) {
    static const Json::Array kEmpty;
    const Json* member = Member(object, key);
    is_good_ = is_good_ && member->is_array();
    return is_good_ ? member->as_array() : kEmpty;
  }
  ModelIdentity Model(const Json& object) {
    return {Text(object, "name"), Text(object, "version"), Text(object, "content_version")};
  }
  VerdictState State(const Json& object) {
    const auto state = VerdictStateFrom(Text(object, "state"));
    is_good_ = is_good_ && state.has_value();
    return state.value_or(VerdictState::kInconclusive);
  }
  WaivedSuite Suite(const Json& object) {
    WaivedSuite suite{Text(object, "suite"), Text(object, "suite_version"), Text(object, "dataset_version")};
    if (object.Find("graders_version") != nullptr) suite.graders_version = Text(object, "graders_version");
    return suite;
  }
  // Nullopt of a version that kept none.
  std::optional<WaivedFinding> Finding(const Json& part) {
    const Json* kept = part.Find("finding");
    if (kept == nullptr || kept->is_null()) return std::nullopt;
    WaivedFinding finding{.margin = std::nullopt, .missing = Integer(*kept, "missing")};
    const Json* margin = Member(*kept, "margin");
    if (margin != nullptr && !margin->is_null()) {
      is_good_ = is_good_ && margin->is_number();
      if (is_good_) finding.margin = margin->as_number();
    }
    const Json* scored = kept->Find("scored");  // else of a version that did not keep it
    if (scored != nullptr && !scored->is_null()) finding.scored = Integer(*kept, "scored");
    for (const Json& one : List(*kept, "cases")) finding.cases.push_back({Integer(one, "ordinal"), Text(one, "id")});
    return finding;
  }
  WaivedRule Rule(const Json& object) {
    WaivedRule rule{.rule = Text(object, "rule")};
    rule.state = State(object);
    if (object.Find("parts") != nullptr) {  // else of a version that kept none
      for (const Json& part : List(object, "parts")) {
        rule.parts.push_back({rule.rule, Text(part, "suite"), Text(part, "slice"), Text(part, "slice_value"),
                              State(part), Finding(part)});
      }
    }
    const Json* severity = Member(object, "severity");
    if (severity == nullptr || severity->is_null()) return rule;
    is_good_ = is_good_ && severity->is_integer();
    if (is_good_) rule.severity = severity->as_integer();
    return rule;
  }
  bool is_good() const { return is_good_; }

 private:
  bool is_good_ = true;
};

Result<Waiver> FromRecord(const WaiverRecord& record) {
  ASSAY_ASSIGN(const Json terms, Json::Parse(record.terms));
  TermsReader reader;
  Waiver waiver{.id = record.id,
                .project = record.project,
                .gate = record.gate,
                .gate_version = reader.Text(terms, "gate_version"),
                .candidate = {},
                .verdict = reader.Text(terms, "verdict"),
                .reason = reader.Text(terms, "reason"),
                .ticket = reader.Text(terms, "ticket"),
                .requester = record.requester,
                .requested_at = record.created,
                .expires_at = record.expires,
                .revoked_at = record.revoked,
                .revoked_by = record.revoked_by,
                .revoke_reason = record.revoke_reason};
  if (const Json* candidate = reader.Member(terms, "candidate")) waiver.candidate = reader.Model(*candidate);
  const Json* baseline = reader.Member(terms, "baseline");
  if (baseline != nullptr && !baseline->is_null()) waiver.baseline = reader.Model(*baseline);
  for (const Json& suite : reader.List(terms, "suites")) waiver.suites.push_back(reader.Suite(suite));
  for (const Json& rule : reader.List(terms, "rules")) waiver.rules.push_back(reader.Rule(rule));
  for (const WaiverApprovalRecord& approval : record.approvals) {
    waiver.approvals.push_back({approval.principal, approval.at, approval.comment});
  }
  if (!reader.is_good() || waiver.candidate.content_version != record.model_version)
    return Fail(ErrorCode::kInternal, "waiver " + record.id + " is stored without what it is bound to");
  return waiver;
}

WaiverRecord ToRecord(const Waiver& waiver) {
  return {.id = waiver.id,
          .project = waiver.project,
          .gate = waiver.gate,
          .model_version = waiver.candidate.content_version,
          .terms = TermsOf(waiver),
          .requester = waiver.requester,
          .created = waiver.requested_at,
          .expires = waiver.expires_at};
}

Status RequireName(const Caller& caller, std::string_view what) {
  if (caller.principal != kAnybody) return {};
  return Fail(ErrorCode::kPermissionDenied,
              std::string(what) +
                  " a waiver needs a name, and without tokens every caller is \"local\"; give callers tokens "
                  "(auth: {tokens: FILE} in assayd.yaml)");
}

}  // namespace

Status ApplyStoredWaivers(Store& store, const std::string& project, Time now, Verdict& verdict) {
  ApplyWaivers(project, {}, now, verdict);
  if (!ObstacleTo(verdict).empty()) return {};
  ASSAY_ASSIGN(const std::vector<WaiverRecord> open,
               store.ListOpenWaivers(project, verdict.gate, verdict.candidate.content_version, now));
  std::vector<Waiver> waivers;
  for (const WaiverRecord& record : open) {
    // One that cannot be read covers nothing.
    if (auto waiver = FromRecord(record)) waivers.push_back(*std::move(waiver));
  }
  ApplyWaivers(project, waivers, now, verdict);
  return {};
}

Result<WaiverStatus> Waivers::Describe(const WaiverRecord& record) const {
  ASSAY_ASSIGN(Waiver waiver, FromRecord(record));
  const WaiverState state = StateAt(waiver, context_.clock.Now());
  return WaiverStatus{.waiver = std::move(waiver), .state = state};
}

Result<WaiverStatus> Waivers::Changed(const WaiverRecord& record) const {
  ASSAY_ASSIGN(WaiverStatus status, Describe(record));
  Log(LogLevel::kInfo, "waiver",
      {{"waiver", status.waiver.id}, {"gate", status.waiver.gate}, {"state", std::string(Name(status.state))}});
  if (context_.changed) context_.changed(status.waiver);
  return status;
}

Result<WaiverStatus> Waivers::Request(const Caller& caller, const WaiverArguments& arguments) {
  if (arguments.request) {  // its time may have made it impossible since
    ASSAY_ASSIGN(const auto answered, context_.store.FindRequest(caller.project, *arguments.request));
    if (answered) {
      ASSAY_ASSIGN(const WaiverRecord record, context_.store.GetWaiver(caller.project, *answered));
      return Describe(record);
    }
  }
  ASSAY_ASSIGN(const VerdictRecord record, context_.store.GetVerdict(caller.project, arguments.verdict));
  ASSAY_ASSIGN(const Json document, Json::Parse(record.document));
  ASSAY_ASSIGN(const Verdict verdict, VerdictFromJson(document));
  const Time now = context_.clock.Now();
  const WaiverRequest request{.requester = caller.principal,
                              .rules = arguments.rules,
                              .reason = arguments.reason,
                              .ticket = arguments.ticket,
                              .expires_at = arguments.expires_at};
  ASSAY_ASSIGN(Waiver waiver, MakeWaiver(verdict, request, context_.max_life, now));
  if (waiver.project != caller.project || waiver.verdict != record.id)
    return Fail(ErrorCode::kFailedPrecondition, "verdict " + record.id + " says of itself that it is another");
  waiver.id = MakeId(now);
  ASSAY_ASSIGN(const WaiverRecord stored, context_.store.CreateWaiver(ToRecord(waiver), arguments.request));
  return Changed(stored);
}

asio::awaitable<Result<WaiverStatus>> Waivers::RequestWaiver(const Caller& caller, const WaiverArguments& arguments) {
  ASSAY_CO_TRY(RequireName(caller, "asking for"));
  auto work = [this, caller, arguments]() { return Request(caller, arguments); };
  co_return co_await RunBlocking(context_.blocking, std::move(work));
}

asio::awaitable<Result<WaiverStatus>> Waivers::ApproveWaiver(const Caller& caller, std::string_view id,
                                                             std::string_view comment) {
  ASSAY_CO_TRY(RequireName(caller, "approving"));
  if (!context_.approvers.contains(caller.principal))
    co_return Fail(
        ErrorCode::kPermissionDenied,
        "\"" + caller.principal + "\" is none of the approvers (waivers: {approvers: [...]} in assayd.yaml)");
  auto work = [this, caller, id = std::string(id), comment = std::string(comment)]() -> Result<WaiverStatus> {
    ASSAY_ASSIGN(
        const WaiverRecord record,
        context_.store.ApproveWaiver(caller.project, id,
                                     {.principal = caller.principal, .at = context_.clock.Now(), .comment = comment}));
    return Changed(record);
  };
  co_return co_await RunBlocking(context_.blocking, std::move(work));
}

asio::awaitable<Result<WaiverStatus>> Waivers::RevokeWaiver(const Caller& caller, std::string_view id,
                                                            std::string_view reason) {
  ASSAY_CO_TRY(RequireName(caller, "revoking"));
  auto work = [this, caller, id = std::string(id), reason = std::string(reason)]() -> Result<WaiverStatus> {
    ASSAY_ASSIGN(WaiverRecord record, context_.store.GetWaiver(caller.project, id));
    if (record.requester != caller.principal && !context_.approvers.contains(caller.principal))
      return Fail(ErrorCode::kPermissionDenied,
                  "\"" + caller.principal + "\" has not asked for this waiver and is none of the approvers");
    ASSAY_ASSIGN(record,
                 context_.store.RevokeWaiver(caller.project, id, caller.principal, reason, context_.clock.Now()));
    return Changed(record);
  };
  co_return co_await RunBlocking(context_.blocking, std::move(work));
}

asio::awaitable<Result<WaiverStatus>> Waivers::GetWaiver(const Caller& caller, std::string_view id) {
  auto work = [&]() -> Result<WaiverStatus> {
    ASSAY_ASSIGN(const WaiverRecord record, context_.store.GetWaiver(caller.project, id));
    return Describe(record);
  };
  co_return co_await RunBlocking(context_.reading, work);
}

asio::awaitable<Result<Page<WaiverStatus>>> Waivers::ListWaivers(const Caller& caller, std::string_view gate,
                                                                 const PageRequest& page) {
  auto work = [&]() -> Result<Page<WaiverStatus>> {
    ASSAY_ASSIGN(Page<WaiverRecord> records, context_.store.ListWaivers(caller.project, gate, page));
    Page<WaiverStatus> statuses{.items = {}, .next = std::move(records.next)};
    for (const WaiverRecord& record : records.items) {
      ASSAY_ASSIGN(WaiverStatus status, Describe(record));
      statuses.items.push_back(std::move(status));
    }
    return statuses;
  };
  co_return co_await RunBlocking(context_.reading, work);
}

}  // namespace assay
