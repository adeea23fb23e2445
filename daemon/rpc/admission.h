#pragma once
// Which calls may begin: bounds how many are under way over all transports, and turns away what would not finish when
// the daemon stops.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "core/result.h"
#include "daemon/rpc/method_table.h"

namespace assay {

// Thread-safe. Outlives its tickets.
class Admission {
 public:
  struct Limits {
    int calls = 1024;   // unary calls under way
    int streams = 256;  // streams under way
  };

  explicit Admission(Limits limits) : limits_(limits) {}
  ~Admission() = default;
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Held while a call is under way.
  class Ticket {
   public:
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    friend class Admission;
    Ticket(Admission& admission, std::uint64_t id, bool stream) : admission_(admission), id_(id), stream_(stream) {}
    Admission& admission_;
    const std::uint64_t id_;
    const bool stream_;
  };

  // kResourceExhausted over a limit; kUnavailable for streams and for methods that write once draining has begun.
  // `end_stream` is called, for streams only and at most once, when draining begins while the ticket is held: on the
  // drainer's thread, so it must only post, and must not touch this object.
  Result<std::unique_ptr<Ticket>> Admit(const Method& method, std::function<void()> end_stream);

  // Ends the streams and refuses new work from now on. Idempotent.
  void BeginDrain();
  bool draining() const;
  // Calls and streams under way.
  int active() const;

 private:
  const Limits limits_;
  mutable std::mutex mutex_;
  bool draining_ = false;
  std::uint64_t next_id_ = 0;
  int calls_ = 0;
  std::map<std::uint64_t, std::function<void()>> streams_;
};

// What a stream that was ended by BeginDrain gives its client, and what a refused call gets.
Error StoppingError();

}  // namespace assay
