#include "daemon/reviews/threshold_approvals.h"

#include <algorithm>

#include "core/digest.h"
#include "daemon/kept_acceptance.h"
#include "daemon/reviews/governance_records.h"

namespace assay {
namespace {

std::string JoinedBy(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : std::string(between)) + part;
  return text;
}

void Append(std::vector<std::string>& parts, std::vector<std::string> more) {
  std::ranges::move(more, std::back_inserter(parts));
}

// What a queue of another name brings along: whoever approves that people are asked there reads it.
Result<std::vector<std::string>> WeakerIn(ReviewStore& store, const Catalog& catalog, const std::string& before,
                                          const std::string& after) {
  const CatalogDocument* document = catalog.FindQueue(after);
  ASSAY_ASSIGN(const auto kept, ReadKeptQueue(store, before));
  if (document == nullptr || !kept) return std::vector<std::string>();
  std::vector<std::string> weaker = WeakenedTerms(kept->terms, TermsOf(*document->queue()));
  const CatalogDocument* rubric = catalog.FindRubric(document->queue()->rubric);
  if (rubric == nullptr || kept->rubrics.empty()) return weaker;
  const std::string major = MajorOf(*rubric->rubric());
  if (std::ranges::find(kept->rubrics, major) == kept->rubrics.end())
    weaker.push_back("rubric " + kept->rubrics.back() + " to " + major);
  return weaker;
}

// What of a rule that was in service is weaker now: nothing where some rule of the suite asks as much.
Result<std::vector<std::string>> WeakerThan(ReviewStore& store, const Catalog& catalog, const KeptRule& before,
                                            const std::vector<RuleOnPeople>& rules) {
  const RuleOnPeople* same = nullptr;
  for (const RuleOnPeople& rule : rules) {
    if (rule.suite != before.suite) continue;
    if (WeakenedTerms(before.terms, rule.terms).empty()) return std::vector<std::string>();
    if (rule.rule == before.rule && same == nullptr) same = &rule;
  }
  if (same == nullptr) return std::vector<std::string>{"asks no people any more"};
  std::vector<std::string> weaker = WeakenedTerms(before.terms, same->terms);
  if (same->queue != before.queue) {
    ASSAY_ASSIGN(std::vector<std::string> of_queue, WeakerIn(store, catalog, before.queue, same->queue));
    Append(weaker, std::move(of_queue));
  }
  return weaker;
}

// "gate release, in service since 2026-11-27T10:00:00Z: rule people on suite s: at_least 0.9 to 0.8"; "" where nothing
// is weaker. Since when the terms stand tells it from a change that said the same earlier.
std::string TextOfChange(const std::string& what, Time since, const std::vector<std::string>& weaker) {
  if (weaker.empty()) return "";
  return what + ", in service since " + FormatTime(since) + ": " + JoinedBy(weaker, "; ");
}

Result<std::string> ChangeOfGate(ReviewStore& store, const Catalog& catalog, const GateSpec& gate) {
  ASSAY_ASSIGN(const auto kept, ReadKeptGate(store, gate.name));
  if (!kept) return std::string();
  std::vector<std::string> weaker = WeakenedTerms(kept->terms, TermsOf(gate));
  const std::vector<RuleOnPeople> rules = RulesOnPeople(catalog, gate);
  for (const KeptRule& rule : kept->rules) {
    ASSAY_ASSIGN(const std::vector<std::string> of_rule, WeakerThan(store, catalog, rule, rules));
    if (!of_rule.empty())
      weaker.push_back("rule " + rule.rule + " on suite " + rule.suite + ": " + JoinedBy(of_rule, ", "));
  }
  return TextOfChange("gate " + gate.name, kept->since, weaker);
}

Result<std::string> ChangeOfQueue(ReviewStore& store, const Catalog& catalog, const QueueSpec& queue) {
  if (GateRestingOn(catalog, queue).empty()) return std::string();
  ASSAY_ASSIGN(const auto kept, ReadKeptQueue(store, queue.name));
  if (!kept) return std::string();
  return TextOfChange("queue " + queue.name, kept->since, WeakenedTerms(kept->terms, TermsOf(queue)));
}

Result<std::string> ChangeOf(ReviewStore& store, const Catalog& catalog, const CatalogDocument& document) {
  if (const GateSpec* gate = document.gate()) return ChangeOfGate(store, catalog, *gate);
  if (const QueueSpec* queue = document.queue()) return ChangeOfQueue(store, catalog, *queue);
  return std::string();
}

// The newest change that proposes exactly this; null pointer where nobody has.
const KeptChange* ProposedAs(const std::string& text, const std::vector<KeptChange>& changes) {
  const std::string hash = Sha256Hex(text);
  const KeptChange* found = nullptr;
  for (const KeptChange& kept : changes) {
    if (kept.request.change != ReviewChange::kThreshold || kept.request.diff_hash != hash) continue;
    found = &kept;
    if (StateOf(kept.request) == ApprovalState::kApproved) break;
  }
  return found;
}

std::string WhatIsOpen(const KeptChange* proposed) {
  if (proposed == nullptr) return "Nobody has proposed it";
  const std::string state(WordOf(StateOf(proposed->request)));
  const std::string missing = MissingOf(proposed->request);
  return "Change " + proposed->request.id + " is " + state +
         (StateOf(proposed->request) == ApprovalState::kWaiting ? ": it lacks " + missing : "");
}

}  // namespace

void CheckThresholdApprovals(Store& store, const Catalog& catalog, Diagnostics& diagnostics) {
  ReviewStore reviews(store);
  for (const CatalogDocument& document : catalog.documents) {
    const auto change = ChangeOf(reviews, catalog, document);
    const auto changes = change && !change->empty() ? ReadChanges(reviews, kDefaultProject)
                                                    : Result<std::vector<KeptChange>>(std::vector<KeptChange>());
    if (!change || !changes) {
      diagnostics.Add(document.root.At((change ? changes.error() : change.error()).message));
      continue;
    }
    const KeptChange* proposed = ProposedAs(*change, *changes);
    const bool is_approved = proposed != nullptr && StateOf(proposed->request) == ApprovalState::kApproved;
    if (change->empty() || is_approved) continue;
    diagnostics.Add(document.root.Find("name")->At(
        "accepts more of what people say than what is in service, which needs the approval of a peer and a lead: a "
        "change of kind threshold (the page Approvals, or ReviewService/ProposeChange). " +
        WhatIsOpen(proposed) + ". Its diff is exactly: " + *change));
  }
}

}  // namespace assay
