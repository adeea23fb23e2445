#include "daemon/http/body_budget.h"

#include <utility>

namespace assay {

bool BodyBudget::Share::GrowTo(std::size_t bytes) {
  const std::size_t wanted = bytes > kFreeBytes ? bytes - kFreeBytes : 0;
  if (wanted <= charged_) return true;
  const std::size_t more = wanted - charged_;
  std::size_t total = budget_->charged_.load();
  do {
    if (more > budget_->limit_ || total > budget_->limit_ - more) return false;
  } while (!budget_->charged_.compare_exchange_weak(total, total + more));
  charged_ = wanted;
  return true;
}

void BodyBudget::Share::Release() { budget_->charged_ -= std::exchange(charged_, 0); }

}  // namespace assay
