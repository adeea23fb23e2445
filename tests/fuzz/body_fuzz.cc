// Bodies of provider `http`: the body in YAML, a line `----`, the text of a user.

#include "config/yaml_text.h"
#include "runners/dataset_format.h"
#include "runners/endpoints/body_template.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

ModelRequest Asking(std::string text) {
  ModelRequest request;
  request.messages = {{.role = Role::kUser, .content = std::move(text)}};
  request.sampling.temperature = 0.5;
  request.sampling.stop = {"END"};
  return request;
}

// Texts become "".
Json ShapeOf(const Json& value) {
  if (value.is_string()) return "";
  if (value.is_array()) {
    Json::Array shape;
    for (const Json& element : value.as_array()) shape.push_back(ShapeOf(element));
    return shape;
  }
  if (!value.is_object()) return value;
  Json::Object shape;
  for (const auto& [key, member] : value.as_object()) shape.emplace_back(key, ShapeOf(member));
  return shape;
}

void Check(std::string_view input) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("m.yaml", std::string(TakePart(input)), diagnostics);
  if (documents.empty() || !diagnostics.empty() || !IsUtf8(input)) return;
  const Node& node = documents.front().root;
  BodyTemplate::Check(node, diagnostics);
  const Result<BodyTemplate> body = BodyTemplate::Compile(node);
  Require(body.has_value() == diagnostics.empty(), "lint sees what is wrong, and nothing else");
  if (!body) {
    Require(!body.error().message.empty(), "the error says what is wrong");
    return;
  }
  const Result<std::string> plain = body->Render(Asking("x"), "model");
  const Result<std::string> given = body->Render(Asking(std::string(input)), "model");
  if (!plain || !given) {
    const Error& error = !given ? given.error() : plain.error();
    Require(error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kResourceExhausted,
            "a body fails for want of a place, or by its size");
    return;
  }
  const Result<Json> plain_json = Json::Parse(*plain, 256, RepeatedKeys::kRefuse);
  const Result<Json> given_json = Json::Parse(*given, 256, RepeatedKeys::kRefuse);
  Require(plain_json && given_json, "a body is JSON");
  Require(ShapeOf(*plain_json) == ShapeOf(*given_json), "no text changes the structure of a body");
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
