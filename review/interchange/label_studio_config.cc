// The labeling config: written from a scheme, and read as far as the controls go.

#include <algorithm>
#include <array>

#include "core/markup.h"
#include "review/interchange/label_studio_controls.h"

namespace assay {
namespace {

std::string Attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + EscapeMarkup(value) + "\"";
}

std::string ObjectsOf(ReviewItemKind kind) {
  std::string xml = "  <Text name=\"prompt\" value=\"$prompt\"/>\n";
  switch (kind) {
    case ReviewItemKind::kPairwise:
      return xml +
             "  <View style=\"display:flex;gap:1em\">\n"
             "    <Text name=\"a\" value=\"$response_a\"/>\n"
             "    <Text name=\"b\" value=\"$response_b\"/>\n"
             "  </View>\n";
    case ReviewItemKind::kRanking:
      return xml + "  <List name=\"items\" value=\"$responses\"/>\n";
    case ReviewItemKind::kCorrection:
      xml += "  <Text name=\"reference\" value=\"$reference\"/>\n";
      break;
    case ReviewItemKind::kGrounding:
      xml += "  <Text name=\"context\" value=\"$context\"/>\n";
      break;
    default:
      break;
  }
  return xml + "  <Text name=\"response\" value=\"$response\"/>\n";
}

// Below a parent, its children; "" is the root.
std::string TreeOf(const std::vector<ErrorClassSpec>& taxonomy, const std::string& parent, const std::string& indent) {
  std::string xml;
  for (const ErrorClassSpec& error : taxonomy) {
    if (error.parent.value_or("") != parent) continue;
    const std::string below = TreeOf(taxonomy, error.name, indent + "  ");
    xml += indent + "<Choice" + Attribute("value", error.name) + (below.empty() ? "/>\n" : ">\n");
    if (!below.empty()) xml += below + indent + "</Choice>\n";
  }
  return xml;
}

std::string AttributesOf(const LabelControl& control) {
  const std::string number = control.is_repeated ? "{{idx}}" : "";
  std::string xml = Attribute("name", control.name + number) + Attribute("toName", control.to_name + number);
  switch (control.tag) {
    case LabelTag::kChoices:
      xml += Attribute("choice", control.is_multiple ? "multiple" : "single-radio");
      break;
    case LabelTag::kRating:
      xml += Attribute("maxRating", std::to_string(control.to));
      break;
    case LabelTag::kNumber:
      xml += Attribute("min", std::to_string(control.from)) + Attribute("max", std::to_string(control.to)) +
             Attribute("step", "1");
      break;
    case LabelTag::kTextArea:
      xml += Attribute("rows", "3");
      break;
    default:
      break;
  }
  return xml + (control.is_required ? Attribute("required", "true") : "");
}

std::string ChildrenOf(const LabelControl& control, const LabelScheme& scheme, const std::string& indent) {
  if (control.tag == LabelTag::kTaxonomy) return TreeOf(scheme.rubric.taxonomy, "", indent);
  std::string xml;
  for (std::size_t i = 0; i < control.choices.size(); ++i) {
    xml += indent + "<Choice" + Attribute("value", control.choices[i]);
    if (i < 9 && control.name == "preference") xml += Attribute("hotkey", std::to_string(i + 1));
    xml += "/>\n";
  }
  // A bucket a rank, so that several can share one.
  for (int rank = 1; control.tag == LabelTag::kRanker && rank <= 10; ++rank) {
    xml += indent + "<Bucket" + Attribute("name", "rank_" + std::to_string(rank)) +
           Attribute("title", std::to_string(rank)) + "/>\n";
  }
  return xml;
}

std::string ControlXml(const LabelControl& control, const LabelScheme& scheme, const std::string& indent) {
  const std::string tag(WordOf(control.tag));
  const std::string children = ChildrenOf(control, scheme, indent + "  ");
  std::string xml;
  if (!control.title.empty()) xml += indent + "<Header" + Attribute("value", control.title) + "/>\n";
  xml += indent + "<" + tag + AttributesOf(control);
  return xml + (children.empty() ? "/>\n" : ">\n" + children + indent + "</" + tag + ">\n");
}

// The repeated controls together, once for each claim or call.
std::string RepeaterOf(const LabelScheme& scheme) {
  std::string inside;
  std::string object;
  for (const LabelControl& control : scheme.controls) {
    if (!control.is_repeated) continue;
    object = control.to_name;
    inside += ControlXml(control, scheme, "    ");
  }
  if (inside.empty()) return "";
  const std::string list = scheme.kind == ReviewItemKind::kGrounding ? "$claims" : "$calls";
  return "  <Repeater" + Attribute("on", list) + Attribute("indexFlag", "{{idx}}") + ">\n    <Text" +
         Attribute("name", object + "{{idx}}") + Attribute("value", list + "[{{idx}}].text") + "/>\n" + inside +
         "  </Repeater>\n";
}

bool IsOneOf(std::string_view word, auto const& words) { return std::ranges::find(words, word) != std::end(words); }

// What stands in a config and answers nothing.
constexpr std::array<std::string_view, 23> kSilentTags = {
    "View",   "Text",     "HyperText",  "Header", "Style", "Choice",   "Label",    "List",
    "Bucket", "Repeater", "Paragraphs", "Table",  "Image", "Markdown", "Chat",     "Collapse",
    "Panel",  "Filter",   "Shortcut",   "Audio",  "Video", "Pdf",      "Relations"};

class ConfigReader {
 public:
  explicit ConfigReader(std::string_view xml) : xml_(xml) {}

  Result<std::vector<ConfigControl>> Read() {
    constexpr std::size_t kLongest = 1u << 20;
    if (xml_.size() > kLongest) return Fail(ErrorCode::kInvalidArgument, "a labeling config has at most 1048576 bytes");
    while (true) {
      SkipText();
      if (at_ >= xml_.size()) break;
      ASSAY_TRY(ReadMarkup());
    }
    if (!open_.empty()) return Wrong("<" + open_.back() + "> is not closed");
    if (!has_element_) return Wrong("there is no tag");
    return std::move(controls_);
  }

 private:
  std::unexpected<Error> Wrong(const std::string& what) const {
    const std::string_view before = xml_.substr(0, begun_at_);
    const auto line = 1 + std::ranges::count(before, '\n');
    const std::size_t start = before.rfind('\n');
    const std::size_t column = begun_at_ - (start == std::string_view::npos ? 0 : start + 1) + 1;
    return Fail(ErrorCode::kInvalidArgument,
                "labeling config, line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + what);
  }

  void SkipText() {
    at_ = std::min(xml_.find('<', at_), xml_.size());
    begun_at_ = at_;
  }
  bool Take(std::string_view text) {
    if (!xml_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  void SkipSpace() { at_ = std::min(xml_.find_first_not_of(" \t\r\n", at_), xml_.size()); }

  Status ReadMarkup() {
    if (Take("<!--")) return SkipPast("-->", "a comment is not closed");
    if (Take("<?")) return SkipPast("?>", "an instruction is not closed");
    if (Take("<!")) return Wrong("document types and CDATA are not read");
    if (Take("</")) return ReadEnd();
    ++at_;
    return ReadStart();
  }

  Status SkipPast(std::string_view end, const std::string& fault) {
    const std::size_t found = xml_.find(end, at_);
    if (found == std::string_view::npos) return Wrong(fault);
    at_ = found + end.size();
    return {};
  }

  std::string_view TakeName() {
    const std::size_t end = std::min(xml_.find_first_of(" \t\r\n/>=<\"'", at_), xml_.size());
    const std::string_view name = xml_.substr(at_, end - at_);
    at_ = end;
    return name;
  }

  Status ReadEnd() {
    const std::string name(TakeName());
    SkipSpace();
    if (!Take(">")) return Wrong("</" + name.substr(0, 64) + " is not closed");
    if (open_.empty() || open_.back() != name) return Wrong("</" + name.substr(0, 64) + "> closes nothing");
    open_.pop_back();
    return {};
  }

  Status ReadStart() {
    constexpr std::size_t kDeepest = 64;
    const std::string tag(TakeName());
    if (tag.empty() || tag.size() > 64) return Wrong("\"<\" begins no tag");
    ConfigControl control{.tag = tag};
    bool is_empty = false;
    while (true) {
      SkipSpace();
      if (Take("/>")) {
        is_empty = true;
        break;
      }
      if (Take(">")) break;
      ASSAY_TRY(ReadAttribute(control));
    }
    has_element_ = true;
    ASSAY_TRY(AddControl(std::move(control)));
    if (is_empty) return {};
    if (open_.size() >= kDeepest) return Wrong("is more than 64 levels deep");
    open_.push_back(tag);
    return {};
  }

  Status ReadAttribute(ConfigControl& control) {
    const std::string_view name = TakeName();
    SkipSpace();
    if (name.empty() || !Take("=")) return Wrong("<" + control.tag + "> has an attribute without a value");
    SkipSpace();
    const char quote = at_ < xml_.size() ? xml_[at_] : ' ';
    const std::size_t end = quote == '"' || quote == '\'' ? xml_.find(quote, at_ + 1) : std::string_view::npos;
    if (end == std::string_view::npos) return Wrong("<" + control.tag + "> has a value without quotes");
    const std::string value(xml_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    if (name == "name") control.name = value;
    if (name == "toName") control.to_name = value;
    return {};
  }

  Status AddControl(ConfigControl control) {
    constexpr std::size_t kMost = 2000;
    if (IsOneOf(control.tag, kSilentTags)) return {};
    const bool is_known =
        std::ranges::any_of(EnumWords<LabelTag>::kWords, [&](const auto& word) { return word.word == control.tag; });
    if (!is_known) return Wrong("<" + control.tag + "> is no tag that this version knows");
    if (control.name.empty()) return Wrong("<" + control.tag + "> needs a name");
    if (std::ranges::find(controls_, control.name, &ConfigControl::name) != controls_.end())
      return Wrong("there is a control \"" + control.name.substr(0, 64) + "\" already");
    if (controls_.size() >= kMost) return Wrong("has more than 2000 controls");
    controls_.push_back(std::move(control));
    return {};
  }

  std::string_view xml_;
  std::size_t at_ = 0;
  std::size_t begun_at_ = 0;
  bool has_element_ = false;
  std::vector<std::string> open_;
  std::vector<ConfigControl> controls_;
};

}  // namespace

std::string LabelConfigOf(const LabelScheme& scheme) {
  std::string xml = "<View>\n" + ObjectsOf(scheme.kind) + RepeaterOf(scheme);
  for (const LabelControl& control : scheme.controls) {
    if (!control.is_repeated) xml += ControlXml(control, scheme, "  ");
  }
  return xml + "</View>\n";
}

Result<std::vector<ConfigControl>> ReadLabelConfig(std::string_view xml) { return ConfigReader(xml).Read(); }

}  // namespace assay
