#pragma once
// The sentinels of a run, from its documents and the store to its judges, and what they show.

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "config/catalog.h"
#include "daemon/change_signal.h"
#include "daemon/store/store.h"
#include "gates/judge_calibration.h"
#include "runners/sentinel_queue.h"

namespace assay {

// Blocking. Stores the sentinels of the suite with the run, and returns those that its judges are still to be asked
// about, each when it is due: of each grader and label they are spread over the cases that are planned, in an order
// that is the same whenever the run goes on (SpreadOver in gates/looks.h); null pointer for none. kFailedPrecondition
// when a file of them is not what it was. `store` and `stop` outlive the queue.
Result<std::shared_ptr<SentinelQueue>> PrepareSentinels(Store& store, boost::asio::any_io_executor blocking,
                                                        const RunRecord& run, const CatalogDocument& suite,
                                                        ChangeSignal& stop);

// Blocking. The fewest cases of which a look has to wait for a sentinel that was not asked about yet, or is being
// asked; absent when all were.
Result<std::optional<std::int64_t>> CasesBeforeAwaited(Store& store, const RunRecord& run);

struct JudgesOfRun {
  std::vector<JudgeCalibration> judges;
  std::vector<SentinelAnswers> answers;  // by judge
};

// Blocking. What is known of the judges of a run that have sentinels; those not asked yet are lost as far as this goes.
// A run that took answers over has verdicts of the judge as it was then and as it is now, in a proportion that depends
// on the case. Of each count the worse of both is taken, which bounds the error rates of either, and so of any mixture;
// a sentinel that was not asked about then counts as it is judged now. Of runs from before sentinels were spread it is
// not known when one was asked.
Result<JudgesOfRun> CalibrationsOf(Store& store, const RunRecord& run);

}  // namespace assay
