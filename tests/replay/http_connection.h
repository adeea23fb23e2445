#pragma once
// A raw TCP connection that can say anything, HTTP or not.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace assay::testing {

struct RawReply {
  int status = 0;                              // 0: the peer closed before a whole reply came
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;
};

// Every wait ends after ten seconds. Not thread-safe.
class HttpConnection {
 public:
  explicit HttpConnection(std::uint16_t port);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Whether all bytes could be handed over.
  bool Send(std::string_view bytes);
  // The next reply, also of several that were asked for at once. `has_body` is false after HEAD.
  RawReply Read(bool has_body = true);
  // Whether the peer closes the connection, with nothing more to read.
  bool IsClosedByPeer();

  RawReply Post(std::string_view path, std::string_view body, std::string_view headers = "");

 private:
  bool Fill();

  int socket_ = -1;
  std::string pending_;
};

std::string PostText(std::string_view path, std::string_view body, std::string_view headers = "");
RawReply Post(std::uint16_t port, std::string_view path, std::string_view body, std::string_view headers = "");
RawReply Get(std::uint16_t port, std::string_view path);

}  // namespace assay::testing
