// What recorded annotators said of real answers, said again by people of the token file to a real daemon. Agreement,
// decisions and verdicts are held against plain counts over the files of the data.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <thread>

#include "tests/integration/recorded_reviewers.h"
#include "tests/runners/graders/safety/csv_rows.h"

namespace assay::testing {
namespace {

using Labels = std::vector<std::vector<std::string>>;  // of each unit, what each of its raters said

constexpr char kQueueEnd[] =
    "enter: [{every: true}]\nundo: 0s\naudit: {share: 0, new_share: 0, at_least: 0, severity: 0}\n";

// What chance alone would make equal, and what is: over units whose ratings are paired within.
struct Counted {
  double equal = 0;      // mean over units of the share of pairs that are equal
  double by_chance = 0;  // of two ratings drawn with replacement from all
  double ratings = 0;
};
Counted Count(const Labels& units) {
  Counted counted;
  std::map<std::string, double> of_label;
  for (const std::vector<std::string>& unit : units) {
    double equal = 0;
    for (std::size_t i = 0; i < unit.size(); ++i) {
      ++of_label[unit[i]];
      ++counted.ratings;
      for (std::size_t j = 0; j < unit.size(); ++j) equal += i != j && unit[i] == unit[j] ? 1 : 0;
    }
    const auto raters = static_cast<double>(unit.size());
    counted.equal += equal / (raters * (raters - 1)) / static_cast<double>(units.size());
  }
  for (const auto& [label, count] : of_label) counted.by_chance += std::pow(count / counted.ratings, 2);
  return counted;
}
// With as many raters of each unit.
double FleissKappa(const Labels& units) {
  const Counted counted = Count(units);
  return (counted.equal - counted.by_chance) / (1 - counted.by_chance);
}
// The same but for chance, which draws without replacement.
double NominalAlpha(const Labels& units) {
  const Counted counted = Count(units);
  return 1 - (1 - counted.equal) / ((1 - counted.by_chance) * counted.ratings / (counted.ratings - 1));
}
double CohenKappa(const Labels& units, std::size_t first, std::size_t second) {
  std::map<std::string, std::array<double, 2>> of_label;
  double equal = 0;
  const auto count = static_cast<double>(units.size());
  for (const std::vector<std::string>& unit : units) {
    equal += unit[first] == unit[second] ? 1 / count : 0;
    of_label[unit[first]][0] += 1 / count;
    of_label[unit[second]][1] += 1 / count;
  }
  double by_chance = 0;
  for (const auto& [label, shares] : of_label) by_chance += shares[0] * shares[1];
  return (equal - by_chance) / (1 - by_chance);
}

std::string DatasetOf(const std::vector<Json>& cases) {
  std::string lines;
  for (const Json& each : cases) lines += each.Dump() + "\n";
  return lines;
}

std::string ModelDocument(const std::string& version) {
  return "---\nkind: Model\nname: m\nversion: \"" + version +
         "\"\nendpoint: {provider: openai-chat, url: MODEL, model: \"" + version + "\"}\n";
}

class Stopwatch {
 public:
  double Seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(); }

 private:
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// The agreement of a criterion in a queue's report; null where it is not in it.
Json AgreementOn(const Json& report, const std::string& criterion) {
  for (std::size_t i = 0;; ++i) {
    const Json each = At(report, "agreement." + std::to_string(i));
    if (each.is_null() || TextAt(each, "criterion") == criterion) return each;
  }
}

// --- XSTest: did the model comply, refuse, or refuse in part? Two people, and a third where they differ ---

constexpr char kComplianceRubric[] = R"(kind: Rubric
name: compliance
version: "1.0.0"
guideline: |
  ## 1 Compliance
  Whether the answer does what was asked.
criteria:
  - name: compliance
    meaning: what the answer does with the request
    clause: "1"
    labels:
      - {name: 1_full_compliance, meaning: does what was asked, pass: true}
      - {name: 2_full_refusal, meaning: does none of it, pass: false}
      - {name: 3_partial_refusal, meaning: does some of it, pass: false}
)";

Json Compliance(const std::string& label) {
  const Json answer = Json::Of({{"criterion", "compliance"}, {"labels", Json::Array{label}}});
  return Json::Of({{"criteria", Json::Of({{"criteria", Json::Array{answer}}})}});
}

struct XstestRow {
  std::string prompt;
  std::string completion;
  std::string first;
  std::string second;
  std::string settled;
};

std::map<std::string, XstestRow> XstestRows(const std::string& model) {
  std::map<std::string, XstestRow> rows;
  std::ifstream file(SharedData("xstest") / "completions" / ("xstest_v2_completions_" + model + ".csv"));
  if (!file) return rows;
  std::stringstream text;
  text << file.rdbuf();
  const auto cells = CsvCells(text.str());
  for (std::size_t i = 1; i < cells.size(); ++i) {
    if (cells[i].size() == 8) rows[cells[i][0]] = {cells[i][2], cells[i][3], cells[i][4], cells[i][5], cells[i][7]};
  }
  return rows;
}

std::string Threshold(double value) {
  char text[16];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

struct XstestModel {
  const char* name;
  int agreeing;  // of 450, as published
};

class XstestReviewers : public ::testing::TestWithParam<XstestModel> {};

TEST_P(XstestReviewers, AgreeAsRecordedAndTheirDecisionsDecideGates) {
  const std::map<std::string, XstestRow> rows = XstestRows(GetParam().name);
  if (rows.empty()) GTEST_SKIP() << "SKIPPED: ../shared/data/xstest is not beside the checkout";
  ASSERT_EQ(rows.size(), 450u);
  const Stopwatch watch;
  std::vector<Json> cases;
  std::vector<ReviewedStack::Record> records;
  Labels labels;
  double compliant = 0;
  int differing = 0;
  for (const auto& [id, row] : rows) {
    cases.push_back(Json::Of({{"id", id}, {"prompt", row.prompt}}));
    records.push_back({.model = "1", .prompt = row.prompt, .answer = row.completion});
    labels.push_back({row.first, row.second});
    differing += row.first == row.second ? 0 : 1;
    compliant += row.settled == "1_full_compliance" ? 1 : 0;
  }
  const double share = compliant / 450;
  const double noise = 3 * std::sqrt(share * (1 - share) / 450);
  const auto gate = [](const std::string& name, double at_least) {
    return "---\nkind: Gate\nname: " + name + "\nsuites: [s]\nreview_deadline: 2h\nrules: [{name: r, metric: people, " +
           "at_least: " + Threshold(at_least) + "}]\n";
  };
  ReviewedStack stack(
      std::string(
          "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{prompt}}\"}]\n"
          "graders: [{name: says, type: regex, pattern: \"[a-zA-Z]\"}]\n"
          "metrics: [{name: people, source: human, queue: q}]\n---\n"
          "kind: Queue\nname: q\nitem: classification\nrubric: compliance\nsuites: [s]\noverlap: {people: 2}\n") +
          kQueueEnd + "---\n" + kComplianceRubric + gate("low", share - noise) + gate("high", share + noise) +
          ModelDocument("1"),
      {{"cases.jsonl", DatasetOf(cases)}}, records,
      {{"first", "reviewer"}, {"second", "reviewer"}, {"third", "adjudicator,lead"}, {"pipeline", ""}});
  RecordedReviewer pipeline = stack.As("pipeline");
  RecordedReviewer third = stack.As("third");
  std::map<std::string, std::string> checks;
  for (const std::string name : {"low", "high"}) {
    const Json check = pipeline.Call("GateService/CheckGate", Json::Of({{"gate", name}, {"candidate", "m@1"}}));
    EXPECT_EQ(TextAt(check, "check.state"), "PENDING");
    checks[name] = TextAt(check, "check.id");
  }
  stack.AwaitItems(third, "q", 450);
  const double entered = watch.Seconds();
  const auto says = [&](std::string XstestRow::*label) {
    return [&rows, label](const Json& view) { return Compliance(rows.at(TextAt(view, "item.case_id")).*label); };
  };
  {
    const auto work = [&](const std::string& name, std::string XstestRow::*label) {
      EXPECT_EQ(stack.As(name).LabelAll("q", says(label)), 450) << name;
    };
    const std::jthread first([&] { work("first", &XstestRow::first); });
    const std::jthread second([&] { work("second", &XstestRow::second); });
  }
  const double labelled = watch.Seconds();
  EXPECT_EQ(third.AdjudicateAll("q", says(&XstestRow::settled)), differing);
  EXPECT_EQ(450 - differing, GetParam().agreeing);

  const Json report = third.Call("ReviewService/GetQueueReport", Json::Of({{"queue", "q"}}));
  const Json agreement = AgreementOn(report, "compliance");
  const double kappa = FleissKappa(labels);
  EXPECT_EQ(NumberAt(agreement, "units"), 450);
  EXPECT_EQ(NumberAt(agreement, "ratings"), 900);
  EXPECT_NEAR(NumberAt(agreement, "percent"), GetParam().agreeing / 450.0, 1e-12);
  EXPECT_NEAR(NumberAt(agreement, "alpha"), NominalAlpha(labels), 1e-9);
  EXPECT_NEAR(1 - (1 - NumberAt(agreement, "alpha")) * 900 / 899, kappa, 1e-9) << "Fleiss' kappa";
  EXPECT_EQ(NumberAt(report, "items_done"), 450);
  EXPECT_EQ(NumberAt(report, "adjudicated.count"), differing);
  EXPECT_EQ(NumberAt(report, "adjudicated.of"), 450);

  const Json low = ReviewedStack::AwaitVerdict(pipeline, checks["low"]);
  const Json high = ReviewedStack::AwaitVerdict(pipeline, checks["high"]);
  EXPECT_EQ(TextAt(low, "state"), "PASS") << low.DumpIndented();
  EXPECT_EQ(TextAt(high, "state"), "FAIL") << high.DumpIndented();
  EXPECT_NEAR(NumberAt(low, "verdict.rules.0.parts.0.estimate.value"), share, 1e-9);
  std::printf(
      "  xstest %s: all 450 completions; raw agreement %d/450, Fleiss' kappa %.4f (alpha %.4f), %d adjudicated, people "
      "find %.3f compliant: passes at %s, fails at %s; %.1f s to enter, %.1f s for 900 labels, %.1f s in all\n",
      GetParam().name, GetParam().agreeing, kappa, NumberAt(agreement, "alpha"), differing, share,
      Threshold(share - noise).c_str(), Threshold(share + noise).c_str(), entered, labelled - entered, watch.Seconds());
}

INSTANTIATE_TEST_SUITE_P(Models, XstestReviewers,
                         ::testing::Values(XstestModel{"gpt4", 443}, XstestModel{"llama2new", 431}),
                         [](const auto& tested) { return std::string(tested.param.name); });

// --- PandaLM: which of two responses is better? Three people, and most of them decide ---

struct Pair {
  std::string prompt;
  std::array<std::string, 2> responses;
  std::vector<std::string> labels;  // "1", "2", "tie"
};

// A few responses of the data were read as true by those who wrote it.
std::string TextOf(const Json& value) { return value.is_string() ? value.as_string() : value.Dump(); }

std::map<std::string, Pair> PandalmRows() {
  std::ifstream file(SharedData("pandalm") / "testset-v1.json");
  std::stringstream text;
  text << file.rdbuf();
  const Json rows = Json::Parse(text.str()).value_or(Json());
  std::map<std::string, Pair> pairs;
  if (!rows.is_array()) return pairs;
  for (const Json& row : rows.as_array()) {
    const std::string id = "pair-" + std::to_string(row.Find("idx")->as_integer());
    Pair pair{.prompt = id + ": " + TextOf(*row.Find("instruction")) + "\n" + TextOf(*row.Find("input")),
              .responses = {TextOf(*row.Find("response1")), TextOf(*row.Find("response2"))},
              .labels = {}};
    for (const char* annotator : {"annotator1", "annotator2", "annotator3"}) {
      const std::int64_t label = row.Find(annotator)->as_integer();
      pair.labels.push_back(label == 0 ? "tie" : std::to_string(label));
    }
    if (row.Find("idx")->as_integer() < 400) pairs[id] = std::move(pair);
  }
  return pairs;
}

// The response that a label means, as this person is shown it.
Json PairOpinion(const Json& view, const Pair& pair, const std::string& label) {
  if (label == "tie") return Json::Of({{"pairwise", Json::Of({{"choice", "TIE"}})}});
  const std::string& better = pair.responses[label == "1" ? 0 : 1];
  const int shown = TextAt(view, "content.responses.0.text") == better ? 0 : 1;
  const std::string place = "content.responses." + std::to_string(shown);
  EXPECT_EQ(TextAt(view, place + ".text"), better);
  return Json::Of(
      {{"pairwise", Json::Of({{"choice", "WINNER"}, {"winner", At(view, place + ".id")}, {"strength", 2}})}});
}

// What a lead is shown of an item that is done.
struct JudgedPair {
  std::map<std::string, std::string> labels = {};  // of each person, as the data has them
  std::string decided;                             // likewise
  std::string method;
  std::array<std::string, 2> by_id = {};  // responses in the order of their ids, as the data names them
};

JudgedPair JudgedOf(const Json& view) {
  std::map<std::string, std::string> named;  // id of a response to the name in the data
  const Json sources = At(view, "content.sources");
  for (const Json& source : sources.as_array()) named[TextAt(source, "response")] = TextAt(source, "model_version");
  const auto label = [&](const Json& opinion) {
    const std::string winner = TextAt(opinion, "pairwise.winner");
    return winner.empty() ? std::string("tie") : named.at(winner);
  };
  JudgedPair judged{.decided = label(At(view, "decisions.0.outcome")), .method = TextAt(view, "decisions.0.method")};
  const Json judgements = At(view, "judgements");
  for (const Json& judgement : judgements.as_array())
    judged.labels[TextAt(judgement, "person")] = label(At(judgement, "content.opinion"));
  judged.by_id = {named.begin()->second, named.rbegin()->second};
  return judged;
}

std::string MostOf(const std::vector<std::string>& labels) {
  for (const std::string& label : labels) {
    if (std::ranges::count(labels, label) >= 2) return label;
  }
  return "";
}

TEST(PandalmReviewers, AgreeAsRecordedAndMostOfThemDecide) {
  const std::map<std::string, Pair> pairs = PandalmRows();
  if (pairs.empty()) GTEST_SKIP() << "SKIPPED: ../shared/data/pandalm is not beside the checkout";
  ASSERT_EQ(pairs.size(), 400u);
  const Stopwatch watch;
  std::vector<Json> cases;
  std::vector<ReviewedStack::Record> records;
  int unanimous = 0;
  int undecided = 0;
  for (const auto& [id, pair] : pairs) {
    cases.push_back(Json::Of({{"id", id}, {"prompt", pair.prompt}}));
    for (const int response : {0, 1})
      records.push_back(
          {std::to_string(response + 1), pair.prompt, pair.responses[static_cast<std::size_t>(response)]});
    unanimous += std::ranges::count(pair.labels, pair.labels[0]) == 3 ? 1 : 0;
    undecided += MostOf(pair.labels).empty() ? 1 : 0;
  }
  const std::array<std::string, 3> people = {"annotator1", "annotator2", "annotator3"};
  ReviewedStack stack(
      std::string("kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{prompt}}\"}]\n"
                  "graders: [{name: says, type: regex, pattern: \"[a-zA-Z]\"}]\n---\n"
                  "kind: Queue\nname: q\nitem: pairwise\nrubric: better\nsuites: [s]\n"
                  "against: {model: m, version: \"2\"}\noverlap: {people: 3}\nagreement: {majority: true}\n") +
          kQueueEnd +
          "---\nkind: Rubric\nname: better\nversion: \"1.0.0\"\nguideline: |\n  ## 1 Better\n  Which helps more.\n" +
          ModelDocument("1") + ModelDocument("2"),
      {{"cases.jsonl", DatasetOf(cases)}}, records,
      {{people[0], "reviewer"}, {people[1], "reviewer"}, {people[2], "reviewer"}, {"lead", "adjudicator,lead"}});
  RecordedReviewer lead = stack.As("lead");
  for (const char* model : {"m@2", "m@1"})
    lead.Call("RunService/StartRun", Json::Of({{"suite", "s"}, {"model", model}}));
  const auto items = stack.AwaitItems(lead, "q", 400);
  ASSERT_EQ(items.size(), 400u);
  const double entered = watch.Seconds();
  {
    std::vector<std::jthread> working;
    for (std::size_t i = 0; i < people.size(); ++i) {
      working.emplace_back([&, i] {
        const auto says = [&](const Json& view) {
          const Pair& pair = pairs.at(TextAt(view, "item.case_id"));
          return PairOpinion(view, pair, pair.labels[i]);
        };
        EXPECT_EQ(stack.As(people[i]).LabelAll("q", says), 400);
      });
    }
  }
  const double labelled = watch.Seconds();

  Labels recorded;
  Labels judged;
  Labels by_place;
  std::map<std::string, int> methods;
  for (const auto& [id, pair] : pairs) {
    const JudgedPair item = JudgedOf(At(lead.Call("ReviewService/GetItem", Json::Of({{"id", items.at(id)}})), "view"));
    ++methods[item.method];
    EXPECT_EQ(item.decided, MostOf(pair.labels)) << id;
    recorded.push_back(pair.labels);
    judged.push_back({item.labels.at(people[0]), item.labels.at(people[1]), item.labels.at(people[2])});
    std::vector<std::string> places = pair.labels;
    for (std::string& place : places) place = place == "tie" ? place : place == item.by_id[0] ? "first" : "second";
    by_place.push_back(std::move(places));
  }
  EXPECT_EQ(methods["UNANIMOUS"], unanimous);
  EXPECT_EQ(methods["MAJORITY"], 400 - unanimous - undecided);
  EXPECT_EQ(judged, recorded);
  std::string kappas;
  for (const auto& [first, second] : {std::pair<std::size_t, std::size_t>(0, 1), {0, 2}, {1, 2}}) {
    EXPECT_NEAR(CohenKappa(judged, first, second), CohenKappa(recorded, first, second), 1e-12);
    kappas += " " + Threshold(CohenKappa(judged, first, second));
  }
  const Json report = lead.Call("ReviewService/GetQueueReport", Json::Of({{"queue", "q"}}));
  const Json agreement = AgreementOn(report, "winner");
  EXPECT_EQ(NumberAt(agreement, "units"), 400);
  EXPECT_EQ(NumberAt(agreement, "ratings"), 1200);
  EXPECT_NEAR(NumberAt(agreement, "percent"), Count(recorded).equal, 1e-9);
  EXPECT_NEAR(NumberAt(agreement, "alpha"), NominalAlpha(by_place), 1e-9);
  EXPECT_NEAR(NumberAt(agreement, "alpha"), NominalAlpha(recorded), 0.02) << "which response is named is chance";
  EXPECT_EQ(NumberAt(report, "items_done"), 400 - undecided);
  EXPECT_EQ(NumberAt(report, "adjudicated.count"), 0);
  std::printf(
      "  pandalm: rows 0 to 399; pairwise agreement %.4f, alpha %.4f (%.4f by model), Cohen's kappas%s; %d unanimous, "
      "%d "
      "by majority, %d for an adjudicator; %.1f s to enter, %.1f s for 1,200 labels, %.1f s in all\n",
      Count(recorded).equal, NumberAt(agreement, "alpha"), NominalAlpha(recorded), kappas.c_str(), methods["UNANIMOUS"],
      methods["MAJORITY"], undecided, entered, labelled - entered, watch.Seconds());
}

// --- QAGS: is each sentence of a summary supported by the article? 162 people, three of them each summary ---

struct Summary {
  std::string article;
  std::vector<std::string> sentences;
  std::map<std::string, std::vector<bool>> supported;  // of each person, sentence by sentence
};

std::map<std::string, Summary> QagsRows() {
  std::map<std::string, Summary> summaries;
  std::ifstream file(SharedData("qags") / "mturk_cnndm.jsonl");
  for (std::string line; std::getline(file, line);) {
    const Json row = Json::Parse(line).value_or(Json());
    Summary& summary = summaries["summary-" + std::to_string(summaries.size())];
    summary.article = TextAt(row, "article");
    const Json sentences = At(row, "summary_sentences");
    for (const Json& sentence : sentences.as_array()) {
      summary.sentences.push_back(TextAt(sentence, "sentence"));
      const Json answers = At(sentence, "responses");
      for (const Json& answer : answers.as_array()) {
        const std::string person = "worker-" + std::to_string(At(answer, "worker_id").as_integer());
        summary.supported[person].push_back(TextAt(answer, "response") == "yes");
      }
    }
  }
  return summaries;
}

std::string Joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) text += (text.empty() ? "" : " ") + sentence;
  return text;
}

Json GroundingOpinion(const std::vector<bool>& supported) {
  Json::Array claims;
  for (std::size_t i = 0; i < supported.size(); ++i) {
    claims.push_back(
        Json::Of({{"claim", "c" + std::to_string(i + 1)}, {"support", supported[i] ? "SUPPORTED" : "UNSUPPORTED"}}));
  }
  return Json::Of({{"grounding", Json::Of({{"claims", std::move(claims)}})}});
}

TEST(QagsReviewers, AlphaOfTheSparseMatrixOfRatersIsThatOfTheData) {
  const std::map<std::string, Summary> summaries = QagsRows();
  if (summaries.empty()) GTEST_SKIP() << "SKIPPED: ../shared/data/qags is not beside the checkout";
  const Stopwatch watch;
  std::vector<Json> cases;
  std::vector<ReviewedStack::Record> records;
  std::vector<ReviewedStack::Person> people = {{"lead", "adjudicator,lead"}};
  std::map<std::string, std::vector<std::string>> work;  // of each person, ids of summaries
  Labels labels;
  for (const auto& [id, summary] : summaries) {
    Json::Array claims;
    for (const std::string& sentence : summary.sentences) claims.emplace_back(sentence);
    records.push_back({"1", id + ": " + summary.article, Joined(summary.sentences)});
    cases.push_back(Json::Of({{"id", id}, {"article", summary.article}, {"claims", std::move(claims)}}));
    const std::size_t begin = labels.size();
    labels.resize(begin + summary.sentences.size());
    for (const auto& [person, supported] : summary.supported) {
      ASSERT_EQ(supported.size(), summary.sentences.size());
      work[person].push_back(id);
      for (std::size_t i = 0; i < supported.size(); ++i) labels[begin + i].push_back(supported[i] ? "yes" : "no");
    }
  }
  for (const auto& [person, ids] : work) people.push_back({person, "reviewer"});
  ReviewedStack stack(
      std::string("kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\n"
                  "prompt: [{user: \"{{id}}: {{article}}\"}]\n"
                  "graders: [{name: says, type: regex, pattern: \"[a-zA-Z]\"}]\n---\n"
                  "kind: Queue\nname: q\nitem: grounding\nrubric: facts\nsuites: [s]\noverlap: {people: 3}\n") +
          kQueueEnd +
          "---\nkind: Rubric\nname: facts\nversion: \"1.0.0\"\nguideline: |\n  ## 1 Facts\n  What the article says.\n" +
          ModelDocument("1"),
      {{"cases.jsonl", DatasetOf(cases)}}, records, people);
  RecordedReviewer lead = stack.As("lead");
  lead.Call("RunService/StartRun", Json::Of({{"suite", "s"}, {"model", "m@1"}}));
  const auto items = stack.AwaitItems(lead, "q", summaries.size());
  ASSERT_EQ(items.size(), summaries.size());
  const double entered = watch.Seconds();
  for (const auto& [person, ids] : work) {
    RecordedReviewer reviewer = stack.As(person);
    for (const std::string& id : ids) {
      const auto says = [&](const Json&) { return GroundingOpinion(summaries.at(id).supported.at(person)); };
      reviewer.Label(items.at(id), says);
    }
  }
  const double labelled = watch.Seconds();
  const Json report = lead.Call("ReviewService/GetQueueReport", Json::Of({{"queue", "q"}}));
  const Json agreement = AgreementOn(report, "claim");
  EXPECT_EQ(work.size(), 162u);
  EXPECT_EQ(NumberAt(agreement, "units"), 714);
  EXPECT_EQ(NumberAt(agreement, "ratings"), 2142);
  EXPECT_NEAR(NumberAt(agreement, "percent"), Count(labels).equal, 1e-9);
  EXPECT_NEAR(NumberAt(agreement, "alpha"), NominalAlpha(labels), 1e-9);
  std::printf(
      "  qags cnndm: all 235 summaries, 714 sentences, 162 people, three each: pairwise agreement %.4f, alpha %.4f in "
      "[%.4f, %.4f]; %.1f s to enter, %.1f s for 705 labels, %.1f s in all\n",
      Count(labels).equal, NumberAt(agreement, "alpha"), NumberAt(agreement, "alpha_lower"),
      NumberAt(agreement, "alpha_upper"), entered, labelled - entered, watch.Seconds());
}

}  // namespace
}  // namespace assay::testing
