// verdict verify: what a file attests, by a public key alone; and the chain of a gate's verdicts at a daemon.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/exit_codes.h"
#include "cli/log_commands.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/verdict_chain.h"
#include "core/digest.h"
#include "core/file.h"
#include "gates/attestation.h"

namespace assay {
namespace {

struct VerifyArguments {
  std::string file;
  std::vector<std::string> keys;
  std::string chain;
  // What the file has to attest; "" for anything.
  std::string gate;
  std::string candidate;
  std::string baseline;
  std::string state;
  bool newest = false;

  bool HasClaims() const { return !gate.empty() || !candidate.empty() || !baseline.empty() || !state.empty(); }
};

int UsageError(const std::string& what) {
  Complain(what);
  return kExitUsage;
}

// Some of it is text of models and endpoints, which must not become lines of the answer, move the cursor or command a
// pipeline.
std::string Shown(const std::string& text) {
  constexpr std::size_t kWidth = 2000;
  return WithoutLogCommands(Excerpt(text, kWidth));
}

// What a script reads is the same whether it holds or not.
int Refuse(const GlobalOptions& options, const std::string& of, const std::string& why) {
  std::fprintf(stderr, "assay: %s: %s\n", of.c_str(), Shown(why).c_str());
  if (options.output != OutputFormat::kJson) return kExitFail;
  return Print(Json::Of({{"valid", false}, {"reason", why}}).DumpIndented() + "\n", kExitFail);
}

Result<std::vector<PublicKey>> ReadKeys(const std::vector<std::string>& files) {
  std::vector<PublicKey> keys;
  for (const std::string& file : files) {
    const auto text = ReadFile(file);
    if (!text) return Fail(text.error().code, file + ": " + text.error().message);
    auto key = PublicKey::FromPem(*text);
    if (!key) return Fail(key.error().code, file + ": " + key.error().message);
    keys.push_back(*std::move(key));
  }
  return keys;
}

struct Line {
  const char* label;
  std::string text;
};
std::string Render(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) {
    if (line.text.empty()) continue;
    text +=
        std::string(line.label) + std::string(13 - std::string_view(line.label).size(), ' ') + Shown(line.text) + "\n";
  }
  return text;
}

Json OrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

std::string ReferenceOf(const ModelIdentity& model) { return model.name + "@" + model.version; }

// Both forms of one answer.
struct VerifiedAnswer {
  std::vector<Line> lines;
  Json::Object json;
};

// What it was told at the time; whether a waiver is still live only the daemon knows.
std::string DescribeWaivers(const Verdict& verdict) {
  std::string text;
  for (const AppliedWaiver& waiver : verdict.waivers) {
    std::string approvers;
    for (const std::string& approver : waiver.approvers) approvers += (approvers.empty() ? "" : ", ") + approver;
    text += (text.empty() ? "" : "; ") + std::string("until ") + FormatTime(waiver.expires_at) + " by " +
            waiver.requester + ", approved by " + approvers + ", ticket " + waiver.ticket;
  }
  return text.empty() || verdict.Decision() == VerdictState::kPass ? text : "in part only, " + text;
}

std::string DescribeBaseline(const Verdict& verdict) {
  if (!verdict.baseline) return "";
  const std::string text = ReferenceOf(*verdict.baseline) + " (" + verdict.baseline->content_version + ")";
  if (!verdict.is_baseline_given) return text + ", which the gate or who asked has named: its assayd did not say";
  return text + (*verdict.is_baseline_given ? ", named by who asked, in place of the gate's own" : "");
}

// Null where it is not known.
Json IsGivenJson(const Verdict& verdict) {
  if (!verdict.baseline) return Json(false);
  return verdict.is_baseline_given ? Json(*verdict.is_baseline_given) : Json();
}

VerifiedAnswer Describe(const AttestedVerdict& attested) {
  const Verdict& verdict = attested.verdict;
  const VerdictOrigin& origin = *verdict.origin;
  const std::string build = origin.build.empty() ? "" : ", build " + origin.build;
  Json::Array warnings;
  for (const std::string& warning : verdict.warnings) warnings.emplace_back(warning);
  VerifiedAnswer answer = {
      {{"attests", "a verdict"},
       {"gate", verdict.gate + " (" + verdict.gate_version + "), project " + origin.project},
       {"candidate", ReferenceOf(verdict.candidate) + " (" + verdict.candidate.content_version + ")"},
       {"baseline", DescribeBaseline(verdict)},
       {"state", std::string(Name(verdict.state))},
       {"waived", DescribeWaivers(verdict)},
       {"reason", verdict.reason},
       {"attempt", verdict.attempt > 1 ? std::to_string(verdict.attempt) : ""},
       {"decided", FormatTime(verdict.decided_at)},
       {"verdict", origin.verdict + ", number " + std::to_string(origin.sequence) + " of its gate"},
       {"document", attested.document_hash},
       {"predecessor", origin.predecessor.empty() ? "none: the first of its gate" : origin.predecessor},
       {"made by", "assayd " + origin.version + build}},
      {{"attests", "verdict"},
       {"gate", verdict.gate},
       {"gate_version", verdict.gate_version},
       {"project", origin.project},
       {"candidate", ReferenceOf(verdict.candidate)},
       {"candidate_version", verdict.candidate.content_version},
       {"baseline", verdict.baseline ? Json(ReferenceOf(*verdict.baseline)) : Json()},
       {"baseline_version", verdict.baseline ? Json(verdict.baseline->content_version) : Json()},
       {"baseline_given", IsGivenJson(verdict)},
       {"state", Name(verdict.state)},
       {"decision", Name(verdict.Decision())},
       {"reason", verdict.reason},
       {"attempt", verdict.attempt},
       {"warnings", std::move(warnings)},
       {"decided_at", FormatTime(verdict.decided_at)},
       {"verdict", origin.verdict},
       {"sequence", origin.sequence},
       {"document_hash", attested.document_hash},
       {"predecessor", OrNull(origin.predecessor)},
       {"version", origin.version},
       {"build", OrNull(origin.build)}}};
  for (const std::string& warning : verdict.warnings) answer.lines.push_back({"warning", warning});
  return answer;
}

VerifiedAnswer Describe(const AttestedSummary& summary) {
  Json::Array inputs;
  for (const std::string& input : summary.inputs) inputs.emplace_back(input);
  return {{{"attests", "a SLSA verification summary"},
           {"policy", summary.policy + " (" + summary.policy_version + ")"},
           {"candidate", summary.candidate + " (" + summary.candidate_version + ")"},
           {"resource", summary.resource},
           {"state", "PASS"},
           {"decided", FormatTime(summary.verified_at)},
           {"rests on", summary.inputs.empty() ? "" : "envelope " + summary.inputs.front()}},
          {{"attests", "summary"},
           {"policy", summary.policy},
           {"policy_version", summary.policy_version},
           {"candidate", summary.candidate},
           {"candidate_version", summary.candidate_version},
           {"resource", summary.resource},
           {"state", "PASS"},
           {"decided_at", FormatTime(summary.verified_at)},
           {"inputs", std::move(inputs)}}};
}

// What is compared with the options.
struct Claims {
  std::string project;
  std::string gate;
  std::string gate_version;
  std::string candidate;
  std::string candidate_version;
  std::string baseline;  // "" without one, and of summaries
  std::string baseline_version;
  std::string state;
  std::optional<bool> is_baseline_given = {};  // absent: it is not known
};
Claims ClaimsOf(const AttestedVerdict& attested) {
  const Verdict& verdict = attested.verdict;
  return {.project = verdict.origin->project,
          .gate = verdict.gate,
          .gate_version = verdict.gate_version,
          .candidate = ReferenceOf(verdict.candidate),
          .candidate_version = verdict.candidate.content_version,
          .baseline = verdict.baseline ? ReferenceOf(*verdict.baseline) : "",
          .baseline_version = verdict.baseline ? verdict.baseline->content_version : "",
          .state = std::string(Name(verdict.state)),
          .is_baseline_given = verdict.is_baseline_given};
}
// Of urn:assay:gate:PROJECT:GATE, whose names need no encoding.
Claims ClaimsOf(const AttestedSummary& summary) {
  const std::size_t last = summary.policy.rfind(':');
  const std::string before = summary.policy.substr(0, last == std::string::npos ? 0 : last);
  return {.project = before.substr(before.rfind(':') + 1),
          .gate = summary.policy.substr(last + 1),
          .gate_version = summary.policy_version,
          .candidate = summary.candidate,
          .candidate_version = summary.candidate_version,
          .baseline = "",
          .baseline_version = "",
          .state = "PASS"};
}

// Who accepts a state accepts that it is of the gate's own baseline; where that is not so, or nobody can tell, they are
// to say which one they mean.
std::string DoubtOfBaseline(const Claims& claims) {
  if (claims.baseline.empty() || claims.is_baseline_given == false) return "";
  const std::string how = claims.is_baseline_given
                              ? ", which who asked has named in place of the gate's own baseline"
                              : ": the version of assayd that made this document did not say whether that is the "
                                "gate's own baseline, or was named by who asked";
  return "its candidate was compared with " + claims.baseline + how + "; --baseline " + claims.baseline +
         " accepts that";
}

// "" when the file attests what was asked for. A gate is one of a project, so that whatever is claimed is claimed of
// it.
std::string Mismatch(const Claims& claims, const std::string& project, const VerifyArguments& wanted) {
  const auto differs = [](const char* what, const std::string& is, const std::string& asked) {
    return std::string("it attests ") + what + " " + is + ", not " + asked;
  };
  const auto is_one_of = [](const std::string& asked, const std::string& name, const std::string& version) {
    return asked.empty() || asked == name || asked == version;
  };
  const auto both = [](const std::string& name, const std::string& version) { return name + " (" + version + ")"; };
  if (wanted.HasClaims() && project != claims.project) return differs("project", claims.project, project);
  if (!is_one_of(wanted.gate, claims.gate, claims.gate_version))
    return differs("gate", both(claims.gate, claims.gate_version), wanted.gate);
  if (!is_one_of(wanted.candidate, claims.candidate, claims.candidate_version))
    return differs("candidate", both(claims.candidate, claims.candidate_version), wanted.candidate);
  if (!wanted.baseline.empty() && claims.baseline.empty()) return "it attests no baseline, not " + wanted.baseline;
  if (!is_one_of(wanted.baseline, claims.baseline, claims.baseline_version))
    return differs("baseline", both(claims.baseline, claims.baseline_version), wanted.baseline);
  if (!wanted.state.empty() && wanted.state != claims.state) return differs("state", claims.state, wanted.state);
  return wanted.state.empty() || !wanted.baseline.empty() ? "" : DoubtOfBaseline(claims);
}

std::string ProjectOf(const GlobalOptions& options) { return options.project.empty() ? "default" : options.project; }

// What came after the file's verdict: "" when nothing of its candidate did.
std::string NewerVerdict(const ChainReport& report) {
  return report.newer.empty() ? "" : report.newer + " (" + report.newer_state + ") is newer, of the same candidate";
}

int VerifyChain(const GlobalOptions& options, const VerifyArguments& arguments, const std::vector<PublicKey>& keys,
                const std::optional<ChainMember>& member) {
  return WithConnection(options, [&](const DaemonConnection& connection) {
    const auto checked = CheckChain(connection, arguments.chain, keys, member);
    if (!checked) return checked.error();
    const std::string of = "chain of gate " + arguments.chain;
    if (!*checked) return Refuse(options, of, checked->error().message);
    const ChainReport& report = **checked;
    if (report.verdicts == 0) return Refuse(options, of, "it has no verdict");
    if (arguments.newest && !report.newer.empty()) return Refuse(options, arguments.file, NewerVerdict(report));
    if (options.output == OutputFormat::kJson) {
      return Print(Json::Of({{"valid", true},
                             {"gate", arguments.chain},
                             {"verdicts", report.verdicts},
                             {"before_chains", report.before},
                             {"signatures_checked", !keys.empty()},
                             {"not_signed", keys.empty() ? Json() : Json(report.not_signed)},
                             {"newest", report.newest},
                             {"newest_hash", report.newest_hash},
                             {"newer", OrNull(report.newer)},
                             {"newer_state", OrNull(report.newer_state)}})
                       .DumpIndented() +
                   "\n");
    }
    const std::string unsigned_ones =
        report.not_signed == 0 ? "every verdict"
                               : "all but " + std::to_string(report.not_signed) + " verdicts, which later ones hold";
    return Print(Render(
        {{"chain",
          std::to_string(report.verdicts) + " verdicts of gate " + arguments.chain + ", unbroken to the first"},
         {"newest", report.newest},
         {"document", report.newest_hash},
         {"newer", NewerVerdict(report)},
         {"signed", keys.empty() ? "not checked: give --key" : unsigned_ones},
         {"before",
          report.before == 0 ? "" : std::to_string(report.before) + " verdicts from before there were chains"}}));
  });
}

int VerifyFile(const GlobalOptions& options, const VerifyArguments& arguments, const std::vector<PublicKey>& keys,
               std::optional<ChainMember>& member) {
  const auto text = ReadFile(arguments.file, Envelope::kMaxBytes);
  if (!text) return UsageError(arguments.file + ": " + text.error().message);
  const auto attestation = VerifyAttestation(*text, keys);
  if (!attestation) return Refuse(options, arguments.file, attestation.error().message);
  const Claims claims = std::visit([](const auto& content) { return ClaimsOf(content); }, attestation->content);
  if (const std::string wrong = Mismatch(claims, ProjectOf(options), arguments); !wrong.empty())
    return Refuse(options, arguments.file, wrong);
  if (const auto* attested = std::get_if<AttestedVerdict>(&attestation->content)) {
    member = {.sequence = attested->verdict.origin->sequence,
              .document_hash = attested->document_hash,
              .candidate_version = attested->verdict.candidate.content_version};
  } else if (!arguments.chain.empty()) {
    return Refuse(options, arguments.file, "a summary has no place in a chain; give the verdict's envelope");
  }
  if (!arguments.chain.empty()) return kExitOk;  // the chain's answer is printed
  VerifiedAnswer answer = std::visit([](const auto& content) { return Describe(content); }, attestation->content);
  const PublicKey& key = keys[attestation->key];
  if (options.output == OutputFormat::kJson) {
    Json::Object json = {{"valid", true}, {"key", key.id()}, {"algorithm", key.algorithm()}};
    json.insert(json.end(), answer.json.begin(), answer.json.end());
    return Print(Json(std::move(json)).DumpIndented() + "\n");
  }
  const std::string signature = "valid, " + std::string(key.algorithm()) + ", key " + key.id();
  return Print(Render({{"signature", signature}}) + Render(answer.lines));
}

int Verify(const GlobalOptions& options, const VerifyArguments& arguments) {
  if (arguments.file.empty() && arguments.chain.empty()) return UsageError("give FILE, --chain GATE, or both");
  if (!arguments.file.empty() && arguments.keys.empty())
    return UsageError("give --key PUBLIC.pem: a signature that nobody's key confirms proves nothing");
  if (arguments.newest && (arguments.file.empty() || arguments.chain.empty()))
    return UsageError("--newest needs FILE and --chain GATE: only the daemon knows what came later");
  const auto keys = ReadKeys(arguments.keys);
  if (!keys) return UsageError(keys.error().message);
  std::optional<ChainMember> member;
  if (!arguments.file.empty()) {
    const int code = VerifyFile(options, arguments, *keys, member);
    if (code != kExitOk || arguments.chain.empty()) return code;
  }
  return VerifyChain(options, arguments, *keys, member);
}

}  // namespace

void AddVerifyVerb(CLI::App& verdict, const GlobalOptions& options, Action& action) {
  auto arguments = std::make_shared<VerifyArguments>();
  // A script's variable that is not set would check nothing.
  const CLI::Validator not_empty(
      [](std::string& value) { return value.empty() ? std::string("is empty: nothing would be checked") : ""; }, "");
  auto* verify = verdict.add_subcommand("verify",
                                        "Check a signed verdict, offline, by the public key alone. Exit code 0: it "
                                        "holds, 1: it does not. What is claimed "
                                        "of it (--gate, --candidate, --baseline, --state) is claimed of --project");
  verify->add_option("FILE", arguments->file, "envelope, from `assay verdict show V --format envelope` (or summary)")
      ->check(not_empty);
  verify->add_option("--key", arguments->keys, "public key of the daemon that has signed it; several: any of them")
      ->type_name("PUBLIC.pem")
      ->check(not_empty);
  verify->add_option("--gate", arguments->gate, "fail unless it is of this gate: name, or sha256:... of its version")
      ->check(not_empty);
  verify->add_option("--candidate", arguments->candidate, "fail unless it is of this candidate: M@V or sha256:...")
      ->check(not_empty);
  verify
      ->add_option("--baseline", arguments->baseline,
                   "fail unless the candidate was compared with it: M@V or sha256:... Without it --state refuses a "
                   "verdict on a baseline that was named in place of the gate's own")
      ->check(not_empty);
  verify->add_option("--state", arguments->state, "fail unless it is in this state: a signed FAIL is valid too")
      ->check(CLI::IsMember({"PASS", "FAIL", "INCONCLUSIVE", "ERROR"}));
  verify
      ->add_option(
          "--chain", arguments->chain,
          "at the daemon: check the verdicts of this gate back to the first; with FILE, that it is one of them")
      ->type_name("GATE")
      ->check(not_empty);
  verify->add_flag("--newest", arguments->newest, "with --chain: fail when its candidate has a newer verdict");
  verify->callback(
      [&action, &options, arguments] { action = [&options, arguments] { return Verify(options, *arguments); }; });
}

}  // namespace assay
