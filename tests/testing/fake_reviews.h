#pragma once
// Human review as the transports see it, with answers that are empty: what tests of them need is that each call
// arrives.

#include <boost/asio/awaitable.hpp>

#include "daemon/reviews/artefacts.h"
#include "daemon/reviews/datasets.h"
#include "daemon/reviews/program.h"
#include "daemon/reviews/review_interchange.h"
#include "daemon/reviews/review_operations.h"

namespace assay::testing {

// A file of two pieces.
class FakeExport final : public ExportParts {
 public:
  boost::asio::awaitable<Result<std::optional<ExportPart>>> Next() override {
    ++parts_;
    if (parts_ > 3) co_return std::nullopt;
    if (parts_ < 3) co_return ExportPart{.bytes = "piece " + std::to_string(parts_)};
    co_return ExportPart{.ended = KeptExport{.manifest_text = "{}", .is_complete = true}};
  }

 private:
  int parts_ = 0;
};

class FakeReviews final : public ReviewOperations,
                          public ReviewGovernance,
                          public ReviewInterchange,
                          public ReviewProgramOperations,
                          public ReviewArtefacts,
                          public DatasetOperations {
 public:
  boost::asio::awaitable<Result<std::vector<DatasetVersion>>> ListVersions(const Caller& caller, std::string_view, int,
                                                                           int most_ids) override {
    RunRecord first;
    first.id = "run-2";
    first.principal = caller.principal;
    co_return std::vector<DatasetVersion>{{.digest = "sha256:2",
                                           .cases = 3,
                                           .first_run = std::move(first),
                                           .runs = 2,
                                           .suite_versions = {"sha256:s"},
                                           .has_cases = true,
                                           .changes = CaseDifference{.added = most_ids, .added_ids = {"c"}},
                                           .notes = {{.by = caller.principal, .reason = "fees"}},
                                           .exports = {{.id = "e", .format = "native"}}}};
  }
  boost::asio::awaitable<Result<DatasetNote>> Note(const Caller& caller, std::string_view,
                                                   const DatasetNoteArguments& note) override {
    co_return DatasetNote{.by = caller.principal, .reason = note.reason, .expected_impact = note.expected_impact};
  }
  boost::asio::awaitable<Result<ArtefactText>> GetCalibrationPack(const Caller&,
                                                                  const CalibrationPackArguments&) override {
    co_return ArtefactText{.markdown = "# Calibration\n", .document = "{}\n"};
  }
  boost::asio::awaitable<Result<ArtefactText>> GetAuditReport(const Caller&, const AuditReportArguments&) override {
    co_return ArtefactText{.markdown = "# Audits\n", .document = "{}\n"};
  }
  boost::asio::awaitable<Result<GoldSets>> DeclareGoldSet(const Caller& caller,
                                                          const GoldSetArguments& arguments) override {
    co_return GoldSets{.versions = {{.queue = arguments.queue, .intent = arguments.intent, .by = caller.principal}}};
  }
  boost::asio::awaitable<Result<GoldSets>> ListGoldSets(const Caller&, std::string_view) override {
    co_return GoldSets{};
  }
  boost::asio::awaitable<Result<std::unique_ptr<ExportParts>>> ExportReviews(const Caller&,
                                                                             const ExportArguments&) override {
    co_return std::make_unique<FakeExport>();
  }
  boost::asio::awaitable<Result<ProgramRecord>> AddProgramRecord(const Caller& caller, std::string_view,
                                                                 const ProgramBody& body) override {
    co_return ProgramRecord{.id = "record", .by = caller.principal, .body = body};
  }
  boost::asio::awaitable<Result<std::vector<ProgramRecord>>> ListProgramRecords(const Caller&,
                                                                                std::optional<ProgramRecordKind>,
                                                                                int) override {
    co_return std::vector<ProgramRecord>{};
  }
  boost::asio::awaitable<Result<ProgramReport>> GetProgramReport(const Caller&, std::optional<Time>,
                                                                 std::optional<Time>) override {
    co_return ProgramReport{};
  }
  boost::asio::awaitable<Result<PreviewedExport>> PreviewExport(const Caller&, const ExportArguments&) override {
    co_return PreviewedExport{};
  }
  boost::asio::awaitable<Result<ImportProgress>> ImportReviews(const Caller&, const ImportPiece&) override {
    co_return ImportProgress{};
  }
  boost::asio::awaitable<Result<std::string>> AnswerLabelStudio(const Caller& caller, std::string_view queue,
                                                                LabelStudioCall call, std::string_view body) override {
    co_return Json::Of({{"by", caller.principal}, {"queue", queue}, {"call", WordOf(call)}, {"body", body}}).Dump();
  }
  boost::asio::awaitable<Result<std::vector<KeptExport>>> ListExports(const Caller&) override {
    co_return std::vector<KeptExport>{};
  }
  boost::asio::awaitable<Result<Lineage>> GetLineage(const Caller&, std::string_view id, const PageRequest&) override {
    co_return Lineage{.judgement = std::string(id)};
  }
  boost::asio::awaitable<Result<MyWork>> GetMyWork(const Caller&) override { co_return MyWork{}; }
  boost::asio::awaitable<Result<ClaimedItem>> ClaimItem(const Caller&, const ClaimArguments&) override {
    co_return ClaimedItem{};
  }
  boost::asio::awaitable<Result<ReviewDraft>> SaveDraft(const Caller&, std::string_view, std::int64_t,
                                                        std::string_view) override {
    co_return ReviewDraft{};
  }
  boost::asio::awaitable<Result<ItemView>> Act(const Caller&, std::string_view, std::string_view,
                                               const ItemCommand&) override {
    co_return ItemView{};
  }
  boost::asio::awaitable<Result<ItemView>> GetItem(const Caller&, std::string_view) override { co_return ItemView{}; }
  boost::asio::awaitable<Result<Page<ItemSummary>>> ListItems(const Caller&, const ItemFilter&,
                                                              const PageRequest&) override {
    co_return Page<ItemSummary>{};
  }
  boost::asio::awaitable<Result<Page<ItemView>>> ListItemViews(const Caller&, const ItemFilter&,
                                                               const PageRequest&) override {
    co_return Page<ItemView>{};
  }
  boost::asio::awaitable<Result<std::vector<QueueStatus>>> ListQueues(const Caller&) override {
    co_return std::vector<QueueStatus>{};
  }
  boost::asio::awaitable<Result<QueueReport>> GetQueueReport(const Caller&, std::string_view, std::optional<Time>,
                                                             std::optional<Time>) override {
    co_return QueueReport{};
  }
  boost::asio::awaitable<Result<std::vector<Reviewer>>> ListReviewers(const Caller&) override {
    co_return std::vector<Reviewer>{};
  }
  boost::asio::awaitable<Result<Reviewer>> EndPause(const Caller&, std::string_view, std::string_view,
                                                    std::string_view) override {
    co_return Reviewer{};
  }
  boost::asio::awaitable<Result<std::vector<KeptRubric>>> ListRubricVersions(const Caller&, std::string_view) override {
    co_return std::vector<KeptRubric>{};
  }
  boost::asio::awaitable<Result<Time>> AcknowledgeRubric(const Caller&, std::string_view, std::string_view) override {
    co_return Time{};
  }
  boost::asio::awaitable<Result<std::vector<ClarificationStatus>>> ListClarifications(const Caller&,
                                                                                      std::string_view) override {
    co_return std::vector<ClarificationStatus>{};
  }
  boost::asio::awaitable<Result<ClarificationStatus>> OpenClarification(const Caller&, std::string_view,
                                                                        std::string_view, std::string_view) override {
    co_return ClarificationStatus{};
  }
  boost::asio::awaitable<Result<ClarificationStatus>> CloseClarification(const Caller&, std::string_view, bool,
                                                                         std::string_view) override {
    co_return ClarificationStatus{};
  }
  boost::asio::awaitable<Result<ChangeStatus>> ProposeChange(const Caller&, ReviewChange, std::string_view,
                                                             std::string_view, std::string_view) override {
    co_return ChangeStatus{};
  }
  boost::asio::awaitable<Result<ChangeStatus>> AnswerChange(const Caller&, std::string_view, bool, std::string_view,
                                                            std::string_view) override {
    co_return ChangeStatus{};
  }
  boost::asio::awaitable<Result<ChangeStatus>> GetChange(const Caller&, std::string_view) override {
    co_return ChangeStatus{};
  }
  boost::asio::awaitable<Result<std::vector<ChangeStatus>>> ListChanges(const Caller&,
                                                                        std::optional<ApprovalState>) override {
    co_return std::vector<ChangeStatus>{};
  }
  boost::asio::awaitable<Result<GoldStatus>> AddGold(const Caller&, const GoldArguments&) override {
    co_return GoldStatus{};
  }
  boost::asio::awaitable<Result<GoldStatus>> RetireGold(const Caller&, std::string_view, std::string_view) override {
    co_return GoldStatus{};
  }
  boost::asio::awaitable<Result<std::vector<GoldStatus>>> ListGold(const Caller&, std::string_view) override {
    co_return std::vector<GoldStatus>{};
  }
  boost::asio::awaitable<Result<CalibrationStatus>> OpenCalibration(const Caller&, std::string_view,
                                                                    const std::vector<std::string>&,
                                                                    const std::vector<std::string>&) override {
    co_return CalibrationStatus{};
  }
  boost::asio::awaitable<Result<CalibrationStatus>> RevealCalibration(const Caller&, std::string_view) override {
    co_return CalibrationStatus{};
  }
  boost::asio::awaitable<Result<CalibrationStatus>> RuleOnCalibration(const Caller&, std::string_view,
                                                                      const CalibrationRuling&) override {
    co_return CalibrationStatus{};
  }
  boost::asio::awaitable<Result<CalibrationStatus>> CloseCalibration(const Caller&, std::string_view) override {
    co_return CalibrationStatus{};
  }
  boost::asio::awaitable<Result<CalibrationStatus>> GetCalibration(const Caller&, std::string_view) override {
    co_return CalibrationStatus{};
  }
  boost::asio::awaitable<Result<std::vector<CalibrationStatus>>> ListCalibrations(const Caller&) override {
    co_return std::vector<CalibrationStatus>{};
  }
};

}  // namespace assay::testing
