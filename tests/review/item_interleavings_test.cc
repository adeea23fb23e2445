// Random people doing random things to an item at random times, with programs that crash in between: the invariants
// hold, and in the end the item can be finished.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/random.h"
#include "tests/review/kept_evidence.h"
#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using testing::KeptEvidence;
using testing::LeadPerson;
using testing::Person;
using testing::Says;
using testing::TestItem;
using testing::TestPolicy;

constexpr std::int64_t kRuns = 8000;
constexpr int kSteps = 50;

std::vector<Reviewer> Roster() {
  std::vector<Reviewer> roster;
  for (const char* name : {"ann", "bob", "cid", "dan", "eve"}) roster.push_back(Person(name));
  for (const char* name : {"lea", "leo"}) roster.push_back(LeadPerson(name));
  roster.push_back(Person("pia", {ReviewRole::kPrivacy}));
  roster.push_back(Person("liz", {ReviewRole::kLead}));
  roster.push_back(Person("tom", {ReviewRole::kTrustSafety, ReviewRole::kExpert, ReviewRole::kMlLead,
                                  ReviewRole::kSuiteOwner, ReviewRole::kManager}));
  return roster;
}

// One item in the hands of chance.
class Interleaving {
 public:
  // A calm one takes nobody's judgement away, and nobody passes an item over: then everybody stays eligible.
  Interleaving(std::uint64_t seed, const std::vector<Reviewer>& roster, const ReviewPolicy& policy, bool is_calm)
      : random_(seed), roster_(roster), policy_(policy), is_calm_(is_calm) {
    constexpr int kOverlaps[][2] = {{1, 1}, {2, 2}, {2, 3}, {3, 3}};
    const auto& overlap = kOverlaps[random_.Below(4)];
    policy_.queue.audit.share = random_.Uniform();
    policy_.queue.agreement.majority = random_.Below(2) == 0;
    constexpr OnNewMajor kOnNewMajor[] = {OnNewMajor::kFinish, OnNewMajor::kRestart, OnNewMajor::kMap};
    policy_.queue.on_new_major = kOnNewMajor[random_.Below(3)];
    policy_.draw_key = std::to_string(seed);
    ReviewItem item = TestItem();
    item.people = overlap[0];
    item.at_most = overlap[1];
    Keep(Enter(item, policy_, now_));
  }

  // The first thing that went wrong, "" for nothing.
  std::string Run() {
    for (int step = 0; step < kSteps && fault_.empty(); ++step) Step();
    if (fault_.empty()) Finish();
    return fault_;
  }
  const ItemState& state() const { return state_; }
  int refused() const { return refused_; }

  // I8, from the facts alone.
  std::string BrokenEvidence(std::int64_t& ended) const {
    const Result<ItemState> rebuilt = Fold(facts_);
    return rebuilt ? cited_.BrokenIn(*rebuilt, ended) : rebuilt.error().message;
  }
  std::size_t cited() const { return cited_.cited(); }

 private:
  // Stores what a command gave, as a store does: all of it or, where another writer was faster, nothing.
  bool Keep(const Result<ReviewFacts>& facts) {
    if (!facts) {
      ++refused_;
      return false;
    }
    const std::size_t judgements = state_.judgements.size();
    for (const ReviewFact& fact : *facts) {
      const Status applied = Apply(fact, state_);
      if (!applied) return Complain(applied.error().message);
      facts_.push_back(fact);
    }
    if (state_.judgements.size() < judgements) return Complain("I5: a judgement is gone");
    cited_.Cite(state_);
    if (std::string broken = BrokenInvariant(state_, now_); !broken.empty()) return Complain(broken);
    return true;
  }
  bool Complain(const std::string& fault) {
    if (fault_.empty()) fault_ = fault + ", " + std::to_string(facts_.size()) + " facts";
    return false;
  }

  const Reviewer& Anybody() { return roster_[random_.Below(roster_.size())]; }
  std::string Key() { return "k" + std::to_string(++keys_); }

  JudgementContent Opinion() {
    JudgementContent content =
        Says(static_cast<int>(1 + random_.Below(5)), random_.Below(3) == 0 ? "curt" : "friendly");
    content.rubric_version = state_.rubric_version;
    if (random_.Below(25) == 0) content.opinion.severity = static_cast<int>(1 + random_.Below(3));
    content.times.active = std::chrono::seconds(random_.Below(100));
    return content;
  }

  // With the rubric of the item's version.
  const ReviewPolicy& Policy() {
    policy_.rubric.version = ToString(state_.rubric_version);
    return policy_;
  }

  // A version that maps what the one before says, but for tone curt, so that some items begin anew.
  RubricSpec RubricOf(const RubricVersion& version) const {
    RubricSpec rubric = policy_.rubric;
    rubric.version = ToString(version);
    rubric.maps = {{.from = version.major - 1,
                    .criteria = {{.criterion = "quality", .same = true},
                                 {.criterion = "tone", .answers = {{"friendly", "friendly"}}}}}};
    return rubric;
  }

  void Work(const Reviewer& person, const ReviewLease& lease) {
    switch (lease.role) {
      case LeaseRole::kLabel:
      case LeaseRole::kRework: {
        const SubmitCommand command{.reviewer = person, .token = lease.token, .key = Key(), .content = Opinion()};
        const bool is_kept = Keep(Submit(state_, command, Policy(), nullptr, now_));
        if (!is_kept || !fault_.empty()) break;
        last_ = command;
        break;
      }
      case LeaseRole::kAdjudicate:
        Keep(Adjudicate(state_,
                        {.reviewer = person,
                         .token = lease.token,
                         .key = Key(),
                         .content = Opinion(),
                         .cause = ReviewCause::kMissing},
                        Policy(), now_));
        break;
      case LeaseRole::kAudit: {
        const bool passes = random_.Below(3) > 0;
        Keep(Audit(state_,
                   {.reviewer = person,
                    .token = lease.token,
                    .key = Key(),
                    .passes = passes,
                    .defect = passes ? "" : "tone",
                    .cause = passes ? ReviewCause::kNone : ReviewCause::kMissing},
                   Policy(), now_));
        break;
      }
    }
  }

  // Sending the last submission again changes nothing, however much has happened since.
  void SendAgain() {
    if (!last_) return;
    const auto facts = Submit(state_, *last_, Policy(), nullptr, now_);
    if (!facts || !facts->empty()) Complain("T8: a submission that was sent again was taken for another");
  }

  void Crash() {
    const Result<ItemState> rebuilt = Fold(facts_);
    if (!rebuilt) {
      Complain(rebuilt.error().message);
      return;
    }
    const bool is_same = rebuilt->judgements == state_.judgements && rebuilt->decisions == state_.decisions &&
                         rebuilt->leases == state_.leases && rebuilt->escalations == state_.escalations &&
                         StateAt(*rebuilt, now_) == StateAt(state_, now_);
    if (!is_same) Complain("a state from its facts is another");
    state_ = *rebuilt;
  }

  void Revise() {
    if (state_.judgements.empty()) return;
    const Judgement judgement = state_.judgements[random_.Below(state_.judgements.size())];
    const auto person = std::ranges::find(roster_, judgement.person, &Reviewer::id);
    Keep(assay::Revise(state_, {.reviewer = *person, .judgement = judgement.id, .key = Key(), .content = Opinion()},
                       Policy(), now_));
  }

  void Rule(const Reviewer& person) {
    ResolveCommand command{.reviewer = person, .ruling = "so", .key = Key()};
    const std::uint64_t outcome = random_.Below(10);
    if (outcome == 0) command.outcome = EscalationOutcome::kVoid;
    if (outcome > 5) {
      command.outcome = EscalationOutcome::kDecide;
      command.content = Opinion();
    }
    Keep(Resolve(state_, command, Policy(), now_));
  }

  // By anybody; who may not is refused. Brought in twice it changes nothing the second time.
  void Import(const Reviewer& person) {
    const ImportJudgementCommand command{.importer = person,
                                         .judgement = {.id = "elsewhere/" + std::to_string(random_.Below(6)),
                                                       .person = "imported:" + std::to_string(random_.Below(4)),
                                                       .content = Opinion(),
                                                       .at = now_ - std::chrono::hours(1)}};
    const auto facts = ImportJudgement(state_, command, roster_, Policy(), now_);
    if (!facts || !Keep(facts)) return;
    const auto again = ImportJudgement(state_, command, roster_, Policy(), now_);
    if (!again || !again->empty()) Complain("T26: a judgement that was brought in again was taken for another");
  }

  void Step() {
    now_ += std::chrono::seconds(random_.Below(400));
    const Reviewer& person = Anybody();
    const ReviewLease* found = LeaseOf(state_, person.id);
    const std::optional<ReviewLease> lease = found == nullptr ? std::nullopt : std::optional(*found);
    switch (random_.Below(24)) {
      case 0:
        return Crash();
      case 1:
        return SendAgain();
      case 2:
        now_ += std::chrono::minutes(20);  // leases expire
        return;
      case 3:
        if (lease) {
          Keep(GiveBack(state_,
                        {.reviewer = person,
                         .token = lease->token,
                         .is_skip = !is_calm_ && random_.Below(2) == 0,
                         .reason = "no"},
                        Policy(), now_));
        }
        return;
      case 4:
        return Revise();
      case 5:
        if (random_.Below(3) == 0) {
          Keep(Escalate(state_,
                        {.reviewer = person, .reason = static_cast<EscalationReason>(random_.Below(7)), .key = Key()},
                        Policy(), now_));
        }
        return;
      case 6:
      case 7:
        return Rule(person);
      case 8:
        if (random_.Below(3) == 0) Keep(Quarantine(state_, {.reviewer = person, .key = Key()}, Policy(), now_));
        return;
      case 9:
        Keep(EndQuarantine(state_,
                           {.reviewer = person,
                            .content_hash = random_.Below(2) == 0 ? "" : "h" + std::to_string(keys_),
                            .policy = "1",
                            .key = Key()},
                           now_));
        return;
      case 10:
        if (random_.Below(4) == 0) Keep(FlagSevere(state_, {.reviewer = person, .key = Key()}, Policy(), now_));
        return;
      case 11:
        if (random_.Below(4) == 0) Keep(OrderAuditByDaemon(state_, "x", now_));
        if (random_.Below(4) == 0) Keep(Reopen(state_, {.reviewer = person, .reason = "wrong", .key = Key()}, now_));
        return;
      case 12:
        if (random_.Below(8) == 0) {
          const RubricVersion next =
              random_.Below(2) == 0 ? RubricVersion{state_.rubric_version.major + 1, 0, 0}
                                    : RubricVersion{state_.rubric_version.major, state_.rubric_version.minor + 1, 0};
          Keep(AdvanceRubric(
              state_, {.reviewer = person, .version = next, .approval = "a", .key = Key(), .rubric = RubricOf(next)},
              Policy(), now_));
        }
        return;
      case 13:
        if (!is_calm_ && random_.Below(4) == 0 && !state_.judgements.empty()) {
          const std::string id = state_.judgements[random_.Below(state_.judgements.size())].id;
          Keep(VoidJudgement(state_, {.reviewer = person, .judgement = id, .reason = "x", .key = Key()}, Policy(),
                             now_));
        }
        return;
      case 14:
        if (random_.Below(4) == 0)
          Keep(AwaitGuideline(state_, {.reviewer = person, .clarification = "c", .key = Key()}, now_));
        return;
      case 15:
        Keep(GuidelineArrives(state_, {.reviewer = person, .clarification = "c", .key = Key()}, Policy(), now_));
        return;
      case 16:
        Keep(Sweep(state_, roster_, Policy(), now_));
        return;
      case 17:
        return Import(person);
      default:
        if (lease && random_.Below(2) == 0) return Work(person, *lease);
        Keep(Claim(state_, {.reviewer = person, .is_prefetch = random_.Below(5) == 0}, roster_, Policy(), now_));
    }
  }

  // Everybody does what the state asks for, until it is done. I6: somebody always can.
  void Finish() {
    for (int step = 0; step < 300 && fault_.empty(); ++step) {
      now_ += std::chrono::minutes(1);
      const ReviewState at = StateAt(state_, now_);
      if (at == ReviewState::kDone || at == ReviewState::kCancelled) return;
      Keep(Sweep(state_, roster_, Policy(), now_));
      if (!CanGoOn(state_, roster_, policy_.queue, now_)) {
        Complain("I6: nobody can go on with an item that is " + std::string(WordOf(StateAt(state_, now_))));
        return;
      }
      const Reviewer& person = Anybody();
      switch (StateAt(state_, now_)) {
        case ReviewState::kQuarantined:
          Keep(EndQuarantine(state_, {.reviewer = person, .key = Key()}, now_));
          break;
        case ReviewState::kEscalated:
          Rule(person);
          break;
        case ReviewState::kBlocked:
          Keep(GuidelineArrives(state_,
                                {.reviewer = person, .clarification = state_.awaited_clarification, .key = Key()},
                                Policy(), now_));
          break;
        default: {
          Keep(Claim(state_, {.reviewer = person}, roster_, Policy(), now_));
          if (const ReviewLease* lease = LeaseOf(state_, person.id)) Work(person, ReviewLease(*lease));
        }
      }
    }
    Complain("I6: stuck as " + std::string(WordOf(StateAt(state_, now_))));
  }

  Random random_;
  const std::vector<Reviewer>& roster_;
  ReviewPolicy policy_;
  bool is_calm_;
  Time now_ = At(0);
  ItemState state_;
  std::vector<ReviewFact> facts_;
  KeptEvidence cited_;
  std::optional<SubmitCommand> last_;
  std::string fault_;
  int keys_ = 0;
  int refused_ = 0;
};

TEST(ReviewInterleavings, KeepTheInvariantsAndLeaveNoItemStuck) {
  const std::vector<Reviewer> roster = Roster();
  const ReviewPolicy policy = TestPolicy();
  std::set<ReviewState> ends;
  std::int64_t refused = 0, decisions = 0, epochs = 0;
  for (std::int64_t run = 0; run < kRuns; ++run) {
    Interleaving interleaving(RandomAt(7, static_cast<std::uint64_t>(run)), roster, policy, run % 2 == 0);
    ASSERT_EQ(interleaving.Run(), "") << "run " << run;
    ends.insert(StateAt(interleaving.state(), Time::max()));
    if (run % 2 == 0) {
      const auto is_stuck = [](const ReviewEscalation& e) { return e.reason == EscalationReason::kStuck; };
      ASSERT_TRUE(std::ranges::none_of(interleaving.state().escalations, is_stuck))
          << "run " << run << ": nobody could go on";
    }
    refused += interleaving.refused();
    decisions += std::ssize(interleaving.state().decisions);
    epochs += interleaving.state().epoch - 1;
  }
  // It would prove nothing if little happened.
  EXPECT_GT(refused, 10 * kRuns);
  EXPECT_GT(decisions, kRuns);
  EXPECT_GT(epochs, kRuns / 30);
  EXPECT_TRUE(ends.contains(ReviewState::kDone) && ends.contains(ReviewState::kCancelled));
}

TEST(ReviewInterleavings, LeaveTheEvidenceOfVerdictsAsItWas) {
  const std::vector<Reviewer> roster = Roster();
  const ReviewPolicy policy = TestPolicy();
  std::int64_t ended = 0;
  std::size_t cited = 0;
  for (std::int64_t run = 0; run < kRuns / 4; ++run) {
    Interleaving interleaving(RandomAt(8, static_cast<std::uint64_t>(run)), roster, policy, run % 2 == 0);
    ASSERT_EQ(interleaving.Run(), "") << "run " << run;
    ASSERT_EQ(interleaving.BrokenEvidence(ended), "") << "I8, run " << run;
    cited += interleaving.cited();
  }
  // Decisions end in many of them: by revisions, failed audits, redactions, flags and reopening.
  EXPECT_GT(ended, kRuns / 16);
  EXPECT_GT(cited, static_cast<std::size_t>(kRuns / 4));
}

}  // namespace
}  // namespace assay
