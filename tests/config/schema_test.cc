// The generated schema against a validator that is not ours, and against the reader: both must agree on every fixture.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "config/catalog.h"
#include "tests/config/plugin_tables.h"

namespace assay {
namespace {

using testing::TestKinds;

class SchemaTest : public ::testing::Test {
 protected:
  SchemaTest() {
    const nlohmann::json json = nlohmann::json::parse(CatalogSchema(TestKinds()).Dump());
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(json), schema_);
  }

  // "" or why `text` (one YAML document) is refused.
  std::string Validate(const std::string& text) const {
    Diagnostics diagnostics;
    const auto documents = ParseYaml("x", text, diagnostics);
    if (documents.size() != 1) return "no document: " + diagnostics.Render();
    return Validate(documents[0].root);
  }

  std::string Validate(const Node& root) const {
    const nlohmann::json json = nlohmann::json::parse(root.ToJson().Dump());
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(schema_, valijson::adapters::NlohmannJsonAdapter(json), &results)) return "";
    std::string text;
    valijson::ValidationResults::Error error;
    while (results.popError(error)) {
      for (const std::string& part : error.context) text += part;
      text += ": " + error.description + "\n";
    }
    return text;
  }

  valijson::Schema schema_;
};

const std::string kModel =
    "kind: Model\nname: m\nversion: '1'\nendpoint: {provider: openai-chat, url: 'http://h', model: x}\n";
const std::string kGate = "kind: Gate\nname: g\nsuites: [s]\nrules:\n";

const std::string kRubric = "kind: Rubric\nname: r\nversion: '1.0.0'\nguideline: x\n";
const std::string kSchedule = "kind: Schedule\nname: s\ngate: g\ncandidate: {model: m}\n";
const std::string kQueue = "kind: Queue\nname: q\nitem: refusal\nrubric: r\nsuites: [s]\n";

TEST_F(SchemaTest, AcceptsEveryGoodFixture) {
  int documents = 0;
  for (const char* file : {"suite.good.yaml", "gate.good.yaml", "model.good.yaml", "several.good.yaml",
                           "rubric.good.yaml", "queue.good.yaml"}) {
    Diagnostics diagnostics;
    const std::string path = std::string(ASSAY_SOURCE_DIR) + "/tests/config/testdata/" + file;
    for (const YamlDocument& document : ReadYamlFile(path, diagnostics)) {
      EXPECT_EQ(Validate(document.root), "") << file << ":" << document.root.position().line;
      ++documents;
    }
    EXPECT_TRUE(diagnostics.empty()) << diagnostics.Render();
  }
  EXPECT_GE(documents, 14);
}

TEST_F(SchemaTest, AcceptsWhatTheReaderAccepts) {
  EXPECT_EQ(Validate(kModel), "");
  EXPECT_EQ(Validate(kRubric), "");
  EXPECT_EQ(Validate(kQueue + "enter: [{every: true}]\n"), "");
  EXPECT_EQ(Validate(kGate + "  - {name: a, metric: m, at_least: 0.9, by: journey}\n"), "");
  EXPECT_EQ(Validate(kGate + "  - {name: a, grader: m, zero_failures: {max_rate: 0.1}, by: [journey, risk]}\n"), "");
}

TEST_F(SchemaTest, AcceptsSchedules) {
  EXPECT_EQ(Validate(kSchedule + "every: 1d\n"), "");
  EXPECT_EQ(Validate(kSchedule + "cron: 0 2 * * 1-5\npaused: true\nbaseline: {model: m, stage: production}\n"), "");
}

TEST_F(SchemaTest, RefusesWhatTheReaderRefuses) {
  const std::string suite =
      "kind: Suite\nname: s\ndataset: [{file: a.jsonl}]\nprompt: [{user: hi}]\ngraders: [{name: a, type: equals, "
      "value: x}]\n";
  EXPECT_EQ(Validate(suite), "");
  const std::string refused[] = {
      "name: s\n",
      "kind: Queue\nname: s\n",
      "kind: Schedule\nname: s\n",
      kSchedule,
      kSchedule + "every: 1d\ncron: 0 2 * * *\n",
      kSchedule + "every: 1d\nbaseline: {model: m, version: a, stage: b}\n",
      kRubric + "criteria: [{name: a, meaning: x}]\n",
      kRubric +
          "criteria: [{name: a, meaning: x, scale: {anchors: {1: x}}, labels: [{name: a, meaning: x}, {name: b, "
          "meaning: "
          "y}]}]\n",
      kRubric + "rationale: {when: never}\n",
      kQueue + "enter: []\n",
      kQueue + "enter: [{every: true, severity: 1}]\n",
      kQueue + "enter: [{every: true}]\noverlap: {people: 0}\n",
      kQueue + "enter: [{every: true}]\nprelabel: 1\n",
      "kind: Suite\nname: s\n",
      suite + "trails: 3\n",
      suite + "trials: 0\n",
      suite + "slices: [a, a]\n",
      suite + "metrics: [{name: m, source: humans}]\n",
      "kind: Suite\nname: s\ndataset: [{file: a.jsonl}]\nprompt: [{user: hi, system: ho}]\ngraders: [{name: a, type: "
      "equals, value: x}]\n",
      "kind: Suite\nname: s\ndataset: [{file: a.jsonl}]\nprompt: [{user: hi}]\ngraders: [{name: a, type: equals}]\n",
      "kind: Suite\nname: s\ndataset: [{file: a.jsonl}]\nprompt: [{user: hi}]\ngraders: [{name: a, type: equals, "
      "value: x, all: [y]}]\n",
      "kind: Suite\nname: s\ndataset: [{file: a.jsonl}]\nprompt: [{user: hi}]\ngraders: [{name: a, type: nope}]\n",
      "kind: Suite\nname: s\ndataset: [{file: a.jsonl}]\nprompt: [{user: hi}]\ngraders: [{name: a, type: contains}]\n",
      kModel + "endpont: 1\n",
      "kind: Model\nname: m\nversion: '1'\nendpoint: {provider: openai-chat, url: 'http://h', model: x, api_key: "
      "secret}\n",
      "kind: Model\nname: m\nversion: '1'\nendpoint: {provider: openai-chat, url: 'http://h', model: x, timeout: 60}\n",
      "kind: Model\nname: m\nversion: 1\nendpoint: {provider: openai-chat, url: 'http://h', model: x}\n",
      kGate + "  - {name: a, metric: m}\n",
      kGate + "  - {name: a, metric: m, at_least: 0.9, at_most: 1}\n",
      kGate + "  - {name: a, metric: m, grader: n, at_least: 0.9}\n",
      kGate + "  - {name: a, metric: m, at_least: high}\n",
      kGate + "  - {name: a, metric: m, at_least: 0.9, confidence: 0.5}\n",
      kGate + "  - {name: a, metric: m, at_least: 0.9, confidance: 0.9}\n",
      kGate + "  - {name: a, metric: m, zero_failures: {max_rate: 2}}\n",
  };
  for (const std::string& text : refused) {
    EXPECT_NE(Validate(text), "") << text;
    Diagnostics diagnostics;
    ParseDocument("x", text, TestKinds(), ReferencedFiles::kIgnore, diagnostics);
    EXPECT_FALSE(diagnostics.empty()) << text;
  }
}

}  // namespace
}  // namespace assay
