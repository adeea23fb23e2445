#pragma once
// Human review as the daemon serves it: one thread owns the desk, and everything that changes an item runs there, one
// command after another. What is only read comes from the store, beside it.

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "daemon/change_signal.h"
#include "daemon/item_influence.h"
#include "daemon/registered_models.h"
#include "daemon/reviews/artefacts.h"
#include "daemon/reviews/books.h"
#include "daemon/reviews/desk.h"
#include "daemon/reviews/export_run.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/import_sessions.h"
#include "daemon/reviews/item_source.h"
#include "daemon/reviews/kept_reports.h"
#include "daemon/reviews/next_item.h"
#include "daemon/reviews/response_ids.h"
#include "daemon/reviews/review_interchange.h"
#include "daemon/reviews/review_operations.h"
#include "daemon/telemetry.h"
#include "review/interchange/ml_backend.h"
#include "runners/event_loops.h"

namespace assay {

struct AuditReport;      // review/audit_report.h
struct CalibrationPack;  // review/interchange/calibration_pack.h

// References outlive the reviews.
struct ReviewsContext {
  Store& store;
  ServedCatalog& catalog;
  RegisteredModels& models;
  EventLoops& loops;
  Telemetry& telemetry;
  const Clock& clock;
  boost::asio::any_io_executor desk;     // one thread
  boost::asio::any_io_executor reading;  // for what callers read
  // Everybody with a role; another pointer when that has changed.
  std::function<std::shared_ptr<const std::vector<Reviewer>>()> reviewers;
  std::chrono::milliseconds look_interval{1000};   // for what changes by itself, and for runs that have ended
  std::chrono::milliseconds predict_time{20'000};  // for the suggestions that Label Studio asks for at once
};

// Thread-safe.
class Reviews final : public ReviewOperations,
                      public ReviewGovernance,
                      public ReviewInterchange,
                      public ReviewArtefacts {
 public:
  explicit Reviews(ReviewsContext context);
  ~Reviews() override;

  // Blocking. Reads what is open. Before anybody asks.
  Status Load();
  // From then on looks at what changes by itself: leases that end, catalogs, people.
  void Start();
  // A check waits for the items of this run, or does no longer: they go before others meanwhile. Any thread.
  void Await(std::string run, bool is_awaited);
  // How much the judgement of items could move a check; until the next word on it. Any thread.
  void Weigh(std::string check, std::vector<ItemInfluence> items);
  // Returns when every command that was given before is stored, or refused.
  boost::asio::awaitable<Status> Settle();
  // Returns when nothing is driven any more, or after a few seconds.
  void Stop();

  boost::asio::awaitable<Result<MyWork>> GetMyWork(const Caller& caller) override;
  boost::asio::awaitable<Result<ClaimedItem>> ClaimItem(const Caller& caller, const ClaimArguments& arguments) override;
  boost::asio::awaitable<Result<ReviewDraft>> SaveDraft(const Caller& caller, std::string_view item,
                                                        std::int64_t revision, std::string_view text) override;
  boost::asio::awaitable<Result<ItemView>> Act(const Caller& caller, std::string_view item, std::string_view key,
                                               const ItemCommand& command) override;
  boost::asio::awaitable<Result<ItemView>> GetItem(const Caller& caller, std::string_view id) override;
  boost::asio::awaitable<Result<Page<ItemSummary>>> ListItems(const Caller& caller, const ItemFilter& filter,
                                                              const PageRequest& page) override;
  boost::asio::awaitable<Result<Page<ItemView>>> ListItemViews(const Caller& caller, const ItemFilter& filter,
                                                               const PageRequest& page) override;
  boost::asio::awaitable<Result<std::vector<QueueStatus>>> ListQueues(const Caller& caller) override;
  boost::asio::awaitable<Result<QueueReport>> GetQueueReport(const Caller& caller, std::string_view queue,
                                                             std::optional<Time> from, std::optional<Time> to) override;
  boost::asio::awaitable<Result<std::vector<Reviewer>>> ListReviewers(const Caller& caller) override;

  boost::asio::awaitable<Result<Reviewer>> EndPause(const Caller& caller, std::string_view person,
                                                    std::string_view queue, std::string_view reason) override;
  boost::asio::awaitable<Result<std::vector<KeptRubric>>> ListRubricVersions(const Caller& caller,
                                                                             std::string_view rubric) override;
  boost::asio::awaitable<Result<Time>> AcknowledgeRubric(const Caller& caller, std::string_view rubric,
                                                         std::string_view version) override;
  boost::asio::awaitable<Result<std::vector<ClarificationStatus>>> ListClarifications(const Caller& caller,
                                                                                      std::string_view rubric) override;
  boost::asio::awaitable<Result<ClarificationStatus>> OpenClarification(const Caller& caller, std::string_view rubric,
                                                                        std::string_view clause,
                                                                        std::string_view note) override;
  boost::asio::awaitable<Result<ClarificationStatus>> CloseClarification(const Caller& caller, std::string_view id,
                                                                         bool rejects,
                                                                         std::string_view reason) override;
  boost::asio::awaitable<Result<ChangeStatus>> ProposeChange(const Caller& caller, ReviewChange change,
                                                             std::string_view subject, std::string_view diff,
                                                             std::string_view reason) override;
  boost::asio::awaitable<Result<ChangeStatus>> AnswerChange(const Caller& caller, std::string_view id, bool approves,
                                                            std::string_view diff_hash,
                                                            std::string_view comment) override;
  boost::asio::awaitable<Result<ChangeStatus>> GetChange(const Caller& caller, std::string_view id) override;
  boost::asio::awaitable<Result<std::vector<ChangeStatus>>> ListChanges(const Caller& caller,
                                                                        std::optional<ApprovalState> state) override;
  boost::asio::awaitable<Result<GoldStatus>> AddGold(const Caller& caller, const GoldArguments& arguments) override;
  boost::asio::awaitable<Result<GoldStatus>> RetireGold(const Caller& caller, std::string_view id,
                                                        std::string_view reason) override;
  boost::asio::awaitable<Result<std::vector<GoldStatus>>> ListGold(const Caller& caller,
                                                                   std::string_view queue) override;
  boost::asio::awaitable<Result<CalibrationStatus>> OpenCalibration(const Caller& caller, std::string_view queue,
                                                                    const std::vector<std::string>& items,
                                                                    const std::vector<std::string>& people) override;
  boost::asio::awaitable<Result<CalibrationStatus>> RevealCalibration(const Caller& caller,
                                                                      std::string_view id) override;
  boost::asio::awaitable<Result<CalibrationStatus>> RuleOnCalibration(const Caller& caller, std::string_view id,
                                                                      const CalibrationRuling& ruling) override;
  boost::asio::awaitable<Result<CalibrationStatus>> CloseCalibration(const Caller& caller,
                                                                     std::string_view id) override;
  boost::asio::awaitable<Result<CalibrationStatus>> GetCalibration(const Caller& caller, std::string_view id) override;
  boost::asio::awaitable<Result<std::vector<CalibrationStatus>>> ListCalibrations(const Caller& caller) override;

  boost::asio::awaitable<Result<std::unique_ptr<ExportParts>>> ExportReviews(const Caller& caller,
                                                                             const ExportArguments& arguments) override;
  boost::asio::awaitable<Result<PreviewedExport>> PreviewExport(const Caller& caller,
                                                                const ExportArguments& arguments) override;
  boost::asio::awaitable<Result<std::vector<KeptExport>>> ListExports(const Caller& caller) override;
  boost::asio::awaitable<Result<Lineage>> GetLineage(const Caller& caller, std::string_view id,
                                                     const PageRequest& page) override;
  boost::asio::awaitable<Result<ImportProgress>> ImportReviews(const Caller& caller, const ImportPiece& piece) override;
  boost::asio::awaitable<Result<std::string>> AnswerLabelStudio(const Caller& caller, std::string_view queue,
                                                                LabelStudioCall call, std::string_view body) override;

  boost::asio::awaitable<Result<ArtefactText>> GetCalibrationPack(const Caller& caller,
                                                                  const CalibrationPackArguments& arguments) override;
  boost::asio::awaitable<Result<ArtefactText>> GetAuditReport(const Caller& caller,
                                                              const AuditReportArguments& arguments) override;
  boost::asio::awaitable<Result<GoldSets>> DeclareGoldSet(const Caller& caller,
                                                          const GoldSetArguments& arguments) override;
  boost::asio::awaitable<Result<GoldSets>> ListGoldSets(const Caller& caller, std::string_view queue) override;

 private:
  Result<Asking> WhoAsks(const Caller& caller) const;
  // On the desk's thread, all of these.
  Status OpenProject(const std::string& project);
  Result<MyWork> WorkOf(const Asking& asking);
  Result<ClaimedItem> Claim(const Asking& asking, const ClaimArguments& arguments);
  Result<ItemView> Perform(const Asking& asking, const std::string& item, const std::string& key,
                           const ItemCommand& command);
  Status RequireTexts(const std::string& project, const ItemState& state);
  Status TellOfHarm(const Asking& asking, const ItemState& copy, const ItemCommand& command);
  std::string SourceOf(const ItemState& copy) const;
  Status CheckCanBeJudged(const ItemState& before, const ReviewFacts& facts, Time now);
  Status NameVerdicts(const Asking& asking, const std::string& item, ReopenCommand& reopen);
  Status CompleteAdvance(const Asking& asking, const std::string& item, AdvanceCommand& advance);
  Result<std::optional<RubricSpec>> LeasedRubric(const Asking& asking, const std::string& item);
  Result<std::optional<ReviewSuggestion>> SuggestionOfItem(const Asking& asking, const std::string& item);
  ReviewShare AuditsPassedBy(const Asking& asking, std::string_view queue, Time until) const;
  Status CompleteRedaction(const Asking& asking, const std::string& item, ItemContent& redacted);
  Result<ReviewDraft> KeepDraft(const Asking& asking, const std::string& item, std::int64_t revision, std::string text);
  Result<Page<ItemSummary>> ListOpen(const Asking& asking, const ItemFilter& filter, const PageRequest& page);
  std::vector<QueueStatus> Statuses(const std::string& project, const std::vector<Reviewer>& roster);
  Result<ItemState> EnterCopy(const Asking& asking, const ItemState& source, ItemPurpose purpose);
  Result<std::optional<ItemState>> FindOrphan(const Asking& asking, const ReviewItem& copy);
  Status NoteKnows(const Asking& asking, const KeptChange& change);
  bool MaySee(const Asking& asking, const KeptChange& change) const;
  Status CheckUnused(const std::string& project, const std::string& approval);
  Result<GoldStatus> MakeGold(const Asking& asking, const GoldArguments& arguments);
  Result<GoldStatus> StatusOf(const GoldEntry& entry);
  std::vector<GoldSetItem> GoldInService(const std::string& project, const std::string& queue) const;
  Result<GoldSets> GoldSetsOf(const Asking& asking, const std::string& queue);
  Result<CalibrationStatus> StatusOf(const CalibrationEntry& entry);
  Result<const CalibrationEntry*> FindSession(const Asking& asking, const std::string& id);
  Result<CalibrationStatus> ChangeSession(
      const Asking& asking, const std::string& id,
      const std::function<Result<CalibrationSession>(const CalibrationEntry&)>& change);
  Result<ItemLineage> LineageOfItem(const Asking& asking, const std::string& item, std::optional<Time> since);
  void AddCopies(const Asking& asking, ItemLineage& lineage) const;
  // Whether documents on a queue may leave to who asks.
  Status CheckMayTake(const Asking& asking, const std::string& queue, bool with_names) const;
  Result<CalibrationPack> MakePack(const Asking& asking, const CalibrationPackArguments& arguments);
  // Of a record that came in: what became of it, or why it is refused.
  enum class TakenAs { kNew, kChanged, kUnchanged, kNeedsApproval };
  struct TakenRecord {
    TakenAs as = TakenAs::kUnchanged;
    std::int64_t judgements = 0;     // that are new
    std::string suite = {};          // of the item
    std::string suite_version = {};  // likewise
  };
  Result<ItemState> FindImported(const Asking& asking, const ImportSession& session, const std::string& item);
  Result<TakenRecord> TakeRecord(const Asking& asking, ImportSession& session, ExchangeRecord record);
  Result<TakenRecord> TakeAs(const Asking& asking, ImportSession& session, const ItemState* known,
                             ExchangeRecord record);
  Status CheckHash(const ExchangeRecord& record, const std::string& hash);
  Result<TakenRecord> TakeForeignItem(const Asking& asking, ImportSession& session, ExchangeRecord record);
  Result<TakenRecord> TakeHistory(const Asking& asking, ImportSession& session, const ItemState& state,
                                  ExchangeRecord record);
  Result<TakenRecord> TakeJudgements(const Asking& asking, ImportSession& session, const ItemState& state,
                                     ExchangeRecord record);
  // kPermissionDenied for an item of a queue that is none of theirs.
  Result<ItemState> FindOfTheirQueue(const Asking& asking, const std::string& item);
  // An item that privacy looks at, or has looked at, and those that show or ask the same.
  struct Withdrawn {
    ReviewItem item = {};
    bool is_open = false;       // its quarantine
    bool keeps_others = false;  // from being shown: it is withheld for its own sake, or its case was redacted
    ItemContent content = {};   // as it was before somebody looked
    std::optional<ItemContent> redacted = {};
  };
  struct Kin {
    std::string item = {};                           // id
    std::optional<ResponseIds> shows_the_same = {};  // of its responses, by those of the item; absent: it asks the same
    bool is_withheld = false;
    bool is_withheld_with = false;  // another
    bool shows_texts = true;
    bool keeps_others = false;
  };
  struct KinBatch {
    std::vector<Kin> kin = {};
    std::int64_t last_key = 0;
    bool is_last = false;
  };
  Result<Withdrawn> WithdrawnOf(const std::string& project, const std::string& item);
  void PlaceAgain(std::vector<std::string> items);
  void LookAround();
  void SweepSome();
  void ShowQueues();
  Status ShowAgreement();
  Status ShowClarifications(const KpiWindow& window);
  Result<QueueReport> Measure(const std::string& project, const std::string& queue, const KpiWindow& window);
  void Observe(const ReviewFact& fact, const ItemState& after);
  void AfterGold(const Asking& asking, const ItemState& state, const ReviewPolicy& policy);

  // On any thread.
  Result<KinBatch> ReadKin(const Withdrawn& withdrawn, std::int64_t above);
  boost::asio::awaitable<Status> WithholdKin(const Asking& asking, const Withdrawn& withdrawn,
                                             const std::string& reason, std::int64_t& above);
  boost::asio::awaitable<Status> ReleaseKin(const Asking& asking, const Withdrawn& withdrawn, const std::string& key,
                                            const EndQuarantineAct& act);
  boost::asio::awaitable<Result<ItemView>> Withhold(const Asking& asking, const std::string& item,
                                                    const std::string& key, const QuarantineAct& act);
  boost::asio::awaitable<Result<ItemView>> EndWithholding(const Asking& asking, const std::string& item,
                                                          const std::string& key, const EndQuarantineAct& act);
  // What an export is of: the items as they stood at that time.
  struct Standing {
    Time at{};
    std::set<std::string> gold_sources = {};  // items whose decision is a known answer
    std::set<std::string> blind = {};         // of calibrations in which who asks is to judge, and what these copy
  };
  boost::asio::awaitable<Result<Standing>> StandsNow(const Asking& asking);
  std::function<bool(const ItemState&)> WithheldFrom(const Asking& asking, const Standing& standing, bool is_blind);
  Result<Page<ItemSummary>> ListStored(const Asking& asking, const ItemFilter& filter, const PageRequest& page,
                                       const std::set<std::string, std::less<>>& hidden);
  Result<ExportPlan> PlanExport(const Asking& asking, const ExportArguments& arguments);
  Result<std::unique_ptr<ExportRun>> BeginExport(const Asking& asking, const ExportArguments& arguments,
                                                 ExportPlan plan, const Standing& standing);
  KeptExport KeptBefore(const Asking& asking, const ExportArguments& arguments, const ExportPlan& plan,
                        Time as_of) const;
  boost::asio::awaitable<Result<ExportManifest>> GoThrough(ExportRun& run,
                                                           const std::function<void(std::string_view)>& take);
  boost::asio::awaitable<Result<std::string>> ApprovedTextFor(const Asking& asking, const ExportArguments& arguments,
                                                              const Standing& standing);
  PersonNaming Pseudonyms() const;
  // Ids of items that an export's selection takes.
  Result<Page<std::string>> ItemsOf(const Asking& asking, const KeptExport& kept, const Standing& standing,
                                    const PageRequest& page);
  Status AddUses(const Asking& asking, ItemLineage& lineage);
  boost::asio::awaitable<Result<Lineage>> LineageOfExport(const Asking& asking, const std::string& id,
                                                          const Standing& standing, const PageRequest& page);
  Status AddActions(const Asking& asking, const std::vector<CalibrationSession>& calibrations,
                    const std::string& rubric, AuditReport& report);
  boost::asio::awaitable<Result<std::string>> PredictLabels(const Asking& asking, const ReviewPolicy& policy,
                                                            std::string_view body);
  Result<std::optional<ReviewSuggestion>> SuggestionForTask(const Asking& asking, const ReviewPolicy& policy,
                                                            const MlTask& task);
  Result<std::shared_ptr<ImportSession>> BeginImport(const Asking& asking, const ImportArguments& arguments);
  Result<ClarificationStatus> AddNote(const Asking& asking, const ClarificationStatus& open,
                                      const ClarificationNote& note);
  Result<std::vector<ClarificationStatus>> Clarifications(const Asking& asking, const std::string& rubric);
  Result<ItemView> ViewFor(const Asking& asking, const ItemState& state, std::span<const ReviewFact> facts);
  Result<ItemView> ViewWith(const std::optional<ItemContent>& content, const Asking& asking, const ItemState& state,
                            std::span<const ReviewFact> facts);
  std::shared_ptr<const std::vector<Reviewer>> Roster() const { return context_.reviewers(); }
  boost::asio::awaitable<void> Watch();
  boost::asio::awaitable<Status> OfferRuns();
  boost::asio::awaitable<Status> OfferTo(Offer offer);
  bool is_stopping() const { return stop_.version() > 0; }

  const ReviewsContext context_;
  const PluginKinds kinds_;
  ReviewStore store_;
  ReviewPolicies policies_;
  PeopleRecords people_;
  ReviewBooks books_;
  ReviewDesk desk_;
  NextItems next_;
  std::set<std::string> projects_;  // whose books are open
  std::map<std::pair<std::string, std::string>, std::deque<Time>>
      done_;  // by project and queue: decisions, newest first
  std::shared_ptr<const std::vector<Reviewer>> swept_roster_;
  std::string swept_catalog_;
  Time swept_at_{};
  std::atomic<bool> is_sweeping_ = false;
  std::string sweeping_after_;  // the last item that was looked at
  int swept_ = 0;               // items that were escalated
  Time shown_at_{};
  std::set<std::pair<RunKey, std::string>> offered_;  // runs and queues; of Watch only
  std::map<RunKey, std::string> suites_;              // of complete runs; likewise

  std::atomic<int> exports_under_way_ = 0;
  ImportSessions imports_;
  KeptReports reports_;

  ChangeSignal stop_;
  std::mutex mutex_;
  std::condition_variable idle_;
  bool is_driving_ = false;  // guarded by mutex_
};

}  // namespace assay
