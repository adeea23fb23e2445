#pragma once
// A lineage as text, from what came in to what has happened since. Pure.

#include <string>

namespace assay {

namespace v1 {
class GetLineageResponse;
}

std::string LineageText(const v1::GetLineageResponse& lineage);

}  // namespace assay
