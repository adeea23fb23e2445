// Every plug-in of every builtin.def has what it needs to be found, understood and kept working: a name of the right
// form, a sentence of help, a schema, test data, a chapter in the docs, and in that chapter an example that lint
// accepts.

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "config/diagnostics.h"
#include "config/gate.h"
#include "config/model.h"
#include "config/node.h"
#include "config/plugin_kind.h"
#include "config/suite.h"
#include "gates/rules/builtin.h"
#include "runners/dataset.h"
#include "runners/dataset_bytes.h"
#include "runners/endpoints/endpoint.h"
#include "runners/graders/grader.h"

namespace assay {
namespace {

const std::filesystem::path kSource = ASSAY_SOURCE_DIR;

std::string ReadText(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// What a list of plug-ins has in common.
struct PluginList {
  std::string word;  // for messages
  std::string docs;
  std::string test_data;  // a file or folder; KIND stands for the kind
  // What lint says of the example of a kind.
  void (*check)(const PluginKind& kind, const Node& example, Diagnostics& diagnostics);
  std::vector<PluginKind> kinds;
};

// The example is a grader of a suite, as users write it.
void CheckGrader(const PluginKind& kind, const Node& example, Diagnostics& diagnostics) {
  GraderSpec spec;
  if (!ReadFields(example, spec, diagnostics)) return;
  EXPECT_EQ(spec.type, kind.name);
  kind.check(spec.options, diagnostics);
}

// The example is the `endpoint` of a model.
void CheckProvider(const PluginKind& kind, const Node& example, Diagnostics& diagnostics) {
  EndpointSpec spec;
  if (!ReadFields(example, spec, diagnostics)) return;
  EXPECT_EQ(spec.provider, kind.name);
  kind.check(spec.options, diagnostics);
}

// The example is the `rules` of a gate; each of them is of the kind.
void CheckRule(const PluginKind& kind, const Node& example, Diagnostics& diagnostics) {
  std::vector<std::string> kinds;
  for (const PluginKind& other : RuleKinds()) kinds.push_back(other.name);
  const std::optional<Node> rules = example.Find("rules");
  ASSERT_TRUE(rules && rules->size() > 0) << "the example has no list of rules";
  for (std::size_t i = 0; i < rules->size(); ++i) {
    RuleSpec rule;
    if (!ReadFields(rules->at(i), rule, diagnostics) || !ResolveRule(rule, kinds, diagnostics)) continue;
    EXPECT_EQ(rule.kind, kind.name);
    kind.check(rule.option, diagnostics);
  }
}

// The example is an entry of a dataset.
void CheckDatasetEntry(const PluginKind& kind, const Node& example, Diagnostics& diagnostics) {
  DatasetSpec entry;
  if (!ReadFields(example, entry, diagnostics)) return;
  EXPECT_TRUE(entry.file.ends_with("." + kind.name)) << entry.file;
}

std::vector<PluginKind> DatasetKinds() {
  std::vector<PluginKind> kinds;
  for (const std::string& name : DatasetFormats()) {
    PluginKind& kind = kinds.emplace_back();
    kind.name = name;
    kind.help = "Rows of ." + name + " files.";
    kind.schema = Json(Json::Object{});
    kind.check = [](const Node&, Diagnostics&) {};
  }
  return kinds;
}

const std::vector<PluginList>& Lists() {
  static const std::vector<PluginList> lists = {
      {"grader", "docs/graders.md", "tests/runners/graders/testdata/KIND.txt", &CheckGrader, GraderKinds()},
      {"provider", "docs/endpoints.md", "tests/runners/testdata/endpoints/KIND", &CheckProvider, ProviderKinds()},
      {"rule", "docs/rules.md", "tests/gates/testdata/KIND.txt", &CheckRule, RuleKinds()},
      {"dataset format", "docs/datasets.md", "tests/runners/testdata/datasets/KIND.txt", &CheckDatasetEntry,
       DatasetKinds()},
  };
  return lists;
}

// The text below "## KIND" up to the next heading; "" when there is no such heading.
std::string Chapter(const std::string& docs, const std::string& kind) {
  const std::string heading = "\n## " + kind + "\n";
  const std::size_t begin = docs.find(heading);
  if (begin == std::string::npos) return "";
  const std::size_t end = docs.find("\n## ", begin + heading.size());
  return docs.substr(begin + heading.size(), end == std::string::npos ? end : end - begin - heading.size());
}

// The first fenced block of YAML of a chapter; "" when it has none.
std::string Example(const std::string& chapter) {
  const std::string_view fence = "```yaml\n";
  const std::size_t begin = chapter.find(fence);
  if (begin == std::string::npos) return "";
  const std::size_t end = chapter.find("```", begin + fence.size());
  return end == std::string::npos ? "" : chapter.substr(begin + fence.size(), end - begin - fence.size());
}

struct Plugin {
  const PluginList* list;
  const PluginKind* kind;
};

void PrintTo(const Plugin& plugin, std::ostream* out) { *out << plugin.list->word << " " << plugin.kind->name; }

std::vector<Plugin> AllPlugins() {
  std::vector<Plugin> plugins;
  for (const PluginList& list : Lists()) {
    for (const PluginKind& kind : list.kinds) plugins.push_back({&list, &kind});
  }
  return plugins;
}

class EveryPlugin : public testing::TestWithParam<Plugin> {
 protected:
  const PluginList& list() const { return *GetParam().list; }
  const PluginKind& kind() const { return *GetParam().kind; }
};

TEST_P(EveryPlugin, HasANameOfTheRightForm) {
  const std::string& name = kind().name;
  ASSERT_FALSE(name.empty());
  EXPECT_TRUE(name[0] >= 'a' && name[0] <= 'z') << name;
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  EXPECT_TRUE(std::all_of(name.begin(), name.end(), allowed)) << name;
}

TEST_P(EveryPlugin, SaysWhatItIsAndHowItIsChecked) {
  EXPECT_FALSE(kind().help.empty());
  EXPECT_TRUE(kind().schema.is_object());
  EXPECT_TRUE(static_cast<bool>(kind().check));
}

TEST_P(EveryPlugin, HasTestData) {
  std::string place = list().test_data;
  place.replace(place.find("KIND"), 4, kind().name);
  ASSERT_TRUE(std::filesystem::exists(kSource / place)) << "write " << place;
  if (std::filesystem::is_directory(kSource / place)) {
    EXPECT_FALSE(std::filesystem::is_empty(kSource / place)) << place;
  } else {
    EXPECT_GT(std::filesystem::file_size(kSource / place), 0u) << place;
  }
}

TEST_P(EveryPlugin, HasAChapterWhoseExampleIsAccepted) {
  const std::string chapter = Chapter(ReadText(kSource / list().docs), kind().name);
  ASSERT_NE(chapter, "") << "write a chapter \"## " << kind().name << "\" in " << list().docs;
  const std::string example = Example(chapter);
  ASSERT_NE(example, "") << "the chapter has no example (```yaml)";
  Diagnostics diagnostics;
  const auto documents = ParseYaml(list().docs, example, diagnostics);
  ASSERT_EQ(documents.size(), 1u) << diagnostics.Render();
  list().check(kind(), documents.front().root, diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.Render();
}

INSTANTIATE_TEST_SUITE_P(Plugins, EveryPlugin, testing::ValuesIn(AllPlugins()), [](const auto& test) {
  std::string name = test.param.list->word + "_" + test.param.kind->name;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

// Lint knows the formats by their names, the readers by theirs.
TEST(DatasetFiles, LintAcceptsWhatCanBeRead) {
  const auto is_accepted = [](const std::string& file) {
    Diagnostics diagnostics;
    const auto documents = ParseYaml("entry", "{file: " + file + "}", diagnostics);
    DatasetSpec entry;
    return ReadFields(documents.front().root, entry, diagnostics) && diagnostics.empty();
  };
  for (const std::string& format : DatasetFormats()) {
    EXPECT_TRUE(is_accepted("x." + format));
    for (const std::string& compression : DatasetCompressions()) {
      EXPECT_TRUE(is_accepted("x." + format + "." + compression));
      EXPECT_FALSE(is_accepted("x." + format + "." + compression + "." + compression));
    }
  }
  EXPECT_FALSE(is_accepted("x.txt"));
  EXPECT_FALSE(is_accepted("x.gz"));
}

TEST(PluginLists, NameNoKindTwice) {
  for (const PluginList& list : Lists()) {
    std::set<std::string> names;
    EXPECT_FALSE(list.kinds.empty()) << list.word;
    for (const PluginKind& kind : list.kinds)
      EXPECT_TRUE(names.insert(kind.name).second) << list.word << " " << kind.name;
  }
}

// The list in the code is the list that the product serves: a line of builtin.def that is not in the table would be
// lost.
TEST(PluginLists, EveryLineOfADefFileIsAKind) {
  struct {
    const char* file;
    const char* macro;
    std::size_t list;
  } const files[] = {
      {"runners/graders/builtin.def", "GRADER(\"", 0},
      {"runners/endpoints/builtin.def", "PROVIDER(\"", 1},
      {"gates/rules/builtin.def", "RULE(\"", 2},
      {"runners/dataset_formats.def", "DATASET(\"", 3},
  };
  for (const auto& file : files) {
    std::vector<std::string> written;
    std::istringstream text(ReadText(kSource / file.file));
    for (std::string line; std::getline(text, line);) {
      if (!line.starts_with(file.macro)) continue;
      const std::size_t begin = std::string_view(file.macro).size();
      written.push_back(line.substr(begin, line.find('"', begin) - begin));
    }
    std::vector<std::string> served;
    for (const PluginKind& kind : Lists()[file.list].kinds) served.push_back(kind.name);
    EXPECT_EQ(served, written) << file.file;
  }
}

}  // namespace
}  // namespace assay
