// Pairs of recorded answers in queues of a real daemon, with what a recorded judge said of them as the suggestion. The
// people are a client program with known habits; what the report makes of these is held against plain counts.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>

#include "tests/integration/recorded_reviewers.h"
#include "tests/runners/graders/safety/csv_rows.h"
#include "tests/testing/http_stub.h"

namespace assay::testing {
namespace {

struct RecordedPair {
  std::string prompt;
  std::array<std::string, 2> responses;
  double judged = 0.5;  // 1: the first is better
};
using RecordedPairs = std::map<std::string, RecordedPair>;

std::vector<Json> LinesOf(const std::filesystem::path& path) {
  std::vector<Json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(Json::Parse(line).value_or(Json()));
  return lines;
}

std::string NameOf(const Json& line) { return "q" + std::to_string(At(line, "question_id").as_integer()); }

std::map<std::string, std::string> TextsOf(const std::filesystem::path& path, const std::string& member) {
  std::map<std::string, std::string> texts;
  for (const Json& line : LinesOf(path)) texts[NameOf(line)] = TextAt(line, member);
  return texts;
}

std::int64_t Characters(const std::string& text) {
  return std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; });
}

// What a person was shown of a pair, and what they said.
struct SeenPair {
  bool has_suggestion = false;
  std::string left;    // text
  std::string winner;  // text; "" neither
};

// --- The figures of the report, by plain counts ---

struct Share {
  double count = 0;
  double of = 0;
};

Share LeftOf(const std::map<std::string, SeenPair>& seen) {
  Share share;
  for (const auto& [id, pair] : seen) {
    share.of += pair.winner.empty() ? 0 : 1;
    share.count += pair.winner == pair.left ? 1 : 0;
  }
  return share;
}

Share LongerOf(const std::map<std::string, SeenPair>& seen, const RecordedPairs& pairs) {
  Share share;
  for (const auto& [id, pair] : seen) {
    const auto& [first, second] = pairs.at(id).responses;
    if (pair.winner.empty() || Characters(first) == Characters(second)) continue;
    share.of += 1;
    share.count += pair.winner == (Characters(first) > Characters(second) ? first : second) ? 1 : 0;
  }
  return share;
}

// Both sides of a fair coin: twice the smaller tail.
double CoinOf(const Share& share) {
  double least = 0;
  double most = 0;
  for (double k = 0; k <= share.of; ++k) {
    const double chance =
        std::exp(std::lgamma(share.of + 1) - std::lgamma(k + 1) - std::lgamma(share.of - k + 1) - share.of * M_LN2);
    least += k <= share.count ? chance : 0;
    most += k >= share.count ? chance : 0;
  }
  return std::min(1.0, 2 * std::min(least, most));
}

std::array<double, 2> WilsonOf(const Share& share) {
  constexpr double kZ = 1.959963984540054;
  const double p = share.count / share.of;
  const double centre = p + kZ * kZ / (2 * share.of);
  const double half = kZ * std::sqrt(p * (1 - p) / share.of + kZ * kZ / (4 * share.of * share.of));
  return {(centre - half) / (1 + kZ * kZ / share.of), (centre + half) / (1 + kZ * kZ / share.of)};
}

void ExpectShare(const Json& report, const std::string& place, const Share& expected) {
  EXPECT_EQ(NumberAt(report, place + ".count"), expected.count) << place;
  EXPECT_EQ(NumberAt(report, place + ".of"), expected.of) << place;
  EXPECT_NEAR(NumberAt(report, place + ".lower"), WilsonOf(expected)[0], 1e-9) << place;
  EXPECT_NEAR(NumberAt(report, place + ".upper"), WilsonOf(expected)[1], 1e-9) << place;
}

void ExpectBiases(const Json& report, const std::map<std::string, SeenPair>& seen, const RecordedPairs& pairs) {
  ExpectShare(report, "first_shown_wins", LeftOf(seen));
  EXPECT_NEAR(NumberAt(report, "first_shown_p"), CoinOf(LeftOf(seen)), 1e-9);
  ExpectShare(report, "longer_wins", LongerOf(seen, pairs));
  EXPECT_NEAR(NumberAt(report, "longer_p"), CoinOf(LongerOf(seen, pairs)), 1e-9);
}

// --- A queue of pairs in front of a person ---

class PairQueue {
 public:
  // `queue` and `graders`: further lines of the queue, and of the graders of its suite.
  PairQueue(const RecordedPairs& pairs, const std::string& queue, const std::string& graders) : pairs_(pairs) {
    std::string cases;
    std::vector<ReviewedStack::Record> records;
    for (const auto& [id, pair] : pairs) {
      cases += Json::Of({{"id", id}, {"prompt", pair.prompt}}).Dump() + "\n";
      records.push_back({"1", pair.prompt, pair.responses[0]});
      records.push_back({"2", pair.prompt, pair.responses[1]});
    }
    const auto model = [](const std::string& version) {
      return "---\nkind: Model\nname: m\nversion: \"" + version +
             "\"\nendpoint: {provider: openai-chat, url: MODEL, model: \"" + version + "\"}\n";
    };
    stack_ = std::make_unique<ReviewedStack>(
        "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{prompt}}\"}]\n"
        "graders:\n  - {name: says, type: regex, pattern: \"[a-zA-Z]\"}\n" +
            graders +
            "---\nkind: Queue\nname: q\nitem: pairwise\nrubric: better\nsuites: [s]\n"
            "against: {model: m, version: \"2\"}\nenter: [{every: true}]\nundo: 0s\n"
            "audit: {share: 0, new_share: 0, at_least: 0, severity: 0}\n" +
            queue +
            "---\nkind: Rubric\nname: better\nversion: \"1.0.0\"\nguideline: |\n  ## 1 Better\n  Which helps more.\n" +
            model("1") + model("2"),
        std::map<std::string, std::string>{{"cases.jsonl", cases}}, records,
        std::vector<ReviewedStack::Person>{{"ann", "reviewer"}, {"lead", "adjudicator,lead"}});
  }

  // Everything of it is judged as `choose` says: the place of the better response in the view, -1 for a tie.
  std::map<std::string, SeenPair> Judged(const std::function<int(const Json& view)>& choose) {
    RecordedReviewer lead = stack_->As("lead");
    for (const char* model : {"m@2", "m@1"})
      lead.Call("RunService/StartRun", Json::Of({{"suite", "s"}, {"model", model}}));
    EXPECT_EQ(stack_->AwaitItems(lead, "q", pairs_.size()).size(), pairs_.size());
    std::map<std::string, SeenPair> seen;
    const auto says = [&](const Json& view) {
      const int better = choose(view);
      SeenPair& pair = seen[TextAt(view, "item.case_id")];
      pair = {.has_suggestion = !At(view, "suggestion").is_null(),
              .left = TextAt(view, "content.responses.0.text"),
              .winner = ""};
      if (better < 0) return Json::Of({{"pairwise", Json::Of({{"choice", "TIE"}})}});
      const std::string place = "content.responses." + std::to_string(better);
      pair.winner = TextAt(view, place + ".text");
      return Json::Of(
          {{"pairwise", Json::Of({{"choice", "WINNER"}, {"winner", At(view, place + ".id")}, {"strength", 2}})}});
    };
    EXPECT_EQ(stack_->As("ann").LabelAll("q", says), static_cast<int>(pairs_.size()));
    return seen;
  }
  Json Report() {
    RecordedReviewer lead = stack_->As("lead");
    return lead.Call("ReviewService/GetQueueReport", Json::Of({{"queue", "q"}}));
  }

 private:
  const RecordedPairs& pairs_;
  std::unique_ptr<ReviewedStack> stack_;
};

// --- Vicuna-bench: answers of real models, and what GPT-4 said of them ---

struct VicunaPair {
  const char* name;
  std::array<const char*, 2> answers;
  const char* review;
};

RecordedPairs VicunaPairs(const VicunaPair& of) {
  const std::filesystem::path data = SharedData("vicuna_bench");
  const auto prompts = TextsOf(data / "question.jsonl", "text");
  RecordedPairs pairs;
  for (const Json& line : LinesOf(data / "review" / of.review)) {
    const std::string id = NameOf(line);
    const double lead = NumberAt(line, "score.0") - NumberAt(line, "score.1");
    pairs[id].prompt = id + ": " + prompts.at(id);
    pairs[id].judged = lead > 0 ? 1 : lead < 0 ? 0 : 0.5;
  }
  for (const std::size_t which : {0u, 1u}) {
    for (const auto& [id, text] : TextsOf(data / "answer" / of.answers[which], "text"))
      pairs[id].responses[which] = text;
  }
  return pairs;
}

class VicunaReviewers : public ::testing::TestWithParam<VicunaPair> {};

// The person follows every suggestion, and takes the longer response where there is none: nearly the worst there is.
TEST_P(VicunaReviewers, TheControlShowsThatASuggestionIsFollowedAndNotAgreedWith) {
  if (!std::filesystem::exists(SharedData("vicuna_bench")))
    GTEST_SKIP() << "SKIPPED: ../shared/data/vicuna_bench is not beside the checkout";
  const RecordedPairs pairs = VicunaPairs(GetParam());
  ASSERT_EQ(pairs.size(), 80u);
  ::setenv("ASSAY_TEST_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1);
  const HttpStub judge([&](const StubRequest& request, int) {
    const Json question = Json::Parse(request.body).value_or(Json());
    const RecordedPair& pair = pairs.at(TextAt(question, "case.id"));
    const bool is_first = TextAt(question, "response.text") == pair.responses[0];
    const double value = is_first ? pair.judged : 1 - pair.judged;
    return StubReply{.body = Json::Of({{"status", "SCORED"}, {"value", value}}).Dump(),
                     .headers = {{"Content-Type", "application/json"}}};
  });
  PairQueue queue(
      pairs, "prelabel: {show: before, grader: judge, control: 0.3}\n",
      "  - {name: judge, type: http, url: \"" + judge.url() + "\", secret: {env: ASSAY_TEST_SECRET}, value: share}\n");
  const auto seen = queue.Judged([&](const Json& view) {
    const std::array texts = {TextAt(view, "content.responses.0.text"), TextAt(view, "content.responses.1.text")};
    const std::string suggested = TextAt(view, "suggestion.opinion.pairwise.winner");
    if (!suggested.empty()) return suggested == TextAt(view, "content.responses.0.id") ? 0 : 1;
    if (!At(view, "suggestion").is_null()) return -1;
    return Characters(texts[0]) >= Characters(texts[1]) ? 0 : 1;
  });
  Share followed;
  Share control;
  for (const auto& [id, pair] : seen) {
    const RecordedPair& recorded = pairs.at(id);
    const std::string judged = recorded.judged == 0.5 ? "" : recorded.responses[recorded.judged == 1 ? 0 : 1];
    if (pair.has_suggestion) {
      EXPECT_EQ(pair.winner, judged) << id << ": what is suggested is what the judge is recorded to have said";
    }
    Share& share = pair.has_suggestion ? followed : control;
    share.of += 1;
    share.count += pair.winner == judged ? 1 : 0;
  }
  ASSERT_GT(control.of, 5) << "of 80, 30 % are held back";
  ASSERT_GT(followed.of, 30);
  const Json report = queue.Report();
  ExpectBiases(report, seen, pairs);
  ExpectShare(report, "suggestions.followed", followed);
  ExpectShare(report, "suggestions.control", control);
  const double difference = followed.count / followed.of - control.count / control.of;
  const auto [first_lower, first_upper] = WilsonOf(followed);
  const auto [second_lower, second_upper] = WilsonOf(control);
  EXPECT_EQ(followed.count, followed.of);
  EXPECT_NEAR(NumberAt(report, "suggestions.difference"), difference, 1e-9);
  EXPECT_NEAR(
      NumberAt(report, "suggestions.lower"),
      difference - std::hypot(followed.count / followed.of - first_lower, second_upper - control.count / control.of),
      1e-9);
  EXPECT_NEAR(
      NumberAt(report, "suggestions.upper"),
      difference + std::hypot(first_upper - followed.count / followed.of, control.count / control.of - second_lower),
      1e-9);
  std::printf(
      "  vicuna %s: 80 pairs; followed %.0f of %.0f in view, %.0f of %.0f held back, difference %.3f; the left "
      "one wins %.0f of %.0f (p %.3f), the longer one %.0f of %.0f (p %.2g)\n",
      GetParam().name, followed.count, followed.of, control.count, control.of, difference, LeftOf(seen).count,
      LeftOf(seen).of, CoinOf(LeftOf(seen)), LongerOf(seen, pairs).count, LongerOf(seen, pairs).of,
      CoinOf(LongerOf(seen, pairs)));
}

// The person says what GPT-4 is recorded to have said, and sees no suggestion: whether it liked what is longer.
TEST_P(VicunaReviewers, TheRecordedJudgeIsAsBiasedAsItIsInTheData) {
  if (!std::filesystem::exists(SharedData("vicuna_bench")))
    GTEST_SKIP() << "SKIPPED: ../shared/data/vicuna_bench is not beside the checkout";
  const RecordedPairs pairs = VicunaPairs(GetParam());
  ASSERT_EQ(pairs.size(), 80u);
  PairQueue queue(pairs, "", "");
  const auto seen = queue.Judged([&](const Json& view) {
    const RecordedPair& pair = pairs.at(TextAt(view, "item.case_id"));
    if (pair.judged == 0.5) return -1;
    return TextAt(view, "content.responses.0.text") == pair.responses[pair.judged == 1 ? 0 : 1] ? 0 : 1;
  });
  Share longer;  // by the data alone
  for (const auto& [id, pair] : pairs) {
    const std::int64_t lead = Characters(pair.responses[0]) - Characters(pair.responses[1]);
    if (pair.judged == 0.5 || lead == 0) continue;
    longer.of += 1;
    longer.count += (lead > 0) == (pair.judged == 1) ? 1 : 0;
  }
  const Json report = queue.Report();
  ExpectShare(report, "longer_wins", longer);
  ExpectBiases(report, seen, pairs);
  EXPECT_TRUE(At(report, "suggestions.difference").is_null()) << "nothing was suggested";
  std::printf(
      "  vicuna %s: GPT-4 prefers the longer answer in %.0f of %.0f (p %.2g); dealt anew, the left one wins "
      "%.0f of %.0f\n",
      GetParam().name, longer.count, longer.of, CoinOf(longer), LeftOf(seen).count, LeftOf(seen).of);
}

INSTANTIATE_TEST_SUITE_P(Pairs, VicunaReviewers,
                         ::testing::Values(VicunaPair{"gpt35_vicuna13b",
                                                      {"answer_gpt35.jsonl", "answer_vicuna-13b.jsonl"},
                                                      "vicuna-13b_20230322-clean-lang/review_gpt35_vicuna-13b.jsonl"},
                                           VicunaPair{"bard_vicuna7b",
                                                      {"answer_bard.jsonl", "answer_vicuna-7b-20230322-fp16.jsonl"},
                                                      "vicuna-7b_20230322-fp16/review_bard_vicuna-7b.jsonl"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

// --- MT-bench: reference answers of GPT-4 to questions that Vicuna-bench has answers of models to. There is no
// recorded judge of these pairs, so that nothing is suggested ---

TEST(MtBenchReviewers, WhoAlwaysTakesTheLeftOneIsSeenInTheReport) {
  const std::filesystem::path data = SharedData("mt_bench") / "vicuna_bench";
  if (!std::filesystem::exists(data) || !std::filesystem::exists(SharedData("vicuna_bench")))
    GTEST_SKIP() << "SKIPPED: ../shared/data/mt_bench or vicuna_bench is not beside the checkout";
  const auto references = TextsOf(data / "reference_answer" / "gpt-4.jsonl", "choices.0.turns.0");
  const auto prompts = TextsOf(data / "question.jsonl", "turns.0");
  const auto answers = TextsOf(SharedData("vicuna_bench") / "answer" / "answer_vicuna-13b.jsonl", "text");
  RecordedPairs pairs;
  for (const auto& [id, text] : references)
    pairs[id] = RecordedPair{.prompt = id + ": " + prompts.at(id), .responses = {text, answers.at(id)}};
  ASSERT_EQ(pairs.size(), 10u);
  PairQueue queue(pairs, "", "");
  const auto seen = queue.Judged([](const Json&) { return 0; });
  const Json report = queue.Report();
  ExpectBiases(report, seen, pairs);
  EXPECT_EQ(NumberAt(report, "first_shown_wins.count"), 10);
  EXPECT_NEAR(NumberAt(report, "first_shown_p"), 2 / 1024.0, 1e-12);
  std::printf("  mt_bench: 10 reference answers beside those of vicuna-13b; the left one wins 10 of 10 (p %.4f)\n",
              CoinOf(LeftOf(seen)));
}

}  // namespace
}  // namespace assay::testing
