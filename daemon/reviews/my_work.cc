// What there is to do for one person, and how far they are.

#include <algorithm>

#include "daemon/blocking.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/reviews.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::days kAuditsWindow{30};

}  // namespace

asio::awaitable<Result<MyWork>> Reviews::GetMyWork(const Caller& caller) {
  auto asking = WhoAsks(caller);
  if (!asking) {
    MyWork work;
    work.me.id = caller.principal;
    work.denied = asking.error().message;
    co_return work;
  }
  auto work = [this, &asking]() { return WorkOf(*asking); };
  co_return co_await RunBlocking(context_.desk, work);
}

// In the 30 days before `until`; what comes in as this is asked is in.
ReviewShare Reviews::AuditsPassedBy(const Asking& asking, std::string_view queue, Time until) const {
  const auto [passed, of] =
      people_.AuditsPassedOf(asking.reviewer.id, queue, until - kAuditsWindow, until + std::chrono::microseconds(1));
  return ShareOf(passed, of);
}

Result<MyWork> Reviews::WorkOf(const Asking& asking) {
  ASSAY_TRY(OpenProject(asking.project));
  desk_.Tick();
  MyWork work{.me = asking.reviewer};
  const auto served = policies_.served();
  for (const CatalogDocument& document : served->catalog.documents) {
    const QueueSpec* queue = document.queue();
    if (queue == nullptr) continue;
    const bool is_mine = asking.reviewer.queues.empty() ||
                         std::ranges::find(asking.reviewer.queues, queue->name) != asking.reviewer.queues.end();
    if (!is_mine) continue;
    QueueWork in = next_.WorkIn(asking, queue->name);
    in.description = queue->description;
    in.kind = queue->item;
    in.rubric = queue->rubric;
    if (const CatalogDocument* rubric = served->catalog.FindRubric(queue->rubric))
      in.rubric_version = rubric->rubric()->version;
    in.targets = TargetsOf(*queue);
    if (in.targets) {
      in.judged_today = people_.TodayOf(asking.reviewer.id, queue->name, asking.now).judgements;
      in.audits_passed = AuditsPassedBy(asking, queue->name, asking.now);
    }
    ASSAY_ASSIGN(in.acknowledged_version, AcknowledgedVersion(store_, asking.project, asking.reviewer.id, in.rubric));
    work.queues.push_back(std::move(in));
  }
  for (const std::string& item : people_.Held(asking.reviewer.id, asking.now)) {
    const auto state = desk_.Find(asking.project, item);
    if (state && MayLookAt(asking.reviewer, state->item))
      work.held.push_back(SummaryOf(*state, next_.Looking(asking, *state), asking.now));
  }
  for (const RecentJudgement& recent : people_.RecentOf(asking.reviewer.id)) {
    MyJudgement mine{.item = recent.item, .judgement = recent.judgement, .queue = recent.queue, .at = recent.at};
    const auto state = desk_.Find(asking.project, recent.item);
    if (!state || !MayLookAt(asking.reviewer, state->item)) continue;
    ASSAY_ASSIGN(const PolicyRef policy, desk_.PolicyOf(*state));
    const ItemView view =
        ViewOfItem(*state, {}, std::nullopt, *policy, nullptr, next_.Looking(asking, *state), asking.now);
    mine.judgement = JudgementAsShown(*state, asking.reviewer.id, recent.judgement);
    if (view.judgement == mine.judgement) mine.revisable_until = view.revisable_until;
    work.recent.push_back(std::move(mine));
  }
  ASSAY_ASSIGN(work.drafts, store_.ListDrafts(asking.project, asking.reviewer.id));
  const DayOfWork today = people_.TodayOf(asking.reviewer.id, "", asking.now);
  work.judged_today = today.judgements;
  work.active_today = today.active;
  const auto gold = people_.GoldHitsOf(asking.reviewer.id, asking.now - kAuditsWindow);
  work.gold_hits = ShareOf(gold.first, gold.second);
  work.audits_passed = AuditsPassedBy(asking, "", asking.now);
  work.audits_passed_before = AuditsPassedBy(asking, "", asking.now - kAuditsWindow);
  return work;
}

}  // namespace assay
