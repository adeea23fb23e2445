#include "cli/look_lines.h"

#include <algorithm>
#include <optional>

#include "assay/v1/types.pb.h"
#include "cli/table.h"

namespace assay {
namespace {

std::int64_t Saved(const v1::VerdictLook& look) {
  return std::max<std::int64_t>(look.planned_trials() - look.asked_trials(), 0);
}

std::string Describe(const v1::VerdictLook& look) {
  const std::string planned = std::to_string(look.planned_cases());
  std::string text = "look " + std::to_string(look.look()) + " of " + std::to_string(look.looks()) + ": decided on ";
  if (look.cases() < look.planned_cases()) {
    text += "the first " + std::to_string(look.cases()) + " of " + planned + " cases";
  } else {
    text += (Saved(look) > 0 ? "what was asked of all " : "all ") + planned + " cases that were planned";
  }
  if (look.error_share() < 1) text += ", with " + FormatNumber(look.error_share()) + " of each rule's error rate";
  return text + "; " + std::to_string(Saved(look)) + " of " + std::to_string(look.planned_trials()) +
         " trials were not asked";
}

std::string Describe(const v1::ControlComparison& control) {
  const auto number = [](bool has, double value) { return FormatNumber(has ? std::optional(value) : std::nullopt); };
  return "baseline beside it: suite " + control.suite() + ", " + control.metric() + " was " +
         number(control.has_before(), control.before()) + " in run " + control.earlier_run_id() + " and is " +
         number(control.has_now(), control.now()) + " on the same cases now: " +
         (control.has_moved() ? "it has MOVED by more than chance" : "not moved by more than chance");
}

}  // namespace

std::vector<std::string> LookLines(const v1::Verdict& verdict) {
  std::vector<std::string> lines;
  if (verdict.has_look()) lines.push_back(Describe(verdict.look()));
  for (const v1::ControlComparison& control : verdict.controls()) lines.push_back(Describe(control));
  return lines;
}

Json LookJson(const v1::Verdict& verdict) {
  if (!verdict.has_look()) return {};
  const v1::VerdictLook& look = verdict.look();
  return Json::Of({{"look", std::int64_t{look.look()}},
                   {"looks", std::int64_t{look.looks()}},
                   {"error_share", look.error_share()},
                   {"cases", std::int64_t{look.cases()}},
                   {"planned_cases", std::int64_t{look.planned_cases()}},
                   {"asked_trials", std::int64_t{look.asked_trials()}},
                   {"planned_trials", std::int64_t{look.planned_trials()}},
                   {"saved_trials", Saved(look)}});
}

Json ControlsJson(const v1::Verdict& verdict) {
  Json::Array controls;
  for (const v1::ControlComparison& control : verdict.controls()) {
    controls.push_back(Json::Of({{"suite", control.suite()},
                                 {"metric", control.metric()},
                                 {"earlier_run", control.earlier_run_id()},
                                 {"before", control.has_before() ? Json(control.before()) : Json()},
                                 {"now", control.has_now() ? Json(control.now()) : Json()},
                                 {"has_moved", control.has_moved()}}));
  }
  return Json(std::move(controls));
}

}  // namespace assay
