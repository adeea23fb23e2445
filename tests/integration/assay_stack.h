#pragma once
// assayd on a folder of its own, and assay as its client.

#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "tests/testing/program.h"

namespace assay::testing {

class AssayStack {
 public:
  // `catalog` is the folder that is served; more arguments of assayd may follow. `store` "": SQLite in a folder of its
  // own.
  explicit AssayStack(std::filesystem::path catalog, std::vector<std::string> arguments = {}, std::string store = "");

  // Starts assayd on the same store, after a start or a kill. Whether it serves.
  bool Start();
  // The same on the ports of the last start: for clients that come back.
  bool StartOnTheSamePorts();
  Server& daemon() { return *daemon_; }

  ProgramEnd Assay(std::vector<std::string> arguments) const;
  // The answer of `assay … --output json`; null when it is none.
  Json AssayJson(std::vector<std::string> arguments) const;
  // The body of GET http://…PATH.
  std::string Get(const std::string& path) const;

  int http_port() const { return http_port_; }
  const std::string& store() const { return store_; }

 private:
  bool StartOn(int grpc_port, int http_port);

  const std::filesystem::path catalog_;
  const std::vector<std::string> arguments_;
  const TemporaryFolder folder_;
  const std::string store_;
  std::unique_ptr<Server> daemon_;
  int grpc_port_ = 0;
  int http_port_ = 0;
};

}  // namespace assay::testing
