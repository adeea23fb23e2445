#pragma once
// The sentinels of a run, from its documents and the store to its judges, and what they show.

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <vector>

#include "config/catalog.h"
#include "daemon/change_signal.h"
#include "daemon/store/store.h"
#include "gates/judge_calibration.h"
#include "runners/sentinel_queue.h"

namespace assay {

// Blocking. Stores the sentinels of the suite with the run, and returns those that its judges are still to be asked
// about, in an order that mixes graders and labels and is the same whenever the run goes on; null pointer for none.
// kFailedPrecondition when a file of them is not what it was. `store` and `stop` outlive the queue.
Result<std::shared_ptr<SentinelQueue>> PrepareSentinels(Store& store, boost::asio::any_io_executor blocking,
                                                        const RunRecord& run, const CatalogDocument& suite,
                                                        ChangeSignal& stop);

// Blocking. What is known of the judges of a run that have sentinels; those not asked yet are lost as far as this goes.
// A run that took answers over has verdicts of the judge as it was then and as it is now, in a proportion that depends
// on the case. Of each count the worse of both is taken, which bounds the error rates of either, and so of any mixture;
// a sentinel that was not asked about then counts as it is judged now.
Result<std::vector<JudgeCalibration>> CalibrationsOf(Store& store, const RunRecord& run);

}  // namespace assay
