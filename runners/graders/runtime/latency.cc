// latency: the response came in time.

#include <utility>

#include "core/clock.h"
#include "runners/graders/frame/kind.h"

namespace assay {
namespace {

struct LatencyOptions {
  Duration max{};
  static const FieldTable<LatencyOptions>& Fields();
};

const FieldTable<LatencyOptions>& LatencyOptions::Fields() {
  static const auto table =
      FieldTable<LatencyOptions>().Required("max", &LatencyOptions::max, "the longest time that passes", {.above = 0});
  return table;
}

class Latency final : public Grader {
 public:
  explicit Latency(Duration max) : max_(max) {}

  Score Grade(const Case&, const Response& response) const override {
    if (response.is_cached) return Score::Unscored("the response is from the cache");
    if (response.latency <= Duration::zero()) return Score::Unscored("the latency was not measured");
    const std::string took = "took " + FormatDuration(response.latency);
    if (response.latency <= max_) return Score::Pass(took);
    return Score::Failing(took + ", at most " + FormatDuration(max_) + " was allowed");
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  Duration max_;
};

std::unique_ptr<Grader> MakeLatency(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  LatencyOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<Latency>(options.max);
}

}  // namespace

GraderKind LatencyGrader() {
  return {1, "the response came within a time", &LatencyOptions::Fields(), &MakeLatency, /*judges_text=*/false};
}

}  // namespace assay
