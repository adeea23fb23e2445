// Compile scans the tags itself (names, nesting, what is refused). A template of plain variables is rendered from the
// scanned segments. One with sections goes through kainjow's mustache, with its names marked "v:" (variable) or "s:"
// (section), so that the context can tell a missing variable, an error, from a missing section, which is false.

#include "runners/graders/frame/text_template.h"

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace assay {
namespace {

namespace mustache = kainjow::mustache;

constexpr int kMaxSectionDepth = 32;
// What sections may copy while rendering, counted roughly: a pass through a section costs the size of the template.
constexpr std::size_t kMaxSectionWork = 64u << 20;

struct Segment {
  enum class Kind { kText, kVariable, kRawVariable };
  Kind kind = Kind::kText;
  std::string text;  // the text, or the name of the field
};

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";  // what the template library trims
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string LineOf(std::string_view source, std::size_t offset) {
  return std::to_string(1 + std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

}  // namespace

struct TextTemplate::Compiled {
  std::string source;
  Escape escape = nullptr;
  std::vector<Segment> segments;
  std::vector<std::string> required;
  std::vector<std::string> fields;
  bool has_tags = false;
  // Set for templates with sections. Rendering is not declared const by the library, but writes to the object only for
  // partials and lambdas, which no template of ours has.
  std::unique_ptr<mustache::mustache> sections;
};

namespace {

class Scanner {
 public:
  Scanner(std::string_view source, TextTemplate::Compiled& out) : source_(source), out_(out) {}

  // Fills segments and names; `marked` becomes the source for the library.
  Status Run() {
    std::size_t at = 0;
    while (true) {
      const std::size_t open = source_.find("{{", at);
      AddText(source_.substr(at, open == std::string_view::npos ? open : open - at));
      if (open == std::string_view::npos) break;
      const bool triple = source_.substr(open).starts_with("{{{");
      const std::string_view closing = triple ? "}}}" : "}}";
      const std::size_t start = open + closing.size();
      const std::size_t close = source_.find(closing, start);
      if (close == std::string_view::npos) return Wrong(open, "a tag is opened but not closed");
      out_.has_tags = true;
      ASSAY_TRY(Tag(open, Trim(source_.substr(start, close - start)), triple));
      at = close + closing.size();
    }
    if (!open_sections_.empty()) {
      return Wrong(open_sections_.back().second, "section \"" + open_sections_.back().first + "\" is not closed");
    }
    return {};
  }

  const std::string& marked() const { return marked_; }
  bool has_sections() const { return has_sections_; }

 private:
  std::unexpected<Error> Wrong(std::size_t offset, const std::string& what) const {
    return Fail(ErrorCode::kInvalidArgument, "template line " + LineOf(source_, offset) + ": " + what);
  }

  // Each name once, in the order of their first use.
  static void Add(const std::string& name, std::unordered_set<std::string>& seen, std::vector<std::string>& names) {
    if (seen.insert(name).second) names.push_back(name);
  }

  void AddText(std::string_view text) {
    if (text.empty()) return;
    out_.segments.push_back({Segment::Kind::kText, std::string(text)});
    marked_ += text;
  }

  Status Tag(std::size_t offset, std::string_view tag, bool triple) {
    const char sigil = triple || tag.empty() ? '\0' : tag.front();
    if (sigil == '!') return {};
    if (sigil == '>') return Wrong(offset, "partials ({{> ...}}) are not supported");
    if (sigil == '=') return Wrong(offset, "changing the delimiters ({{= ...}}) is not supported");
    const bool is_section = sigil == '#' || sigil == '^' || sigil == '/';
    const std::string name(Trim(is_section || sigil == '&' ? tag.substr(1) : tag));
    if (name.empty()) return Wrong(offset, "a tag without a name");
    if (name.find_first_of("{}") != std::string::npos)
      return Wrong(offset, "a tag named \"" + name + "\": a brace too many?");
    if (sigil == '/') {
      if (open_sections_.empty()) return Wrong(offset, "{{/" + name + "}} closes a section that was not opened");
      if (open_sections_.back().first != name) {
        return Wrong(offset, "{{/" + name + "}} closes section \"" + open_sections_.back().first + "\"");
      }
      open_sections_.pop_back();
      marked_ += "{{/s:" + name + "}}";
      return {};
    }
    if (name != ".") Add(name, seen_fields_, out_.fields);
    if (is_section) {
      if (open_sections_.size() >= kMaxSectionDepth) return Wrong(offset, "more than 32 sections inside each other");
      open_sections_.emplace_back(name, offset);
      has_sections_ = true;
      marked_ += std::string("{{") + sigil + "s:" + name + "}}";
      return {};
    }
    if (name == "." && open_sections_.empty()) return Wrong(offset, "{{.}} outside of a section");
    if (open_sections_.empty()) Add(name, seen_required_, out_.required);
    const bool raw = triple || sigil == '&';
    out_.segments.push_back({raw ? Segment::Kind::kRawVariable : Segment::Kind::kVariable, name});
    marked_ += (raw ? "{{{v:" : "{{v:") + name + (raw ? "}}}" : "}}");
    return {};
  }

  std::string_view source_;
  TextTemplate::Compiled& out_;
  std::string marked_;
  std::vector<std::pair<std::string, std::size_t>> open_sections_;
  bool has_sections_ = false;
  std::unordered_set<std::string> seen_fields_;
  std::unordered_set<std::string> seen_required_;
};

std::unexpected<Error> Missing(std::string_view name, const Json* value) {
  return Fail(ErrorCode::kFailedPrecondition,
              "the case has no field \"" + std::string(name) + "\"" + (value == nullptr ? "" : " (it is null)"));
}

std::unexpected<Error> TooLong() {
  return Fail(ErrorCode::kResourceExhausted, "the rendered template is longer than 1 MiB");
}

// How a field that is there and not null prints.
std::string Print(const Json& value) { return value.is_string() ? value.as_string() : value.Dump(); }

// Ends a rendering from inside of the library; never leaves this file.
struct RenderStopped : std::runtime_error {
  explicit RenderStopped(Error stopped) : std::runtime_error(stopped.message), error(std::move(stopped)) {}
  Error error;
};

// The library's context over Json: values are converted when asked for.
class JsonContext : public mustache::basic_context<std::string> {
 public:
  JsonContext(const Json& fields, std::size_t template_size) : template_size_(template_size) {
    stack_.push_back(&fields);
  }

  void push(const mustache::data* data) override {
    Spend(template_size_);
    const auto found = origin_.find(data);
    stack_.push_back(found == origin_.end() ? stack_.back() : found->second);
  }
  void pop() override { stack_.pop_back(); }

  const mustache::data* get(const std::string& marked) const override {
    const std::string_view name = std::string_view(marked).substr(2);
    const Json* value = Resolve(name);
    const bool nothing = value == nullptr || value->is_null();
    if (marked.front() == 'v') {
      if (nothing) throw RenderStopped(Missing(name, value).error());
      std::string text = Print(*value);
      Spend(text.size());
      return &owned_.emplace_back(text);
    }
    if (nothing || (value->is_bool() && !value->as_bool()) || (value->is_string() && value->as_string().empty())) {
      return nullptr;
    }
    if (!value->is_array()) return Own(*value);
    if (value->as_array().empty()) return nullptr;
    Spend(value->as_array().size());
    mustache::data& made =
        owned_.emplace_back(mustache::list(value->as_array().size(), mustache::data(mustache::data::type::bool_true)));
    std::size_t index = 0;
    for (const mustache::data& item : made.list_value()) origin_.emplace(&item, &value->as_array()[index++]);
    return &made;
  }
  const mustache::data* get_partial(const std::string&) const override { return nullptr; }

 private:
  const mustache::data* Own(const Json& value) const {
    const mustache::data& made = owned_.emplace_back(mustache::data::type::bool_true);
    origin_.emplace(&made, &value);
    return &made;
  }

  const Json* Resolve(std::string_view name) const {
    if (name == ".") return stack_.back();
    for (auto item = stack_.rbegin(); item != stack_.rend(); ++item) {
      if (const Json* found = FindField(**item, name)) return found;
    }
    return nullptr;
  }

  void Spend(std::size_t bytes) const {
    spent_ += bytes + sizeof(mustache::data);
    if (spent_ > kMaxSectionWork) throw RenderStopped(TooLong().error());
  }

  std::size_t template_size_;
  std::vector<const Json*> stack_;
  mutable std::deque<mustache::data> owned_;
  mutable std::unordered_map<const mustache::data*, const Json*> origin_;
  mutable std::size_t spent_ = 0;
};

struct BoundedText {
  std::string text;
  BoundedText& operator<<(const std::string& piece) {
    if (text.size() + piece.size() > TextTemplate::kMaxOutput) throw RenderStopped(TooLong().error());
    text += piece;
    return *this;
  }
};

}  // namespace

Result<TextTemplate> TextTemplate::Compile(std::string source, Escape escape) {
  if (source.size() > kMaxSource) return Fail(ErrorCode::kInvalidArgument, "the template is longer than 1 MiB");
  auto compiled = std::make_shared<Compiled>();
  compiled->source = std::move(source);
  compiled->escape = escape;
  Scanner scanner(compiled->source, *compiled);
  ASSAY_TRY(scanner.Run());
  if (scanner.has_sections()) {
    try {
      compiled->sections = std::make_unique<mustache::mustache>(scanner.marked());
    } catch (const std::exception& e) {
      return Fail(ErrorCode::kInvalidArgument, std::string("template: ") + e.what());
    }
    if (!compiled->sections->is_valid()) {
      return Fail(ErrorCode::kInvalidArgument, "template: " + compiled->sections->error_message());
    }
    compiled->sections->set_custom_escape(
        [escape](const std::string& value) { return escape ? escape(value) : value; });
  }
  return TextTemplate(std::move(compiled));
}

Result<std::string> TextTemplate::Render(const Json& fields) const {
  if (!compiled_->has_tags) return compiled_->source;
  if (compiled_->sections) {
    try {
      JsonContext context(fields, compiled_->source.size());
      BoundedText out;
      compiled_->sections->render(context, out);
      return std::move(out.text);
    } catch (const RenderStopped& stopped) {
      return Fail(stopped.error);
    } catch (const std::exception& e) {
      return Fail(ErrorCode::kInternal, std::string("template: ") + e.what());
    }
  }
  std::string out;
  for (const Segment& segment : compiled_->segments) {
    if (segment.kind == Segment::Kind::kText) {
      out += segment.text;
    } else {
      const Json* value = FindField(fields, segment.text);
      if (value == nullptr || value->is_null()) return Missing(segment.text, value);
      const bool escaped = compiled_->escape != nullptr && segment.kind == Segment::Kind::kVariable;
      if (escaped) {
        out += compiled_->escape(Print(*value));
      } else if (value->is_string()) {
        out += value->as_string();
      } else {
        out += value->Dump();
      }
    }
    if (out.size() > kMaxOutput) return TooLong();
  }
  return out;
}

const std::vector<std::string>& TextTemplate::RequiredFields() const { return compiled_->required; }
const std::vector<std::string>& TextTemplate::Fields() const { return compiled_->fields; }
bool TextTemplate::IsConstant() const { return !compiled_->has_tags; }
const std::string& TextTemplate::source() const { return compiled_->source; }

}  // namespace assay
