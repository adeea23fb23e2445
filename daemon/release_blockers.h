#pragma once
// Blockers of candidates as they are stored: facts that become one value each.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/services.h"
#include "daemon/store/store.h"

namespace assay {

inline constexpr char kAboutBlocker[] = "blocker";

// The fact that begins a blocker, and the one that ends it as `blocker` says.
ReleaseFact RecommendedFact(const ReleaseBlocker& blocker, const std::string& project, const ModelIdentity& candidate);
ReleaseFact EndedFact(const BlockerStatus& ended);

// kDataLoss for facts that cannot be read.
Result<BlockerStatus> BlockerFrom(std::span<const ReleaseFact> facts);

// Blocking. What a check of `gate` for this candidate has to know, oldest first: of this gate and of every gate,
// without those that were withdrawn. As they are stored at this moment: an answer counts from when it is given.
Result<std::vector<ReleaseBlocker>> BlockersOf(Store& store, const std::string& project, const std::string& gate,
                                               const std::string& model_version);

}  // namespace assay
