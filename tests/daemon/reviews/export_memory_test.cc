// Many stored judgements leave, and how much memory that takes: what it is for one piece. ASSAY_MILLION=1 makes it a
// million, which takes some minutes.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

#include "core/digest.h"
#include "daemon/reviews/export_run.h"
#include "tests/testing/program.h"

namespace assay::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsMeasured = false;  // a sanitizer keeps what was freed
#else
constexpr bool kIsMeasured = true;
#endif
constexpr std::int64_t kMostKilobytes = 150'000;
constexpr int kJudgementsOfAnItem = 4;
constexpr std::int64_t kItemsOfATransaction = 1'000;

std::int64_t ItemsWanted() {
  if (!kIsMeasured) return 500;
  return std::getenv("ASSAY_MILLION") != nullptr ? 250'000 : 4'000;
}

double SecondsSince(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// The most memory that the process has had, in kB.
std::int64_t HighWater() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
  }
  return 0;
}

JudgementContent ContentOf(int score) {
  JudgementContent content{.rationale = std::string(120, 'w'), .rubric_version = {1, 0, 0}};
  content.opinion.answers = CriteriaAnswers{.criteria = {{.criterion = "quality", .score = score}}};
  return content;
}

// An item of elsewhere that four people have judged, with texts as long as answers are.
NewReviewItem ItemNumbered(std::int64_t number) {
  const Time at = *ParseTime("2026-11-24T10:00:00Z");
  const std::string id = "01930000-0000-7000-8000-" + std::to_string(100'000'000'000 + number);
  ItemContent content{.prompt = {{"user", std::to_string(number) + std::string(300, 'q')}},
                      .responses = {{.id = "r1", .text = std::string(500, 'a')}}};
  std::string text = StoredText(content);
  ReviewItem item{.id = id,
                  .project = "default",
                  .queue = "q",
                  .suite = "s",
                  .run = "elsewhere",
                  .case_id = "case-" + std::to_string(number),
                  .content_hash = Sha256Hex(text),
                  .subject = {.responses = {"r1"}},
                  .rubric = "r",
                  .rubric_version = {1, 0, 0},
                  .people = kJudgementsOfAnItem,
                  .at_most = kJudgementsOfAnItem};
  HistoryImported history{
      .rubric_version = {1, 0, 0}, .content_hash = item.content_hash, .state = ReviewState::kPartial};
  for (int i = 0; i < kJudgementsOfAnItem; ++i) {
    history.judgements.push_back({.id = id + "/" + std::to_string(3 + i),
                                  .person = "person-" + std::to_string(i),
                                  .presented = {"r1"},
                                  .content = ContentOf(1 + (i % 5)),
                                  .at = at});
  }
  const std::string hash = item.content_hash;
  return {.entered = {.item = id, .seq = 1, .at = at, .actor = "system", .body = ItemEntered{std::move(item)}},
          .content = std::move(text),
          .later = {{.item = id, .seq = 2, .at = at, .actor = "lea", .body = std::move(history)}},
          .later_hash = hash};
}

void Fill(Store& store, std::int64_t items) {
  ReviewStore reviews(store);
  for (std::int64_t number = 0; number < items;) {
    std::vector<NewReviewItem> batch;
    while (number < items && std::ssize(batch) < kItemsOfATransaction) batch.push_back(ItemNumbered(number++));
    const auto entered = reviews.EnterItems(batch);
    ASSERT_TRUE(entered) << entered.error().message;
    ASSERT_EQ(entered->size(), batch.size());
  }
}

TEST(ExportOfManyStoredJudgements, TakesTheMemoryOfOnePiece) {
  const TemporaryFolder files;
  auto store = OpenStore("sqlite:" + (files.path() / "assay.db").string());
  ASSERT_TRUE(store) << store.error().message;
  const std::int64_t items = ItemsWanted();
  const auto filling = std::chrono::steady_clock::now();
  Fill(**store, items);
  if (::testing::Test::HasFatalFailure()) return;
  std::printf("  stored in %.1f s\n", SecondsSince(filling));
  // A table of two passes, and the format that has everything.
  for (const std::string_view name : {"native", "items_csv"}) {
    const ExchangeFormat& format = *FindExchangeFormat(name);
    const auto began = std::chrono::steady_clock::now();
    auto run = ExportRun::Begin(**store, {.format = &format},
                                {.as_of = *ParseTime("2026-11-25T00:00:00Z"), .naming = {.key = "k"}});
    ASSERT_TRUE(run) << run.error().message;
    std::int64_t bytes = 0;
    std::size_t longest = 0;
    while (!(*run)->manifest()) {
      const auto piece = (*run)->Step();
      ASSERT_TRUE(piece) << piece.error().message;
      bytes += std::ssize(*piece);
      longest = std::max(longest, piece->size());
    }
    const ExportManifest& manifest = *(*run)->manifest();
    EXPECT_EQ(manifest.records, items) << name;
    EXPECT_EQ(manifest.judgements, items * kJudgementsOfAnItem) << name;
    EXPECT_EQ(manifest.bytes, bytes) << name;
    EXPECT_LE(longest, 512u << 10) << name;
    std::printf("  %s: %lld judgements, %lld MB in %.1f s, %lld kB of memory at most\n", std::string(name).c_str(),
                static_cast<long long>(manifest.judgements), static_cast<long long>(bytes / 1'000'000),
                SecondsSince(began), static_cast<long long>(HighWater()));
  }
  ASSERT_GT(HighWater(), 0);
  if (kIsMeasured) {
    EXPECT_LE(HighWater(), kMostKilobytes);
  }
}

}  // namespace
}  // namespace assay::testing
