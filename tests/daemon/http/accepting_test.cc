// How both servers accept: within their limits, and again after a moment without file descriptors.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "daemon/rpc/grpc_connections.h"
#include "tests/daemon/http/api_clients.h"
#include "tests/daemon/http/api_fixture.h"
#include "tests/testing/await.h"

namespace assay::testing {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

const std::string kListModels = "/assay.v1.ModelService/ListModels";

// While it lives, this process can open no file.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(lowest);
    const rlimit none{static_cast<rlim_t>(lowest), before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

// A client that says nothing. Its descriptor exists before it connects.
class SilentClient {
 public:
  SilentClient() { socket_.open(tcp::v4()); }
  void Connect(int port) { socket_.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port)}); }
  void Send(const std::string& bytes) { asio::write(socket_, asio::buffer(bytes)); }
  // Waits until the server closes the connection; what it sent until then.
  std::string ReadToTheEnd() {
    std::string received;
    boost::system::error_code end;
    asio::read(socket_, asio::dynamic_buffer(received), end);
    return received;
  }

 private:
  asio::io_context context_;
  tcp::socket socket_{context_};
};

class AcceptingTest : public ApiTest {
 protected:
  int CallGrpc() {
    GrpcClient client(grpc_port_);
    return client.Call(kListModels, "").code;
  }
};

TEST_F(AcceptingTest, AfterAMomentWithoutDescriptorsBothServersAcceptAgain) {
  StartServers();
  SilentClient grpc;
  SilentClient http;
  {
    const NoDescriptors none;
    grpc.Connect(grpc_port_);
    http.Connect(http_port_);
    ASSERT_TRUE(Eventually([&] { return !grpc_->Accepting().has_value(); }));
    EXPECT_EQ(grpc_->Accepting().error().message, "gRPC accepts no connections: Too many open files");
  }
  EXPECT_EQ(CallGrpc(), 0);
  EXPECT_EQ(HttpSend(http_port_, {.verb = "GET", .path = "/healthz"}).status, 200);
  EXPECT_TRUE(Eventually([&] { return grpc_->Accepting().has_value(); }));
}

TEST_F(AcceptingTest, GrpcTurnsConnectionsOverTheLimitAwayAndSaysSo) {
  grpc_options_.max_connections = 2;
  StartServers();
  SilentClient third;
  {
    SilentClient first;
    SilentClient second;
    for (SilentClient* client : {&first, &second}) {
      client->Connect(grpc_port_);
      client->Send("PRI");  // not silent any more
    }
    ASSERT_TRUE(Eventually([&] { return !grpc_->Accepting().has_value(); }));
    EXPECT_EQ(grpc_->Accepting().error().message, "gRPC has 2 connections, its limit; close some");
    third.Connect(grpc_port_);
    EXPECT_EQ(third.ReadToTheEnd(), "");
  }
  EXPECT_TRUE(Eventually([&] { return grpc_->Accepting().has_value(); }));
  EXPECT_EQ(CallGrpc(), 0);
}

TEST(GrpcConnections, AClientThatWasNotHeardForLongMakesRoom) {
  asio::io_context context;
  tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), 0});
  SilentClient client;
  client.Connect(acceptor.local_endpoint().port());
  tcp::socket accepted = acceptor.accept();
  client.Send("x");
  GrpcConnections patient(1, std::chrono::hours(1));
  patient.Add(accepted.native_handle());
  ASSERT_TRUE(Eventually([&] { return !patient.HasRoom().has_value(); }));
  EXPECT_FALSE(patient.MakeRoom());
  GrpcConnections strict(1, milliseconds(0));
  strict.Add(accepted.native_handle());
  EXPECT_TRUE(strict.HasRoom());
  EXPECT_TRUE(strict.MakeRoom());
  EXPECT_EQ(client.ReadToTheEnd(), "");
  accepted.close();
  EXPECT_TRUE(patient.HasRoom()) << "closed by its owner";
}

TEST_F(AcceptingTest, AGrpcConnectionWhoseClientSaidNothingMakesRoom) {
  grpc_options_.max_connections = 1;
  StartServers();
  SilentClient silent;
  silent.Connect(grpc_port_);
  EXPECT_EQ(CallGrpc(), 0);
  silent.ReadToTheEnd();
}

TEST_F(AcceptingTest, GrpcClosesAConnectionWhoseClientSaysNothing) {
  grpc_options_.handshake_timeout = milliseconds(50);
  grpc_options_.max_connections = 1;
  StartServers();
  SilentClient silent;
  silent.Connect(grpc_port_);
  silent.ReadToTheEnd();
  EXPECT_TRUE(Eventually([&] { return grpc_->Accepting().has_value(); }));
}

TEST_F(AcceptingTest, GrpcClosesAConnectionWithoutCallsWhenItsTimeIsUp) {
  grpc_options_.idle_timeout = milliseconds(50);
  grpc_options_.max_connections = 1;
  StartServers();
  GrpcClient idle(grpc_port_);
  EXPECT_EQ(idle.Call(kListModels, "").code, 0);
  EXPECT_TRUE(Eventually([&] { return grpc_->Accepting().has_value(); }));
}

}  // namespace
}  // namespace assay::testing
