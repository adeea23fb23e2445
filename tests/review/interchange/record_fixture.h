#pragma once
// Random records of every kind of item, and what formats make of them.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/random.h"
#include "review/interchange/export.h"
#include "tests/review/review_fixture.h"

namespace assay::testing {

// TestRubric with a criterion that begins with 0 and may not apply, and names that Label Studio does not take as they
// are.
RubricSpec ExchangeRubric();

// A record with valid opinions under ExchangeRubric, in the form in which RecordOf makes them: texts with line ends,
// quotes, commas, formulas and characters beyond the first plane.
ExchangeRecord RandomRecord(ReviewItemKind kind, Random& random);

// A decided item of one response, a pair or a ranking, final, with what was decided.
ExchangeRecord DecidedRecord(ReviewItemKind kind, ReviewAnswers outcome);

// All of them through a format: the bytes.
struct Exported {
  std::string text = {};
  ExportManifest manifest = {};
  std::string error = {};
};
Exported ExportAll(std::string_view format, const std::vector<ExchangeRecord>& records, const ExportOptions& options);

// The bytes back, in chunks of `chunk` bytes.
struct Imported {
  std::vector<ExchangeRecord> records = {};
  std::vector<std::string> faults = {};  // "LINE PATH: REASON"
  std::string error = {};
};
Imported ImportAll(std::string_view format, std::string_view text, const ImportOptions& options,
                   std::size_t chunk = 1 << 16);

inline constexpr ReviewItemKind kEveryKind[] = {
    ReviewItemKind::kRubric,         ReviewItemKind::kPairwise, ReviewItemKind::kRanking,
    ReviewItemKind::kClassification, ReviewItemKind::kSafety,   ReviewItemKind::kRefusal,
    ReviewItemKind::kGrounding,      ReviewItemKind::kToolUse,  ReviewItemKind::kCorrection};

}  // namespace assay::testing
