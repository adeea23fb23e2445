// Recorded answers of four models to the 1,240 questions of the Berkeley Function-Calling Leaderboard, each with the
// leaderboard's own verdict.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

const std::filesystem::path kBfcl = std::filesystem::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data" / "bfcl";

std::vector<Json> RowsOf(const std::filesystem::path& path) {
  std::vector<Json> rows;
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  for (std::string line; std::getline(file, line);) {
    const auto row = Json::Parse(line);
    EXPECT_TRUE(row.has_value()) << path << ": " << (row ? "" : row.error().message);
    if (row) rows.push_back(*row);
  }
  return rows;
}

std::map<std::string, Json> ById(const std::filesystem::path& path) {
  std::map<std::string, Json> rows;
  for (Json& row : RowsOf(path)) rows.emplace(row.Find("id")->as_string(), std::move(row));
  return rows;
}

// As an endpoint would have given it: a list of {name: arguments} is what was reported as calls, anything else is text.
Response ResponseOf(const Json& result) {
  Response response;
  if (!result.is_array()) {
    response.text = result.is_string() ? result.as_string() : result.Dump();
    return response;
  }
  for (const Json& call : result.as_array()) {
    const auto& [name, arguments] = call.as_object().front();
    response.tool_calls.push_back({name, arguments.is_string() ? arguments.as_string() : arguments.Dump()});
  }
  return response;
}

struct Agreement {
  int items = 0;
  int agreed = 0;
  int passed = 0;
};

Agreement Compare(const std::string& model, const Grader& grader) {
  static const auto questions = ById(kBfcl / "normalised_expected.jsonl");
  Agreement all;
  for (const char* category :
       {"simple", "multiple_function", "parallel_function", "parallel_multiple_function", "relevance"}) {
    const auto results = ById(kBfcl / "results" / model / (std::string(category) + "_result.json"));
    for (const Json& verdict : RowsOf(kBfcl / "verdicts" / model / (std::string(category) + ".jsonl"))) {
      const std::string& id = verdict.Find("id")->as_string();
      const Json& question = questions.at(id);
      const Json fields =
          Json::Of({{"expected_calls", *question.Find("expected_calls")}, {"tools", *question.Find("functions")}});
      const Score score = grader.Grade(Case{0, id, fields}, ResponseOf(*results.at(id).Find("result")));
      const bool is_valid = verdict.Find("valid")->as_bool();
      ++all.items;
      all.passed += score.pass == true ? 1 : 0;
      all.agreed += score.pass == is_valid ? 1 : 0;
      if (score.pass != is_valid) {
        const Json* error = verdict.Find("error");
        std::cout << "  " << model << " " << id << ": "
                  << (is_valid ? "valid" : "invalid " + (error ? error->Dump() : "")) << ", but " << score.reason
                  << "\n";
      }
    }
  }
  return all;
}

TEST(Bfcl, AgreesWithTheLeaderboard) {
  if (!std::filesystem::exists(kBfcl / "normalised_expected.jsonl")) GTEST_SKIP() << "the data is not at " << kBfcl;
  const auto by_default = GraderOf("tool_calls", "{dialect: bfcl}");
  const auto underscores = GraderOf("tool_calls", "{dialect: bfcl, dots: underscores}");
  const auto kept = GraderOf("tool_calls", "{dialect: bfcl, dots: kept}");
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kBfcl / "results")) {
    const std::string model = entry.path().filename();
    // The leaderboard knows of each model whether its names had to do without dots.
    const bool is_reported = model.ends_with("-FC");
    for (const auto& [name, grader] :
         {std::pair(std::string("dialect bfcl"), by_default),
          std::pair(std::string("with the model's names"), is_reported ? underscores : kept)}) {
      const Agreement agreement = Compare(model, *grader);
      const double share = static_cast<double>(agreement.agreed) / agreement.items;
      std::cout << model << ", " << name << ": agrees on " << agreement.agreed << " of " << agreement.items << " ("
                << 100 * share << " %), " << agreement.passed << " passed\n";
      EXPECT_EQ(agreement.items, 1240);
      EXPECT_GE(share, 0.994) << model;
    }
    ++models;
  }
  EXPECT_GE(models, 4);
}

}  // namespace
}  // namespace assay
