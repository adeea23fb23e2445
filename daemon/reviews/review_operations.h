#pragma once
// What the transports ask of human review: coroutines on plain values, as those of daemon/services.h.

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/reviews/books.h"
#include "daemon/reviews/item_view.h"
#include "daemon/reviews/review_policies.h"
#include "daemon/services.h"
#include "review/agreement.h"
#include "review/approvals.h"
#include "review/clarifications.h"
#include "review/differences.h"
#include "review/kpis.h"
#include "review/prelabels.h"
#include "review/targets.h"

namespace assay {

struct QueueTargets {
  TargetsSpec targets = {};
  bool quality_first = false;
};
inline std::optional<QueueTargets> TargetsOf(const QueueSpec& queue) {
  if (!queue.targets) return std::nullopt;
  return QueueTargets{.targets = *queue.targets, .quality_first = queue.PutsQualityFirst()};
}

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
  std::optional<QueueTargets> targets = {};
  std::int64_t judged_today = 0;   // by the caller
  ReviewShare audits_passed = {};  // likewise, last 30 days
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
  ReviewShare audits_passed = {};         // last 30 days
  ReviewShare audits_passed_before = {};  // the 30 days before
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
using ItemCommand =
    std::variant<SubmitCommand, ReviseCommand, AdjudicateCommand, AuditCommand, GiveBackCommand, EscalateCommand,
                 ResolveCommand, QuarantineAct, EndQuarantineAct, FlagSevereAct, CancelAct, OrderAuditAct,
                 ReopenCommand, VoidCommand, AwaitGuidelineAct, GuidelineArrivedAct, AdvanceCommand, LaneCommand>;

struct ItemFilter {
  std::string queue = {};
  std::vector<ReviewState> states = {};  // empty: all
  std::string run = {};
  std::string case_id = {};
  std::string text = {};            // in rulings and rationales
  std::string rubric_version = {};  // "1.4.2", "1.4" or "1": what was answered under it
  bool outdated = false;            // under an older one than that in service
};

struct HeldItem {
  std::string item = {};
  ReviewLease lease = {};
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
  std::int64_t overdue_rulings = 0;  // escalations and quarantines
  std::int64_t severe_flags = 0;
  std::int64_t people = 0;
  std::string held_up_by = {};
  std::optional<QueueTargets> targets = {};
  std::vector<HeldItem> held = {};  // for leads of the queue
};

struct QueueReport {
  KpiWindow window = {};
  ReviewKpis kpis = {};
  SuggestionBias suggestions = {};
  std::vector<CriterionAgreement> agreement = {};
  std::map<std::string, PersonKpis> people = {};
  std::int64_t items = 0;
  std::optional<QueueTargets> targets = {};
  std::vector<TargetStanding> standings = {};
  std::vector<CriterionDifferences> differences = {};  // for leads
};

struct ClarificationStatus {
  Clarification clarification = {};  // `id` "": one that recurs and that nobody has opened
  std::vector<std::string> items = {};
  std::string opened_by = {};
};

struct ChangeStatus {
  ApprovalRequest request = {};
  std::string diff = {};
  ApprovalState state = ApprovalState::kWaiting;
  std::string missing = {};
  bool may_answer = false;
};

struct GoldArguments {
  std::string item = {};
  ItemPurpose purpose = ItemPurpose::kGold;
  std::optional<Opinion> expected = {};  // absent: as decided
  std::string why = {};
  std::optional<int> scores_within = {};
  std::vector<std::string> must_name = {};
  std::string approval = {};
};

struct GoldStatus {
  GoldEntry entry = {};
  GoldItemRecord record = {};
  GoldItemHealth health = GoldItemHealth::kGood;
};

struct CalibrationStatus {
  CalibrationEntry entry = {};
  std::vector<CalibrationRow> grid = {};  // once it is revealed, as the report
  std::optional<CalibrationReport> report = {};
  std::int64_t judged = 0;
  std::int64_t escalated = 0;  // of items x people, who asked and have not judged
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
  // Newest first; where only states of open items are asked for, by when they are due, and those that wait for a ruling
  // by when that is due. kPermissionDenied for a queue that is not among the caller's.
  virtual boost::asio::awaitable<Result<Page<ItemSummary>>> ListItems(const Caller& caller, const ItemFilter& filter,
                                                                      const PageRequest& page) = 0;
  // The same page, of each what GetItem answers without content, draft and suggestion; that somebody looked is not
  // kept.
  virtual boost::asio::awaitable<Result<Page<ItemView>>> ListItemViews(const Caller& caller, const ItemFilter& filter,
                                                                       const PageRequest& page) = 0;
  virtual boost::asio::awaitable<Result<std::vector<QueueStatus>>> ListQueues(const Caller& caller) = 0;
  virtual boost::asio::awaitable<Result<QueueReport>> GetQueueReport(const Caller& caller, std::string_view queue,
                                                                     std::optional<Time> from,
                                                                     std::optional<Time> to) = 0;
  virtual boost::asio::awaitable<Result<std::vector<Reviewer>>> ListReviewers(const Caller& caller) = 0;
};

// What is decided about reviewing itself: guidelines, changes that need approvals, known answers, calibrations.
class ReviewGovernance {
 public:
  virtual ~ReviewGovernance() = default;
  virtual boost::asio::awaitable<Result<Reviewer>> EndPause(const Caller& caller, std::string_view person,
                                                            std::string_view queue, std::string_view reason) = 0;

  virtual boost::asio::awaitable<Result<std::vector<KeptRubric>>> ListRubricVersions(const Caller& caller,
                                                                                     std::string_view rubric) = 0;
  // When it was said.
  virtual boost::asio::awaitable<Result<Time>> AcknowledgeRubric(const Caller& caller, std::string_view rubric,
                                                                 std::string_view version) = 0;
  virtual boost::asio::awaitable<Result<std::vector<ClarificationStatus>>> ListClarifications(
      const Caller& caller, std::string_view rubric) = 0;
  virtual boost::asio::awaitable<Result<ClarificationStatus>> OpenClarification(const Caller& caller,
                                                                                std::string_view rubric,
                                                                                std::string_view clause,
                                                                                std::string_view note) = 0;
  virtual boost::asio::awaitable<Result<ClarificationStatus>> CloseClarification(const Caller& caller,
                                                                                 std::string_view id, bool rejects,
                                                                                 std::string_view reason) = 0;

  virtual boost::asio::awaitable<Result<ChangeStatus>> ProposeChange(const Caller& caller, ReviewChange change,
                                                                     std::string_view subject, std::string_view diff,
                                                                     std::string_view reason) = 0;
  virtual boost::asio::awaitable<Result<ChangeStatus>> AnswerChange(const Caller& caller, std::string_view id,
                                                                    bool approves, std::string_view diff_hash,
                                                                    std::string_view comment) = 0;
  // As a whole. kPermissionDenied for a known answer to be, unless the caller proposed it, may still answer it or has
  // looked at it already; who looks at it is not asked it afterwards.
  virtual boost::asio::awaitable<Result<ChangeStatus>> GetChange(const Caller& caller, std::string_view id) = 0;
  // Known answers to be without subject, diff and hash where the caller has not looked at them.
  virtual boost::asio::awaitable<Result<std::vector<ChangeStatus>>> ListChanges(const Caller& caller,
                                                                                std::optional<ApprovalState> state) = 0;

  virtual boost::asio::awaitable<Result<GoldStatus>> AddGold(const Caller& caller, const GoldArguments& arguments) = 0;
  virtual boost::asio::awaitable<Result<GoldStatus>> RetireGold(const Caller& caller, std::string_view id,
                                                                std::string_view reason) = 0;
  virtual boost::asio::awaitable<Result<std::vector<GoldStatus>>> ListGold(const Caller& caller,
                                                                           std::string_view queue) = 0;

  virtual boost::asio::awaitable<Result<CalibrationStatus>> OpenCalibration(const Caller& caller,
                                                                            std::string_view queue,
                                                                            const std::vector<std::string>& items,
                                                                            const std::vector<std::string>& people) = 0;
  virtual boost::asio::awaitable<Result<CalibrationStatus>> RevealCalibration(const Caller& caller,
                                                                              std::string_view id) = 0;
  virtual boost::asio::awaitable<Result<CalibrationStatus>> RuleOnCalibration(const Caller& caller, std::string_view id,
                                                                              const CalibrationRuling& ruling) = 0;
  virtual boost::asio::awaitable<Result<CalibrationStatus>> CloseCalibration(const Caller& caller,
                                                                             std::string_view id) = 0;
  virtual boost::asio::awaitable<Result<CalibrationStatus>> GetCalibration(const Caller& caller,
                                                                           std::string_view id) = 0;
  virtual boost::asio::awaitable<Result<std::vector<CalibrationStatus>>> ListCalibrations(const Caller& caller) = 0;
};

}  // namespace assay
