// formula: an expression over the values of other graders. muParser evaluates it; this is the one file that wraps it.

#include <muParser.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <utility>

#include "runners/graders/combine/parts.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

struct FormulaOptions {
  std::string expression;
  std::map<std::string, std::string> of;
  static const FieldTable<FormulaOptions>& Fields();
};

// A "=" that is no comparison, which muParser would take for an assignment.
bool Assigns(std::string_view expression) {
  for (std::size_t i = 0; i < expression.size(); ++i) {
    if (expression[i] != '=') continue;
    if (i + 1 < expression.size() && expression[i + 1] == '=') {
      ++i;
    } else if (i == 0 || std::string_view("<>!").find(expression[i - 1]) == std::string_view::npos) {
      return true;
    }
  }
  return false;
}

void CheckNames(const FormulaOptions& options, const Node& node, Diagnostics& diagnostics) {
  const Node of = *node.Find("of");
  for (std::size_t i = 0; i < of.size(); ++i) {
    const std::string& name = of.key(i);
    const bool is_name = !name.empty() && name.find_first_not_of(
                                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789_") == std::string::npos;
    if (!is_name || (name[0] >= '0' && name[0] <= '9')) {
      diagnostics.Add(of.AtKey(i, "a name in an expression has letters, digits and _, and begins with no digit"));
    }
  }
  if (Assigns(options.expression)) {
    diagnostics.Add(node.Find("expression")->At("nothing can be assigned in an expression; == compares"));
  }
}

const FieldTable<FormulaOptions>& FormulaOptions::Fields() {
  static const auto table =
      FieldTable<FormulaOptions>()
          .Required(
              "expression", &FormulaOptions::expression,
              "+ - * / ^, comparisons, && || ?:, min, max, avg, sum, abs, sqrt, exp, ln, rint over the names of `of`",
              {.min_size = 1, .max_size = 2000})
          .Required("of", &FormulaOptions::of, "names in the expression, and the graders that they stand for",
                    {.min_size = 1, .max_size = kMostParts})
          .Check(CheckNames);
  return table;
}

// An expression compiled over named numbers. Thread-safe.
class Expression {
 public:
  // The message of what is wrong, "" when nothing is.
  std::string Compile(const std::string& source, const std::vector<std::string>& names) {
    values_.resize(names.size());
    try {
      for (std::size_t i = 0; i < names.size(); ++i) parser_.DefineVar(names[i], &values_[i]);
      parser_.SetExpr(source);
      const auto used = parser_.GetUsedVar();
      for (const auto& [name, address] : used) {
        if (std::ranges::find(names, name) == names.end()) return "unknown name \"" + name + "\"";
      }
      for (const std::string& name : names) {
        if (!used.contains(name)) return "\"" + name + "\" of `of` is not used";
      }
      int results = 0;
      parser_.Eval(results);
      if (results != 1) return "it has " + std::to_string(results) + " values; one is needed";
    } catch (const mu::Parser::exception_type& thrown) {
      return thrown.GetMsg();
    }
    return "";
  }

  Result<double> Evaluate(const std::vector<double>& values) const {
    const std::lock_guard lock(mutex_);
    std::ranges::copy(values, values_.begin());
    try {
      return parser_.Eval();
    } catch (const mu::Parser::exception_type& thrown) {
      return Fail(ErrorCode::kInvalidArgument, thrown.GetMsg());
    }
  }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<double> values_;  // where the parser reads them: stays where it is after Compile
  mu::Parser parser_;
};

class Formula final : public Combination {
 public:
  Formula(std::shared_ptr<const Expression> expression, std::vector<std::string> parts)
      : expression_(std::move(expression)), parts_(std::move(parts)) {}

  std::vector<std::string> Parts() const override { return parts_; }

  Score Combine(const Response&, std::span<const Part> parts) const override {
    if (parts.size() < parts_.size()) return Score::Unscored("one of its graders is not asked of this case");
    if (auto lack = LackOf(parts)) return *std::move(lack);
    std::vector<double> values;
    std::string reason;
    for (const Part& part : parts) {
      values.push_back(*part.score->value);
      reason += (reason.empty() ? "" : ", ") + std::string(part.name) + " " + Json(values.back()).Dump();
    }
    const auto value = expression_->Evaluate(values);
    if (!value) return Score::Broken("expression: " + value.error().message);
    if (!std::isfinite(*value)) return Score::Broken("the expression has no finite value: " + reason);
    return Score::Measured(*value, std::move(reason));
  }

 private:
  std::shared_ptr<const Expression> expression_;
  std::vector<std::string> parts_;
};

std::unique_ptr<Combination> MakeFormula(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  FormulaOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  std::vector<std::string> names;
  std::vector<std::string> parts;
  for (const auto& [name, part] : options.of) {
    names.push_back(name);
    parts.push_back(part);
  }
  auto expression = std::make_shared<Expression>();
  if (const std::string wrong = expression->Compile(options.expression, names); !wrong.empty()) {
    diagnostics.Add(node.Find("expression")->At("expression: " + wrong));
    return nullptr;
  }
  return std::make_unique<Formula>(std::move(expression), std::move(parts));
}

}  // namespace

GraderKind FormulaGrader() {
  return {.version = 1,
          .help = "an expression over the values of other graders",
          .fields = &FormulaOptions::Fields(),
          .judges_text = false,
          .value = GraderValue::kAmount,
          .make_combination = &MakeFormula};
}

}  // namespace assay
