#pragma once
// Real input: the first 660 GSM8K test questions with the recorded answers of two models and whether each was judged
// correct, written out as a catalog and as recordings for assay-replay. The data is not part of the project; see
// Gsm8kFolder.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace assay::testing {

struct Gsm8kModel {
  std::string name;                    // of the Model document
  std::string served_as;               // endpoint.model, and the name in the recordings
  std::vector<std::string> solutions;  // by case ordinal
  std::vector<bool> is_correct;        // as recorded by the data's authors
  int correct = 0;
};

struct Gsm8k {
  std::vector<std::string> case_ids;  // "gsm8k-001", by ordinal
  std::vector<std::string> questions;
  std::vector<std::string> answers;  // numbers as text, some with thousands separators
  Gsm8kModel finetuning;             // the worse one: 146 of 660
  Gsm8kModel verification;           // the better one: 266 of 660

  static constexpr const char* kModelVersion = "2021.11.19";
  static constexpr const char* kSuite = "gsm8k";
  static constexpr const char* kGate = "gsm8k-release";
  // Midway between the two accuracies: one-sided 95 % bounds lie on either side of it.
  static constexpr double kFloor = 0.31;
};

// Where the data lies beside a checkout, ../shared/data/gsm8k; absent when it is not there (skip the test and say so).
std::optional<std::filesystem::path> Gsm8kFolder();

// kInvalidArgument when the files are not what they should be.
Result<Gsm8k> ReadGsm8k(const std::filesystem::path& folder);

// Both models' answers as records for assay-replay.
Status WriteGsm8kRecordings(const Gsm8k& data, const std::filesystem::path& file);

// gsm8k.yaml (Suite gsm8k, Gate gsm8k-release, both Models at `url`) and gsm8k.jsonl into `folder`, which exists.
Status WriteGsm8kCatalog(const Gsm8k& data, const std::filesystem::path& folder, const std::string& url);

}  // namespace assay::testing
