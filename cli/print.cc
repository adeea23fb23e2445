#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/exit_codes.h"
#include "cli/log_commands.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace assay {

int WithConnection(const GlobalOptions& options, const std::function<int(const DaemonConnection&)>& verb) {
  const auto connection = DaemonConnection::Open(options);
  if (connection) return verb(*connection);
  Complain(connection.error().message);
  return kExitUsage;
}

int Print(const std::string& text, int code) {
  return PrintAsItIs(Printable(text, LineStarts::kOfOthers, WantsColour(STDOUT_FILENO)), code);
}

void Complain(const std::string& text) { std::fprintf(stderr, "assay: %s\n", Printable(text).c_str()); }

int PrintAsItIs(const std::string& text, int code) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return code;
  std::fprintf(stderr, "assay: cannot write the answer: %s\n", std::strerror(errno));
  return kExitError;
}

}  // namespace assay
