#pragma once
// Rows for training with TRL (v1.10: DPO, reward, KTO, SFT), and what its trainers need of a row or silently do wrong
// with it. Pure; a check of a file belongs to one thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/response.h"
#include "review/interchange/exchange_format.h"

namespace assay {

enum class TrainingForm { kDpo, kReward, kKto, kSft };

// A pair, or a completion by itself.
struct TrainingExample {
  std::vector<Message> prompt = {};
  std::string chosen = {};              // or the completion
  std::string rejected = {};            // of DPO and reward
  std::optional<bool> is_desired = {};  // of KTO
  std::optional<double> margin = {};    // of reward
  double weight = 1;                    // of pairs of a ranking, which together weigh 1
  std::string item = {};
  std::string case_id = {};
  std::string decision = {};
  std::string rubric = {};  // name@version
};

// "" or why no row can be made of the example: "empty_prompt", "prompt_ends_without_question" (the last message is of
// the system or the assistant), "empty_completion", "identical_pair", "prompt_is_a_conversation" (of texts), "images",
// "tools".
std::string_view FaultOfExample(const TrainingExample& example, TrainingForm form, PromptForm prompt_form);

// Metadata is under `meta`, a name that no trainer gives a meaning. `split` is "train" or "validation".
Json RowOf(const TrainingExample& example, TrainingForm form, PromptForm prompt_form, std::string_view split);

// Holds the rows of one file against what TRL needs; also of files that others made.
//  - exactly the columns of the form; of other columns none that trainers take for something else (label, messages,
//    completion, completions, labels, tools, images, image, margin, chat_template_kwargs);
//  - the prompt is explicit and asks for an answer; answers are one message of the assistant, not empty;
//  - chosen and rejected differ; labels are booleans; margins are finite, and on all rows or none;
//  - prompts, answers and rows are all texts or all lists of messages; every row has the same columns.
class TrainingRowCheck {
 public:
  explicit TrainingRowCheck(TrainingForm form) : form_(form) {}
  // "" or what is wrong with the row, as a word: "columns", "column_label", "prompt", "answer", "identical_pair",
  // "label", "margin", "mixed_forms", "mixed_columns".
  std::string FaultOf(const Json& row);

 private:
  TrainingForm form_;
  std::optional<bool> is_text_;
  std::vector<std::string> columns_;
};

}  // namespace assay
