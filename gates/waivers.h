#pragma once
// Waivers: recorded, expiring exceptions to named rules. A verdict is evaluated first and waived second, and keeps
// both. Pure functions, thread-safe; time is an argument.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "gates/verdict.h"

namespace assay {

// No waiver lives longer, whatever the configuration says.
inline constexpr Duration kLongestWaiver = std::chrono::days(90);
// Every caller of a daemon without tokens: nobody, so that it can neither ask for a waiver nor approve one.
inline constexpr std::string_view kAnybody = "local";

// A rule as it was when its waiver was asked for. A waiver of INCONCLUSIVE does not cover a FAIL, which is worse, and
// one of a slice covers no other slice.
struct WaivedRule {
  std::string rule;
  VerdictState state = VerdictState::kFail;  // kFail or kInconclusive
  std::optional<std::int64_t> severity = {};
  // That did not pass then: the only ones that may fail to pass under it, none worse than it was, by its state, the
  // bound that decided it, and the cases that failed. Without any, of a record from before they were kept, it covers a
  // rule of a single part.
  std::vector<WaivedPart> parts = {};
  friend bool operator==(const WaivedRule&, const WaivedRule&) = default;
};

struct WaivedSuite {
  std::string suite;
  std::string suite_version;
  std::string dataset_version;
  std::string graders_version = {};  // "" of a record from before it was kept, which any graders suit
  friend auto operator<=>(const WaivedSuite&, const WaivedSuite&) = default;
};

struct WaiverApproval {
  std::string principal;
  Time at{};
  std::string comment;
  friend bool operator==(const WaiverApproval&, const WaiverApproval&) = default;
};

struct Waiver {
  std::string id;
  std::string project;
  // What it is bound to: no other gate, version of it, candidate, baseline or suite.
  std::string gate;
  std::string gate_version;
  ModelIdentity candidate;
  std::optional<ModelIdentity> baseline = {};
  std::vector<WaivedSuite> suites = {};
  std::vector<WaivedRule> rules = {};
  std::string verdict = {};  // id of the one that it was asked for

  std::string reason = {};
  std::string ticket = {};
  std::string requester = {};
  Time requested_at{};
  Time expires_at{};
  std::vector<WaiverApproval> approvals = {};  // in their order
  std::optional<Time> revoked_at = {};
  std::string revoked_by = {};
  std::string revoke_reason = {};
};

enum class WaiverState { kRequested, kLive, kExpired, kRevoked };
// "REQUESTED", "LIVE", "EXPIRED", "REVOKED".
std::string_view Name(WaiverState state);

// 2 where a rule of severity 1 is among its rules, else 1.
int ApprovalsNeeded(const Waiver& waiver);

// The one function that decides whether a waiver is live. Everything that is missing or odd (no reason, no ticket, no
// rule, a life over kLongestWaiver, an approval by the requester, by kAnybody, or twice by the same) keeps it from it.
WaiverState StateAt(const Waiver& waiver, Time now);

// Why no rule of the verdict can be waived; "" when some may be. Only FAIL and INCONCLUSIVE can be, and only when
// nothing but its rules keeps the gate from a PASS.
std::string ObstacleTo(const Verdict& verdict);
// Why this rule of it cannot be waived; "" when it can. Not one that passes, is advisory, is `waivable: false` in its
// gate, or has no evidence: without parts, with a part in error, or with a part that does not pass and has no scored
// case.
std::string ObstacleTo(const RuleOutcome& rule);

// Sets `decision` and `waivers` of a verdict of `project`, whatever they were, to what holds at `now`: PASS when it
// passes, or when each blocking rule that does not is covered by a live waiver bound to exactly this gate, candidate,
// baseline, data and graders. Of several that cover a rule the one that expires last is named. Touches nothing else.
void ApplyWaivers(std::string_view project, std::span<const Waiver> waivers, Time now, Verdict& verdict);

// What is asked for.
struct WaiverRequest {
  std::string requester;
  std::vector<std::string> rules;
  std::string reason;
  std::string ticket;
  Time expires_at{};
};
// The waiver that `request` asks for of a verdict with its origin, without id. kInvalidArgument for what is missing or
// out of range (also an expiry after `longest`), kFailedPrecondition for what cannot be waived; each says which.
Result<Waiver> MakeWaiver(const Verdict& verdict, const WaiverRequest& request, Duration longest, Time now);

}  // namespace assay
