// Random people do random things to items of a real store, through the calls of the service, with daemons that are
// killed in between: the invariants hold in what is stored, and in the end each item can be finished.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/digest.h"
#include "core/identifier.h"
#include "core/random.h"
#include "tests/daemon/reviews/review_desk.h"
#include "tests/review/kept_evidence.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;

constexpr std::uint64_t kSeed = 11;
constexpr int kRounds = 7;
constexpr int kItemsOfARound = 30;  // two of a case: what is quarantined reaches the other
constexpr int kStepsOfAnItem = 25;
constexpr int kKillsOfARound = 3;

class StoreInterleavings : public ReviewDeskTest {
 protected:
  void SetUp() override {
    ReviewDeskTest::SetUp();
    if (::testing::Test::IsSkipped()) return;
    const EnumSet<ReviewRole> lead = {ReviewRole::kReviewer, ReviewRole::kAdjudicator, ReviewRole::kAuditor,
                                      ReviewRole::kLead};
    std::vector<Reviewer> people;
    for (const char* name : {"ann", "bob", "cid", "dan", "eve"})
      people.push_back({.id = name, .roles = {ReviewRole::kReviewer}});
    for (const char* name : {"lea", "leo"}) people.push_back({.id = name, .roles = lead});
    people.push_back({.id = "pia", .roles = {ReviewRole::kPrivacy}});
    people.push_back({.id = "liz", .roles = {ReviewRole::kLead}});
    people.push_back({.id = "tom",
                      .roles = {ReviewRole::kTrustSafety, ReviewRole::kExpert, ReviewRole::kMlLead,
                                ReviewRole::kSuiteOwner, ReviewRole::kManager}});
    roster_ = people;
    SetPeople(std::move(people));
    RunSuite();
    AwaitItems(2);
    const auto listed = Ask(reviews_->ListItems(As("liz"), {}, {}));
    template_ = Stored(listed->items.at(0).id).item;
    content_ = *ReviewStore(*work_->store).ReadContent("default", template_.content_hash);
    WriteQueue("audit: {share: 0.4, new_share: 0.4, at_least: 0}\nlease: {per_person: 100}\n");
  }

  ItemState Stored(const std::string& item) {
    const auto stored = ReviewStore(*work_->store).ReadItem("default", item);
    EXPECT_TRUE(stored) << stored.error().message;
    return stored ? Fold(stored->facts).value_or(ItemState{}) : ItemState{};
  }
  void EnterItems() {
    ReviewStore store(*work_->store);
    items_.clear();
    for (int i = 0; i < kItemsOfARound; ++i) {
      ReviewItem item = template_;
      item.id = MakeId(clock_.Now());
      item.case_id = "c" + std::to_string(++entered_ / 2);
      item.run = i % 2 == 0 ? "one" : "other";
      const NewReviewItem added{
          .entered = {.item = item.id, .seq = 1, .at = clock_.Now(), .body = ItemEntered{.item = item}},
          .content = content_};
      ASSERT_TRUE(store.EnterItems({&added, 1}));
      items_.push_back(item.id);
    }
  }

  std::string Key() { return "k" + std::to_string(++keys_); }
  const Reviewer& Anybody() { return roster_[random_.Below(roster_.size())]; }
  JudgementContent Says() {
    JudgementContent content = Quality(static_cast<int>(1 + random_.Below(5)));
    if (random_.Below(25) == 0) content.opinion.severity = static_cast<int>(1 + random_.Below(2));
    return content;
  }
  // Done or refused; then what is stored is as it must be.
  bool Does(const std::string& person, const std::string& item, const ItemCommand& command, const std::string& key) {
    const auto view = Ask(reviews_->Act(As(person), item, key, command));
    view ? ++done_ : ++refused_;
    Check(item);
    return view.has_value();
  }
  void Check(const std::string& item) {
    const ItemState state = Stored(item);
    ASSERT_EQ(BrokenInvariant(state, clock_.Now()), "");
    ASSERT_GE(state.judgements.size(), judged_[item]) << "I5: a judgement is gone from " << item;
    judged_[item] = state.judgements.size();
    evidence_[item].Cite(state);
  }

  void Work(const std::string& person, const std::string& item, const ReviewLease& lease) {
    const SubmitCommand submit{.token = lease.token, .content = Says()};
    switch (lease.role) {
      case LeaseRole::kLabel:
      case LeaseRole::kRework: {
        const std::string key = Key();
        if (Does(person, item, submit, key)) last_ = {person, item, key, submit};
        return;
      }
      case LeaseRole::kAdjudicate:
        Does(person, item, AdjudicateCommand{.token = lease.token, .content = Says(), .cause = ReviewCause::kMissing},
             Key());
        return;
      case LeaseRole::kAudit: {
        Does(person, item, submit, Key());
        const bool passes = random_.Below(3) > 0;
        Does(person, item,
             AuditCommand{.token = lease.token,
                          .passes = passes,
                          .defect = passes ? "" : "wrong",
                          .cause = passes ? ReviewCause::kNone : ReviewCause::kSlip},
             Key());
        return;
      }
    }
  }
  void Claim(const std::string& person, const std::string& item) {
    const ClaimArguments wanted{.item = random_.Below(4) == 0 ? "" : item, .is_prefetch = random_.Below(6) == 0};
    const auto claimed = Ask(reviews_->ClaimItem(As(person), wanted));
    claimed ? ++done_ : ++refused_;
    Check(claimed && claimed->view ? claimed->view->item.id : item);
  }
  // T8: sent again, however much has happened since, it succeeds and says nothing.
  void SendAgain() {
    if (last_.item.empty()) return;
    const std::int64_t before = Stored(last_.item).seq;
    const auto view = Ask(reviews_->Act(As(last_.person), last_.item, last_.key, last_.command));
    ASSERT_TRUE(view) << view.error().message;
    ASSERT_EQ(Stored(last_.item).seq, before);
  }
  void Rules(const std::string& person, const std::string& item) {
    ResolveCommand command{.ruling = "so"};
    const std::uint64_t outcome = random_.Below(10);
    if (outcome == 0) command.outcome = EscalationOutcome::kVoid;
    if (outcome > 5) {
      command.outcome = EscalationOutcome::kDecide;
      command.content = Says();
    }
    Does(person, item, command, Key());
  }
  // The last that a daemon stored before it was killed: nobody was answered, and the next one has to find it.
  void DiesInAClaim(const std::string& person, const std::string& item) {
    ReviewPolicies policies(work_->catalog, *work_->store);
    ASSERT_TRUE(policies.Open(clock_.Now()));
    const ItemState state = Stored(item);
    const auto policy = policies.For(state.item, state.rubric_version);
    ASSERT_TRUE(policy) << policy.error().message;
    const auto reviewer = std::ranges::find(roster_, person, &Reviewer::id);
    const auto facts = assay::Claim(state, {.reviewer = *reviewer}, roster_, **policy, clock_.Now());
    if (facts && !facts->empty()) {
      ASSERT_TRUE(ReviewStore(*work_->store).AppendFacts(item, *facts));
    }
    Open();
    Check(item);
  }

  void Step() {
    clock_.Add(std::chrono::seconds(random_.Below(60)));
    const std::string item = items_[random_.Below(items_.size())];
    const std::string person = Anybody().id;
    const ItemState state = Stored(item);
    const ReviewLease* found = LeaseOf(state, person);
    switch (random_.Below(20)) {
      case 0:
        return SendAgain();
      case 1:
        return clock_.Add(minutes(20));  // leases expire
      case 2:
        if (found != nullptr) Does(person, item, GiveBackCommand{.token = found->token}, "");
        return;
      case 3:
        if (!state.judgements.empty()) {
          const Judgement& judgement = state.judgements[random_.Below(state.judgements.size())];
          Does(judgement.person, item, ReviseCommand{.judgement = judgement.id, .content = Says()}, Key());
        }
        return;
      case 4:
        if (random_.Below(3) == 0)
          Does(person, item, EscalateCommand{.reason = static_cast<EscalationReason>(random_.Below(7))}, Key());
        return;
      case 5:
      case 6:
        return Rules(person, item);
      case 7:
        if (random_.Below(4) == 0) Does(person, item, QuarantineAct{.reason = "x"}, Key());
        return;
      case 8:
        if (random_.Below(2) == 0) Does(person, item, EndQuarantineAct{}, Key());
        return;
      case 9:
        return Redacts(item);
      case 10:
        if (random_.Below(4) == 0) Does(person, item, FlagSevereAct{.reason = "x"}, Key());
        return;
      case 11:
        if (random_.Below(4) == 0) Does(person, item, ReopenCommand{.reason = "x", .cause = ReviewCause::kSlip}, Key());
        if (random_.Below(4) == 0) Does(person, item, OrderAuditAct{.reason = "x"}, Key());
        return;
      default:
        if (found != nullptr && random_.Below(3) > 0) return Work(person, item, *found);
        return Claim(person, item);
    }
  }
  void Redacts(const std::string& item) {
    const ItemState state = Stored(item);
    if (OpenQuarantine(state) == nullptr) return;
    ItemContent content = *ItemContentFrom(*ReviewStore(*work_->store).ReadContent("default", state.content_hash));
    std::string& text = random_.Below(2) == 0 ? content.responses.at(0).text : content.prompt.at(0).text;
    text = "[redacted " + std::to_string(++keys_) + "]";
    Does("pia", item, EndQuarantineAct{.content = content, .policy = "1"}, Key());
  }

  // Everybody does what the state asks for, until it is done. I6: somebody always can.
  std::string Finish(const std::string& item) {
    for (int step = 0; step < 400; ++step) {
      clock_.Add(minutes(1));
      const ItemState state = Stored(item);
      const ReviewState at = StateAt(state, std::max(clock_.Now(), state.last_at));
      if (at == ReviewState::kDone || at == ReviewState::kCancelled) return "";
      const std::string person = Anybody().id;
      if (at == ReviewState::kQuarantined) {
        Does("pia", item, EndQuarantineAct{}, Key());
      } else if (at == ReviewState::kEscalated) {
        Rules(person, item);
      } else {
        const auto claimed = Ask(reviews_->ClaimItem(As(person), ClaimArguments{.item = item}));
        Check(item);
        const ItemState held = Stored(item);
        if (const ReviewLease* lease = LeaseOf(held, person); claimed && lease != nullptr) Work(person, item, *lease);
      }
      if (HasFatalFailure()) return "broken";
    }
    return "stuck as " + StateOfItem(item);
  }
  std::string StateOfItem(const std::string& item) {
    const ItemState state = Stored(item);
    return std::string(WordOf(StateAt(state, std::max(clock_.Now(), state.last_at))));
  }

  struct Sent {
    std::string person = {};
    std::string item = {};
    std::string key = {};
    SubmitCommand command = {};
  };
  Random random_{kSeed};
  std::vector<Reviewer> roster_;
  ReviewItem template_;
  std::string content_;
  std::vector<std::string> items_;
  std::map<std::string, std::size_t> judged_;
  std::map<std::string, KeptEvidence> evidence_;
  Sent last_;
  int entered_ = 0;
  int done_ = 0;
  int refused_ = 0;
};

TEST_P(StoreInterleavings, KeepTheInvariantsAndLeaveNoItemStuckOverDaemonsThatAreKilled) {
  std::map<std::string, int> ends;
  std::int64_t ended = 0;
  std::int64_t epochs = 0;
  std::size_t cited = 0;
  for (int round = 0; round < kRounds; ++round) {
    EnterItems();
    Open();
    for (int step = 1; step <= kItemsOfARound * kStepsOfAnItem; ++step) {
      Step();
      const bool dies = step % (kItemsOfARound * kStepsOfAnItem / kKillsOfARound) == 0;
      if (dies) DiesInAClaim(Anybody().id, items_[random_.Below(items_.size())]);
      ASSERT_FALSE(HasFatalFailure()) << "seed " << kSeed << ", round " << round << ", step " << step;
    }
    for (const std::string& item : items_) {
      ASSERT_EQ(Finish(item), "") << "I6: seed " << kSeed << ", round " << round << ", item " << item;
      ++ends[StateOfItem(item)];
    }
    // Of all items of the round at last: what was done to one reached none that it should not.
    for (const std::string& item : items_) {
      const ItemState state = Stored(item);
      ASSERT_EQ(BrokenInvariant(state, std::max(clock_.Now(), state.last_at)), "");
      ASSERT_EQ(evidence_[item].BrokenIn(state, ended), "") << "I8: round " << round;
      cited += evidence_[item].cited();
      epochs += state.epoch - 1;
    }
  }
  // It would prove nothing if little happened.
  EXPECT_GT(done_, kRounds * kItemsOfARound * 6);
  EXPECT_GT(refused_, kRounds * kItemsOfARound * 3);
  EXPECT_GT(ends["done"], kRounds * kItemsOfARound / 2);
  EXPECT_GT(cited, static_cast<std::size_t>(kRounds * kItemsOfARound / 2));
  EXPECT_GT(ended, kRounds);
  EXPECT_GT(epochs, kRounds / 2);
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreInterleavings, ::testing::Values(false),
                         [](const auto&) { return std::string("Sqlite"); });

}  // namespace
}  // namespace assay::testing
