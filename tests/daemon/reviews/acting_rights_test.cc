// Who may act on what, and what those who still judge are not told, wherever they look.

#include <gmock/gmock.h>

#include "core/digest.h"
#include "core/identifier.h"
#include "tests/daemon/reviews/review_files.h"

namespace assay::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr EnumSet<ReviewRole> kEveryRole = {ReviewRole::kReviewer, ReviewRole::kLead,        ReviewRole::kAdjudicator,
                                            ReviewRole::kAuditor,  ReviewRole::kPrivacy,     ReviewRole::kTrustSafety,
                                            ReviewRole::kManager,  ReviewRole::kReleaseOwner};

class ActingRights : public ReviewFiles {
 protected:
  void Join(const std::vector<Reviewer>& more) {
    auto people = *people_;
    people.push_back({.id = "liz", .roles = {ReviewRole::kLead}});
    people.insert(people.end(), more.begin(), more.end());
    SetPeople(std::move(people));
  }
  std::vector<std::string> Items(std::int64_t open = 2) {
    RunSuite();
    AwaitItems(open);
    std::vector<std::string> ids;
    const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
    for (const ItemSummary& item : listed->items) ids.insert(ids.begin(), item.id);
    return ids;
  }
  static std::string Refused(const auto& result) { return result ? "done" : RefusalOf(result.error()); }
  GoldStatus MakesGold(const std::string& item, ItemPurpose purpose = ItemPurpose::kGold) {
    // Whoever has seen the answer is not asked it.
    auto people = *people_;
    for (const char* peer : {"pia", "ugo"}) people.push_back({.id = peer, .roles = {ReviewRole::kReviewer}});
    SetPeople(std::move(people));
    GoldArguments wanted{.item = item, .purpose = purpose, .why = "as the handbook says"};
    const std::string refused = Refused(Ask(reviews_->AddGold(As("lea"), wanted)));
    const std::string text = refused.substr(refused.find('{'));
    const auto change = Ask(reviews_->ProposeChange(As("pia"), ReviewChange::kGatingGold, "gold", text, "known"));
    EXPECT_TRUE(change) << change.error().message;
    for (const std::string person : {"ugo", "lea"})
      EXPECT_TRUE(Ask(reviews_->AnswerChange(As(person), change->request.id, true, Sha256Hex(text), "")));
    wanted.approval = change->request.id;
    const auto gold = Ask(reviews_->AddGold(As("lea"), wanted));
    EXPECT_TRUE(gold) << gold.error().message;
    return gold.value_or(GoldStatus{});
  }
  void IsDone(const std::string& item) {
    Judges("bob", item, 5);
    Judges("eve", item, 5);
    clock_.Add(minutes(11));
  }
};

TEST_P(ActingRights, NobodyActsOnAnItemOfAQueueThatIsNoneOfTheirs) {
  Join({{.id = "ole", .roles = kEveryRole, .queues = {"other"}}});
  const std::vector<std::string> items = Items();
  const std::string& item = items[0];
  const std::string judgement = Judges("ann", item, 5).judgement;
  const std::string why = "permission_denied: item " + item +
                          " belongs to queue \"q\", which is not among those of \"ole\" (queues= of the token file)";
  const std::vector<ItemCommand> commands = {
      SubmitCommand{.token = 1, .content = Quality(5)},
      ReviseCommand{.judgement = judgement, .content = Quality(1)},
      AdjudicateCommand{.token = 1, .content = Quality(5), .cause = ReviewCause::kMissing},
      AuditCommand{.token = 1, .passes = true},
      GiveBackCommand{.token = 1},
      EscalateCommand{.reason = EscalationReason::kAmbiguity, .note = "x"},
      ResolveCommand{.ruling = "so"},
      QuarantineAct{.reason = "x"},
      EndQuarantineAct{},
      FlagSevereAct{.reason = "x"},
      CancelAct{.reason = "x"},
      OrderAuditAct{.reason = "x"},
      ReopenCommand{.reason = "x", .cause = ReviewCause::kSlip},
      VoidCommand{.judgement = judgement, .reason = "x"},
      AwaitGuidelineAct{.clarification = "c"},
      GuidelineArrivedAct{.clarification = "c"},
      AdvanceCommand{.version = {1, 1, 0}},
      LaneCommand{.lane = ReviewLane::kIncident, .reason = "x"}};
  ASSERT_EQ(commands.size(), std::variant_size_v<ItemCommand>);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    ASSERT_EQ(commands[i].index(), i) << "each command once";
    EXPECT_EQ(Refusal("ole", item, commands[i], "k" + std::to_string(i)), why) << i;
  }
  const ClaimArguments claim{.item = item};
  EXPECT_EQ(Refused(Ask(reviews_->ClaimItem(As("ole"), claim))), why);
  EXPECT_EQ(Refused(Ask(reviews_->SaveDraft(As("ole"), item, 1, "{}"))), why);
  const GoldArguments gold{.item = item};
  EXPECT_EQ(Refused(Ask(reviews_->AddGold(As("ole"), gold))), why);
  const std::string of_queue =
      "permission_denied: queue \"q\" is not among those of \"ole\" (queues= of the token file)";
  const std::vector<std::string> people = {"ann", "bob"};
  EXPECT_EQ(Refused(Ask(reviews_->OpenCalibration(As("ole"), "q", items, people))), of_queue);
  EXPECT_EQ(Refused(Ask(reviews_->GetQueueReport(As("ole"), "q", std::nullopt, std::nullopt))), of_queue);
  EXPECT_EQ(Refused(Ask(reviews_->EndPause(As("ole"), "ann", "q", "x"))), of_queue);
  const auto session = Ask(reviews_->OpenCalibration(As("lea"), "q", items, people));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(Refused(Ask(reviews_->RevealCalibration(As("ole"), session->entry.session.id))), of_queue);
  const auto calibrations = Ask(reviews_->ListCalibrations(As("ole")));
  EXPECT_THAT(*calibrations, IsEmpty());
  const ImportArguments brings{.format = "label_studio", .queue = "q"};
  EXPECT_THAT(Refused(Brings("ole", "[]", brings)), HasSubstr("permission_denied: queue \"q\" is none of those"));
  EXPECT_EQ(View("lea", item).judgements.size(), 1u) << "and nothing of it happened";
}

TEST_P(ActingRights, WhoHadAnItemGoesOnWithNothingAfterTheirQueuesWereLimited) {
  const std::string item = Items()[0];
  const ItemView held = Claims("ann", item);
  auto people = *people_;
  people.at(0).queues = {"other"};
  SetPeople(std::move(people));
  const ClaimArguments again{.item = item};
  EXPECT_THAT(Refused(Ask(reviews_->ClaimItem(As("ann"), again))), HasSubstr("permission_denied"));
  EXPECT_THAT(Refusal("ann", item, SubmitCommand{.token = held.lease->token, .content = Quality(5)}, "k"),
              HasSubstr("permission_denied"));
}

TEST_P(ActingRights, AnAuditorWhoLeadsDoesNotKnowTheDecisionBefore) {
  WriteQueue("audit: {share: 1, new_share: 1}\n");
  Start();
  Join({});
  const std::string item = Items()[0];
  Judges("bob", item, 5);
  Judges("eve", item, 4);
  for (const std::string state : {"decided", "audit"}) {
    EXPECT_EQ(StateOf(item), state);
    EXPECT_THAT(View("max", item).judgements, IsEmpty()) << state;
    EXPECT_THAT(View("max", item).decisions, IsEmpty()) << state;
    EXPECT_THAT(View("max", item).history, IsEmpty()) << state;
    EXPECT_THAT(View("liz", item).judgements, SizeIs(2)) << "who does not audit leads";
    const TakenFile of_max = Takes("max", {.format = "native", .selection = {.queues = {"q"}}});
    ASSERT_TRUE(of_max.ended) << of_max.refusal;
    EXPECT_THAT(of_max.bytes, Not(HasSubstr(item))) << state;
    clock_.Add(minutes(11));
  }
  Audits("max", item, Quality(5), {.passes = true});
  EXPECT_THAT(View("max", item).judgements, SizeIs(3));
  EXPECT_THAT(View("lea", item).decisions, SizeIs(1)) << "it is done";
}

TEST_P(ActingRights, WhoFlagsHarmDoesNotDecideOnIt) {
  WriteQueue("audit: {share: 1, new_share: 1}\n");
  Start();
  const std::vector<std::string> items = Items();
  Judges("bob", items[0], 5);
  Judges("eve", items[0], 5);
  clock_.Add(minutes(11));
  const ItemView audit = Claims("max", items[0]);
  JudgementContent grave = Quality(1);
  grave.opinion.severity = 1;
  Acts("max", items[0], SubmitCommand{.token = audit.lease->token, .content = grave}, "a");
  EXPECT_EQ(StateOf(items[0]), "adjudication");
  const ClaimArguments claim{.item = items[0]};
  EXPECT_EQ(
      Refused(Ask(reviews_->ClaimItem(As("max"), claim))),
      "failed_precondition: item " + items[0] + " (adjudication), \"max\": you have a part in what is to be looked at");
  EXPECT_EQ(Claims("lea", items[0]).lease->role, LeaseRole::kAdjudicate);

  // While they have it to adjudicate: somebody else goes on.
  Judges("bob", items[1], 5);
  Acts("bob", items[1], FlagSevereAct{.reason = "x"}, "f1");
  const ItemView of_max = Claims("max", items[1]);
  EXPECT_EQ(of_max.lease->role, LeaseRole::kAdjudicate);
  Acts("max", items[1],
       AdjudicateCommand{.token = of_max.lease->token, .content = Quality(5), .cause = ReviewCause::kMissing}, "d");
  Acts("max", items[1], FlagSevereAct{.reason = "after all"}, "f2");
  const ClaimArguments other{.item = items[1]};
  EXPECT_THAT(Refused(Ask(reviews_->ClaimItem(As("max"), other))), HasSubstr("you have a part in"));
  Acts("max", items[1], EscalateCommand{.reason = EscalationReason::kSevere, .note = "see there"}, "e");
  EXPECT_THAT(Refusal("max", items[1], ResolveCommand{.outcome = EscalationOutcome::kVoid, .ruling = "no"}, "r"),
              HasSubstr("has flagged it as harm of severity 1; somebody else rules on that"));
  Acts("lea", items[1], ResolveCommand{.outcome = EscalationOutcome::kVoid, .ruling = "no"}, "r");
  EXPECT_EQ(StateOf(items[1]), "cancelled");
}

TEST_P(ActingRights, ALeadWhoMayStillLabelTakesNoJudgementsOfOthersAway) {
  Join({{.id = "mia", .roles = {ReviewRole::kReviewer, ReviewRole::kLead}}});
  const std::vector<std::string> items = JudgedItems();
  Judges("ann", items[1], 2);
  for (const std::string format : {"native", "judgements_csv", "items_csv"}) {
    const ExportArguments wanted{.format = format, .selection = {.queues = {"q"}}};
    EXPECT_THAT(Takes("liz", wanted).bytes, HasSubstr(items[1])) << format << ": nobody asks liz to judge";
    const TakenFile of_mia = Takes("mia", wanted);
    ASSERT_TRUE(of_mia.ended) << of_mia.refusal;
    EXPECT_THAT(of_mia.bytes, Not(HasSubstr(items[1]))) << format;
    EXPECT_THAT(of_mia.bytes, HasSubstr(items[0])) << format;
    EXPECT_EQ(of_mia.ended->manifest.excluded.at("withheld"), 1) << format;
    EXPECT_THAT(Ask(reviews_->PreviewExport(As("mia"), wanted))->preview.head, Not(HasSubstr(items[1]))) << format;
  }
  const ExportArguments tasks{.format = "label_studio", .selection = {.queues = {"q"}}, .for_labelling = true};
  EXPECT_THAT(Takes("mia", tasks).bytes, HasSubstr(items[1])) << "tasks say nothing of what others said";
  Judges("mia", items[1], 2);
  clock_.Add(minutes(11));
  EXPECT_THAT(Takes("mia", {.format = "native", .selection = {.queues = {"q"}}}).bytes, HasSubstr(items[1]));
}

TEST_P(ActingRights, WhatABlindCalibrationWasMadeOfIsToldToNobodyOfIt) {
  Join({{.id = "mia", .roles = {ReviewRole::kReviewer, ReviewRole::kMlLead}}});
  const std::vector<std::string> items = JudgedItems();
  const std::vector<std::string> calibrated = {items[0], items[1]};
  const std::vector<std::string> people = {"eve", "mia"};
  EXPECT_THAT(View("mia", items[0]).judgements, SizeIs(2)) << "it is done";
  const auto session = Ask(reviews_->OpenCalibration(As("liz"), "q", calibrated, people));
  ASSERT_TRUE(session) << session.error().message;
  for (int restarts = 0; restarts < 2; ++restarts) {
    EXPECT_THAT(View("mia", items[0]).judgements, IsEmpty());
    EXPECT_THAT(View("mia", items[0]).decisions, IsEmpty());
    const auto listed = Ask(reviews_->ListItems(As("eve"), {.states = {ReviewState::kDone}}, {}));
    EXPECT_THAT(listed->items, IsEmpty());
    EXPECT_THAT(Takes("mia", {.format = "native", .selection = {.queues = {"q"}}}).bytes, Not(HasSubstr(items[0])));
    EXPECT_THAT(View("bob", items[0]).decisions, SizeIs(1)) << "who is not of it";
    Start();
  }
  ASSERT_TRUE(Ask(reviews_->RevealCalibration(As("liz"), session->entry.session.id)));
  EXPECT_THAT(View("mia", items[0]).decisions, SizeIs(1));
}

TEST_P(ActingRights, TheApprovalOfAKnownAnswerSaysWhatItIsFor) {
  const std::string item = Items()[0];
  IsDone(item);
  for (const ItemPurpose purpose : {ItemPurpose::kGold, ItemPurpose::kTraining}) {
    const GoldArguments wanted{.item = item, .purpose = purpose};
    EXPECT_THAT(Refused(Ask(reviews_->AddGold(As("lea"), wanted))),
                HasSubstr("\"purpose\":\"" + std::string(WordOf(purpose)) + "\""));
  }
}

// Every field of what a person is sent, but for names that each item has of its own.
std::vector<std::string> FieldsOf(const ItemView& view) {
  const ItemSummary& item = view.item;
  const auto text = [](const auto& optional) { return optional ? "set" : "absent"; };
  const auto own = [&](const std::string& id) {
    return id.starts_with(item.id) ? "ITEM" + id.substr(item.id.size()) : id;
  };
  std::vector<std::string> fields = {
      "id " + std::to_string(item.id.size()) + item.id.substr(0, 4) + item.id.substr(14, 1),
      "queue " + item.queue,
      "suite " + item.suite,
      "run " + item.run,
      "case " + item.case_id,
      "trial " + std::to_string(item.trial),
      "state " + std::string(WordOf(item.state)),
      "lane " + std::string(WordOf(item.lane)),
      "rubric " + item.rubric + ToString(item.rubric_version),
      "epoch " + std::to_string(item.epoch),
      "people " + std::to_string(item.people),
      "judged " + std::to_string(item.judgements),
      "severity " + std::string(text(item.severity)),
      "due " + std::string(text(item.due_at)),
      "kind " + std::string(WordOf(item.subject.kind)) + std::to_string(item.subject.responses.size()),
      "lengths " + ::testing::PrintToString(item.lengths),
      "reasons " + ::testing::PrintToString(item.reasons),
      "language " + item.language,
      "purpose " + std::string(WordOf(item.purpose)),
      "offers " + std::string(item.offers ? WordOf(*item.offers) : "nothing"),
      "ruling " + std::string(text(item.ruling_due_at)),
      "withheld " + view.withheld,
      "suggestion " + std::string(text(view.suggestion)),
      "others' leases " + std::to_string(view.leases.size()),
      "decisions " + std::to_string(view.decisions.size()),
      "audits " + std::to_string(view.audits.size()),
      "escalations " + std::to_string(view.escalations.size()),
      "history " + std::to_string(view.history.size()),
      "severe " + std::to_string(view.has_severe_flag),
      "why " + view.adjudication_why,
      "awaits " + view.awaited_clarification,
      "draft " + std::string(text(view.draft)),
      "feedback " + std::string(text(view.feedback)),
      "reads " + std::to_string(view.reads.size()),
      "judgement " + own(view.judgement),
      "revisable " + (view.revisable_until ? FormatTime(*view.revisable_until) : "")};
  if (view.lease) {
    fields.push_back("lease " + view.lease->person + std::string(WordOf(view.lease->role)) +
                     std::to_string(view.lease->token) + FormatTime(view.lease->granted_at) +
                     FormatTime(view.lease->expires_at) + ToString(view.lease->rubric_version) +
                     std::to_string(view.lease->is_prefetch) + std::to_string(view.lease->presented.size()));
  }
  for (const ShownJudgement& shown : view.judgements) {
    const Judgement& each = shown.judgement;
    fields.push_back("said " + own(each.id) + each.person + std::string(WordOf(each.role)) +
                     std::to_string(each.epoch) + std::to_string(each.revision) + std::to_string(each.is_void) +
                     std::to_string(each.is_superseded) + FormatTime(each.at) + std::to_string(shown.is_mine));
  }
  if (view.content) {
    fields.push_back("content " + std::to_string(view.content->prompt.size()) +
                     std::to_string(view.content->responses.size()) + std::to_string(view.content->fields.size()) +
                     view.content->reference + view.content->context + std::to_string(view.content->is_redacted) +
                     std::to_string(view.content->sources.size()));
  }
  return fields;
}

class KnownAnswers : public ActingRights {
 protected:
  // An item of gold that others have had before, and one that is none.
  void MakeBoth() {
    WriteQueue("gold: {share: 0, share_after_miss: 0, mark: 0.5, minimum: 5, every: 1000, again_after: 1d}\n");
    Start();
    Join({{.id = "cas", .roles = {ReviewRole::kReviewer}}});
    const std::vector<std::string> items = Items();
    ordinary_ = items[1];
    source_ = items[0];
    IsDone(items[0]);
    gold_ = MakesGold(items[0]).entry.item;
    clock_.Add(hours(2));
    for (const std::string person : {"bob", "eve"}) Judges(person, gold_, 5);
    clock_.Add(hours(1));
  }
  void ExpectSame(const std::string& when) {
    const ItemView gold = View("ann", gold_);
    const ItemView ordinary = View("ann", ordinary_);
    EXPECT_EQ(FieldsOf(gold), FieldsOf(ordinary)) << when;
    // As far apart as items of one run.
    EXPECT_LT(std::chrono::abs(gold.item.entered_at - ordinary.item.entered_at), std::chrono::seconds(5)) << when;
  }
  std::string source_;
  std::string gold_;
  std::string ordinary_;
};

TEST_P(KnownAnswers, AreNotToldFromOtherItemsByAnyFieldOfThem) {
  MakeBoth();
  ExpectSame("before");
  const ItemView gold = Claims("ann", gold_);
  const ItemView other = Claims("ann", ordinary_);
  EXPECT_EQ(FieldsOf(gold), FieldsOf(other));
  EXPECT_EQ(gold.lease->token, 1);
  ExpectSame("held");
  for (const std::string& item : {gold_, ordinary_}) Acts("ann", item, FlagSevereAct{.reason = "x"}, "f");
  ExpectSame("flagged");
  JudgementContent content = Quality(5);
  const ItemView of_gold = Acts("ann", gold_, SubmitCommand{.token = 1, .content = content}, "g");
  const ItemView of_other = Acts("ann", ordinary_, SubmitCommand{.token = 1, .content = content}, "o");
  EXPECT_EQ(of_gold.item.state, of_other.item.state);
  EXPECT_EQ(of_gold.judgements.size(), of_other.judgements.size());
  EXPECT_EQ(View("liz", gold_).judgements.size(), 3u) << "who leads sees all of it";
}

TEST_P(KnownAnswers, AreNotToldByWhatIsShownAfterTheAnswer) {
  MakeBoth();
  for (const std::string& item : {gold_, ordinary_}) {
    const ItemView held = Claims("ann", item);
    EXPECT_THAT(FieldsOf(Acts("ann", item, SubmitCommand{.token = held.lease->token, .content = Quality(5)}, "k")),
                ::testing::Contains("state decided"));
  }
  ExpectSame("judged");
  const auto work = Ask(reviews_->GetMyWork(As("ann")));
  ASSERT_EQ(work->recent.size(), 2u);
  EXPECT_EQ(work->recent[0].judgement.substr(36), work->recent[1].judgement.substr(36));
  EXPECT_EQ(work->recent[0].revisable_until, work->recent[1].revisable_until);
  const auto listed = Ask(reviews_->ListItems(As("ann"), {}, {}));
  std::vector<std::string> ids;
  for (const ItemSummary& item : listed->items) ids.push_back(item.id);
  EXPECT_THAT(ids, ::testing::IsSupersetOf({gold_, ordinary_})) << "both are in the list";
  clock_.Add(hours(25));
  const ItemView again = Claims("ann", gold_);
  EXPECT_THAT(again.judgements, IsEmpty()) << "what they said of it then would tell";
  Acts("ann", gold_, SubmitCommand{.token = again.lease->token, .content = Quality(5)}, "again");
  EXPECT_EQ(Ask(reviews_->ListGold(As("lea"), "q"))->at(0).record.shown, 4);
}

TEST_P(KnownAnswers, TellOfHarmThatIsFlaggedInThemWhereItIsRuledOn) {
  MakeBoth();
  Claims("ann", gold_);
  Acts("ann", gold_, FlagSevereAct{.reason = "shows a number"}, "f");
  EXPECT_EQ(StateOf(source_), "adjudication");
  const ItemView source = View("liz", source_);
  EXPECT_TRUE(source.has_severe_flag);
  EXPECT_EQ(source.item.lane, ReviewLane::kIncident);
  EXPECT_EQ(source.history.back().actor, "ann") << "who accuses does not decide";
  EXPECT_EQ(source.history.back().note, "shows a number") << "and nothing says that there is a copy";
  EXPECT_FALSE(View("bob", gold_).has_severe_flag);
  EXPECT_EQ(Claims("cas", gold_).lease->role, LeaseRole::kLabel) << "it is taken from nobody";
  Start();
  Acts("ann", gold_, FlagSevereAct{.reason = "shows a number"}, "f");
  const ItemView held = Claims("lea", source_);
  Acts("lea", source_,
       AdjudicateCommand{.token = held.lease->token, .content = Quality(5), .cause = ReviewCause::kOther}, "no harm");
  Acts("ann", gold_, FlagSevereAct{.reason = "shows a number"}, "f");
  EXPECT_EQ(StateOf(source_), "done") << "the same flag, sent again, is none anew";
}

TEST_P(KnownAnswers, TellOfHarmThatAJudgementSays) {
  MakeBoth();
  JudgementContent content = Quality(1);
  content.opinion.severity = 1;
  for (const std::string& item : {gold_, ordinary_}) {
    const ItemView held = Claims("ann", item);
    Acts("ann", item, SubmitCommand{.token = held.lease->token, .content = content}, "k");
  }
  EXPECT_EQ(StateOf(source_), "adjudication");
  EXPECT_EQ(StateOf(ordinary_), "adjudication");
  ExpectSame("judged as harm");
}

// Nobody can rule on what was taken out: then trust and safety looks at the copy.
TEST_P(KnownAnswers, AreLookedAtThemselvesWhereTheirSourceIsGone) {
  MakeBoth();
  Acts("liz", source_, CancelAct{.reason = "of a suite that is gone"}, "c");
  Claims("ann", gold_);
  for (int sent = 0; sent < 2; ++sent) Acts("ann", gold_, FlagSevereAct{.reason = "shows a number"}, "f");
  const ItemView escalated = View("liz", gold_);
  ASSERT_EQ(escalated.escalations.size(), 1u);
  EXPECT_EQ(escalated.item.state, ReviewState::kEscalated);
  EXPECT_EQ(escalated.escalations[0].escalation.route, EscalationRoute::kTrustSafety);
  Acts("lea", gold_, ResolveCommand{.outcome = EscalationOutcome::kVoid, .ruling = "it does harm"}, "r");
  EXPECT_EQ(StateOf(gold_), "cancelled");
}

TEST_P(KnownAnswers, ThatSomebodyEscalatesAreTakenFromNobodyElse) {
  MakeBoth();
  for (const std::string& item : {gold_, ordinary_}) {
    Claims("ann", item);
    Acts("ann", item, EscalateCommand{.reason = EscalationReason::kAmbiguity, .note = "what is right?"}, "e");
  }
  ExpectSame("escalated");
  EXPECT_EQ(View("ann", gold_).item.state, ReviewState::kEscalated);
  EXPECT_FALSE(Ask(reviews_->ClaimItem(As("ann"), {.item = gold_})));
  const ItemView lead = View("liz", gold_);
  EXPECT_EQ(lead.item.state, ReviewState::kQueued);
  EXPECT_EQ(lead.escalations.size(), 1u) << "who leads reads what was asked";
  clock_.Add(hours(25));
  EXPECT_TRUE(Claims("bob", gold_).lease.has_value());
}

// Of as many as there are: a claim looks at a few, whatever keeps the person from them.
TEST_P(KnownAnswers, AreLookedThroughAFewAtATime) {
  WriteQueue("gold: {share: 0.5, share_after_miss: 0.5, mark: 0.5, minimum: 5, every: 1, again_after: 1d}\n");
  Start();
  Items();
  ReviewStore store(*work_->store);
  ReviewPolicies policies(work_->catalog, *work_->store);
  ASSERT_TRUE(policies.Open(clock_.Now()));
  PeopleRecords people;
  ReviewBooks books(store);
  ReviewDesk desk(store, policies, people, clock_, [](const ReviewFact&, const ItemState&) {});
  NextItems next(desk, policies, people, books, store);
  const std::string first = Ask(reviews_->ListItems(As("lea"), {}, {}))->items.at(0).id;
  const auto stored = store.ReadItem("default", first);
  const ReviewItem source = Fold(stored->facts)->item;
  const Asking asking{.project = "default", .reviewer = people_->at(0), .roster = people_, .now = clock_.Now()};
  int known = 0;
  for (const int wanted : {10, 100, 400}) {
    for (; known < wanted; ++known) {
      ReviewItem item = source;
      item.id = MakeId(clock_.Now());
      item.run = "gold " + std::to_string(known);
      item.purpose = ItemPurpose::kGold;
      item.language = "nobody speaks it";
      const NewReviewItem added{
          .entered = {.item = item.id, .seq = 1, .at = clock_.Now(), .body = ItemEntered{.item = item}},
          .content = *store.ReadContent("default", source.content_hash)};
      ASSERT_TRUE(store.EnterItems({&added, 1}));
      ASSERT_TRUE(books.Put({.item = item.id,
                             .project = "default",
                             .queue = "q",
                             .source_item = source.id,
                             .answer = {.expected = Quality(5).opinion}},
                            clock_.Now(), "lea"));
    }
    ASSERT_TRUE(desk.Load());
    const std::int64_t before = next.gold_looked_at();
    const auto found = next.First(asking, {});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(found->item.empty()) << "they get what they were to get";
    EXPECT_EQ(next.gold_looked_at() - before, std::min<std::int64_t>(wanted, kMostGoldLookedAt)) << wanted;
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, ActingRights, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });
INSTANTIATE_TEST_SUITE_P(Engines, KnownAnswers, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
