#include "daemon/http/web_reply.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <string>

namespace assay {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

// Model output is shown on this page. Whatever it holds: no script, style or picture but ours is loaded, nothing is
// sent elsewhere, no text becomes markup (trusted types), and no other page may frame this one.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

beast::string_view View(std::string_view text) { return {text.data(), text.size()}; }

// What follows the `element` of a list like "text/html;q=0.9, */*", without the semicolon; nullopt when it is not
// there.
std::optional<std::string_view> ParametersOf(std::string_view list, std::string_view element) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view each = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const std::size_t semicolon = std::min(each.find(';'), each.size());
    std::string_view name = each.substr(0, semicolon);
    name.remove_prefix(std::min(name.find_first_not_of(" \t"), name.size()));
    name = name.substr(0, name.find_last_not_of(" \t") + 1);
    if (beast::iequals(View(name), View(element))) return each.substr(std::min(semicolon + 1, each.size()));
  }
  return std::nullopt;
}

// "q=0", "q=0.00": not wanted at all.
bool IsRefused(std::string_view parameters) {
  const std::size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return false;
  const std::string_view weight = parameters.substr(at + 2);
  return !weight.empty() && weight.find_first_not_of("0. \t") == std::string_view::npos;
}

bool Takes(std::string_view list, std::string_view element) {
  const auto parameters = ParametersOf(list, element);
  return parameters && !IsRefused(*parameters);
}

// A cache that compresses by itself, or compares weakly, writes W/ before the tag.
bool IsKnown(std::string_view if_none_match, std::string_view etag) {
  return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

const WebFile* Find(std::span<const WebFile> files, std::string_view path) {
  const auto found = std::ranges::lower_bound(files, path, {}, &WebFile::path);
  return found != files.end() && found->path == path ? &*found : nullptr;
}

// The page's own addresses have no dot in their last part but in names of models and cases, so only what a browser
// navigates to tells them from files that are not there.
const WebFile* FileAt(const PageQuery& request, std::span<const WebFile> files) {
  if (const WebFile* file = Find(files, request.path)) return file;
  const bool is_asset = request.path.starts_with("/assets/");
  const bool is_method = request.path.starts_with("/assay.") || request.path.starts_with("/grpc.");
  const bool is_page = request.path == "/" || (request.is_get && Takes(request.accept, "text/html"));
  return is_page && !is_asset && !is_method ? Find(files, "/index.html") : nullptr;
}

Reply FileReply(const PageQuery& request, const WebFile& file) {
  const bool is_known = IsKnown(request.if_none_match, file.etag);
  const bool is_zipped = !file.gzip.empty() && Takes(request.accept_encoding, "gzip");
  Reply reply = MakeReply(is_known ? 304 : 200, file.content_type,
                          is_known ? std::string() : std::string(is_zipped ? file.gzip : file.bytes));
  reply.set(http::field::cache_control, file.is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  reply.set(http::field::etag, View(file.etag));
  reply.set(http::field::vary, "Accept-Encoding");
  reply.set("Content-Security-Policy", View(kPolicy));
  reply.set("Referrer-Policy", "no-referrer");
  reply.set("Cross-Origin-Opener-Policy", "same-origin");
  reply.set("Cross-Origin-Resource-Policy", "same-origin");
  if (is_zipped && !is_known) reply.set(http::field::content_encoding, "gzip");
  return reply;
}

}  // namespace

std::optional<Reply> WebReply(const PageQuery& request, std::span<const WebFile> files) {
  const WebFile* file = FileAt(request, files);
  if (file == nullptr) return std::nullopt;
  return request.is_get ? FileReply(request, *file) : OnlyGet(request.path);
}

}  // namespace assay
