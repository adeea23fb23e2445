#pragma once
// Go and no-go on a verdict, as reports show them.

#include <string>

#include "core/json.h"

namespace assay::v1 {
class ReleaseDecision;
}

namespace assay {

class DaemonConnection;

Json ToJson(const v1::ReleaseDecision& decision);
// A line for each decision on the verdict, newest first; "" where there is none, and of a daemon that keeps none.
std::string DecisionLines(const DaemonConnection& connection, const std::string& verdict);
// The same as a list, empty likewise.
Json DecisionsJson(const DaemonConnection& connection, const std::string& verdict);

}  // namespace assay
