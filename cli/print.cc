#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/exit_codes.h"
#include "cli/log_commands.h"
#include "cli/verbs.h"

namespace assay {

int WithConnection(const GlobalOptions& options, const std::function<int(const DaemonConnection&)>& verb) {
  const auto connection = DaemonConnection::Open(options);
  if (connection) return verb(*connection);
  std::fprintf(stderr, "assay: %s\n", connection.error().message.c_str());
  return kExitUsage;
}

int Print(const std::string& text, int code) { return PrintAsItIs(WithoutLogCommands(text), code); }

int PrintAsItIs(const std::string& text, int code) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return code;
  std::fprintf(stderr, "assay: cannot write the answer: %s\n", std::strerror(errno));
  return kExitError;
}

}  // namespace assay
