#pragma once
// Graders from the text of their options, for tests.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "config/diagnostics.h"
#include "config/node.h"
#include "runners/graders/grader.h"

namespace assay {

// `frame`: a YAML mapping in braces with what the frame reads, "{threshold: 0.5}".
inline GraderSpec SpecOf(const std::string& type, const std::string& options, bool negate = false,
                         const std::string& frame = "{}") {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("options.yaml", options, diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.Render();
  const auto mapping = ParseYaml("frame.yaml", "{name: g, type: " + type + ", " + frame.substr(1), diagnostics);
  GraderSpec spec;
  EXPECT_TRUE(ReadFields(mapping.front().root, spec, diagnostics)) << diagnostics.Render();
  spec.negate = spec.negate || negate;
  if (!documents.empty()) spec.options = documents.front().root;
  return spec;
}

// The error of MakeGrader, "" when there is none.
inline std::string ErrorOf(const std::string& type, const std::string& options) {
  const auto made = MakeGrader(SpecOf(type, options), std::filesystem::path());
  return made ? "" : made.error().message;
}

inline std::shared_ptr<const Grader> GraderOf(const std::string& type, const std::string& options, bool negate = false,
                                              const std::string& frame = "{}") {
  const auto made = MakeGrader(SpecOf(type, options, negate, frame), std::filesystem::path());
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  return made ? made->grader : nullptr;
}

inline Score GradeText(const Grader& grader, std::string text, Json fields = Json(Json::Object{})) {
  Response response;
  response.text = std::move(text);
  return grader.Grade(Case{0, "c", std::move(fields)}, response);
}

}  // namespace assay
