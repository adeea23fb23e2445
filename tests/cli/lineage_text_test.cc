#include "cli/lineage_text.h"

#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "assay/v1/review_interchange.pb.h"
#include "cli/lineage_pages.h"

namespace assay {
namespace {

constexpr std::int64_t kNoon = 1'796'040'000;  // 2026-11-30T12:00:00Z

v1::ItemLineage DecidedItem() {
  v1::ItemLineage lineage;
  v1::ReviewItem& item = *lineage.mutable_view()->mutable_item();
  item.set_id("i");
  item.set_queue("q");
  item.set_case_id("c");
  item.set_state(v1::ReviewState::DONE);
  item.set_rubric("r");
  item.set_rubric_version("1.0.0");
  item.set_provenance("production");
  item.mutable_entered_at()->set_seconds(kNoon);
  v1::ReviewJudgement& judgement = *lineage.mutable_view()->add_judgements();
  judgement.set_id("i/3");
  judgement.set_person("ann");
  judgement.set_role(v1::JudgementRole::LABEL);
  judgement.mutable_at()->set_seconds(kNoon + 60);
  judgement.mutable_content()->set_source("label_studio");
  v1::ReviewDecision& decision = *lineage.mutable_view()->add_decisions();
  decision.set_id("i/4");
  decision.set_method(v1::DecisionMethod::SINGLE);
  decision.set_rubric_version("1.0.0");
  decision.add_inputs("i/3");
  decision.set_is_active(true);
  decision.mutable_at()->set_seconds(kNoon + 60);
  return lineage;
}

TEST(LineageText, GoesFromTheRunToWhatRestsOnTheItemAndWhatHappenedSince) {
  v1::GetLineageResponse response;
  response.set_judgement("i/3");
  v1::ItemLineage& lineage = *response.add_items();
  lineage = DecidedItem();
  v1::LineageRun& run = *lineage.mutable_run();
  run.set_id("run");
  run.set_suite("s");
  run.set_suite_version("sha256:1");
  run.set_dataset_version("sha256:2");
  run.set_model("m");
  run.set_model_version("1");
  run.set_model_content("sha256:3");
  run.mutable_created_at()->set_seconds(kNoon - 60);
  v1::LineageUse& use = *lineage.add_uses();
  use.set_what("export");
  use.set_id("e");
  use.set_name("trl_kto");
  use.set_by("lea");
  use.set_approval("a");
  use.mutable_at()->set_seconds(kNoon + 120);
  v1::ReviewEvent& event = *lineage.add_since();
  event.set_what("item_reopened");
  event.set_actor("lea");
  event.set_note("wrong");
  event.mutable_at()->set_seconds(kNoon + 180);
  EXPECT_EQ(LineageText(response),
            "item i  done\n"
            "  case        c\n"
            "  from        production\n"
            "  run         run, 2026-11-30T11:59:00Z\n"
            "  model       m@1  sha256:3\n"
            "  suite       s  sha256:1\n"
            "  dataset     sha256:2\n"
            "  queue       q, 2026-11-30T12:00:00Z\n"
            "  rubric      r 1.0.0\n"
            "  judgement*  i/3, label by ann, 2026-11-30T12:01:00Z, from label_studio\n"
            "  decision    i/4, single, 2026-11-30T12:01:00Z, under 1.0.0, of i/3\n"
            "  export      e, trl_kto, 2026-11-30T12:02:00Z, by lea, approved as a\n"
            "  since       2026-11-30T12:03:00Z  item reopened by lea: wrong\n");
}

TEST(LineageText, OfAnExportNamesItsHashesAndSaysWhenItDoesNotListAllOfIt) {
  v1::GetLineageResponse response;
  v1::Export& made = *response.mutable_export_();
  made.set_id("e");
  made.set_format("native");
  made.set_exported_by("lea");
  made.set_with_names(true);
  made.set_is_complete(true);
  made.set_records(2);
  made.set_sha256("f");
  made.set_manifest_sha256("m");
  made.mutable_exported_at()->set_seconds(kNoon);
  *response.add_items() = DecidedItem();
  response.set_has_more(true);
  EXPECT_EQ(LineageText(response),
            "export e  native\n"
            "  by          lea, with names, 2026-11-30T12:00:00Z\n"
            "  file        f\n"
            "  manifest    m\n"
            "  items       2\n"
            "\n"
            "item i  done\n"
            "  case        c\n"
            "  from        production\n"
            "  queue       q, 2026-11-30T12:00:00Z\n"
            "  rubric      r 1.0.0\n"
            "  judgement   i/3, label by ann, 2026-11-30T12:01:00Z, from label_studio\n"
            "  decision    i/4, single, 2026-11-30T12:01:00Z, under 1.0.0, of i/3\n"
            "\n"
            "more items than these\n");
}

TEST(LineageText, SaysWhatIsFoundAnewAndHowManyItemsAreNot) {
  v1::GetLineageResponse response;
  v1::Export& made = *response.mutable_export_();
  made.set_id("e");
  made.set_is_complete(true);
  made.set_records(3);
  *response.add_items() = DecidedItem();
  response.add_derived("items: those that its selection takes");
  const std::string text = LineageText(response);
  const std::string end =
      "\n1 of the 3 items that it took; the others are not yours to see, or are not found any more\n"
      "\nfound anew whenever it is asked for, and kept nowhere:\n  items: those that its selection takes\n";
  ASSERT_GT(text.size(), end.size());
  EXPECT_EQ(text.substr(text.size() - end.size()), end);
}

// A daemon with so many items of one export, of which it gives one page.
v1::GetLineageResponse PageOfLineage(const v1::GetLineageRequest& request, int items) {
  v1::GetLineageResponse response;
  response.mutable_export_()->set_id(request.id());
  const int first = request.page_token().empty() ? 0 : std::stoi(request.page_token());
  const int last = std::min(items, first + request.page_size());
  for (int i = first; i < last; ++i) response.add_items()->mutable_view()->mutable_item()->set_id(std::to_string(i));
  if (last < items) response.set_next_page_token(std::to_string(last));
  response.set_has_more(last < items);
  return response;
}

TEST(LineagePages, AreReadToTheLastItemOrToTheMostThatAreWanted) {
  int pages = 0;
  const LineageFetch fetch = [&](const v1::GetLineageRequest& request) {
    ++pages;
    EXPECT_LE(request.page_size(), 100);
    return PageOfLineage(request, 250);
  };
  v1::GetLineageRequest request;
  request.set_id("e");
  const auto whole = ReadLineage(request, 10'000, fetch);
  ASSERT_TRUE(whole);
  EXPECT_EQ(pages, 3);
  ASSERT_EQ(whole->items_size(), 250);
  for (int i = 0; i < 250; ++i) EXPECT_EQ(whole->items(i).view().item().id(), std::to_string(i));
  EXPECT_EQ(whole->export_().id(), "e");
  EXPECT_FALSE(whole->has_more());

  const auto some = ReadLineage(request, 120, fetch);
  ASSERT_TRUE(some);
  EXPECT_EQ(some->items_size(), 120);
  EXPECT_TRUE(some->has_more());
}

TEST(LineagePages, WithoutItemsEndAtAnErrorOrABound) {
  int pages = 0;
  const auto endless = ReadLineage({}, 10, [&](const v1::GetLineageRequest&) {
    ++pages;
    v1::GetLineageResponse response;
    response.set_next_page_token("7");
    response.set_has_more(true);
    return response;
  });
  ASSERT_TRUE(endless);
  EXPECT_EQ(pages, 1000);
  EXPECT_TRUE(endless->has_more());
  const auto refused = ReadLineage({}, 10, [](const v1::GetLineageRequest&) {
    return std::unexpected(grpc::Status(grpc::StatusCode::NOT_FOUND, "gone"));
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_message(), "gone");
}

}  // namespace
}  // namespace assay
