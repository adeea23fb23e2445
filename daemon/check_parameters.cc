#include "daemon/check_parameters.h"

#include "core/json.h"

namespace assay {
namespace {

std::optional<std::string> TextIn(const Json& object, const char* key) {
  const Json* text = object.Find(key);
  return text != nullptr && text->is_string() ? std::optional(text->as_string()) : std::nullopt;
}

Json ModelJson(const ModelIdentity& model) {
  return Json::Of({{"name", model.name}, {"version", model.version}, {"content_version", model.content_version}});
}

Json MillisecondsJson(const std::optional<Duration>& duration) {
  if (!duration) return Json();
  return Json(std::int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(*duration).count()});
}

std::optional<ModelIdentity> ModelIn(const Json& object, const char* key) {
  const Json* model = object.Find(key);
  if (model == nullptr || !model->is_object()) return std::nullopt;
  auto name = TextIn(*model, "name");
  auto version = TextIn(*model, "version");
  auto content_version = TextIn(*model, "content_version");
  if (!name || !version || !content_version) return std::nullopt;
  return ModelIdentity{*std::move(name), *std::move(version), *std::move(content_version)};
}

}  // namespace

std::string ToText(const CheckParameters& parameters) {
  Json::Array suites;
  for (const CheckParameters::Suite& suite : parameters.suites) {
    suites.push_back(Json::Of({{"name", suite.name}, {"version", suite.version}}));
  }
  return Json::Of({{"fresh", parameters.fresh},
                   {"is_baseline_given", parameters.is_baseline_given},
                   {"baseline", parameters.baseline ? ModelJson(*parameters.baseline) : Json()},
                   {"timeout_ms", MillisecondsJson(parameters.timeout)},
                   {"suites", std::move(suites)}})
      .Dump();
}

Result<CheckParameters> ReadParameters(const CheckRecord& check) {
  ASSAY_ASSIGN(const Json json, Json::Parse(check.parameters));
  CheckParameters parameters;
  const Json* fresh = json.Find("fresh");
  parameters.fresh = fresh != nullptr && fresh->is_bool() && fresh->as_bool();
  const Json* is_given = json.Find("is_baseline_given");
  parameters.is_baseline_given = is_given != nullptr && is_given->is_bool() && is_given->as_bool();
  const Json* suites = json.Find("suites");
  if (suites == nullptr || !suites->is_array() || suites->as_array().empty())
    return Fail(ErrorCode::kInternal, "check " + check.id + " is stored without its suites");
  for (const Json& suite : suites->as_array()) {
    auto name = TextIn(suite, "name");
    auto version = TextIn(suite, "version");
    if (!name || !version)
      return Fail(ErrorCode::kInternal, "check " + check.id + " is stored with a suite that has no name or version");
    parameters.suites.push_back({*std::move(name), *std::move(version)});
  }
  parameters.baseline = ModelIn(json, "baseline");
  const Json* timeout = json.Find("timeout_ms");
  if (timeout != nullptr && timeout->is_integer())
    parameters.timeout = std::chrono::milliseconds(timeout->as_integer());
  return parameters;
}

}  // namespace assay
