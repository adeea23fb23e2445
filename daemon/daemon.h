#pragma once
// The composition root: every part of assayd, in the order in which they depend on each other.

#include <memory>

#include "config/daemon_config.h"
#include "core/clock.h"
#include "core/result.h"
#include "daemon/descriptors.h"

namespace assay {

// Used from one thread, the program's main thread.
class Daemon {
 public:
  // `shares` of the process's file descriptors are for callers.
  Daemon(DaemonConfig config, const Clock& clock, DescriptorShares shares);
  ~Daemon();  // Stop()
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Opens the store, loads the catalog, goes on with unfinished runs and checks, and listens. The error names the stage
  // that failed; what had been started is stopped again.
  Status Start();
  // Reads the catalog and the token file again; what has errors stays as it was.
  void Reload();
  // Drains: no new work, in-flight trials may end within the grace, everything else is resumed by the next start.
  void Stop();

  // The ports in use, known after Start.
  int grpc_port() const;
  int http_port() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace assay
