#pragma once
// Which calls a plug-in on the other side of a network gets: so many at once, and none for a while when it does not
// answer, so that a dead one does not cost every trial its timeout. Only for files of this folder.

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "core/result.h"
#include "runners/deadline.h"

namespace assay {

class Wakeup;  // runners/wakeup.h

// Thread-safe. Always held by a shared_ptr.
class PluginCalls : public std::enable_shared_from_this<PluginCalls> {
 public:
  struct Terms {
    int concurrency = 1;
    // Whether the plug-in says by itself if it is well: the first call asks it, and the next one after a failure.
    bool checks_first = false;
    int failures = 3;                               // so many one after the other hold it off
    Duration first_wait = std::chrono::seconds(1);  // doubled while it does not recover
    Duration longest_wait = std::chrono::seconds(30);
  };
  explicit PluginCalls(Terms terms);

  // A call that may be made. Told what became of it, once; one that is told nothing (it was cut off) counts for
  // nothing.
  class Call {
   public:
    Call(Call&& other) noexcept = default;
    Call& operator=(Call&&) = delete;
    ~Call();
    // Whether to ask first if the plug-in is well; Checked() when it is, Failed() when not.
    bool must_check() const { return is_probe_ && calls_->terms_.checks_first; }
    void Checked();
    void Answered();
    // `why` stands in the reasons of those that are held off.
    void Failed(const std::string& why);

   private:
    friend class PluginCalls;
    Call(std::shared_ptr<PluginCalls> calls, bool is_probe, std::uint64_t opening)
        : calls_(std::move(calls)), is_probe_(is_probe), opening_(opening) {}
    std::shared_ptr<PluginCalls> calls_;
    bool is_probe_;
    std::uint64_t opening_;
  };

  // Waits for a place. kUnavailable, with the reason, while the plug-in is held off; kCancelled; kDeadlineExceeded.
  boost::asio::awaitable<Result<Call>> Begin(Deadline deadline);

 private:
  enum class State {
    kOpen,
    kUnchecked,  // one call finds out, the others wait for it
    kHeld,       // until `held_until_`; then one call finds out, and the others do not wait
  };

  struct Waiting;

  // Under the mutex.
  bool IsHeld() const;
  bool MayGo(const std::shared_ptr<Wakeup>& waiting) const;
  Call Go();
  void WakeNext();
  void WakeAll();
  void Open();
  void Hold();

  const Terms terms_;
  std::mutex mutex_;
  State state_;
  int in_flight_ = 0;
  bool is_probing_ = false;
  int failures_ = 0;
  std::uint64_t opening_ = 0;  // a failure of a call from before the last one says nothing of what is there now
  Duration wait_;
  Duration held_for_{0};
  Deadline held_until_;
  std::string why_;
  std::deque<std::shared_ptr<Wakeup>> waiting_;
};

}  // namespace assay
