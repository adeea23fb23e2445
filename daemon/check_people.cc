#include "daemon/check_people.h"

#include <algorithm>

#include "daemon/active_check.h"
#include "daemon/blocking.h"
#include "daemon/check_decision.h"
#include "daemon/check_parameters.h"
#include "daemon/checks.h"
#include "daemon/log.h"
#include "daemon/release_blockers.h"
#include "daemon/review_telemetry.h"
#include "daemon/store_retry.h"
#include "gates/blockers.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::hours kRateWindow{2};
constexpr std::chrono::seconds kLookAgainAtPeople{1};
constexpr std::chrono::minutes kWeighAgain{1};  // at least, and as long as keeps it at a twentieth of the time
constexpr int kShareOfWeighing = 20;
constexpr int kShareOfCounting = 20;
constexpr std::size_t kMostCounted = 1'000;  // runs that checks wait for at once

Result<AwaitedQueue> AwaitedOf(Store& store, const RunRecord& run, const std::string& queue, Time now) {
  ReviewStore reviews(store);
  AwaitedQueue awaited{.suite = run.suite, .queue = queue};
  ASSAY_ASSIGN(awaited.run, RootIdOf(store, run));
  ASSAY_ASSIGN(const auto offered, reviews.OfferedAt(run.key, queue));
  awaited.is_offered = offered.has_value();
  ASSAY_ASSIGN(const ReviewStore::ItemCount count, reviews.CountItemsOfRun(run.project, awaited.run, queue));
  awaited.items = count.items;
  awaited.open = count.open;
  awaited.is_ahead = count.touched && *count.touched > now;
  ASSAY_ASSIGN(const std::int64_t closed, reviews.CountClosed(run.project, queue, now - kRateWindow));
  if (closed > 0 && awaited.open > 0) {
    const double each = static_cast<double>(Duration(kRateWindow).count()) / static_cast<double>(closed);
    awaited.open_done_at = now + Duration(static_cast<std::int64_t>(each * static_cast<double>(awaited.open)));
  }
  return awaited;
}

std::string TextOfRuling(const AwaitedRuling& ruling) {
  const bool is_one = ruling.flagged == 1;
  return std::to_string(ruling.flagged) + (is_one ? " answer" : " answers") + " of suite \"" + ruling.suite + "\" " +
         (is_one ? "is" : "are") + " flagged as harm of severity 1, and nobody has ruled on " +
         (is_one ? "it" : "them");
}

std::string TextOfQueue(const AwaitedQueue& queue) {
  if (!queue.is_offered)
    return "queue \"" + queue.queue + "\" has not taken the answers of suite \"" + queue.suite + "\" yet";
  std::string text = std::to_string(queue.open) + " of " + std::to_string(queue.items) + " answers of suite \"" +
                     queue.suite + "\" are open in queue \"" + queue.queue + "\"";
  if (queue.open_done_at)
    text += ", done by " + FormatTime(*queue.open_done_at).substr(0, 16) + "Z at the present rate";
  return text;
}

}  // namespace

Result<std::int64_t> OpenHarmCounts::Count(Store& store, const RunRecord& run, HarmScope scope, Time now) {
  ASSAY_ASSIGN(const auto said, LastSaidOfAnswers(store, run, scope));
  const std::pair key(run.key, scope);
  {
    const std::lock_guard lock(mutex_);
    const auto found = counted_.find(key);
    if (found != counted_.end()) {
      const Counted& counted = found->second;
      // What is said in the moment of the count may have come after it.
      const bool is_current = !said || *said < counted.at;
      if (is_current || steady_clock::now() < counted.again_at) return counted.flagged;
    }
  }
  const auto began = steady_clock::now();
  ASSAY_ASSIGN(const std::int64_t flagged, CountOpenHarm(store, run, scope));
  const auto ended = steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (counted_.size() >= kMostCounted) counted_.clear();
  counted_[key] = {.flagged = flagged, .at = now, .again_at = ended + kShareOfCounting * (ended - began)};
  return flagged;
}

bool AwaitedPeople::IsSettled() const {
  return rulings.empty() && blockers.empty() && std::ranges::all_of(queues, &AwaitedQueue::IsSettled);
}

Result<AwaitedPeople> PeopleAwaitedBy(Store& store, const PluginKinds& kinds, const CheckRecord& check, Time now,
                                      OpenHarmCounts& harm) {
  ASSAY_ASSIGN(const CatalogDocument document,
               ReadStored(store, kinds, check.project, "Gate", check.gate, check.gate_version));
  const GateSpec& gate = *document.gate();
  AwaitedPeople people{.deadline = check.created + gate.review_deadline};
  ASSAY_ASSIGN(people.blockers, BlockersOf(store, check.project, check.gate, check.model_version));
  std::erase_if(people.blockers, [](const ReleaseBlocker& each) { return each.state != BlockerState::kOpen; });
  ASSAY_ASSIGN(const std::vector<CheckRun> links, store.ListCheckRuns(check.project, check.id));
  std::vector<std::pair<RunRecord, HarmScope>> complete;
  for (const CheckRun& link : links) {
    ASSAY_ASSIGN(const RunRecord run, store.GetRun(link.key));
    if (run.state != RunState::kComplete) continue;  // nobody is asked of it, and it decides nothing
    ASSAY_ASSIGN(const CatalogDocument suite,
                 ReadStored(store, kinds, check.project, "Suite", run.suite, run.suite_version));
    for (const std::string& queue : QueuesAskedOf(gate, *suite.suite())) {
      ASSAY_ASSIGN(AwaitedQueue awaited, AwaitedOf(store, run, queue, now));
      people.queues.push_back(std::move(awaited));
    }
    complete.emplace_back(run, link.role == kCandidateRole ? HarmScope::kEveryDraw : HarmScope::kRun);
  }
  // What lets the check be decided is counted at once.
  const bool is_last_look = std::ranges::all_of(people.queues, &AwaitedQueue::IsSettled);
  for (const auto& [run, scope] : complete) {
    ASSAY_ASSIGN(const std::int64_t flagged,
                 is_last_look ? CountOpenHarm(store, run, scope) : harm.Count(store, run, scope, now));
    if (flagged > 0) people.rulings.push_back({.suite = run.suite, .flagged = flagged});
  }
  return people;
}

std::string TextOf(const AwaitedPeople& people) {
  std::string text;
  const auto add = [&](const std::string& more) { text += (text.empty() ? "waiting for people: " : "; ") + more; };
  for (const AwaitedRuling& ruling : people.rulings) add(TextOfRuling(ruling));
  for (const AwaitedQueue& queue : people.queues) {
    if (!queue.IsSettled()) add(TextOfQueue(queue));
  }
  if (!people.blockers.empty()) add(OpenBlockersText(people.blockers));
  if (text.empty()) return text;
  return text + "; after " + FormatTime(people.deadline).substr(0, 16) + "Z it is decided without the rest";
}

// Returns when people have settled what the gate asks them, when its deadline is over, or the daemon stops.
asio::awaitable<Status> Checks::AwaitPeople(std::shared_ptr<ActiveCheck> active) {
  const CheckRecord& check = active->check;
  std::vector<std::string> awaited;
  bool asks_people = false;
  bool is_weighed = false;
  steady_clock::time_point weigh_at{};
  while (!is_stopping()) {
    auto look = [this, &check]() {
      return PeopleAwaitedBy(context_.store, kinds_, check, context_.clock.Now(), harm_);
    };
    const auto people = co_await RetryUnavailable(context_.blocking, stop_, look);
    if (!people) break;  // what keeps it from being read keeps the check from being decided, which says so
    if (check.project == kDefaultProject) {
      std::int64_t open = 0;
      for (const AwaitedQueue& queue : people->queues) open += queue.open;
      context_.telemetry.reviews().SetAwaited(check.gate, check.id, open);
    }
    asks_people = asks_people || !people->queues.empty() || !people->rulings.empty() || !people->blockers.empty();
    if (people->IsSettled() || context_.clock.Now() >= people->deadline) break;
    for (const AwaitedQueue& queue : people->queues) {
      const bool is_new = std::ranges::find(awaited, queue.run) == awaited.end();
      if (!is_new || !context_.await_people) continue;
      awaited.push_back(queue.run);
      context_.await_people(queue.run, true);
    }
    const bool is_offered = std::ranges::all_of(people->queues, &AwaitedQueue::is_offered);
    if (context_.weigh_items && is_offered && steady_clock::now() >= weigh_at) {
      const auto began = steady_clock::now();
      auto weigh = [this, &check]() { return InfluenceOnCheck(context_.store, kinds_, check, context_.clock.Now()); };
      auto weighing = RunBlocking(context_.reading, weigh);
      auto items = co_await std::move(weighing);
      if (items) {
        context_.weigh_items(check.id, *std::move(items));
        is_weighed = true;
      } else {
        Log(LogLevel::kWarning, "review items not weighed", {{"check", check.id}, {"error", items.error().message}});
      }
      weigh_at =
          began + std::max<steady_clock::duration>(kWeighAgain, kShareOfWeighing * (steady_clock::now() - began));
    }
    co_await stop_.Wait(0, steady_clock::now() + kLookAgainAtPeople);
  }
  if (check.project == kDefaultProject) context_.telemetry.reviews().SetAwaited(check.gate, check.id, 0);
  for (const std::string& run : awaited) context_.await_people(run, false);
  if (is_weighed) context_.weigh_items(check.id, {});
  if (is_stopping() || !asks_people) co_return Status();
  // What people have said until then is stored, and nothing that is stored later is of that time or before.
  const Time until = context_.clock.Now();
  if (context_.settle_people) {
    auto settled = context_.settle_people();
    ASSAY_CO_TRY(co_await std::move(settled));
  }
  active->people_until = until - Duration(1);
  co_return Status();
}

}  // namespace assay
