#pragma once
// What may occur all the same: values of the option `allow`. Only for files of this folder.

#include <expected>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runners/graders/frame/target.h"
#include "runners/graders/safety/findings.h"

namespace assay {

// The values for one case.
class AllowedNow {
 public:
  // Takes out the matches whose text is a value (without regard to case, spaces, dashes, dots and brackets, for
  // numbers are written in many ways), and the e-mail addresses, URLs and hosts that are of a domain among the values
  // or below it.
  void Remove(std::string_view text, std::vector<Match>& matches) const;

 private:
  friend class AllowedValues;
  void Add(std::string_view value);
  std::set<std::string, std::less<>> values_;
  std::set<std::string, std::less<>> domains_;
};

class AllowedValues {
 public:
  static std::optional<AllowedValues> Compile(const Node& options, const std::vector<std::string>& sources,
                                              Diagnostics& diagnostics);
  std::expected<AllowedNow, Score> For(const Case& item) const;
  std::vector<std::string> RequiredFields() const;

 private:
  std::vector<Target> targets_;  // those that depend on the case
  AllowedNow constant_;
};

}  // namespace assay
