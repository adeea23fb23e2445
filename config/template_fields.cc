#include "config/template_fields.h"

#include <unordered_set>

namespace assay {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";  // what the template library trims
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

Result<std::vector<std::string>> RequiredTemplateFields(std::string_view text) {
  const auto fail = [](std::string message) { return Fail(ErrorCode::kInvalidArgument, "template: " + message); };
  std::vector<std::string> required;
  std::unordered_set<std::string> seen;
  std::vector<std::string> sections;
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const bool triple = text.substr(at).starts_with("{{{");
    const std::string_view closing = triple ? "}}}" : "}}";
    const std::size_t begin = at + closing.size();
    const std::size_t end = text.find(closing, begin);
    if (end == std::string_view::npos) return fail("a tag is opened with {{ but not closed");
    at = end + closing.size();
    const std::string_view tag = Trim(text.substr(begin, end - begin));
    const char sigil = triple || tag.empty() ? '\0' : tag.front();
    if (sigil == '!') continue;
    if (sigil == '>' || sigil == '=') return fail("partials and changes of the delimiters are not supported");
    const bool has_sigil = sigil == '#' || sigil == '^' || sigil == '/' || sigil == '&';
    const std::string name(Trim(has_sigil ? tag.substr(1) : tag));
    if (name.empty()) return fail("a tag without a name");
    if (sigil == '#' || sigil == '^') {
      sections.push_back(name);
    } else if (sigil == '/') {
      if (sections.empty() || sections.back() != name) return fail("{{/" + name + "}} closes no open section");
      sections.pop_back();
    } else if (sections.empty() && seen.insert(name).second) {
      required.push_back(name);
    }
  }
  if (!sections.empty()) return fail("section \"" + sections.back() + "\" is not closed");
  return required;
}

}  // namespace assay
