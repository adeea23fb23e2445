#include "tests/integration/assay_stack.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace assay::testing {

AssayStack::AssayStack(std::filesystem::path catalog, std::vector<std::string> arguments, std::string store)
    : catalog_(std::move(catalog)),
      arguments_(std::move(arguments)),
      store_(store.empty() ? "sqlite:" + (folder_.path() / "assay.db").string() : std::move(store)) {}

bool AssayStack::Start() { return StartOn(0, 0); }
bool AssayStack::StartOnTheSamePorts() { return StartOn(grpc_port_, http_port_); }

bool AssayStack::StartOn(int grpc_port, int http_port) {
  daemon_.reset();
  std::vector<std::string> arguments = {"--catalog",     catalog_.string(),
                                        "--store",       store_,
                                        "--grpc-listen", "127.0.0.1:" + std::to_string(grpc_port),
                                        "--http-listen", "127.0.0.1:" + std::to_string(http_port)};
  arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
  daemon_ = std::make_unique<Server>("assayd", arguments);
  grpc_port_ = daemon_->PortAfter("gRPC on port ");
  http_port_ = daemon_->PortAfter("HTTP on port ");
  return grpc_port_ != 0 && http_port_ != 0;
}

ProgramEnd AssayStack::Assay(std::vector<std::string> arguments) const {
  return RunProgram("assay", arguments, {{"ASSAY_SERVER", "127.0.0.1:" + std::to_string(grpc_port_)}});
}

Json AssayStack::AssayJson(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--output", "json"});
  return Json::Parse(Assay(std::move(arguments)).output).value_or(Json());
}

std::string AssayStack::Get(const std::string& path) const {
  namespace asio = boost::asio;
  asio::io_context loop;
  asio::ip::tcp::socket socket(loop);
  boost::system::error_code error;
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(http_port_)}, error);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  asio::write(socket, asio::buffer(request), error);
  std::string answer;
  asio::read(socket, asio::dynamic_buffer(answer), error);
  return answer;
}

}  // namespace assay::testing
