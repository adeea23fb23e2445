#pragma once
// The web page: files of the build, and its one document for every address that the page itself makes sense of.

#include <optional>
#include <span>

#include "daemon/http/reply.h"
#include "web/embed/web_files.h"

namespace assay {

// A file of the page, or its document: at / and wherever a browser goes to (it accepts text/html) that is no file and
// no method. Nullopt where there is no page, and for others, so that programs are told of a wrong path.
std::optional<Reply> WebReply(const PageQuery& request, std::span<const WebFile> files);

}  // namespace assay
