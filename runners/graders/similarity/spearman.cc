// spearman: whether the response puts things in the order of a reference.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <expected>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "core/json.h"
#include "runners/graders/similarity/references.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

enum class SpearmanOf { kRanking, kValues };

struct SpearmanOptions {
  std::string reference;
  SpearmanOf of = SpearmanOf::kRanking;
  bool ignore_case = false;
  static const FieldTable<SpearmanOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<SpearmanOf> {
  static constexpr EnumWord<SpearmanOf> kWords[] = {
      {"ranking", SpearmanOf::kRanking, "both are lists of the same things, in an order"},
      {"values", SpearmanOf::kValues, "both are lists of numbers, of which those at the same place belong together"}};
};

namespace {

const FieldTable<SpearmanOptions>& SpearmanOptions::Fields() {
  static const auto table =
      FieldTable<SpearmanOptions>()
          .Required("reference", &SpearmanOptions::reference,
                    "the list: `\"{{field}}\"` of a field that is one, or a text that is read as the response is; a "
                    "template over the case")
          .Optional("of", &SpearmanOptions::of, "what the lists are")
          .Optional("ignore_case", &SpearmanOptions::ignore_case, "compare things in lower case");
  return table;
}

constexpr std::size_t kMaxItems = 100'000;

// Without "- ", "* ", "• ", "3. " or "3) ".
std::string_view WithoutListMark(std::string_view line) {
  line = TrimUnicodeSpaces(line);
  constexpr std::string_view kBullet = "•";
  for (const std::string_view mark : {std::string_view("-"), std::string_view("*"), kBullet}) {
    if (line.starts_with(mark) && line.size() > mark.size() &&
        IsUnicodeSpace(FirstUnicodeCharacter(line.substr(mark.size())).code)) {
      return TrimUnicodeSpaces(line.substr(mark.size()));
    }
  }
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits > 0 && digits + 1 < line.size() && (line[digits] == '.' || line[digits] == ')') &&
      IsUnicodeSpace(FirstUnicodeCharacter(line.substr(digits + 1)).code)) {
    return TrimUnicodeSpaces(line.substr(digits + 1));
  }
  return line;
}

std::vector<std::string> SplitList(std::string_view text, char separator) {
  std::vector<std::string> items;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view item = WithoutListMark(text.substr(0, end));
    if (!item.empty()) items.emplace_back(item);
    if (end == text.size()) return items;
    text.remove_prefix(end + 1);
  }
}

// A JSON list; else the lines; else, of one line, what is between commas.
std::vector<std::string> ItemsOf(std::string_view text) {
  text = TrimUnicodeSpaces(text);
  if (text.starts_with("[")) {
    const Result<Json> json = Json::Parse(text);
    if (json && json->is_array()) {
      std::vector<std::string> items;
      for (const Json& item : json->as_array()) items.push_back(item.is_string() ? item.as_string() : item.Dump());
      return items;
    }
  }
  return SplitList(text, text.find('\n') != std::string_view::npos ? '\n' : ',');
}

std::optional<double> NumberOf(std::string_view text) {
  text = TrimUnicodeSpaces(text);
  if (text.starts_with("+")) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

// The place of each value in ascending order; equal values share the mean of theirs.
std::vector<double> RanksOf(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end + 1) / 2;
    begin = end;
  }
  return ranks;
}

// nullopt when one of them does not vary.
std::optional<double> Correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean = static_cast<double>(a.size() + 1) / 2;  // of any ranks
  double both = 0;
  double of_a = 0;
  double of_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean) * (b[i] - mean);
    of_a += (a[i] - mean) * (a[i] - mean);
    of_b += (b[i] - mean) * (b[i] - mean);
  }
  if (of_a == 0 || of_b == 0) return std::nullopt;
  return std::clamp(both / std::sqrt(of_a * of_b), -1.0, 1.0);
}

Score Correlated(double rho) { return Score::Measured((1 + rho) / 2, "rho " + MeasureText(rho)); }

class Spearman final : public Grader {
 public:
  Spearman(const SpearmanOptions& options, Target reference) : options_(options), reference_(std::move(reference)) {}

  Score Grade(const Case& item, const Response& response) const override {
    auto reference = reference_.ListFor(item);
    if (!reference) return std::move(reference).error();
    if (reference->size() == 1) *reference = ItemsOf(reference->front());
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    const std::vector<std::string> items = ItemsOf(response.text);
    if (reference->size() > kMaxItems) return Score::Unscored("the reference has more than 100000 items");
    return options_.of == SpearmanOf::kRanking ? OfRanking(items, *reference) : OfValues(items, *reference);
  }
  std::vector<std::string> RequiredFields() const override { return reference_.RequiredFields(); }

 private:
  std::string Key(std::string_view item) const {
    return options_.ignore_case ? UnicodeLowerCase(TrimUnicodeSpaces(item)) : std::string(TrimUnicodeSpaces(item));
  }

  Score OfRanking(const std::vector<std::string>& items, const std::vector<std::string>& reference) const {
    std::unordered_map<std::string, double> places;
    for (const std::string& item : reference) {
      if (!places.emplace(Key(item), static_cast<double>(places.size())).second) {
        return Score::Unscored("the reference has " + Quoted(item) + " twice");
      }
    }
    if (places.size() < 2) return Score::Unscored("the reference has fewer than two items");
    double squares = 0;
    double place = 0;
    for (const std::string& item : items) {
      const auto found = places.find(Key(item));
      if (found == places.end()) return Score::Failing(Quoted(item) + " is not in the reference, or not so often");
      squares += (place - found->second) * (place - found->second);
      place += 1;
      places.erase(found);
    }
    if (!places.empty()) return Score::Failing("the response lacks " + Quoted(Missing(places, reference)));
    return Correlated(1 - 6 * squares / (place * (place * place - 1)));
  }
  // The first of the reference that is left.
  std::string Missing(const std::unordered_map<std::string, double>& left,
                      const std::vector<std::string>& reference) const {
    for (const std::string& item : reference) {
      if (left.contains(Key(item))) return item;
    }
    return "";
  }

  Score OfValues(const std::vector<std::string>& items, const std::vector<std::string>& reference) const {
    std::vector<double> expected;
    for (const std::string& item : reference) {
      const auto number = NumberOf(item);
      if (!number) return Score::Unscored("the reference has " + Quoted(item) + ", which is no number");
      expected.push_back(*number);
    }
    const std::vector<double> ranks = RanksOf(expected);
    if (!Correlation(ranks, ranks)) return Score::Unscored("the numbers of the reference do not differ");
    if (items.size() != expected.size()) {
      return Score::Failing("expected " + std::to_string(expected.size()) + " numbers, got " +
                            std::to_string(items.size()) + " items");
    }
    std::vector<double> got;
    for (const std::string& item : items) {
      const auto number = NumberOf(item);
      if (!number) return Score::Failing(Quoted(item) + " is no number");
      got.push_back(*number);
    }
    const auto rho = Correlation(ranks, RanksOf(got));
    if (!rho) return Score::Failing("the numbers of the response do not differ");
    return Correlated(*rho);
  }

  SpearmanOptions options_;
  Target reference_;
};

std::unique_ptr<Grader> MakeSpearman(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  SpearmanOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto reference = Target::Compile(node, "reference", options.reference, diagnostics);
  if (!reference) return nullptr;
  return std::make_unique<Spearman>(options, *std::move(reference));
}

}  // namespace

GraderKind SpearmanGrader() {
  return {1,
          "whether the response puts things in the order of a reference",
          &SpearmanOptions::Fields(),
          &MakeSpearman,
          /*judges_text=*/true,
          GraderValue::kShare};
}

}  // namespace assay
