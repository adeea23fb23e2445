// ttft: the time to the first token, in milliseconds.

#include <utility>

#include "core/clock.h"
#include "runners/graders/frame/kind.h"

namespace assay {
namespace {

struct TtftOptions {
  static const FieldTable<TtftOptions>& Fields();
};

const FieldTable<TtftOptions>& TtftOptions::Fields() {
  static const auto table = FieldTable<TtftOptions>();
  return table;
}

class Ttft final : public Grader {
 public:
  Score Grade(const Case&, const Response& response) const override {
    if (response.is_cached) return Score::Unscored("the response is from the cache");
    if (!response.first_token) return Score::Unscored("the endpoint did not stream the answer");
    const double milliseconds = static_cast<double>(response.first_token->count()) / 1000;
    return Score::Measured(milliseconds, "first token after " + FormatDuration(*response.first_token));
  }
  std::vector<std::string> RequiredFields() const override { return {}; }
};

std::unique_ptr<Grader> MakeTtft(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  TtftOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<Ttft>();
}

}  // namespace

GraderKind TtftGrader() {
  return {.version = 1,
          .help = "how long the first token took, in milliseconds",
          .fields = &TtftOptions::Fields(),
          .make = &MakeTtft,
          .judges_text = false,
          .value = GraderValue::kErrorRate};
}

}  // namespace assay
