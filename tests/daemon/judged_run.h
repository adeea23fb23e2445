#pragma once
// Runs of two cases whose grader asks another model.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay::testing {

// The judge passes answers to questions that begin with "q" only.
inline std::string VerdictOn(const StubRequest& request) {
  const std::size_t mark = request.body.find("<<<");
  const std::string token = request.body.substr(mark + 3, 16);
  const bool is_of_q = request.body.find("about q") != std::string::npos ||
                       request.body.find("conversation, message 1: user\\nq\\n" + token) != std::string::npos;
  return "VERDICT " + token + ": " + (is_of_q ? "PASS" : "FAIL");
}

class JudgedRun : public ::testing::Test {
 protected:
  // Of the suite: a blocking rule on a judge needs sentinels, which ask it more than many tests want.
  static constexpr std::string_view kWait = "{name: wait, source: latency_ms, aggregate: p50}";

  // `more_of_suite` with `metrics:` has kWait among them.
  void Serve(const std::string& more_of_graders = "", const std::string& more_of_suite = "") {
    WriteWorkCatalog(files_, candidate_.url());
    files_.Write(
        "catalog/judged.yaml",
        "kind: Suite\nname: judged\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n" +
            more_of_suite + (more_of_suite.contains("metrics:") ? "" : "metrics: [" + std::string(kWait) + "]\n") +
            "graders:\n"
            "  - {name: good, type: judge, endpoint: judge, criteria: \"It is about {{question}}.\"" +
            judge_options_ + "}\n" + more_of_graders);
    files_.Write("catalog/judged_gate.yaml",
                 "kind: Gate\nname: judged\nsuites: [judged]\nrules: [{name: wait, metric: wait, at_most: 1000000}, "
                 "{name: good, grader: good, at_least: 0.01, role: advisory}]\n");
    files_.Write(
        "catalog/cases.jsonl",
        "{\"id\":\"a\",\"question\":\"q\",\"reference\":\"\"}\n{\"id\":\"b\",\"question\":\"r\",\"reference\":\"\"}\n");
    WriteJudge("1");
    if (!model_prices_.empty()) {
      files_.Write(
          "catalog/model.yaml",
          "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, url: \"" +
              candidate_.url() + "/v1\"}\nusd_per_million_tokens: " + model_prices_ + "\n");
    }
    work_ = std::make_unique<DaemonWork>(files_);
  }
  void WriteJudge(const std::string& version) {
    files_.Write("catalog/judge.yaml",
                 "kind: Model\nname: judge\nversion: \"" + version +
                     "\"\nendpoint: {provider: openai-chat, model: j, attempts: 1, outage: 1s, url: \"" + judge_.url() +
                     "/v1\"}\nusd_per_million_tokens: {input: 0, output: 1000000}\n");
  }
  CheckStatus Decided() { return work_->Decided(work_->Check("judged", "m@1").check.id); }
  std::vector<StoredTrial> Trials(const RunRecord& run) {
    return work_->store->ReadTrials(run.key, {}, {.token = "", .limit = 100})->items;
  }

  std::atomic<bool> is_down_ = false;
  std::string is_down_for_ = "nobody";      // set while nothing runs
  std::string passes_instead_ = "nothing";  // likewise: of what the judge is asked about, with a 1 behind it
  std::atomic<bool> reports_usage_ = true;
  TemporaryFolder files_;
  // Set while nothing runs, or before Serve.
  std::string judge_options_ = "";  // ", votes: 3"
  std::string model_prices_ = "";   // "{input: 0, output: 1}"
  std::chrono::milliseconds candidate_delay_{0};
  std::chrono::milliseconds judge_delay_{0};
  std::atomic<bool> is_silent_ = false;      // the judge takes requests and never answers
  std::atomic<bool> is_half_blank_ = false;  // every other answer of the candidate
  HttpStub candidate_{[this](const StubRequest&, int request) {
    StubReply reply = ChatAnswer(is_half_blank_ && request % 2 == 0 ? " " : "yes");
    reply.delay = candidate_delay_;
    return reply;
  }};
  // What its endpoint says who answered its n-th request, from 0; empty: it does not say.
  std::function<std::string(int request)> answered_by_ = {};
  int lenient_from_ = std::numeric_limits<int>::max();  // from its n-th request on the judge passes everything
  std::mutex asked_mutex_;
  std::vector<std::string> asked_;  // the bodies of what the judge was asked
  HttpStub judge_{[this](const StubRequest& request, int) {
    int number = 0;
    {
      const std::lock_guard lock(asked_mutex_);
      number = static_cast<int>(asked_.size());
      asked_.push_back(request.body);
    }
    if (is_down_ || request.body.find(is_down_for_) != std::string::npos)
      return StubReply{.status = 500, .body = "down"};
    std::string verdict = VerdictOn(request);
    // Those numbered 1, 10 to 19: of twenty, eleven.
    if (request.body.find(passes_instead_ + "1") != std::string::npos) verdict.replace(verdict.size() - 4, 4, "PASS");
    if (number >= lenient_from_) verdict.replace(verdict.size() - 4, 4, "PASS");
    StubReply reply = ChatAnswer(verdict);
    reply.delay = judge_delay_;
    if (is_silent_) reply.fault = StubReply::Fault::kNever;
    if (answered_by_) reply.body.replace(0, 1, "{\"model\":\"" + answered_by_(number) + "\",");
    if (!reports_usage_) reply.body.replace(reply.body.find("\"usage\""), 7, "\"uses\"");
    return reply;
  }};
  std::unique_ptr<DaemonWork> work_;
};

}  // namespace assay::testing
