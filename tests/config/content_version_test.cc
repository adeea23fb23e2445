// Versions can never change once data exists: the values here were computed with other tools (sha256sum and Python's
// json) and must stay as they are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/catalog.h"
#include "core/digest.h"
#include "tests/config/plugin_tables.h"

namespace assay {
namespace {

using testing::Lines;
using testing::TemporaryFolder;
using testing::TestKinds;

CatalogDocument Parse(const std::string& label, const std::string& text) {
  Diagnostics diagnostics;
  auto document = ParseDocument(label, text, TestKinds(), ReferencedFiles::kRead, diagnostics);
  EXPECT_THAT(Lines(diagnostics), ::testing::IsEmpty()) << diagnostics.Render();
  return document ? *std::move(document) : CatalogDocument{};
}

constexpr const char* kModel = R"(
kind: Model
name: bot
version: "1"
endpoint:
  provider: openai-chat
  url: http://127.0.0.1:8080/v1
  model: café
  timeout: 60s
labels: {b: "x", a: "\u20ac"}
)";

constexpr const char* kCanonicalModel =
    R"({"endpoint":{"model":"café","provider":"openai-chat","timeout":"60s","url":"http://127.0.0.1:8080/v1"},)"
    R"("kind":"Model","labels":{"a":"€","b":"x"},"name":"bot","version":"1"})";

TEST(ContentVersion, OfAModelIsTheHashOfItsCanonicalJson) {
  const CatalogDocument document = Parse("model", kModel);
  EXPECT_EQ(document.canonical_json, kCanonicalModel);
  EXPECT_EQ(document.version, "sha256:541b84421a8933c81c0213dd30a5f2c15f783dfe1709d97b26dfa02994f7e715");
  EXPECT_EQ(document.name, "bot");
  EXPECT_EQ(document.model_version, "1");
}

TEST(ContentVersion, DoesNotDependOnOrderStyleCommentsOrSyntax) {
  const std::string golden = Parse("model", kModel).version;
  EXPECT_EQ(Parse("model", kCanonicalModel).version, golden);
  EXPECT_EQ(Parse("model",
                  "# other words\nversion: '1'\nname: bot\nkind: Model\nlabels: {a: €, b: x}\n"
                  "endpoint: {timeout: 60s, model: 'café', url: 'http://127.0.0.1:8080/v1', provider: openai-chat}\n")
                .version,
            golden);
  EXPECT_EQ(Parse("model",
                  "kind: Model\nname: bot\nversion: '1'\nlabels: {<<: {a: €, b: overridden}, b: x}\n"
                  "endpoint: {timeout: 60s, model: 'café', url: 'http://127.0.0.1:8080/v1', provider: openai-chat}\n")
                .version,
            golden);
}

TEST(ContentVersion, DefaultsAreNotFilledIn) {
  const std::string with_default = std::string(kModel) + "description: \"\"\n";
  EXPECT_NE(Parse("model", with_default).version, Parse("model", kModel).version);
}

TEST(ContentVersion, NumbersAreWrittenAsEcmaScriptDoes) {
  const CatalogDocument document = Parse("gate", R"(
kind: Gate
name: g
suites: [s]
rules:
  - {name: a, metric: m, at_least: 0.90}
  - {name: b, metric: m, at_most: 1e21}
  - {name: c, metric: m, at_most: 2.0}
  - {name: d, metric: m, at_most: 1e-7}
  - {name: e, metric: m, at_most: 0x10}
  - {name: f, metric: m, at_most: 9007199254740993}
  - {name: g, metric: m, at_most: -0.0}
)");
  EXPECT_EQ(
      document.canonical_json,
      R"({"kind":"Gate","name":"g","rules":[{"at_least":0.9,"metric":"m","name":"a"},)"
      R"({"at_most":1e+21,"metric":"m","name":"b"},{"at_most":2,"metric":"m","name":"c"},)"
      R"({"at_most":1e-7,"metric":"m","name":"d"},{"at_most":16,"metric":"m","name":"e"},)"
      R"({"at_most":9007199254740992,"metric":"m","name":"f"},{"at_most":0,"metric":"m","name":"g"}],"suites":["s"]})");
}

TEST(ContentVersion, MembersAreSortedByUtf16CodeUnits) {
  const CatalogDocument document =
      Parse("model",
            "kind: Model\nname: bot\nversion: '1'\n"
            "endpoint: {provider: openai-chat, url: 'http://h', model: m}\n"
            "labels: {\"\\uFB33\": a, \"\\U0001F600\": b, \"\\u20ac\": c, \"1\": d, \"\\r\": e}\n");
  const Json canonical = *Json::Parse(document.canonical_json);
  std::vector<std::string> names;
  for (const auto& [name, value] : canonical.Find("labels")->as_object()) names.push_back(value.as_string());
  EXPECT_THAT(names, ::testing::ElementsAre("e", "d", "c", "b", "a"));
}

constexpr const char* kSuite = R"(
kind: Suite
name: s
dataset: [{file: cases.jsonl}, {file: sub/more.jsonl}]
prompt: [{user: "{{q}}"}]
graders:
  - {name: valid, type: json, schema_file: answer.schema.json}
)";

constexpr const char* kCanonicalSuite =
    R"({"dataset":[{"file":"cases.jsonl"},{"file":"sub/more.jsonl"}],)"
    R"("graders":[{"name":"valid","schema_file":"answer.schema.json","type":"json"}],"kind":"Suite","name":"s",)"
    R"("prompt":[{"user":"{{q}}"}]})";

TEST(ContentVersion, OfASuiteIncludesTheHashesOfItsFiles) {
  const TemporaryFolder folder;
  folder.Write("cases.jsonl", "{\"q\": \"1+1\"}\n");
  folder.Write("sub/more.jsonl", "{\"q\": \"2+2\"}\n");
  const std::string schema = folder.Write("answer.schema.json", "{}\n");
  const CatalogDocument document = Parse(folder.path() + "/suite.yaml", kSuite);
  EXPECT_EQ(document.canonical_json, kCanonicalSuite);
  ASSERT_EQ(document.files.size(), 3u);
  EXPECT_EQ(document.files[0].name, "answer.schema.json");
  EXPECT_EQ(document.files[0].path, schema);
  EXPECT_EQ(document.files[0].sha256, "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356");
  EXPECT_EQ(document.files[1].name, "cases.jsonl");
  EXPECT_EQ(document.files[2].name, "sub/more.jsonl");
  EXPECT_EQ(document.version, "sha256:45a53935f8fd6946355b0d942f0b962a57d52ac8742d3442fdd33dae99459539");

  folder.Write("answer.schema.json", "{} \n");
  EXPECT_NE(Parse(folder.path() + "/suite.yaml", kSuite).version, document.version);
}

TEST(ContentVersion, DoesNotDependOnWhereTheFolderIs) {
  const auto version = [](const TemporaryFolder& folder) {
    folder.Write("d/cases.jsonl", "{\"q\": \"1+1\"}\n");
    folder.Write("d/sub/more.jsonl", "{\"q\": \"2+2\"}\n");
    folder.Write("d/answer.schema.json", "{}\n");
    return Parse(folder.path() + "/d/suite.yaml", kSuite).version;
  };
  const TemporaryFolder one;
  const TemporaryFolder other;
  EXPECT_EQ(version(one), version(other));
}

TEST(ContentVersion, IsLeftEmptyWhereFilesAreNotRead) {
  Diagnostics diagnostics;
  const auto document = ParseDocument("stored", kCanonicalSuite, TestKinds(), ReferencedFiles::kIgnore, diagnostics);
  ASSERT_TRUE(document) << diagnostics.Render();
  EXPECT_EQ(document->version, "");
  EXPECT_EQ(document->canonical_json, kCanonicalSuite);
  EXPECT_EQ(document->suite()->dataset.size(), 2u);
}

}  // namespace
}  // namespace assay
