#pragma once
// Masks what nobody is to read of an item, before it is stored for people (`redact` of a queue). The trial itself stays
// as it is; nothing of what was masked is in what is kept for people, and so in nothing that they are sent.

#include <string>
#include <utility>
#include <vector>

#include "config/redaction.h"
#include "core/json.h"
#include "core/result.h"
#include "daemon/item_content.h"

namespace assay {

// Immutable; thread-safe.
class Masker {
 public:
  // Values of a field are looked for in the texts where they have so many characters at least: shorter ones stand in
  // too many words. So many of them are, the longest first.
  static constexpr std::size_t kShortest = 3;
  static constexpr std::size_t kMostValues = 1000;

  // kInvalidArgument for what the catalog refuses before.
  static Result<Masker> Make(const RedactionSpec& spec);

  // Every text of it: [NAME] instead of what a pattern finds and of the values of a field. `fields` are those of the
  // case. A match that is longer than its mark makes the text shorter; what grows beyond ItemContent::kMostText is cut.
  // A text that was longer before (shown_trial.h has cut it then) is masked whole, and says so: at the cut there may
  // stand half of what a pattern would have found.
  void Mask(const Json& fields, ItemContent& content) const;
  // The claims alone, likewise.
  void MaskClaims(const Json& fields, ItemContent& content) const;

 private:
  Masker(std::string policy, std::vector<std::string> fields, std::vector<RedactionPattern> patterns)
      : policy_(std::move(policy)), fields_(std::move(fields)), patterns_(std::move(patterns)) {}
  std::string Masked(std::string text, const std::vector<std::pair<std::string, std::string>>& values) const;

  std::string policy_;
  std::vector<std::string> fields_;
  std::vector<RedactionPattern> patterns_;
};

}  // namespace assay
