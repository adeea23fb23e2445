#include "core/markup.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(EscapeMarkup, LeavesNothingThatEndsAnElementOrAnAttribute) {
  EXPECT_EQ(EscapeMarkup("</p> & \"é\""), "&lt;/p&gt; &amp; &quot;é&quot;");
  EXPECT_EQ(EscapeMarkup("a\nb\tc"), "a&#10;b\tc");
}

TEST(EscapeMarkup, LeavesOutWhatXmlCannotHold) {
  EXPECT_EQ(EscapeMarkup("a\xEF\xBF\xBE"
                         "b\xEF\xBF\xBF"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_EQ(EscapeMarkup("\xEF\xBF\xBD \xEF\xBB\xBF"), "\xEF\xBF\xBD \xEF\xBB\xBF");
  EXPECT_EQ(EscapeMarkup(std::string_view("a\0b\x1b[31m\r", 9)), "ab[31m");
}

}  // namespace
}  // namespace assay
