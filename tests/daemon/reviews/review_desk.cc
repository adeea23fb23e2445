#include "tests/daemon/reviews/review_desk.h"

#include <thread>

#include "tests/testing/postgres_cluster.h"

namespace assay::testing {
namespace {

constexpr char kRubric[] = R"(kind: Rubric
name: r
version: "VERSION"
guideline: |
  ## 1 Quality
  What counts is whether it is right.
  ## 2 Tone
  Friendly.
criteria:
  - {name: quality, meaning: how good it is, clause: "1", scale: {from: 1, to: 5, pass: 4, anchors: {1: wrong, 5: right}}}
taxonomy:
  - {name: wrong, meaning: says what is not so}
  - {name: leak, meaning: shows data, severity: 1}
severities:
  - {level: 1, name: harm, meaning: data is shown}
  - {level: 2, name: damage, meaning: money is lost}
)";

Reviewer Named(const std::string& id, EnumSet<ReviewRole> roles) { return {.id = id, .roles = roles}; }

std::vector<Reviewer> Everybody() {
  const EnumSet<ReviewRole> lead = {ReviewRole::kReviewer, ReviewRole::kLead,    ReviewRole::kAdjudicator,
                                    ReviewRole::kAuditor,  ReviewRole::kPrivacy, ReviewRole::kTrustSafety};
  return {Named("ann", {ReviewRole::kReviewer}), Named("bob", {ReviewRole::kReviewer}),
          Named("eve", {ReviewRole::kReviewer}), Named("lea", lead), Named("max", lead)};
}

}  // namespace

void ReviewDeskTest::SetUp() {
  if (GetParam() && !PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
  if (GetParam()) location_ = PostgresCluster::Shared().CreateDatabase();
  people_ = std::make_shared<std::vector<Reviewer>>(Everybody());
  WriteWorkCatalog(files_, stub_.url());
  WriteRubric("1.0.0");
  WriteQueue("");
  Start();
}

void ReviewDeskTest::TearDown() { Stop(); }

void ReviewDeskTest::WriteQueue(const std::string& more) {
  std::string text = "kind: Queue\nname: q\nsuites: [s]\nrubric: r\nundo: 10m\n";
  for (const std::string& line : {std::string("item: rubric\n"), std::string("enter: [{every: true}]\n"),
                                  std::string("overlap: {people: 2, at_most: 3}\n"),
                                  std::string("audit: {share: 0, new_share: 0, at_least: 0}\n")}) {
    const std::string key = line.substr(0, line.find(':') + 1);
    if (more.find(key) == std::string::npos) text += line;
  }
  files_.Write("catalog/queue.yaml", text + more);
}

void ReviewDeskTest::WriteRubric(const std::string& version, const std::string& changes) {
  std::string text = kRubric;
  text.replace(text.find("VERSION"), 7, version);
  const bool says_why = version == "1.0.0" || changes.find("changes:") != std::string::npos;
  files_.Write("catalog/rubric.yaml",
               text + changes + (says_why ? "" : "changes: [{version: \"" + version + "\", reason: a test}]\n"));
}

void ReviewDeskTest::Start() {
  Open();
  reviews_->Start();
}

void ReviewDeskTest::Open() {
  Stop();
  work_ = std::make_unique<DaemonWork>(files_, 4, clock_, location_);
  work_->Resume();
  desk_ = std::make_unique<boost::asio::thread_pool>(1);
  reviews_ = std::make_unique<Reviews>(ReviewsContext{.store = *work_->store,
                                                      .catalog = work_->catalog,
                                                      .models = work_->models,
                                                      .loops = work_->loops,
                                                      .telemetry = work_->telemetry,
                                                      .clock = clock_,
                                                      .desk = desk_->get_executor(),
                                                      .reading = work_->reading.get_executor(),
                                                      .reviewers =
                                                          [this] {
                                                            const std::lock_guard lock(people_mutex_);
                                                            return people_;
                                                          },
                                                      .look_interval = std::chrono::milliseconds(20),
                                                      .predict_time = predict_time_});
  const Status loaded = reviews_->Load();
  ASSERT_TRUE(loaded) << loaded.error().message;
}

void ReviewDeskTest::Stop() {
  if (reviews_) reviews_->Stop();
  if (work_) work_->Stop();
  if (desk_) desk_->join();
  reviews_ = nullptr;
  work_ = nullptr;
  desk_ = nullptr;
}

RunRecord ReviewDeskTest::RunSuite() {
  const RunRecord run = work_->Ended(work_->StartRun("s", "m@1").id);
  EXPECT_EQ(run.state, RunState::kComplete);
  return run;
}

void ReviewDeskTest::AwaitItems(std::int64_t count, const std::string& queue) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (std::int64_t open = -1; open != count;) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << open << " items are open";
    const auto queues = Ask(reviews_->ListQueues(As("lea")));
    ASSERT_TRUE(queues) << queues.error().message;
    for (const QueueStatus& each : *queues) {
      if (each.queue == queue) open = each.open;
    }
    std::this_thread::yield();
  }
}

ItemView ReviewDeskTest::Claims(const std::string& person, const std::string& item) {
  const ClaimArguments arguments{.item = item};
  const auto claimed = Ask(reviews_->ClaimItem(As(person), arguments));
  EXPECT_TRUE(claimed) << claimed.error().message;
  EXPECT_TRUE(claimed && claimed->view) << person << ": " << (claimed ? claimed->why_none : "");
  return claimed && claimed->view ? *claimed->view : ItemView{};
}

ItemView ReviewDeskTest::Judges(const std::string& person, const std::string& item, int quality) {
  const ItemView view = Claims(person, item);
  EXPECT_TRUE(view.lease.has_value());
  if (!view.lease) return {};
  return Acts(person, item, SubmitCommand{.token = view.lease->token, .content = Quality(quality)},
              person + std::to_string(++keys_));
}

ItemView ReviewDeskTest::Audits(const std::string& person, const std::string& item, const JudgementContent& own,
                                AuditCommand audit) {
  const ItemView view = Claims(person, item);
  EXPECT_TRUE(view.lease && view.lease->role == LeaseRole::kAudit);
  if (!view.lease) return {};
  audit.token = view.lease->token;
  const std::string key = person + std::to_string(++keys_);
  Acts(person, item, SubmitCommand{.token = audit.token, .content = own}, key + " own");
  return Acts(person, item, audit, key);
}

ItemView ReviewDeskTest::Acts(const std::string& person, const std::string& item, const ItemCommand& command,
                              const std::string& key) {
  const auto view = Ask(reviews_->Act(As(person), item, key, command));
  EXPECT_TRUE(view) << person << ": " << view.error().message;
  return view.value_or(ItemView{});
}

std::string ReviewDeskTest::Refusal(const std::string& person, const std::string& item, const ItemCommand& command,
                                    const std::string& key) {
  const auto view = Ask(reviews_->Act(As(person), item, key, command));
  return view ? "done" : std::string(Name(view.error().code)) + ": " + view.error().message;
}

ItemView ReviewDeskTest::View(const std::string& person, const std::string& item) {
  const auto view = Ask(reviews_->GetItem(As(person), item));
  EXPECT_TRUE(view) << view.error().message;
  return view.value_or(ItemView{});
}

JudgementContent ReviewDeskTest::Quality(int score) {
  JudgementContent content;
  content.opinion.answers = CriteriaAnswers{.criteria = {{.criterion = "quality", .score = score}}};
  content.times.active = std::chrono::seconds(20);
  return content;
}

}  // namespace assay::testing
