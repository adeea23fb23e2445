// Plays people who claim and judge items of one queue at once, each an item in about a second, and says how long assayd
// took and whether it ever gave a place twice.
//
//   review_load --server HOST:PORT --queue QUEUE --people N --tokens PREFIX [--overlap 2] [--pace 1.0] [--seconds 30]
//               [--channels 8]
//
// The token of person I is PREFIX-I. Prints one JSON line. Exit code 1 when a call failed, a token or a person came
// twice to an item, or more people had it than are wanted.

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "assay/v1/review.grpc.pb.h"

namespace {

using std::chrono::steady_clock;

struct Load {
  std::string server;
  std::string queue;
  std::string tokens;
  int people = 200;
  int overlap = 2;  // people that the queue wants for each item; who labels is not told
  int channels = 8;
  double pace = 1;
  double seconds = 30;
};

struct Places {
  std::set<std::int64_t> tokens;
  std::set<int> people;
};

struct Seen {
  std::mutex mutex;
  std::vector<double> claims;   // milliseconds
  std::vector<double> submits;  // likewise
  std::map<std::string, Places> items;
  int failed = 0;
  int nothing = 0;  // claims that were given no item
  int twice = 0;
};

class Person {
 public:
  Person(const Load& load, int number, const std::shared_ptr<grpc::Channel>& channel, Seen& seen)
      : load_(load), number_(number), stub_(assay::v1::ReviewService::NewStub(channel)), seen_(seen) {}

  void Work(steady_clock::time_point start) {
    const auto pace = std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(load_.pace));
    const auto end =
        start + std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(load_.seconds));
    // Evenly over the first round, as people who did not begin at the same moment.
    for (auto due = start + pace * number_ / load_.people; due < end; due += pace) {
      WaitUntil(due);
      assay::v1::ReviewItemView item;
      if (!Claim(item)) continue;
      WaitUntil(due + pace / 2);
      Submit(item);
    }
  }

 private:
  void WaitUntil(steady_clock::time_point time) {
    std::unique_lock held(alone_);
    never_.wait_until(held, time, [] { return false; });
  }

  void Prepare(grpc::ClientContext& context) const {
    context.AddMetadata("authorization", "Bearer " + load_.tokens + "-" + std::to_string(number_));
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  }

  // Whether there is one.
  bool Claim(assay::v1::ReviewItemView& item) {
    assay::v1::ClaimItemRequest request;
    request.set_queue(load_.queue);
    request.set_role(assay::v1::LeaseRole::LABEL);
    assay::v1::ClaimItemResponse response;
    grpc::ClientContext context;
    Prepare(context);
    const auto began = steady_clock::now();
    const grpc::Status status = stub_->ClaimItem(&context, request, &response);
    const auto took = steady_clock::now() - began;
    const std::lock_guard lock(seen_.mutex);
    if (!IsDone(status)) return false;
    seen_.claims.push_back(Milliseconds(took));
    if (!response.has_view()) {
      ++seen_.nothing;
      return false;
    }
    item = std::move(*response.mutable_view());
    Places& places = seen_.items[item.item().id()];
    const bool is_new = places.tokens.insert(item.lease().token()).second && places.people.insert(number_).second;
    const bool has_room = static_cast<int>(places.people.size()) <= load_.overlap;
    seen_.twice += is_new && has_room ? 0 : 1;
    return true;
  }

  void Submit(const assay::v1::ReviewItemView& item) {
    assay::v1::SubmitJudgementRequest request;
    request.set_item(item.item().id());
    request.set_token(item.lease().token());
    request.set_key("k" + std::to_string(number_) + "-" + std::to_string(++keys_));
    auto& content = *request.mutable_content();
    content.mutable_active()->set_seconds(1);
    auto& answer = *content.mutable_opinion()->mutable_criteria()->add_criteria();
    answer.set_criterion("quality");
    answer.set_score(1 + (number_ + keys_) % 5);
    assay::v1::SubmitJudgementResponse response;
    grpc::ClientContext context;
    Prepare(context);
    const auto began = steady_clock::now();
    const grpc::Status status = stub_->SubmitJudgement(&context, request, &response);
    const auto took = steady_clock::now() - began;
    const std::lock_guard lock(seen_.mutex);
    if (IsDone(status)) seen_.submits.push_back(Milliseconds(took));
  }

  // Under the lock of what is seen.
  bool IsDone(const grpc::Status& status) {
    if (status.ok()) return true;
    if (++seen_.failed <= 5) std::fprintf(stderr, "review_load: %s\n", status.error_message().c_str());
    return false;
  }
  static double Milliseconds(steady_clock::duration took) {
    return std::chrono::duration<double, std::milli>(took).count();
  }

  const Load& load_;
  const int number_;
  const std::unique_ptr<assay::v1::ReviewService::Stub> stub_;
  Seen& seen_;
  int keys_ = 0;
  std::mutex alone_;
  std::condition_variable never_;
};

double Quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void Print(Seen& seen, double seconds) {
  std::printf(
      "{\"claims\": %zu, \"submits\": %zu, \"claims_per_second\": %.1f, \"claim_median_ms\": %.2f, \"claim_p99_ms\": "
      "%.2f, \"submit_median_ms\": %.2f, \"submit_p99_ms\": %.2f, \"items\": %zu, \"nothing\": %d, \"failed\": %d, "
      "\"twice\": %d}\n",
      seen.claims.size(), seen.submits.size(), static_cast<double>(seen.claims.size()) / seconds,
      Quantile(seen.claims, 0.5), Quantile(seen.claims, 0.99), Quantile(seen.submits, 0.5),
      Quantile(seen.submits, 0.99), seen.items.size(), seen.nothing, seen.failed, seen.twice);
}

}  // namespace

int main(int argc, char** argv) {
  Load load;
  CLI::App app("People who claim and judge at once");
  app.add_option("--server", load.server)->required();
  app.add_option("--queue", load.queue)->required();
  app.add_option("--tokens", load.tokens)->required();
  app.add_option("--people", load.people)->check(CLI::Range(1, 2000));
  app.add_option("--overlap", load.overlap, "people that the queue wants for each item")->check(CLI::Range(1, 20));
  app.add_option("--channels", load.channels)->check(CLI::Range(1, 64));
  app.add_option("--pace", load.pace, "seconds an item")->check(CLI::Range(0.01, 60.0));
  app.add_option("--seconds", load.seconds)->check(CLI::Range(1.0, 600.0));
  CLI11_PARSE(app, argc, argv);
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < load.channels; ++i) {
    grpc::ChannelArguments own;
    own.SetInt("review_load.channel", i);  // equal arguments would share one connection
    channels.push_back(grpc::CreateCustomChannel(load.server, grpc::InsecureChannelCredentials(), own));
    channels.back()->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10));
  }
  Seen seen;
  const auto start = steady_clock::now() + std::chrono::milliseconds(200);
  {
    std::vector<std::jthread> people;
    for (int i = 0; i < load.people; ++i) {
      const auto& channel = channels[static_cast<std::size_t>(i % load.channels)];
      people.emplace_back([&load, i, &channel, &seen, start] { Person(load, i, channel, seen).Work(start); });
    }
  }
  Print(seen, std::chrono::duration<double>(steady_clock::now() - start).count());
  return seen.failed == 0 && seen.twice == 0 ? 0 : 1;
}
