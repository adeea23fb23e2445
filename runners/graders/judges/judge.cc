// judge: a model reads the response and says its verdict in a declared form, or nothing is scored.

#include <algorithm>
#include <map>
#include <utility>

#include "core/file.h"
#include "runners/endpoints/endpoint.h"
#include "runners/graders/frame/blank.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/mean.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/judges/asking.h"
#include "runners/graders/judges/prompt_pack.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxPack = 1u << 20;
constexpr std::size_t kMaxReplyKept = 4000;
constexpr std::string_view kVerdicts = "verdicts";  // in the evidence

struct JudgeOptions {
  std::string endpoint;
  std::optional<std::string> pack;
  std::optional<std::string> pack_file;
  std::optional<std::string> criteria;
  std::vector<std::string> steps;
  std::map<std::string, std::string> inputs;
  Sampling sampling{.temperature = 0, .max_tokens = 1024};
  int votes = 1;
  bool weigh_by_logprobs = false;
  Duration timeout = std::chrono::minutes(5);
  static const FieldTable<JudgeOptions>& Fields();
};

void CheckWhatIsAsked(const JudgeOptions& options, const Node& node, Diagnostics& diagnostics) {
  const bool is_own = options.criteria || !options.steps.empty();
  const int given = (options.pack ? 1 : 0) + (options.pack_file ? 1 : 0) + (is_own ? 1 : 0);
  if (given == 1) return;
  const char* const key = options.pack_file ? "pack_file" : "pack";
  diagnostics.Add(given == 0
                      ? node.AtKey("needs one of pack, pack_file, criteria, steps")
                      : node.Find(key)->AtKey("cannot stand beside another of pack, pack_file, criteria, steps"));
}

const FieldTable<JudgeOptions>& JudgeOptions::Fields() {
  static const auto table =
      FieldTable<JudgeOptions>()
          .Required("endpoint", &JudgeOptions::endpoint, "the model that judges: the name of a Model of the catalog",
                    {.form = TextForm::kName})
          .Optional("pack", &JudgeOptions::pack, "a built-in prompt pack", {.form = TextForm::kName})
          .Optional("pack_file", &JudgeOptions::pack_file, "a prompt pack of your own, relative to the suite",
                    {.form = TextForm::kFile})
          .Optional("criteria", &JudgeOptions::criteria,
                    "what a response must be to pass, or with steps what it is marked for, in your own words; a "
                    "template over the case",
                    {.min_size = 1})
          .Optional("steps", &JudgeOptions::steps,
                    "what the judge looks at before it gives a mark from 1 to 5, step by step, as in G-Eval",
                    {.min_size = 1, .max_size = 20})
          .Optional("inputs", &JudgeOptions::inputs,
                    "what the pack's inputs are, templates over the case; by default the fields of their names. With "
                    "criteria or steps: what else the judge is shown, by names of your own",
                    {.max_size = 20})
          .Optional("sampling", &JudgeOptions::sampling,
                    "how the judge is asked to sample; by default temperature 0 and 1024 tokens")
          .Optional("votes", &JudgeOptions::votes,
                    "how often it is asked; more than half must agree, of numbers the mean counts",
                    {.min = 1, .max = 15})
          .Optional("weigh_by_logprobs", &JudgeOptions::weigh_by_logprobs,
                    "the mean of the possible verdicts by their probability, where the endpoint tells these")
          .Optional("timeout", &JudgeOptions::timeout, "for all its verdicts of one response", {.min = 1, .max = 86400})
          .Check(CheckWhatIsAsked, {"pack", "pack_file", "criteria", "steps"});
  return table;
}

constexpr std::string_view kCriteriaPack = R"(pack: criteria
version: 2
about: whether the response meets criteria of the suite's own
inputs: [criteria]
prompt: |
  Judge whether a response meets these criteria.

  {{criteria}}
  {{#material}}

  {{material}}
  {{/material}}

  {{response}}

  The verdict is PASS if the response meets all of the criteria. It is FAIL if it misses any of them, or if you cannot
  tell.
verdict: {pass_fail: true}
)";

Result<PromptPack> PackOf(const JudgeOptions& options, const std::filesystem::path& base_dir) {
  if (options.pack) return FindPack(*options.pack);
  if (!options.steps.empty()) return FindPack("g_eval");
  if (options.criteria) return ReadPack("criteria", std::string(kCriteriaPack));
  ASSAY_ASSIGN(const std::string text, ReadFile(base_dir / *options.pack_file, kMaxPack));
  return ReadPack(*options.pack_file, text);
}

// The texts of one request: each by its template over the case.
struct PackInput {
  std::string name;
  Target text;
  enum class Place { kOwn, kMaterial, kEarlier };  // where the prompt names it, or with others like it
  Place place = Place::kOwn;

  // Words of the suite's author to the judge, which no case has a part in: no material to be judged.
  bool IsInstruction() const { return (name == "criteria" || name == "steps") && text.IsConstant(); }
};

class Judge final : public WaitingGrader {
 public:
  struct Parts {
    std::shared_ptr<Endpoint> endpoint;  // null pointer: only checked
    PromptPack pack;
    TextTemplate prompt;
    std::optional<TextTemplate> system;
    std::vector<PackInput> inputs;
    JudgeOptions options;
  };
  explicit Judge(Parts parts) : parts_(std::move(parts)), shows_conversation_(parts_.pack.Shows("conversation")) {}

  asio::awaitable<Result<GradingOutcome>> Grade(const Case& item, const Response& response,
                                                const GradingTerms& terms) const override {
    const bool is_empty = IsBlank(response.text) && response.tool_calls.empty();
    if (is_empty) co_return GradingOutcome{WithoutAnswer()};
    if (!parts_.endpoint) co_return GradingOutcome{Score::Broken("there is no endpoint to ask")};
    std::vector<AskedVerdict> votes = VerdictsKeptIn(terms.begun, kVerdicts, parts_.pack.form);
    GradingTerms bounded = terms;
    bounded.deadline = std::min(terms.deadline, DeadlineIn(parts_.options.timeout));
    AskedVerdict unfinished;
    if (!votes.empty() && votes.back().interruption) {
      unfinished = std::move(votes.back());
      votes.pop_back();
    }
    while (std::ssize(votes) < parts_.options.votes) {
      auto request = RequestFor(item, response, terms, static_cast<int>(votes.size()));
      if (!request) co_return GradingOutcome{std::move(request).error()};
      auto asking = AskForVerdict(parts_.endpoint, std::move(request->request), parts_.pack.form, request->fence,
                                  bounded, std::exchange(unfinished, {}));
      auto asked = co_await std::move(asking);
      if (asked.interruption) co_return Interrupted(std::move(asked), std::move(votes));
      votes.push_back(std::move(asked));
      if (votes.back().endpoint_error) break;
    }
    co_return Outcome(std::move(votes));
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields;
    for (const PackInput& input : parts_.inputs) {
      for (const std::string& field : input.text.RequiredFields()) fields.push_back(field);
    }
    return fields;
  }

  std::string Version() const override {
    return parts_.pack.spec.pack + "@" + std::to_string(parts_.pack.spec.version);
  }

 private:
  struct Request {
    ModelRequest request;
    Fence fence;
  };

  // What the answer is the answer to, where the pack shows it. An error is the score: half a conversation looks better
  // than it was, or worse.
  std::expected<std::vector<Message>, Score> Before(const Response& response, const GradingTerms& terms) const {
    if (!shows_conversation_) return std::vector<Message>();
    if (!response.transcript.empty()) return response.transcript;
    if (!terms.prompt) return std::unexpected(Score::Broken("what the model was sent is not known"));
    auto prompt = terms.prompt();
    if (!prompt) {
      return std::unexpected(Score::Broken("what the model was sent cannot be told: " + prompt.error().message));
    }
    return *std::move(prompt);
  }

  // An error is the score of a case that lacks an input.
  std::expected<Request, Score> RequestFor(const Case& item, const Response& response, const GradingTerms& terms,
                                           int vote) const {
    const auto before = Before(response, terms);
    if (!before) return std::unexpected(before.error());
    std::string earlier;
    std::vector<std::pair<std::string, std::string>> texts;
    std::vector<std::pair<std::string, std::string>> material;
    std::vector<std::pair<std::string, std::string>> instructions;
    for (const PackInput& input : parts_.inputs) {
      auto text = input.text.For(item);
      if (!text) return std::unexpected(std::move(text).error());
      if (input.place == PackInput::Place::kEarlier) {
        earlier = *std::move(text);
      } else if (input.place == PackInput::Place::kMaterial) {
        material.emplace_back(input.name, *std::move(text));
      } else {
        (input.IsInstruction() ? instructions : texts).emplace_back(input.name, *std::move(text));
      }
    }
    std::vector<std::string_view> all = {earlier};
    AddTextsOf(response, all);
    AddTextsOf(*before, all);
    for (const auto& [name, text] : texts) all.push_back(text);
    for (const auto& [name, text] : material) all.push_back(text);
    Fence fence = Fence::Random(all);
    Json fields{Json::Object{}};
    fields.Set("response", FencedAnswer(fence, "response", response));
    fields.Set("tool_calls", response.tool_calls.empty() ? fence.Around("tool_calls", "")
                                                         : FencedCalls(fence, "call of a tool", response.tool_calls));
    fields.Set("conversation", FencedConversation(fence, earlier, *before, response));
    for (const auto& [name, text] : texts) fields.Set(name, fence.Around(name, text));
    for (const auto& [name, text] : instructions) fields.Set(name, text);
    std::string shown;
    for (const auto& [name, text] : material) shown += (shown.empty() ? "" : "\n\n") + fence.Around(name, text);
    if (!shown.empty()) fields.Set(std::string(kMaterial), std::move(shown));
    auto prompt = parts_.prompt.Render(fields);
    if (!prompt) return std::unexpected(Score::Unscored("the judge cannot be asked: " + prompt.error().message));
    ModelRequest request{.messages = {}, .sampling = parts_.options.sampling};
    if (parts_.options.votes > 1) request.sampling.seed = parts_.options.sampling.seed.value_or(0) + vote;
    if (parts_.system) {
      auto system = parts_.system->Render(fields);
      if (!system) return std::unexpected(Score::Unscored("the judge cannot be asked: " + system.error().message));
      request.messages.push_back({.role = Role::kSystem, .content = *std::move(system)});
    }
    request.messages.push_back(
        {.role = Role::kUser, .content = *std::move(prompt) + "\n\n" + parts_.pack.form.Instruction(fence)});
    return Request{std::move(request), std::move(fence)};
  }

  // With the votes so far, whatever they say: the others are still to come.
  GradingOutcome Interrupted(AskedVerdict last, std::vector<AskedVerdict> votes) const {
    Error why = *last.interruption;
    if (last.has_reply) votes.push_back(std::move(last));
    return InterruptedOutcome(std::move(why), votes.empty() ? "" : EvidenceOf(votes, &KeptVerdict));
  }

  // Where the endpoint failed in between: what the verdicts before say, if it is sure whatever the others would have
  // said.
  GradingOutcome Outcome(std::vector<AskedVerdict> votes) const {
    GradingOutcome outcome;
    std::optional<Error> error = std::move(votes.back().endpoint_error);
    auto sure = error ? MajorityOf(Usable(votes)) : std::optional<Score>(ScoreOf(votes));
    if (sure) {
      outcome.score = *std::move(sure);
    } else {
      const bool has_reply = std::ranges::any_of(votes, &AskedVerdict::has_reply);
      outcome = UnansweredOutcome(*std::move(error), *parts_.endpoint, has_reply);
      if (!has_reply) return outcome;
    }
    outcome.score.evidence = EvidenceOf(votes, &assay::EvidenceOf);
    return outcome;
  }

  static std::vector<const AskedVerdict*> Usable(const std::vector<AskedVerdict>& votes) {
    std::vector<const AskedVerdict*> usable;
    for (const AskedVerdict& vote : votes) {
      if (vote.verdict) usable.push_back(&vote);
    }
    return usable;
  }

  Score ScoreOf(const std::vector<AskedVerdict>& votes) const {
    const std::vector<const AskedVerdict*> usable = Usable(votes);
    if (2 * usable.size() <= votes.size()) {
      if (votes.size() == 1) return Score::Unscored("the judge's reply has no verdict: " + Quoted(votes[0].rationale));
      return Score::Unscored("only " + std::to_string(usable.size()) + OfVerdicts() + " can be read");
    }
    if (parts_.pack.spec.verdict.scale) return MeanOf(usable);
    return MajorityOf(usable).value_or(Score::Unscored("no majority among the verdicts"));
  }

  // What more than half of all votes say, those included that are no verdict; nullopt without one, and of numbers.
  std::optional<Score> MajorityOf(const std::vector<const AskedVerdict*>& usable) const {
    if (parts_.pack.spec.verdict.scale) return std::nullopt;
    // Where choices decide, those of one side need not be the same.
    std::map<std::string, std::vector<const AskedVerdict*>> sides;
    for (const AskedVerdict* vote : usable) {
      const JudgeVerdict& verdict = *vote->verdict;
      sides[verdict.pass ? (*verdict.pass ? "pass" : "fail") : verdict.word].push_back(vote);
    }
    const auto most = std::ranges::max_element(sides, {}, [](const auto& side) { return side.second.size(); });
    const auto votes = static_cast<std::size_t>(parts_.options.votes);
    if (most == sides.end() || 2 * most->second.size() <= votes) return std::nullopt;
    const AskedVerdict& chosen = MostFrequent(most->second);
    const JudgeVerdict& verdict = *chosen.verdict;
    Score score = Score::Measured(verdict.value, ReasonIn(chosen));
    if (parts_.options.weigh_by_logprobs) {
      if (chosen.weighed && !verdict.pass) score.value = *chosen.weighed;
    }
    score.pass = verdict.pass;
    if (verdict.pass) score.value = *verdict.pass ? 1 : 0;
    score.label = verdict.word;
    if (votes > 1) score.reason = std::to_string(most->second.size()) + OfVerdicts() + ": " + score.reason;
    return score;
  }

  // The first with the word that most have.
  static const AskedVerdict& MostFrequent(const std::vector<const AskedVerdict*>& side) {
    std::map<std::string, int> counts;
    for (const AskedVerdict* vote : side) ++counts[vote->verdict->word];
    return **std::ranges::max_element(side, {}, [&](const AskedVerdict* vote) { return counts[vote->verdict->word]; });
  }

  Score MeanOf(const std::vector<const AskedVerdict*>& usable) const {
    std::vector<WeighedNumber> numbers;
    for (const AskedVerdict* vote : usable) {
      const auto weighed = parts_.options.weigh_by_logprobs ? vote->weighed : std::optional<double>();
      numbers.push_back({.value = weighed.value_or(vote->verdict->value)});
    }
    Score score = Score::Measured(WeighedMean(numbers), ReasonIn(*usable.front()));
    score.label = usable.size() == 1 ? usable.front()->verdict->word : "";
    if (usable.size() > 1) {
      score.reason = "mean of " + std::to_string(usable.size()) + OfVerdicts() + ": " + score.reason;
    }
    return score;
  }

  std::string OfVerdicts() const { return " of " + std::to_string(parts_.options.votes) + " verdicts"; }

  static std::string ReasonIn(const AskedVerdict& asked) {
    const std::string why = CutText(asked.rationale, 500);
    return asked.verdict->word + (why.empty() ? "" : ": " + why);
  }

  Score WithoutAnswer() const {
    const VerdictForm& form = parts_.pack.form;
    if (form.decides()) return Score::Failing("the response is empty");
    return Score::Measured(0, "the response is empty");
  }

  std::string EvidenceOf(const std::vector<AskedVerdict>& votes,
                         Json (*of)(const AskedVerdict& vote, std::size_t reply_bytes)) const {
    Json::Array said;
    for (const AskedVerdict& vote : votes) said.push_back(of(vote, kMaxReplyKept / votes.size()));
    const std::optional<double>& temperature = parts_.options.sampling.temperature;
    return Json::Of({{"judge", parts_.options.endpoint},
                     {"pack", Version()},
                     {"prompt", parts_.pack.digest},
                     {"temperature", temperature ? Json(*temperature) : Json()},
                     {std::string(kVerdicts), std::move(said)}})
        .Dump();
  }

  const Parts parts_;
  const bool shows_conversation_;
};

// "1. …" each on a line.
std::string Numbered(const std::vector<std::string>& steps) {
  std::string text;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    text += (i == 0 ? "" : "\n") + std::to_string(i + 1) + ". " + steps[i];
  }
  return text;
}

// The templates of the pack's inputs: as the suite gives them, or the field of the case of the input's name; and those
// that the prompt takes whatever their names are.
class InputReader {
 public:
  InputReader(const JudgeOptions& options, const PromptPack& pack, const Node& node, Diagnostics& diagnostics)
      : options_(options), pack_(pack), node_(node), diagnostics_(diagnostics) {}

  std::vector<PackInput> Read() {
    const bool is_own = options_.criteria || !options_.steps.empty();
    if (options_.criteria) Add("criteria", node_, "criteria", *options_.criteria);
    if (!options_.steps.empty()) Add("steps", node_, "steps", Numbered(options_.steps));
    if (!options_.steps.empty() && !inputs_.empty() && !inputs_.back().text.IsConstant()) {
      diagnostics_.Add(node_.Find("steps")->At("steps are the same for all cases; show what differs by inputs"));
    }
    const Node place = node_.Find("inputs").value_or(node_);
    for (const std::string& name : pack_.spec.inputs) {
      if (is_own) break;
      const auto given = options_.inputs.find(name);
      Add(name, place, name, given == options_.inputs.end() ? "{{" + name + "}}" : given->second);
    }
    for (const auto& [name, source] : options_.inputs) {
      if (!is_own && std::ranges::find(pack_.spec.inputs, name) != pack_.spec.inputs.end()) continue;
      if (pack_.Shows(kMaterial)) {
        Add(name, place, name, source, PackInput::Place::kMaterial);
      } else if (name == kEarlier && pack_.Shows("conversation")) {
        Add(name, place, name, source, PackInput::Place::kEarlier);
      } else {
        diagnostics_.Add(place.Find(name).value_or(place).AtKey("pack " + pack_.spec.pack + " has no such input" +
                                                                DidYouMean(name, pack_.spec.inputs)));
      }
    }
    return std::move(inputs_);
  }

 private:
  void Add(const std::string& name, const Node& place, std::string_view key, const std::string& source,
           PackInput::Place where = PackInput::Place::kOwn) {
    if (auto text = Target::Compile(place, key, source, diagnostics_))
      inputs_.push_back({name, *std::move(text), where});
  }

  static constexpr std::string_view kEarlier = "earlier";
  const JudgeOptions& options_;
  const PromptPack& pack_;
  const Node node_;
  Diagnostics& diagnostics_;
  std::vector<PackInput> inputs_;
};

std::unique_ptr<WaitingGrader> MakeJudge(const Node& node, const GraderPlace& place, Diagnostics& diagnostics) {
  JudgeOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto pack = PackOf(options, place.base_dir);
  if (!pack) {
    const char* key = options.pack ? "pack" : "pack_file";
    diagnostics.Add(node.Find(key).value_or(node).At(pack.error().message));
    return nullptr;
  }
  const std::size_t errors = diagnostics.size();
  CheckSampling(options.sampling, pack->form, node, diagnostics);
  auto inputs = InputReader(options, *pack, node, diagnostics).Read();
  if (diagnostics.size() != errors) return nullptr;
  auto endpoint = JudgeEndpoint(options.endpoint, node, place, diagnostics);
  if (!endpoint) return nullptr;
  auto prompt = TextTemplate::Compile(pack->spec.prompt);
  std::optional<TextTemplate> system;
  if (!pack->spec.system.empty()) system = *TextTemplate::Compile(pack->spec.system);
  return std::make_unique<Judge>(Judge::Parts{*std::move(endpoint), *std::move(pack), *std::move(prompt),
                                              std::move(system), std::move(inputs), std::move(options)});
}

GraderValue JudgeValueOf(const Node& node, const std::filesystem::path& base_dir) {
  Diagnostics ignored;  // reported by Make
  JudgeOptions options;
  if (!ReadFields(node, options, ignored)) return GraderValue::kShare;
  const auto pack = PackOf(options, base_dir);
  return pack && pack->form.decides() ? GraderValue::kPass : GraderValue::kShare;
}

}  // namespace

GraderKind JudgeGrader() {
  return {.version = 3,
          .help = "a model judges the response",
          .fields = &JudgeOptions::Fields(),
          .value = GraderValue::kShare,
          .judges_calls = true,
          .make_waiting = &MakeJudge,
          .model_options = {"endpoint"},
          .is_judge = true,
          .value_of = &JudgeValueOf};
}

}  // namespace assay
