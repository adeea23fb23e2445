// Paths of provider `http`: the path, a line `----`, the document.

#include "runners/dataset_format.h"
#include "runners/jq/jq_paths.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

void Check(std::string_view input) {
  const std::string source(TakePart(input));
  const Result<JsonPath> path = JsonPath::Compile(source);
  if (!path) {
    Require(!path.error().message.empty(), "the error says what is wrong");
    return;
  }
  const std::vector<std::optional<JsonPath>> paths = {*path};
  const Result<JqPaths> compiled = JqPaths::Compile(paths);
  Require(compiled.has_value(), "libjq takes whatever lint takes");
  Json document = Json::Of({{"a", Json::Array{1, Json::Of({{"b", "x"}})}}, {"c", nullptr}});
  if (Result<Json> given = Json::Parse(input)) document = *std::move(given);
  const Json before = document;
  const auto found = compiled->Find(document);
  Require(found.size() == 1, "a path has an outcome");
  Require(document == before, "looking changes nothing");
  if (!found[0]) {
    Require(found[0].error().code == ErrorCode::kInvalidArgument && !found[0].error().message.empty(),
            "an error says what does not fit");
    return;
  }
  Require(found[0]->size() <= JqPaths::kMaxFound, "what is found is bounded");
  Require(path->has_many() || found[0]->size() <= 1, "without [] there is one value");
  for (const Json* value : *found[0]) Require(IsUtf8(value->Dump()), "it leads to a value");
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
