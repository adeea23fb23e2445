// Every format of builtin.def is documented, with an example that is what it writes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/review/interchange/record_fixture.h"

namespace assay {
namespace {

using testing::At;
using testing::DecidedRecord;
using testing::ExchangeRubric;
using testing::ExportAll;
using testing::Exported;
using testing::ImportAll;
using testing::Says;

const std::string kPage = std::string(ASSAY_SOURCE_DIR) + "/docs/interchange.md";

std::string TextOfFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A pair, a verdict or a correction: what the format is for, with one judgement.
ExchangeRecord ExampleFor(std::string_view format) {
  ExchangeRecord record = format == "trl_kto" ? DecidedRecord(ReviewItemKind::kRefusal, RefusalAnswers{true, true})
                          : format == "trl_sft"
                              ? DecidedRecord(ReviewItemKind::kCorrection, CorrectionAnswers{false, "2.50 euros."})
                              : DecidedRecord(ReviewItemKind::kPairwise, PairwiseAnswers{PairChoice::kWinner, "r2", 2});
  record.item.case_id = "fees-17";
  record.item.suite = "support";
  record.item.run = "run-1";
  record.item.queue_version = "sha256:5e1f";
  record.item.suite_version = "sha256:90aa";
  record.content_hash = record.item.content_hash = "sha256:77b0";
  record.texts.prompt[0].content = "How much is a reminder?";
  const std::string texts[] = {"About 3 euros.", "2.50 euros."};
  for (std::size_t i = 0; i < record.texts.responses.size(); ++i) {
    record.texts.responses[i].text = texts[i];
    record.texts.responses[i].model = "support-bot";
    record.texts.responses[i].model_version = "2026.1" + std::to_string(i);
  }
  Judgement judgement{.id = FactId(record.item.id, 3), .person = "p_6fd1c41b3f2a9e07", .at = At(2)};
  judgement.presented = record.item.subject.responses;
  judgement.content = Says(4);
  judgement.content.opinion = record.decisions[0].outcome;
  judgement.content.rationale = "right to the cent";
  judgement.content.clauses = {"1.1"};
  record.judgements = {judgement};
  record.decisions[0].id = FactId(record.item.id, 4);
  record.decisions[0].inputs = {judgement.id};
  record.decisions[0].rubric_version = {2, 1, 0};
  return record;
}

ExportOptions OptionsOfExample() { return {.rubric = ExchangeRubric(), .kind = ReviewItemKind::kPairwise}; }

// The page with the example of each format behind its heading, in a fence.
std::string WithExamples(std::string page) {
  for (const ExchangeFormat& format : ExchangeFormats()) {
    const std::string heading = "\n## " + std::string(format.name) + "\n";
    const std::size_t chapter = page.find(heading);
    if (chapter == std::string::npos) continue;
    const std::size_t fence = page.find("\n```", chapter);
    const std::size_t begin = page.find('\n', fence + 4) + 1;
    const std::size_t end = page.find("```\n", begin);
    if (fence == std::string::npos || end == std::string::npos) continue;
    std::string example = ExportAll(format.name, {ExampleFor(format.name)}, OptionsOfExample()).text;
    std::erase(example, '\r');
    page.replace(begin, end - begin, example);
  }
  return page;
}

TEST(Formats, AreThoseOfTheList) {
  const std::string list = TextOfFile(std::string(ASSAY_SOURCE_DIR) + "/review/interchange/builtin.def");
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = list.find("\nEXCHANGE_FORMAT(", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(ExchangeFormats().size(), lines);
  std::set<std::string_view> names;
  for (const ExchangeFormat& format : ExchangeFormats()) {
    EXPECT_TRUE(names.insert(format.name).second) << format.name;
    EXPECT_EQ(FindExchangeFormat(format.name), &format);
    EXPECT_FALSE(format.help.empty() || format.extension.empty()) << format.name;
    EXPECT_NE(format.writer, nullptr) << format.name;
    if (format.is_training) {
      EXPECT_TRUE(format.needs_survey && format.needs_rubric) << format.name;
    }
  }
  EXPECT_EQ(FindExchangeFormat("nope"), nullptr);
}

TEST(Formats, HaveAChapterWithWhatTheyWrite) {
  const std::string page = TextOfFile(kPage);
  for (const ExchangeFormat& format : ExchangeFormats()) {
    EXPECT_NE(page.find("\n## " + std::string(format.name) + "\n"), std::string::npos)
        << "write a chapter \"## " << format.name << "\" in docs/interchange.md";
    const Exported exported = ExportAll(format.name, {ExampleFor(format.name)}, OptionsOfExample());
    EXPECT_EQ(exported.error, "") << format.name;
    EXPECT_GT(exported.manifest.rows, 0) << format.name;
  }
  const std::string expected = WithExamples(page);
  if (std::getenv("ASSAY_REWRITE") != nullptr) {
    std::ofstream(kPage) << expected;
    return;
  }
  EXPECT_EQ(page, expected) << "ASSAY_REWRITE=1 writes the examples";
}

TEST(Formats, ReadWhatTheyWrite) {
  for (const ExchangeFormat& format : ExchangeFormats()) {
    if (format.reader == nullptr) continue;
    const Exported exported = ExportAll(format.name, {ExampleFor(format.name)}, OptionsOfExample());
    const auto imported =
        ImportAll(format.name, exported.text, {.rubric = ExchangeRubric(), .kind = ReviewItemKind::kPairwise});
    EXPECT_TRUE(imported.faults.empty()) << format.name << ": " << imported.faults[0];
    ASSERT_EQ(imported.records.size(), 1u) << format.name;
    EXPECT_EQ(imported.records[0].judgements[0].content.opinion, ExampleFor(format.name).judgements[0].content.opinion);
  }
}

}  // namespace
}  // namespace assay
