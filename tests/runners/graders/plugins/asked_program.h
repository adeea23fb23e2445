#pragma once
// An `exec` grader of a program of this folder, asked as a run asks it.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/json.h"
#include "runners/graders/waiting_grader.h"
#include "tests/runners/graders/make_grader.h"

namespace assay {

inline std::filesystem::path TestPrograms() {
  return std::filesystem::path(ASSAY_SOURCE_DIR) / "tests/runners/graders/plugins/programs";
}

class AskedProgram {
 public:
  // `behaviour` is a function of behave.py; `options` are more options, ", timeout: 1s".
  explicit AskedProgram(const std::string& behaviour, const std::string& options = "", const std::string& frame = "{}")
      : AskedProgram(Folder{TestPrograms()}, "program: behave.py, args: [" + behaviour + "]" + options, frame) {}
  // Of another folder; `options` are all.
  struct Folder {
    std::filesystem::path path;
  };
  AskedProgram(const Folder& programs, const std::string& options, const std::string& frame = "{}") {
    services_.programs = programs.path;
    services_.on_plugin_failure = [this](std::string_view kind, const std::string& grader, PluginFailure failure) {
      EXPECT_EQ(kind, "exec");
      EXPECT_EQ(grader, "g");
      const std::lock_guard lock(mutex_);
      failures_.emplace_back(Name(failure));
    };
    auto made = MakeGrader(SpecOf("exec", "{" + options + "}", false, frame), {}, &services_);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    if (!made) return;
    grader_ = made->waiting;
    version_ = made->version;
  }

  boost::asio::awaitable<Result<GradingOutcome>> Grading(const Response& response, const GradingTerms& terms) {
    return grader_->Grade(item, response, terms);
  }
  Result<GradingOutcome> Outcome(const std::string& text, const GradingTerms& terms) {
    Response response;
    response.text = text;
    boost::asio::io_context io;
    auto grading = boost::asio::co_spawn(io, Grading(response, terms), boost::asio::use_future);
    io.run();
    return grading.get();
  }
  Score Ask(const std::string& text = "good") {
    const auto outcome = Outcome(text, {.deadline = DeadlineIn(std::chrono::minutes(1)), .sender = nullptr});
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message);
    return outcome ? outcome->score : Score();
  }
  // Since the last call.
  std::vector<std::string> Failures() {
    const std::lock_guard lock(mutex_);
    return std::exchange(failures_, {});
  }
  const std::string& version() const { return version_; }
  // It is asked no more: its processes end.
  void End() { grader_.reset(); }

  Case item{0, "case-1", Json::Of({{"question", "why?"}})};

 private:
  GraderServices services_;
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::shared_ptr<const WaitingGrader> grader_;
  std::string version_;
};

}  // namespace assay
