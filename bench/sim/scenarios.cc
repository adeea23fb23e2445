#include "bench/sim/scenario.h"

namespace assay::sim {

std::vector<Scenario> AllScenarios() {
  std::vector<Scenario> all;
  for (const auto& of_file : {&ThresholdScenarios, &ComparisonScenarios, &SliceScenarios, &ClusterScenarios,
                              &MissingScenarios, &MethodScenarios, &PowerScenarios, &SequentialScenarios,
                              &JudgeScenarios, &PeopleScenarios, &HistoryScenarios}) {
    std::vector<Scenario> some = of_file();
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return all;
}

}  // namespace assay::sim
