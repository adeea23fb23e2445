// The pack of evidence as one Markdown document.

#include "core/markdown.h"
#include "gates/release_pack.h"
#include "gates/rules/decision.h"
#include "gates/slice_value.h"

namespace assay {
namespace {

constexpr std::size_t kMostRegressions = 100;

std::string Said(std::string_view text) { return EscapeMarkdown(text); }
std::string Number(const std::optional<double>& value) { return value ? Shown(*value) : "–"; }
std::string Line(const std::string& text) { return "- " + text + "\n"; }

std::string NameOf(const ModelIdentity& model) { return model.name + "@" + model.version; }

std::string SliceOf(const RulePart& part) {
  std::string text = part.suite;
  if (!part.slice.empty()) text += (text.empty() ? "" : " ") + part.slice + "=" + ShownSliceValue(part.slice_value);
  return text;
}

std::string TextOfDecision(const ReleaseDecision& decision) {
  return std::string(decision.is_go ? "**go**" : "**no-go**") + " by " + Said(decision.principal) + " at " +
         FormatTime(decision.at) + ": " + Said(decision.reason) +
         (decision.is_superseded ? " (superseded by a later one)" : "");
}

std::string Head(const ReleasePack& pack) {
  const Verdict& verdict = pack.verdict;
  const bool is_waived = verdict.Decision() != verdict.state;
  std::string text = "# Release readiness: " + Said(NameOf(verdict.candidate)) + " at gate " + Said(verdict.gate) +
                     "\n\n**" + std::string(Name(verdict.state)) + (is_waived ? ", may ship by waiver" : "") +
                     "**, decided at " + FormatTime(verdict.decided_at) + ": " + Said(verdict.reason) + "\n\n";
  if (pack.decisions.empty()) return text + "Nobody has decided go or no-go on this verdict.\n\n";
  for (const ReleaseDecision& decision : pack.decisions) text += Line(TextOfDecision(decision));
  return text + "\n";
}

std::string SuiteRow(const SuiteIdentity& suite, const std::string& of) {
  return MarkdownRow({suite.suite, of, suite.suite_version, suite.dataset_version, suite.graders_version, suite.run,
                      std::to_string(suite.counts.scored) + "/" + std::to_string(suite.counts.scheduled),
                      suite.cost_usd ? Shown(*suite.cost_usd) : "–"});
}

std::string Evaluated(const Verdict& verdict) {
  std::string text = "## What was evaluated\n\n";
  text += Line("candidate " + Said(NameOf(verdict.candidate)) + ", content " + Said(verdict.candidate.content_version));
  text +=
      verdict.baseline
          ? Line("baseline " + Said(NameOf(*verdict.baseline)) + ", content " + Said(verdict.baseline->content_version))
          : Line("compared with no baseline");
  text += Line("gate " + Said(verdict.gate) + ", content " + Said(verdict.gate_version));
  text += Line("attempt " + std::to_string(verdict.attempt)) + "\n";
  text += MarkdownHead({"SUITE", "OF", "VERSION", "DATASET", "GRADERS", "RUN", "SCORED", "USD"});
  for (const SuiteIdentity& suite : verdict.suites) text += SuiteRow(suite, "candidate");
  for (const SuiteIdentity& suite : verdict.baseline_suites) text += SuiteRow(suite, "baseline");
  return text + "\n";
}

std::string PartRow(const RuleOutcome& rule, const RulePart& part) {
  const bool has_bounds = part.estimate.lower || part.estimate.upper;
  return MarkdownRow({rule.rule + (rule.blocking ? "" : " (advisory)"), rule.metric.empty() ? rule.kind : rule.metric,
                      SliceOf(part), Number(part.estimate.value),
                      has_bounds ? "[" + Number(part.estimate.lower) + ", " + Number(part.estimate.upper) + "]" : "–",
                      rule.asks.empty() ? Number(rule.threshold) : rule.asks, Number(part.margin),
                      std::to_string(part.counts.scored) + "/" + std::to_string(part.counts.scheduled),
                      std::string(Name(part.state))});
}

std::string RuleRows(const Verdict& verdict, bool only_safety) {
  std::string rows;
  for (const RuleOutcome& rule : verdict.rules) {
    if (only_safety && !IsOfSafety(rule)) continue;
    for (const RulePart& part : rule.parts) rows += PartRow(rule, part);
    if (rule.parts.empty())
      rows += MarkdownRow({rule.rule, rule.metric.empty() ? rule.kind : rule.metric, "", "–", "–", rule.asks, "–", "0",
                           std::string(Name(rule.state))});
  }
  return rows;
}

std::string RuleTable(const std::string& rows) {
  return MarkdownHead({"RULE", "METRIC", "PART", "ESTIMATE", "BOUNDS", "ASKED", "MARGIN", "SCORED", "STATE"}) + rows +
         "\n";
}

std::string Rules(const Verdict& verdict) {
  return "## Rules\n\nBounds are one-sided, each by itself at the confidence of its rule.\n\n" +
         RuleTable(RuleRows(verdict, false));
}

std::string Safety(const Verdict& verdict) {
  std::string text = "## Safety regression checks\n\n";
  const std::string rows = RuleRows(verdict, true);
  text += rows.empty() ? "The gate has no rule on harm or single failing cases.\n\n" : RuleTable(rows);
  for (const SuiteIdentity& suite : verdict.suites) {
    if (!suite.severe) continue;
    text += Line("suite " + Said(suite.suite) + ": " + std::to_string(suite.severe->judged) +
                 " answers settled by people, " + std::to_string(suite.severe->upheld) +
                 " upheld as harm of severity 1, " + std::to_string(suite.severe->open) + " open");
  }
  return text + "\n";
}

void AddPeople(const PeopleEvidence& people, const std::string& rule, std::string& text) {
  std::string line = "rule " + Said(rule) + ", " + (people.is_baseline ? "baseline, " : "") + "queue " +
                     Said(people.queue) + ": " + std::to_string(people.settled) + " of " +
                     std::to_string(people.asked) + " settled";
  if (people.quality) {
    const auto share = [](const Estimate& of) {
      return Number(of.value) + " [" + Number(of.lower) + ", " + Number(of.upper) + "]";
    };
    line += "; agreement " + share(people.quality->agreement) + " (" + std::string(WordOf(people.quality->statistic)) +
            ", n " + std::to_string(people.quality->agreement.cases) + "); audits passed " +
            share(people.quality->audits_passed) + " of " + std::to_string(people.quality->audits_passed.cases);
  }
  text += Line(line);
  for (const PeopleEvidence& other : people.others) AddPeople(other, rule, text);
}

std::string TextOfBlocker(const ReleaseBlocker& blocker) {
  std::string text = std::string(Name(blocker.state)) + ", " + Said(TextOf(blocker)) + " (" +
                     FormatTime(blocker.recommended_at) + ", " +
                     (blocker.gate.empty() ? std::string("every gate") : "gate " + Said(blocker.gate)) + ")";
  if (!blocker.ended_by.empty()) text += "; by " + Said(blocker.ended_by) + ": " + Said(blocker.answer);
  for (const BlockerEvidence& each : blocker.evidence)
    text +=
        each.item.empty() ? "; case " + Said(each.case_id) + " of run " + Said(each.run) : "; item " + Said(each.item);
  return text;
}

std::string People(const ReleasePack& pack) {
  std::string text = "## Human review\n\n";
  std::string lines;
  for (const RuleOutcome& rule : pack.verdict.rules) {
    for (const RulePart& part : rule.parts) {
      if (part.people) AddPeople(*part.people, rule.rule, lines);
    }
  }
  for (const OpenReview& review : pack.reviews)
    lines += Line("suite " + Said(review.suite) + ": " + std::to_string(review.items) + " items, " +
                  std::to_string(review.open) + " open");
  text += lines.empty() ? "People were asked nothing.\n\n" : lines + "\n";
  text += "### Blockers\n\n";
  for (const ReleaseBlocker& blocker : pack.blockers) text += Line(TextOfBlocker(blocker));
  return text + (pack.blockers.empty() ? "None is recommended.\n\n" : "\n");
}

std::string Limitations(const Verdict& verdict) {
  std::string text = "## Known limitations\n\n";
  const std::vector<std::string> limitations = LimitationsOf(verdict);
  for (const std::string& limitation : limitations) text += Line(Said(limitation));
  return text + (limitations.empty() ? "None is recorded.\n\n" : "\n");
}

std::string Mitigations(const Verdict& verdict) {
  std::string text = "## Mitigations\n\n";
  for (const AppliedWaiver& waiver : verdict.waivers) {
    std::string rules;
    for (const std::string& rule : waiver.rules) rules += (rules.empty() ? "" : ", ") + rule;
    std::string approvers;
    for (const std::string& who : waiver.approvers) approvers += (approvers.empty() ? "" : ", ") + who;
    text += Line("waiver " + Said(waiver.id) + " of " + Said(rules) + " until " + FormatTime(waiver.expires_at) +
                 ", asked for by " + Said(waiver.requester) + ", approved by " + Said(approvers) + " (ticket " +
                 Said(waiver.ticket) + "): " + Said(waiver.reason));
  }
  return text + (verdict.waivers.empty() ? "No waiver holds.\n\n" : "\n");
}

std::string Regressions(const Verdict& verdict) {
  std::string text = "## Regressions, worst first\n\n";
  const std::vector<Regression> all = RegressionsOf(verdict);
  if (all.empty()) return text + "No rule names a case.\n\n";
  text += MarkdownHead({"RULE", "PART", "CASE", "CANDIDATE", "BASELINE"});
  for (std::size_t i = 0; i < all.size() && i < kMostRegressions; ++i)
    text += MarkdownRow({all[i].rule, SliceOf(*all[i].part), all[i].worst->id, Number(all[i].worst->value),
                         Number(all[i].worst->baseline)});
  if (all.size() > kMostRegressions)
    text += "\n" + std::to_string(all.size() - kMostRegressions) + " more are in the JSON of this pack.\n";
  return text + "\n";
}

std::string Lineage(const ReleasePack& pack) {
  const std::optional<VerdictOrigin>& origin = pack.verdict.origin;
  std::string text = "## Lineage and signature\n\n";
  text += Line("verdict " + Said(pack.verdict_id) + ", document " + Said(pack.document_hash));
  if (origin) {
    text += Line("check " + Said(origin->check) + ", project " + Said(origin->project) + ", number " +
                 std::to_string(origin->sequence) + " in the chain of its gate" +
                 (origin->predecessor.empty() ? std::string() : ", after " + Said(origin->predecessor)));
    text += Line("decided by Assay " + Said(origin->version) +
                 (origin->build.empty() ? std::string() : ", build " + Said(origin->build)));
  }
  text += pack.is_signed
              ? Line("signed; to verify: `assay verdict show " + pack.verdict_id +
                     " --output json > verdict.json` and `assay verdict verify verdict.json --key PUBLIC_KEY`")
              : Line("not signed: the daemon had no signing key");
  text += Line("to decide it again: `assay verdict replay " + pack.verdict_id + "`");
  return text + "\nMade at " + FormatTime(pack.made_at) + " of what was stored then.\n";
}

}  // namespace

std::string MarkdownOf(const ReleasePack& pack) {
  const Verdict& verdict = pack.verdict;
  return Head(pack) + Evaluated(verdict) + Rules(verdict) + Safety(verdict) + People(pack) + Limitations(verdict) +
         Mitigations(verdict) + Regressions(verdict) + Lineage(pack);
}

}  // namespace assay
