#pragma once
// Sentinels: cases with a response and the label that people gave it. A judge is asked about them as about those of a
// run, so that what it passes and fails can be held against what people do.
//
// A file of JSON lines. Each row has the fields of a case that the judge's prompt takes, and beside them `response`, a
// text that is not blank; `label`, "pass" or "fail"; perhaps `labels`, what several people said: a list of {"by":
// name, "label": "pass"}. Without `label` it is what most of them say. `id` names the row; without it its number does.

#include <filesystem>
#include <string>
#include <vector>

#include "core/case.h"
#include "core/json.h"
#include "core/result.h"

namespace assay {

struct Sentinel {
  Case item;  // without response, label and labels; the ordinal is the place in the file, from 0
  std::string response;
  bool passes = false;  // what people say
  // What several of them say: how many; 0 both of a row without `labels`.
  int people_pass = 0;
  int people_fail = 0;
};

inline constexpr std::size_t kMostSentinels = 10'000;

// kInvalidArgument with the line for a row that is none, an id or a row that is there twice, a class without a row, and
// more than kMostSentinels; kNotFound and others of ReadFile.
Result<std::vector<Sentinel>> ReadSentinels(const std::filesystem::path& path);

}  // namespace assay
