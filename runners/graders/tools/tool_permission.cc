// tool_permission: the share of calls that are of tools that may be called.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/name_globs.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

struct PermissionOptions : CallOptions {
  std::optional<std::vector<std::string>> allow;
  std::vector<std::string> deny;
  static const FieldTable<PermissionOptions>& Fields();
};

const FieldTable<PermissionOptions>& PermissionOptions::Fields() {
  using Options = PermissionOptions;
  static const auto table = [] {
    FieldTable<Options> fields;
    fields.Optional(
        "allow", &Options::allow,
        "the tools that may be called, as names or patterns with * and ?, and no others; templates, `\"{{field}}\"` "
        "alone stands for the elements of a field that is a list",
        {.max_size = 1000, .one_or_list = true});
    fields.Optional("deny", &Options::deny, "the tools that may not, even if `allow` has them; likewise",
                    {.max_size = 1000, .one_or_list = true});
    AddCallFields(fields);
    fields.Check(
        [](const Options& options, const Node& node, Diagnostics& diagnostics) {
          if (!options.allow && options.deny.empty()) diagnostics.Add(node.At("needs allow or deny"));
        },
        {"allow", "deny"});
    return fields;
  }();
  return table;
}

class ToolPermission final : public Grader {
 public:
  ToolPermission(const PermissionOptions& options, std::optional<NameGlobs> allow, NameGlobs deny)
      : options_(options), allow_(std::move(allow)), deny_(std::move(deny)) {}

  Score Grade(const Case& item, const Response& response) const override {
    std::vector<std::string> allowed;
    if (allow_) {
      auto globs = allow_->For(item);
      if (!globs) return std::move(globs).error();
      allowed = *std::move(globs);
    }
    const auto denied = deny_.For(item);
    if (!denied) return denied.error();
    const CallList made = ReadCalls(response, options_, CallParts::kNames);
    if (made.IsSilent()) return Score::Measured(0, "the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    if (made.calls.empty()) return Score::Measured(1, "no call");
    std::vector<MadeCall> forbidden;
    for (const MadeCall& call : made.calls) {
      const bool is_allowed = !MatchesAnyGlob(call.name, *denied) && (!allow_ || MatchesAnyGlob(call.name, allowed));
      if (!is_allowed) forbidden.push_back({.name = call.name});
    }
    if (forbidden.empty()) return Score::Measured(1, "all calls are allowed: " + NamesOf(made.calls));
    const double share = 1 - static_cast<double>(forbidden.size()) / static_cast<double>(made.calls.size());
    return Score::Measured(share, std::to_string(forbidden.size()) + " of " + std::to_string(made.calls.size()) +
                                      " calls are not allowed: " + NamesOf(forbidden));
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields = deny_.RequiredFields();
    if (allow_) {
      for (std::string& field : allow_->RequiredFields()) fields.push_back(std::move(field));
    }
    return fields;
  }

 private:
  PermissionOptions options_;
  std::optional<NameGlobs> allow_;
  NameGlobs deny_;
};

std::unique_ptr<Grader> MakeToolPermission(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  PermissionOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  std::optional<NameGlobs> allow;
  if (options.allow) {
    allow = NameGlobs::Compile(node, "allow", *options.allow, diagnostics);
    if (!allow) return nullptr;
  }
  auto deny = NameGlobs::Compile(node, "deny", options.deny, diagnostics);
  if (!deny) return nullptr;
  return std::make_unique<ToolPermission>(options, std::move(allow), *std::move(deny));
}

}  // namespace

GraderKind ToolPermissionGrader() {
  return {1,
          "the share of calls that are allowed",
          &PermissionOptions::Fields(),
          &MakeToolPermission,
          /*judges_text=*/true,
          GraderValue::kShare,
          /*judges_calls=*/true};
}

}  // namespace assay
