#include <algorithm>

#include "config/catalog_checks.h"

namespace assay {
namespace {

bool HasName(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// One queue against documents that are free of errors.
class QueueCheck {
 public:
  QueueCheck(const QueueSpec& queue, const Node& root, std::vector<const SuiteSpec*> suites, const RubricSpec& rubric,
             Diagnostics& diagnostics)
      : queue_(queue), root_(root), suites_(std::move(suites)), rubric_(rubric), diagnostics_(diagnostics) {}

  void Run() {
    CheckRubricSuits();
    const Node enter = *root_.Find("enter");
    for (std::size_t i = 0; i < queue_.enter.size(); ++i) CheckCondition(queue_.enter[i], enter.at(i));
    if (const auto language = root_.Find("language")) RequireSlice(*queue_.language, *language);
    if (const auto data_class = root_.Find("data_class")) CheckDataClass(*data_class);
    if (!queue_.prelabel.grader.empty()) CheckPrelabel(*root_.Find("prelabel")->Find("grader"));
  }

 private:
  // What people are asked must be in the rubric.
  void CheckRubricSuits() {
    const Node item = *root_.Find("item");
    const auto object = [&](const std::string& what) {
      diagnostics_.Add(item.At("item " + std::string(WordOf(queue_.item)) + " needs a rubric with " + what +
                               ", and \"" + rubric_.name + "\" has none"));
    };
    if (queue_.item == ReviewItemKind::kRubric && rubric_.criteria.empty()) object("criteria");
    if (queue_.item == ReviewItemKind::kSafety && rubric_.severities.empty()) object("severities");
    const bool has_labels =
        std::ranges::any_of(rubric_.criteria, [](const CriterionSpec& c) { return !c.labels.empty(); });
    if (queue_.item == ReviewItemKind::kClassification && !has_labels && rubric_.taxonomy.empty()) {
      object("criteria with labels, or a taxonomy");
    }
  }

  void CheckCondition(const EntrySpec& entry, const Node& node) {
    if (const auto place = node.Find("judges_disagree")) {
      for (std::size_t i = 0; i < entry.judges_disagree.size(); ++i) {
        const GraderSpec* grader = RequireGrader(entry.judges_disagree[i], place->at(i));
        if (grader != nullptr && !grader->decides && !grader->threshold) {
          diagnostics_.Add(
              place->at(i).At("grader \"" + grader->name + "\" measures and does not decide; give it a threshold"));
        }
      }
    }
    if (entry.low_margin) {
      const Node place = *node.Find("low_margin")->Find("grader");
      const GraderSpec* grader = RequireGrader(entry.low_margin->grader, place);
      if (grader != nullptr && !grader->threshold) {
        diagnostics_.Add(place.At("grader \"" + grader->name + "\" has no threshold that its value could be near to"));
      }
    }
    if (const auto place = node.Find("failed_invariants")) RequireInvariant(*place);
    if (entry.slice) RequireSlice(entry.slice->of, *node.Find("slice")->Find("of"));
  }

  // Who is cleared for the one need not be for the other.
  void CheckDataClass(const Node& place) {
    for (const SuiteSpec* suite : suites_) {
      if (!suite->data_class || suite->data_class == queue_.data_class) continue;
      diagnostics_.Add(place.At("data of suite \"" + suite->name + "\" is of the class \"" + *suite->data_class +
                                "\"; leave data_class out, or give this one to the suite"));
    }
  }

  // One score is of one thing.
  void CheckPrelabel(const Node& place) {
    RequireGrader(queue_.prelabel.grader, place);
    const bool is_of_criteria =
        queue_.item == ReviewItemKind::kRubric || queue_.item == ReviewItemKind::kClassification;
    if (is_of_criteria && rubric_.criteria.size() != 1)
      diagnostics_.Add(place.At("a grader suggests the answer to one criterion, and rubric \"" + rubric_.name +
                                "\" has " + std::to_string(rubric_.criteria.size())));
  }

  // The grader in the first suite that has it.
  const GraderSpec* RequireGrader(const std::string& name, const Node& place) {
    std::vector<std::string> known;
    for (const SuiteSpec* suite : suites_) {
      for (const GraderSpec& grader : suite->graders) {
        if (grader.name == name) return &grader;
        if (!HasName(known, grader.name)) known.push_back(grader.name);
      }
    }
    const std::string hint = DidYouMean(name, known);
    diagnostics_.Add(place.At("no suite of this queue has a grader \"" + name + "\"" +
                              (hint.empty() ? "; known are " + fields::Join(known, ", ") : hint)));
    return nullptr;
  }

  void RequireInvariant(const Node& place) {
    for (const SuiteSpec* suite : suites_) {
      if (std::ranges::find(suite->graders, GraderRole::kInvariant, &GraderSpec::role) != suite->graders.end()) return;
    }
    diagnostics_.Add(place.AtKey("no suite of this queue has a grader of role invariant"));
  }

  void RequireSlice(const std::string& slice, const Node& place) {
    for (const SuiteSpec* suite : suites_) {
      if (HasName(suite->slices, slice)) continue;
      const std::string hint = DidYouMean(slice, suite->slices);
      diagnostics_.Add(place.At("suite \"" + suite->name + "\" has no slice " + Json(slice).Dump() +
                                (!hint.empty()           ? hint
                                 : suite->slices.empty() ? "; it has none"
                                                         : "; its slices are " + fields::Join(suite->slices, ", "))));
    }
  }

  const QueueSpec& queue_;
  const Node& root_;
  std::vector<const SuiteSpec*> suites_;
  const RubricSpec& rubric_;
  Diagnostics& diagnostics_;
};

}  // namespace

void CheckQueueReferences(const QueueSpec& queue, const Node& root, const Catalog& catalog,
                          const std::vector<std::string>& known_suites, const std::vector<std::string>& known_rubrics,
                          Diagnostics& diagnostics) {
  std::vector<const SuiteSpec*> suites;
  const Node names = *root.Find("suites");
  for (std::size_t i = 0; i < queue.suites.size(); ++i) {
    if (const CatalogDocument* found = catalog.FindSuite(queue.suites[i])) {
      suites.push_back(found->suite());
    } else if (!HasName(known_suites, queue.suites[i])) {
      diagnostics.Add(
          names.at(i).At("there is no suite \"" + queue.suites[i] + "\"" + DidYouMean(queue.suites[i], known_suites)));
    }
  }
  const CatalogDocument* rubric = catalog.FindRubric(queue.rubric);
  if (rubric == nullptr && !HasName(known_rubrics, queue.rubric)) {
    diagnostics.Add(root.Find("rubric")->At("there is no rubric \"" + queue.rubric + "\"" +
                                            DidYouMean(queue.rubric, known_rubrics)));
  }
  if (rubric == nullptr || suites.size() != queue.suites.size())
    return;  // what a missing document defines cannot be missed
  QueueCheck(queue, root, std::move(suites), *rubric->rubric(), diagnostics).Run();
}

namespace {

// People correct a grader where they say of every answer that is drawn what the grader says of all.
void CheckCorrection(const SuiteSpec& suite, std::size_t metric, const QueueSpec& queue, const Node& node,
                     Diagnostics& diagnostics) {
  const bool may_ask_nothing = queue.item == ReviewItemKind::kGrounding || queue.item == ReviewItemKind::kPairwise ||
                               queue.item == ReviewItemKind::kRanking;
  if (may_ask_nothing) {
    diagnostics.Add(node.Find("queue")->At("items of queue \"" + queue.name + "\" are " +
                                           std::string(WordOf(queue.item)) +
                                           ", which not every answer has: they correct no grader"));
  }
  const bool is_told =
      queue.prelabel.show != PrelabelShow::kOff && queue.prelabel.grader == suite.metrics[metric].grader;
  if (is_told) {
    diagnostics.Add(node.Find("queue")->At("queue \"" + queue.name + "\" shows people what grader \"" +
                                           queue.prelabel.grader +
                                           "\" says (prelabel): they lean towards it, and correct it too little"));
  }
  const auto grader = std::ranges::find(suite.graders, *suite.metrics[metric].grader, &GraderSpec::name);
  if (grader != suite.graders.end() && grader->is_unbounded && !grader->threshold) {
    diagnostics.Add(
        node.Find("grader")->At("values of grader \"" + grader->name +
                                "\" need not lie in [0, 1], where those of people do; give it a threshold"));
  }
}

}  // namespace

void CheckChangeLog(const RubricSpec& rubric, const Node& root, Diagnostics& diagnostics) {
  constexpr RubricVersion kFirst{.major = 1, .minor = 0, .patch = 0};
  const auto version = ParseRubricVersion(rubric.version);
  if (!version || *version <= kFirst || !rubric.changes.empty()) return;
  diagnostics.Add(root.Find("version")->At("a version above 1.0.0 says why it is there: changes: [{version: \"" +
                                           rubric.version + "\", reason: ...}]"));
}

void CheckHumanMetrics(const SuiteSpec& suite, const Node& root, const Catalog& catalog,
                       const std::vector<std::string>& known_queues, Diagnostics& diagnostics) {
  const auto metrics = root.Find("metrics");
  for (std::size_t i = 0; metrics && i < suite.metrics.size(); ++i) {
    if (!suite.metrics[i].queue) continue;
    const std::string& name = *suite.metrics[i].queue;
    const Node place = *metrics->at(i).Find("queue");
    const CatalogDocument* found = catalog.FindQueue(name);
    if (found == nullptr) {
      if (!HasName(known_queues, name))
        diagnostics.Add(place.At("there is no queue \"" + name + "\"" + DidYouMean(name, known_queues)));
      continue;
    }
    const QueueSpec& queue = *found->queue();
    if (!HasName(queue.suites, suite.name))
      diagnostics.Add(place.At("queue \"" + name + "\" takes nothing of suite \"" + suite.name + "\""));
    const bool draws_by_chance =
        std::ranges::any_of(queue.enter, [](const EntrySpec& entry) { return entry.every.value_or(false); });
    if (!draws_by_chance)
      diagnostics.Add(place.At("queue \"" + name +
                               "\" takes no answers by chance, and what was chosen for looking wrong "
                               "says nothing of the others: give it an entry {every: true, share: ...}"));
    if (suite.metrics[i].source == MetricSource::kHumanCorrected)
      CheckCorrection(suite, i, queue, metrics->at(i), diagnostics);
  }
}

}  // namespace assay
