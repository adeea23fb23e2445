#pragma once
// Graders that wait for a model or a plug-in.

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/case.h"
#include "core/response.h"
#include "core/result.h"
#include "core/score.h"
#include "runners/deadline.h"
#include "runners/endpoints/requester.h"
#include "runners/graders/plugin_failure.h"

namespace assay {

class Endpoint;    // runners/endpoints/endpoint.h
class HttpClient;  // runners/http/http_client.h

// What the answers of models cost that graders ask.
struct GradingBill {
  double usd = 0;
  std::int64_t answers_without_cost = 0;  // which came without usage, or of a model without prices
};

// What a grader that waits may use for one trial.
struct GradingTerms {
  Deadline deadline;
  Sender sender;  // on whose behalf models are asked
  // Added to as answers come, so also where the trial ends in an error. May be null.
  GradingBill* bill = nullptr;
  // The messages that a response without transcript is the answer to, images without their data: made of the case by
  // every call, so that nobody holds them while a model is waited for. May be empty: they are not known.
  std::function<Result<std::vector<Message>>()> prompt = {};
  // What the grader keeps of an earlier call that was interrupted: the evidence of that score. "": nothing.
  std::string begun = {};
  // Why nobody may be asked any more. Absent: they may.
  std::optional<Error> interruption = {};

  void Charge(const std::optional<double>& cost_usd) const {
    if (bill == nullptr) return;
    bill->usd += cost_usd.value_or(0);
    if (!cost_usd) ++bill->answers_without_cost;
  }
};

struct GradingOutcome {
  Score score;
  // Why a model that the grader asks did not answer, and whether it is given up on; the score is then an ERROR.
  std::optional<Error> endpoint_error = {};
  bool is_given_up = false;
  // The run stops (kCancelled), or its budget is spent (kAborted): the score is Score::Due, with what was answered
  // before as its evidence, for GradingTerms::begun.
  std::optional<Error> interruption = {};
};

// Immutable, thread-safe; judges, plug-ins, embeddings.
class WaitingGrader {
 public:
  virtual ~WaitingGrader() = default;

  // Never throws, and returns by the deadline. An error is an interruption before anything was answered that is worth
  // keeping: kCancelled, kAborted. `item` and `response` live until the end.
  virtual boost::asio::awaitable<Result<GradingOutcome>> Grade(const Case& item, const Response& response,
                                                               const GradingTerms& terms) const = 0;
  virtual std::vector<std::string> RequiredFields() const = 0;
  // As Grader's.
  virtual bool HasNothingToJudge(const Response&) const { return false; }
  // What its scores depend on beside the kind's version and the options (a prompt of its own): "factuality@2".
  virtual std::string Version() const { return ""; }
  // How many trials it has room for at once, beside those that wait for a model: a run may have as many more.
  virtual int Concurrency() const { return 0; }
};

// What graders need of the program that they are in.
struct GraderServices {
  // The endpoint of a model of the catalog, by its name. May be empty: there are none.
  std::function<Result<std::shared_ptr<Endpoint>>(const std::string& model)> endpoint = {};
  // The folder whose programs `exec` graders may run. Absent: they may run none.
  std::optional<std::filesystem::path> programs = {};
  // On whose loops graders run; outlives them. Null pointer: what is asked by HTTP cannot be asked.
  HttpClient* http = nullptr;
  // Told of the failures of plug-ins, for metrics. May be empty.
  OnPluginFailure on_plugin_failure = {};
};

}  // namespace assay
