// set_match: the set of items in the response against that of the case.

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/text/list_text.h"
#include "runners/graders/text/target_texts.h"

namespace assay {
namespace {

enum class SetScore { kF1, kIou, kExact, kRecall, kPrecision };

struct SetMatchOptions : ListReading {
  std::vector<std::string> value;
  SetScore score = SetScore::kF1;
  static const FieldTable<SetMatchOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<SetScore> {
  static constexpr EnumWord<SetScore> kWords[] = {
      {"f1", SetScore::kF1, "twice the items in common by the items of both"},
      {"iou", SetScore::kIou, "the items in common by all that occur"},
      {"exact", SetScore::kExact, "1 for the same items, else 0"},
      {"recall", SetScore::kRecall, "the items in common by those of the target"},
      {"precision", SetScore::kPrecision, "the items in common by those of the response"}};
};

namespace {

const FieldTable<SetMatchOptions>& SetMatchOptions::Fields() {
  static const auto table = WithListReading(
      FieldTable<SetMatchOptions>()
          .Required("value", &SetMatchOptions::value,
                    "the items: a list, `\"{{field}}\"` of a field that is one, or a text that is read as the response",
                    {.min_size = 1, .max_size = 10'000, .one_or_list = true})
          .Optional("score", &SetMatchOptions::score, "how the sets are compared"));
  return table;
}

class SetMatch final : public Grader {
 public:
  SetMatch(SetMatchOptions options, TargetTexts targets) : options_(std::move(options)), targets_(std::move(targets)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto texts = targets_.For(item);
    if (!texts) return texts.error();
    const auto expected = Expected(item, *texts);
    if (!expected) return expected.error();
    if (TrimBlanks(response.text).empty()) return Score::Failing("the response is empty");
    const Result<std::vector<std::string>> items = ItemsOf(response.text, options_);
    if (!items) return Score::Failing("the response is no JSON list: " + items.error().message);
    return Compare(*expected, std::set<std::string>(items->begin(), items->end()));
  }
  std::vector<std::string> RequiredFields() const override { return targets_.RequiredFields(); }

 private:
  std::expected<std::set<std::string>, Score> Expected(const Case& item, const std::vector<std::string>& texts) const {
    std::set<std::string> expected;
    if (targets_.IsList(item, texts)) {
      for (const std::string& text : texts) expected.insert(ItemOf(text, options_));
      return expected;
    }
    const Result<std::vector<std::string>> items = ItemsOf(texts.front(), options_);
    if (!items) {
      return std::unexpected(
          Score::Unscored("the target " + Quoted(texts.front()) + " is no JSON list: " + items.error().message));
    }
    return std::set<std::string>(items->begin(), items->end());
  }

  Score Compare(const std::set<std::string>& expected, const std::set<std::string>& got) const {
    double common = 0;
    std::string missing;
    for (const std::string& item : expected) {
      if (got.contains(item)) {
        ++common;
      } else if (missing.size() < 200) {
        missing += (missing.empty() ? "; missing " : ", ") + Quoted(item, 60);
      }
    }
    std::string extra;
    for (const std::string& item : got) {
      if (extra.size() >= 200) break;
      if (!expected.contains(item)) extra += (extra.empty() ? "; not expected " : ", ") + Quoted(item, 60);
    }
    const auto wanted = static_cast<double>(expected.size());
    const auto given = static_cast<double>(got.size());
    const std::string reason = std::to_string(static_cast<std::size_t>(common)) + " items in common, " +
                               std::to_string(expected.size()) + " expected, " + std::to_string(got.size()) + " given" +
                               missing + extra;
    // With nothing expected only nothing is right, however sets are compared.
    if (expected.empty()) return Score::Measured(got.empty() ? 1.0 : 0.0, reason);
    switch (options_.score) {
      case SetScore::kF1:
        return Score::Measured(2 * common / (wanted + given), reason);
      case SetScore::kIou:
        return Score::Measured(common / (wanted + given - common), reason);
      case SetScore::kExact:
        return Score::Measured(common == wanted && common == given ? 1.0 : 0.0, reason);
      case SetScore::kRecall:
        return Score::Measured(common / wanted, reason);
      case SetScore::kPrecision:
        break;
    }
    return Score::Measured(got.empty() ? 0.0 : common / given, reason);
  }

  SetMatchOptions options_;
  TargetTexts targets_;
};

std::unique_ptr<Grader> MakeSetMatch(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  SetMatchOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto targets = TargetTexts::Compile(node, "value", options.value, diagnostics);
  if (!targets) return nullptr;
  return std::make_unique<SetMatch>(std::move(options), *std::move(targets));
}

}  // namespace

GraderKind SetMatchGrader() {
  return {.version = 1,
          .help = "the set of items in the response is that of the case",
          .fields = &SetMatchOptions::Fields(),
          .make = &MakeSetMatch,
          .value = GraderValue::kShare};
}

}  // namespace assay
