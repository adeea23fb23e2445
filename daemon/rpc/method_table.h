#pragma once
// Every method of the API, once: its full name, what it does to the daemon's state, and its handler. Both transports
// look methods up here, so a method that exists on one exists on the other and answers the same.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "daemon/services.h"

namespace google::protobuf {
class Message;
}

namespace assay {

// What a handler knows of its call besides the request. The call's cancellation is that of the coroutine.
struct CallContext {
  Caller caller;  // `caller.project` is filled in from the request
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

// Takes the messages of a stream in turn.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  // Returns when there is room for the next one. An error ends the stream.
  virtual boost::asio::awaitable<Status> Write(const google::protobuf::Message& message) = 0;
};

struct Method {
  std::string path;     // "/assay.v1.GateService/CheckGate", as both transports spell it
  bool writes = false;  // changes state: refused while the daemon stops
  std::function<std::unique_ptr<google::protobuf::Message>()> make_request;
  std::function<std::unique_ptr<google::protobuf::Message>()> make_response;  // of a stream: one of its messages

  // One of the two is set. Arguments live until the awaitable has ended. Exceptions pass: CallTask catches them.
  std::function<boost::asio::awaitable<Status>(CallContext, const google::protobuf::Message& request,
                                               google::protobuf::Message& response)>
      unary;
  std::function<boost::asio::awaitable<Status>(CallContext, const google::protobuf::Message& request, MessageSink&)>
      stream;

  bool streams() const { return stream != nullptr; }
};

// Immutable once built; thread-safe then.
class MethodTable {
 public:
  void Add(Method method);
  // Null pointer for an unknown path.
  const Method* Find(std::string_view path) const;
  const std::map<std::string, Method, std::less<>>& methods() const { return methods_; }

 private:
  std::map<std::string, Method, std::less<>> methods_;
};

class DatasetOperations;        // daemon/reviews/datasets.h
class ReplayOperations;         // daemon/verdict_replay.h
class ReviewArtefacts;          // daemon/reviews/artefacts.h
class ReviewGovernance;         // daemon/reviews/review_operations.h
class ReviewInterchange;        // daemon/reviews/review_interchange.h
class ReviewOperations;         // daemon/reviews/review_operations.h
class ReviewProgramOperations;  // daemon/reviews/program.h

// The daemon's side of the API; all outlive the table.
struct Services {
  CatalogQueries& catalog;
  ModelRegistry& models;
  RunOperations& runs;
  EndpointQueries& endpoints;
  GateOperations& gates;
  ScheduleQueries& schedules;
  WaiverOperations& waivers;
  ReleaseOperations& releases;
  ReplayOperations& replays;
  ReviewOperations& reviews;
  ReviewGovernance& review_governance;
  ReviewInterchange& review_interchange;
  ReviewProgramOperations& review_program;
  ReviewArtefacts& review_artefacts;
  DatasetOperations& datasets;
};

// The table of all services of assay.v1.
MethodTable MakeMethodTable(const Services& services);

}  // namespace assay
