#pragma once
// What one check of a gate sends, and asks of people, before any of it is sent.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/planned_gate.h"
#include "config/catalog.h"
#include "config/plugin_kind.h"

namespace assay {

struct PlannedRequests {
  std::string who;  // "candidate", "baseline", "judge helpful", "sentinels of helpful", "people of triage"
  std::string suite;
  std::int64_t count = 0;
  bool is_of_people = false;  // judgements, not requests
  std::string how;            // for people: what they are
  // As the stored run took them that it is planned with; absent where none tells.
  std::optional<std::int64_t> tokens = {};
  std::optional<double> usd = {};
};

// By suite, in the order in which they come about. Without retries, repairs of replies and what a cache or a stored run
// answers. `kinds` are the plug-ins.
std::vector<PlannedRequests> RequestsOf(const Catalog& catalog, const GateSpec& gate, const PlannedGate& planned,
                                        const PluginKinds& kinds);

// To models.
std::int64_t AllRequests(const std::vector<PlannedRequests>& requests);

}  // namespace assay
