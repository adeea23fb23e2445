// core/json.h: what is parsed prints, and what is printed is read back as the same.

#include "core/json.h"

#include "tests/fuzz/invariant.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using assay::Json;
  using assay::fuzz::Require;
  const assay::Result<Json> value = Json::Parse(assay::fuzz::TextOf(data, size));
  if (!value) {
    Require(!value.error().message.empty(), "an error has a message");
    return 0;
  }
  Require(*value == *value, "no NaN comes from text");
  const std::string text = value->Dump();
  Require(text.size() <= 32 * size, "printing does not blow up");  // 1e20 has twenty-one digits
  const std::string canonical = value->DumpCanonical();
  for (const std::string& printed : {text, value->DumpIndented()}) {
    const assay::Result<Json> again = Json::Parse(printed);
    Require(again.has_value(), "what is printed is valid");
    Require(again->Dump() == text, "what is read back prints the same");
    Require(again->DumpCanonical() == canonical, "what is read back has the same canonical text");
  }
  const assay::Result<Json> again = Json::Parse(canonical);
  Require(again.has_value() && again->DumpCanonical() == canonical, "canonical text is its own canonical text");
  return 0;
}
