// How far what leaves can be trusted: what its manifest says, and what does not leave for training.

#include <gmock/gmock.h>

#include <algorithm>

#include "core/digest.h"
#include "review/interchange/manifest.h"
#include "tests/daemon/reviews/review_files.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

class ExportedQualityTest : public ReviewFiles {
 protected:
  static const LabelQuality* Find(const ExportManifest& manifest, const std::string& measure) {
    const auto found = std::ranges::find(manifest.quality, measure, &LabelQuality::measure);
    return found == manifest.quality.end() ? nullptr : &*found;
  }
};

TEST_P(ExportedQualityTest, StandsInTheManifestByQueueAndRubric) {
  const std::vector<std::string> items = JudgedItems();
  Judges("ann", items[1], 2);
  Judges("bob", items[1], 2);
  clock_.Add(std::chrono::minutes(11));
  Acts("lea", items[0], OrderAuditAct{.reason = "to know"}, "o");
  Audits("max", items[0], Quality(5), {.passes = true});
  const TakenFile file = Takes("lea", {.format = "native"});
  ASSERT_TRUE(file.ended) << file.refusal;
  const ExportManifest& manifest = file.ended->manifest;
  const LabelQuality* alpha = Find(manifest, "agreement quality alpha");
  ASSERT_NE(alpha, nullptr);
  EXPECT_EQ(alpha->queue, "q");
  EXPECT_EQ(alpha->rubric, "r@1");
  EXPECT_EQ(alpha->n, 2);
  const auto report = Ask(reviews_->GetQueueReport(As("lea"), "q", {}, {}));
  ASSERT_TRUE(report) << report.error().message;
  const auto reported = std::ranges::find(report->agreement, "quality", &CriterionAgreement::criterion);
  ASSERT_TRUE(reported != report->agreement.end() && reported->alpha);
  EXPECT_EQ(alpha->value, reported->alpha) << "of the same items it is the same";
  const LabelQuality* audits = Find(manifest, "audits_passed");
  ASSERT_NE(audits, nullptr);
  EXPECT_EQ(audits->n, 1);
  EXPECT_EQ(audits->value, 1);
  EXPECT_EQ(audits->lower, std::nullopt) << "one says nothing of others";
  EXPECT_EQ(Find(manifest, "gold_hits"), nullptr);
  EXPECT_EQ(manifest.redaction_policy, "");
  const auto read = ExportManifestFromJson(*Json::Parse(file.ended->manifest_text));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->quality, manifest.quality);
  const TakenFile none = Takes("lea", {.format = "native", .selection = {.queues = {"other"}}});
  EXPECT_TRUE(none.ended->manifest.quality.empty()) << "of what leaves, and of nothing else";
}

TEST_P(ExportedQualityTest, NamesThePolicyByWhichWhatLeavesWasRedacted) {
  const std::vector<std::string> items = JudgedItems();
  Acts("ann", items[0], QuarantineAct{.reason = "an account number"}, "f");
  ItemContent redacted = *View("lea", items[0]).content;
  redacted.responses[0].text = "[redacted]";
  EXPECT_EQ(Takes("lea", {.format = "native"}).ended->manifest.redaction_policy, "") << "it does not leave";
  Acts("lea", items[0], EndQuarantineAct{.content = redacted, .policy = "2026-1"}, "r");
  EXPECT_EQ(Takes("lea", {.format = "native"}).ended->manifest.redaction_policy, "2026-1");
}

TEST_P(ExportedQualityTest, KeepsLabelsFromTrainingUntilItIsShownOrAManagerDecides) {
  files_.Write("catalog/t.jsonl", R"({"id":"c1","question":"q"})"
                                  "\n");
  files_.Write("catalog/t.yaml",
               "kind: Suite\nname: t\ndataset: [{file: t.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
               "graders: [{name: answer, type: equals, value: \"yes\"}]\n"
               "metrics: [{name: people, source: human, queue: t, quality: {overlap: 30, agreement: 0.6}}]\n---\n"
               "kind: Queue\nname: t\nsuites: [t]\nrubric: r\nitem: rubric\nenter: [{every: true}]\n");
  auto people = *people_;
  people.push_back({.id = "mia", .roles = {ReviewRole::kManager}});
  SetPeople(std::move(people));
  Start();
  const ExportArguments wanted{.format = "trl_kto", .selection = {.queues = {"t"}}};
  const std::string refusal = Takes("lea", wanted).refusal;
  EXPECT_THAT(refusal,
              HasSubstr("failed_precondition: queue \"t\": 0 of at least 30 items were judged by several people "
                        "apart (quality.overlap): below that labels leave for training only by an approved "
                        "change of kind data_source"));
  const std::string text = refusal.substr(refusal.find('{'));
  EXPECT_EQ(text, R"({"training_below":[{"agreement":0.6,"audits_passed":null,"overlap":30,"queue":"t",)"
                  R"("severe_agreement":null,"statistic":"ac1"}]})");
  const auto change = Ask(reviews_->ProposeChange(As("lea"), ReviewChange::kDataSource, "labels of t", text, "a try"));
  ASSERT_TRUE(change) << change.error().message;
  EXPECT_FALSE(Ask(reviews_->AnswerChange(As("max"), change->request.id, true, Sha256Hex(text), ""))) << "no manager";
  EXPECT_EQ(Takes("lea", wanted).refusal, refusal) << "it waits";
  ASSERT_TRUE(Ask(reviews_->AnswerChange(As("mia"), change->request.id, true, Sha256Hex(text), "")));
  const TakenFile taken = Takes("lea", wanted);
  EXPECT_EQ(taken.refusal, "");
  ASSERT_TRUE(taken.ended);
  EXPECT_EQ(taken.ended->manifest.quality_approval, change->request.id);
  EXPECT_EQ(Json::Parse(taken.ended->manifest_text)->Find("quality_approval")->as_string(), change->request.id);
  EXPECT_EQ(Kept()[0].manifest.quality_approval, change->request.id) << "the list of exports has it too";
  clock_.Add(std::chrono::days(8));
  EXPECT_EQ(Takes("lea", wanted).refusal, refusal) << "an approval to move data lasts 7 days";
  const TakenFile native = Takes("lea", {.format = "native", .selection = {.queues = {"t"}}});
  EXPECT_EQ(native.refusal, "") << "it trains nothing";
  EXPECT_EQ(native.ended->manifest.quality_approval, "") << "and needs none";
}

INSTANTIATE_TEST_SUITE_P(Engines, ExportedQualityTest, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
