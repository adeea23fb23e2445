#pragma once
// Go or no-go on a verdict, and the pack of evidence that it rests on (docs/releases.md). Everything in it is stored:
// nothing is computed anew but its order. Pure functions, thread-safe.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "gates/verdict.h"

namespace assay {

struct ReleaseDecision {
  static constexpr std::size_t kMostReasonBytes = 4000;

  std::string verdict;  // id
  std::string project;
  std::string gate;
  bool is_go = false;
  std::string reason;
  std::string principal;
  Time at{};
  bool is_superseded = false;  // by a later one on the same verdict
};

// kInvalidArgument for a decision without a reason, or one that is too long.
Status CheckDecision(const ReleaseDecision& decision);
// kFailedPrecondition where the verdict, with the waivers that it has, is no PASS: says what to do instead.
Status CheckGo(const Verdict& verdict, const std::string& id);

// What people were asked of the answers of a suite, as it stands.
struct OpenReview {
  std::string suite;
  std::int64_t items = 0;
  std::int64_t open = 0;
};

struct ReleasePack {
  Verdict verdict = {};  // with the waivers that are live at `made_at`
  std::string verdict_id;
  std::string document_hash;  // of the verdict's document, as it was signed
  bool is_signed = false;
  std::vector<ReleaseDecision> decisions = {};  // newest first
  std::vector<ReleaseBlocker> blockers = {};    // of the candidate at `made_at`, without those that were withdrawn
  std::vector<OpenReview> reviews = {};
  Time made_at{};
};

// A case that a rule names, the worst rule first and the worst case of each part first.
struct Regression {
  std::string rule;
  const RulePart* part = nullptr;
  const WorstCase* worst = nullptr;
};
std::vector<Regression> RegressionsOf(const Verdict& verdict);
// What the evidence does not say, for people: warnings, cases without a score, rules that do not pass, looks that were
// early, verdicts of judges that nobody corrected.
std::vector<std::string> LimitationsOf(const Verdict& verdict);
// Rules on harm: those on single failing cases, of severity 1, and what people upheld.
bool IsOfSafety(const RuleOutcome& rule);

Json ToJson(const ReleasePack& pack);
// One document for people. Text of others (cases, reasons, names) is escaped.
std::string MarkdownOf(const ReleasePack& pack);

}  // namespace assay
