// Reading is simdjson's, printing is ours: the RFC 8785 form needs ECMAScript numbers and UTF-16 order, which no
// library at hand gives.

#include "core/json.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace assay {
namespace {

// A key that comes again keeps its first place and its last value, or is refused. Objects may come from models and have
// a million members, so keys are not searched for one by one.
Status MergeDuplicates(Json::Object& members, RepeatedKeys policy) {
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const int compared = members[a].first.compare(members[b].first);
    return compared < 0 || (compared == 0 && a < b);
  });
  std::vector<std::size_t> repeated;
  for (std::size_t first = 0, i = 1; i < order.size(); ++i) {
    if (members[order[i]].first != members[order[first]].first) {
      first = i;
      continue;
    }
    if (policy == RepeatedKeys::kRefuse) {
      return Fail(ErrorCode::kFailedPrecondition,
                  "the key \"" + members[order[i]].first.substr(0, 100) + "\" is there twice");
    }
    members[order[first]].second = std::move(members[order[i]].second);
    repeated.push_back(order[i]);
  }
  if (repeated.empty()) return {};
  std::ranges::sort(repeated);
  std::size_t kept = repeated.front();
  for (std::size_t i = kept, next = 0; i < members.size(); ++i) {
    if (next < repeated.size() && repeated[next] == i) {
      ++next;
    } else {
      members[kept++] = std::move(members[i]);
    }
  }
  members.resize(kept);
  return {};
}

std::unexpected<Error> TooDeep(int max_depth) {
  return Fail(ErrorCode::kInvalidArgument, "JSON nested more than " + std::to_string(max_depth) + " levels deep");
}

// `level`: how many lists and objects are around the element. The parser's own bound does not see an empty list or
// object at the innermost level.
Result<Json> Convert(const simdjson::dom::element& element, int level, int max_depth, RepeatedKeys repeated) {
  if (level >= max_depth && (element.is_array() || element.is_object())) return TooDeep(max_depth);
  switch (element.type()) {
    case simdjson::dom::element_type::NULL_VALUE:
      return Json();
    case simdjson::dom::element_type::BOOL:
      return Json(bool(element.get_bool().value_unsafe()));
    case simdjson::dom::element_type::INT64:
      return Json(std::int64_t{element.get_int64().value_unsafe()});
    case simdjson::dom::element_type::UINT64:
      return Json(static_cast<double>(std::uint64_t{element.get_uint64().value_unsafe()}));
    case simdjson::dom::element_type::DOUBLE:
      return Json(double{element.get_double().value_unsafe()});
    case simdjson::dom::element_type::STRING:
      return Json(std::string(element.get_string().value_unsafe()));
    case simdjson::dom::element_type::ARRAY: {
      Json::Array items;
      const simdjson::dom::array array = element.get_array().value_unsafe();  // named: it must outlive the loop
      for (const simdjson::dom::element item : array) {
        ASSAY_ASSIGN(Json value, Convert(item, level + 1, max_depth, repeated));
        items.push_back(std::move(value));
      }
      return Json(std::move(items));
    }
    case simdjson::dom::element_type::OBJECT: {
      Json::Object members;
      const simdjson::dom::object source = element.get_object().value_unsafe();
      for (const auto& [key, member] : source) {
        ASSAY_ASSIGN(Json value, Convert(member, level + 1, max_depth, repeated));
        members.emplace_back(std::string(key), std::move(value));
      }
      ASSAY_TRY(MergeDuplicates(members, repeated));
      return Json(std::move(members));
    }
  }
  return Fail(ErrorCode::kInternal, "unknown kind of JSON value");
}

// Integers of more than 64 bits are legal JSON that simdjson refuses: their digits are given an exponent, which makes
// them doubles. Only called after a number error.
std::string WithLongIntegersAsDoubles(std::string_view text) {
  std::string result;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (in_string || c == '"') {
      if (c == '"') in_string = !in_string;
      if (c == '\\' && i + 1 < text.size()) result += text[i++];
      result += text[i++];
      continue;
    }
    if (c < '0' || c > '9') {
      result += text[i++];
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of("0123456789+-.eE", i), text.size());
    const std::string_view number = text.substr(i, end - i);
    result += number;
    const bool is_beyond =
        number.size() > 19 || (i > 0 && text[i - 1] == '-' && number.size() == 19 && number > "9223372036854775808");
    if (is_beyond && number.find_first_of(".eE") == std::string_view::npos) result += "e0";
    i = end;
  }
  return result;
}

void AppendString(std::string_view text, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) {
          out += c;
        } else {
          out += "\\u00";
          out += kDigits[static_cast<unsigned char>(c) >> 4];
          out += kDigits[static_cast<unsigned char>(c) & 15];
        }
    }
  }
  out += '"';
}

// ECMA-262 Number::toString, which RFC 8785 §3.2.2.3 asks for: the shortest digits that read back, in its layout.
void AppendNumber(double value, std::string& out) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (value == 0) {
    out += '0';
    return;
  }
  std::array<char, 40> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  std::string_view shortest(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  if (shortest.front() == '-') {
    out += '-';
    shortest.remove_prefix(1);
  }
  const std::size_t mark = shortest.find('e');
  std::string digits;
  for (const char c : shortest.substr(0, mark)) {
    if (c != '.') digits += c;
  }
  std::string_view exponent_text = shortest.substr(mark + 1);
  if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
  int exponent = 0;
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  const int point = exponent + 1;  // the decimal point stands after this many digits
  const int count = static_cast<int>(digits.size());
  if (count <= point && point <= 21) {
    out += digits + std::string(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    out += digits.substr(0, static_cast<std::size_t>(point)) + "." + digits.substr(static_cast<std::size_t>(point));
  } else if (-6 < point && point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  } else {
    out += digits.substr(0, 1);
    if (count > 1) out += "." + digits.substr(1);
    out += exponent < 0 ? "e-" : "e+";
    out += std::to_string(std::abs(exponent));
  }
}

// UTF-16 code units of UTF-8 text; bytes that are no UTF-8 stand for themselves.
std::u16string Utf16(std::string_view text) {
  std::u16string units;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead < 0x80 || lead < 0xC0 || i + length > text.size()) {
      units += static_cast<char16_t>(lead);
      ++i;
      continue;
    }
    std::uint32_t code = lead & (0xFFu >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) code = code << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3F);
    if (code >= 0x10000) {
      units += static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
      units += static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      units += static_cast<char16_t>(code);
    }
    i += length;
  }
  return units;
}

struct Layout {
  bool is_canonical = false;
  bool is_indented = false;
};

void NewLine(const Layout& layout, int depth, std::string& out) {
  if (!layout.is_indented) return;
  out += '\n';
  out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

void Append(const Json& value, const Layout& layout, int depth, std::string& out);

void AppendMembers(const std::vector<const Json::Member*>& members, const Layout& layout, int depth, std::string& out) {
  out += '{';
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out += ',';
    NewLine(layout, depth + 1, out);
    AppendString(members[i]->first, out);
    out += layout.is_indented ? ": " : ":";
    Append(members[i]->second, layout, depth + 1, out);
  }
  if (!members.empty()) NewLine(layout, depth, out);
  out += '}';
}

void Append(const Json& value, const Layout& layout, int depth, std::string& out) {
  if (value.is_null()) {
    out += "null";
  } else if (value.is_bool()) {
    out += value.as_bool() ? "true" : "false";
  } else if (value.is_integer() && !layout.is_canonical) {
    out += std::to_string(value.as_integer());
  } else if (value.is_number()) {
    AppendNumber(value.as_number(), out);
  } else if (value.is_string()) {
    AppendString(value.as_string(), out);
  } else if (value.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < value.as_array().size(); ++i) {
      if (i > 0) out += ',';
      NewLine(layout, depth + 1, out);
      Append(value.as_array()[i], layout, depth + 1, out);
    }
    if (!value.as_array().empty()) NewLine(layout, depth, out);
    out += ']';
  } else {
    std::vector<const Json::Member*> members;
    for (const Json::Member& member : value.as_object()) members.push_back(&member);
    if (layout.is_canonical) {
      std::sort(members.begin(), members.end(),
                [](const auto* a, const auto* b) { return Utf16(a->first) < Utf16(b->first); });
    }
    AppendMembers(members, layout, depth, out);
  }
}

std::string Print(const Json& value, Layout layout) {
  std::string text;
  Append(value, layout, 0, text);
  return text;
}

}  // namespace

const Json* Json::Find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const Member& member : as_object()) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

void Json::Set(std::string_view key, Json value) {
  for (Member& member : as_object()) {
    if (member.first != key) continue;
    member.second = std::move(value);
    return;
  }
  as_object().emplace_back(std::string(key), std::move(value));
}

std::string Json::Dump() const { return Print(*this, {}); }
std::string Json::DumpIndented() const { return Print(*this, {.is_indented = true}); }
std::string Json::DumpCanonical() const { return Print(*this, {.is_canonical = true}); }

Result<Json> Json::Parse(std::string_view text, int max_depth, RepeatedKeys repeated) {
  if (text.data() == nullptr) text = "";  // the parser copies from it, be it nothing
  simdjson::dom::parser parser;
  if (parser.allocate(std::max<std::size_t>(text.size(), 64), static_cast<std::size_t>(max_depth) + 1) !=
      simdjson::SUCCESS) {
    return Fail(ErrorCode::kResourceExhausted, "no memory to parse JSON of " + std::to_string(text.size()) + " bytes");
  }
  simdjson::dom::element element;
  simdjson::error_code error = parser.parse(text.data(), text.size()).get(element);
  if (error == simdjson::NUMBER_ERROR) {
    const std::string widened = WithLongIntegersAsDoubles(text);
    error = parser.parse(widened.data(), widened.size()).get(element);
  }
  if (error == simdjson::DEPTH_ERROR) return TooDeep(max_depth);
  if (error != simdjson::SUCCESS) {
    return Fail(ErrorCode::kInvalidArgument, std::string("not valid JSON: ") + simdjson::error_message(error));
  }
  return Convert(element, 0, max_depth, repeated);
}

}  // namespace assay
