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
  for (const PluginKind& kind : GraderKinds()) {
    const std::string begin = "<!-- options: " + kind.name + " -->\n";
    const std::size_t from = docs.find(begin);
    ASSERT_NE(from, std::string::npos) << kind.name;
    const std::size_t to = docs.find("<!-- end -->", from);
    ASSERT_NE(to, std::string::npos) << kind.name;
    const std::string table = GraderOptionsTable(kind.name);
    EXPECT_EQ(docs.substr(from + begin.size(), to - from - begin.size()), table) << kind.name;
    docs.replace(from + begin.size(), to - from - begin.size(), table);
  }
  if (std::getenv("ASSAY_REWRITE") != nullptr) std::ofstream(path) << docs;
}

}  // namespace
}  // namespace assay
