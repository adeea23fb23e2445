#include "tests/replay/http_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

namespace assay::testing {

HttpConnection::HttpConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    socket_ = -1;
  }
}

HttpConnection::~HttpConnection() {
  if (socket_ >= 0) ::close(socket_);
}

bool HttpConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool HttpConnection::Fill() {
  char chunk[16384];
  const ssize_t got = ::recv(socket_, chunk, sizeof chunk, 0);
  if (got <= 0) return false;
  pending_.append(chunk, static_cast<std::size_t>(got));
  return true;
}

RawReply HttpConnection::Read(bool has_body) {
  std::size_t head_end = pending_.find("\r\n\r\n");
  while (head_end == std::string::npos) {
    if (!Fill()) return {};
    head_end = pending_.find("\r\n\r\n");
  }
  RawReply reply;
  std::string_view head = std::string_view(pending_).substr(0, head_end + 2);
  if (!head.starts_with("HTTP/1.1 ")) return {};
  reply.status = std::stoi(std::string(head.substr(9, 3)));
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    const std::size_t colon = line.find(": ");
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    reply.headers[name] = line.substr(colon + 2);
    head.remove_prefix(end + 2);
  }
  pending_.erase(0, head_end + 4);
  if (!has_body || !reply.headers.contains("content-length")) return reply;
  const std::size_t length = std::stoul(reply.headers["content-length"]);
  while (pending_.size() < length) {
    if (!Fill()) return {};
  }
  reply.body = pending_.substr(0, length);
  pending_.erase(0, length);
  return reply;
}

bool HttpConnection::IsClosedByPeer() {
  if (!pending_.empty()) return false;
  char byte = 0;
  return ::recv(socket_, &byte, 1, 0) == 0;
}

RawReply HttpConnection::Post(std::string_view path, std::string_view body, std::string_view headers) {
  if (!Send(PostText(path, body, headers))) return {};
  return Read();
}

std::string PostText(std::string_view path, std::string_view body, std::string_view headers) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
         std::string(headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

RawReply Post(std::uint16_t port, std::string_view path, std::string_view body, std::string_view headers) {
  return HttpConnection(port).Post(path, body, headers);
}

RawReply Get(std::uint16_t port, std::string_view path) {
  HttpConnection connection(port);
  connection.Send("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return connection.Read();
}

}  // namespace assay::testing
