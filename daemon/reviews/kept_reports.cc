#include "daemon/reviews/kept_reports.h"

#include <algorithm>

namespace assay {
namespace {

constexpr std::size_t kMostReports = 64;

}  // namespace

std::optional<QueueReport> KeptReports::Find(const std::string& key, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto found = reports_.find(key);
  if (found == reports_.end() || now >= found->second.until) return std::nullopt;
  return found->second.report;
}

void KeptReports::Keep(const std::string& key, const QueueReport& report, std::chrono::steady_clock::duration took,
                       SteadyTime now) {
  if (report.items < kFewItems) return;
  const std::lock_guard lock(mutex_);
  std::erase_if(reports_, [&](const auto& each) { return now >= each.second.until; });
  if (reports_.size() >= kMostReports)
    reports_.erase(std::ranges::min_element(reports_, {}, [](const auto& each) { return each.second.until; }));
  reports_.insert_or_assign(key, Kept{.report = report, .until = now + kShareOfTime * took});
}

}  // namespace assay
