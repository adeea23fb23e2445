#pragma once
// What the file of a grader gives to the frame (builtin.cc). Only for files of this folder.

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
  std::filesystem::path base_dir;  // relative files are read from there
};

// Reports every problem of `options`; null pointer if there was one.
using GraderFactory = std::unique_ptr<Grader> (*)(const Node& options, const GraderPlace& place,
                                                  Diagnostics& diagnostics);

struct GraderKind {
  int version;            // raised whenever the same input may score differently than before
  std::string_view help;  // one sentence
  const FieldList* fields;
  GraderFactory make;
  bool judges_text = true;  // false: what it judges is there without a text, and so for an empty response
};

}  // namespace assay
