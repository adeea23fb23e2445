#pragma once
// The web page as it was built, carried by the program: docs/decisions/0028-the-web-page.md says why.

#include <span>
#include <string_view>

namespace assay {

struct WebFile {
  std::string_view path;  // "/index.html", "/assets/index-D3adB33f.js"
  std::string_view content_type;
  std::string_view etag;      // with its quotes; of the content
  bool is_immutable = false;  // its name holds a hash of its content
  std::string_view bytes;
  std::string_view gzip;  // the same, compressed; empty where that would be no smaller
};

// Ordered by path; empty in a build without the page. Thread-safe.
std::span<const WebFile> WebFiles();

}  // namespace assay
