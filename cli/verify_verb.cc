// verdict verify: what a file attests, by a public key alone; and the chain of a gate's verdicts at a daemon.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/exit_codes.h"
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
  std::string state;
};

int UsageError(const std::string& what) {
  std::fprintf(stderr, "assay: %s\n", what.c_str());
  return kExitUsage;
}

// Some of it is text of models and endpoints, which must not become lines of the answer or move the cursor.
std::string Shown(const std::string& text) {
  constexpr std::size_t kWidth = 2000;
  return Excerpt(text, kWidth);
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

std::string CandidateOf(const Verdict& verdict) { return verdict.candidate.name + "@" + verdict.candidate.version; }

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

VerifiedAnswer Describe(const AttestedVerdict& attested) {
  const Verdict& verdict = attested.verdict;
  const VerdictOrigin& origin = *verdict.origin;
  const std::string build = origin.build.empty() ? "" : ", build " + origin.build;
  return {{{"attests", "a verdict"},
           {"gate", verdict.gate + " (" + verdict.gate_version + "), project " + origin.project},
           {"candidate", CandidateOf(verdict) + " (" + verdict.candidate.content_version + ")"},
           {"baseline", verdict.baseline ? verdict.baseline->name + "@" + verdict.baseline->version : ""},
           {"state", std::string(Name(verdict.state))},
           {"waived", DescribeWaivers(verdict)},
           {"reason", verdict.reason},
           {"decided", FormatTime(verdict.decided_at)},
           {"verdict", origin.verdict + ", number " + std::to_string(origin.sequence) + " of its gate"},
           {"document", attested.document_hash},
           {"predecessor", origin.predecessor.empty() ? "none: the first of its gate" : origin.predecessor},
           {"made by", "assayd " + origin.version + build}},
          {{"attests", "verdict"},
           {"gate", verdict.gate},
           {"gate_version", verdict.gate_version},
           {"project", origin.project},
           {"candidate", CandidateOf(verdict)},
           {"candidate_version", verdict.candidate.content_version},
           {"state", Name(verdict.state)},
           {"decision", Name(verdict.Decision())},
           {"reason", verdict.reason},
           {"decided_at", FormatTime(verdict.decided_at)},
           {"verdict", origin.verdict},
           {"sequence", origin.sequence},
           {"document_hash", attested.document_hash},
           {"predecessor", OrNull(origin.predecessor)},
           {"version", origin.version},
           {"build", OrNull(origin.build)}}};
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
  std::string gate;
  std::string candidate;
  std::string candidate_version;
  std::string state;
};
Claims ClaimsOf(const AttestedVerdict& attested) {
  const Verdict& verdict = attested.verdict;
  return {verdict.gate, CandidateOf(verdict), verdict.candidate.content_version, std::string(Name(verdict.state))};
}
Claims ClaimsOf(const AttestedSummary& summary) {
  const std::string gate = summary.policy.substr(summary.policy.rfind(':') + 1);  // its names need no encoding
  return {gate, summary.candidate, summary.candidate_version, "PASS"};
}

// "" when the file attests what was asked for.
std::string Mismatch(const Claims& claims, const VerifyArguments& wanted) {
  const auto differs = [](const char* what, const std::string& is, const std::string& asked) {
    return std::string("it attests ") + what + " " + is + ", not " + asked;
  };
  if (!wanted.gate.empty() && wanted.gate != claims.gate) return differs("gate", claims.gate, wanted.gate);
  if (!wanted.candidate.empty() && wanted.candidate != claims.candidate &&
      wanted.candidate != claims.candidate_version) {
    return differs("candidate", claims.candidate + " (" + claims.candidate_version + ")", wanted.candidate);
  }
  if (!wanted.state.empty() && wanted.state != claims.state) return differs("state", claims.state, wanted.state);
  return "";
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
    if (options.output == OutputFormat::kJson) {
      return Print(Json::Of({{"valid", true},
                             {"gate", arguments.chain},
                             {"verdicts", report.verdicts},
                             {"before_chains", report.before},
                             {"signatures_checked", !keys.empty()},
                             {"not_signed", keys.empty() ? Json() : Json(report.not_signed)},
                             {"newest", report.newest},
                             {"newest_hash", report.newest_hash}})
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
  if (const std::string wrong = Mismatch(claims, arguments); !wrong.empty())
    return Refuse(options, arguments.file, wrong);
  if (const auto* attested = std::get_if<AttestedVerdict>(&attestation->content)) {
    member = {.sequence = attested->verdict.origin->sequence, .document_hash = attested->document_hash};
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
  auto* verify = verdict.add_subcommand(
      "verify", "Check a signed verdict, offline, by the public key alone. Exit code 0: it holds, 1: it does not");
  verify->add_option("FILE", arguments->file, "envelope, from `assay verdict show V --format envelope` (or summary)");
  verify->add_option("--key", arguments->keys, "public key of the daemon that has signed it; several: any of them")
      ->type_name("PUBLIC.pem");
  verify->add_option("--gate", arguments->gate, "fail unless it is of this gate");
  verify->add_option("--candidate", arguments->candidate, "fail unless it is of this candidate: M@V or sha256:...");
  verify->add_option("--state", arguments->state, "fail unless it is in this state: a signed FAIL is valid too")
      ->check(CLI::IsMember({"PASS", "FAIL", "INCONCLUSIVE", "ERROR"}));
  verify
      ->add_option(
          "--chain", arguments->chain,
          "at the daemon: check the verdicts of this gate back to the first; with FILE, that it is one of them")
      ->type_name("GATE");
  verify->callback(
      [&action, &options, arguments] { action = [&options, arguments] { return Verify(options, *arguments); }; });
}

}  // namespace assay
