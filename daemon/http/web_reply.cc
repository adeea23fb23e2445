#include "daemon/http/web_reply.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
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

bool Names(std::string_view list, std::string_view element) {
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view each = rest.substr(0, std::min(comma, rest.find(';')));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const std::size_t begin = each.find_first_not_of(" \t");
    if (begin == std::string_view::npos) continue;
    each = each.substr(begin, each.find_last_not_of(" \t") - begin + 1);
    if (beast::iequals(View(each), View(element))) return true;
  }
  return false;
}

// A coding that is named with q=0 is refused; nobody but a test says so of gzip.
bool TakesGzip(std::string_view accept_encoding) {
  const std::size_t at = accept_encoding.find("gzip");
  if (at == std::string_view::npos) return false;
  const std::string_view weight = accept_encoding.substr(at + 4, accept_encoding.find(',', at) - at - 4);
  return Names(accept_encoding, "gzip") && weight.find("q=0") == std::string_view::npos;
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
  const bool is_page = request.path == "/" || (request.is_get && Names(request.accept, "text/html"));
  return is_page && !is_asset && !is_method ? Find(files, "/index.html") : nullptr;
}

Reply FileReply(const PageQuery& request, const WebFile& file) {
  const bool is_known = IsKnown(request.if_none_match, file.etag);
  const bool is_zipped = !file.gzip.empty() && TakesGzip(request.accept_encoding);
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
