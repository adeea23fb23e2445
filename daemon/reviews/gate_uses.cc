#include "daemon/reviews/gate_uses.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

#include "core/random.h"
#include "daemon/prepared_run.h"
#include "runners/dataset.h"
#include "runners/prompt.h"

namespace assay {
namespace {

constexpr std::int64_t kCasesAtOnce = 1000;

using GateNames = std::map<std::string, std::set<std::string>>;

// Every stored document of a kind, as its JSON.
Status VisitStored(Store& store, const std::string& project, const std::string& kind,
                   const std::function<void(const std::string& name, const Json&)>& visit) {
  PageRequest wanted{.token = "", .limit = PageRequest::kMaxPage};
  do {
    ASSAY_ASSIGN(Page<DocumentRecord> page, store.ListDocuments(project, kind, "", wanted));
    for (const DocumentRecord& record : page.items) {
      ASSAY_ASSIGN(const Json document, Json::Parse(record.json));
      visit(record.name, document);
    }
    wanted.token = std::move(page.next);
  } while (!wanted.token.empty());
  return {};
}

void AddGate(const std::string& gate, const Json& document, GateNames& gates) {
  const Json* suites = document.Find("suites");
  if (suites == nullptr || !suites->is_array()) return;
  for (const Json& suite : suites->as_array()) {
    if (suite.is_string()) gates[suite.as_string()].insert(gate);
  }
}

bool IsText(const Json* json, std::string_view text) {
  return json != nullptr && json->is_string() && json->as_string() == text;
}

bool AsksPeopleOf(const Json& suite, const std::string& queue) {
  const Json* metrics = suite.Find("metrics");
  if (metrics == nullptr || !metrics->is_array()) return false;
  return std::ranges::any_of(metrics->as_array(),
                             [&](const Json& metric) { return IsText(metric.Find("queue"), queue); });
}

// Letters in lower case and one space between words: what a copy differs in without asking anything else.
std::uint64_t HashOfQuestion(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    const bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (is_space && (plain.empty() || plain.back() == ' ')) continue;
    plain += is_space ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (plain.ends_with(' ')) plain.pop_back();
  return SeedFrom("question\n" + plain);
}

// A case that is said to come from elsewhere asks the same.
std::uint64_t HashOfFields(const Json& fields, const std::string& case_id) {
  Json::Object kept;
  for (const auto& [name, value] : fields.as_object()) {
    if (name != kProvenanceField && !IsText(&value, case_id)) kept.emplace_back(name, value);
  }
  return SeedFrom("fields\n" + Json(std::move(kept)).DumpCanonical());
}

std::optional<Prompt> PromptOfSuite(const CatalogDocument& suite) {
  Result<Prompt> prompt = Prompt::Compile(*suite.suite(), std::filesystem::path(suite.file).parent_path());
  return prompt ? std::optional(*std::move(prompt)) : std::nullopt;
}

}  // namespace

Result<GatesOfSuite> GatesOfSuites(Store& store, const ServedVersion& served, const std::string& project) {
  GateNames names;
  for (const CatalogDocument& document : served.catalog.documents) {
    const GateSpec* gate = document.gate();
    if (gate == nullptr) continue;
    for (const std::string& suite : gate->suites) names[suite].insert(gate->name);
  }
  ASSAY_TRY(VisitStored(store, project, "Gate",
                        [&](const std::string& gate, const Json& document) { AddGate(gate, document, names); }));
  GatesOfSuite gates;
  for (const auto& [suite, of_suite] : names) gates[suite] = {of_suite.begin(), of_suite.end()};
  return gates;
}

Result<std::string> GateOfQueue(Store& store, const ServedVersion& served, const std::string& project,
                                const std::string& queue) {
  ASSAY_ASSIGN(const GatesOfSuite gates, GatesOfSuites(store, served, project));
  std::string found;
  const auto look_at = [&](const std::string& suite, bool asks) {
    const auto of_suite = gates.find(suite);
    if (found.empty() && asks && of_suite != gates.end()) found = of_suite->second.front();
  };
  for (const CatalogDocument& document : served.catalog.documents) {
    const SuiteSpec* suite = document.suite();
    if (suite == nullptr) continue;
    look_at(suite->name, std::ranges::any_of(suite->metrics, [&](const MetricSpec& metric) {
              return IsOfPeople(metric.source) && metric.queue == queue;
            }));
  }
  ASSAY_TRY(VisitStored(store, project, "Suite", [&](const std::string& suite, const Json& document) {
    look_at(suite, AsksPeopleOf(document, queue));
  }));
  return found;
}

class GateCases::Builder {
 public:
  void BeginSuite(const std::vector<std::string>& gates) { cases_.gates_.push_back(gates); }

  Status Add(const Json& fields, const std::string& case_id, const std::optional<Prompt>& prompt) {
    if (++rows_ > kMost) {
      return Fail(ErrorCode::kResourceExhausted, "gates use more than " + std::to_string(kMost) +
                                                     " cases, too many to tell whether one of them leaves");
    }
    AddHash(HashOfFields(fields, case_id));
    const Result<Dialogue> dialogue = prompt ? prompt->Render(fields) : Fail(ErrorCode::kNotFound, "");
    if (!dialogue || dialogue->turns.empty()) return {};
    const std::vector<Message>& asked = dialogue->turns.front();
    const auto last =
        std::find_if(asked.rbegin(), asked.rend(), [](const Message& message) { return message.role == Role::kUser; });
    if (last != asked.rend()) AddHash(HashOfQuestion(last->content));
    return {};
  }

  GateCases Take() {
    std::ranges::sort(cases_.entries_);
    const auto repeated = std::ranges::unique(cases_.entries_);
    cases_.entries_.erase(repeated.begin(), repeated.end());
    return std::move(cases_);
  }

 private:
  void AddHash(std::uint64_t hash) {
    cases_.entries_.push_back({.hash = hash, .suite = static_cast<std::uint32_t>(cases_.gates_.size() - 1)});
  }

  GateCases cases_;
  std::size_t rows_ = 0;
};

namespace {

using AddCase = std::function<Status(const Json& fields, const std::string& case_id, const std::optional<Prompt>&)>;

Status AddServedSuite(const CatalogDocument& suite, const AddCase& add) {
  ASSAY_ASSIGN(const auto reader, OpenDataset(*suite.suite(), std::filesystem::path(suite.file).parent_path()));
  const std::optional<Prompt> prompt = PromptOfSuite(suite);
  for (;;) {
    ASSAY_ASSIGN(const std::optional<DatasetRow> row, reader->Next());
    if (!row) return {};
    ASSAY_TRY(add(row->fields, row->case_id, prompt));
  }
}

Status AddRunCases(Store& store, const PluginKinds& kinds, const RunRecord& run, const AddCase& add) {
  std::optional<Prompt> prompt;
  if (const Result<CatalogDocument> suite = LoadRunSuite(store, kinds, run)) prompt = PromptOfSuite(*suite);
  for (std::int64_t first = 0; first < run.cases; first += kCasesAtOnce) {
    std::vector<std::int64_t> ordinals;
    for (std::int64_t i = first; i < std::min(first + kCasesAtOnce, run.cases); ++i) ordinals.push_back(i);
    const Result<std::vector<Case>> cases = store.ReadCases(run.snapshot, ordinals);
    if (!cases && cases.error().code == ErrorCode::kNotFound) return {};  // deleted with its runs
    if (!cases) return Fail(cases.error());
    for (const Case& row : *cases) ASSAY_TRY(add(row.fields, row.id, prompt));
  }
  return {};
}

// One run of each content of the suite: the others asked the same.
Status AddRuns(Store& store, const PluginKinds& kinds, const std::string& project, const std::string& suite,
               const AddCase& add) {
  std::set<std::pair<std::string, SnapshotKey>> seen;
  PageRequest wanted{.token = "", .limit = PageRequest::kMaxPage};
  do {
    ASSAY_ASSIGN(Page<RunRecord> page, store.ListRuns({.project = project, .suite = suite}, wanted));
    for (const RunRecord& run : page.items) {
      if (seen.emplace(run.suite_version, run.snapshot).second) ASSAY_TRY(AddRunCases(store, kinds, run, add));
    }
    wanted.token = std::move(page.next);
  } while (!wanted.token.empty());
  return {};
}

}  // namespace

Result<GateCases> GateCases::Read(Store& store, const PluginKinds& kinds, const ServedVersion& served,
                                  const std::string& project, const GatesOfSuite& gates) {
  Builder builder;
  const AddCase add = [&builder](const Json& fields, const std::string& case_id, const std::optional<Prompt>& prompt) {
    return builder.Add(fields, case_id, prompt);
  };
  for (const auto& [suite, of_suite] : gates) {
    builder.BeginSuite(of_suite);
    if (const CatalogDocument* document = served.catalog.FindSuite(suite)) ASSAY_TRY(AddServedSuite(*document, add));
    ASSAY_TRY(AddRuns(store, kinds, project, suite, add));
  }
  return builder.Take();
}

void GateCases::AddGatesOf(std::uint64_t hash, std::vector<std::string>& gates) const {
  for (auto entry = std::ranges::lower_bound(entries_, hash, {}, &Entry::hash);
       entry != entries_.end() && entry->hash == hash; ++entry) {
    const std::vector<std::string>& of_suite = gates_[entry->suite];
    gates.insert(gates.end(), of_suite.begin(), of_suite.end());
  }
  std::ranges::sort(gates);
  const auto repeated = std::ranges::unique(gates);
  gates.erase(repeated.begin(), repeated.end());
}

std::vector<std::string> GateCases::GatesAsking(std::span<const Message> prompt) const {
  std::vector<std::string> gates;
  for (const Message& message : prompt) {
    if (message.role == Role::kUser) AddGatesOf(HashOfQuestion(message.content), gates);
  }
  return gates;
}

std::vector<std::string> GateCases::GatesWith(const Case& row) const {
  std::vector<std::string> gates;
  AddGatesOf(HashOfFields(row.fields, row.id), gates);
  return gates;
}

}  // namespace assay
