// Documents that human review leaves behind, over a real store and real runs.

#include "daemon/reviews/artefacts.h"

#include <gmock/gmock.h>

#include "core/digest.h"
#include "core/json.h"
#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::Not;

const Json& At(const Json& json, const std::string& path) {
  static const Json kNone;
  const Json* at = &json;
  for (std::size_t begin = 0; begin <= path.size() && at != nullptr;) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, end - begin);
    const bool is_index = !key.empty() && key.find_first_not_of("0123456789") == std::string::npos;
    if (!is_index) {
      at = at->is_object() ? at->Find(key) : nullptr;
    } else {
      at = at->is_array() && std::stoul(key) < at->as_array().size() ? &at->as_array()[std::stoul(key)] : nullptr;
    }
    begin = end + 1;
  }
  return at == nullptr ? kNone : *at;
}

class ReviewArtefactsTest : public ReviewDeskTest {
 protected:
  std::vector<std::string> Items() {
    RunSuite();
    AwaitItems(2);
    std::vector<std::string> ids;
    const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
    for (const ItemSummary& item : listed->items) ids.push_back(item.id);
    return ids;
  }
  static std::string Refused(const auto& result) {
    return result ? "done" : std::string(Name(result.error().code)) + ": " + result.error().message;
  }
  // A session of ann and bob on both items, of which they judged one, revealed and ruled on.
  CalibrationSession Session(const std::vector<std::string>& items) {
    const auto opened = Ask(reviews_->OpenCalibration(As("lea"), "q", items, {"ann", "bob"}));
    EXPECT_TRUE(opened) << opened.error().message;
    const CalibrationSession session = opened->entry.session;
    for (const auto& [person, quality] : {std::pair("ann", 5), std::pair("bob", 1)}) {
      const ItemView claimed = Claims(person, session.items[0]);
      SubmitCommand said{.token = claimed.lease->token, .content = Quality(quality)};
      said.content.rationale = "because of " + std::to_string(quality);
      said.content.clauses = {"1"};
      Acts(person, session.items[0], said, person);
    }
    EXPECT_TRUE(Ask(reviews_->RevealCalibration(As("lea"), session.id)));
    const CalibrationRuling ruling{
        .item = session.items[0], .opinion = Quality(5).opinion, .note = "it <b>is</b> right", .clause = "1"};
    EXPECT_TRUE(Ask(reviews_->RuleOnCalibration(As("lea"), session.id, ruling)));
    return session;
  }
  Result<ArtefactText> Pack(const std::string& person, const CalibrationPackArguments& arguments) {
    return Ask(reviews_->GetCalibrationPack(As(person), arguments));
  }
  Result<ArtefactText> Report(const std::string& person, const AuditReportArguments& arguments) {
    return Ask(reviews_->GetAuditReport(As(person), arguments));
  }
  // A known answer made of an item that is done, with the approval that its gate asks for.
  std::string Gold(const GoldArguments& wanted) {
    const std::string refused = Refused(Ask(reviews_->AddGold(As("lea"), wanted)));
    const std::string text = refused.substr(refused.find('{'));
    const auto proposed = Ask(reviews_->ProposeChange(As("max"), ReviewChange::kGatingGold, "what", text, "why"));
    EXPECT_TRUE(proposed) << proposed.error().message;
    for (const std::string person : {"eve", "lea"})
      EXPECT_TRUE(Ask(reviews_->AnswerChange(As(person), proposed->request.id, true, Sha256Hex(text), "")));
    GoldArguments approved = wanted;
    approved.approval = proposed->request.id;
    const auto added = Ask(reviews_->AddGold(As("lea"), approved));
    EXPECT_TRUE(added) << added.error().message;
    return added ? added->entry.item : "";
  }
  Result<GoldSets> Declare(const std::string& person, const GoldSetArguments& arguments) {
    return Ask(reviews_->DeclareGoldSet(As(person), arguments));
  }
  static Json DocumentOf(const Result<ArtefactText>& text) {
    EXPECT_TRUE(text) << text.error().message;
    return text ? *Json::Parse(text->document) : Json();
  }
};

TEST_P(ReviewArtefactsTest, APackOfASessionHasWhatWasSaidBlindAndWhatChangedSince) {
  const std::vector<std::string> items = Items();
  const CalibrationSession session = Session(items);
  EXPECT_THAT(Refused(Pack("lea", {.session = session.id})),
              HasSubstr("failed_precondition: session " + session.id + " is revealed"));
  ASSERT_TRUE(Ask(reviews_->CloseCalibration(As("lea"), session.id)));
  files_.Write("catalog/rubric.yaml", [&] {
    std::string text =
        "kind: Rubric\nname: r\nversion: \"1.1.0\"\nguideline: |\n  ## 1 Quality\n"
        "  What counts is whether it is right to the cent.\n  ## 2 Tone\n  Friendly.\n"
        "criteria:\n  - {name: quality, meaning: how good it is, clause: \"1\", scale: {from: 1, to: 5, "
        "pass: 4, anchors: {1: wrong, 5: right}}}\ntaxonomy:\n  - {name: wrong, meaning: says what is "
        "not so}\n  - {name: leak, meaning: shows data, severity: 1}\nseverities:\n  - {level: 1, name: "
        "harm, meaning: data is shown}\n  - {level: 2, name: damage, meaning: money is lost}\n"
        "examples:\n  - {title: to the cent, prompt: \"how much?\", response: \"2.50\", criterion: quality, "
        "verdict: \"5\", why: it is exact}\nchanges:\n  - {version: \"1.1.0\", reason: cents count}\n";
    return text;
  }());
  Start();

  const auto pack = Pack("lea", {.session = session.id, .with_names = true});
  const Json json = DocumentOf(pack);
  EXPECT_EQ(At(json, "schema").as_string(), "assay.calibration_pack/1");
  EXPECT_EQ(At(json, "people").Dump(), R"(["ann","bob"])");
  EXPECT_EQ(At(json, "items.0.item").as_string(), session.items[0]) << "what differs most comes first";
  EXPECT_EQ(At(json, "items.0.texts.responses.0.text").as_string(), "yes");
  EXPECT_EQ(At(json, "items.0.answers.1.rationale").as_string(), "because of 1");
  EXPECT_EQ(At(json, "items.0.answers.1.match").as_string(), "differ");
  EXPECT_EQ(At(json, "items.0.disagreement").as_number(), 1);
  EXPECT_EQ(
      At(json, "items.0.differs_on").Dump(),
      R"([{"criterion":"quality","unit":"","said":[{"answer":"1","people":["bob"]},{"answer":"5","people":["ann"]}]}])");
  EXPECT_EQ(At(json, "items.0.rulings.0.clause").as_string(), "1");
  EXPECT_EQ(At(json, "items.1.answers").Dump(), "[]");
  EXPECT_EQ(At(json, "results").Dump(), R"([{"person":"ann","judged":1,"right":1,"escalated":0},)"
                                        R"({"person":"bob","judged":1,"right":0,"escalated":0}])");
  EXPECT_EQ(At(json, "guideline.version_before").as_string(), "1.0.0");
  EXPECT_EQ(At(json, "guideline.version_now").as_string(), "1.1.0");
  EXPECT_EQ(At(json, "guideline.versions_since.0.reason").as_string(), "cents count");
  EXPECT_EQ(At(json, "guideline.changes.0.before").as_string(), "## 1 Quality\nWhat counts is whether it is right.");
  EXPECT_EQ(At(json, "guideline.changes.0.after").as_string(),
            "## 1 Quality\nWhat counts is whether it is right to the cent.");
  EXPECT_EQ(At(json, "guideline.changes.0.items.0").as_string(), session.items[0]) << "that rests on the clause";
  EXPECT_EQ(At(json, "guideline.changes.1.part").as_string(), "example");
  EXPECT_EQ(At(json, "guideline.changes.1.edit").as_string(), "added");
  EXPECT_EQ(At(json, "guideline.changes").as_array().size(), 2u);
  for (const char* expected : {"## Disagreement log", "because of 1", "it \\<b>is\\</b> right", "cents count",
                               "> What counts is whether it is right to the cent.", "1: bob; 5: ann"})
    EXPECT_THAT(pack->markdown, HasSubstr(expected));
  EXPECT_THAT(pack->document, Not(HasSubstr("m@1"))) << "whose responses they are";
}

TEST_P(ReviewArtefactsTest, ASessionAndItsPackHaveWhatWasEscalated) {
  const std::vector<std::string> items = Items();
  const auto opened = Ask(reviews_->OpenCalibration(As("lea"), "q", items, {"ann", "bob"}));
  ASSERT_TRUE(opened) << opened.error().message;
  const std::string id = opened->entry.session.id;
  const std::string item = opened->entry.session.items[1];
  const ItemView claimed = Claims("bob", item);
  Acts("bob", item, EscalateCommand{.reason = EscalationReason::kDomain, .note = "is 2.5 <b>2.50</b>?", .clause = "1"},
       "e");
  const auto blind = Ask(reviews_->GetCalibration(As("ann"), id));
  ASSERT_TRUE(blind) << blind.error().message;
  EXPECT_TRUE(blind->grid.empty()) << "ann is to judge it still";
  EXPECT_EQ(blind->judged, 0);
  EXPECT_EQ(blind->escalated, 1);

  const auto revealed = Ask(reviews_->RevealCalibration(As("lea"), id));
  ASSERT_TRUE(revealed) << revealed.error().message;
  const auto row = std::ranges::find(revealed->grid, item, &CalibrationRow::item);
  ASSERT_NE(row, revealed->grid.end());
  ASSERT_EQ(row->escalations.size(), 1u);
  EXPECT_EQ(row->escalations[0].by, "bob");
  EXPECT_EQ(row->escalations[0].route, EscalationRoute::kExpert);
  EXPECT_EQ(row->escalations[0].note, "is 2.5 <b>2.50</b>?");
  ASSERT_TRUE(Ask(reviews_->CloseCalibration(As("lea"), id)));

  const auto named = Pack("lea", {.session = id, .with_names = true});
  Json json = DocumentOf(named);
  const std::string at = At(json, "items.0.item").as_string() == item ? "items.0" : "items.1";
  const std::string time = FormatTime(row->escalations[0].at);
  EXPECT_EQ(At(json, at + ".escalations").Dump(),
            R"([{"person":"bob","reason":"domain","route":"expert","clause":"1","note":"is 2.5 <b>2.50</b>?","at":")" +
                time + R"("}])");
  EXPECT_EQ(At(json, "results.1.escalated").as_integer(), 1);
  EXPECT_THAT(named->markdown, HasSubstr("- escalated by bob at " + time +
                                         " to expert: **domain**, clause 1: is 2.5 \\<b>2.50\\</b>?\n"));
  json = DocumentOf(Pack("max", {.session = id}));
  EXPECT_EQ(At(json, at + ".escalations.0.person"), At(json, "people.1")) << "by a pseudonym";

  Acts("eve", items[1], QuarantineAct{.reason = "a telephone number"});
  EXPECT_EQ(Ask(reviews_->GetCalibration(As("lea"), id))->grid.at(at == "items.0" ? 0 : 1).escalations[0].note, "");
  const auto withheld = Pack("lea", {.session = id});
  EXPECT_EQ(At(DocumentOf(withheld), at + ".escalations.0.note").as_string(), "");
  EXPECT_EQ(At(DocumentOf(withheld), at + ".escalations.0.reason").as_string(), "domain");
  EXPECT_THAT(withheld->markdown, Not(HasSubstr("2.50")));
}

TEST_P(ReviewArtefactsTest, APackIsAnExportOfPseudonymsAndOfNothingThatIsWithheld) {
  const std::vector<std::string> items = Items();
  const CalibrationSession session = Session(items);
  ASSERT_TRUE(Ask(reviews_->CloseCalibration(As("lea"), session.id)));
  EXPECT_THAT(Refused(Pack("ann", {.session = session.id})), HasSubstr("permission_denied: \"ann\" may not export"));
  EXPECT_THAT(Refused(Pack("eve", {.session = session.id})), HasSubstr("not_found"));
  EXPECT_THAT(Refused(Pack("lea", {.session = session.id, .data_classes = {"health"}})),
              HasSubstr("not cleared for data of the class \"health\""));

  const auto pack = Pack("max", {.session = session.id});
  const Json json = DocumentOf(pack);
  for (const char* name : {"ann", "bob", "lea"}) {
    EXPECT_THAT(pack->document, Not(HasSubstr("\"" + std::string(name) + "\"")));
    EXPECT_THAT(pack->markdown, Not(HasSubstr(std::string(name) + " |")));
  }
  EXPECT_EQ(At(json, "people.0").as_string().substr(0, 2), "p_");
  EXPECT_EQ(At(json, "items.0.answers.0.person"), At(json, "people.0"));
  const auto exports = Ask(reviews_->ListExports(As("lea")));
  ASSERT_TRUE(exports) << exports.error().message;
  ASSERT_EQ(exports->size(), 1u) << "what was refused took nothing";
  EXPECT_EQ(exports->front().manifest.format, "calibration_pack");
  EXPECT_EQ(exports->front().manifest.exported_by, "max");
  EXPECT_EQ(exports->front().manifest.sha256, Sha256Hex(pack->document));
  EXPECT_EQ(exports->front().manifest.records, 2);
  EXPECT_TRUE(exports->front().is_complete);

  Acts("bob", session.items[0], QuarantineAct{.reason = "a telephone number"});
  const auto withheld = Pack("lea", {.session = session.id});
  const Json after = DocumentOf(withheld);
  EXPECT_EQ(At(after, "items.0.withheld").as_string(), "it is quarantined");
  EXPECT_TRUE(At(after, "items.0.texts").is_null());
  EXPECT_EQ(At(after, "items.0.answers.0.rationale").as_string(), "");
  EXPECT_THAT(withheld->document, Not(HasSubstr("because")));
  EXPECT_THAT(withheld->markdown, Not(HasSubstr("because")));
  EXPECT_THAT(withheld->markdown, Not(HasSubstr("right\n"))) << "nor what was noted of it";
  EXPECT_EQ(Ask(reviews_->ListExports(As("lea")))->front().manifest.excluded.at("quarantined"), 1);
}

TEST_P(ReviewArtefactsTest, AReportOfAuditsSaysWhatFailedAndWhatFollowed) {
  WriteQueue("overlap: {people: 1, severity: 0}\naudit: {share: 1, new_share: 1, at_least: 0}\n");
  std::vector<Reviewer> people = *people_;
  people.push_back({.id = "kim", .roles = {ReviewRole::kManager}});
  people.push_back({.id = "ida", .roles = {ReviewRole::kLead}});  // who audits is not told before
  SetPeople(std::move(people));
  Start();
  const std::vector<std::string> items = Items();
  Judges("ann", items[0], 5);
  Judges("bob", items[1], 5);
  clock_.Add(minutes(11));
  Audits("max", items[0], Quality(1),
         {.passes = false, .defect = "wrong", .severity = 2, .action = "talk to ann", .cause = ReviewCause::kMisread});
  Audits("max", items[1], Quality(5), {.passes = true});
  Judges("bob", items[0], 1);
  clock_.Add(minutes(11));

  const auto report = Report("ida", {.queue = "q", .with_names = true});
  const Json json = DocumentOf(report);
  EXPECT_EQ(At(json, "schema").as_string(), "assay.audit_report/1");
  EXPECT_EQ(At(json, "passed.count").as_integer(), 1);
  EXPECT_EQ(At(json, "passed.of").as_integer(), 2);
  EXPECT_NEAR(At(json, "passed.lower").as_number(), 0.0945, 0.0005) << "Wilson's of 1 of 2";
  EXPECT_EQ(At(json, "decisions_right").as_number(), 0.5);
  EXPECT_EQ(At(json, "sample.decisions").Dump(),
            R"([{"probability":1,"decisions":3,"drawn":3,"audited":2,"waiting":1}])")
      << "rework is always audited";
  EXPECT_EQ(At(json, "sample.seed").as_string().size(), 16u);
  EXPECT_EQ(At(json, "defects").Dump(), R"([{"defect":"wrong","count":1}])");
  EXPECT_EQ(At(json, "severities").Dump(), R"([{"severity":2,"count":1}])");
  EXPECT_EQ(At(json, "failed.0.item").as_string(), items[0]);
  EXPECT_EQ(At(json, "failed.0.people").Dump(), R"(["ann"])");
  EXPECT_EQ(At(json, "failed.0.auditor").as_string(), "max");
  EXPECT_EQ(At(json, "failed.0.action").as_string(), "talk to ann");
  EXPECT_TRUE(At(json, "failed.0.followed_by.has_changed").as_bool());
  EXPECT_EQ(At(json, "failed.0.followed_by.by").Dump(), R"(["bob"])");
  EXPECT_TRUE(At(json, "failed.0.followed_by.audit_passes").is_null()) << "nobody looked at it yet";
  EXPECT_EQ(At(json, "right.0.item").as_string(), items[1]);
  EXPECT_EQ(At(json, "withheld").as_integer(), 0);
  for (const char* expected :
       {"**Passed: 1 of 2, 0.500", "defect found | wrong | 1", "talk to ann", "decided otherwise", "| ann | 0 of 1"})
    EXPECT_THAT(report->markdown, HasSubstr(expected));

  const auto blind = Report("kim", {.queue = "q"});
  EXPECT_THAT(blind->document, Not(HasSubstr("\"ann\"")));
  EXPECT_THAT(Refused(Report("kim", {.queue = "q", .with_names = true})), HasSubstr("needs the role lead"));
  EXPECT_THAT(Refused(Report("ann", {.queue = "q"})), HasSubstr("permission_denied"));
  EXPECT_EQ(At(DocumentOf(Report("lea", {.queue = "q"})), "withheld").as_integer(), 1)
      << "the rework waits for an auditor, who may be she";
  const AuditReportArguments before{.queue = "q", .to = clock_.Now() - std::chrono::hours(1)};
  EXPECT_EQ(At(DocumentOf(Report("ida", before)), "passed.of").as_integer(), 0);
  EXPECT_THAT(Refused(Report("ida", {.queue = "q", .from = clock_.Now(), .to = clock_.Now()})),
              HasSubstr("invalid_argument: from: is not before `to`"));
}

TEST_P(ReviewArtefactsTest, KnownAnswersAreASetWithAnIntentAndVersions) {
  const std::vector<std::string> items = Items();
  for (const std::string& item : items) {
    Judges("ann", item, 5);
    Judges("bob", item, 5);
  }
  clock_.Add(minutes(11));
  const std::string first = Gold({.item = items[0]});
  const auto none = Ask(reviews_->ListGoldSets(As("lea"), "q"));
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_TRUE(none->versions.empty());
  EXPECT_EQ(none->undeclared.added, std::vector<std::string>{first});
  EXPECT_THAT(Refused(Declare("lea", {.queue = "q"})), HasSubstr("invalid_argument: intent: says what the set is for"));
  EXPECT_THAT(Refused(Declare("ann", {.queue = "q", .intent = "fees"})), HasSubstr("needs the role lead"));
  EXPECT_THAT(Refused(Declare("lea", {.queue = "other", .intent = "fees"})), HasSubstr("not_found"));
  const auto one = Declare("lea", {.queue = "q", .intent = "fees to the cent"});
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->versions.back().version, 1);
  EXPECT_EQ(one->versions.back().by, "lea");
  EXPECT_TRUE(one->undeclared.IsEmpty());
  EXPECT_THAT(Refused(Declare("max", {.queue = "q"})),
              HasSubstr("failed_precondition: the known answers of queue \"q\" are those of version 1"));

  const std::string second = Gold({.item = items[1]});
  ASSERT_TRUE(Ask(reviews_->RetireGold(As("lea"), first, "everybody knows it")));
  Start();
  const auto between = Ask(reviews_->ListGoldSets(As("max"), "q"));
  const GoldSetDifference differs{.added = {second}, .removed = {first}};
  EXPECT_EQ(between->undeclared, differs);
  EXPECT_THAT(Refused(Declare("max", {.queue = "q"})), HasSubstr("reason: is needed to say why version 1"));
  const auto two = Declare("max", {.queue = "q", .reason = "the first was known"});
  ASSERT_TRUE(two) << two.error().message;
  ASSERT_EQ(two->versions.size(), 2u);
  EXPECT_EQ(two->versions[1].intent, "fees to the cent") << "as before";
  EXPECT_EQ(two->versions[1].items.size(), 1u);
  EXPECT_NE(DigestOf(two->versions[0].items), DigestOf(two->versions[1].items));

  const ExportArguments preview{.format = "native", .selection = {.queues = {"q"}}};
  ASSERT_TRUE(Ask(reviews_->PreviewExport(As("lea"), preview)));
  const ExportManifest manifest = Ask(reviews_->ListExports(As("lea")))->front().manifest;
  EXPECT_EQ(manifest.gold.at("q"), std::set<std::string>{"2@" + DigestOf(two->versions[1].items)});
}

INSTANTIATE_TEST_SUITE_P(Engines, ReviewArtefactsTest, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
