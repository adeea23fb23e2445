#pragma once
// One question to a program and its answer: a line to its standard input, a line from its standard output. Only for
// files of this folder.

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "runners/deadline.h"
#include "runners/graders/plugin_failure.h"
#include "runners/graders/plugins/child_process.h"

namespace assay {

// How an exchange ended. After anything but an answer the program is out of step, and must be ended.
struct Exchanged {
  enum class End { kAnswered, kCancelled, kFailed };
  End end = End::kFailed;
  std::string answer = {};  // the line
  PluginFailure failure = PluginFailure::kCrashed;
  std::string why = {};  // with kFailed, about the program: "ended with status 3"
};

// Writes `question` and a line feed, and returns with the line that comes; by the deadline, or when the coroutine is
// cancelled, without. `is_new`: the program was not asked before, and may still be starting. Never throws. The
// coroutine's executor runs in one thread, as loops do. The program is not ended.
boost::asio::awaitable<Exchanged> Exchange(std::shared_ptr<ChildProcess> program, std::string question, bool is_new,
                                           Deadline deadline);

}  // namespace assay
