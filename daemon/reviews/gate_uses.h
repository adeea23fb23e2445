#pragma once
// What gates use of what people judge: their cases, and their queues. Asked before review data moves.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "core/case.h"
#include "core/response.h"
#include "daemon/served_catalog.h"
#include "daemon/store/store.h"

namespace assay {

using GatesOfSuite = std::map<std::string, std::vector<std::string>>;  // names of gates, sorted, by name of suite

// The gates that have each suite, of the catalog in service and of every gate that is stored: a gate that was in
// service once has decided on its cases. Blocking.
Result<GatesOfSuite> GatesOfSuites(Store& store, const ServedVersion& served, const std::string& project);

// A gate whose verdict may rest on what people settle in this queue, "" none: one that has a suite with a metric of
// people that is asked there, of the catalog in service or of any that is stored. Blocking.
Result<std::string> GateOfQueue(Store& store, const ServedVersion& served, const std::string& project,
                                const std::string& queue);

// Cases of the suites of gates by what they ask, by 64 bits of SHA-256. Immutable, thread-safe.
class GateCases {
 public:
  static constexpr std::size_t kMost = 1'000'000;  // 16 bytes each, twice

  // Of the datasets of suites in service, and of every dataset that a run of a suite of a gate has had. Blocking,
  // O(cases). kResourceExhausted beyond kMost of them; errors of datasets in service that cannot be read, since they
  // might have any case.
  static Result<GateCases> Read(Store& store, const PluginKinds& kinds, const ServedVersion& served,
                                const std::string& project, const GatesOfSuite& gates);

  // Of gates with a case that asks the same question: the last message of its user, whatever the case and the white
  // space, is one of these messages of users.
  std::vector<std::string> GatesAsking(std::span<const Message> prompt) const;
  // Of gates with a case that has the same fields beside its name.
  std::vector<std::string> GatesWith(const Case& row) const;

 private:
  struct Entry {
    std::uint64_t hash = 0;
    std::uint32_t suite = 0;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };
  class Builder;
  void AddGatesOf(std::uint64_t hash, std::vector<std::string>& gates) const;

  std::vector<Entry> entries_;                   // sorted
  std::vector<std::vector<std::string>> gates_;  // by suite
};

}  // namespace assay
