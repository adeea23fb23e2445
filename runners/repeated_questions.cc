#include "runners/repeated_questions.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace assay {

std::optional<RepeatedQuestions> RepeatedQuestions::Of(const SuiteSpec& suite, const std::filesystem::path& base_dir) {
  Result<Prompt> prompt = Prompt::Compile(suite, base_dir);
  if (!prompt) return std::nullopt;
  return RepeatedQuestions(*std::move(prompt));
}

void RepeatedQuestions::Add(const Json& fields, std::string_view cluster) {
  const Result<std::string> question = prompt_.Question(fields);
  if (!question) return;
  // Digests are compared with each other only, and never kept.
  asked_.push_back({.question = std::hash<std::string_view>()(*question),
                    .cluster = cluster.empty() ? asked_.size() : std::hash<std::string_view>()(cluster)});
}

std::int64_t RepeatedQuestions::Count() {
  std::ranges::sort(asked_);
  std::int64_t repeated = 0;
  for (auto first = asked_.begin(); first != asked_.end();) {
    const auto last =
        std::find_if(first, asked_.end(), [&](const Asked& each) { return each.question != first->question; });
    std::int64_t most = 0;
    for (auto of_cluster = first; of_cluster != last;) {
      const auto end = std::find_if(of_cluster, last, [&](const Asked& each) { return each != *of_cluster; });
      most = std::max<std::int64_t>(most, end - of_cluster);
      of_cluster = end;
    }
    repeated += (last - first) - most;
    first = last;
  }
  return repeated;
}

}  // namespace assay
