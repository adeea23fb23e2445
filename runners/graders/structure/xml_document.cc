// The one file that wraps expat.

#include "runners/graders/structure/xml_document.h"

#include <expat.h>

#include <charconv>
#include <climits>
#include <memory>
#include <optional>
#include <utility>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

constexpr std::size_t kMaxDepth = 256;

// A path that has led to an open element, and what of it is still to be found below.
struct Way {
  std::size_t path = 0;
  std::size_t next = 0;  // step
  int seen = 0;          // siblings that fit the step so far
};

class XmlReader {
 public:
  explicit XmlReader(const std::vector<XmlPath>& paths) : paths_(paths) {
    reading_.found.assign(paths.size(), false);
    std::vector<Way>& root = open_.emplace_back();
    for (std::size_t i = 0; i < paths.size(); ++i) root.push_back({i, 0, 0});
  }

  XmlReading Run(std::string_view text) {
    parser_.reset(XML_ParserCreate("UTF-8"));
    if (!parser_ || text.size() > INT_MAX) {
      reading_.wrong = "the text is too long";
      return std::move(reading_);
    }
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), &OnOpen, &OnClose);
    XML_SetStartDoctypeDeclHandler(parser_.get(), &OnDoctype);
    if (XML_Parse(parser_.get(), text.data(), static_cast<int>(text.size()), 1) != XML_STATUS_OK &&
        reading_.wrong.empty()) {
      reading_.wrong = std::string(XML_ErrorString(XML_GetErrorCode(parser_.get()))) + " in line " +
                       std::to_string(XML_GetCurrentLineNumber(parser_.get()));
    }
    return std::move(reading_);
  }

 private:
  struct Free {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
  };

  static XmlReader& Self(void* data) { return *static_cast<XmlReader*>(data); }
  static void OnOpen(void* data, const XML_Char* name, const XML_Char**) { Self(data).Open(name); }
  static void OnClose(void* data, const XML_Char*) { Self(data).open_.pop_back(); }
  static void OnDoctype(void* data, const XML_Char*, const XML_Char* system, const XML_Char*, int has_subset) {
    if (has_subset != 0) {
      Self(data).Stop("the DOCTYPE has declarations, which are not supported");
    } else if (system != nullptr && std::string_view(system).find('#') != std::string_view::npos) {
      Self(data).Stop("the DOCTYPE names a fragment");
    }
  }

  void Stop(const char* why) {
    reading_.wrong = why;
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  void Open(std::string_view name) {
    if (open_.size() > kMaxDepth) {
      Stop("more than 256 elements within each other");
      open_.emplace_back();
      return;
    }
    std::vector<Way> below;
    for (Way& way : open_.back()) {
      const XmlPath& path = paths_[way.path];
      const XmlPath::Step& step = path.steps()[way.next];
      if (step.name != name) continue;
      const int index = way.seen++;
      if (step.index >= 0 && step.index != index) continue;
      if (way.next + 1 == path.steps().size()) {
        reading_.found[way.path] = true;
      } else if (!reading_.found[way.path]) {
        below.push_back({way.path, way.next + 1, 0});
      }
    }
    open_.push_back(std::move(below));
  }

  const std::vector<XmlPath>& paths_;
  std::unique_ptr<XML_ParserStruct, Free> parser_;
  std::vector<std::vector<Way>> open_;  // of each open element, the document first
  XmlReading reading_;
};

// Characters of names, without telling those of other scripts apart.
bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsNameCharacter(char c) { return IsNameStart(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

enum class XmlTagKind { kOpening, kClosing, kEmpty, kOther };
struct XmlTag {
  XmlTagKind kind = XmlTagKind::kOther;
  std::string_view name;
  std::size_t end = 0;  // behind it
};

class XmlTagScanner {
 public:
  explicit XmlTagScanner(std::string_view text) : text_(text) {}

  // What begins at a "<"; nullopt for what is no tag.
  std::optional<XmlTag> At(std::size_t at) {
    const std::string_view rest = text_.substr(at);
    if (rest.starts_with("<!--")) return Skipped(at + 4, "-->", no_comment_end_);
    if (rest.starts_with("<![CDATA[")) return Skipped(at + 9, "]]>", no_data_end_);
    if (rest.starts_with("<?")) return Skipped(at + 2, "?>", no_instruction_end_);
    const bool is_closing = rest.starts_with("</");
    std::size_t end = at + (is_closing ? 2 : 1);
    const std::size_t name = end;
    if (end >= text_.size() || !IsNameStart(text_[end])) return std::nullopt;
    while (end < text_.size() && IsNameCharacter(text_[end])) ++end;
    XmlTag tag{is_closing ? XmlTagKind::kClosing : XmlTagKind::kOpening, text_.substr(name, end - name), 0};
    char quote = '\0';
    for (; end < text_.size(); ++end) {
      const char c = text_[end];
      if (c == '<') return std::nullopt;
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        if (!is_closing && text_[end - 1] == '/') tag.kind = XmlTagKind::kEmpty;
        tag.end = end + 1;
        return tag;
      }
    }
    return std::nullopt;
  }

 private:
  // A comment or the like. One that does not end is text, and so is every later one: they are not searched again.
  std::optional<XmlTag> Skipped(std::size_t at, std::string_view end, bool& has_no_end) const {
    if (has_no_end) return std::nullopt;
    const std::size_t found = text_.find(end, at);
    has_no_end = found == std::string_view::npos;
    if (has_no_end) return std::nullopt;
    return XmlTag{XmlTagKind::kOther, {}, found + end.size()};
  }

  std::string_view text_;
  bool no_comment_end_ = false;
  bool no_data_end_ = false;
  bool no_instruction_end_ = false;
};

}  // namespace

XmlPath::XmlPath(std::string_view source) : source_(source) {
  for (bool is_last = false; !is_last;) {
    const std::size_t dot = source.find('.');
    is_last = dot == std::string_view::npos;
    const std::string_view part = source.substr(0, dot);
    if (!is_last) source.remove_prefix(dot + 1);
    int index = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    if (error == std::errc() && end == part.data() + part.size() && index >= 0 && !steps_.empty()) {
      steps_.back().index = index;
    } else {
      steps_.push_back({std::string(part), -1});
    }
  }
}

XmlReading ReadXml(std::string_view text, const std::vector<XmlPath>& paths) { return XmlReader(paths).Run(text); }

std::vector<std::string_view> FindXmlInText(std::string_view text) {
  struct Open {
    std::string_view name;
    std::size_t begin;
  };
  std::vector<Open> open;
  std::vector<std::string_view> found;
  XmlTagScanner scanner(text);
  const auto add = [&](std::size_t begin, std::size_t end) {
    // What lies within is a part of it.
    while (!found.empty() && found.back().data() >= text.data() + begin) found.pop_back();
    found.push_back(text.substr(begin, end - begin));
  };
  for (std::size_t at = text.find('<'); at != std::string_view::npos;) {
    const std::optional<XmlTag> tag = scanner.At(at);
    if (tag && tag->kind == XmlTagKind::kEmpty) {
      add(at, tag->end);
    } else if (tag && tag->kind == XmlTagKind::kOpening) {
      open.push_back({tag->name, at});
    } else if (tag && tag->kind == XmlTagKind::kClosing) {
      if (!open.empty() && open.back().name == tag->name) {
        add(open.back().begin, tag->end);
        open.pop_back();
      } else {
        open.clear();
      }
    }
    at = text.find('<', tag ? tag->end : at + 1);
  }
  return found;
}

}  // namespace assay
