#include "cli/verdict_chain.h"

#include <grpcpp/grpcpp.h>

#include "assay/v1/gate.grpc.pb.h"
#include "cli/connection.h"
#include "core/digest.h"
#include "core/json.h"
#include "gates/attestation.h"

namespace assay {
namespace {

constexpr int kPageSize = 20;  // a document may have a megabyte

std::unexpected<Error> Broken(const v1::Verdict& verdict, const std::string& what) {
  const std::string number = verdict.sequence() == 0 ? "" : std::to_string(verdict.sequence()) + ", ";
  return Fail(ErrorCode::kFailedPrecondition, "verdict " + number + verdict.id() + ": " + what);
}

Result<Verdict> ReadDocument(const v1::Verdict& verdict) {
  const auto json = Json::Parse(verdict.document(), Json::kMaxDepth, RepeatedKeys::kRefuse);
  if (!json) return Broken(verdict, "its document is not JSON: " + json.error().message);
  auto document = VerdictFromJson(*json);
  if (!document) return Broken(verdict, document.error().message);
  if (document->origin && json->DumpCanonical() != verdict.document()) {
    return Broken(verdict, "its document is not in the canonical form");
  }
  return document;
}

}  // namespace

Status ChainCheck::CheckOrigin(const v1::Verdict& verdict, const Verdict& document) const {
  const VerdictOrigin& origin = *document.origin;
  const std::string project = project_.empty() ? "default" : project_;
  const auto differs = [&](std::string_view what, const std::string& said, const std::string& expected) -> Status {
    if (said == expected) return {};
    return Broken(verdict,
                  "its document says " + std::string(what) + " \"" + said + "\" and stands for \"" + expected + "\"");
  };
  ASSAY_TRY(differs("verdict", origin.verdict, verdict.id()));
  ASSAY_TRY(differs("check", origin.check, verdict.check_id()));
  ASSAY_TRY(differs("project", origin.project, project));
  ASSAY_TRY(differs("gate", document.gate, gate_));
  ASSAY_TRY(differs("sequence", std::to_string(origin.sequence), std::to_string(verdict.sequence())));
  ASSAY_TRY(differs("predecessor", origin.predecessor, verdict.predecessor()));
  return differs("state", std::string(Name(document.state)), v1::VerdictState::Value_Name(verdict.state()));
}

Status ChainCheck::TakeOlder(const v1::Verdict& verdict, const Verdict& document) {
  if (document.origin) return Broken(verdict, "it was taken out of the chain that its document names");
  if (count_ > 0 && last_ != 1)
    return Broken(verdict, "it stands where verdict " + std::to_string(last_ - 1) + " is missing");
  ++before_;
  return {};
}

Status ChainCheck::Take(const v1::Verdict& verdict) {
  ASSAY_ASSIGN(const Verdict document, ReadDocument(verdict));
  if (verdict.sequence() == 0) return TakeOlder(verdict, document);
  if (!document.origin) return Broken(verdict, "its document does not say where it stands");
  if (before_ > 0) return Broken(verdict, "it is older than one from before there were chains");
  ASSAY_TRY(CheckOrigin(verdict, document));
  const std::string hash = ContentVersion(verdict.document());
  if (count_ == 0) {
    newest_ = verdict.id();
    newest_hash_ = hash;
  } else if (verdict.sequence() != last_ - 1) {
    return Broken(verdict, "it stands where verdict " + std::to_string(last_ - 1) + " should");
  } else if (hash != predecessor_) {
    return Broken(verdict, "it was changed: its document is " + hash + ", its successor names " + predecessor_);
  }
  ++count_;
  last_ = verdict.sequence();
  predecessor_ = document.origin->predecessor;
  return {};
}

Status ChainCheck::Finish() const {
  if (count_ == 0 || last_ == 1) return {};
  return Fail(ErrorCode::kFailedPrecondition,
              "the chain does not reach its first verdict: verdict " + std::to_string(last_ - 1) + " is missing");
}

Result<bool> CheckEnvelopes(const v1::Verdict& verdict, std::span<const PublicKey> keys) {
  if (verdict.envelope().empty()) {
    if (!verdict.summary_envelope().empty()) return Broken(verdict, "its summary is signed and it is not");
    return false;
  }
  const auto attestation = VerifyAttestation(verdict.envelope(), keys);
  if (!attestation) return Broken(verdict, attestation.error().message);
  const auto* attested = std::get_if<AttestedVerdict>(&attestation->content);
  if (attested == nullptr || attested->document != verdict.document()) {
    return Broken(verdict, "its envelope attests another document");
  }
  if (verdict.summary_envelope().empty()) return true;
  const auto summary = VerifyAttestation(verdict.summary_envelope(), keys);
  if (!summary) return Broken(verdict, "its summary: " + summary.error().message);
  const auto* content = std::get_if<AttestedSummary>(&summary->content);
  const bool agrees = content != nullptr && MayBeSummarised(attested->verdict) &&
                      content->candidate_version == attested->verdict.candidate.content_version &&
                      std::ranges::find(content->inputs, ContentVersion(verdict.envelope())) != content->inputs.end();
  if (!agrees) return Broken(verdict, "its summary is of another verdict");
  return true;
}

namespace {

// Reads verdict after verdict of one gate.
class ChainReader {
 public:
  ChainReader(const DaemonConnection& connection, std::string gate)
      : connection_(connection), stub_(v1::GateService::NewStub(connection.channel())), gate_(std::move(gate)) {}

  grpc::Status NextPage(v1::ListVerdictsResponse& page) {
    v1::ListVerdictsRequest request;
    request.set_project(connection_.options().project);
    request.set_gate(gate_);
    request.set_page_size(kPageSize);
    request.set_page_token(page.next_page_token());
    grpc::ClientContext context;
    connection_.Prepare(context);
    page.Clear();
    return stub_->ListVerdicts(&context, request, &page);
  }

  grpc::Status WithEnvelopes(v1::Verdict& verdict) {
    v1::GetVerdictRequest request;
    request.set_project(connection_.options().project);
    request.set_id(verdict.id());
    v1::GetVerdictResponse response;
    grpc::ClientContext context;
    connection_.Prepare(context);
    const grpc::Status status = stub_->GetVerdict(&context, request, &response);
    verdict.set_envelope(response.verdict().envelope());
    verdict.set_summary_envelope(response.verdict().summary_envelope());
    return status;
  }

 private:
  const DaemonConnection& connection_;
  const std::unique_ptr<v1::GateService::Stub> stub_;
  const std::string gate_;
};

}  // namespace

std::expected<Result<ChainReport>, int> CheckChain(const DaemonConnection& connection, const std::string& gate,
                                                   std::span<const PublicKey> keys,
                                                   const std::optional<ChainMember>& member) {
  ChainReader reader(connection, gate);
  ChainCheck check(gate, connection.options().project);
  ChainReport report;
  bool has_member = !member;
  v1::ListVerdictsResponse page;
  do {
    if (const grpc::Status status = reader.NextPage(page); !status.ok())
      return std::unexpected(connection.Report(status));
    for (v1::Verdict& verdict : *page.mutable_verdicts()) {
      if (const Status taken = check.Take(verdict); !taken) return Result<ChainReport>(std::unexpected(taken.error()));
      if (member && report.newer.empty() && verdict.sequence() > member->sequence &&
          verdict.candidate().content_version() == member->candidate_version) {
        report.newer = verdict.id();
        report.newer_state = v1::VerdictState::Value_Name(verdict.state());
      }
      if (member && verdict.sequence() == member->sequence)
        has_member = ContentVersion(verdict.document()) == member->document_hash;
      if (keys.empty() || verdict.sequence() == 0) continue;
      if (const grpc::Status status = reader.WithEnvelopes(verdict); !status.ok())
        return std::unexpected(connection.Report(status));
      const Result<bool> is_signed = CheckEnvelopes(verdict, keys);
      if (!is_signed) return Result<ChainReport>(std::unexpected(is_signed.error()));
      if (!*is_signed && check.count() == 1) {
        return Result<ChainReport>(
            Broken(verdict, "the newest verdict is not signed, so that nothing holds the chain"));
      }
      if (!*is_signed) ++report.not_signed;
    }
  } while (!page.next_page_token().empty());
  if (const Status finished = check.Finish(); !finished) return Result<ChainReport>(std::unexpected(finished.error()));
  if (!has_member)
    return Result<ChainReport>(Fail(ErrorCode::kFailedPrecondition,
                                    "the verdict of the file is not in the chain: the daemon has another history"));
  report.verdicts = check.count();
  report.before = check.before();
  report.newest = check.newest();
  report.newest_hash = check.newest_hash();
  return Result<ChainReport>(report);
}

}  // namespace assay
