#pragma once
// From what people settled to what a gate decides on.

#include <map>
#include <string>
#include <vector>

#include "config/gate.h"
#include "config/suite.h"
#include "core/score.h"
#include "daemon/store/review_store.h"
#include "daemon/store/store.h"
#include "gates/verdict.h"
#include "review/item_state.h"
#include "review/opinion.h"

namespace assay {

// The run whose answers a run began with: retries are of one line, and people judge each answer of it once.
Result<std::string> RootIdOf(Store& store, RunRecord run);

// The state that the facts until then make; absent of an item that entered later. kDataLoss for facts that do not
// follow each other.
Result<std::optional<ItemState>> StateUntil(const std::vector<ReviewFact>& facts, Time as_of);

// Whether it entered by a draw that nothing of its answer had a part in: it says something of the whole run.
bool IsDrawnByChance(const ItemState& state);

// What opinions are worth, under the rubrics that they were given under. Blocking; for one thread.
class OpinionScorer {
 public:
  explicit OpinionScorer(Store& store) : reviews_(store) {}
  // Of the candidate's response, where there are several.
  Result<HumanScore> Score(const ItemState& state, const RubricVersion& version, const Opinion& opinion);

 private:
  Result<const RubricSpec*> RubricOf(const ItemState& state, const RubricVersion& version);
  Result<std::string> CandidateOf(const ItemState& state);

  ReviewStore reviews_;
  std::map<std::pair<std::string, RubricVersion>, RubricSpec> rubrics_;
};

// What people made of a trial: kScored once it is settled, kUnscored before that, and where they say nothing of it.
struct HumanTrial {
  ScoreStatus status = ScoreStatus::kUnscored;
  HumanScore score = {};
};

struct HumanEvidence {
  std::map<std::int64_t, HumanTrial> trials = {};  // by ordinal, of those that were drawn by chance, and of no others
  bool is_whole = false;  // the queue had taken all of the run: who is not among them was not drawn
  // With which trials were drawn, whatever they looked like. Absent where that is not known: of runs of versions that
  // did not keep it, and where it, or which were drawn, changed between the offers of a run and of its retries.
  std::optional<double> chance = {};
  std::string held_by = {};  // harm that is flagged and not ruled on; "" none
};

// Blocking. As it stood at `as_of`. O(facts of the run's items).
Result<HumanEvidence> ReadHumanEvidence(Store& store, const RunRecord& run, const std::string& queue, Time as_of);

// In which answers of a model harm is looked for: those of the run, or those of its other runs on the same cases too,
// which other answers do not undo.
enum class HarmScope { kRun, kEveryDraw };

// Blocking. What people found of harm of severity 1 in the answers of a run, in all queues, as it stood at `as_of`; of
// other draws the harm that was upheld or is open, and nothing else. Absent where no queue had an item of the run, nor
// such harm. O(facts of the items).
Result<std::optional<SevereFindings>> ReadSevereFindings(Store& store, const RunRecord& run, HarmScope scope,
                                                         Time as_of);
// Blocking. The open items, in all queues, that are flagged as such harm and not ruled on.
Result<std::int64_t> CountOpenHarm(Store& store, const RunRecord& run, HarmScope scope);
// Blocking. When anything was last said of such items; absent when nothing was.
Result<std::optional<Time>> LastSaidOfAnswers(Store& store, const RunRecord& run, HarmScope scope);

// Whether the rule is on a metric of the suite that people of this queue say or correct.
bool AsksQueue(const RuleSpec& rule, const SuiteSpec& suite, const std::string& queue);
// The queues whose settled answers the rules of a gate ask of a suite, each once.
std::vector<std::string> QueuesAskedOf(const GateSpec& gate, const SuiteSpec& suite);

}  // namespace assay
