#pragma once
// What people have done so far, summed up from the facts of items as they come: what draws and limits ask about a
// person. Not thread-safe.

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "review/gold.h"
#include "review/item_state.h"
#include "review/sampling.h"

namespace assay {

// Facts older than this are not looked at when the daemon starts: gold is shown again after less time by default, and
// audits ask about 30 days.
inline constexpr std::chrono::days kPeopleMemory{120};

struct RecentJudgement {
  std::string item = {};
  std::string judgement = {};
  std::string queue = {};
  Time at{};
};

struct DayOfWork {
  std::int64_t judgements = 0;
  Duration active{};
};

class PeopleRecords {
 public:
  // The fact that made `after`. In the order of each item's facts.
  void Observe(const ReviewFact& fact, const ItemState& after);

  // Of items other than `except`.
  int LiveLeases(std::string_view person, std::string_view except, Time now) const;
  // Items under a live lease, prefetched ones among them; in no order.
  std::vector<std::string> Held(std::string_view person, Time now) const;
  // Of the labels of a run, those of this person; 0 where there are fewer than ten.
  double ShareOfRun(std::string_view person, std::string_view run) const;
  GoldRecord GoldOf(const std::string& person, const std::string& queue) const;
  AuditHistory AuditsOf(const std::string& person, const AuditSpec& audit, Time now) const;
  // Newest first, at most 50.
  std::vector<RecentJudgement> RecentOf(const std::string& person) const;
  // Of the day (UTC) that `now` is in; of one queue or, "", of all. Items whose answer is known count like others: who
  // sees a figure that stands still would know which they are.
  DayOfWork TodayOf(const std::string& person, std::string_view queue, Time now) const;
  // Of evaluation gold since `from`: hits, and how many.
  std::pair<std::int64_t, std::int64_t> GoldHitsOf(const std::string& person, Time from) const;
  // Of the newest audits of the person's decisions, those from `from` until before `to`, in one queue or, "", in all:
  // how many passed, and how many there were.
  std::pair<std::int64_t, std::int64_t> AuditsPassedOf(const std::string& person, std::string_view queue, Time from,
                                                       Time to) const;

 private:
  // Items are read one after another when the daemon starts: what is summed up by time carries it.
  template <class T>
  struct Dated {
    Time at{};
    T value = {};
  };
  struct Audited {
    std::string queue = {};
    bool passes = false;
  };
  struct Person {
    std::optional<Time> first_at = {};
    std::deque<Dated<bool>> decisions = {};  // the newest first, as all of these
    std::deque<Dated<Audited>> audits = {};
    std::deque<RecentJudgement> recent = {};
    std::map<std::string, GoldRecord> gold = {};                      // by queue, without evaluations
    std::map<std::string, std::deque<Dated<bool>>> evaluations = {};  // likewise: whether they were hits
    std::int64_t day = 0;
    std::map<std::string, DayOfWork, std::less<>> today = {};  // by queue
  };
  void ObserveLeases(const ItemState& after);
  void ObserveJudgement(const Judgement& judgement, const ItemState& after);
  void ObserveAudit(const ReviewAudit& audit, const ItemState& after);
  void ObserveGold(const GoldResult& result, const ItemState& after);

  std::map<std::string, Person> people_;
  std::map<std::string, std::map<std::string, Time>, std::less<>> leases_;          // by person and item: when they end
  std::map<std::string, std::set<std::string>> holders_;                            // by item
  std::map<std::string, std::map<std::string, std::int64_t>, std::less<>> labels_;  // by run and person
};

}  // namespace assay
