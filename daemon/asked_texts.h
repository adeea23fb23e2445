#pragma once
// What stored documents ask, so that two names of one thing are found out.

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "config/catalog.h"
#include "daemon/store/store.h"

namespace assay {

// Kept in memory by the content of a document, which nobody changes: a check that waits asks for the same hundreds of
// them at each look. Thread-safe.
class AskedTexts {
 public:
  // Blocking. One text, equal for those that ask the same. Of a Model: provider, address, model and options of its
  // endpoint. Of a Suite: its prompt. Errors as of ReadStored (daemon/check_decision.h).
  Result<std::string> Of(Store& store, const PluginKinds& kinds, const std::string& project, const std::string& kind,
                         const std::string& name, const std::string& content_version);

  // How many documents were read for it.
  std::int64_t reads() const { return reads_; }

 private:
  static constexpr std::size_t kMostTexts = 10'000;  // 64 bytes each, and their keys
  using Key = std::pair<std::string, std::string>;   // project, content version
  struct Known {
    std::string asks;        // digest of the text
    std::string unreadable;  // why it cannot be read; "" when it can
  };

  std::optional<Known> Find(const Key& key);
  void Keep(Key key, Known known);

  std::mutex mutex_;  // guards what is below
  std::map<Key, Known> texts_;
  std::atomic<std::int64_t> reads_ = 0;
};

}  // namespace assay
