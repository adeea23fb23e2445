// Text that is looked through for its structure: a line that says for what (json, code, xml, html, csv, or a dialect of
// SQL), a line `----`, the text.

#include <algorithm>

#include "runners/graders/frame/code_in_text.h"
#include "runners/graders/frame/json_in_text.h"
#include "runners/graders/structure/csv_table.h"
#include "runners/graders/structure/html_text.h"
#include "runners/graders/structure/json_steps.h"
#include "runners/graders/structure/sql_script.h"
#include "runners/graders/structure/xml_document.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

// Pieces lie within the text, one behind the other.
void RequireInOrder(const std::vector<std::string_view>& pieces, std::string_view text) {
  const char* end = text.data();
  for (const std::string_view piece : pieces) {
    Require(piece.data() >= end && !piece.empty(), "pieces do not overlap");
    end = piece.data() + piece.size();
    Require(end <= text.data() + text.size(), "pieces are of the text");
  }
}

void CheckJson(std::string_view text) {
  const auto all = FindJsonInText(text, JsonInTextKinds::kObjectsAndLists);
  RequireInOrder(all, text);
  RequireInOrder(FindJsonInText(text, JsonInTextKinds::kObjects), text);
  const auto is_value = [](std::string_view piece) { return Json::Parse(piece).has_value(); };
  Require(std::ssize(JsonValuesInText(text, JsonInTextKinds::kObjectsAndLists)) == std::ranges::count_if(all, is_value),
          "the values are those that parse");
  for (const std::string_view piece : all) {
    Require(FindJsonInText(piece, JsonInTextKinds::kObjectsAndLists) == std::vector{piece}, "a value found is one");
    if (!Json::Parse(piece)) {
      const bool is_ascii = piece.find_first_of("\\") == std::string_view::npos &&
                            piece.find_first_not_of(
                                "\t\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "[]^_`abcdefghijklmnopqrstuvwxyz{|}~") == std::string_view::npos;
      Require(!is_ascii || piece.find_first_of("eE.0123456789") != std::string_view::npos, "plain JSON parses");
    }
  }
}

void CheckSql(std::string_view text, SqlDialect dialect) {
  const Result<SqlScript> script = ReadSql(text, dialect);
  if (!script) {
    Require(!script.error().message.empty() && script.error().message.size() < 1000, "the error says what is wrong");
    return;
  }
  Require(script->statements > 0 && !script->operations.empty(), "what parses does something");
  for (const SqlTable& table : script->tables)
    Require(!table.name.empty() && !table.operation.empty(), "tables have names");
  for (const SqlColumn& column : script->columns) {
    Require(!column.name.empty() && !column.operation.empty(), "columns have names");
    Require(!column.is_qualified || column.tables.size() == 1, "a qualified column is of one table");
  }
}

void CheckXml(std::string_view text) {
  const std::vector<XmlPath> paths = {XmlPath("a"), XmlPath("a.b"), XmlPath("a.b.1.c")};
  const XmlReading whole = ReadXml(text, paths);
  Require(whole.found.size() == paths.size(), "every path has an answer");
  Require(!whole.found[1] || whole.found[0], "what is below has what is above");
  const auto pieces = FindXmlInText(text);
  RequireInOrder(pieces, text);
  for (const std::string_view piece : pieces) ReadXml(piece, paths);
}

void Check(std::string_view input) {
  const std::string_view what = TakePart(input);
  if (what == "json") return CheckJson(input);
  if (what == "xml") return CheckXml(input);
  if (what == "html") {
    Require(SignsOfHtml(input).Count() >= 0, "signs are counted");
    Require(WhyNoHtml(input).size() < 1000, "the reason is short");
  } else if (what == "csv") {
    const auto rows = ReadCsv(input, ',');
    for (const CsvRow& row : rows.value_or(std::vector<CsvRow>())) {
      Require(row.size() == rows->front().size(), "rows are of one length");
    }
  } else if (what == "code") {
    std::vector<std::string_view> blocks;
    for (const CodeBlock& block : FindCodeBlocks(input)) blocks.push_back(block.whole);
    RequireInOrder(blocks, input);
  } else if (what == "path") {
    const auto path = JsonSteps::Compile(input);
    if (!path) return;
    Json value = Json::Of({{"a", Json::Array{Json::Of({{"b", 1}}), 2}}, {"b", nullptr}});
    path->Find(value, 10);
    path->Remove(value);
    Require(
        path->Find(value, 10).empty() || path->source().find('[') != std::string::npos || path->source().size() <= 2,
        "what is removed is not found");
  } else {
    CheckSql(input, what == "mysql"    ? SqlDialect::kMysql
                    : what == "sqlite" ? SqlDialect::kSqlite
                    : what == "tsql"   ? SqlDialect::kTsql
                                       : SqlDialect::kPostgresql);
  }
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
