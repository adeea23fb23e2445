#include "core/judge_evidence.h"

#include <set>

#include "core/json.h"

namespace assay {
namespace {

void Collect(const Json& value, std::set<std::string>& models) {
  if (value.is_array()) {
    for (const Json& each : value.as_array()) Collect(each, models);
  }
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.as_object()) {
    if (key == "answered_by") {
      models.insert(member.is_string() ? member.as_string() : "");
    } else {
      Collect(member, models);
    }
  }
}

}  // namespace

std::vector<std::string> ModelsThatAnswered(std::string_view evidence) {
  if (!evidence.starts_with("{\"judge\"")) return {};
  const auto json = Json::Parse(evidence);
  if (!json) return {};
  std::set<std::string> models;
  Collect(*json, models);
  return {models.begin(), models.end()};
}

}  // namespace assay
