#include "runners/graders/structure/html_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <vector>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

// The elements of the HTML standard that are not obsolete. Sorted.
constexpr std::array<std::string_view, 115> kElements = {
    "a",        "abbr",       "address",  "area",     "article",    "aside",   "audio",   "b",        "base",   "bdi",
    "bdo",      "blockquote", "body",     "br",       "button",     "canvas",  "caption", "cite",     "code",   "col",
    "colgroup", "data",       "datalist", "dd",       "del",        "details", "dfn",     "dialog",   "div",    "dl",
    "dt",       "em",         "embed",    "fieldset", "figcaption", "figure",  "footer",  "form",     "h1",     "h2",
    "h3",       "h4",         "h5",       "h6",       "head",       "header",  "hgroup",  "hr",       "html",   "i",
    "iframe",   "img",        "input",    "ins",      "kbd",        "label",   "legend",  "li",       "link",   "main",
    "map",      "mark",       "math",     "menu",     "meta",       "meter",   "nav",     "noscript", "object", "ol",
    "optgroup", "option",     "output",   "p",        "param",      "picture", "pre",     "progress", "q",      "rp",
    "rt",       "ruby",       "s",        "samp",     "script",     "search",  "section", "select",   "slot",   "small",
    "source",   "span",       "strong",   "style",    "sub",        "summary", "sup",     "svg",      "table",  "tbody",
    "td",       "template",   "textarea", "tfoot",    "th",         "thead",   "time",    "title",    "tr",     "track",
    "u",        "ul",         "var",      "video",    "wbr"};
static_assert(std::ranges::is_sorted(kElements));

constexpr std::array<std::string_view, 35> kTellingElements = {
    "a",     "body",  "br",   "button", "div",   "form", "h1",      "h2",     "h3",    "h4",    "h5",     "h6",
    "head",  "hr",    "html", "img",    "input", "li",   "link",    "meta",   "ol",    "p",     "script", "span",
    "style", "table", "td",   "th",     "tr",    "ul",   "section", "strong", "title", "tbody", "thead"};

constexpr std::array<std::string_view, 14> kVoid = {"area",  "base", "br",   "col",   "embed",  "hr",    "img",
                                                    "input", "link", "meta", "param", "source", "track", "wbr"};
// Elements whose content is text up to their closing tag.
constexpr std::array<std::string_view, 4> kRawText = {"script", "style", "textarea", "title"};

template <std::size_t N>
bool IsAmong(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, name) != names.end();
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = Lower(c);
  return out;
}

bool BeginsWith(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::ranges::equal(text.substr(0, lower_case.size()), lower_case, {}, [](char c) { return Lower(c); });
}

enum class HtmlPartKind { kText, kOpening, kClosing, kComment, kDoctype, kInstruction };
struct HtmlPart {
  HtmlPartKind kind = HtmlPartKind::kText;
  std::string name;  // of a tag, lower case
  std::string_view whole;
  bool has_attribute = false;  // with a value
  bool is_self_closing = false;
};

class HtmlParts {
 public:
  // `has_raw_text`: what a script or a style has in it is text.
  HtmlParts(std::string_view text, bool has_raw_text) : text_(text), has_raw_text_(has_raw_text) {}

  std::optional<HtmlPart> Next() {
    if (at_ >= text_.size()) return std::nullopt;
    if (!raw_.empty()) return RawText();
    if (text_[at_] == '<') {
      if (auto markup = Markup()) return markup;
    }
    // Up to the next tag; a "<" that begins none is text.
    const std::size_t end = std::min(text_.find('<', at_ + 1), text_.size());
    return Taken(HtmlPartKind::kText, end);
  }

 private:
  HtmlPart Taken(HtmlPartKind kind, std::size_t end) {
    HtmlPart part;
    part.kind = kind;
    part.whole = text_.substr(at_, end - at_);
    at_ = end;
    return part;
  }

  // The content of a script and the like.
  HtmlPart RawText() {
    std::size_t end = text_.find("</", at_);
    while (end != std::string_view::npos && !BeginsWith(text_.substr(end + 2), raw_)) end = text_.find("</", end + 2);
    raw_.clear();
    if (end == at_) return *Next();
    return Taken(HtmlPartKind::kText, std::min(end, text_.size()));
  }

  std::optional<HtmlPart> Markup() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("<!--")) {
      const std::size_t end = EndOf("-->", at_ + 4, no_comment_end_);
      if (end == 0) return std::nullopt;
      return Taken(HtmlPartKind::kComment, end);
    }
    if (rest.starts_with("<?") || rest.starts_with("<!")) {
      const std::size_t end = EndOf(">", at_ + 2, no_end_);
      if (end == 0) return std::nullopt;
      const bool is_doctype = BeginsWith(rest, "<!doctype") && rest.size() > 9 && IsBlank(rest[9]);
      return Taken(rest[1] == '?' ? HtmlPartKind::kInstruction
                   : is_doctype   ? HtmlPartKind::kDoctype
                                  : HtmlPartKind::kComment,
                   end);
    }
    return Tag();
  }

  std::optional<HtmlPart> Tag() {
    std::size_t end = at_ + 1;
    const bool is_closing = end < text_.size() && text_[end] == '/';
    end += is_closing ? 1 : 0;
    const std::size_t name = end;
    if (no_end_ || end >= text_.size() || !IsLetter(text_[end])) return std::nullopt;
    while (end < text_.size() && (IsLetter(text_[end]) || IsDigit(text_[end]) || text_[end] == '-')) ++end;
    const std::size_t name_end = end;
    if (end >= text_.size() || (!IsBlank(text_[end]) && text_[end] != '>' && text_[end] != '/')) return std::nullopt;
    bool has_attribute = false;
    for (char quote = '\0';; ++end) {
      if (end >= text_.size()) {
        // Quotes that nothing closes are none, here and later; otherwise each tag would be read to the end.
        no_end_ = are_quotes_text_ || text_.find('>', at_) == std::string_view::npos;
        are_quotes_text_ = true;
        return no_end_ ? std::nullopt : Tag();
      }
      const char c = text_[end];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if ((c == '"' || c == '\'') && !are_quotes_text_ && text_[end - 1] == '=') {
        quote = c;
        has_attribute = true;
      } else if (c == '>') {
        break;
      }
    }
    HtmlPart part = Taken(is_closing ? HtmlPartKind::kClosing : HtmlPartKind::kOpening, end + 1);
    part.name = Lower(text_.substr(name, name_end - name));
    part.has_attribute = has_attribute;
    part.is_self_closing = part.whole[part.whole.size() - 2] == '/';
    if (!is_closing && has_raw_text_ && IsAmong(part.name, kRawText)) raw_ = part.name;
    return part;
  }

  // Behind `what`; 0 where it does not come any more, which is then known.
  std::size_t EndOf(std::string_view what, std::size_t from, bool& is_known_missing) {
    if (is_known_missing) return 0;
    const std::size_t found = text_.find(what, from);
    is_known_missing = found == std::string_view::npos;
    return is_known_missing ? 0 : found + what.size();
  }

  std::string_view text_;
  bool has_raw_text_;
  std::size_t at_ = 0;
  bool are_quotes_text_ = false;
  std::string raw_;  // the element whose text comes next
  bool no_comment_end_ = false;
  bool no_end_ = false;
};

bool HasEntity(std::string_view text) {
  for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    std::size_t end = at + 1;
    const bool is_number = end < text.size() && text[end] == '#';
    end += is_number ? 1 : 0;
    const std::size_t begin = end;
    while (end < text.size() && end - begin < 40 && (IsLetter(text[end]) || IsDigit(text[end]))) ++end;
    if (end > begin && end < text.size() && text[end] == ';' && (is_number || IsLetter(text[begin]))) return true;
  }
  return false;
}

bool IsElement(std::string_view name) {
  return std::ranges::binary_search(kElements, name) || name.find('-') != std::string_view::npos;
}

// The elements that are open at a place of a document.
class OpenElements {
 public:
  void Open(const std::string& name) {
    names_.push_back(name);
    ++counts_[name];
  }
  // Closes the innermost element of the name with all within it; nothing where none is open.
  void Close(const std::string& name) {
    const auto count = counts_.find(name);
    if (count == counts_.end() || count->second == 0) return;
    for (bool is_found = false; !is_found;) {
      is_found = names_.back() == name;
      --counts_[names_.back()];
      names_.pop_back();
    }
  }
  bool empty() const { return names_.empty(); }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> counts_;
};

}  // namespace

std::string WhyNoHtml(std::string_view text) {
  OpenElements open;
  bool has_element = false;
  HtmlParts parts(text, true);
  while (const auto part = parts.Next()) {
    switch (part->kind) {
      case HtmlPartKind::kInstruction:
        if (BeginsWith(part->whole, "<?xml")) return "it is XML";
        break;
      case HtmlPartKind::kText:
        if (open.empty() && !std::ranges::all_of(part->whole, IsBlank)) {
          return "text outside of elements: " + Quoted(part->whole, 60);
        }
        break;
      case HtmlPartKind::kOpening:
        has_element = has_element || IsElement(part->name);
        if (!IsAmong(part->name, kVoid)) open.Open(part->name);
        break;
      case HtmlPartKind::kClosing:
        open.Close(part->name);
        break;
      case HtmlPartKind::kComment:
      case HtmlPartKind::kDoctype:
        break;
    }
  }
  return has_element ? "" : "no element of HTML";
}

int HtmlSigns::Count() const {
  const auto one = [](bool is) { return is ? 1 : 0; };
  return one(has_opening) + one(has_closing) + one(has_self_closing) + one(has_entity) + 2 * one(has_doctype) +
         one(has_comment) + one(has_attribute) + 2 * one(has_known_element);
}

HtmlSigns SignsOfHtml(std::string_view text) {
  HtmlSigns signs;
  signs.has_entity = HasEntity(text);
  HtmlParts parts(text, false);
  while (const auto part = parts.Next()) {
    const bool is_opening = part->kind == HtmlPartKind::kOpening;
    signs.has_opening = signs.has_opening || is_opening;
    signs.has_closing = signs.has_closing || part->kind == HtmlPartKind::kClosing;
    signs.has_doctype = signs.has_doctype || part->kind == HtmlPartKind::kDoctype;
    signs.has_comment = signs.has_comment || (part->kind == HtmlPartKind::kComment && part->whole.starts_with("<!--"));
    if (!is_opening) continue;
    signs.has_self_closing = signs.has_self_closing || part->is_self_closing;
    signs.has_attribute = signs.has_attribute || part->has_attribute;
    signs.has_known_element = signs.has_known_element || IsAmong(part->name, kTellingElements);
  }
  return signs;
}

}  // namespace assay
