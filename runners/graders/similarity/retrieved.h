#pragma once
// The passages that were retrieved for a case, and those that should have been. Only for the files of this folder.

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"
#include "core/case.h"
#include "core/response.h"
#include "core/score.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/similarity/references.h"

namespace assay {

enum class PassageMatch { kExact, kSimilar };

template <>
struct EnumWords<PassageMatch> {
  static constexpr EnumWord<PassageMatch> kWords[] = {
      {"exact", PassageMatch::kExact, "the same text or id"},
      {"similar", PassageMatch::kSimilar,
       "edits over characters of the longer, as `levenshtein` of string_similarity"}};
};

// The options that precision and recall share.
struct RetrievalOptions {
  std::vector<std::string> reference;
  std::optional<std::string> retrieved;
  std::optional<std::string> key;
  PassageMatch match = PassageMatch::kExact;
  double min_similarity = 0.5;
  std::optional<int> top;
  bool ignore_case = false;
};

// Which of both sides are those of the other.
struct RetrievedMatches {
  std::vector<std::string> retrieved = {};  // in their order, each once, not more than `top`
  std::vector<std::string> reference = {};  // each once
  std::vector<bool> is_relevant = {};       // of the retrieved
  std::vector<bool> is_found = {};          // of the reference
};

// Immutable, thread-safe.
class Retrieval {
 public:
  static std::optional<Retrieval> Compile(const Node& options, const RetrievalOptions& values,
                                          Diagnostics& diagnostics);

  // The score to give instead where they cannot be compared.
  std::expected<RetrievedMatches, Score> Match(const Case& item, const Response& response) const;
  std::vector<std::string> RequiredFields() const;

 private:
  Retrieval(RetrievalOptions options, ReferenceTexts reference, std::optional<Target> retrieved)
      : options_(std::move(options)), reference_(std::move(reference)), retrieved_(std::move(retrieved)) {}
  std::expected<std::vector<std::string>, Score> RetrievedBy(const Case& item, const Response& response) const;
  std::expected<std::string, std::string> PassageOf(const Json& element) const;
  std::expected<std::vector<std::string>, std::string> PassagesOf(const std::vector<std::string>& texts) const;
  bool MatchSimilar(RetrievedMatches& matches) const;
  Score TooMuch(const RetrievedMatches& matches, std::string reason) const;
  void MatchExactly(RetrievedMatches& matches) const;
  std::string Compared(std::string_view text) const;

  RetrievalOptions options_;
  ReferenceTexts reference_;
  std::optional<Target> retrieved_;  // nullopt: the response says it
};

// A member of the base as one of T.
template <class T, class M>
M T::*OfRetrieval(M RetrievalOptions::*member) {
  return member;
}

// Adds the options of a RetrievalOptions that is the base of T.
template <class T>
FieldTable<T> WithRetrieval(FieldTable<T> table) {
  table
      .Required("reference", OfRetrieval<T>(&RetrievalOptions::reference),
                "the passages that should be retrieved, or their ids; templates over the case, `\"{{field}}\"` alone "
                "stands for the elements of a field that is a list",
                kReferenceLimits)
      .Optional("retrieved", OfRetrieval<T>(&RetrievalOptions::retrieved),
                "those that were, best first: `\"{{field}}\"` of a list; by default the response, which is a JSON list "
                "or has one a line",
                {.min_size = 1})
      .Optional("key", OfRetrieval<T>(&RetrievalOptions::key),
                "where the elements of a list are objects: the member with the text or id", {.min_size = 1})
      .Optional("match", OfRetrieval<T>(&RetrievalOptions::match), "when a passage is one of the reference")
      .Optional("min_similarity", OfRetrieval<T>(&RetrievalOptions::min_similarity), "of `similar`: from how much on",
                {.max = 1, .above = 0})
      .Optional("top", OfRetrieval<T>(&RetrievalOptions::top), "only the first so many of the retrieved count",
                {.min = 1})
      .Optional("ignore_case", OfRetrieval<T>(&RetrievalOptions::ignore_case), "compare in lower case");
  return table;
}

// Adds those of `texts` for which `is_right` does not hold to reason and evidence.
void AddWrong(std::string_view what, const std::vector<std::string>& texts, const std::vector<bool>& is_right,
              Score& score);

}  // namespace assay
