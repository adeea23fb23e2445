// Review data that leaves a daemon and comes into one.

#include <gmock/gmock.h>

#include <set>

#include "core/digest.h"
#include "daemon/reviews/kept_exports.h"
#include "tests/daemon/reviews/review_files.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

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

TEST_P(ReviewFiles, WhoHasQueuesOfTheirOwnMovesDataOfTheseOnly) {
  Stop();
  auto people = std::make_shared<std::vector<Reviewer>>(*people_);
  people->push_back({.id = "own", .roles = {ReviewRole::kLead}, .queues = {"other"}});
  SetPeople(*people);
  Start();
  const std::string kNotTheirs = "permission_denied: queue \"q\" is none of those of \"own\"";
  EXPECT_EQ(Takes("own", {.format = "native", .selection = {.queues = {"q"}}}).refusal, kNotTheirs);
  EXPECT_THAT(Takes("own", {.format = "native"}).refusal, HasSubstr("name the queues to export among them"));
  const ImportPiece piece{.arguments = {.format = "native", .queue = "q"}, .is_last = true};
  EXPECT_EQ(RefusalOf(Ask(reviews_->ImportReviews(As("own"), piece)).error()), kNotTheirs);
  EXPECT_EQ(RefusalOf(Ask(reviews_->AnswerLabelStudio(As("own"), "q", LabelStudioCall::kHealth, "")).error()),
            kNotTheirs);
  EXPECT_EQ(Ask(reviews_->AnswerLabelStudio(As("lea"), "q", LabelStudioCall::kHealth, "")),
            R"({"status":"UP","model_class":"Assay"})");
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

TEST_P(ReviewFiles, APreviewHasTheCountsOfTheExportAndItIsKeptWhoLooked) {
  JudgedItems();
  const ExportArguments arguments{.format = "label_studio", .selection = {.queues = {"q"}}};
  const auto preview = Ask(reviews_->PreviewExport(As("lea"), arguments));
  ASSERT_TRUE(preview) << preview.error().message;
  ASSERT_EQ(Kept().size(), 1u);
  EXPECT_TRUE(Kept()[0].is_preview);
  EXPECT_TRUE(Kept()[0].is_complete);
  EXPECT_EQ(Kept()[0].manifest.exported_by, "lea");
  EXPECT_EQ(Kept()[0].manifest.sha256, preview->preview.manifest.sha256);
  const TakenFile file = Takes("lea", arguments);
  ASSERT_TRUE(file.ended) << file.refusal;
  EXPECT_EQ(preview->preview.manifest.sha256, file.ended->manifest.sha256);
  EXPECT_EQ(preview->preview.manifest.records, 2);
  EXPECT_THAT(file.bytes, HasSubstr(preview->preview.head));
  EXPECT_THAT(preview->label_config, HasSubstr("name=\"quality\""));
  EXPECT_EQ(preview->approval_diff, "");
  ASSERT_EQ(Kept().size(), 2u);
  EXPECT_FALSE(Kept()[0].is_preview) << "newest first";
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

// --- Files that come in ---

TEST_P(ReviewFiles, ExportThenImportElsewhereThenExportIsTheIdentity) {
  const std::vector<std::string> items = JudgedItems();
  Judges("ann", items[1], 1);
  const TakenFile native = Takes("lea", {.format = "native"});
  const TakenFile label_studio = Takes("lea", {.format = "label_studio", .selection = {.queues = {"q"}}});
  const TakenFile table = Takes("lea", {.format = "judgements_csv"});
  ASSERT_EQ(native.refusal + label_studio.refusal + table.refusal, "");

  GoElsewhere();
  const auto first = Brings("lea", native.bytes, {.format = "native", .queue = "q"});
  EXPECT_EQ(CountsOf(first), "2 items: 2 new, 0 changed, 0 unchanged; 3 judgements new, 0 refused") << RowsOf(first);
  EXPECT_EQ(Takes("lea", {.format = "native"}).bytes, native.bytes);
  EXPECT_EQ(Takes("lea", {.format = "label_studio", .selection = {.queues = {"q"}}}).bytes, label_studio.bytes);
  EXPECT_EQ(Takes("lea", {.format = "judgements_csv"}).bytes, table.bytes);

  const auto again = Brings("lea", native.bytes, {.format = "native", .queue = "q"}, 1 << 20);
  EXPECT_EQ(CountsOf(again), "2 items: 0 new, 0 changed, 2 unchanged; 0 judgements new, 0 refused");
  const auto as_tasks = Brings("lea", label_studio.bytes, {.format = "label_studio", .queue = "q"});
  EXPECT_EQ(CountsOf(as_tasks), "2 items: 0 new, 0 changed, 2 unchanged; 0 judgements new, 0 refused")
      << RowsOf(as_tasks);
  Start();
  EXPECT_EQ(Takes("lea", {.format = "native"}).bytes, native.bytes) << "after a restart too";
  EXPECT_EQ(View("lea", items[0]).item.state, ReviewState::kDone);
}

TEST_P(ReviewFiles, NobodyGoesOnWithAnItemOfElsewhereButItMayBeWithheld) {
  const std::vector<std::string> items = JudgedItems();
  const TakenFile native = Takes("lea", {.format = "native"});
  GoElsewhere();
  ASSERT_TRUE(Brings("lea", native.bytes, {.format = "native", .queue = "q"}));
  AwaitItems(0);
  const ClaimArguments claim{.item = items[1]};
  EXPECT_THAT(RefusalOf(Ask(reviews_->ClaimItem(As("bob"), claim)).error()),
              HasSubstr("nothing is to be done with it now"));
  Acts("ann", items[0], QuarantineAct{.reason = "an address"}, "k");
  EXPECT_EQ(StateOf(items[0]), "quarantined");
  EXPECT_EQ(Takes("lea", {.format = "native"}).ended->manifest.excluded.at("quarantined"), 1);
  const auto again = Brings("lea", native.bytes, {.format = "native", .queue = "q"});
  EXPECT_EQ(StateOf(items[0]), "quarantined") << "a file brings nothing back: " << RowsOf(again);
}

TEST_P(ReviewFiles, AnItemOfElsewhereGrowsWithALaterExportAndNeverShrinks) {
  const std::vector<std::string> items = JudgedItems();
  const TakenFile earlier = Takes("lea", {.format = "native"});
  Judges("ann", items[1], 1);
  const TakenFile later = Takes("lea", {.format = "native"});
  GoElsewhere();
  ASSERT_TRUE(Brings("lea", earlier.bytes, {.format = "native", .queue = "q"}));
  EXPECT_EQ(CountsOf(Brings("lea", later.bytes, {.format = "native", .queue = "q"})),
            "2 items: 0 new, 1 changed, 1 unchanged; 1 judgements new, 0 refused");
  EXPECT_EQ(Takes("lea", {.format = "native"}).bytes, later.bytes);
  const auto back = Brings("lea", earlier.bytes, {.format = "native", .queue = "q"});
  EXPECT_THAT(RowsOf(back), HasSubstr("lacks judgements that are here, and nothing that was said is taken back"));
  EXPECT_EQ(Takes("lea", {.format = "native"}).bytes, later.bytes);
}

TEST_P(ReviewFiles, LabelsOfLabelStudioCountAndWhoBringsThemInHasJudged) {
  // A third who may adjudicate, so that one of them is not needed.
  auto people = std::make_shared<std::vector<Reviewer>>(*people_);
  people->push_back({.id = "imo", .roles = {ReviewRole::kLead, ReviewRole::kAdjudicator, ReviewRole::kAuditor}});
  RunSuite();
  AwaitItems(2);
  const std::string item = Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id;
  const TakenFile tasks =
      Takes("lea", {.format = "label_studio", .selection = {.queues = {"q"}}, .for_labelling = true});
  ASSERT_EQ(tasks.refusal, "");
  EXPECT_THAT(tasks.bytes, Not(HasSubstr("\"m\""))) << "a labeller is not told whose responses these are";
  const ImportArguments how{.format = "label_studio", .queue = "q"};
  ImportArguments dry = how;
  dry.is_dry_run = true;
  const std::string zoe = Labelled(tasks.bytes, item, "zoe", 1);
  EXPECT_THAT(RowsOf(Brings("lea", zoe, how)), HasSubstr("\"lea\" is kept free to adjudicate or audit the item"));
  Stop();
  SetPeople(*people);
  Start();
  EXPECT_EQ(CountsOf(Brings("lea", zoe, dry)), "1 items: 0 new, 1 changed, 0 unchanged; 1 judgements new, 0 refused");
  EXPECT_EQ(StateOf(item), "queued") << "a dry run changes nothing";

  const auto first = Brings("lea", zoe, how);
  EXPECT_EQ(CountsOf(first), "1 items: 0 new, 1 changed, 0 unchanged; 1 judgements new, 0 refused") << RowsOf(first);
  EXPECT_EQ(StateOf(item), "partial");
  EXPECT_EQ(CountsOf(Brings("lea", zoe, how)), "1 items: 0 new, 0 changed, 1 unchanged; 0 judgements new, 0 refused");
  EXPECT_THAT(RowsOf(Brings("lea", Labelled(tasks.bytes, item, "zoe", 5), how)),
              HasSubstr("is here with another answer, and judgements are never changed"));
  EXPECT_EQ(CountsOf(Brings("lea", Labelled(tasks.bytes, item, "kim", 5), how)),
            "1 items: 0 new, 1 changed, 0 unchanged; 1 judgements new, 0 refused");
  Judges("ann", item, 3);
  EXPECT_EQ(StateOf(item), "adjudication") << "three people, who differ";
  const ClaimArguments claim{.item = item};
  EXPECT_THAT(RefusalOf(Ask(reviews_->ClaimItem(As("lea"), claim)).error()),
              HasSubstr("you have a part in what is to be looked at"));
  EXPECT_TRUE(Ask(reviews_->ClaimItem(As("max"), claim)));
  const ItemView view = View("max", item);
  std::vector<std::string> sources;
  for (const ShownJudgement& shown : view.judgements) sources.push_back(shown.judgement.content.source);
  EXPECT_THAT(sources, ::testing::UnorderedElementsAre("label_studio", "label_studio", "native"));
}

TEST_P(ReviewFiles, NobodyJudgesTwiceByWayOfAFile) {
  auto people = std::make_shared<std::vector<Reviewer>>(*people_);
  people->push_back({.id = "imo", .roles = {ReviewRole::kLead, ReviewRole::kAdjudicator, ReviewRole::kAuditor}});
  people->push_back({.id = "leo", .roles = {ReviewRole::kLead, ReviewRole::kReviewer}});
  SetPeople(*people);
  RunSuite();
  AwaitItems(2);
  const std::string item = Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id;
  const TakenFile tasks =
      Takes("lea", {.format = "label_studio", .selection = {.queues = {"q"}}, .for_labelling = true});
  const ImportArguments how{.format = "label_studio", .queue = "q"};
  Claims("ann", item);
  EXPECT_THAT(RowsOf(Brings("lea", Labelled(tasks.bytes, item, "ann", 5), how)),
              HasSubstr("\"ann\" has judged the item here, or has it: nobody judges twice, and who has judged brings "
                        "in no others"));
  Judges("ann", item, 1);
  EXPECT_THAT(RowsOf(Brings("lea", Labelled(tasks.bytes, item, "ann", 5), how)), Not(IsEmpty()));
  EXPECT_EQ(Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].judgements, 1);
  Judges("leo", item, 3);
  EXPECT_THAT(RowsOf(Brings("leo", Labelled(tasks.bytes, item, "kim", 5), how)), Not(IsEmpty()));
}

TEST_P(ReviewFiles, AFileSetsNoOtherTextInThePlaceOfOneThatIsHere) {
  const std::vector<std::string> items = JudgedItems();
  const TakenFile native = Takes("lea", {.format = "native"});
  GoElsewhere();
  ASSERT_TRUE(Brings("lea", native.bytes, {.format = "native", .queue = "q"}));
  std::string forged;
  for (std::size_t at = 0; at < native.bytes.size();) {
    const std::size_t end = native.bytes.find('\n', at) + 1;
    std::string line = native.bytes.substr(at, end - at);
    for (const std::string& id : items) {
      for (std::size_t found = line.find(id); found != std::string::npos; found = line.find(id, found + 1))
        line.replace(found, 8, "99999999");
    }
    const std::size_t text = line.find("\"yes\"");
    if (text != std::string::npos) line.replace(text, 5, "\"no!\"");
    forged += line;
    at = end;
  }
  ASSERT_NE(forged, native.bytes);
  EXPECT_THAT(RowsOf(Brings("lea", forged, {.format = "native", .queue = "q"})),
              HasSubstr("names another text by its content_hash"));
  EXPECT_EQ(Takes("lea", {.format = "native"}).bytes, native.bytes);
}

TEST_P(ReviewFiles, OwnFlatFilesOfLabelStudioAddNobodyTwice) {
  JudgedItems();
  for (const std::string format : {"label_studio_min", "label_studio_csv", "label_studio"}) {
    const TakenFile file = Takes("lea", {.format = format, .selection = {.queues = {"q"}}});
    ASSERT_EQ(file.refusal, "") << format;
    const auto back = Brings("lea", file.bytes, {.format = format, .queue = "q"});
    EXPECT_THAT(CountsOf(back), HasSubstr("0 judgements new, 0 refused")) << format << ": " << RowsOf(back);
  }
}

TEST_P(ReviewFiles, WhatIsRefusedIsNamedByLineAndTheRestComesIn) {
  const std::vector<std::string> items = JudgedItems();
  TakenFile native = Takes("lea", {.format = "native"});
  const std::string here = RowsOf(Brings("lea", native.bytes, {.format = "native", .queue = "q"}));
  EXPECT_EQ(here, "") << "known items, all of it is here";

  std::string of_our_run = native.bytes;
  for (std::size_t at = 0; (at = of_our_run.find(items[1], at)) != std::string::npos;)
    of_our_run.replace(at, items[1].size(), "01930000-0000-7000-8000-00000000000f");
  EXPECT_THAT(
      RowsOf(Brings("lea", of_our_run, {.format = "native", .queue = "q"})),
      ::testing::AllOf(HasSubstr("5 : is of run "), HasSubstr("which ran here: its items enter from the run only")));

  GoElsewhere();
  std::string broken = native.bytes;
  broken.insert(broken.find('\n') + 1, "{\"schema\":1}\n");
  const auto skipped = Brings("lea", broken, {.format = "native", .queue = "q"});
  EXPECT_EQ(CountsOf(skipped), "1 items: 1 new, 0 changed, 0 unchanged; 0 judgements new, 1 refused")
      << RowsOf(skipped);
  EXPECT_THAT(RowsOf(skipped), HasSubstr("2 body: is missing"));
  EXPECT_THAT(CountsOf(Brings("lea", native.bytes, {.format = "native", .queue = "q"})), HasSubstr("1 new"));
}

TEST_P(ReviewFiles, AnImportIsByLeadsPieceByPieceInOrder) {
  const ImportArguments how{.format = "native", .queue = "q"};
  EXPECT_EQ(CountsOf(Brings("ann", "", how)), "permission_denied: \"ann\" may not import: it needs the role lead");
  EXPECT_THAT(CountsOf(Brings("lea", "", {.format = "native", .queue = "none"})), HasSubstr("not_found"));
  EXPECT_EQ(CountsOf(Brings("lea", "", {.format = "items_csv", .queue = "q"})),
            "invalid_argument: format: items_csv is written only, and not read back");
  const auto begun = Ask(reviews_->ImportReviews(As("lea"), {.arguments = how, .bytes = "{"}));
  ASSERT_TRUE(begun) << begun.error().message;
  ImportPiece next{.import = begun->import, .offset = 5, .bytes = "}", .is_last = true};
  EXPECT_EQ(CountsOf(Ask(reviews_->ImportReviews(As("lea"), next))),
            "failed_precondition: import " + begun->import + " goes on with offset 1, not 5");
  next.offset = 1;
  EXPECT_THAT(CountsOf(Ask(reviews_->ImportReviews(As("max"), next))), HasSubstr("not_found")) << "another's";
  EXPECT_EQ(CountsOf(Ask(reviews_->ImportReviews(As("lea"), next))),
            "0 items: 0 new, 0 changed, 0 unchanged; 0 judgements new, 1 refused");
  EXPECT_THAT(CountsOf(Ask(reviews_->ImportReviews(As("lea"), next))), HasSubstr("not_found")) << "it is over";
  std::vector<std::string> held;
  for (int i = 0; i < 8; ++i)
    held.push_back(Ask(reviews_->ImportReviews(As("lea"), {.arguments = how, .bytes = "{"}))->import);
  EXPECT_THAT(CountsOf(Ask(reviews_->ImportReviews(As("lea"), {.arguments = how}))),
              HasSubstr("resource_exhausted: 8 imports are under way"));
  clock_.Add(minutes(11));
  EXPECT_TRUE(Ask(reviews_->ImportReviews(As("lea"), {.arguments = how, .is_last = true}))) << "those were left behind";
}

INSTANTIATE_TEST_SUITE_P(, ReviewFiles, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
