#pragma once
// The servers on free ports over fake services: both, or HTTP by itself.

#include <gtest/gtest.h>

#include <boost/asio/thread_pool.hpp>
#include <memory>

#include "daemon/http/http_server.h"
#include "daemon/rpc/grpc_server.h"
#include "tests/testing/fake_services.h"

namespace assay::testing {

class ApiTest : public ::testing::Test {
 protected:
  ~ApiTest() override { StopServers(); }

  // One of these once, after what follows is set as the test needs it.
  void StartHttp() {
    methods_ = MakeMethodTable(services_.All());
    admission_ = std::make_unique<Admission>(limits_);
    http_ = std::make_unique<HttpServer>(methods_, *authenticator_, *admission_, threads_.get_executor(), pages_);
    http_options_.listen = "127.0.0.1:0";
    const auto port = http_->Start(http_options_);
    ASSERT_TRUE(port) << port.error().message;
    http_port_ = *port;
  }
  void StartServers() {
    StartHttp();
    grpc_ = std::make_unique<GrpcServer>(methods_, *authenticator_, *admission_, threads_.get_executor());
    grpc_options_.listen = "127.0.0.1:0";
    const auto port = grpc_->Start(grpc_options_);
    ASSERT_TRUE(port) << port.error().message;
    grpc_port_ = *port;
  }

  void StopServers() {
    if (http_) http_->Shutdown(std::chrono::steady_clock::now());
    if (grpc_) grpc_->Shutdown(std::chrono::steady_clock::now());
    http_.reset();
    grpc_.reset();
    threads_.join();
  }

  FakeServices services_;
  std::unique_ptr<Authenticator> authenticator_ = Authenticator::AllowLocal();
  Admission::Limits limits_;
  HttpPages pages_;
  GrpcServer::Options grpc_options_;
  HttpServer::Options http_options_;

  MethodTable methods_;
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<HttpServer> http_;
  int grpc_port_ = 0;
  int http_port_ = 0;
  boost::asio::thread_pool threads_{2};
};

}  // namespace assay::testing
