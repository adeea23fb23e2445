// instructions: the response follows instructions that a program can verify, as IFEval judges them.

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/instructions/instruction_type.h"
#include "runners/graders/instructions/letters.h"

namespace assay {
namespace {

using instructions::AllTypes;
using instructions::Arguments;
using instructions::FindType;
using instructions::InstructionFinding;
using instructions::InstructionType;
using instructions::Stripped;

enum class InstructionsMode { kStrict, kLoose };
enum class InstructionsScore { kAll, kShare };

struct InstructionsOptions {
  InstructionsMode mode = InstructionsMode::kStrict;
  InstructionsScore score = InstructionsScore::kAll;
  std::string field = "instructions";
  std::optional<std::vector<Node>> instructions;
  static const FieldTable<InstructionsOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<InstructionsMode> {
  static constexpr EnumWord<InstructionsMode> kWords[] = {
      {"strict", InstructionsMode::kStrict, "the response as it is"},
      {"loose", InstructionsMode::kLoose,
       "an instruction also counts as followed when the response follows it without its first line, its last line, "
       "both, "
       "or its asterisks"}};
};
template <>
struct EnumWords<InstructionsScore> {
  static constexpr EnumWord<InstructionsScore> kWords[] = {
      {"all", InstructionsScore::kAll, "passes when all instructions are followed"},
      {"share", InstructionsScore::kShare, "measures the share of the instructions that are followed"}};
};

namespace {

const FieldTable<InstructionsOptions>& InstructionsOptions::Fields() {
  static const auto table =
      FieldTable<InstructionsOptions>()
          .Optional("mode", &InstructionsOptions::mode,
                    "`loose` also accepts the response without its first or last line "
                    "or both, and each of these without asterisks")
          .Optional("score", &InstructionsOptions::score,
                    "`all` passes when every instruction is followed; `share` measures the share that is")
          .Optional("field", &InstructionsOptions::field,
                    "the field of the case with its instructions; without it those of the fields `instruction_id_list` "
                    "and `kwargs` count",
                    {.min_size = 1})
          .Optional("instructions", &InstructionsOptions::instructions,
                    "instructions for every case, instead of the case's: `{type: …}` with the type's arguments, whose "
                    "texts are templates over the case",
                    {.min_size = 1, .max_size = 1000})
          .AtMostOneOf({"field", "instructions"});
  return table;
}

struct Instruction {
  const InstructionType* type;
  Arguments arguments;
};
using Instructions = std::vector<Instruction>;

// Instead of instructions: the score of a case that has none, or none that can be judged.
template <class T>
using OrScore = std::expected<T, Score>;

std::unexpected<Score> NoInstructions(const std::string& why) { return std::unexpected(Score::Unscored(why)); }
std::unexpected<Score> BadInstruction(const std::string& which, const std::string& what) {
  return std::unexpected(Score::Broken("instruction " + which + ": " + what));
}

std::vector<std::string> TypeNames() {
  std::vector<std::string> names;
  for (const InstructionType& type : AllTypes()) names.emplace_back(type.id);
  return names;
}

std::string UnknownType(const std::string& id) {
  return "unknown type " + Quoted(id, 80) + DidYouMean(id, TypeNames());
}

Result<Instruction> ReadInstruction(const std::string& id, const Json::Object& arguments) {
  const InstructionType* type = FindType(id);
  if (type == nullptr) return Fail(ErrorCode::kInvalidArgument, UnknownType(id));
  ASSAY_ASSIGN(Arguments read, Arguments::Read(type->parameters, arguments));
  return Instruction{type, std::move(read)};
}

// The dataset's own shape: ids in one list, their arguments in another.
OrScore<Instructions> ReadPairs(const Json& ids, const Json* kwargs) {
  if (!ids.is_array()) return BadInstruction("list", "`instruction_id_list` is no list");
  if (ids.as_array().empty()) return NoInstructions("the case has no instructions: `instruction_id_list` is empty");
  const std::size_t count = ids.as_array().size();
  if (kwargs == nullptr || !kwargs->is_array() || kwargs->as_array().size() != count) {
    return BadInstruction("list", "`kwargs` is no list of as many arguments as `instruction_id_list` has ids");
  }
  Instructions read;
  for (std::size_t i = 0; i < count; ++i) {
    const Json& id = ids.as_array()[i];
    const Json& values = kwargs->as_array()[i];
    if (!id.is_string()) return BadInstruction(std::to_string(i + 1), "its id is no text");
    if (!values.is_object() && !values.is_null()) return BadInstruction(std::to_string(i + 1), "`kwargs` is no object");
    auto one = ReadInstruction(id.as_string(), values.is_null() ? Json::Object{} : values.as_object());
    if (!one) return BadInstruction(std::to_string(i + 1), one.error().message);
    read.push_back(*std::move(one));
  }
  return read;
}

// A list of {"type": …, …}.
OrScore<Instructions> ReadList(const Json::Array& list) {
  if (list.empty()) return NoInstructions("the case has no instructions: the list is empty");
  Instructions read;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Json* type = list[i].Find("type");
    if (type == nullptr || !type->is_string()) return BadInstruction(std::to_string(i + 1), "has no `type`");
    Json::Object arguments = list[i].as_object();
    std::erase_if(arguments, [](const Json::Member& member) { return member.first == "type"; });
    auto one = ReadInstruction(type->as_string(), arguments);
    if (!one) return BadInstruction(std::to_string(i + 1), one.error().message);
    read.push_back(*std::move(one));
  }
  return read;
}

OrScore<Instructions> ReadCase(const Case& item, const std::string& field) {
  const Json* value = FindField(item.fields, field);
  const Json& pairs = value != nullptr && value->is_object() ? *value : item.fields;
  if (value != nullptr && value->is_array()) return ReadList(value->as_array());
  if (value != nullptr && !value->is_object() && !value->is_null()) {
    return BadInstruction("list", "field \"" + field + "\" is no list");
  }
  const Json* ids = pairs.Find("instruction_id_list");
  if (ids != nullptr && !ids->is_null()) return ReadPairs(*ids, pairs.Find("kwargs"));
  return NoInstructions("no instructions: the case has no field \"" + field + "\" and no \"instruction_id_list\"");
}

// An instruction of the options. Its texts may depend on the case.
class Template {
 public:
  // Reports what is wrong with it.
  static std::optional<Template> Compile(const Node& node, Diagnostics& diagnostics);

  // Set unless a text depends on the case.
  const std::optional<Instruction>& constant() const { return constant_; }
  OrScore<Instruction> For(const Case& item) const;
  void AddFields(std::vector<std::string>& fields) const;

 private:
  const InstructionType* type_ = nullptr;
  Json::Object values_;
  std::map<std::string, Target> texts_;  // those of the values that depend on the case
  std::optional<Instruction> constant_;
};

std::optional<Template> Template::Compile(const Node& node, Diagnostics& diagnostics) {
  const auto type = node.Find("type");
  if (!type || !type->is_string()) {
    diagnostics.Add(node.At("expected an instruction: {type: …} with its arguments"));
    return std::nullopt;
  }
  Template made;
  made.type_ = FindType(type->as_string());
  if (made.type_ == nullptr) {
    diagnostics.Add(type->At(UnknownType(type->as_string())));
    return std::nullopt;
  }
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (node.key(i) == "type") continue;
    const Node value = node.at(i);
    made.values_.emplace_back(node.key(i), value.ToJson());
    if (!value.is_string()) continue;
    auto text = Target::Compile(node, node.key(i), value.as_string(), diagnostics);
    if (!text) return std::nullopt;
    if (!text->IsConstant()) made.texts_.emplace(node.key(i), *std::move(text));
  }
  if (!made.texts_.empty()) return made;
  auto arguments = Arguments::Read(made.type_->parameters, made.values_);
  if (!arguments) {
    // The message begins with the argument.
    const std::string& message = arguments.error().message;
    diagnostics.Add(node.Find(message.substr(0, message.find(':'))).value_or(node).At(message));
    return std::nullopt;
  }
  made.constant_ = Instruction{made.type_, *std::move(arguments)};
  return made;
}

OrScore<Instruction> Template::For(const Case& item) const {
  if (constant_) return *constant_;
  Json::Object values = values_;
  for (auto& [name, value] : values) {
    const auto text = texts_.find(name);
    if (text == texts_.end()) continue;
    auto rendered = text->second.For(item);
    if (!rendered) return std::unexpected(std::move(rendered).error());
    value = Json(*std::move(rendered));
  }
  auto arguments = Arguments::Read(type_->parameters, values);
  if (!arguments) return BadInstruction(std::string(type_->id), arguments.error().message);
  return Instruction{type_, *std::move(arguments)};
}

void Template::AddFields(std::vector<std::string>& fields) const {
  for (const auto& [name, text] : texts_) {
    fields.insert(fields.end(), text.RequiredFields().begin(), text.RequiredFields().end());
  }
}

std::string WithoutAsterisks(std::string_view text) {
  std::string out(text);
  std::erase(out, '*');
  return out;
}

// What a loose judgement also accepts: without the first line, the last, both (ends stripped), and all four without
// asterisks. The response as it is is not among them.
std::vector<std::string> LooseVariants(std::string_view response) {
  const std::size_t first = response.find('\n');
  const std::size_t last = response.rfind('\n');
  std::vector<std::string> variants = {WithoutAsterisks(response)};
  if (first == std::string_view::npos) return variants;
  const auto add = [&](std::string_view part) {
    variants.emplace_back(Stripped(part));
    variants.push_back(WithoutAsterisks(variants.back()));
  };
  add(response.substr(first + 1));
  add(response.substr(0, last));
  if (first != last) add(response.substr(first + 1, last - first - 1));
  return variants;
}

class InstructionsJudge final : public Grader {
 public:
  InstructionsJudge(InstructionsOptions options, std::vector<Template> templates)
      : options_(std::move(options)), templates_(std::move(templates)) {
    for (const Template& one : templates_) {
      if (one.constant()) constant_.push_back(*one.constant());
    }
    if (constant_.size() != templates_.size()) constant_.clear();
  }

  Score Grade(const Case& item, const Response& response) const override {
    if (!constant_.empty()) return Judge(constant_, response.text);
    auto read = templates_.empty() ? ReadCase(item, options_.field) : Fill(item);
    return read ? Judge(*read, response.text) : std::move(read).error();
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields;
    for (const Template& one : templates_) one.AddFields(fields);
    // A case without the field of the default may have the dataset's own ones.
    if (templates_.empty() && options_.field != InstructionsOptions().field) fields.push_back(options_.field);
    return fields;
  }

 private:
  OrScore<Instructions> Fill(const Case& item) const {
    Instructions filled;
    for (const Template& one : templates_) {
      auto instruction = one.For(item);
      if (!instruction) return std::unexpected(std::move(instruction).error());
      filled.push_back(*std::move(instruction));
    }
    return filled;
  }

  Score Judge(const Instructions& all, std::string_view text) const {
    if (Stripped(text).empty()) {
      return options_.score == InstructionsScore::kAll ? Score::Failing("the response is empty")
                                                       : Score::Measured(0, "the response is empty");
    }
    std::vector<std::string> variants;
    if (options_.mode == InstructionsMode::kLoose) variants = LooseVariants(text);
    std::string missed;  // for people
    std::string evidence;
    std::size_t followed = 0;
    for (const auto& [type, arguments] : all) {
      const InstructionFinding finding = type->check(arguments, text);
      const bool is_followed = finding.is_followed || std::ranges::any_of(variants, [&](const std::string& variant) {
                                 return !Stripped(variant).empty() && type->check(arguments, variant).is_followed;
                               });
      if (is_followed) {
        ++followed;
        continue;
      }
      const std::string line = std::string(type->id) + ": " + finding.what;
      missed += (missed.empty() ? "" : "; ") + line;
      evidence += (evidence.empty() ? "" : "\n") + line;
    }
    return Scored(followed, all.size(), missed, std::move(evidence));
  }

  Score Scored(std::size_t followed, std::size_t count, const std::string& missed, std::string evidence) const {
    std::string reason = std::to_string(followed) + " of " + std::to_string(count) +
                         (count == 1 ? " instruction followed" : " instructions followed");
    if (!missed.empty()) reason += "; not " + missed;
    const bool is_all = followed == count;
    Score score = options_.score == InstructionsScore::kShare
                      ? Score::Measured(static_cast<double>(followed) / static_cast<double>(count), std::move(reason))
                  : is_all ? Score::Pass(std::move(reason))
                           : Score::Failing(std::move(reason));
    score.evidence = std::move(evidence);
    return score;
  }

  InstructionsOptions options_;
  std::vector<Template> templates_;  // empty: the case has its own
  Instructions constant_;            // of the templates, when none depends on the case
};

std::unique_ptr<Grader> MakeInstructions(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  InstructionsOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  std::vector<Template> templates;
  if (options.instructions) {
    for (const Node& instruction : *options.instructions) {
      if (auto made = Template::Compile(instruction, diagnostics)) templates.push_back(*std::move(made));
    }
    if (templates.size() != options.instructions->size()) return nullptr;
  }
  return std::make_unique<InstructionsJudge>(std::move(options), std::move(templates));
}

GraderValue ValueOf(const Node& node, const std::filesystem::path&) {
  Diagnostics ignored;  // reported by Make
  InstructionsOptions options;
  const bool is_share = ReadFields(node, options, ignored) && options.score == InstructionsScore::kShare;
  return is_share ? GraderValue::kShare : GraderValue::kPass;
}

}  // namespace

GraderKind InstructionsGrader() {
  return {.version = 1,
          .help = "the response follows verifiable instructions, as IFEval judges them",
          .fields = &InstructionsOptions::Fields(),
          .make = &MakeInstructions,
          .value_of = &ValueOf};
}

}  // namespace assay
