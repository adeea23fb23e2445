#pragma once
// What is accepted of people, as terms that can be compared: the rules of gates on metrics of people, and how a queue
// is answered and audited. Pure functions, thread-safe.

#include <string>
#include <vector>

#include "config/gate.h"
#include "config/queue.h"
#include "config/suite.h"
#include "core/json.h"

namespace assay {

// What of another value could make a PASS easier.
enum class Weakens {
  kLower,   // a lower number; false where it was true; none where there was one
  kHigher,  // a higher number; true where it was false; none where there was one
  kFewer,   // a list that lacks what was in it
  kChange   // any other value than the one that there was
};

struct AcceptanceTerm {
  std::string name = {};  // "confidence", "audit.share"
  Json value = {};        // null: none
  Weakens by = Weakens::kChange;
};
using AcceptanceTerms = std::vector<AcceptanceTerm>;

// Kind of item, overlap, agreement, audit, gold, and what a person needs to be asked.
AcceptanceTerms TermsOf(const QueueSpec& queue);
// How much harm it accepts.
AcceptanceTerms TermsOf(const GateSpec& gate);

// A rule whose metric, in this suite, is what people settle.
struct RuleOnPeople {
  std::string rule = {};
  std::string suite = {};
  std::string queue = {};
  AcceptanceTerms terms = {};  // of the rule, of the quality that its metric must show, and where people are asked
};
// The rules of `gate` must be resolved. One for each metric of people that a rule reads: an expression may read
// several.
std::vector<RuleOnPeople> RulesOnPeople(const GateSpec& gate, const SuiteSpec& suite);

// An object: the values by their names.
Json ToJson(const AcceptanceTerms& terms);

// What of `after` could make a PASS easier than `before`, the JSON of earlier terms: "confidence 0.95 to 0.9",
// "at_least 0.9 is gone". In the order of the terms. A term that `before` does not have was not asked for then, and
// weakens nothing.
std::vector<std::string> WeakenedTerms(const Json& before, const AcceptanceTerms& after);

}  // namespace assay
