#include "runners/graders/similarity/retrieved.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "runners/graders/similarity/edit_distance.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

constexpr std::size_t kMaxPassages = 100'000;
constexpr std::size_t kMaxPairs = 1'000'000;

// Without those that were there before.
std::vector<std::string> EachOnce(std::vector<std::string> texts) {
  std::unordered_set<std::string> seen;
  std::erase_if(texts, [&](const std::string& text) { return !seen.insert(text).second; });
  return texts;
}

std::vector<std::uint32_t> CharactersOf(const std::string& text) {
  const std::u32string characters = UnicodeCharacters(text);
  return {characters.begin(), characters.end()};
}

std::vector<std::string> NonBlankLinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = TrimUnicodeSpaces(text.substr(0, end));
    if (!line.empty()) lines.emplace_back(line);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

}  // namespace

std::optional<Retrieval> Retrieval::Compile(const Node& options, const RetrievalOptions& values,
                                            Diagnostics& diagnostics) {
  auto reference = ReferenceTexts::Compile(options, values.reference, diagnostics);
  std::optional<Target> retrieved;
  if (values.retrieved) {
    retrieved = Target::Compile(options, "retrieved", *values.retrieved, diagnostics);
    if (!retrieved) return std::nullopt;
  }
  if (values.match == PassageMatch::kExact && options.Find("min_similarity")) {
    diagnostics.Add(options.Find("min_similarity")->AtKey("min_similarity needs match: similar"));
    return std::nullopt;
  }
  if (!reference) return std::nullopt;
  return Retrieval(values, *std::move(reference), std::move(retrieved));
}

std::vector<std::string> Retrieval::RequiredFields() const {
  std::vector<std::string> fields = reference_.RequiredFields();
  if (retrieved_) fields.insert(fields.end(), retrieved_->RequiredFields().begin(), retrieved_->RequiredFields().end());
  return fields;
}

std::expected<std::string, std::string> Retrieval::PassageOf(const Json& element) const {
  const Json* passage = &element;
  if (element.is_object()) {
    if (!options_.key) return std::unexpected("is an object; say with `key` which member counts");
    passage = element.Find(*options_.key);
  }
  const bool is_text = passage != nullptr && (passage->is_string() || passage->is_number());
  std::string text = !is_text ? "" : passage->is_string() ? passage->as_string() : passage->Dump();
  if (TrimUnicodeSpaces(text).empty()) return std::unexpected("has no text or id");
  return text;
}

std::expected<std::vector<std::string>, std::string> Retrieval::PassagesOf(
    const std::vector<std::string>& texts) const {
  std::vector<std::string> passages;
  for (const std::string& text : texts) {
    const auto json = options_.key && text.starts_with('{') ? Json::Parse(text) : Result<Json>(Json(text));
    auto passage = PassageOf(json ? *json : Json(text));
    if (!passage) return std::unexpected("element " + std::to_string(passages.size() + 1) + " " + passage.error());
    passages.push_back(Compared(*passage));
  }
  return passages;
}

std::string Retrieval::Compared(std::string_view text) const {
  text = TrimUnicodeSpaces(text);
  return options_.ignore_case ? UnicodeLowerCase(text) : std::string(text);
}

// A failing score where the response is no list.
std::expected<std::vector<std::string>, Score> Retrieval::RetrievedBy(const Case& item,
                                                                      const Response& response) const {
  if (retrieved_) {
    const Json* list = nullptr;
    const std::vector<std::string>& fields = retrieved_->RequiredFields();
    if (fields.size() == 1) list = FindField(item.fields, fields.front());
    // Nothing retrieved is an answer of the retriever, not a gap of the case.
    if (list != nullptr && list->is_array() && list->as_array().empty()) return std::vector<std::string>();
    const auto texts = retrieved_->ListFor(item);
    if (!texts) return std::unexpected(texts.error());
    auto passages = PassagesOf(*texts);
    if (!passages) return std::unexpected(Score::Unscored("retrieved: " + passages.error()));
    return *std::move(passages);
  }
  const std::string_view text = TrimUnicodeSpaces(response.text);
  if (text.empty()) return std::unexpected(Score::Failing("the response is empty"));
  std::vector<std::string> passages;
  if (!text.starts_with('[')) {
    for (const std::string& line : NonBlankLinesOf(text)) passages.push_back(Compared(line));
    return passages;
  }
  const auto json = Json::Parse(text);
  if (!json || !json->is_array()) return std::unexpected(Score::Failing("the response begins with [ and is no list"));
  for (const Json& element : json->as_array()) {
    auto passage = PassageOf(element);
    if (!passage) {
      return std::unexpected(
          Score::Failing("element " + std::to_string(passages.size() + 1) + " of the response " + passage.error()));
    }
    passages.push_back(Compared(*passage));
  }
  return passages;
}

std::expected<RetrievedMatches, Score> Retrieval::Match(const Case& item, const Response& response) const {
  const auto texts = reference_.For(item);
  if (!texts) return std::unexpected(texts.error());
  auto reference = PassagesOf(*texts);
  if (!reference) return std::unexpected(Score::Unscored("reference: " + reference.error()));
  auto retrieved = RetrievedBy(item, response);
  if (!retrieved) return std::unexpected(std::move(retrieved).error());
  RetrievedMatches matches{.retrieved = EachOnce(*std::move(retrieved)), .reference = EachOnce(*std::move(reference))};
  if (options_.top && matches.retrieved.size() > static_cast<std::size_t>(*options_.top)) {
    matches.retrieved.resize(static_cast<std::size_t>(*options_.top));
  }
  if (matches.retrieved.size() > kMaxPassages || matches.reference.size() > kMaxPassages) {
    return std::unexpected(TooMuch(matches, "more than " + std::to_string(kMaxPassages) + " passages"));
  }
  matches.is_relevant.resize(matches.retrieved.size());
  matches.is_found.resize(matches.reference.size());
  if (options_.match == PassageMatch::kExact) {
    MatchExactly(matches);
  } else if (!MatchSimilar(matches)) {
    return std::unexpected(TooMuch(matches, "the passages are too many or too long to be compared"));
  }
  return matches;
}

// The response fails where it is too much by itself: no answer may choose to be in error rather than wrong. It is an
// error where the answer that is all of the reference, and no more, would be too much as well.
Score Retrieval::TooMuch(const RetrievedMatches& matches, std::string reason) const {
  if (retrieved_) return Score::Broken(std::move(reason));
  const std::size_t count = matches.reference.size();
  if (count > kMaxPassages) return Score::Broken(std::move(reason));
  if (options_.match == PassageMatch::kSimilar) {
    if (count * count > kMaxPairs) return Score::Broken(std::move(reason));
    std::uint64_t bytes = 0;
    for (const std::string& text : matches.reference) bytes += text.size();
    // What comparing each with each would take, at most.
    if (bytes > kMaxBitCells / std::max<std::uint64_t>(bytes, 1)) return Score::Broken(std::move(reason));
  }
  return Score::Failing(std::move(reason));
}

void Retrieval::MatchExactly(RetrievedMatches& matches) const {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < matches.reference.size(); ++i) places.emplace(matches.reference[i], i);
  for (std::size_t i = 0; i < matches.retrieved.size(); ++i) {
    const auto found = places.find(matches.retrieved[i]);
    if (found == places.end()) continue;
    matches.is_relevant[i] = true;
    matches.is_found[found->second] = true;
  }
}

// False when that is too much work.
bool Retrieval::MatchSimilar(RetrievedMatches& matches) const {
  if (matches.retrieved.size() * matches.reference.size() > kMaxPairs) return false;
  std::vector<std::vector<std::uint32_t>> references;
  for (const std::string& text : matches.reference) references.push_back(CharactersOf(text));
  std::uint64_t work = 0;
  for (std::size_t i = 0; i < matches.retrieved.size(); ++i) {
    const std::vector<std::uint32_t> retrieved = CharactersOf(matches.retrieved[i]);
    for (std::size_t j = 0; j < references.size(); ++j) {
      const std::size_t shorter = std::min(retrieved.size(), references[j].size());
      const std::size_t longer = std::max(retrieved.size(), references[j].size());
      const auto most =
          static_cast<std::uint64_t>(std::floor((1 - options_.min_similarity) * static_cast<double>(longer) + 1e-9));
      if (longer - shorter > most) continue;
      work += std::uint64_t{shorter} * longer;
      if (work > kMaxBitCells) return false;
      const auto distance = LevenshteinDistance(references[j], retrieved, most);
      if (!distance) return false;
      if (*distance > most) continue;
      matches.is_relevant[i] = true;
      matches.is_found[j] = true;
    }
  }
  return true;
}

void AddWrong(std::string_view what, const std::vector<std::string>& texts, const std::vector<bool>& is_right,
              Score& score) {
  constexpr int kShown = 3;
  constexpr int kKept = 50;
  int wrong = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (is_right[i]) continue;
    if (wrong < kShown) score.reason += (wrong == 0 ? "; " + std::string(what) + " " : ", ") + Quoted(texts[i], 80);
    if (wrong < kKept) score.evidence += (wrong == 0 ? "" : "\n") + Quoted(texts[i], 200);
    ++wrong;
  }
  if (wrong > kShown) score.reason += " and " + std::to_string(wrong - kShown) + " more";
  if (wrong > kKept) score.evidence += "\nand " + std::to_string(wrong - kKept) + " more";
}

}  // namespace assay
