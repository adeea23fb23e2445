#pragma once
// What the file of a grader gives to the frame (builtin.cc). Only for the files of runners/graders.

#include <filesystem>
#include <memory>
#include <string_view>

#include "config/diagnostics.h"
#include "config/fields.h"
#include "config/node.h"
#include "runners/graders/grader.h"

namespace assay {

// What a grader may know of where it is used.
struct GraderPlace {
  std::filesystem::path base_dir;            // relative files are read from there
  const GraderServices* services = nullptr;  // null pointer: the options are only checked
  std::string name = {};                     // of the grader in its suite; "" where the options are only checked
};

// Each reports every problem of `options`; null pointer if there was one.
using GraderFactory = std::unique_ptr<Grader> (*)(const Node& options, const GraderPlace& place,
                                                  Diagnostics& diagnostics);
using WaitingGraderFactory = std::unique_ptr<WaitingGrader> (*)(const Node& options, const GraderPlace& place,
                                                                Diagnostics& diagnostics);
using CombinationFactory = std::unique_ptr<Combination> (*)(const Node& options, const GraderPlace& place,
                                                            Diagnostics& diagnostics);

// What the values of a kind are.
enum class GraderValue {
  kPass,       // 1 for pass, 0 for fail: the grader decides
  kShare,      // in [0, 1], more is better; it decides by the frame's `threshold` only
  kErrorRate,  // 0 or more, perhaps more than 1, less is better; likewise
  kAmount,     // any finite number, of which neither is better; likewise
};

struct GraderKind {
  int version;            // raised whenever the same input may score differently than before
  std::string_view help;  // one sentence
  const FieldList* fields;
  // One of the three is set.
  GraderFactory make = nullptr;
  bool judges_text = true;  // false: what it judges is there without a text, and so for an empty response
  GraderValue value = GraderValue::kPass;
  bool judges_calls = false;  // with judges_text: a response with calls and no text is something to judge
  WaitingGraderFactory make_waiting = nullptr;
  CombinationFactory make_combination = nullptr;
  bool runs_program =
      false;  // of make_waiting: its version depends on a program, which takes `programs` of the services
  bool needs_deciding_parts = false;  // of combinations: a part that measures needs a threshold
  // Likewise: how many of the parts must have a weight above 0, or nothing is ever decided.
  int (*weighing_parts)(const Node& options) = nullptr;
  // Options that name a model of the catalog whose endpoint the grader asks.
  std::vector<std::string> model_options = {};
  bool is_judge = false;  // its scores are the opinion of such a model
  // Where what the values are depends on the options; `value` otherwise.
  GraderValue (*value_of)(const Node& options, const std::filesystem::path& base_dir) = nullptr;
};

}  // namespace assay
