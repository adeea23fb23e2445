#include "runners/graders/structure/uri.h"

#include <vector>

namespace assay {
namespace {

struct UriParts {
  std::string_view scheme;     // "http:"
  std::string_view authority;  // "//host:80"
  std::string_view path;
  std::string_view query;     // "?a"
  std::string_view fragment;  // "#b"
};

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::size_t SchemeLength(std::string_view uri) {
  if (uri.empty() || !IsAlpha(uri[0])) return 0;
  for (std::size_t i = 1; i < uri.size(); ++i) {
    const char c = uri[i];
    if (c == ':') return i + 1;
    if (!IsAlpha(c) && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') return 0;
  }
  return 0;
}

std::string_view Take(std::string_view& rest, std::size_t size) {
  const std::string_view part = rest.substr(0, size);
  rest.remove_prefix(part.size());
  return part;
}

UriParts Split(std::string_view uri) {
  UriParts parts;
  parts.scheme = Take(uri, SchemeLength(uri));
  if (uri.starts_with("//")) parts.authority = Take(uri, std::min(uri.find_first_of("/?#", 2), uri.size()));
  parts.path = Take(uri, std::min(uri.find_first_of("?#"), uri.size()));
  parts.query = Take(uri, std::min(uri.find('#'), uri.size()));
  parts.fragment = uri;
  return parts;
}

// Without "." and "..", which of a path that begins with a slash remain below it.
std::string WithoutDots(std::string_view path) {
  std::vector<std::string_view> kept;
  const bool is_absolute = path.starts_with('/');
  if (is_absolute) path.remove_prefix(1);
  for (bool is_last = false; !is_last;) {
    const std::size_t slash = path.find('/');
    is_last = slash == std::string_view::npos;
    const std::string_view segment = path.substr(0, slash);
    if (!is_last) path.remove_prefix(slash + 1);
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != ".") {
      kept.push_back(segment);
      continue;
    }
    if (is_last) kept.push_back("");  // "a/.." is "", "a/b/.." is "a/"
  }
  std::string out = is_absolute ? "/" : "";
  for (std::size_t i = 0; i < kept.size(); ++i) (out += i == 0 ? "" : "/") += kept[i];
  return out;
}

std::string Merged(const UriParts& base, std::string_view path) {
  if (!base.authority.empty() && base.path.empty()) return "/" + std::string(path);
  const std::size_t slash = base.path.rfind('/');
  return std::string(base.path.substr(0, slash == std::string_view::npos ? 0 : slash + 1)) + std::string(path);
}

std::string Joined(std::string_view scheme, std::string_view authority, std::string_view path, std::string_view query,
                   std::string_view fragment) {
  std::string out;
  for (const std::string_view part : {scheme, authority, path, query, fragment}) out += part;
  return out;
}

int HexValue(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

}  // namespace

std::string ResolveUri(std::string_view base, std::string_view reference) {
  const UriParts to = Split(reference);
  const UriParts from = Split(base);
  if (!to.scheme.empty()) {
    // The path of a URN is no hierarchy.
    const std::string path = to.path.starts_with('/') ? WithoutDots(to.path) : std::string(to.path);
    return Joined(to.scheme, to.authority, path, to.query, to.fragment);
  }
  if (!to.authority.empty()) return Joined(from.scheme, to.authority, WithoutDots(to.path), to.query, to.fragment);
  if (to.path.empty()) {
    return Joined(from.scheme, from.authority, from.path, to.query.empty() ? from.query : to.query, to.fragment);
  }
  const std::string path = to.path.starts_with('/') ? std::string(to.path) : Merged(from, to.path);
  return Joined(from.scheme, from.authority, WithoutDots(path), to.query, to.fragment);
}

std::string_view UriWithoutFragment(std::string_view uri) { return uri.substr(0, uri.find('#')); }

std::string_view FragmentOfUri(std::string_view uri) {
  const std::size_t mark = uri.find('#');
  return mark == std::string_view::npos ? std::string_view() : uri.substr(mark + 1);
}

std::string PercentDecoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 && HexValue(text[i + 2]) >= 0) {
      out += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace assay
