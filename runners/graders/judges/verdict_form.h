#pragma once
// How a judge says its verdict, and how it is read from its reply. A reply is hostile: it quotes the graded text, which
// may hold whatever it wants to be taken for a verdict. Only for files of this folder and its tests.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/diagnostics.h"
#include "config/fields.h"
#include "config/grader_spec.h"
#include "config/node.h"
#include "core/result.h"

namespace re2 {
class RE2;
}

namespace assay {

struct ScaleSpec {
  double min = 0;
  double max = 1;
  bool integers = false;  // nothing between whole numbers
  static const FieldTable<ScaleSpec>& Fields();
};

// One of pass_fail, choices and scale is set.
struct VerdictSpec {
  std::optional<bool> pass_fail;          // PASS or FAIL
  std::map<std::string, double> choices;  // the value of each, in [0, 1]
  std::vector<std::string> passing;       // choices that pass
  std::optional<ScaleSpec> scale;
  std::optional<std::string> pattern;  // instead of the line of our own; captures the choice or the number
  std::optional<MatchPlace> match;     // absent: all well-formed matches must say the same
  static const FieldTable<VerdictSpec>& Fields();

  // Whether a verdict is a pass or a failure by itself.
  bool decides() const { return pass_fail.has_value() || !passing.empty(); }
};

struct JudgeVerdict {
  std::string word;  // the choice as declared, or the number as written
  double value = 0;  // in [0, 1]; of a scale the place between its ends
  std::optional<bool> pass;
  friend bool operator==(const JudgeVerdict&, const JudgeVerdict&) = default;
};

// What stands around the parts of one request, which no text that is judged can know.
class Fence {
 public:
  explicit Fence(std::string token) : token_(std::move(token)) {}
  // A new one of 64 random bits, that occurs in none of `texts`.
  static Fence Random(const std::vector<std::string_view>& texts);

  std::string Around(std::string_view label, std::string_view text) const;
  // `reply` without what it quotes within fences; an open fence without its end takes all that follows.
  std::string WithoutFenced(std::string_view reply) const;
  // Whether the last fence of `reply` has no end.
  bool IsLeftOpen(std::string_view reply) const;
  const std::string& token() const { return token_; }
  std::string Open() const { return "<<<" + token_; }
  std::string Close() const { return token_ + ">>>"; }

 private:
  std::string token_;
};

// Immutable, thread-safe, cheap to copy.
class VerdictForm {
 public:
  // Reports what is wrong with `spec`, which stands at `node`; nullopt then.
  static std::optional<VerdictForm> Make(const VerdictSpec& spec, const Node& node, Diagnostics& diagnostics);

  // What the judge is told of the form, at the end of the request.
  std::string Instruction(const Fence& fence) const;
  // The verdict of a reply: of the last line outside of fences that has the token, or by the pattern. nullopt when it
  // is not well-formed, and of a reply with a fence that has no end, which may hold a later one: nothing is ever
  // guessed. Bounded in time.
  std::optional<JudgeVerdict> Read(std::string_view reply, const Fence& fence) const;
  // What one word of the form means; nullopt for any other.
  std::optional<JudgeVerdict> Meaning(std::string_view word) const;

  // Whether a reply that ends where this text would come can never have its verdict, or one of the possible verdicts.
  bool IsCutBy(std::string_view stop) const;
  // Tokens without which there is no place for a verdict.
  std::int64_t LeastTokens() const { return pattern_ ? 1 : kLeastTokens; }

  bool decides() const { return spec_->decides(); }
  const VerdictSpec& spec() const { return *spec_; }

 private:
  // The mark, a token of 16 digits, of which some tokenizers make as many, and the verdict.
  static constexpr std::int64_t kLeastTokens = 32;

  VerdictForm() = default;
  std::string Words() const;
  std::optional<JudgeVerdict> ReadByPattern(std::string_view text) const;

  std::shared_ptr<const VerdictSpec> spec_;
  std::shared_ptr<const re2::RE2> pattern_;  // of the spec
};

}  // namespace assay
