#pragma once
// A check that is driven here. Private to checks.cc and check_runs.cc.

#include <memory>
#include <optional>

#include "daemon/change_signal.h"
#include "daemon/checks.h"

namespace assay {

struct Checks::ActiveCheck {
  ActiveCheck(CheckRecord record, std::shared_ptr<const ServedVersion> version)
      : check(std::move(record)), served(std::move(version)) {}
  const CheckRecord check;
  const std::shared_ptr<const ServedVersion> served;  // gate and suites come from this one version of the catalog
  std::optional<int> look = {};           // the one that settled it before its runs had ended; of Drive only
  std::optional<Time> people_until = {};  // it is decided on what people had said by then; of Drive only
  ChangeSignal decided;                   // notified once, when the check has its verdict or is no longer driven
};

}  // namespace assay
