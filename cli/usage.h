#pragma once
// What somebody reads who typed something that assay does not know.

#include <string>

namespace CLI {
class App;
}

namespace assay {

// Says on stderr what is wrong with the command line that `app` could not parse, for `message` of the parser, and which
// help to read. An unknown verb or option is named, with the nearest known one. Gives kExitUsage.
int ReportUsage(const CLI::App& app, const std::string& message);

}  // namespace assay
