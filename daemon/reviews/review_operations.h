#pragma once
// What the transports ask of human review: coroutines on plain values, as those of daemon/services.h.

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/reviews/item_view.h"
#include "daemon/services.h"
#include "review/agreement.h"
#include "review/kpis.h"

namespace assay {

struct QueueWork {
  std::string queue = {};
  std::string description = {};
  ReviewItemKind kind = ReviewItemKind::kRubric;
  std::string rubric = {};
  std::string rubric_version = {};        // in service
  std::string acknowledged_version = {};  // by the caller; "" none
  std::int64_t labels = 0;
  std::int64_t adjudications = 0;
  std::int64_t audits = 0;
  std::int64_t escalations = 0;
  std::int64_t open = 0;
  std::string why_none = {};
  std::optional<Time> due_at = {};
};

struct MyJudgement {
  std::string item = {};
  std::string judgement = {};
  std::string queue = {};
  Time at{};
  std::optional<Time> revisable_until = {};
};

struct MyWork {
  Reviewer me = {};
  std::string denied = {};  // why the caller can do nothing; "" they can
  std::vector<QueueWork> queues = {};
  std::vector<ItemSummary> held = {};
  std::vector<MyJudgement> recent = {};
  std::vector<std::string> drafts = {};
  std::int64_t judged_today = 0;
  Duration active_today{};
  ReviewShare gold_hits = {};
  ReviewShare audits_passed = {};
};

struct ClaimArguments {
  std::string queue = {};  // "" any
  std::string item = {};   // "" the first
  std::optional<LeaseRole> role = {};
  bool is_prefetch = false;
  std::vector<std::string> except = {};
};

struct ClaimedItem {
  std::optional<ItemView> view = {};
  std::string why_none = {};
  std::optional<Time> free_at = {};
};

// What is said with a reason only.
struct QuarantineAct {
  std::string reason = {};
};
struct FlagSevereAct {
  std::string reason = {};
};
struct CancelAct {
  std::string reason = {};
};
struct OrderAuditAct {
  std::string reason = {};
};
// With the content as it is shown from now on; absent where nothing was found.
struct EndQuarantineAct {
  std::optional<ItemContent> content = {};
  std::string policy = {};
};
struct AwaitGuidelineAct {
  std::string clarification = {};
};
struct GuidelineArrivedAct {
  std::string clarification = {};
};

// Everything that is done with an item. `reviewer`, `key` and the histories of people in them are filled in by the
// service; what is left is what the caller says.
using ItemCommand = std::variant<SubmitCommand, ReviseCommand, AdjudicateCommand, AuditCommand, GiveBackCommand,
                                 EscalateCommand, ResolveCommand, QuarantineAct, EndQuarantineAct, FlagSevereAct,
                                 CancelAct, OrderAuditAct, ReopenCommand, VoidCommand, AwaitGuidelineAct,
                                 GuidelineArrivedAct, AdvanceCommand, LaneCommand>;

struct ItemFilter {
  std::string queue = {};
  std::vector<ReviewState> states = {};  // empty: all
  std::string run = {};
  std::string case_id = {};
  std::string text = {};  // in rulings and rationales
};

struct QueueStatus {
  std::string queue = {};
  std::string description = {};
  std::string owner = {};
  ReviewItemKind kind = ReviewItemKind::kRubric;
  std::string rubric = {};
  std::string rubric_version = {};
  std::vector<std::string> suites = {};
  std::map<ReviewState, std::int64_t> states = {};  // of open items
  std::int64_t open = 0;
  std::optional<Time> oldest_at = {};
  std::optional<Time> open_done_at = {};
  std::int64_t overdue = 0;
  std::int64_t severe_flags = 0;
  std::int64_t people = 0;
  std::string held_up_by = {};
};

struct QueueReport {
  KpiWindow window = {};
  ReviewKpis kpis = {};
  std::vector<CriterionAgreement> agreement = {};
  std::map<std::string, PersonKpis> people = {};
  std::int64_t items = 0;
};

class ReviewOperations {
 public:
  virtual ~ReviewOperations() = default;
  virtual boost::asio::awaitable<Result<MyWork>> GetMyWork(const Caller& caller) = 0;
  virtual boost::asio::awaitable<Result<ClaimedItem>> ClaimItem(const Caller& caller,
                                                                const ClaimArguments& arguments) = 0;
  // "" removes it.
  virtual boost::asio::awaitable<Result<ReviewDraft>> SaveDraft(const Caller& caller, std::string_view item,
                                                                std::int64_t revision, std::string_view text) = 0;
  // Errors as review/commands.h. `key` "" where the command needs none.
  virtual boost::asio::awaitable<Result<ItemView>> Act(const Caller& caller, std::string_view item,
                                                       std::string_view key, const ItemCommand& command) = 0;
  virtual boost::asio::awaitable<Result<ItemView>> GetItem(const Caller& caller, std::string_view id) = 0;
  // Newest first.
  virtual boost::asio::awaitable<Result<Page<ItemSummary>>> ListItems(const Caller& caller, const ItemFilter& filter,
                                                                      const PageRequest& page) = 0;
  virtual boost::asio::awaitable<Result<std::vector<QueueStatus>>> ListQueues(const Caller& caller) = 0;
  virtual boost::asio::awaitable<Result<QueueReport>> GetQueueReport(const Caller& caller, std::string_view queue,
                                                                     std::optional<Time> from,
                                                                     std::optional<Time> to) = 0;
  virtual boost::asio::awaitable<Result<std::vector<Reviewer>>> ListReviewers(const Caller& caller) = 0;
};

}  // namespace assay
