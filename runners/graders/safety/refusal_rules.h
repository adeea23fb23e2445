#pragma once
// Whether a text declines what was asked: cues of a language, which are data, and one way to weigh them. Only for files
// of this folder.

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace assay {

enum class Compliance { kComplied, kRefused, kPartial };
// "complied", "refused", "partial".
std::string_view Name(Compliance compliance);

struct RefusalJudgement {
  Compliance compliance = Compliance::kComplied;
  int points = 0;    // of all that speaks for a refusal; 3 make one
  std::string cues;  // `decline "i cannot provide", moral "privacy"`, what was found; "" when nothing was
};

// The cues of one language. Immutable, thread-safe, linear: reads the first kMaxText bytes.
class RefusalRules {
 public:
  static constexpr std::size_t kMaxText = 16u << 10;

  // Lines of a rules file, see docs/graders.md. kInvalidArgument with the number of the line that is wrong.
  static Result<RefusalRules> Parse(std::string_view source);
  static const RefusalRules& English();

  // Whether the letters of `text` are mostly of the language's script. A text without letters is of every script.
  bool Reads(std::string_view text) const;

  // `text` is not blank.
  RefusalJudgement Judge(std::string_view text) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace assay
