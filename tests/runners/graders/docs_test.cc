// The tables of options in docs/graders.md are those of the code. ASSAY_REWRITE=1 writes them.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "runners/graders/grader.h"

namespace assay {
namespace {

TEST(GraderDocs, OptionTablesAreThoseOfTheCode) {
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/docs/graders.md";
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::string docs = text.str();
  std::vector<std::pair<std::string, std::string>> tables = {{"transform", DocsTable(TransformSpec::Fields())}};
  for (const PluginKind& kind : GraderKinds()) tables.emplace_back(kind.name, GraderOptionsTable(kind.name));
  for (const auto& [name, table] : tables) {
    const std::string begin = "<!-- options: " + name + " -->\n";
    const std::size_t from = docs.find(begin);
    ASSERT_NE(from, std::string::npos) << name;
    const std::size_t to = docs.find("<!-- end -->", from);
    ASSERT_NE(to, std::string::npos) << name;
    EXPECT_EQ(docs.substr(from + begin.size(), to - from - begin.size()), table) << name;
    docs.replace(from + begin.size(), to - from - begin.size(), table);
  }
  if (std::getenv("ASSAY_REWRITE") != nullptr) std::ofstream(path) << docs;
}

// The programs in the chapters on plug-ins are those that the tests run.
TEST(GraderDocs, ExamplesOfPluginsAreTheFiles) {
  const auto read = [](const std::string& name) {
    std::stringstream text;
    text << std::ifstream(std::string(ASSAY_SOURCE_DIR) + "/docs/" + name).rdbuf();
    return text.str();
  };
  for (const std::string name : {"cites_source.py", "word_limit_webhook.py", "word_limit_server.py"}) {
    const std::string program = read("plugins/" + name);
    ASSERT_FALSE(program.empty()) << name;
    EXPECT_NE(read("graders.md").find("```python\n" + program + "```\n"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace assay
