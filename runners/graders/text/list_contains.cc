// list_contains: the items of the response paired with those of the case so that they agree best.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/text/assignment.h"
#include "runners/graders/text/list_text.h"
#include "runners/graders/text/target_texts.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

enum class ItemSimilarity { kLevenshtein, kExact };

struct ListContainsOptions : ListReading {
  std::vector<std::string> value;
  ItemSimilarity similarity = ItemSimilarity::kLevenshtein;
  bool allow_extra = false;
  static const FieldTable<ListContainsOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<ItemSimilarity> {
  static constexpr EnumWord<ItemSimilarity> kWords[] = {
      {"levenshtein", ItemSimilarity::kLevenshtein, "1 - edits / characters of the longer item"},
      {"exact", ItemSimilarity::kExact, "1 for the same item, else 0"}};
};

namespace {

constexpr std::size_t kMostItems = 300;
constexpr std::size_t kMostSteps = 100'000'000;  // of all edit distances together: about half a second

const FieldTable<ListContainsOptions>& ListContainsOptions::Fields() {
  static const auto table = WithListReading(
      FieldTable<ListContainsOptions>()
          .Required("value", &ListContainsOptions::value,
                    "the items: a list, `\"{{field}}\"` of a field that is one, or a text that is read as the response",
                    {.min_size = 1, .max_size = kMostItems, .one_or_list = true})
          .Optional("similarity", &ListContainsOptions::similarity, "how much two items agree")
          .Optional("allow_extra", &ListContainsOptions::allow_extra,
                    "divide by the number of expected items, so that more of them cost nothing; else by that of the "
                    "longer list"));
  return table;
}

std::u32string Characters(std::string_view text) {
  std::u32string out;
  while (!text.empty()) out += TakeCharacter(text);
  return out;
}

std::size_t EditDistance(const std::u32string& a, const std::u32string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

class ListContains final : public Grader {
 public:
  ListContains(ListContainsOptions options, TargetTexts targets)
      : options_(std::move(options)), targets_(std::move(targets)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto texts = targets_.For(item);
    if (!texts) return texts.error();
    std::vector<std::string> expected;
    if (targets_.IsList(item, *texts)) {
      for (const std::string& text : *texts) expected.push_back(ItemOf(text, options_));
    } else {
      Result<std::vector<std::string>> items = ItemsOf(texts->front(), options_);
      if (!items) {
        return Score::Unscored("the target " + Quoted(texts->front()) + " is no JSON list: " + items.error().message);
      }
      expected = *std::move(items);
    }
    if (expected.empty()) return Score::Unscored("the target of the case has no items");
    if (TrimBlanks(response.text).empty()) return Score::Failing("the response is empty");
    const Result<std::vector<std::string>> items = ItemsOf(response.text, options_);
    if (!items) return Score::Failing("the response is no JSON list: " + items.error().message);
    if (items->empty()) return Score::Failing("the response has no items");
    return Compare(expected, *items);
  }
  std::vector<std::string> RequiredFields() const override { return targets_.RequiredFields(); }

 private:
  Score Compare(const std::vector<std::string>& expected, const std::vector<std::string>& items) const {
    if (expected.size() > kMostItems || items.size() > kMostItems) {
      return Score::Broken("lists of " + std::to_string(items.size()) + " and " + std::to_string(expected.size()) +
                           " items are too long to be paired; " + std::to_string(kMostItems) + " is the most");
    }
    const std::optional<std::vector<double>> values = Similarities(expected, items);
    if (!values) return Score::Broken("the items are too long to be compared");
    const std::vector<std::size_t> pairs = BestPairs(*values, items.size(), expected.size());
    double sum = 0;
    std::vector<bool> is_paired(expected.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (pairs[i] == kNoPartner) continue;
      const double value = (*values)[i * expected.size() + pairs[i]];
      sum += value;
      is_paired[pairs[i]] = value > 0;
    }
    const std::size_t divisor = options_.allow_extra ? expected.size() : std::max(expected.size(), items.size());
    std::string reason = std::to_string(items.size()) + " items for " + std::to_string(expected.size()) + " expected";
    for (std::size_t j = 0; j < expected.size() && reason.size() < 300; ++j) {
      if (!is_paired[j]) reason += "; nothing like " + Quoted(expected[j], 60);
    }
    return Score::Measured(std::clamp(sum / static_cast<double>(divisor), 0.0, 1.0), std::move(reason));
  }

  // Row by row of the items of the response; nullopt when that would take too long.
  std::optional<std::vector<double>> Similarities(const std::vector<std::string>& expected,
                                                  const std::vector<std::string>& items) const {
    std::vector<double> values;
    values.reserve(expected.size() * items.size());
    if (options_.similarity == ItemSimilarity::kExact) {
      for (const std::string& item : items) {
        for (const std::string& wanted : expected) values.push_back(item == wanted ? 1.0 : 0.0);
      }
      return values;
    }
    std::size_t bytes = 0;
    for (const std::string& wanted : expected) bytes += wanted.size();
    std::vector<std::u32string> wanted;
    for (const std::string& text : expected) wanted.push_back(Characters(text));
    std::size_t steps = 0;
    for (const std::string& text : items) {
      steps += text.size() * bytes;
      if (steps > kMostSteps) return std::nullopt;
      const std::u32string item = Characters(text);
      for (const std::u32string& other : wanted) {
        const auto longer = static_cast<double>(std::max(item.size(), other.size()));
        values.push_back(longer == 0 ? 1.0 : 1.0 - static_cast<double>(EditDistance(item, other)) / longer);
      }
    }
    return values;
  }

  ListContainsOptions options_;
  TargetTexts targets_;
};

std::unique_ptr<Grader> MakeListContains(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  ListContainsOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto targets = TargetTexts::Compile(node, "value", options.value, diagnostics);
  if (!targets) return nullptr;
  return std::make_unique<ListContains>(std::move(options), *std::move(targets));
}

}  // namespace

GraderKind ListContainsGrader() {
  return {.version = 1,
          .help = "the items of the response agree with those of the case",
          .fields = &ListContainsOptions::Fields(),
          .make = &MakeListContains,
          .value = GraderValue::kShare};
}

}  // namespace assay
