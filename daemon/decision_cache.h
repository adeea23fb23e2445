#pragma once
// What decisions need again and again, and nobody changes.

#include "daemon/asked_texts.h"
#include "daemon/run_history.h"

namespace assay {

// Thread-safe.
struct DecisionCache {
  RunHistory history = {};
  AskedTexts asked = {};
};

}  // namespace assay
