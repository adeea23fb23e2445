#include "runners/graders/text/list_text.h"

#include <algorithm>

#include "core/json.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

// Without "- ", "* ", "• ", "12. ", "12) " at the beginning.
std::string_view WithoutBullet(std::string_view item) {
  for (const std::string_view bullet : {"- ", "* ", "• ", "– "}) {
    if (item.starts_with(bullet)) return Trimmed(item.substr(bullet.size()));
  }
  const std::size_t digits = item.find_first_not_of("0123456789");
  if (digits == std::string_view::npos || digits == 0 || digits > 4) return item;
  const std::string_view rest = item.substr(digits);
  return rest.starts_with(". ") || rest.starts_with(") ") ? Trimmed(rest.substr(2)) : item;
}

// Where the first of `separators` stands, and how long it is; size 0 if none does. At one place the longest counts.
std::pair<std::size_t, std::size_t> FindSeparator(std::string_view text, std::size_t from, const std::string& firsts,
                                                  const std::vector<std::string>& separators) {
  for (std::size_t at = from; (at = text.find_first_of(firsts, at)) != std::string_view::npos; ++at) {
    std::size_t longest = 0;
    for (const std::string& separator : separators) {
      if (separator.size() > longest && text.substr(at).starts_with(separator)) longest = separator.size();
    }
    if (longest > 0) return {at, longest};
  }
  return {text.size(), 0};
}

std::vector<std::string> SplitText(std::string_view text, const ListReading& reading) {
  std::string firsts;
  for (const std::string& separator : reading.separators) firsts += separator.substr(0, 1);
  std::vector<std::string> items;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto [end, length] = FindSeparator(text, begin, firsts, reading.separators);
    std::string item = ItemOf(WithoutBullet(Trimmed(text.substr(begin, end - begin))), reading);
    if (!item.empty()) items.push_back(std::move(item));
    if (length == 0) break;
    begin = end + length;
  }
  return items;
}

}  // namespace

std::string ItemOf(std::string_view text, const ListReading& reading) {
  std::string item;
  if (reading.remove.empty()) {
    item = WithSingleSpaces(text);
  } else {
    std::string kept(text);
    std::erase_if(kept, [&](char c) { return reading.remove.find(c) != std::string::npos; });
    item = WithSingleSpaces(kept);
  }
  return reading.ignore_case ? CaseFolded(item) : item;
}

Result<std::vector<std::string>> ItemsOf(std::string_view text, const ListReading& reading) {
  if (reading.form == ListForm::kJson) {
    Result<Json> json = Json::Parse(text);
    if (!json) return std::unexpected(std::move(json).error());
    if (!json->is_array()) return Fail(ErrorCode::kInvalidArgument, "not a list");
    std::vector<std::string> items;
    for (const Json& element : json->as_array()) {
      std::string item = ItemOf(element.is_string() ? element.as_string() : element.Dump(), reading);
      if (!item.empty()) items.push_back(std::move(item));
    }
    return items;
  }
  text = Trimmed(text);
  if (reading.first_line) text = Trimmed(text.substr(0, text.find_first_of("\r\n")));
  if (reading.after) {
    const std::size_t at = text.rfind(*reading.after);
    if (at != std::string_view::npos) text.remove_prefix(at + reading.after->size());
  }
  const std::string whole = ItemOf(text, reading);
  const bool is_nothing = std::any_of(reading.empty.begin(), reading.empty.end(),
                                      [&](const std::string& nothing) { return ItemOf(nothing, reading) == whole; });
  return is_nothing ? std::vector<std::string>() : SplitText(text, reading);
}

}  // namespace assay
