#pragma once
// What a check waits for when its runs have ended: people.

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/plugin_kind.h"
#include "daemon/human_evidence.h"
#include "daemon/store/store.h"

namespace assay {

// A queue of which a rule of the gate needs the answers of a run.
struct AwaitedQueue {
  std::string suite = {};
  std::string queue = {};
  std::string run = {};  // the root of its retries
  bool is_offered = false;
  bool is_ahead = false;                  // a fact is of a time that is still to come: the clock went back
  std::int64_t items = 0;                 // of the run, in the queue
  std::int64_t open = 0;                  // of these
  std::optional<Time> open_done_at = {};  // at the rate of the last two hours
  bool IsSettled() const { return is_offered && open == 0 && !is_ahead; }
};

// A run of a check with answers that are flagged as harm of severity 1, in whichever queue, and not ruled on.
struct AwaitedRuling {
  std::string suite = {};
  std::int64_t flagged = 0;
};

struct AwaitedPeople {
  std::vector<AwaitedQueue> queues = {};      // of gates that ask people; else empty
  std::vector<AwaitedRuling> rulings = {};    // while queues are open, perhaps some moments old
  std::vector<ReleaseBlocker> blockers = {};  // of the candidate, that no release role has answered
  Time deadline{};
  bool IsSettled() const;
};

// How many answers are flagged as harm, counted anew where something was said since, and for no more than a twentieth
// of the time: while a queue is open every look would fold all its items. Thread-safe.
class OpenHarmCounts {
 public:
  // Blocking.
  Result<std::int64_t> Count(Store& store, const RunRecord& run, HarmScope scope, Time now);

 private:
  struct Counted {
    std::int64_t flagged = 0;
    Time at{};
    std::chrono::steady_clock::time_point again_at{};
  };
  std::mutex mutex_;
  std::map<std::pair<RunKey, HarmScope>, Counted> counted_;
};

// Blocking. Of a check whose runs have ended. `harm` is kept from look to look.
Result<AwaitedPeople> PeopleAwaitedBy(Store& store, const PluginKinds& kinds, const CheckRecord& check, Time now,
                                      OpenHarmCounts& harm);

// "waiting for people: 1 answer of suite "s" is flagged as harm of severity 1, and nobody has ruled on it; 12 of 46
// answers of suite "s" are open in queue "q", done by ... at the present rate; after ... it is decided without the
// rest". Harm stands first: whoever is on call reads no further.
std::string TextOf(const AwaitedPeople& people);

}  // namespace assay
