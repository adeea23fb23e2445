#include "web/embed/web_files.h"

#ifdef ASSAY_WEB_BYTES
// NOLINTNEXTLINE: there is no #embed before C++26
asm(R"(
.pushsection .rodata
.global assay_web_bytes
assay_web_bytes:
.incbin ")" ASSAY_WEB_BYTES R"("
.popsection
)");
extern "C" const char assay_web_bytes[];
#endif

namespace assay {

std::span<const WebFile> WebFiles() {
#ifdef ASSAY_WEB_BYTES
  const auto at = [](std::size_t begin, std::size_t size) { return std::string_view(assay_web_bytes + begin, size); };
#define WEB_FILE(path, content_type, etag, is_immutable, begin, size, gzip_begin, gzip_size) \
  WebFile{path, content_type, etag, is_immutable, at(begin, size), at(gzip_begin, gzip_size)},
  static const WebFile kFiles[] = {
#include ASSAY_WEB_TABLE
  };
#undef WEB_FILE
  return kFiles;
#else
  return {};
#endif
}

}  // namespace assay
