#pragma once
// What is the same of every grader whose judge is a program of somebody else's: its options, its questions, and what
// becomes of answers and failures. Only for files of this folder.

#include <filesystem>
#include <string>
#include <string_view>

#include "config/fields.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/plugins/plugin_message.h"
#include "runners/graders/waiting_grader.h"

namespace assay {

enum class PluginValue { kDecision, kShare, kErrorRate, kAmount };
template <>
struct EnumWords<PluginValue> {
  static constexpr EnumWord<PluginValue> kWords[] = {
      {"decision", PluginValue::kDecision, "pass or fail"},
      {"share", PluginValue::kShare, "a number in [0, 1], more is better"},
      {"error_rate", PluginValue::kErrorRate, "a number of 0 or more, less is better"},
      {"amount", PluginValue::kAmount, "any number; the suite's threshold and direction say what is good"}};
};

// A kind's own options derive from it.
struct PluginOptions {
  PluginValue value = PluginValue::kDecision;
  Json options = {};
  Duration timeout = std::chrono::seconds(30);
  int concurrency = 2;
  std::string version = {};
};

// Adds the options that all have to the table of a kind. `concurrency` says what there are so many of.
template <class Options>
FieldTable<Options> WithPluginFields(FieldTable<Options> table, std::string concurrency) {
  const auto of = []<class M>(M PluginOptions::*member) { return static_cast<M Options::*>(member); };
  table.Optional("value", of(&PluginOptions::value), "what it answers")
      .Optional("options", of(&PluginOptions::options), "handed to the plug-in as it stands")
      .Optional("timeout", of(&PluginOptions::timeout), "for one response, from when the plug-in is asked",
                {.min = 0.1, .max = 3600})
      .Optional("concurrency", of(&PluginOptions::concurrency), std::move(concurrency), {.min = 1, .max = 64})
      .Optional("version", of(&PluginOptions::version),
                "of the plug-in: raise it whenever the same response may be scored differently; a part of the grader's "
                "version",
                {.form = TextForm::kName});
  return table;
}

// GraderKind::value_of of all of them.
GraderValue PluginValueOf(const Node& options, const std::filesystem::path& base_dir);

// Of one grader. Immutable, thread-safe.
class PluginGrading {
 public:
  // `kind`: "exec".
  PluginGrading(std::string_view kind, const PluginOptions& options, const GraderPlace& place);

  // The question, and what the answer makes: its score, its cost spent. An answer that is none is an ERROR and a
  // failure, kGarbage.
  std::string Request(std::string_view id, const Case& item, const Response& response) const;
  GradingOutcome Answered(std::string_view id, std::string_view reply, const GradingTerms& terms) const;
  GradingOutcome Answered(std::string_view id, Result<PluginReply> reply, const GradingTerms& terms) const;
  // The same, where an answer that is none is an error of kInvalidArgument, with why, and nothing is counted.
  Result<GradingOutcome> Understood(std::string_view id, Result<PluginReply> reply, const GradingTerms& terms) const;
  // An ERROR, counted. `reason` begins in lower case; what the plug-in is called is put before it.
  GradingOutcome Failed(PluginFailure failure, std::string_view reason) const;

  // When one answer is waited for no longer, from now on.
  Deadline DeadlineOf(const GradingTerms& terms) const;
  const PluginOptions& options() const { return options_; }
  const std::string& name() const { return name_; }  // of the grader in its suite

 private:
  const std::string kind_;
  const std::string name_;
  const PluginOptions options_;
  const GraderValue value_;
  const OnPluginFailure on_failure_;
};

}  // namespace assay
