// agent_loop: how far an agent gets on, rather than doing or saying the same again. 1: no loop; 0: nothing else.

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/text_similarity.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

enum class LoopPart { kRepetition, kStagnation, kCycle };

struct AgentLoopOptions : CallOptions {
  std::vector<LoopPart> parts;
  int repetitions = 3;
  double similarity = 0.85;
  static const FieldTable<AgentLoopOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<LoopPart> {
  static constexpr EnumWord<LoopPart> kWords[] = {
      {"repetition", LoopPart::kRepetition, "the same call again and again"},
      {"stagnation", LoopPart::kStagnation, "the same words in answers that follow each other"},
      {"cycle", LoopPart::kCycle, "the same few calls round and round"}};
};

namespace {

const FieldTable<AgentLoopOptions>& AgentLoopOptions::Fields() {
  using Options = AgentLoopOptions;
  static const auto table = [] {
    FieldTable<Options> fields;
    fields.Optional("parts", &Options::parts, "what is looked at; everything unless given",
                    {.min_size = 1, .unique = true});
    fields.Optional(
        "repetitions", &Options::repetitions,
        "how many equal calls, or rounds of a cycle, are too many; twice as many equal calls are a loop for sure",
        {.min = 2, .max = 500});
    fields.Optional("similarity", &Options::similarity, "from where on answers say the same", {.max = 1, .above = 0});
    AddCallFields(fields);
    return fields;
  }();
  return table;
}

struct Part {
  double score = 1;
  std::string reason = {};
};

// A number for each call, the same for equal ones.
std::vector<std::size_t> Numbered(const std::vector<MadeCall>& calls) {
  std::map<std::string, std::size_t> numbers;
  std::vector<std::size_t> out;
  for (const MadeCall& call : calls) {
    std::string text = call.name + "\n" + (call.unread.empty() ? EqualText(call.arguments) : "?" + call.unread);
    out.push_back(numbers.emplace(std::move(text), numbers.size()).first->second);
  }
  return out;
}

Part Repetition(const std::vector<MadeCall>& calls, const std::vector<std::size_t>& numbers, std::size_t limit) {
  std::vector<std::size_t> counts(calls.size(), 0);
  std::size_t most = 0;
  std::size_t most_index = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t count = ++counts[numbers[i]];
    if (count <= most) continue;
    most = count;
    most_index = i;
  }
  if (most < limit) return {};
  return {most >= 2 * limit ? 0 : 0.5, Shown(calls[most_index]) + " called " + std::to_string(most) + " times"};
}

// Two calls or more that come again directly after themselves, `limit` times in all.
Part Cycle(const std::vector<MadeCall>& calls, const std::vector<std::size_t>& numbers, std::size_t limit) {
  for (std::size_t period = 2; period * limit <= numbers.size(); ++period) {
    std::size_t same = 0;  // how many calls before this one are each the one a period later
    for (std::size_t i = 0; i + period < numbers.size(); ++i) {
      same = numbers[i] == numbers[i + period] ? same + 1 : 0;
      if (same < period * (limit - 1)) continue;
      const auto end = numbers.begin() + static_cast<std::ptrdiff_t>(i + period) + 1;
      const auto begin = end - static_cast<std::ptrdiff_t>(period);
      if (std::all_of(begin, end, [&](std::size_t number) { return number == *begin; })) continue;  // a repetition
      const auto first = calls.begin() + (begin - numbers.begin());
      return {0, "the calls " + NamesOf({first, first + static_cast<std::ptrdiff_t>(period)}) + " go round and round"};
    }
  }
  return {};
}

class Stagnation {
 public:
  explicit Stagnation(double similarity) : similarity_(similarity) {}

  Part Of(const Response& response, CallScope scope) const {
    std::vector<std::vector<std::string>> answers;
    if (scope == CallScope::kRun) {
      for (const Message& message : response.transcript) {
        if (message.role == Role::kAssistant) answers.push_back(TellingWords(message.content));
      }
    }
    answers.push_back(TellingWords(response.text));
    std::size_t budget = 20'000'000;
    double most = 0;
    std::size_t place = 0;
    for (std::size_t i = 1; i < answers.size(); ++i) {
      const double alike = Similarity(answers[i - 1], answers[i], budget);
      if (alike <= most) continue;
      most = alike;
      place = i;
    }
    if (most < similarity_) return {};
    constexpr double kIdentical = 0.95;
    return {most > kIdentical ? 0 : 0.5,
            "answers " + std::to_string(place) + " and " + std::to_string(place + 1) + " say the same"};
  }

 private:
  static double Similarity(const std::vector<std::string>& a, const std::vector<std::string>& b, std::size_t& budget) {
    constexpr std::size_t kFewest = 20;     // words: fewer say little by being alike
    constexpr std::size_t kLongest = 4000;  // bytes of which the order is compared
    if (a.size() < kFewest || b.size() < kFewest) return 0;
    if (a == b) return 1;
    const auto joined = [](const std::vector<std::string>& words) {
      std::string text;
      for (const std::string& word : words) {
        if (text.size() + word.size() > kLongest) break;
        text += (text.empty() ? "" : " ") + word;
      }
      return text;
    };
    return std::max(SharedPairs(a, b), MatchingBlocks(joined(a), joined(b), budget).value_or(0));
  }

  double similarity_;
};

class AgentLoop final : public Grader {
 public:
  explicit AgentLoop(AgentLoopOptions options) : options_(std::move(options)) {}

  Score Grade(const Case&, const Response& response) const override {
    const CallList made = ReadCalls(response, options_);
    if (made.IsSilent()) return Score::Measured(0, "the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    const std::vector<std::size_t> numbers = Numbered(made.calls);
    const auto limit = static_cast<std::size_t>(options_.repetitions);
    double sum = 0;
    double weights = 0;
    std::string reason;
    const auto add = [&](LoopPart part, double weight, const auto& look) {
      if (!options_.parts.empty() && std::ranges::find(options_.parts, part) == options_.parts.end()) return;
      const Part found = look();
      sum += weight * found.score;
      weights += weight;
      if (!found.reason.empty()) reason += (reason.empty() ? "" : "; ") + found.reason;
    };
    add(LoopPart::kRepetition, 0.40, [&] { return Repetition(made.calls, numbers, limit); });
    add(LoopPart::kStagnation, 0.35, [&] { return Stagnation(options_.similarity).Of(response, options_.of); });
    add(LoopPart::kCycle, 0.25, [&] { return Cycle(made.calls, numbers, limit); });
    return Score::Measured(std::clamp(sum / weights, 0.0, 1.0), reason.empty() ? "no loop" : reason);
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  AgentLoopOptions options_;
};

std::unique_ptr<Grader> MakeAgentLoop(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  AgentLoopOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<AgentLoop>(std::move(options));
}

}  // namespace

GraderKind AgentLoopGrader() {
  return {1,
          "how far an agent does not run in circles",
          &AgentLoopOptions::Fields(),
          &MakeAgentLoop,
          /*judges_text=*/true,
          GraderValue::kShare,
          /*judges_calls=*/true};
}

}  // namespace assay
