#pragma once
// HTML in a text, judged by its tags as a browser reads them.

#include <string>
#include <string_view>

namespace assay {

// Why the whole text is no HTML, "" when it is: it is a document or a fragment all of whose text is within elements, at
// least one of which HTML has (a name with a dash is one of the page's own). Tags need not fit: browsers close elements
// themselves. Linear.
std::string WhyNoHtml(std::string_view text);

// What speaks for HTML somewhere in a text.
struct HtmlSigns {
  bool has_opening = false;
  bool has_closing = false;
  bool has_self_closing = false;
  bool has_entity = false;
  bool has_doctype = false;
  bool has_comment = false;
  bool has_attribute = false;
  bool has_known_element = false;  // one that plain text hardly has: div, p, a, table …
  // A pair of tags, a DOCTYPE and a well-known element count two, everything else one.
  int Count() const;
};
HtmlSigns SignsOfHtml(std::string_view text);

}  // namespace assay
