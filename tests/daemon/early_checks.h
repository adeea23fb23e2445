#pragma once
// A suite of 1,000 cases and gates that need not ask them all.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "daemon/builtin_kinds.h"
#include "daemon/verdict_replay.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay::testing {

inline constexpr int kEarlyCases = 1000;  // looks at 32, 63, 125, 250, 500 and 1000

inline constexpr char kEarlyGates[] = R"(kind: Gate
name: floor
suites: [u]
stop: early
rules: [{name: floor, grader: answer, at_least: 0.8}]
---
kind: Gate
name: near
suites: [u]
stop: early
rules: [{name: floor, grader: answer, at_least: 0.9}]
---
kind: Gate
name: whole
suites: [u]
rules: [{name: floor, grader: answer, at_least: 0.8}]
---
kind: Gate
name: every-case
suites: [u]
stop: early
rules: [{name: each, grader: answer, per_case_floor: {at_least: 1, share: 0.5}}]
---
kind: Gate
name: by-kind
suites: [u]
stop: early
rules: [{name: floor, grader: answer, at_least: 0.3, by: kind}]
---
kind: Gate
name: some
suites: [u]
max_n: 100
rules: [{name: floor, grader: answer, at_least: 0.8}]
---
kind: Gate
name: pair
suites: [u]
stop: early
baseline: {model: m, version: "1"}
rules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.1}}]
---
kind: Gate
name: beside
suites: [u]
interleave: true
baseline: {model: quick, version: "1"}
rules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.1}}]
---
kind: Gate
name: beside-early
suites: [u]
stop: early
interleave: true
baseline: {model: quick, version: "1"}
rules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.1}}]
---
kind: Gate
name: beside-soft
suites: [u]
stop: early
interleave: true
baseline: {model: quick, version: "1"}
rules: [{name: floor, grader: answer, at_least: 0.05}]
)";

class EarlyChecks : public ::testing::Test {
 protected:
  void SetUp() override {
    WriteWorkCatalog(files_, stub_.url());
    std::string cases;
    for (int i = 0; i < kEarlyCases; ++i) {
      const std::string number = std::to_string(1000 + i);
      cases += "{\"id\":\"c" + number + "\",\"question\":\"q" + number + (i % 2 == 0 ? " even" : " odd") +
               "\",\"kind\":\"" + (i == rare_ ? "rare" : "usual") + "\"}\n";
    }
    files_.Write("catalog/many.jsonl", cases);
    files_.Write("catalog/u.yaml",
                 "kind: Suite\nname: u\ndataset: [{file: many.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "slices: [kind]\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n---\n" +
                     std::string(kEarlyGates));
    for (const std::string version : {"1", "2"}) {
      files_.Write("catalog/model" + version + ".yaml",
                   "kind: Model\nname: m\nversion: \"" + version + "\"\nendpoint: {provider: openai-chat, model: m" +
                       version + ", attempts: 1, url: \"" + stub_.url() + "/v1\", limits: {concurrency: 4}}\n");
    }
    files_.Write("catalog/model.yaml",
                 "kind: Model\nname: quick\nversion: \"1\"\nendpoint: {provider: openai-chat, model: quick, attempts: "
                 "1, url: \"" +
                     stub_.url() + "/v1\"}\n");
    files_.Write(
        "catalog/other.yaml",
        "kind: Model\nname: other\nversion: \"1\"\nendpoint: {provider: openai-chat, model: quick-too, attempts: "
        "1, url: \"" +
            stub_.url() + "/v1\"}\n");
    work_ = std::make_unique<DaemonWork>(files_);
  }

  CheckStatus Decided(const std::string& gate, const std::string& candidate = "m@2") {
    return work_->Decided(work_->Check(gate, candidate).check.id);
  }

  // No more answers than these until AnswerAll: a run that goes on waits, so that however slow the machine is, a look
  // that settles it comes before its end.
  void AnswerOnly(int more) { most_answers_ = stub_.requests() + more; }
  void AnswerAll() { most_answers_ = std::numeric_limits<int>::max(); }

  // The check that answers a caller who gives no id of his own.
  std::string AskedAgain(const std::string& gate, const std::string& candidate) {
    const auto check = work_->Wait(
        work_->checks.CheckGate(work_->caller, {.gate = gate, .candidate = candidate, .baseline = {}, .request = {}}));
    return check ? check->check.id : check.error().message;
  }

  StubReply Answer(const StubRequest& request, int index) const {
    if (index >= most_answers_) return {.fault = StubReply::Fault::kNever};
    const bool is_spared = spared_ != nullptr && request.body.find(spared_) != std::string::npos;
    const auto has = [&](const char* text) { return text != nullptr && request.body.find(text) != std::string::npos; };
    const bool is_of_drifted = std::ranges::any_of(
        drifted_cases_, [&](const std::string& text) { return request.body.find(text) != std::string::npos; });
    const bool has_drifted = is_spared && (has(drifted_) || has(also_drifted_) || is_of_drifted);
    const bool is_wrong =
        has_drifted || (wrong_ != nullptr && !is_spared && request.body.find(wrong_) != std::string::npos);
    if (broken_ != nullptr && request.body.find(broken_) != std::string::npos) return {.status = 400, .body = "no"};
    StubReply reply = ChatAnswer(is_wrong ? "no" : "yes");
    if (request.body.find("quick") == std::string::npos) reply.delay = std::chrono::milliseconds(4);
    return reply;
  }

  VerdictReplay Replay(const CheckStatus& check) {
    const auto record = work_->store->GetVerdict("default", check.check.verdict_id);
    EXPECT_TRUE(record);
    const auto replay = ReplayStoredVerdict(*work_->store, BuiltinKinds(), *record, {});
    EXPECT_TRUE(replay);
    return replay.value_or(VerdictReplay{.verdict = {}, .differing = -1});
  }

  void ExpectReplays(const CheckStatus& check) {
    const VerdictReplay replay = Replay(check);
    EXPECT_EQ(replay.differing, 0) << (replay.differences.empty() ? "" : replay.differences[0].path);
    EXPECT_TRUE(replay.missing.empty());
  }

  int rare_ = -1;
  const char* wrong_ = nullptr;    // questions with this text
  const char* broken_ = nullptr;   // likewise: these are refused
  const char* spared_ = nullptr;   // but for models with this in their requests
  const char* drifted_ = nullptr;  // which answer questions with this text wrongly
  const char* also_drifted_ = nullptr;
  std::vector<std::string> drifted_cases_;  // likewise; set while nothing is asked
  std::atomic<int> most_answers_ = std::numeric_limits<int>::max();
  TemporaryFolder files_;
  HttpStub stub_{[this](const StubRequest& request, int index) { return Answer(request, index); }};
  std::unique_ptr<DaemonWork> work_;
};

}  // namespace assay::testing
