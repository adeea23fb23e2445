#include "config/queue.h"

#include <algorithm>

#include "config/redaction.h"

namespace assay {
namespace {

// A mark that must be true where it stands.
void CheckMark(const Node& node, std::string_view key, const std::optional<bool>& mark, Diagnostics& diagnostics) {
  if (mark && !*mark) diagnostics.Add(node.Find(key)->At("is true, or left out"));
}

void CheckEntry(const EntrySpec& entry, const Node& node, Diagnostics& diagnostics) {
  CheckMark(node, "every", entry.every, diagnostics);
  CheckMark(node, "failed_invariants", entry.failed_invariants, diagnostics);
  const bool may_ask = entry.priority == ReviewLane::kNormal || entry.priority == ReviewLane::kGateBlocking ||
                       entry.priority == ReviewLane::kIncident;
  if (!may_ask) {
    diagnostics.Add(node.Find("priority")
                        ->At("an item enters as normal, gate_blocking or incident; what becomes of it later "
                             "is not asked for"));
  }
}

void CheckOverlap(const OverlapSpec& overlap, const Node& node, Diagnostics& diagnostics) {
  const auto at_most = node.Find("at_most");
  if (at_most && overlap.Most() < overlap.people) {
    diagnostics.Add(at_most->At("must be at least people, " + std::to_string(overlap.people)));
  }
  const auto share = node.Find("share");
  if (share && overlap.people == 1) diagnostics.Add(share->AtKey("has no meaning beside people: 1"));
}

void CheckLease(const LeaseSpec& lease, const Node& node, Diagnostics& diagnostics) {
  if (lease.at_most < lease.time) {
    diagnostics.Add(node.AtKey("time, " + FormatDuration(lease.time) + ", must be at most at_most, " +
                               FormatDuration(lease.at_most)));
  }
}

void CheckGold(const GoldSpec& gold, const Node& node, Diagnostics& diagnostics) {
  if (gold.share <= 0 || gold.share_after_miss >= gold.share) return;
  const auto place = node.Find("share_after_miss");
  diagnostics.Add((place ? *place : *node.Find("share"))
                      .At("who misses an item is shown more of them: share_after_miss must be at least share"));
}

// Pairs and rankings need the responses of others, and nothing else does.
void CheckAgainst(const QueueSpec& queue, const Node& node, Diagnostics& diagnostics) {
  const auto against = node.Find("against");
  const std::string item(WordOf(queue.item));
  if (queue.item == ReviewItemKind::kPairwise && queue.against.size() != 1) {
    diagnostics.Add(against ? against->AtKey("a pair needs exactly one other model")
                            : node.AtKey("item pairwise needs \"against\": the model of the other response"));
  } else if (queue.item == ReviewItemKind::kRanking && queue.against.size() < 2) {
    diagnostics.Add(against ? against->AtKey("a ranking needs two other models at least; of one it is a pair")
                            : node.AtKey("item ranking needs \"against\": the models of the other responses"));
  } else if (against && queue.item != ReviewItemKind::kPairwise && queue.item != ReviewItemKind::kRanking) {
    diagnostics.Add(against->AtKey("has no meaning beside item " + item + ", which is about one response"));
  }
}

// Most of three is a majority, most of two is none.
void CheckMajority(const QueueSpec& queue, const Node& node, Diagnostics& diagnostics) {
  if (!queue.agreement.majority) return;
  const Node place = *node.Find("agreement")->Find("majority");
  if (queue.overlap.Most() < 3) {
    diagnostics.Add(place.AtKey("needs three people at least: overlap.at_most, or overlap.people, is " +
                                std::to_string(queue.overlap.Most())));
  } else if (queue.item == ReviewItemKind::kSafety || queue.item == ReviewItemKind::kRanking ||
             queue.item == ReviewItemKind::kCorrection) {
    diagnostics.Add(place.AtKey("has no meaning beside item " + std::string(WordOf(queue.item)) +
                                ", where one of those who disagree is always heard"));
  }
}

void CheckRedactionPattern(const RedactionPatternSpec& spec, const Node& node, Diagnostics& diagnostics) {
  const auto pattern = RedactionPattern::Compile(spec);
  if (!pattern) diagnostics.Add(node.Find("pattern")->At(pattern.error().message));
}

void CheckRedaction(const RedactionSpec& redaction, const Node& node, Diagnostics& diagnostics) {
  if (redaction.patterns.empty() && redaction.fields.empty())
    diagnostics.Add(node.AtKey("masks nothing: give patterns or fields"));
}

void CheckTargets(const TargetsSpec& targets, const Node& node, Diagnostics& diagnostics) {
  if (!targets.per_day && !targets.agreement && !targets.audits_passed)
    diagnostics.Add(node.AtKey("names no target: give per_day, agreement or audits_passed"));
}

// A target that nothing can be held against is none.
void CheckTargetsSuit(const QueueSpec& queue, const Node& node, Diagnostics& diagnostics) {
  if (!queue.targets) return;
  const Node targets = *node.Find("targets");
  if (queue.targets->per_day && queue.PutsQualityFirst()) {
    diagnostics.Add(targets.Find("per_day")->AtKey(
        "is no target of work on safety, or on data of a class: quality goes before volume; give audits_passed or "
        "agreement"));
  }
  if (queue.targets->agreement && queue.overlap.people < 2) {
    diagnostics.Add(
        targets.Find("agreement")
            ->AtKey("cannot be measured where one person judges an item: overlap.people must be at least 2"));
  }
}

// A suggestion has the form in which people answer, and a score can take the form of some answers only.
void CheckPrelabel(const QueueSpec& queue, const Node& node, Diagnostics& diagnostics) {
  if (queue.prelabel.show == PrelabelShow::kOff) return;
  const Node place = *node.Find("prelabel");
  if (queue.prelabel.grader.empty())
    diagnostics.Add(place.AtKey("needs \"grader\": the one whose scores are the suggestions"));
  const bool may_suggest = queue.item == ReviewItemKind::kPairwise || queue.item == ReviewItemKind::kRubric ||
                           queue.item == ReviewItemKind::kClassification || queue.item == ReviewItemKind::kSafety;
  if (!may_suggest)
    diagnostics.Add(place.AtKey("a score cannot say what is asked of item " + std::string(WordOf(queue.item)) +
                                "; it can of pairwise, rubric, classification and safety"));
}

}  // namespace

const FieldTable<LowMarginSpec>& LowMarginSpec::Fields() {
  static const auto table =
      FieldTable<LowMarginSpec>()
          .Required("grader", &LowMarginSpec::grader, "a grader with a threshold", {.form = TextForm::kName})
          .Required("within", &LowMarginSpec::within, "how near to the threshold its value is", {.min = 0});
  return table;
}

const FieldTable<SliceEntrySpec>& SliceEntrySpec::Fields() {
  static const auto table = FieldTable<SliceEntrySpec>()
                                .Required("of", &SliceEntrySpec::of, "slice of the suites", {.form = TextForm::kSlice})
                                .Optional("values", &SliceEntrySpec::values, "its values; without them all",
                                          {.min_size = 1, .max_size = 1000, .one_or_list = true, .unique = true});
  return table;
}

const FieldTable<EntrySpec>& EntrySpec::Fields() {
  static const auto table =
      FieldTable<EntrySpec>()
          .Optional("every", &EntrySpec::every, "true: every trial")
          .Optional("judges_disagree", &EntrySpec::judges_disagree,
                    "trials on which two of these graders decide differently",
                    {.min_size = 2, .max_size = 20, .form = TextForm::kName, .unique = true})
          .Optional("low_margin", &EntrySpec::low_margin, "trials on which a grader nearly decided otherwise")
          .Optional("failed_invariants", &EntrySpec::failed_invariants,
                    "true: trials that failed a grader of role invariant")
          .Optional("severity", &EntrySpec::severity, "trials that failed a grader of this severity or a graver one",
                    {.min = 1, .max = 5})
          .Optional("slice", &EntrySpec::slice, "trials of cases of these slices")
          .ExactlyOneOf({"every", "judges_disagree", "low_margin", "failed_invariants", "severity", "slice"})
          .Optional("share", &EntrySpec::share, "of these trials, those that enter, drawn at random",
                    {.min = 0.000001, .max = 1})
          .Optional("salt", &EntrySpec::salt, "any text: the same cases are drawn in every run until it is another one",
                    {.min_size = 1, .max_size = 100})
          .Optional("priority", &EntrySpec::priority, "how urgent they are: normal, gate_blocking or incident")
          .Check(CheckEntry);
  return table;
}

const FieldTable<OverlapSpec>& OverlapSpec::Fields() {
  static const auto table =
      FieldTable<OverlapSpec>()
          .Optional("people", &OverlapSpec::people, "how many judge an item, none of whom sees the others' judgements",
                    {.min = 1, .max = 20})
          .Optional("at_most", &OverlapSpec::at_most, "how many when they disagree; without it no more than people",
                    {.min = 1, .max = 20})
          .Optional("share", &OverlapSpec::share,
                    "of items that so many people judge, drawn at random; one judges the others", {.min = 0, .max = 1})
          .Optional("severity", &OverlapSpec::severity,
                    "items of this severity, or a graver one, are always judged by two people at least; 0: none",
                    {.min = 0, .max = 5})
          .Check(CheckOverlap);
  return table;
}

const FieldTable<AgreementSpec>& AgreementSpec::Fields() {
  static const auto table =
      FieldTable<AgreementSpec>()
          .Optional("scores_within", &AgreementSpec::scores_within,
                    "how far scores may be apart, on the same side of the mark",
                    {.min = 0, .max = 100, .unit = "points"})
          .Optional("error_overlap", &AgreementSpec::error_overlap,
                    "errors that two people name, over those that either names, at least", {.min = 0, .max = 1})
          .Optional("rank_correlation", &AgreementSpec::rank_correlation,
                    "Kendall's tau-b of two rankings at least, which must have the same first", {.min = -1, .max = 1})
          .Optional("majority", &AgreementSpec::majority,
                    "true: of three and more people most decide; else an adjudicator does. Never on severity");
  return table;
}

const FieldTable<AuditSpec>& AuditSpec::Fields() {
  static const auto table =
      FieldTable<AuditSpec>()
          .Optional("share", &AuditSpec::share, "of decisions that are audited, drawn at random", {.min = 0, .max = 1})
          .Optional("new_share", &AuditSpec::new_share, "of those of people and rubrics that are new",
                    {.min = 0, .max = 1})
          .Optional("new_for", &AuditSpec::new_for, "how long people and rubrics are new",
                    {.min = 0, .max = 366 * 86400})
          .Optional("severity", &AuditSpec::severity,
                    "every decision of this severity, or a graver one, is audited; 0: none", {.min = 0, .max = 5})
          .Optional("fast", &AuditSpec::fast, "every decision that took less active time is audited",
                    {.min = 0, .max = 86400})
          .Optional("at_least", &AuditSpec::at_least,
                    "decisions of a person in 30 days that are audited, as far as there are so many",
                    {.min = 0, .max = 1000});
  return table;
}

const FieldTable<GoldSpec>& GoldSpec::Fields() {
  static const auto table =
      FieldTable<GoldSpec>()
          .Optional("share", &GoldSpec::share, "of claims that get an item whose answer is known",
                    {.min = 0, .max = 0.5})
          .Optional("share_after_miss", &GoldSpec::share_after_miss, "the same after a wrong answer, until a right one",
                    {.min = 0, .max = 0.5})
          .Optional("every", &GoldSpec::every, "one in so many claims at least, where share is above 0",
                    {.min = 1, .max = 1000, .unit = "claims"})
          .Optional("training", &GoldSpec::training, "items that a newcomer judges first, and is shown the answer",
                    {.min = 0, .max = 200})
          .Optional("mark", &GoldSpec::mark, "share of right answers below which a person is paused",
                    {.min = 0, .max = 1})
          .Optional("minimum", &GoldSpec::minimum, "answers before that is looked at; the newest so many count",
                    {.min = 5, .max = 200})
          .Optional("again_after", &GoldSpec::again_after, "how long until a person sees the same item again",
                    {.min = 86400, .max = 10 * 366 * 86400.0})
          .Check(CheckGold);
  return table;
}

const FieldTable<LeaseSpec>& LeaseSpec::Fields() {
  static const auto table =
      FieldTable<LeaseSpec>()
          .Optional("time", &LeaseSpec::time, "how long an item is kept for who took it, unless they go on",
                    {.min = 10, .max = 86400})
          .Optional("at_most", &LeaseSpec::at_most, "the same with all extensions", {.min = 10, .max = 7 * 86400})
          .Optional("prefetch", &LeaseSpec::prefetch, "how long the next item is kept, before it is opened",
                    {.min = 10, .max = 3600})
          .Optional("per_person", &LeaseSpec::per_person, "items that one person may have at once",
                    {.min = 1, .max = 100})
          .Check(CheckLease);
  return table;
}

const FieldTable<EscalationSpec>& EscalationSpec::Fields() {
  constexpr Limits kTime = {.min = 60, .max = 60 * 86400};
  static const auto table =
      FieldTable<EscalationSpec>()
          .Optional("lead", &EscalationSpec::lead, "ambiguous guidelines, and items that nobody else can go on with",
                    kTime)
          .Optional("trust_safety", &EscalationSpec::trust_safety, "questions of policy", kTime)
          .Optional("privacy", &EscalationSpec::privacy, "personal data and secrets", kTime)
          .Optional("severe", &EscalationSpec::severe, "harm of severity 1", kTime)
          .Optional("expert", &EscalationSpec::expert, "questions that need knowledge of the domain", kTime)
          .Optional("ml_lead", &EscalationSpec::ml_lead, "what an evaluation means, and how grave a regression is",
                    kTime)
          .Optional("suite_owner", &EscalationSpec::suite_owner, "broken items", kTime)
          .Optional("manager", &EscalationSpec::manager, "priorities, workload and thresholds", kTime);
  return table;
}

const FieldTable<PrelabelSpec>& PrelabelSpec::Fields() {
  static const auto table =
      FieldTable<PrelabelSpec>()
          .Optional("show", &PrelabelSpec::show, "when people see the suggestion")
          .Optional("grader", &PrelabelSpec::grader, "grader of the suites whose scores are the suggestions",
                    {.form = TextForm::kName})
          .Optional("control", &PrelabelSpec::control,
                    "of the items with a suggestion, those to which it is not shown: what people say without it",
                    {.min = 0.05, .max = 1});
  return table;
}

const FieldTable<RedactionPatternSpec>& RedactionPatternSpec::Fields() {
  static const auto table = FieldTable<RedactionPatternSpec>()
                                .Required("name", &RedactionPatternSpec::name,
                                          "what it finds; stands in its place, in brackets", {.form = TextForm::kName})
                                .Required("pattern", &RedactionPatternSpec::pattern, "RE2 of what nobody is to read",
                                          {.min_size = 1, .max_size = 1000})
                                .Check(CheckRedactionPattern, {"pattern"});
  return table;
}

const FieldTable<RedactionSpec>& RedactionSpec::Fields() {
  static const auto table =
      FieldTable<RedactionSpec>()
          .Required("policy", &RedactionSpec::policy, "version of the policy that this follows; shown with each item",
                    {.form = TextForm::kName})
          .Optional("patterns", &RedactionSpec::patterns, "what is masked in every text", {.max_size = 50})
          .Optional("fields", &RedactionSpec::fields, "fields of the case whose values are masked wherever they stand",
                    {.max_size = 50, .unique = true})
          .Check(CheckRedaction);
  return table;
}

const FieldTable<TargetsSpec>& TargetsSpec::Fields() {
  static const auto table =
      FieldTable<TargetsSpec>()
          .Optional("complexity", &TargetsSpec::complexity, "how much thought an item takes")
          .Optional("per_day", &TargetsSpec::per_day, "judgements of a person on a day on which they work in the queue",
                    {.min = 1, .max = 10'000, .unit = "judgements"})
          .Optional("agreement", &TargetsSpec::agreement, "Krippendorff's alpha of every criterion, at least",
                    {.max = 1, .above = 0})
          .Optional("audits_passed", &TargetsSpec::audits_passed, "share of audits that decisions pass, at least",
                    {.max = 1, .above = 0})
          .Check(CheckTargets);
  return table;
}

const FieldTable<QueueSpec>& QueueSpec::Fields() {
  static const auto table =
      FieldTable<QueueSpec>()
          .Required("name", &QueueSpec::name, "name of the queue, unique in the catalog", {.form = TextForm::kName})
          .Optional("description", &QueueSpec::description, "what it is for")
          .Optional("owner", &QueueSpec::owner, "who answers for it")
          .Required("item", &QueueSpec::item, "what is asked of an item")
          .Required("rubric", &QueueSpec::rubric, "the rubric that people judge by", {.form = TextForm::kName})
          .Required("suites", &QueueSpec::suites, "suites whose trials enter",
                    {.min_size = 1, .max_size = 100, .form = TextForm::kName, .unique = true})
          .Optional("against", &QueueSpec::against,
                    "models whose responses stand beside that of the candidate, of pairwise and ranking",
                    {.min_size = 1, .max_size = 8, .one_or_list = true})
          .Required("enter", &QueueSpec::enter,
                    "what enters; a trial for which several hold enters once, with the most urgent",
                    {.min_size = 1, .max_size = 50})
          .Optional("overlap", &QueueSpec::overlap, "how many people judge an item")
          .Optional("agreement", &QueueSpec::agreement, "when they agree, and what is done when they do not")
          .Optional("audit", &QueueSpec::audit, "which decisions another person looks at")
          .Optional("gold", &QueueSpec::gold, "items whose answer is known, among the others")
          .Optional("lease", &QueueSpec::lease, "how long an item is kept for who took it")
          .Optional("escalation", &QueueSpec::escalation, "how long each route may take")
          .Optional("skills", &QueueSpec::skills, "skills that reviewers need, all of them",
                    {.max_size = 50, .form = TextForm::kName, .unique = true})
          .Optional("language", &QueueSpec::language,
                    "slice of the suites that names the language of a case; reviewers must know it",
                    {.form = TextForm::kSlice})
          .Optional("data_class", &QueueSpec::data_class,
                    "class of the data; reviewers must be cleared for it; without it that of the suite",
                    {.form = TextForm::kName})
          .Optional("certified", &QueueSpec::certified,
                    "whether reviewers must be certified for the major version of the rubric")
          .Optional("deadline", &QueueSpec::deadline, "how long after it has entered an item is due",
                    {.min = 60, .max = 366 * 86400})
          .Optional("undo", &QueueSpec::undo, "how long people may revise what they submitted",
                    {.min = 0, .max = 86400})
          .Optional("skips", &QueueSpec::skips, "people who pass an item over before it is escalated",
                    {.min = 1, .max = 20})
          .Optional("person_share", &QueueSpec::person_share, "of the judgements of a run, those of one person at most",
                    {.max = 1, .above = 0})
          .Optional("on_new_major", &QueueSpec::on_new_major,
                    "what becomes of open items when the rubric gets another major version")
          .Optional("prelabel", &QueueSpec::prelabel, "suggestions of a model, and whether people see them")
          .Optional("targets", &QueueSpec::targets, "what is wanted of a day's work, and of its quality")
          .Optional("redact", &QueueSpec::redact, "what is masked before anybody sees an item")
          .Check(CheckAgainst, {"item", "against"})
          .Check(CheckMajority, {"item", "overlap", "agreement"})
          .Check(CheckPrelabel, {"item", "prelabel"})
          .Check(CheckTargetsSuit, {"item", "overlap", "data_class", "targets"});
  return table;
}

}  // namespace assay
