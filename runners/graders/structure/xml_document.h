#pragma once
// XML, read by expat: well-formed or not, and which elements it has. No entity is expanded and nothing is fetched:
// a DOCTYPE with declarations of its own is refused, and of others nothing is read.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// An element by the names on the way to it: "order.item.name"; a number after a name chooses among the siblings of
// that name, from 0: "order.item.1.name".
class XmlPath {
 public:
  explicit XmlPath(std::string_view source);
  const std::string& source() const { return source_; }

  struct Step {
    std::string name;
    int index = -1;  // any
  };
  const std::vector<Step>& steps() const { return steps_; }

 private:
  std::string source_;
  std::vector<Step> steps_;
};

struct XmlReading {
  std::string wrong;        // why it is no XML; "" when it is
  std::vector<bool> found;  // for each path, in their order
};

// At most 256 elements within each other. Linear, times the number of paths.
XmlReading ReadXml(std::string_view text, const std::vector<XmlPath>& paths);

// Pieces of a text that begin with the tag of an element and end with its closing tag, or are one empty element; not
// within each other. Tags are counted only: whether a piece is well-formed is for ReadXml to say. A closing tag
// that fits no open element ends all that are open. Linear.
std::vector<std::string_view> FindXmlInText(std::string_view text);

}  // namespace assay
