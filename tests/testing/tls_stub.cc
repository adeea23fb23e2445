#include "tests/testing/tls_stub.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <thread>

namespace assay::testing {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

// Aborts when OpenSSL cannot make a key: a test cannot go on without.
void UseOwnCertificate(SSL_CTX* context) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  if (key == nullptr || certificate == nullptr) std::abort();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  const bool is_made = X509_sign(certificate, key, EVP_sha256()) > 0 &&
                       SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;
  X509_free(certificate);
  EVP_PKEY_free(key);
  if (!is_made) std::abort();
}

}  // namespace

struct TlsStub::Server {
  explicit Server(TlsStub& owner) : stub(owner), acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    UseOwnCertificate(tls.native_handle());
  }

  asio::awaitable<void> Accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
      if (error) co_return;
      ++stub.connections_;
      ++stub.open_;
      asio::co_spawn(context, Serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> Serve(tcp::socket socket) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), tls);
    auto [refused] =
        co_await stream.async_handshake(asio::ssl::stream_base::server, asio::as_tuple(asio::use_awaitable));
    if (!refused) ++stub.handshakes_;
    boost::system::error_code ignored;
    stream.lowest_layer().close(ignored);
    --stub.open_;
  }

  TlsStub& stub;
  asio::io_context context{1};
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor;
  std::thread thread;
};

TlsStub::TlsStub() : server_(std::make_unique<Server>(*this)) {
  asio::co_spawn(server_->context, server_->Accept(), asio::detached);
  server_->thread = std::thread([server = server_.get()] { server->context.run(); });
}

TlsStub::~TlsStub() {
  server_->context.stop();
  server_->thread.join();
}

std::string TlsStub::url() const {
  return "https://127.0.0.1:" + std::to_string(server_->acceptor.local_endpoint().port());
}

}  // namespace assay::testing
