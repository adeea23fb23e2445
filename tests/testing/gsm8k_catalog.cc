#include "tests/testing/gsm8k_catalog.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string_view>

#include "core/file.h"
#include "core/json.h"

namespace assay::testing {
namespace {

constexpr std::size_t kQuestions = 660;

Result<std::vector<Json>> ReadLines(const std::filesystem::path& file) {
  ASSAY_ASSIGN(const std::string text, ReadFile(file));
  std::vector<Json> rows;
  std::string_view rest = text;
  while (!rest.empty() && rows.size() < kQuestions) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    ASSAY_ASSIGN(Json row, Json::Parse(rest.substr(0, end)));
    rows.push_back(std::move(row));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (rows.size() < kQuestions) {
    return Fail(ErrorCode::kInvalidArgument, file.string() + " has fewer than 660 rows");
  }
  return rows;
}

Status AddSolution(const Json& row, Gsm8kModel& model) {
  const Json* answer = row.Find(model.served_as);
  const Json* solution = answer != nullptr ? answer->Find("solution") : nullptr;
  const Json* is_correct = answer != nullptr ? answer->Find("is_correct") : nullptr;
  if (solution == nullptr || !solution->is_string() || is_correct == nullptr || !is_correct->is_bool()) {
    return Fail(ErrorCode::kInvalidArgument, "a row has no solution of " + model.served_as);
  }
  model.solutions.push_back(solution->as_string());
  model.is_correct.push_back(is_correct->as_bool());
  model.correct += is_correct->as_bool() ? 1 : 0;
  return {};
}

Status Written(const std::ofstream& file, const std::filesystem::path& path) {
  if (file) return {};
  return Fail(ErrorCode::kUnavailable, "cannot write " + path.string());
}

std::string ModelDocument(const Gsm8kModel& model, const std::string& url) {
  return "---\nkind: Model\nname: " + model.name + "\nversion: \"" + Gsm8k::kModelVersion +
         "\"\nendpoint:\n  provider: openai-chat\n  url: " + url + "\n  model: " + model.served_as +
         "\n  limits: {concurrency: 16}\n  timeout: 30s\n";
}

}  // namespace

std::optional<std::filesystem::path> Gsm8kFolder() {
  std::filesystem::path folder = std::filesystem::path(ASSAY_SOURCE_DIR).parent_path() / "shared" / "data" / "gsm8k";
  std::error_code ignored;
  if (!std::filesystem::exists(folder / "example_model_solutions.jsonl", ignored)) return std::nullopt;
  return folder;
}

Result<Gsm8k> ReadGsm8k(const std::filesystem::path& folder) {
  ASSAY_ASSIGN(const std::vector<Json> tests, ReadLines(folder / "test.jsonl"));
  ASSAY_ASSIGN(const std::vector<Json> solutions, ReadLines(folder / "example_model_solutions.jsonl"));
  constexpr std::string_view kMark = "#### ";
  Gsm8k data;
  data.finetuning.name = "gpt-6b-finetuning";
  data.finetuning.served_as = "6b_finetuning";
  data.verification.name = "gpt-6b-verification";
  data.verification.served_as = "6b_verification";
  for (std::size_t i = 0; i < kQuestions; ++i) {
    const Json* question = tests[i].Find("question");
    const Json* answer = tests[i].Find("answer");
    const Json* solved = solutions[i].Find("question");
    if (question == nullptr || !question->is_string() || answer == nullptr || !answer->is_string() ||
        solved == nullptr || *solved != *question) {
      return Fail(ErrorCode::kInvalidArgument, "row " + std::to_string(i + 1) + " of the two files does not match");
    }
    const std::size_t mark = answer->as_string().rfind(kMark);
    if (mark == std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument, "row " + std::to_string(i + 1) + " has no answer after ####");
    }
    char id[16];
    std::snprintf(id, sizeof id, "gsm8k-%03zu", i + 1);
    data.case_ids.emplace_back(id);
    data.questions.push_back(question->as_string());
    data.answers.push_back(answer->as_string().substr(mark + kMark.size()));
    ASSAY_TRY(AddSolution(solutions[i], data.finetuning));
    ASSAY_TRY(AddSolution(solutions[i], data.verification));
  }
  return data;
}

Status WriteGsm8kRecordings(const Gsm8k& data, const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary);
  for (const Gsm8kModel* model : {&data.finetuning, &data.verification}) {
    for (std::size_t i = 0; i < data.questions.size(); ++i) {
      const Json message = Json::Of({{"role", "user"}, {"content", data.questions[i]}});
      out << Json::Of({{"model", model->served_as},
                       {"messages", Json::Array{message}},
                       {"response", Json::Of({{"content", model->solutions[i]}})}})
                 .Dump()
          << '\n';
    }
  }
  out.flush();
  return Written(out, file);
}

Status WriteGsm8kCatalog(const Gsm8k& data, const std::filesystem::path& folder, const std::string& url) {
  const std::filesystem::path dataset = folder / "gsm8k.jsonl";
  std::ofstream rows(dataset, std::ios::binary);
  for (std::size_t i = 0; i < data.questions.size(); ++i) {
    rows << Json::Of({{"id", data.case_ids[i]}, {"question", data.questions[i]}, {"answer", data.answers[i]}}).Dump()
         << '\n';
  }
  rows.flush();
  ASSAY_TRY(Written(rows, dataset));

  const std::filesystem::path catalog = folder / "gsm8k.yaml";
  std::ofstream yaml(catalog, std::ios::binary);
  yaml << "kind: Suite\nname: " << Gsm8k::kSuite << "\ndataset:\n  - {file: gsm8k.jsonl, id: id}\n"
       << "prompt:\n  - user: \"{{question}}\"\n"
       << "graders:\n  - {name: correct, type: number, which: last, equals: \"{{answer}}\"}\n"
       << "metrics:\n  - {name: accuracy, grader: correct, aggregate: mean}\n"
       << "---\nkind: Gate\nname: " << Gsm8k::kGate << "\nsuites: [" << Gsm8k::kSuite << "]\nrules:\n"
       << "  - {name: accuracy-floor, metric: accuracy, at_least: " << Gsm8k::kFloor << ", confidence: 0.95}\n"
       << ModelDocument(data.finetuning, url) << ModelDocument(data.verification, url);
  yaml.flush();
  return Written(yaml, catalog);
}

}  // namespace assay::testing
