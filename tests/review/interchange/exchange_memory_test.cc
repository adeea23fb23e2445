// A million judgements through a format, and how much memory that takes: what it is for one of them.

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/review/interchange/record_fixture.h"

namespace assay {
namespace {

using testing::DecidedRecord;
using testing::ExchangeRubric;
using testing::Says;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t kItems = 2500;
constexpr bool kIsMeasured = false;  // a sanitizer keeps what was freed
#else
constexpr std::int64_t kItems = 250'000;
constexpr bool kIsMeasured = true;
#endif
constexpr int kJudgements = 4;  // of each
constexpr std::int64_t kMostKilobytes = 150'000;

// The most memory that the process has had, in kB.
std::int64_t HighWater() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
  }
  return 0;
}

// A pair that four people have judged, with texts as long as answers are; another one for each number.
class ManyRecords {
 public:
  ManyRecords() : record_(DecidedRecord(ReviewItemKind::kPairwise, PairwiseAnswers{PairChoice::kWinner, "r1", 2})) {
    for (int i = 0; i < kJudgements; ++i) {
      Judgement judgement{.person = "p_" + std::to_string(i), .presented = {"r1", "r2"}, .content = Says(4)};
      judgement.content.opinion.answers = PairwiseAnswers{PairChoice::kWinner, "r1", 2};
      judgement.content.rationale = std::string(120, 'w');
      record_.judgements.push_back(std::move(judgement));
    }
    record_.texts.prompt[0].content += std::string(300, 'q');
    for (RecordResponse& response : record_.texts.responses) response.text += std::string(500, 'a');
  }

  Status ForEach(const std::function<Status(const ExchangeRecord&)>& take) {
    for (std::int64_t number = 0; number < kItems; ++number) {
      const std::string digits = std::to_string(100'000'000'000 + number);
      record_.item.id = "01930000-0000-7000-8000-" + digits;
      record_.item.case_id = "case-" + digits;
      record_.texts.prompt[0].content.replace(0, digits.size(), digits);
      for (int i = 0; i < kJudgements; ++i)
        record_.judgements[static_cast<std::size_t>(i)].id = FactId(record_.item.id, 3 + 2 * i);
      ASSAY_TRY(take(record_));
    }
    return {};
  }

 private:
  ExchangeRecord record_;
};

class ExportOfAMillion : public ::testing::TestWithParam<const char*> {};

TEST_P(ExportOfAMillion, TakesTheMemoryOfOneRecord) {
  const ExchangeFormat& format = *FindExchangeFormat(GetParam());
  const ExportOptions options{.rubric = ExchangeRubric(), .kind = ReviewItemKind::kPairwise};
  ManyRecords records;
  const RecordSource source = [&](const std::function<Status(const ExchangeRecord&)>& take) {
    return records.ForEach(take);
  };
  std::int64_t bytes = 0;
  const auto manifest = ExportRecords(format, options, source, [&](std::string_view piece) -> Status {
    bytes += std::ssize(piece);
    return {};
  });
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->records, kItems);
  EXPECT_EQ(manifest->judgements, kItems * kJudgements);
  EXPECT_EQ(manifest->bytes, bytes);
  RecordProperty("megabytes_written", std::to_string(bytes / 1'000'000));
  RecordProperty("kilobytes_at_most", std::to_string(HighWater()));
  ASSERT_GT(HighWater(), 0);
  if (kIsMeasured) {
    EXPECT_LE(HighWater(), kMostKilobytes);
  }
}

// One that goes over the records once, and the one that keeps the most of a first pass.
INSTANTIATE_TEST_SUITE_P(Formats, ExportOfAMillion, ::testing::Values("native", "trl_dpo"));

TEST(ImportOfMany, TakesTheMemoryOfOneRecord) {
  ManyRecords records;
  std::int64_t judgements = 0;
  const ImportHandlers handlers{
      .record = [&](ExchangeRecord record) -> Status {
        judgements += std::ssize(record.judgements);
        return {};
      },
      .fault = [](const ImportFault& fault) -> Status { return Fail(ErrorCode::kInvalidArgument, fault.reason); }};
  constexpr std::int64_t kSome = kItems / 10;
  const ExchangeFormat& format = *FindExchangeFormat("native");
  auto reader = format.reader({}, handlers);
  ASSERT_TRUE(reader);
  std::int64_t left = kSome;
  const RecordSource source = [&](const std::function<Status(const ExchangeRecord&)>& take) {
    return records.ForEach([&](const ExchangeRecord& record) { return left-- > 0 ? take(record) : Status(); });
  };
  const auto manifest =
      ExportRecords(format, {}, source, [&](std::string_view piece) { return (*reader)->Read(piece); });
  ASSERT_TRUE(manifest) << manifest.error().message;
  ASSERT_TRUE((*reader)->Finish());
  EXPECT_EQ(judgements, kSome * kJudgements);
  if (kIsMeasured) {
    EXPECT_LE(HighWater(), kMostKilobytes);
  }
}

}  // namespace
}  // namespace assay
