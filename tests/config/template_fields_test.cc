#include "config/template_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TemplateFields, VariablesOutsideOfSectionsAreRequired) {
  EXPECT_THAT(*RequiredTemplateFields("no tags { } {x}"), IsEmpty());
  EXPECT_THAT(*RequiredTemplateFields("{{a}} {{{ b }}} {{& c.d }} {{a}}"), ElementsAre("a", "b", "c.d"));
  EXPECT_THAT(*RequiredTemplateFields("{{! not {a} }}{{#s}}{{x}}{{/s}}{{^s}}{{y}}{{/s}}{{z}}"), ElementsAre("z"));
}

TEST(TemplateFields, MalformedTemplatesAreErrors) {
  const std::pair<const char*, const char*> cases[] = {
      {"a {{b", "template: a tag is opened with {{ but not closed"},
      {"{{{b}}", "template: a tag is opened with {{ but not closed"},
      {"{{}}", "template: a tag without a name"},
      {"{{#a}}", "template: section \"a\" is not closed"},
      {"{{#a}}{{/b}}", "template: {{/b}} closes no open section"},
      {"{{/b}}", "template: {{/b}} closes no open section"},
      {"{{> part}}", "template: partials and changes of the delimiters are not supported"},
      {"{{=<% %>=}}", "template: partials and changes of the delimiters are not supported"}};
  for (const auto& [text, message] : cases) {
    const auto result = RequiredTemplateFields(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().message, message);
  }
}

}  // namespace
}  // namespace assay
