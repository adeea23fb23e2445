// Complete runs on their way into the queues.

#include <algorithm>

#include "daemon/blocking.h"
#include "daemon/log.h"
#include "daemon/queue_draw.h"
#include "daemon/reviews/covered_cases.h"
#include "daemon/reviews/reviews.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::days kOfferedFor{7};  // after its end

void LogNotOffered(const std::string& run, const std::string& queue, const Error& error) {
  Log(LogLevel::kWarning, "run not offered to a queue", {{"run", run}, {"queue", queue}, {"error", error.message}});
}

}  // namespace

// Complete runs of the last days that the queues in service have not seen yet.
asio::awaitable<Status> Reviews::OfferRuns() {
  auto find = [this]() -> Result<std::vector<Offer>> {
    std::vector<Offer> offers;
    const auto served = policies_.served();
    const bool has_queue = std::ranges::any_of(served->catalog.documents,
                                               [](const CatalogDocument& each) { return each.queue() != nullptr; });
    if (!has_queue) return offers;
    ASSAY_ASSIGN(const std::vector<RunKey> runs, store_.ListCompleteRuns(context_.clock.Now() - kOfferedFor));
    for (const RunKey key : runs) {
      if (!suites_.contains(key)) {
        ASSAY_ASSIGN(const RunRecord run, context_.store.GetRun(key));
        suites_[key] = run.suite;
      }
      for (const CatalogDocument& document : served->catalog.documents) {
        const QueueSpec* queue = document.queue();
        if (queue == nullptr || offered_.contains({key, queue->name})) continue;
        if (std::ranges::find(queue->suites, suites_[key]) == queue->suites.end()) continue;
        ASSAY_ASSIGN(const auto offered, store_.OfferedAt(key, queue->name));
        if (offered) {
          offered_.emplace(key, queue->name);
          continue;
        }
        ASSAY_ASSIGN(const RunRecord run, context_.store.GetRun(key));
        auto offer = OfferOf(context_.store, context_.models, policies_, document, run);
        if (!offer) LogNotOffered(run.id, queue->name, offer.error());
        if (offer && *offer) offers.push_back(**std::move(offer));
      }
    }
    return offers;
  };
  ASSAY_CO_ASSIGN(std::vector<Offer> offers, co_await RunBlocking(context_.reading, find));
  for (Offer& offer : offers) {
    if (is_stopping()) co_return Status();
    const std::string run = offer.run.id;
    const std::string queue = offer.queue;
    // One that cannot be offered keeps no other from it.
    if (const Status done = co_await OfferTo(std::move(offer)); !done) LogNotOffered(run, queue, done.error());
  }
  co_return Status();
}

// What is read beside the desk enters there, page by page. Begun again after a restart: what is in is left out.
asio::awaitable<Status> Reviews::OfferTo(Offer offer) {
  const std::pair place(offer.run.key, offer.queue);
  auto open = [&]() -> Result<std::shared_ptr<ItemSource>> {
    ASSAY_ASSIGN(ItemSource source, ItemSource::Open(context_.store, kinds_, offer));
    return std::make_shared<ItemSource>(std::move(source));
  };
  std::shared_ptr<ItemSource> source;
  if (!offer.takes_nothing) {
    ASSAY_CO_ASSIGN(source, co_await RunBlocking(context_.reading, open));
  }
  int entered = 0;
  while (source != nullptr) {
    auto read = [&]() { return source->Next(context_.clock.Now()); };
    ASSAY_CO_ASSIGN(auto items, co_await RunBlocking(context_.reading, read));
    if (!items || is_stopping()) break;
    if (items->empty()) continue;
    auto enter = [&]() -> Result<int> {
      ASSAY_TRY(OpenProject(offer.run.project));
      ASSAY_TRY(WithholdCovered(store_, *offer.policy, context_.clock.Now(), *items));
      return desk_.Enter(std::move(*items));
    };
    ASSAY_CO_ASSIGN(const int added, co_await RunBlocking(context_.desk, enter));
    entered += added;
  }
  if (is_stopping()) co_return Status();
  auto mark = [&]() -> Status {
    const Time now = context_.clock.Now();
    ASSAY_TRY(KeepDraw(store_, offer.run, offer.policy->queue, now));
    return store_.MarkOffered(place.first, place.second, now);
  };
  ASSAY_CO_TRY(co_await RunBlocking(context_.reading, mark));
  offered_.insert(place);
  Log(LogLevel::kInfo, "run offered to a queue",
      {{"run", offer.run.id}, {"queue", offer.queue}, {"items", std::to_string(entered)}});
  co_return Status();
}

}  // namespace assay
