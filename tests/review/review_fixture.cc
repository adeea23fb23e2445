#include "tests/review/review_fixture.h"

namespace assay::testing {

RubricSpec TestRubric() {
  RubricSpec rubric;
  rubric.name = "support";
  rubric.version = "2.1.0";
  rubric.guideline = "# 1 Quality\n# 1.1 Amounts\n# 2 Tone\n";
  CriterionSpec quality{.name = "quality", .weight = 3};
  quality.scale = ScoreScaleSpec{.from = 1, .to = 5, .pass = 4};
  CriterionSpec tone{.name = "tone", .not_applicable = true};
  tone.labels = {{.name = "friendly", .pass = true}, {.name = "curt"}, {.name = "rude", .pass = false}};
  CriterionSpec topics{.name = "topics", .several = true, .required = false, .weight = 0};
  topics.labels = {{.name = "invoice"}, {.name = "refund"}, {.name = "other"}};
  rubric.criteria = {quality, tone, topics};
  rubric.taxonomy = {
      {.name = "hallucination"}, {.name = "invented", .parent = "hallucination"}, {.name = "leak", .severity = 1}};
  rubric.severities = {{.level = 1, .name = "harm"}, {.level = 2, .name = "damage"}, {.level = 3, .name = "nuisance"}};
  return rubric;
}

QueueSpec TestQueue() {
  QueueSpec queue;
  queue.name = "review";
  queue.item = ReviewItemKind::kRubric;
  queue.rubric = "support";
  queue.suites = {"suite"};
  queue.overlap = {.people = 2, .at_most = 3};
  queue.audit.share = 0;
  queue.audit.new_share = 0;
  return queue;
}

ReviewPolicy TestPolicy() { return {.queue = TestQueue(), .rubric = TestRubric(), .draw_key = "secret"}; }

Reviewer Person(std::string id, EnumSet<ReviewRole> roles) { return {.id = std::move(id), .roles = roles}; }

Reviewer LeadPerson(std::string id) {
  return Person(std::move(id),
                {ReviewRole::kReviewer, ReviewRole::kAdjudicator, ReviewRole::kAuditor, ReviewRole::kLead});
}

ReviewItem TestItem() {
  return {.id = "01930000-0000-7000-8000-000000000001",
          .project = "default",
          .queue = "review",
          .suite = "suite",
          .run = "run",
          .case_id = "case",
          .content_hash = "before",
          .subject = {.kind = ReviewItemKind::kRubric, .responses = {"r1"}},
          .rubric = "support",
          .rubric_version = {2, 1, 0},
          .people = 2,
          .at_most = 3};
}

Time At(double minutes) {
  return *ParseTime("2026-11-24T10:00:00Z") +
         std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::ratio<60>>(minutes));
}

JudgementContent Says(int quality, std::string tone) {
  JudgementContent content;
  content.opinion.answers =
      CriteriaAnswers{{{.criterion = "quality", .score = quality}, {.criterion = "tone", .labels = {std::move(tone)}}}};
  content.rationale = "as the handbook says";
  content.rubric_version = {2, 1, 0};
  content.times.leased_at = At(0);
  content.times.active = std::chrono::seconds(40);
  return content;
}

ItemUnderTest::ItemUnderTest(ReviewPolicy with, ReviewItem item) : policy(std::move(with)) {
  roster = {Person("ann"), Person("bob"),     Person("cid"),    Person("dan"),
            Person("eve"), LeadPerson("lea"), LeadPerson("leo")};
  EXPECT_EQ(Do(Enter(item, policy, At(0))), "");
}

std::string ItemUnderTest::Do(const Result<ReviewFacts>& added) {
  if (!added) return added.error().message;
  for (const ReviewFact& fact : *added) {
    const Status applied = Apply(fact, state);
    EXPECT_TRUE(applied) << applied.error().message;
    facts.push_back(fact);
  }
  EXPECT_EQ(BrokenInvariant(state, state.last_at), "");
  return "";
}

std::string ItemUnderTest::Claims(const Reviewer& person, Time now) {
  return Do(Claim(state, {.reviewer = person}, roster, policy, now));
}

std::string ItemUnderTest::Submits(const Reviewer& person, JudgementContent content, Time now) {
  const ReviewLease* lease = LeaseOf(state, person.id);
  return Do(Submit(state,
                   {.reviewer = person,
                    .token = lease == nullptr ? 0 : lease->token,
                    .key = "key" + std::to_string(++submissions),
                    .content = std::move(content)},
                   policy, nullptr, now));
}

void ItemUnderTest::Judges(const Reviewer& person, const JudgementContent& content, Time now) {
  EXPECT_EQ(Claims(person, now), "");
  EXPECT_EQ(Submits(person, content, now + std::chrono::minutes(1)), "");
}

std::string ItemUnderTest::Adjudicates(const Reviewer& person, const JudgementContent& content, Time now,
                                       ReviewCause cause) {
  EXPECT_EQ(Claims(person, now), "");
  const ReviewLease* lease = LeaseOf(state, person.id);
  if (lease == nullptr) return "has no lease";
  return Do(Adjudicate(state,
                       {.reviewer = person,
                        .token = lease->token,
                        .key = "key" + std::to_string(++submissions),
                        .content = content,
                        .cause = cause},
                       policy, now));
}

std::string ItemUnderTest::Audits(const Reviewer& person, bool passes, Time now, ReviewCause cause) {
  if (const std::string refused = Claims(person, now); !refused.empty()) return refused;
  return Do(Audit(state,
                  {.reviewer = person,
                   .token = LeaseOf(state, person.id)->token,
                   .key = "key" + std::to_string(++submissions),
                   .passes = passes,
                   .defect = passes ? "" : "hallucination",
                   .cause = passes ? ReviewCause::kNone : cause},
                  policy, now));
}

ItemState ItemUnderTest::Rebuilt() const {
  ItemState rebuilt;
  for (const ReviewFact& fact : facts) {
    const Result<Json> json = Json::Parse(ToJson(fact).Dump());
    const Result<ReviewFact> read = ReviewFactFromJson(*json);
    EXPECT_TRUE(read) << read.error().message;
    if (!read) continue;
    EXPECT_EQ(*read, fact);
    EXPECT_TRUE(Apply(*read, rebuilt));
  }
  return rebuilt;
}

}  // namespace assay::testing
