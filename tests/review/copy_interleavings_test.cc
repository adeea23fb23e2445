// Random people with a copy of a calibration: whatever one of them does takes it from nobody else, but that it may hold
// data that nobody must see, and that it is taken out.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/random.h"
#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using testing::LeadPerson;
using testing::Person;
using testing::Says;
using testing::TestItem;
using testing::TestPolicy;

constexpr std::int64_t kRunsOfCopies = 5000;
constexpr int kStepsOfCopies = 40;

std::vector<Reviewer> SessionPeople() {
  std::vector<Reviewer> people;
  for (const char* name : {"ann", "bob", "cid", "dan"}) people.push_back(Person(name));
  for (const char* name : {"lea", "leo"}) people.push_back(LeadPerson(name));
  people.push_back(Person("pia", {ReviewRole::kPrivacy}));
  people.push_back(Person("tom", {ReviewRole::kTrustSafety, ReviewRole::kExpert}));
  return people;
}

class CopyInterleaving {
 public:
  CopyInterleaving(std::uint64_t seed, const std::vector<Reviewer>& people) : random_(seed), people_(people) {
    ReviewItem item = TestItem();
    item.purpose = ItemPurpose::kCalibration;
    Keep(Enter(item, policy_, now_));
  }

  // The first thing that went wrong, "" for nothing.
  std::string Run() {
    for (int step = 0; step < kStepsOfCopies && fault_.empty(); ++step) Step();
    if (fault_.empty()) Finish();
    return fault_;
  }
  std::int64_t asked() const { return asked_; }
  const ItemState& state() const { return state_; }

 private:
  bool Keep(const Result<ReviewFacts>& facts) {
    if (!facts) return false;
    for (const ReviewFact& fact : *facts) {
      if (const Status applied = Apply(fact, state_); !applied) return Complain(applied.error().message);
      facts_.push_back(fact);
    }
    if (std::string broken = BrokenInvariant(state_, now_); !broken.empty()) return Complain(broken);
    return !facts->empty();
  }
  bool Complain(const std::string& fault) {
    if (fault_.empty()) fault_ = fault + ", " + std::to_string(facts_.size()) + " facts";
    return false;
  }
  std::string Key() { return "k" + std::to_string(++keys_); }

  // Who can have it now, or has it.
  std::set<std::string> Able(const std::string& but_for) const {
    std::set<std::string> able;
    for (const Reviewer& person : people_) {
      const ReviewLease* lease = LeaseOf(state_, person.id);
      const bool holds = lease != nullptr && lease->IsLiveAt(now_);
      const bool may = MayClaim(state_, person, {}, people_, policy_.queue, now_).obstacle == ClaimObstacle::kNone;
      if (person.id != but_for && (holds || may)) able.insert(person.id);
    }
    return able;
  }

  // What one person does, which must be the same to the others.
  void Alone(const Reviewer& person, const Result<ReviewFacts>& facts, const std::string& what) {
    const std::set<std::string> before = Able(person.id);
    if (!Keep(facts)) return;
    ++asked_;
    if (Able(person.id) != before) Complain(person.id + " " + what + ": it is another thing to the others");
  }

  void Work(const Reviewer& person) {
    const ReviewLease* lease = LeaseOf(state_, person.id);
    if (lease == nullptr || !lease->IsLiveAt(now_)) {
      Alone(person, Claim(state_, {.reviewer = person}, people_, policy_, now_), "claims");
      return;
    }
    JudgementContent content = Says(static_cast<int>(1 + random_.Below(5)));
    if (random_.Below(10) == 0) content.opinion.severity = 1;
    const SubmitCommand command{.reviewer = person, .token = lease->token, .key = Key(), .content = content};
    Alone(person, Submit(state_, command, policy_, nullptr, now_), "judges");
  }

  void Escalates(const Reviewer& person) {
    const EscalateCommand command{
        .reviewer = person, .reason = static_cast<EscalationReason>(random_.Below(7)), .key = Key()};
    const bool had_part = LeaseOf(state_, person.id) != nullptr;
    const std::size_t escalations = state_.escalations.size();
    Alone(person, Escalate(state_, command, policy_, now_), "escalates");
    const bool is_asked = state_.escalations.size() > escalations && had_part;
    if (is_asked && MayClaim(state_, person, {}, people_, policy_.queue, now_).obstacle == ClaimObstacle::kNone)
      Complain(person.id + " is offered again what they have escalated");
    if (OpenEscalation(state_) != nullptr) Complain("an escalation of " + person.id + " holds the copy");
  }

  void Step() {
    now_ += std::chrono::seconds(random_.Below(300));
    const Reviewer& person = people_[random_.Below(people_.size())];
    switch (random_.Below(12)) {
      case 0: {
        const Result<ItemState> rebuilt = Fold(facts_);
        if (!rebuilt) {
          Complain(rebuilt.error().message);
        } else if (rebuilt->escalations != state_.escalations || rebuilt->skipped_by != state_.skipped_by) {
          Complain("a state from its facts is another");
        }
        return;
      }
      case 1:
        now_ += std::chrono::minutes(20);
        return;
      case 2: {
        const ReviewLease* lease = LeaseOf(state_, person.id);
        if (lease == nullptr) return;
        const GiveBackCommand command{
            .reviewer = person, .token = lease->token, .is_skip = random_.Below(2) == 0, .reason = "no"};
        return Alone(person, GiveBack(state_, command, policy_, now_), "gives it back");
      }
      case 3:
      case 4:
        return Escalates(person);
      case 5:
        return Alone(person, FlagSevere(state_, {.reviewer = person, .key = Key()}, policy_, now_), "flags harm");
      case 6: {
        const ResolveCommand command{.reviewer = person, .ruling = "so", .key = Key()};
        if (Keep(Resolve(state_, command, policy_, now_))) Complain(person.id + " rules on what holds nothing");
        return;
      }
      case 7:
        return Alone(person, Sweep(state_, people_, policy_, now_), "is there when it is looked at");
      case 8:
        if (random_.Below(10) == 0) Keep(Quarantine(state_, {.reviewer = person, .key = Key()}, policy_, now_));
        return;
      case 9:
        Keep(EndQuarantine(state_, {.reviewer = person, .key = Key()}, now_));
        return;
      default:
        return Work(person);
    }
  }

  // Who has not judged, escalated or passed it over can still judge it.
  void Finish() {
    now_ += std::chrono::minutes(30);
    Keep(EndQuarantine(state_, {.reviewer = people_[6], .key = Key()}, now_));
    for (const Reviewer& person : people_) {
      const bool has_judged =
          std::ranges::find(state_.judgements, person.id, &Judgement::person) != state_.judgements.end();
      const bool has_passed = std::ranges::find(state_.skipped_by, person.id) != state_.skipped_by.end();
      if (has_judged || has_passed || !person.roles.Has(ReviewRole::kReviewer)) continue;
      Work(person);
      now_ += std::chrono::minutes(1);
      Work(person);
      if (std::ranges::find(state_.judgements, person.id, &Judgement::person) == state_.judgements.end())
        Complain(person.id + " cannot judge it");
    }
  }

  Random random_;
  const std::vector<Reviewer>& people_;
  const ReviewPolicy policy_ = TestPolicy();
  Time now_ = At(0);
  ItemState state_;
  std::vector<ReviewFact> facts_;
  std::string fault_;
  std::int64_t asked_ = 0;
  int keys_ = 0;
};

TEST(CopyInterleavings, WhatOnePersonDoesWithACopyTakesItFromNobodyElse) {
  const std::vector<Reviewer> people = SessionPeople();
  std::int64_t asked = 0, escalated = 0, judged = 0;
  for (std::int64_t run = 0; run < kRunsOfCopies; ++run) {
    CopyInterleaving interleaving(RandomAt(9, static_cast<std::uint64_t>(run)), people);
    ASSERT_EQ(interleaving.Run(), "") << "run " << run;
    asked += interleaving.asked();
    escalated += std::ssize(interleaving.state().escalations);
    judged += std::ssize(interleaving.state().judgements);
    ASSERT_TRUE(interleaving.state().decisions.empty());
  }
  // It would prove nothing if little happened.
  EXPECT_GT(asked, 5 * kRunsOfCopies);
  EXPECT_GT(escalated, kRunsOfCopies);
  EXPECT_GT(judged, 2 * kRunsOfCopies);
}

}  // namespace
}  // namespace assay
