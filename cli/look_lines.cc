#include "cli/look_lines.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "assay/v1/types.pb.h"
#include "cli/table.h"
#include "gates/slice_value.h"

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

// "1/4" of such a part; else as a number.
std::string ShareText(double share) {
  const double of = 1 / share;
  const bool is_part = std::isfinite(of) && std::abs(of - std::round(of)) < 1e-9;
  return is_part ? "1/" + std::to_string(std::llround(of)) : FormatNumber(share);
}

// "; compared on 50 of 200 cases with 1/4 of the error share": how far that can be relied on. "" where it is not said.
std::string ExtentText(const v1::Verdict& verdict, const v1::ControlComparison& control) {
  if (!control.has_cases()) return "";
  const auto suite = std::ranges::find_if(
      verdict.suites(), [&](const v1::VerdictSuite& each) { return each.suite().name() == control.suite(); });
  const bool is_whole = control.slice().empty() && suite != verdict.suites().end();
  const std::int64_t all = is_whole ? suite->counts().scheduled() : 0;
  const bool is_part = all > control.cases();
  std::string text = "; compared on " + std::to_string(control.cases()) +
                     (is_part ? " of " + std::to_string(all) : "") +
                     (control.cases() == 1 && !is_part ? " case" : " cases");
  if (control.has_error_share() && control.error_share() > 0)
    text += control.error_share() < 1 ? " with " + ShareText(control.error_share()) + " of the error share"
                                      : " with the whole error share";
  return text;
}

std::string EarlierText(const v1::ControlComparison& control) {
  if (control.earlier_runs() <= 1) return " in run " + control.earlier_run_id();
  return " in its first " + std::to_string(control.earlier_runs()) + " runs, from run " + control.earlier_run_id();
}

std::string FindingText(const v1::ControlComparison& control) {
  if (control.has_cases() && control.cases() == 0) return "nothing tells whether it has moved";
  return control.has_moved() ? "it has MOVED by more than chance" : "not moved by more than chance";
}

std::string PartName(const v1::ControlComparison& control) {
  if (control.slice().empty()) return control.metric();
  return control.metric() + " in " + control.slice() + "=" + ShownSliceValue(control.slice_value());
}

std::string Describe(const v1::Verdict& verdict, const v1::ControlComparison& control) {
  const auto number = [](bool has, double value) { return FormatNumber(has ? std::optional(value) : std::nullopt); };
  return "baseline beside it: suite " + control.suite() + ", " + PartName(control) + " was " +
         number(control.has_before(), control.before()) + EarlierText(control) + " and is " +
         number(control.has_now(), control.now()) + " on the same cases now: " + FindingText(control) +
         ExtentText(verdict, control);
}

}  // namespace

std::vector<std::string> LookLines(const v1::Verdict& verdict) {
  std::vector<std::string> lines;
  if (verdict.has_look()) lines.push_back(Describe(verdict.look()));
  std::int64_t unmoved = 0;
  std::int64_t unknown = 0;
  for (const v1::ControlComparison& control : verdict.controls()) {
    const bool is_said = control.slice().empty() || control.has_moved();
    if (is_said) lines.push_back(Describe(verdict, control));
    if (!is_said) ++(control.cases() == 0 ? unknown : unmoved);
  }
  const auto add = [&](std::int64_t slices, const std::string& what) {
    if (slices == 0) return;
    lines.push_back("baseline beside it: in " + std::to_string(slices) + (slices == 1 ? " slice " : " slices ") + what);
  };
  add(unmoved, "not moved by more than chance");
  add(unknown, "nothing tells whether it has moved");
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
                                 {"slice", control.slice().empty() ? Json() : Json(control.slice())},
                                 {"slice_value", control.slice().empty() ? Json() : Json(control.slice_value())},
                                 {"earlier_run", control.earlier_run_id()},
                                 {"earlier_runs", std::max<std::int64_t>(control.earlier_runs(), 1)},
                                 {"before", control.has_before() ? Json(control.before()) : Json()},
                                 {"now", control.has_now() ? Json(control.now()) : Json()},
                                 {"has_moved", control.has_moved()},
                                 {"cases", control.has_cases() ? Json(std::int64_t{control.cases()}) : Json()},
                                 {"error_share", control.has_error_share() ? Json(control.error_share()) : Json()},
                                 {"missing", control.has_missing() ? Json(control.missing()) : Json()},
                                 {"lower", control.has_lower() ? Json(control.lower()) : Json()},
                                 {"upper", control.has_upper() ? Json(control.upper()) : Json()}}));
  }
  return Json(std::move(controls));
}

}  // namespace assay
