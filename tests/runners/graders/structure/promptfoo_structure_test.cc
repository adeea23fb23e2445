// What promptfoo's assertions on structure say of a response (is-json, contains-json, is-xml, contains-xml, is-html,
// contains-html, is-sql, contains-sql), where ours agree, and the places where they do not, each with the reason.

#include <gtest/gtest.h>

#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

struct Row {
  const char* type;
  const char* options;
  const char* response;
  bool passes;
};

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const auto grader = GraderOf(row.type, row.options);
    ASSERT_NE(grader, nullptr) << row.options;
    const Score score = GradeText(*grader, row.response);
    EXPECT_EQ(score.pass, std::optional(row.passes))
        << row.type << " " << row.options << " on " << row.response << ": " << score.reason;
  }
}

constexpr char kSchema[] =
    "{schema: {type: object, required: [latitude], properties: {latitude: {type: number, minimum: -90, maximum: 90}}}}";
constexpr char kEmbeddedSchema[] =
    "{embedded: object, schema: {type: object, required: [latitude], properties: {latitude: {type: number, minimum: "
    "-90, maximum: 90}}}}";

TEST(PromptfooStructure, Json) {
  Check({{"json", "{}", R"({"key": "value"})", true},
         {"json", "{}", "[1]", true},
         {"json", "{}", "not JSON", false},
         {"json", "{}", R"(Result: {"key": "value"})", false},
         {"json", kSchema, R"({"latitude": 80.5, "longitude": -1})", true},
         {"json", kSchema, R"({"latitude": "80"})", false},
         {"json", kSchema, R"({"latitude": 123})", false},
         {"json", kSchema, "nothing", false},
         {"json", "{embedded: object}", R"(this is {"key": "value"} and more)", true},
         {"json", "{embedded: object}", "```json\n{\"key\": \"value\"}\n```", true},
         {"json", "{embedded: object}", R"({"a": 1} and {"b": 2})", true},
         {"json", "{embedded: object}", "no object", false},
         {"json", kEmbeddedSchema, R"(here: {"latitude": 80.5})", true},
         {"json", kEmbeddedSchema, R"(here: {"latitude": "80.5"})", false},
         {"json", kEmbeddedSchema, R"(first {"x": 1}, then {"latitude": 1})", true},
         {"json", kEmbeddedSchema, "medium", false}});
}

TEST(PromptfooStructure, Xml) {
  Check({{"xml", "{}", "<a><b>text</b></a>", true},
         {"xml", "{}", "<a><b>text</b></a", false},
         {"xml", "{}", "  <a/>\n", true},
         {"xml", "{}", "<!-- c --><a/><!-- d -->", true},
         {"xml", "{}", "<!DOCTYPE a><a/>", true},
         {"xml", "{}", "<a><b></a></b>", false},
         {"xml", "{}", "<a>1</a><b>2</b>", false},
         {"xml", "{}", "<a x=y>1</a>", false},
         {"xml", "{}", "<a><!-- x -- y --></a>", false},
         {"xml", "{}", "<!DOCTYPE a><a>&none;</a>", false},
         {"xml", "{}", "<!DOCTYPE a [<!ELEMENT a ANY>]><a/>", false},
         {"xml", "{}", "<!DOCTYPE a PUBLIC \"-//x//EN\" \"a[b].dtd\"><a>&b;</a>", true},
         {"xml", "{}", "<!DOCTYPE a PUBLIC \"-//x//EN\"><a/>", false},
         {"xml", "{}", "<!DOCTYPE a junk><a/>", false},
         {"xml", "{}", "<!DOCTYPE 1><a/>", false},
         {"xml", "{}", "<!DOCTYPE a PUBLIC \"-//x//[y]//EN\" \"a.dtd\"><a/>", false},
         {"xml", "{elements: [a.b, a.c]}", "<a><b/><c>1</c></a>", true},
         {"xml", "{elements: [a.b, a.c]}", "<a><b/></a>", false},
         {"xml", "{elements: [a.b.0.c, a.b.1.c]}", "<a><b><c/></b><b><c/></b></a>", true},
         {"xml", "{elements: a.b}", "<a><![CDATA[<b/>]]></a>", false},
         {"xml", "{embedded: true}", "text <a><b>1</b></a> text", true},
         {"xml", "{embedded: true}", "plain text", false},
         {"xml", "{embedded: true, elements: [a.b]}", "x <wrap><a><b/></a></wrap>", false},
         {"xml", "{embedded: true, elements: [a, b]}", "<a>1</a> and <b>2</b>", true},
         {"xml", "{embedded: true, elements: [a.b]}", "x <open><a><b/></a>", true},
         {"xml", "{embedded: true, elements: [a.b]}", "<a><!-- </a> --><b/></a>", true},
         {"xml", "{embedded: true, elements: [é]}", "x <é>1</é> y", true}});
}

TEST(PromptfooStructure, XmlElementsThatRepeatNeedNoNumber) {
  Check({{"xml", "{elements: a.b.c}", "<a><b/><b><c/></b></a>", true}});  // promptfoo wants a.b.1.c
}

TEST(PromptfooStructure, Html) {
  for (const char* text : {"<p>x</p>", "<a href=\"l\">t</a>", "<img src=\"i\" />", "<!DOCTYPE html><html></html>",
                           "with <strong>weight</strong>", "<br />", "<div>a &amp; b</div>", "<br/><hr/>",
                           "<x-y z=\"1\">c</x-y>", "<!-- c --><span>t</span>", "<b>a</b> and <i>b</i>"}) {
    Check({{"html", "{embedded: true}", text, true}});
  }
  for (const char* text : {"plain", "2 < 3 and 4 > 1", "a@b.example", "a < b > c", "< div >", "an <example> tag",
                           "if (a<b) { return c>d; }", "<$50", "<a@b.example>", "<custom>", "&amp;", "<!-- c -->"}) {
    Check({{"html", "{embedded: true}", text, false}});
  }
  Check({{"html", "{}", "<p>x</p>", true},
         {"html", "{}", "  <div><p>x</p></div>\n", true},
         {"html", "{}", "<!DOCTYPE html><html><body>text</body></html>", true},
         {"html", "{}", "<custom-thing>x</custom-thing>", true},
         {"html", "{}", "text <p>x</p>", false},
         {"html", "{}", "<p>x</p> text", false},
         {"html", "{}", "<?xml version=\"1.0\"?><a/>", false},
         {"html", "{}", "<unknown>x</unknown>", false},
         {"html", "{}", "text", false}});
}

TEST(PromptfooStructure, Sql) {
  const char* mysql = "{dialect: mysql, aliases: as}";
  const char* postgresql = "{dialect: postgresql, aliases: as}";
  Check({{"sql", mysql, "SELECT id, name FROM users", true},
         {"sql", mysql, "SELECT DISTINCT SQL_NO_CACHE name FROM users", true},
         {"sql", mysql, "SELECT 'select a b from t' AS s", true},
         {"sql", mysql, "SELECT 1 /* select a b from t */", true},
         {"sql", postgresql, "SELECT $$select a b from t$$ AS s", true},
         {"sql", postgresql, "SELECT DISTINCT \"display name\" FROM users", true},
         {"sql", mysql, "SELECT a b FROM t", false},
         {"sql", mysql, "SELECT DISTINCT first last FROM t", false},
         {"sql", mysql, "SELECT DISTINCTIVE name FROM users", false},
         {"sql", mysql, "SELECT a b c FROM t", false},
         {"sql", mysql, "SELECT * FROM t ORDERY BY a", false},
         {"sql", mysql, "SELECT * FROM select WHERE a = 1", false},
         {"sql", mysql, "DELETE t WHERE a = 1", false},
         {"sql", mysql, "SELECT * FROM `t` WHERE `a` = 1", true},
         {"sql", mysql, "SELECT `a, `b FROM `t", false},
         {"sql", mysql, "SELECT * FROM t WHERE a = 1 LOCK IN SHARE MODE", true},
         {"sql", postgresql, "SELECT * FROM t WHERE a = 1 LOCK IN SHARE MODE", false},
         {"sql", postgresql, "SELECT a FROM t WHERE a ILIKE 'x%'", true},
         {"sql", mysql, "SELECT a FROM t WHERE a ILIKE 'x%'", false},
         {"sql", "{dialect: mysql, embedded: true}", "So:\n```sql\nSELECT a FROM t\n```", true},
         {"sql", "{dialect: mysql, embedded: true}", "So:\n```sql\nSELECT FROM WHERE\n```", false}});
}

TEST(PromptfooStructure, SqlTablesAndColumns) {
  const char* tables = "{dialect: mysql, tables: ['(select|update|insert|delete)::null::departments']}";
  Check({{"sql", tables, "SELECT * FROM departments", true},
         {"sql", tables, "SELECT * FROM employees", false},
         {"sql", "{dialect: postgresql, tables: ['select::null::data_table']}", "SELECT * FROM \"data_table\"", true},
         {"sql", "{dialect: postgresql, tables: ['select::null::data_table']}", "SELECT * FROM \"data\"", false},
         {"sql", "{dialect: mysql, tables: ['select::null::users']}", "SELECT u.a FROM users u, posts p", false},
         {"sql", "{dialect: mysql, columns: ['select::null::name', 'update::null::id']}", "SELECT id FROM t", false},
         {"sql", "{dialect: mysql, columns: ['select::t::name']}", "SELECT name FROM t", true},
         {"sql", "{dialect: mysql, columns: ['insert::d::a', 'insert::d::b']}", "INSERT INTO d (a, b) VALUES (1, 2)",
          true},
         {"sql", "{dialect: mysql, columns: ['update::a::id']}", "UPDATE a SET id = 1", true},
         {"sql", "{dialect: mysql, columns: ['update::e::pay', 'select::e::id']}", "UPDATE e SET pay = 1 WHERE id = 1",
          true}});
}

// There MySQL is said not to know generate_series; that it is no function of MySQL is nothing that a parser knows.
TEST(PromptfooStructure, SqlFunctionsAreNotLookedUp) {
  Check({{"sql", "{dialect: mysql}", "SELECT generate_series(1, 10);", true}});
}

}  // namespace
}  // namespace assay
