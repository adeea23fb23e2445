// Expressions: what is read and refused, that intervals hold whatever lies in them, which ends a decision rests on, and
// that rules of them are overturned by no completion and err no more often than they may.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "core/random.h"
#include "gates/rules/expression_tree.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using testing::DecideOn;
using ::testing::ElementsAre;
using testing::MakeEvidence;

MetricExpression Parsed(const std::string& text) {
  auto expression = MetricExpression::Parse(text);
  EXPECT_TRUE(expression.has_value()) << text << ": " << (expression ? "" : expression.error().message);
  return expression.value_or(MetricExpression());
}

TEST(MetricExpressions, AreReadWithTheUsualPrecedence) {
  const struct {
    const char* text;
    double at;  // a = 2, b = 3, c = 5
  } rows[] = {
      {"a + b * c >= 0", 17},
      {"(a + b) * c >= 0", 25},
      {"a - b - c > 0", -6},
      {"c / b / a < 9", 5.0 / 6},
      {"-a + b <= 9", 1},
      {"--a >= 0", 2},
      {"2*-b >= 0", -6},
      {"min(a, b, c) >= 0", 2},
      {"max(a,b,c) + 1e1 >= 0", 15},
      {"abs(a - c) >= 0", 3},
      {"  a\n +\t1  >=   0 ", 3},
      {"'a' * 'b' >= 0", 6},
      {"a >= b", -1},
      {"1 - a <= b - c", -1 + 2},
      {"min(a, abs(b - c)) >= 0", 2},
      {".5 * a >= 0", 1},
      {"a >= 1 / 4 * (8 - 4)", 2},
  };
  for (const auto& row : rows) {
    const MetricExpression expression = Parsed(row.text);
    std::vector<double> values;
    for (const std::string& name : expression.names()) values.push_back(name == "a" ? 2 : name == "b" ? 3 : 5);
    EXPECT_DOUBLE_EQ(expression.ValueAt(values), row.at) << row.text;
  }
}

TEST(MetricExpressions, HoldOneQuantityAgainstANumber) {
  const MetricExpression floor = Parsed("accuracy - 0.5 * refusals >= 0.7");
  EXPECT_THAT(floor.names(), ElementsAre("accuracy", "refusals"));
  EXPECT_EQ(floor.limit(), 0.7);
  EXPECT_TRUE(floor.IsFloor());
  const MetricExpression turned = Parsed("1 - 0.9 > 'exact-match'");
  EXPECT_EQ(turned.text(), "'exact-match' < 1 - 0.9");
  EXPECT_TRUE(turned.IsStrict() && !turned.IsFloor());
  EXPECT_THAT(turned.names(), ElementsAre("exact-match"));
  EXPECT_DOUBLE_EQ(turned.limit(), 0.1);
  EXPECT_EQ(Parsed("a >= b").limit(), 0);
  EXPECT_THAT(Parsed("min >= max.2 - abs").names(), ElementsAre("min", "max.2", "abs"));
}

TEST(MetricExpressions, AreRefusedWithThePlaceOfWhatIsWrong) {
  const struct {
    std::string text;
    const char* message;
  } rows[] = {
      {"", "at character 1: expected a metric, a number or \"(\", got the end"},
      {"a", "at character 2: expected an operator, or one of >=, >, <= and <, got the end"},
      {"a + >= 1", "at character 5: expected a metric, a number or \"(\", got \">\""},
      {"a b >= 1", "at character 3: expected an operator, or one of >=, >, <= and <, got \"b\""},
      {"(a >= 1", "at character 4: expected \")\", got \">\""},
      {"a >= 1)", "at character 7: expected an operator or the end, got \")\""},
      {"a == 1", "at character 3: no data can show that two values are equal; use >=, >, <= or <"},
      {"0.1 <= a <= 1",
       "at character 10: only one comparison can stand in an expression; make another a rule of its own"},
      {"a => 1", "at character 3: no data can show that two values are equal; use >=, >, <= or <"},
      {"sqrt(a) >= 1", "at character 1: there is no function \"sqrt\"; known are min, max and abs"},
      {"min(a) >= 1", "at character 6: expected \",\" and another value, got \")\""},
      {"a % 2 >= 1", "at character 3: expected an operator, or one of >=, >, <= and <, got \"%\""},
      {"a >= 1e999", "at character 6: expected a number, got \"1\""},
      {"a >= .", "at character 6: expected a number, got \".\""},
      {"a / (1 - 1) >= 1", "at character 12: division by 0"},
      {"a >= 1e308 * 10", "at character 16: too large a number"},
      {"'a b' >= 1", "at character 1: \"a b\" is no name of a metric"},
      {"'ab >= 1", "at character 1: a name in quotes without an end"},
      {"2 > 1", "names no metric"},
      {"a ≥ 1", "at character 3: expected an operator, or one of >=, >, <= and <, got \"≥\""},
      {std::string(40, '(') + "a", "at character 33: nested deeper than 32"},
      {std::string(1001, ' '), "longer than 1000 characters"},
  };
  for (const auto& row : rows) {
    const auto expression = MetricExpression::Parse(row.text);
    ASSERT_FALSE(expression.has_value()) << row.text;
    EXPECT_EQ(expression.error().message, row.message) << row.text;
  }
  std::string many = "a0";
  for (int i = 1; i <= 16; ++i) many += " + a" + std::to_string(i);
  EXPECT_THAT(MetricExpression::Parse(many + " >= 1").error().message, ::testing::HasSubstr("more than 16 metrics"));
}

// A random expression over a, b and c.
std::string DrawSum(Random& random, int depth) {
  const char* const names[] = {"a", "b", "c"};
  if (depth == 0 || random.Below(4) == 0) {
    return random.Below(3) > 0 ? names[random.Below(3)] : std::to_string(0.25 * static_cast<double>(random.Below(9)));
  }
  const std::string left = DrawSum(random, depth - 1);
  const std::string right = DrawSum(random, depth - 1);
  switch (random.Below(8)) {
    case 0:
      return "min(" + left + ", " + right + ")";
    case 1:
      return "max(" + left + ", " + right + ")";
    case 2:
      return "abs(" + left + ")";
    case 3:
      return "-(" + left + ")";
    case 4:
      return "(" + left + ") / (" + right + ")";
    case 5:
      return "(" + left + ") * (" + right + ")";
    case 6:
      return "(" + left + ") - (" + right + ")";
    default:
      return "(" + left + ") + (" + right + ")";
  }
}

ValueBox DrawBox(Random& random, bool is_unit) {
  double low = is_unit ? random.Uniform() : 4 * random.Uniform() - 2;
  double high = is_unit ? random.Uniform() : 4 * random.Uniform() - 2;
  if (random.Below(4) == 0) low = high;
  if (random.Below(5) == 0) low = 0;
  if (low > high) std::swap(low, high);
  return {low, high};
}

double Within(Random& random, const ValueBox& box) {
  if (random.Below(3) == 0) return random.Below(2) == 0 ? box.low : box.high;
  return box.low + (box.high - box.low) * random.Uniform();
}

TEST(MetricExpressions, LieWithinTheirRangesWhateverTheMetricsAre) {
  Random random(77);
  int bounded = 0;
  for (int round = 0; round < 20000; ++round) {
    const auto expression = MetricExpression::Parse(DrawSum(random, 4) + " >= a - a");
    if (!expression) continue;  // a division by 0
    std::vector<ValueBox> boxes;
    for (std::size_t i = 0; i < expression->names().size(); ++i) boxes.push_back(DrawBox(random, false));
    const ValueBox range = expression->RangeOver(boxes);
    ASSERT_LE(range.low, range.high) << expression->text();
    if (std::isfinite(range.low)) ++bounded;
    for (int draw = 0; draw < 5; ++draw) {
      std::vector<double> values;
      for (const ValueBox& box : boxes) values.push_back(Within(random, box));
      const double value = expression->ValueAt(values);
      const double slack = 1e-9 * std::max(1.0, std::abs(value));
      if (!std::isfinite(value)) {
        // Where it is not defined nothing may be said.
        ASSERT_FALSE(expression->IsMetBy(range) || expression->IsMissedBy(range)) << expression->text();
        continue;
      }
      ASSERT_LE(range.low, value + slack) << expression->text();
      ASSERT_GE(range.high, value - slack) << expression->text();
    }
  }
  EXPECT_GT(bounded, 5000);
}

// An end of a metric that is not named may be anything: the end of the quantity stands.
TEST(MetricExpressions, NameAllEndsThatADecisionRestsOn) {
  Random random(78);
  int unused = 0;
  for (int round = 0; round < 20000; ++round) {
    const auto expression = MetricExpression::Parse(DrawSum(random, 3) + " >= 1 - 1");
    if (!expression) continue;
    const std::vector<ValueBox> ranges(expression->names().size(), ValueBox{0, 1});
    const MetricExpression::Ends ends = expression->EndsOver(ranges);
    std::vector<ValueBox> boxes;
    std::vector<ValueBox> for_low;
    std::vector<ValueBox> for_high;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      boxes.push_back(DrawBox(random, true));
      for_low.push_back(boxes[i]);
      for_high.push_back(boxes[i]);
      // The truth may lie anywhere beyond an end that is not used.
      const auto open = [&](ValueBox& box, std::uint64_t used) {
        if ((used >> (2 * i) & 1) == 0) box.low = 0, ++unused;
        if ((used >> (2 * i + 1) & 1) == 0) box.high = 1, ++unused;
      };
      open(for_low[i], ends.low);
      open(for_high[i], ends.high);
    }
    const ValueBox range = expression->RangeOver(boxes);
    for (int draw = 0; draw < 6; ++draw) {
      std::vector<double> below;
      std::vector<double> above;
      for (std::size_t i = 0; i < ranges.size(); ++i) {
        below.push_back(Within(random, for_low[i]));
        above.push_back(Within(random, for_high[i]));
      }
      const double low = expression->ValueAt(below);
      const double high = expression->ValueAt(above);
      if (std::isfinite(low)) {
        ASSERT_LE(range.low, low + 1e-9 * std::max(1.0, std::abs(low))) << expression->text();
      }
      if (std::isfinite(high)) {
        ASSERT_GE(range.high, high - 1e-9 * std::max(1.0, std::abs(high))) << expression->text();
      }
    }
  }
  EXPECT_GT(unused, 10000);
}

TEST(MetricExpressions, ThatDivideByWhatCouldBe0CouldBeAnything) {
  for (const char* text : {"a / b >= 0", "max(0.5, a / b) >= 0", "0 * (a / b) >= -1", "min(a / b, 1) <= 2"}) {
    const MetricExpression expression = Parsed(text);
    const std::vector<ValueBox> boxes(2, ValueBox{0, 1});
    EXPECT_FALSE(expression.IsMetBy(expression.RangeOver(boxes))) << text;
    const std::vector<ValueBox> sure(2, ValueBox{0.1, 1});
    EXPECT_TRUE(expression.IsMetBy(expression.RangeOver(sure))) << text;
  }
}

TEST(MetricExpressions, ThatAreTooLargeForANumberAreHeldByNoBound) {
  for (const char* text : {"a * 1e308 * 1e308 >= 1", "1e308 * 10 * a >= 1", "max(1e308 + 1e308 * a, 2) >= 1",
                           "a / 1e-200 / 1e-200 >= 1", "-1e308 * a * 100 <= 1"}) {
    const auto expression = MetricExpression::Parse(text);
    if (!expression) continue;  // numbers alone that are too large are refused as they are read
    const std::vector<ValueBox> boxes(1, ValueBox{0.8, 0.9});
    EXPECT_TRUE(expression->IsTooLargeOver(boxes)) << text;
    EXPECT_FALSE(expression->IsMetBy(expression->RangeOver(boxes))) << text;
    EXPECT_FALSE(expression->IsMissedBy(expression->RangeOver(boxes))) << text;
  }
  const std::vector<ValueBox> times(1, ValueBox{0, std::numeric_limits<double>::infinity()});
  EXPECT_FALSE(Parsed("a * a >= 1").IsTooLargeOver(times)) << "a metric without bounds is not too large";
  EXPECT_FALSE(Parsed("a / a >= 1").IsTooLargeOver(times));
  EXPECT_TRUE(Parsed("a * 1e308 >= 1").IsMetBy(Parsed("a * 1e308 >= 1").RangeOver(std::vector{ValueBox{0.1, 1}})));
}

TEST(MetricExpressions, CountAnEndOnceWhereTheQuantityOnlyRisesOrFalls) {
  const auto tails = [](const std::string& text) {
    const MetricExpression expression = Parsed(text);
    const std::vector<ValueBox> ranges(expression.names().size(), ValueBox{0, 1});
    const MetricExpression::Ends ends = expression.EndsOver(ranges);
    EXPECT_EQ(std::popcount(ends.low), std::popcount(ends.high)) << text;
    return std::popcount(ends.low);
  };
  EXPECT_EQ(tails("a >= 0.5"), 1);
  EXPECT_EQ(tails("a - 0.5 * b >= 0.5"), 2);
  EXPECT_EQ(tails("2 * a * b / 3 + min(a, b) >= 0.5"), 2);
  EXPECT_EQ(tails("a / (1 + b) >= 0.5"), 2);
  EXPECT_EQ(tails("-2 * a <= 0.5"), 1);
  EXPECT_EQ(tails("abs(a - b) <= 0.5"), 4);
  EXPECT_EQ(tails("a - b >= 0.1 * a"), 3);
  EXPECT_EQ(tails("a * (b - 0.5) >= 0.1"), 3);
  EXPECT_EQ(tails("a / b >= 0.1"), 2);
  EXPECT_EQ(tails("a / max(b - 0.5, 0) >= 0.1"), 3);
}

const double kAbsentValue = -1;

struct TwoMetrics {
  std::vector<double> first;
  std::vector<double> second;
};

SuiteEvidence RunOn(const TwoMetrics& values, ScoreStatus status, Random* fill) {
  const auto cases = static_cast<std::int64_t>(values.first.size());
  SuiteEvidence evidence;
  evidence.suite = "s";
  evidence.state = RunState::kComplete;
  evidence.counts.scheduled = cases;
  evidence.observations =
      *SuiteObservations::Make(cases, 1, {{.name = "a", .grader = "a"}, {.name = "b", .grader = "b"}}, {});
  for (std::int64_t i = 0; i < cases; ++i) {
    for (const std::size_t metric : {0, 1}) {
      double value = (metric == 0 ? values.first : values.second)[static_cast<std::size_t>(i)];
      if (value == kAbsentValue && fill == nullptr) {
        EXPECT_TRUE(evidence.observations.AddScore(metric, i, 0, status, {}, {}));
        continue;
      }
      if (value == kAbsentValue) value = fill->Below(3) == 0 ? fill->Uniform() : static_cast<double>(fill->Below(2));
      EXPECT_TRUE(evidence.observations.AddScore(metric, i, 0, ScoreStatus::kScored, value, value == 1));
    }
    evidence.counts.Add(TrialStatus::kScored);
  }
  return evidence;
}

TEST(ExpressionRules, AreOverturnedByNoCompletionOfWhatIsMissing) {
  Random random(20262);
  int decided = 0;
  for (int round = 0; round < 600; ++round) {
    const std::size_t cases = 20 + random.Below(100);
    const double missing = 0.1 * random.Uniform();
    const double rates[] = {random.Uniform(), random.Uniform()};
    TwoMetrics values;
    for (std::size_t i = 0; i < cases; ++i) {
      for (const std::size_t metric : {0, 1}) {
        const double value = random.Uniform() < rates[metric] ? 1 : 0;
        (metric == 0 ? values.first : values.second).push_back(random.Uniform() < missing ? kAbsentValue : value);
      }
    }
    const char* const quantities[] = {"a - 0.5 * b",   "a * b",         "abs(a - b)",
                                      "a / (0.5 + b)", "max(a, 1 - b)", "a + b - a * b"};
    const char* const relations[] = {" >= ", " > ", " <= ", " < "};
    const std::string rule = std::string("{name: r, expression: \"") + quantities[random.Below(6)] +
                             relations[random.Below(4)] + std::to_string(random.Uniform()) + "\"}";
    const ScoreStatus status = random.Below(2) == 0 ? ScoreStatus::kError : ScoreStatus::kUnscored;
    const VerdictState state = DecideOn({RunOn(values, status, nullptr)}, {rule}).state;
    if (state != VerdictState::kPass && state != VerdictState::kFail) continue;
    ++decided;
    for (int fill = 0; fill < 4; ++fill) {
      EXPECT_EQ(DecideOn({RunOn(values, status, &random)}, {rule}).state, state) << rule;
    }
  }
  EXPECT_GT(decided, 150);
}

// On the limit: the truth of a - b is 0.4, of |a - b| 0.4, of a * b 0.27.
TEST(ExpressionRules, ErrNoMoreOftenThanTheyMayOnTheLimit) {
  Random random(20263);
  const char* const rules[] = {"a - b >= 0.4", "abs(a - b) >= 0.4", "abs(a - b) <= 0.4", "a * b <= 0.27",
                               "a * b >= 0.27"};
  int passed[5] = {};
  int failed[5] = {};
  constexpr int kRounds = 1000;
  for (int round = 0; round < kRounds; ++round) {
    TwoMetrics values;
    for (int i = 0; i < 100; ++i) {
      values.first.push_back(random.Uniform() < 0.9 ? 1 : 0);
      // b is 0.5, or 0.3 for the product
      values.second.push_back(random.Uniform() < 0.5 ? 1 : 0);
    }
    TwoMetrics low = values;
    for (double& value : low.second) value = random.Uniform() < 0.3 ? 1 : 0;
    for (int i = 0; i < 5; ++i) {
      const std::string rule = std::string("{name: r, expression: \"") + rules[i] + "\"}";
      const VerdictState state = DecideOn({RunOn(i < 3 ? values : low, ScoreStatus::kError, nullptr)}, {rule}).state;
      if (state == VerdictState::kPass) ++passed[i];
      if (state == VerdictState::kFail) ++failed[i];
    }
  }
  // 5 % and two standard errors.
  const double most = kRounds * 0.05 + 2 * std::sqrt(kRounds * 0.05 * 0.95);
  for (int i = 0; i < 5; ++i) {
    EXPECT_LE(passed[i], most) << rules[i];
    EXPECT_LE(failed[i], most) << rules[i];
  }
}

TEST(ExpressionRules, AreComputedOnSuitesThatHaveAllMetrics) {
  SuiteEvidence both = MakeEvidence({.suite = "both", .cases = "300 x 1", .second = "300 x 0"});
  SuiteEvidence one = MakeEvidence({.suite = "one", .cases = "300 x 1"});
  const Verdict verdict =
      DecideOn({both, one}, {"{name: e, expression: m - n >= 0.9}", "{name: f, metric: m, at_least: 0.9}"});
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  ASSERT_EQ(verdict.rules.at(0).parts.size(), 1u);
  EXPECT_THAT(verdict.rules[0].reason, ::testing::HasSubstr("not computed on suite \"one\", without \"m\" and \"n\""));
  EXPECT_EQ(verdict.rules[0].asks, "m - n >= 0.9");
  // By itself it leaves a suite unjudged.
  EXPECT_EQ(DecideOn({both, one}, {"{name: e, expression: m - n >= 0.9}"}).state, VerdictState::kError);
}

}  // namespace
}  // namespace assay
