// Review data that leaves a daemon and comes into one.

#include <gmock/gmock.h>

#include <set>

#include "core/digest.h"
#include "daemon/reviews/kept_exports.h"
#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What came of an export: its bytes, or why it was refused.
struct TakenFile {
  std::string bytes = {};
  std::optional<KeptExport> ended = {};
  std::string refusal = {};
};

std::string RefusalOf(const Error& error) { return std::string(Name(error.code)) + ": " + error.message; }

class ReviewFiles : public ReviewDeskTest {
 protected:
  // Two items, of which ann and bob have judged the first, with 4 and 5: it is done.
  std::vector<std::string> JudgedItems() {
    RunSuite();
    AwaitItems(2);
    const auto items = Ask(reviews_->ListItems(As("lea"), {}, {}));
    std::vector<std::string> ids;
    for (const ItemSummary& item : items->items) ids.insert(ids.begin(), item.id);
    Judges("ann", ids[0], 4);
    Judges("bob", ids[0], 5);
    clock_.Add(minutes(11));
    return ids;
  }

  TakenFile Takes(const std::string& person, const ExportArguments& arguments) {
    auto parts = Ask(reviews_->ExportReviews(As(person), arguments));
    if (!parts) return {.refusal = RefusalOf(parts.error())};
    return Rest(**parts);
  }
  TakenFile Rest(ExportParts& parts) {
    TakenFile file;
    for (;;) {
      auto part = Ask(parts.Next());
      if (!part) return {.bytes = file.bytes, .refusal = RefusalOf(part.error())};
      if (!*part) return file;
      file.bytes += (*part)->bytes;
      if ((*part)->ended) file.ended = (*part)->ended;
    }
  }
  std::vector<KeptExport> Kept() { return Ask(reviews_->ListExports(As("lea"))).value_or(std::vector<KeptExport>{}); }
  std::string Approves(const ExportArguments& arguments) {
    const auto preview = Ask(reviews_->PreviewExport(As("lea"), arguments));
    EXPECT_TRUE(preview) << preview.error().message;
    const auto change = Ask(reviews_->ProposeChange(As("lea"), ReviewChange::kTrainingExport, "for training",
                                                    preview->approval_diff, "a test"));
    EXPECT_TRUE(change) << change.error().message;
    for (const std::string person : {"ann", "max"}) {
      const auto answered =
          Ask(reviews_->AnswerChange(As(person), change->request.id, true, change->request.diff_hash, ""));
      EXPECT_TRUE(answered) << answered.error().message;
    }
    return change->request.id;
  }
};

TEST_P(ReviewFiles, AnExportHasEveryJudgementAndIsKnownByItsHashes) {
  const std::vector<std::string> items = JudgedItems();
  const TakenFile file = Takes("lea", {.format = "native"});
  ASSERT_EQ(file.refusal, "");
  ASSERT_TRUE(file.ended);
  const ExportManifest& manifest = file.ended->manifest;
  EXPECT_EQ(manifest.records, 2);
  EXPECT_EQ(manifest.judgements, 2);
  EXPECT_EQ(manifest.decisions, 1);
  EXPECT_EQ(manifest.rows, 5) << "two items, two judgements, a decision";
  EXPECT_EQ(manifest.bytes, static_cast<std::int64_t>(file.bytes.size()));
  EXPECT_EQ(manifest.sha256, Sha256Hex(file.bytes));
  EXPECT_EQ(file.ended->manifest_sha256, Sha256Hex(file.ended->manifest_text));
  EXPECT_EQ(manifest.exported_by, "lea");
  EXPECT_EQ(manifest.file, manifest.id + ".jsonl");
  EXPECT_THAT(file.bytes, HasSubstr(items[0]));
  EXPECT_THAT(file.bytes, HasSubstr("\"model\":\"m\"")) << "whose responses these are travels";
  EXPECT_THAT(file.bytes, Not(HasSubstr("ann"))) << "persons are pseudonyms";
}

TEST_P(ReviewFiles, NamesOfPersonsTravelWhereTheyAreAskedFor) {
  JudgedItems();
  const TakenFile file = Takes("lea", {.format = "native", .with_names = true});
  EXPECT_THAT(file.bytes, HasSubstr("\"person\":\"ann\""));
  ASSERT_EQ(Kept().size(), 1u);
  EXPECT_TRUE(Kept()[0].with_names);
}

TEST_P(ReviewFiles, EveryFormatIsWrittenAndKept) {
  JudgedItems();
  std::set<std::string> written;
  for (const ExchangeFormat& format : ExchangeFormats()) {
    const TakenFile file = Takes(
        "lea", {.format = std::string(format.name), .selection = {.queues = {"q"}}, .leaves_out_gate_cases = true});
    EXPECT_EQ(file.refusal, "") << format.name;
    ASSERT_TRUE(file.ended) << format.name;
    EXPECT_EQ(file.ended->manifest.sha256, Sha256Hex(file.bytes)) << format.name;
    written.insert(std::string(format.name));
  }
  std::set<std::string> kept;
  for (const KeptExport& each : Kept()) {
    kept.insert(each.manifest.format);
    EXPECT_TRUE(each.is_complete);
    EXPECT_EQ(Sha256Hex(each.manifest_text), each.manifest_sha256);
  }
  EXPECT_EQ(kept, written);
}

TEST_P(ReviewFiles, AnExportIsKeptBeforeItsFirstByteAndStaysIncompleteWhenNobodyTakesTheRest) {
  JudgedItems();
  {
    auto parts = Ask(reviews_->ExportReviews(As("lea"), {.format = "native"}));
    ASSERT_TRUE(parts) << parts.error().message;
    ASSERT_EQ(Kept().size(), 1u);
    const auto first = Ask((*parts)->Next());
    ASSERT_TRUE(first && *first);
    EXPECT_FALSE((*first)->bytes.empty());
  }
  ASSERT_EQ(Kept().size(), 1u);
  EXPECT_FALSE(Kept()[0].is_complete);
  EXPECT_EQ(Kept()[0].manifest.exported_by, "lea");
  EXPECT_EQ(Kept()[0].manifest_text, "");
}

TEST_P(ReviewFiles, BothPassesSeeWhatWasThereWhenTheExportBegan) {
  const std::vector<std::string> items = JudgedItems();
  const TakenFile before = Takes("lea", {.format = "judgements_csv"});
  auto parts = Ask(reviews_->ExportReviews(As("lea"), {.format = "judgements_csv"}));
  ASSERT_TRUE(parts) << parts.error().message;
  clock_.Add(minutes(1));
  Judges("ann", items[1], 2);
  const TakenFile during = Rest(**parts);
  EXPECT_EQ(during.refusal, "");
  EXPECT_EQ(during.bytes, before.bytes);
  const TakenFile after = Takes("lea", {.format = "judgements_csv"});
  EXPECT_EQ(after.ended->manifest.judgements, before.ended->manifest.judgements + 1);
}

TEST_P(ReviewFiles, WhatIsQuarantinedWhileItIsExportedDoesNotLeave) {
  const std::vector<std::string> items = JudgedItems();
  auto parts = Ask(reviews_->ExportReviews(As("lea"), {.format = "native"}));
  ASSERT_TRUE(parts) << parts.error().message;
  clock_.Add(minutes(1));
  Acts("ann", items[0], QuarantineAct{.reason = "an address"}, "k");
  const TakenFile file = Rest(**parts);
  ASSERT_TRUE(file.ended) << file.refusal;
  EXPECT_EQ(file.ended->manifest.excluded.at("quarantined"), 1);
  EXPECT_THAT(file.bytes, Not(HasSubstr(items[0])));
  EXPECT_THAT(file.bytes, HasSubstr(items[1]));
}

TEST_P(ReviewFiles, WhoMayNotExportIsToldWhatIsMissing) {
  JudgedItems();
  const std::string kRoles =
      "permission_denied: \"ann\" may not export: it needs one of the roles lead, ml_lead and manager";
  EXPECT_EQ(Takes("ann", {.format = "native"}).refusal, kRoles);
  EXPECT_EQ(RefusalOf(Ask(reviews_->PreviewExport(As("ann"), {.format = "native"})).error()), kRoles);
  EXPECT_EQ(RefusalOf(Ask(reviews_->ListExports(As("ann"))).error()), kRoles);
  EXPECT_THAT(Takes("local", {.format = "native"}).refusal, HasSubstr("permission_denied"));
  EXPECT_EQ(Takes("lea", {.format = "native", .selection = {.data_classes = {"phi"}}}).refusal,
            "permission_denied: \"lea\" is not cleared for data of the class \"phi\"");
  EXPECT_EQ(Takes("lea", {.format = "label_studio"}).refusal,
            "invalid_argument: label_studio is about the rubric of one queue: name exactly one queue");
  EXPECT_THAT(Takes("lea", {.format = "xml"}).refusal,
              HasSubstr("invalid_argument: format: there is none \"xml\"; known are native, label_studio,"));
  EXPECT_THAT(Kept(), IsEmpty()) << "what was refused is no export";
}

TEST_P(ReviewFiles, CasesOfAGateLeaveForTrainingWithAnApprovalOfThisExportOnly) {
  JudgedItems();
  ExportArguments training{.format = "trl_kto", .selection = {.queues = {"q"}}};
  const std::string refusal = Takes("lea", training).refusal;
  EXPECT_THAT(refusal, HasSubstr("permission_denied: case \"a\" of suite \"s\" is used by gate \"both\""));
  EXPECT_THAT(refusal, HasSubstr("assay review export --propose REASON"));

  ExportArguments without = training;
  without.leaves_out_gate_cases = true;
  const TakenFile left_out = Takes("lea", without);
  ASSERT_TRUE(left_out.ended) << left_out.refusal;
  EXPECT_EQ(left_out.bytes, "");
  EXPECT_EQ(left_out.ended->manifest.excluded.at("gate_case"), 2);

  const std::string approval = Approves(training);
  training.approval = approval;
  const TakenFile approved = Takes("lea", training);
  ASSERT_TRUE(approved.ended) << approved.refusal;
  EXPECT_THAT(approved.bytes, HasSubstr("\"label\":true"));
  EXPECT_EQ(approved.ended->manifest.approval, approval);
  training.selection.queues.clear();
  training.selection.suites = {"s"};
  EXPECT_THAT(Takes("lea", training).refusal, HasSubstr("invalid_argument"));
  training.selection.queues = {"q"};
  EXPECT_THAT(Takes("lea", training).refusal, HasSubstr("is of another export: format or selection differ"));
  training.approval = "no-such";
  EXPECT_THAT(Takes("lea", training).refusal, HasSubstr("not_found"));
}

TEST_P(ReviewFiles, APreviewHasTheCountsOfTheExportAndIsNotKept) {
  JudgedItems();
  const ExportArguments arguments{.format = "label_studio", .selection = {.queues = {"q"}}};
  const auto preview = Ask(reviews_->PreviewExport(As("lea"), arguments));
  ASSERT_TRUE(preview) << preview.error().message;
  EXPECT_THAT(Kept(), IsEmpty());
  const TakenFile file = Takes("lea", arguments);
  ASSERT_TRUE(file.ended) << file.refusal;
  EXPECT_EQ(preview->preview.manifest.sha256, file.ended->manifest.sha256);
  EXPECT_EQ(preview->preview.manifest.records, 2);
  EXPECT_THAT(file.bytes, HasSubstr(preview->preview.head));
  EXPECT_THAT(preview->label_config, HasSubstr("name=\"quality\""));
  EXPECT_EQ(preview->approval_diff, "");
}

TEST_P(ReviewFiles, NoMoreThanFourExportsAreUnderWay) {
  JudgedItems();
  std::vector<std::unique_ptr<ExportParts>> held;
  for (int i = 0; i < 4; ++i) {
    auto parts = Ask(reviews_->ExportReviews(As("lea"), {.format = "native"}));
    ASSERT_TRUE(parts) << parts.error().message;
    held.push_back(*std::move(parts));
  }
  EXPECT_THAT(Takes("lea", {.format = "native"}).refusal, HasSubstr("resource_exhausted: 4 exports are under way"));
  held.pop_back();
  EXPECT_EQ(Takes("lea", {.format = "native"}).refusal, "");
}

INSTANTIATE_TEST_SUITE_P(, ReviewFiles, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
