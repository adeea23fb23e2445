#pragma once
// From decisions to examples for training. Which of them leave is counted by reason, whatever the format. Pure; one
// export's examples belong to one thread.

#include <cstdint>
#include <string>
#include <vector>

#include "review/interchange/training_rows.h"

namespace assay {

// The rules, for each record by itself. Reasons: "gate_case" (a gate uses the case, and no approval says that it may
// leave), "gates_unknown" (nobody has looked whether one does), "undecided", "not_final", "no_answer" and "preference"
// (a kind or an answer of which the form has nothing), "tie", "both_bad", "no_margin", "says_neither", "no_text".
struct ExamplesOf {
  const TrainingOptions& options;
  const RubricSpec& rubric;
  TrainingForm form;

  // Examples of one record.
  std::vector<TrainingExample> operator()(const ExchangeRecord& record, ExclusionCounts& excluded) const;
};

// Pairs of responses to one case that were scored one by one, where options.score_difference is given: the better one
// must not be vetoed, and be better by so much. Records of a case come one after another; at most 64 of them count.
class ScoredPairs {
 public:
  ScoredPairs(const TrainingOptions& options, const RubricSpec& rubric, TrainingForm form)
      : options_(options), rubric_(rubric), form_(form) {}
  // The pairs of the case before, where `record` begins another.
  std::vector<TrainingExample> Add(const ExchangeRecord& record, ExclusionCounts& excluded);
  // The pairs of the last case.
  std::vector<TrainingExample> Finish();

 private:
  struct Scored {
    TrainingExample example;
    double value = 0;
    bool is_vetoed = false;
  };
  const TrainingOptions& options_;
  const RubricSpec& rubric_;
  TrainingForm form_;
  std::string key_;
  std::vector<Scored> scored_;
};

// Whether a decided answer may be used at all: "" or the reason.
std::string_view TrainingExclusionOf(const ExchangeRecord& record, const TrainingOptions& options);

// Which examples a file would say twice, and of which it would say the opposite too: by 64 bits of SHA-256, 9 bytes an
// entry and half of the table free. Filled in a first pass, asked in a second.
class ExampleTable {
 public:
  explicit ExampleTable(std::size_t most) : most_(most) {}
  // kResourceExhausted beyond `most` examples.
  Status Note(const TrainingExample& example);
  // "" the first time that an example is asked for; else "duplicate", or "contradictory" each time. kAborted for one
  // that was not noted: the records have changed since.
  Result<std::string_view> FaultOf(const TrainingExample& example);

 private:
  std::size_t PlaceOf(std::uint64_t key) const;
  void Grow();

  std::size_t most_;
  std::size_t count_ = 0;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint8_t> marks_;
};

// "validation" for the share of prompts that is drawn by the seed, else "train".
std::string_view SplitOf(const TrainingExample& example, const TrainingOptions& options);

}  // namespace assay
