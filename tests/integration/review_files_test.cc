// Files of review data between real daemons, through the command line; and Label Studio's side of an ML backend, over
// HTTP as it speaks it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/base64.h"
#include "core/digest.h"
#include "tests/integration/recorded_reviewers.h"
#include "tests/testing/http_stub.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kDocuments[] = R"(kind: Suite
name: s
dataset: [{file: cases.jsonl, id: id}]
prompt: [{user: "{{prompt}}"}]
graders:
  - {name: says, type: regex, pattern: "[a-z]"}
GRADERS---
kind: Gate
name: g
suites: [s]
rules: [{name: r, grader: says, at_least: 0.01}]
---
kind: Rubric
name: r
version: "1.0.0"
guideline: |
  ## 1 Quality
  Whether it is right.
criteria:
  - {name: quality, meaning: how good it is, clause: "1", scale: {from: 1, to: 5, pass: 4, anchors: {1: wrong, 5: right}}}
---
kind: Queue
name: q
item: rubric
rubric: r
suites: [s]
enter: [{every: true}]
undo: 0s
audit: {share: 0, new_share: 0, at_least: 0, severity: 0}
)";

std::string Documents(const std::string& graders = "", const std::string& of_queue = "overlap: {people: 2}\n") {
  std::string documents = kDocuments;
  documents.replace(documents.find("GRADERS"), 7, graders);
  return documents + of_queue + "---\nkind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, url: " +
         "MODEL, model: \"1\"}\n";
}

constexpr int kCases = 6;

std::map<std::string, std::string> CasesFile() {
  std::string cases;
  for (int i = 0; i < kCases; ++i)
    cases += Json::Of({{"id", "case-" + std::to_string(i)}, {"prompt", "prompt " + std::to_string(i)}}).Dump() + "\n";
  return {{"cases.jsonl", cases}};
}

std::vector<ReviewedStack::Record> Answers() {
  std::vector<ReviewedStack::Record> records;
  for (int i = 0; i < kCases; ++i)
    records.push_back({.model = "1", .prompt = "prompt " + std::to_string(i), .answer = "an answer, =1+1"});
  return records;
}

const std::vector<ReviewedStack::Person> kPeople = {
    {"ann", "reviewer"}, {"bob", "reviewer"}, {"lea", "lead"}, {"label-studio", "ml_lead"}, {"pipeline", ""}};

Json Quality(int score) {
  const Json answer = Json::Of({{"criterion", "quality"}, {"score", score}});
  return Json::Of({{"criteria", Json::Of({{"criteria", Json::Array{answer}}})}});
}

std::string ReadAll(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

TEST(ReviewFilesOfDaemons, WhatOneExportsAnotherTakesInAndExportsAgain) {
  const TemporaryFolder files;
  const auto at = [&](const std::string& name) { return (files.path() / name).string(); };
  {
    ReviewedStack from(Documents(), CasesFile(), Answers(), kPeople);
    from.As("pipeline").Call("RunService/StartRun", Json::Of({{"suite", "s"}, {"model", "m@1"}}));
    RecordedReviewer lea = from.As("lea");
    from.AwaitItems(lea, "q", kCases);
    const auto says = [](const Json& view) { return Quality(TextAt(view, "item.case_id") == "case-0" ? 2 : 5); };
    EXPECT_EQ(from.As("ann").LabelAll("q", says), kCases);
    EXPECT_EQ(from.As("bob").LabelAll("q", says), kCases);

    const ProgramEnd native = from.Assay("lea", {"review", "export", "--queue", "q", "--out", at("native.jsonl")});
    EXPECT_EQ(native.exit_code, 0) << native.errors;
    EXPECT_THAT(native.errors, HasSubstr("6 items, 12 judgements, 24 rows"));
    const Json manifest = *Json::Parse(ReadAll(at("native.jsonl.manifest.json")));
    EXPECT_EQ(TextAt(manifest, "sha256"), Sha256Hex(ReadAll(at("native.jsonl"))));
    EXPECT_FALSE(std::filesystem::exists(at("native.jsonl.part")));
    const ProgramEnd listed = from.Assay("lea", {"review", "exports"});
    EXPECT_THAT(listed.output, HasSubstr(Sha256Hex(ReadAll(at("native.jsonl.manifest.json"))).substr(0, 12)));

    const ProgramEnd table = from.Assay("lea", {"review", "export", "--format", "csv"});
    EXPECT_EQ(table.exit_code, 0) << table.errors;
    std::ofstream(at("table.csv"), std::ios::binary) << table.output;
    const ProgramEnd refused = from.Assay("ann", {"review", "export", "--out", at("none")});
    EXPECT_EQ(refused.exit_code, 77);
    EXPECT_THAT(refused.errors, HasSubstr("it needs one of the roles lead, ml_lead and manager"));
    EXPECT_FALSE(std::filesystem::exists(at("none"))) << "what failed leaves no file";
    const ProgramEnd training = from.Assay("lea", {"review", "export", "--queue", "q", "--format", "trl-kto"});
    EXPECT_EQ(training.exit_code, 77);
    EXPECT_THAT(training.errors, HasSubstr("is used by gate \"g\""));
    const ProgramEnd asked = from.Assay(
        "lea", {"review", "export", "--queue", "q", "--format", "trl-kto", "--propose", "for the next model"});
    EXPECT_THAT(asked.output, HasSubstr("lacks 1 peer, one of lead"));
  }
  ReviewedStack to(Documents(), CasesFile(), Answers(), kPeople);
  const ProgramEnd dry = to.Assay("lea", {"review", "import", at("native.jsonl"), "--queue", "q", "--dry-run"});
  EXPECT_EQ(dry.output,
            "nothing was taken in; it would be:\n6  items read\n6  items new\n0  items changed\n0  items as they are "
            "here\n12  judgements new\n0  rows refused\n")
      << dry.errors;
  const ProgramEnd first = to.Assay("lea", {"review", "import", at("native.jsonl"), "--queue", "q"});
  EXPECT_EQ(first.exit_code, 0) << first.errors;
  EXPECT_THAT(first.output, HasSubstr("6  items new\n"));
  const ProgramEnd again = to.Assay("lea", {"review", "import", at("native.jsonl"), "--queue", "q"});
  EXPECT_THAT(again.output,
              HasSubstr("0  items new\n0  items changed\n6  items as they are here\n0  judgements new\n"));
  EXPECT_EQ(to.Assay("lea", {"review", "export", "--queue", "q", "--out", at("back.jsonl")}).exit_code, 0);
  EXPECT_EQ(ReadAll(at("back.jsonl")), ReadAll(at("native.jsonl")));
  EXPECT_EQ(to.Assay("lea", {"review", "export", "--format", "csv"}).output, ReadAll(at("table.csv")));

  std::string broken = ReadAll(at("native.jsonl"));
  std::ofstream(at("native.jsonl"), std::ios::binary | std::ios::app) << "{}\n";
  const ProgramEnd longer = to.Assay("lea", {"review", "import", at("native.jsonl"), "--queue", "q"});
  EXPECT_EQ(longer.exit_code, 3);
  EXPECT_THAT(longer.errors, HasSubstr("and its manifest says"));
  std::ofstream(at("broken.jsonl"), std::ios::binary) << "{}\n" + broken;
  const ProgramEnd refused = to.Assay("lea", {"review", "import", at("broken.jsonl"), "--queue", "q"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("broken.jsonl:1 body: is missing"));
  EXPECT_THAT(refused.output, HasSubstr("nothing was taken in"));
}

// --- Label Studio asks for suggestions ---

HttpAnswer Ask(int port, const std::string& verb, const std::string& path, const std::string& body,
               const std::string& user = "label-studio") {
  std::map<std::string, std::string> headers = {{"Authorization", "Basic " + ToBase64("assay:" + TokenOf(user))}};
  if (verb == "POST") headers["Content-Type"] = "application/json";
  return HttpSend(port, {.verb = verb, .path = "/label-studio/q" + path, .headers = headers, .body = body});
}

TEST(ReviewFilesOfDaemons, LabelsForAGateComeInByAReleaseOwnersApprovalOfTheFile) {
  const TemporaryFolder files;
  const std::string file = (files.path() / "labelled.json").string();
  std::vector<ReviewedStack::Person> people = kPeople;
  people.push_back({"ria", "release_owner"});
  ReviewedStack stack(Documents("metrics: [{name: people, source: human, queue: q}]\n"), CasesFile(), Answers(),
                      people);
  stack.As("pipeline").Call("RunService/StartRun", Json::Of({{"suite", "s"}, {"model", "m@1"}}));
  RecordedReviewer lea = stack.As("lea");
  stack.AwaitItems(lea, "q", kCases);
  const ProgramEnd tasks =
      stack.Assay("lea", {"review", "export", "--queue", "q", "--format", "label-studio", "--for-labelling"});
  Json task = Json::Parse(tasks.output)->as_array().at(0);
  const Json result = Json::Of(
      {{"from_name", "quality"}, {"to_name", "prompt"}, {"type", "rating"}, {"value", Json::Of({{"rating", 4}})}});
  task.Set("annotations", Json(Json::Array{Json::Of({{"unique_id", "ls-1"},
                                                     {"completed_by", Json::Of({{"email", "zoe@people.invalid"}})},
                                                     {"result", Json(Json::Array{result})},
                                                     {"created_at", "2026-11-20T09:00:00Z"}})}));
  std::ofstream(file, std::ios::binary) << Json(Json::Array{task}).Dump();
  const auto imports = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"review", "import", file, "--queue", "q", "--format", "label-studio"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return stack.Assay("lea", arguments);
  };
  const ProgramEnd refused = imports({});
  EXPECT_EQ(refused.exit_code, 77);
  EXPECT_THAT(refused.errors,
              HasSubstr("queue \"q\" is read by gate \"g\", and 1 labels would settle items there: ask a "
                        "release owner with --propose REASON"));
  EXPECT_THAT(imports({"--skip-bad"}).errors, HasSubstr("labels from elsewhere settle nothing there"));
  EXPECT_THAT(imports({"--dry-run"}).output, HasSubstr("the labels need an approval of a release owner (--propose)"));
  const ProgramEnd proposed = imports({"--propose", "labelled by the clinic"});
  EXPECT_THAT(proposed.output, HasSubstr("lacks one of release_owner")) << proposed.errors;
  const std::string change = proposed.output.substr(0, proposed.output.find(' '));
  EXPECT_EQ(imports({"--approval", change}).exit_code, 77) << "it waits";
  const ProgramEnd approved = stack.Assay("ria", {"review", "approve", change});
  EXPECT_EQ(approved.exit_code, 0) << approved.errors;
  const ProgramEnd taken = imports({"--approval", change});
  EXPECT_EQ(taken.exit_code, 0) << taken.errors;
  EXPECT_THAT(taken.output, HasSubstr("1  items changed\n"));
  EXPECT_EQ(imports({}).exit_code, 0) << "what is in already needs nothing";
}

TEST(LabelStudioBackend, SuggestsWhatTheJudgeSaidOfAnItem) {
  const HttpStub judge([](const StubRequest& request, int) {
    const std::size_t mark = request.body.find("<<<");
    const std::string token = request.body.substr(mark + 3, 16);
    const bool is_bad = request.body.find("prompt 3") != std::string::npos;
    return ChatAnswer("VERDICT " + token + ": " + (is_bad ? "FAIL" : "PASS"));
  });
  const TemporaryFolder files;
  ReviewedStack stack(
      Documents("  - {name: good, type: judge, endpoint: judge, criteria: \"It is right about {{prompt}}.\"}\n",
                "prelabel: {show: before, grader: good, control: 0.05}\n---\nkind: Model\nname: judge\nversion: "
                "\"1\"\nendpoint: "
                "{provider: openai-chat, model: j, url: \"" +
                    judge.url() + "/v1\"}\n"),
      CasesFile(), Answers(), kPeople);
  stack.As("pipeline").Call("RunService/StartRun", Json::Of({{"suite", "s"}, {"model", "m@1"}}));
  RecordedReviewer lea = stack.As("lea");
  const std::map<std::string, std::string> items = stack.AwaitItems(lea, "q", kCases);
  const ProgramEnd exported =
      stack.Assay("lea", {"review", "export", "--queue", "q", "--format", "label-studio", "--for-labelling"});
  ASSERT_EQ(exported.exit_code, 0) << exported.errors;
  const ProgramEnd config =
      stack.Assay("lea", {"review", "export", "--queue", "q", "--format", "label-studio", "--label-config"});
  EXPECT_THAT(config.output, HasSubstr("<Rating name=\"quality\""));

  const int port = stack.http_port();
  const HttpAnswer health = Ask(port, "GET", "/health", "");
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body, R"({"status":"UP","model_class":"Assay"})");
  const Json setup = Json::Of({{"project", "1.2"}, {"schema", config.output}});
  const HttpAnswer set_up = Ask(port, "POST", "/setup", setup.Dump());
  EXPECT_EQ(set_up.body, R"({"model_version":"q, rubric r 1.0.0"})") << set_up.status;
  const Json predict = Json::Of({{"tasks", *Json::Parse(exported.output)}, {"label_config", config.output}});
  const HttpAnswer predicted = Ask(port, "POST", "/predict", predict.Dump());
  ASSERT_EQ(predicted.status, 200) << predicted.body;
  const Json results = At(*Json::Parse(predicted.body), "results");
  const Json tasks = *Json::Parse(exported.output);
  ASSERT_EQ(results.as_array().size(), static_cast<std::size_t>(kCases));
  int controls = 0;
  for (std::size_t i = 0; i < tasks.as_array().size(); ++i) {
    const Json& result = results.as_array()[i];
    if (At(result, "result.0").is_null()) {  // drawn as a control, to see what people say without it
      ++controls;
      continue;
    }
    const bool is_bad = TextAt(tasks.as_array()[i], "data.ref") == items.at("case-3");
    EXPECT_EQ(NumberAt(result, "result.0.value.rating"), is_bad ? 1 : 5) << predicted.body;
    EXPECT_THAT(TextAt(result, "model_version"), HasSubstr("good@"));
  }
  EXPECT_LT(controls, kCases);
  EXPECT_EQ(Ask(port, "POST", "/webhook", R"({"action":"ANNOTATION_CREATED"})").status, 201);

  EXPECT_EQ(Ask(port, "POST", "/predict", "{}", "ann").status, 403);
  EXPECT_EQ(Ask(port, "POST", "/predict", "{}", "nobody").status, 401);
  EXPECT_EQ(Ask(port, "GET", "/predict", "").status, 405);
  const HttpAnswer wrong = Ask(port, "POST", "/setup", R"({"schema":"<View/>"})");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("quality"));
}

}  // namespace
}  // namespace assay::testing
