#include "config/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/config/plugin_tables.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using testing::FirstLineFields;
using ::testing::IsEmpty;
using testing::Lines;
using testing::TemporaryFolder;
using testing::TestKinds;

const std::string kModel =
    "kind: Model\nname: m\nversion: '1'\nendpoint: {provider: openai-chat, url: 'http://h', model: x}\n";

std::string Suite(const std::string& name) {
  return "kind: Suite\nname: " + name +
         "\ndataset: [{file: cases.jsonl}]\nprompt: [{user: '{{q}}'}]\ngraders: [{name: exact, type: equals, value: "
         "'{{q}}'}]\n";
}

// The messages, each behind the file's name without its folder.
std::vector<std::string> Messages(const Diagnostics& diagnostics) {
  std::vector<std::string> messages;
  for (const Diagnostic& diagnostic : diagnostics.Sorted()) {
    Diagnostic shown = diagnostic;
    shown.file = std::filesystem::path(diagnostic.file).filename().string();
    messages.push_back(ToString(shown));
  }
  return messages;
}

TEST(Catalog, ReadsFoldersRecursivelyInOrder) {
  const TemporaryFolder folder;
  folder.Write("b.yaml", Suite("b"));
  folder.Write("cases.jsonl", "{\"q\": 1}\n");
  folder.Write("sub/cases.jsonl", "{\"q\": 1}\n");
  folder.Write("sub/a.yml", Suite("a"));
  folder.Write("sub/notes.txt", "not: [yaml");
  folder.Write(".hidden/c.yaml", "broken: [");
  folder.Write(".d.yaml", "broken: [");
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog({folder.path()}, TestKinds(), FirstLineFields, diagnostics);
  EXPECT_EQ(diagnostics.Render(), "");
  ASSERT_EQ(catalog.documents.size(), 2u);
  EXPECT_EQ(catalog.documents[0].name, "b");
  EXPECT_EQ(catalog.documents[1].name, "a");
  EXPECT_EQ(catalog.documents[1].files[0].path, folder.path() + "/sub/cases.jsonl");
  EXPECT_EQ(catalog.FindSuite("a"), &catalog.documents[1]);
  EXPECT_EQ(catalog.FindSuite("c"), nullptr);
  EXPECT_EQ(catalog.FindGate("a"), nullptr);
}

TEST(Catalog, ADatasetInYamlIsNoDocument) {
  const TemporaryFolder folder;
  const auto suite = [](const std::string& file) {
    std::string text = Suite("s");
    return text.replace(text.find("cases.jsonl"), 11, file);
  };
  folder.Write("cases.yaml", "- {q: 1}\n");
  folder.Write("suite.yaml", suite("cases.yaml"));
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog({folder.path()}, TestKinds(), {}, diagnostics);
  EXPECT_EQ(diagnostics.Render(), "");
  EXPECT_EQ(catalog.documents.size(), 1u);
  // A suite that names itself is read all the same.
  folder.Write("suite.yaml", suite("suite.yaml"));
  Diagnostics of_itself;
  LoadCatalog({folder.path()}, TestKinds(), {}, of_itself);
  EXPECT_THAT(Messages(of_itself), ::testing::Contains(::testing::HasSubstr("cases.yaml:1:1: expected a document")));
}

TEST(Catalog, AMountedConfigMapIsReadOnce) {
  const TemporaryFolder folder;
  folder.Write("..2026/m.yaml", kModel);
  std::filesystem::create_directory_symlink("..2026", folder.path() + "/..data");
  std::filesystem::create_symlink("..data/m.yaml", folder.path() + "/m.yaml");
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog({folder.path(), folder.path() + "/m.yaml"}, TestKinds(), {}, diagnostics);
  EXPECT_EQ(diagnostics.Render(), "");
  ASSERT_EQ(catalog.documents.size(), 1u);
  EXPECT_NE(catalog.FindModel("m", "1"), nullptr);
  EXPECT_EQ(catalog.FindModel("m", "2"), nullptr);
}

// As Kubernetes mounts a volume whose items have a folder: the folder is a link too.
TEST(Catalog, LinkedFoldersAreFollowedAndEnteredOnce) {
  const TemporaryFolder folder;
  folder.Write("..2026/models/m.yaml", kModel);
  std::filesystem::create_directory_symlink("..2026", folder.path() + "/..data");
  std::filesystem::create_directory_symlink("..data/models", folder.path() + "/models");
  std::filesystem::create_directory_symlink(".", folder.path() + "/circle");
  std::filesystem::create_directory_symlink("..", folder.path() + "/..2026/models/up");
  Diagnostics diagnostics;
  EXPECT_THAT(CatalogFiles({folder.path()}, diagnostics), ElementsAre(folder.path() + "/models/m.yaml"));
  EXPECT_EQ(diagnostics.Render(), "");
}

TEST(Catalog, AMissingPathIsAnError) {
  Diagnostics diagnostics;
  LoadCatalog({"/nonexistent/a.yaml"}, TestKinds(), {}, diagnostics);
  EXPECT_EQ(diagnostics.size(), 1u);
}

TEST(Catalog, AnEmptyFolderIsAnEmptyCatalog) {
  const TemporaryFolder folder;
  Diagnostics diagnostics;
  EXPECT_TRUE(LoadCatalog({folder.path()}, TestKinds(), {}, diagnostics).documents.empty());
  EXPECT_TRUE(diagnostics.empty());
}

TEST(Catalog, NamesAreUniqueOverAllFiles) {
  const TemporaryFolder folder;
  folder.Write("cases.jsonl", "{\"q\": 1}\n");
  const std::string first = folder.Write("a.yaml", Suite("s") + "---\n" + kModel);
  folder.Write("b.yaml", Suite("s") + "---\n" + kModel);  // the model is the same: no error, kept once
  folder.Write("c.yaml", kModel + "labels: {changed: 'yes'}\n");
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog({folder.path()}, TestKinds(), {}, diagnostics);
  EXPECT_THAT(
      Messages(diagnostics),
      ElementsAre("b.yaml:2:7: name: Suite \"s\" is already defined, in " + first + ":2",
                  "c.yaml:3:10: version: Model \"m@1\" is already defined with other content, in " + first + ":8"));
  EXPECT_EQ(catalog.documents.size(), 4u);
}

// Also where a document is wrong by itself: what is mended in the next round should not bring new errors.
TEST(Catalog, NamesAreUniqueAmongDocumentsWithErrorsToo) {
  TemporaryFolder folder;
  folder.Write("cases.jsonl", "{}");
  const std::string first = folder.Write("a.yaml", Suite("s") + "tirals: 3\n");
  const std::string second =
      folder.Write("b.yaml", Suite("s") + "---\n" + kModel + "---\n" + kModel + "labls: {}\n---\nkind: Suite\n");
  Diagnostics diagnostics;
  LoadCatalog({folder.path()}, TestKinds(), {}, diagnostics);
  EXPECT_THAT(
      Messages(diagnostics),
      ::testing::AllOf(
          ::testing::Contains("a.yaml:6:1: tirals: unknown key; did you mean \"trials\"?"),
          ::testing::Contains("b.yaml:2:7: name: Suite \"s\" is already defined, in " + first + ":2"),
          ::testing::Contains("b.yaml:14:10: version: Model \"m@1\" is already defined with other content, in " +
                              second + ":8"),
          ::testing::Contains("b.yaml:16:1: labls: unknown key; did you mean \"labels\"?")));
}

// Errors go to the logs of pipelines.
TEST(Catalog, ErrorsDoNotShowSecrets) {
  TemporaryFolder folder;
  const std::string model = "kind: Model\nname: m\nversion: '1'\n";
  folder.Write("a.yaml",
               model + "endpoint: {provider: openai-chat, url: 'http://u:sk-1@h', modle: x, api_key: sk-2}\n");
  folder.Write("b.yaml", model +
                             "endpoint:\n  provider: openai-chat\n  url: http://h\n  model: x\n  api_key:\n    sk-3\n"
                             "  headers: {X-Api-Key: sk-4}\n");
  folder.Write("c.yaml", model + "endpoint:\n  apikey: sk-5\n");
  folder.Write("d.yaml", model + "endpoint:\n  api_key: \"sk-6\n");
  Diagnostics diagnostics;
  LoadCatalog({folder.path()}, TestKinds(), FirstLineFields, diagnostics);
  EXPECT_GE(diagnostics.size(), 8u);
  EXPECT_THAT(diagnostics.Render(), ::testing::Not(::testing::HasSubstr("sk-")));
}

TEST(Catalog, AllErrorsOfAllFilesComeAtOnce) {
  const TemporaryFolder folder;
  folder.Write("a.yaml", "kind: Modle\n");
  folder.Write("b.yaml", "kind: [\n");
  folder.Write("c.yaml", kModel + "labels: 3\n");
  Diagnostics diagnostics;
  LoadCatalog({folder.path()}, TestKinds(), {}, diagnostics);
  EXPECT_THAT(Messages(diagnostics), ElementsAre("a.yaml:1:7: kind: expected one of Suite, Model, Gate, Rubric, Queue, "
                                                 "Schedule, got \"Modle\"; did you mean \"Model\"?",
                                                 ::testing::StartsWith("b.yaml:2:1: not valid YAML: "),
                                                 "c.yaml:5:9: labels: expected a mapping, got 3"));
}

TEST(Catalog, AGateOnASuiteThatIsItselfWrongGivesNoErrorOfItsOwn) {
  const TemporaryFolder folder;
  folder.Write("cases.jsonl", "{\"q\": 1}\n");
  folder.Write(
      "a.yaml",
      Suite("s") + "trials: 0\n---\nkind: Gate\nname: g\nsuites: [s]\nrules: [{name: r, metric: nope, at_least: 1}]\n");
  Diagnostics diagnostics;
  LoadCatalog({folder.path()}, TestKinds(), {}, diagnostics);
  EXPECT_THAT(Messages(diagnostics), ElementsAre("a.yaml:6:9: trials: must be at least 1, got 0"));
}

TEST(Catalog, ADocumentWithADuplicateKeyIsNotServed) {
  const TemporaryFolder folder;
  folder.Write("a.yaml", kModel + "name: other\n");
  Diagnostics diagnostics;
  EXPECT_TRUE(LoadCatalog({folder.path()}, TestKinds(), {}, diagnostics).documents.empty());
  EXPECT_THAT(Messages(diagnostics), ElementsAre("a.yaml:5:1: key \"name\" appears twice; first on line 2"));
}

TEST(Catalog, DatasetErrorsAreReportedWhereTheFileIsNamed) {
  const TemporaryFolder folder;
  folder.Write("cases.jsonl", "");
  folder.Write("a.yaml", Suite("s"));
  Diagnostics diagnostics;
  LoadCatalog({folder.path()}, TestKinds(), FirstLineFields, diagnostics);
  EXPECT_THAT(Messages(diagnostics), ElementsAre("a.yaml:3:18: dataset[0].file: the dataset is empty"));
}

TEST(Catalog, AFolderOrDeviceIsNoDataset) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() + "/cases.jsonl");
  folder.Write("a.yaml", Suite("s"));
  Diagnostics diagnostics;
  LoadCatalog({folder.path()}, TestKinds(), {}, diagnostics);
  EXPECT_THAT(Messages(diagnostics),
              ElementsAre("a.yaml:3:18: dataset[0].file: file \"cases.jsonl\" is no regular file (looked for " +
                          folder.path() + "/cases.jsonl)"));
}

TEST(Catalog, AbsoluteNamesOfFilesAreAllowed) {
  const TemporaryFolder folder;
  const std::string cases = folder.Write("elsewhere/cases.jsonl", "{\"q\": 1}\n");
  std::string suite = Suite("s");
  suite.replace(suite.find("cases.jsonl"), 11, cases);
  folder.Write("a.yaml", suite);
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog({folder.path() + "/a.yaml"}, TestKinds(), FirstLineFields, diagnostics);
  EXPECT_EQ(diagnostics.Render(), "");
  EXPECT_EQ(catalog.documents[0].files[0].path, cases);
}

TEST(ParseDocument, TakesOneDocumentFromText) {
  Diagnostics diagnostics;
  const auto document = ParseDocument("request", kModel, TestKinds(), ReferencedFiles::kRead, diagnostics);
  ASSERT_TRUE(document);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(document->kind, DocumentKind::kModel);
  EXPECT_EQ(document->text, kModel);
  EXPECT_EQ(document->file, "request");
  EXPECT_EQ(document->model()->endpoint.url, "http://h");
  EXPECT_EQ(document->model()->endpoint.attempts, 3);
  EXPECT_EQ(document->suite(), nullptr);
  EXPECT_EQ(document->gate(), nullptr);
}

TEST(ParseDocument, TheCanonicalTextOfADocumentReadsBackToTheSame) {
  Diagnostics diagnostics;
  const auto first = ParseDocument("request", kModel, TestKinds(), ReferencedFiles::kRead, diagnostics);
  const auto second = ParseDocument("store", first->canonical_json, TestKinds(), ReferencedFiles::kRead, diagnostics);
  ASSERT_TRUE(second) << diagnostics.Render();
  EXPECT_EQ(second->version, first->version);
  EXPECT_EQ(second->canonical_json, first->canonical_json);
}

TEST(ParseDocument, NoneAndSeveralAreErrors) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "request: holds no document"},
      {"# only this\n", "request: holds no document"},
      {kModel + "---\n" + kModel, "request:6:1: a second document where one is expected"},
      {"kind: Schedules\nname: x\n",
       "request:1:7: kind: expected one of Suite, Model, Gate, Rubric, Queue, Schedule, got \"Schedules\"; did you "
       "mean "
       "\"Schedule\"?"},
      {"- a\n", "request:1:1: expected a document with a \"kind\", got a list"},
      {"name: x\n", "request:1:1: needs \"kind\": one of Suite, Model, Gate, Rubric, Queue, Schedule"}};
  for (const auto& [text, message] : cases) {
    Diagnostics diagnostics;
    EXPECT_FALSE(ParseDocument("request", text, TestKinds(), ReferencedFiles::kRead, diagnostics)) << text;
    EXPECT_THAT(Messages(diagnostics), ElementsAre(message));
  }
}

TEST(ParseDocument, ALiteralKeyIsRefusedAndNotShown) {
  std::string text = kModel;
  text.replace(text.find("model: x"), 8, "model: x, api_key: sk-secret");
  Diagnostics diagnostics;
  EXPECT_FALSE(ParseDocument("request", text, TestKinds(), ReferencedFiles::kRead, diagnostics));
  EXPECT_THAT(
      Messages(diagnostics),
      ElementsAre(
          "request:4:71: endpoint.api_key: a key must not stand in a document, which is stored and shown; write "
          "{env: VARIABLE} or {file: PATH}"));
}

TEST(ParseDocument, RulesAreResolved) {
  Diagnostics diagnostics;
  const auto document =
      ParseDocument("request",
                    "kind: Gate\nname: g\nsuites: [s]\nrules:\n  - {name: a, metric: m, at_least: 0.9}\n"
                    "  - {name: b, coverage: {of: j, at_least: 0.8}, role: advisory, by: [x, y]}\n",
                    TestKinds(), ReferencedFiles::kRead, diagnostics);
  ASSERT_TRUE(document) << diagnostics.Render();
  const GateSpec& gate = *document->gate();
  EXPECT_EQ(gate.rules[0].kind, "at_least");
  EXPECT_EQ(gate.rules[0].option.as_number(), 0.9);
  EXPECT_EQ(gate.rules[0].confidence, 0.95);
  EXPECT_EQ(gate.rules[0].role, RuleRole::kBlocking);
  EXPECT_EQ(gate.rules[1].kind, "coverage");
  EXPECT_EQ(gate.rules[1].option.Find("of")->as_string(), "j");
  EXPECT_THAT(gate.rules[1].by, ElementsAre("x", "y"));
  EXPECT_EQ(gate.rules[1].role, RuleRole::kAdvisory);
}

TEST(SuiteSpec, EachGraderDefinesAMetricOfItsName) {
  SuiteSpec suite;
  suite.graders.resize(2);
  suite.graders[0].name = "a";
  suite.graders[1].name = "b";
  suite.metrics.resize(1);
  suite.metrics[0].name = "p95";
  suite.metrics[0].source = MetricSource::kLatencyMs;
  std::vector<std::string> names;
  for (const MetricSpec& metric : EffectiveMetrics(suite)) names.push_back(metric.name);
  EXPECT_THAT(names, ElementsAre("p95", "a", "b"));
  EXPECT_EQ(FindMetric(suite, "b")->grader, "b");
  EXPECT_EQ(FindMetric(suite, "b")->aggregate, Aggregate::kMean);
  EXPECT_FALSE(FindMetric(suite, "c"));
}

TEST(ParseDocument, ReadsRubrics) {
  Diagnostics diagnostics;
  const auto document =
      ParseDocument("request",
                    "kind: Rubric\nname: r\nversion: '2.1.3'\nguideline: '# 1 One'\ncriteria:\n"
                    "- {name: a, meaning: x, scale: {from: 0, to: 4, pass: 3, anchors: {0: bad, 4: good}}}\n"
                    "- {name: b, meaning: x, labels: [{name: l, meaning: x, pass: true}, {name: k, meaning: y}]}\n"
                    "taxonomy: [{name: e, meaning: x}]\n",
                    TestKinds(), ReferencedFiles::kRead, diagnostics);
  ASSERT_TRUE(document) << diagnostics.Render();
  EXPECT_EQ(document->kind, DocumentKind::kRubric);
  const RubricSpec& rubric = *document->rubric();
  EXPECT_EQ(rubric.ParsedVersion(), (RubricVersion{2, 1, 3}));
  EXPECT_EQ(rubric.FindCriterion("a")->scale->anchors.at("4"), "good");
  EXPECT_TRUE(rubric.FindCriterion("a")->HasScore(0));
  EXPECT_FALSE(rubric.FindCriterion("a")->HasScore(5));
  EXPECT_FALSE(rubric.FindCriterion("b")->HasScore(1));
  EXPECT_EQ(rubric.FindCriterion("b")->FindLabel("l")->pass, true);
  EXPECT_EQ(rubric.FindCriterion("b")->FindLabel("k")->pass, std::nullopt);
  EXPECT_EQ(rubric.FindCriterion("b")->FindLabel("m"), nullptr);
  EXPECT_EQ(rubric.FindCriterion("c"), nullptr);
  EXPECT_EQ(rubric.FindErrorClass("e")->meaning, "x");
  EXPECT_EQ(rubric.rationale.min_length, 10);
}

TEST(ParseDocument, ReadsQueues) {
  Diagnostics diagnostics;
  const auto document =
      ParseDocument("request",
                    "kind: Queue\nname: q\nitem: tool_use\nrubric: r\nsuites: [s]\n"
                    "enter: [{failed_invariants: true, priority: incident}, {every: true, share: 0.25}]\n"
                    "overlap: {people: 2}\ndeadline: 1d\n",
                    TestKinds(), ReferencedFiles::kRead, diagnostics);
  ASSERT_TRUE(document) << diagnostics.Render();
  EXPECT_EQ(document->kind, DocumentKind::kQueue);
  const QueueSpec& queue = *document->queue();
  EXPECT_EQ(queue.item, ReviewItemKind::kToolUse);
  EXPECT_EQ(queue.enter[0].priority, ReviewLane::kIncident);
  EXPECT_EQ(queue.enter[1].share, 0.25);
  EXPECT_EQ(queue.overlap.Most(), 2);
  EXPECT_EQ(queue.lease.time, std::chrono::minutes(15));
  EXPECT_EQ(queue.deadline, std::chrono::hours(24));
  EXPECT_EQ(document->rubric(), nullptr);
}

TEST(SuiteSpec, AReductionThatCountsPassesIsOfPasses) {
  SuiteSpec suite;
  suite.trials = 5;
  suite.graders.resize(1);
  suite.graders[0].name = "a";
  suite.graders[0].is_unbounded = true;
  suite.graders[0].threshold = 3;
  suite.metrics = {{.name = "sure", .grader = "a", .reduce = Reduce::kPassHatK, .k = 3},
                   {.name = "most", .grader = "a", .reduce = Reduce::kMajority, .quorum = 4},
                   {.name = "best", .grader = "a", .reduce = Reduce::kMax},
                   {.name = "slow", .source = MetricSource::kLatencyMs, .reduce = Reduce::kMedian}};
  EXPECT_EQ(FindMetric(suite, "sure")->reduction, (Reduction{.by = Reduce::kPassHatK, .k = 3}));
  EXPECT_EQ(FindMetric(suite, "most")->reduction, (Reduction{.by = Reduce::kMajority, .quorum = 4, .trials = 5}));
  EXPECT_EQ(FindMetric(suite, "best")->reduction, (Reduction{.by = Reduce::kMax, .trials = 5}));
  EXPECT_EQ(FindMetric(suite, "slow")->reduction, (Reduction{.by = Reduce::kMedian, .trials = 5}));
  EXPECT_EQ(FindMetric(suite, "a")->reduction, Reduction{});
  EXPECT_EQ(FindMetric(suite, "sure")->source, MetricSource::kPass);
  EXPECT_FALSE(FindMetric(suite, "sure")->is_unbounded);
  EXPECT_EQ(FindMetric(suite, "best")->source, MetricSource::kScore);
  EXPECT_TRUE(FindMetric(suite, "best")->is_unbounded);
}

}  // namespace
}  // namespace assay
