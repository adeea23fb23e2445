#include "daemon/prepared_run.h"

#include <cmath>
#include <filesystem>
#include <set>

#include "core/digest.h"
#include "core/file.h"
#include "core/money.h"
#include "core/random.h"
#include "core/version.h"
#include "runners/budgeted_endpoint.h"
#include "runners/graders/suite_graders.h"
#include "runners/prompt.h"

namespace assay {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSpread = "drawn";

fs::path FolderOf(const CatalogDocument& document) { return fs::path(document.file).parent_path(); }

bool IsDatasetFile(const SuiteSpec& suite, std::string_view name) {
  for (const DatasetSpec& entry : suite.dataset) {
    if (entry.file == name) return true;
  }
  return false;
}

// The dataset is in the store; the other files (schemas, tools, images) are still on disk and must be what they were.
Status CheckGraderFiles(const Json& manifest, const std::set<std::string>& but) {
  const Json* files = manifest.Find("grader_files");
  if (files == nullptr || !files->is_array()) return {};
  for (const Json& file : files->as_array()) {
    const std::string& path = file.Find("path")->as_string();
    if (but.contains(path)) continue;
    ASSAY_ASSIGN(const std::string sha256, HashFile(path));
    if (sha256 != file.Find("sha256")->as_string()) {
      return Fail(ErrorCode::kFailedPrecondition,
                  "file " + path + " has changed since the run was started; start a new run");
    }
  }
  return {};
}

std::set<std::string> SentinelFiles(const CatalogDocument& suite) {
  std::set<std::string> paths;
  for (const GraderSpec& grader : suite.suite()->graders) {
    if (grader.sentinels) paths.insert(fs::absolute(FolderOf(suite) / grader.sentinels->file).string());
  }
  return paths;
}

// `file` is where the document was when the run was started; "": where the catalog has it now.
Result<CatalogDocument> LoadDocument(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                     std::string_view kind, const std::string& name, const std::string& content_version,
                                     const std::string& file) {
  ASSAY_ASSIGN(const DocumentRecord record, store.GetDocumentVersion(run.project, kind, name, content_version));
  Diagnostics diagnostics;
  auto document =
      ParseDocument(file.empty() ? record.file : file, record.json, kinds, ReferencedFiles::kIgnore, diagnostics);
  if (!document || !diagnostics.empty()) {
    return Fail(ErrorCode::kFailedPrecondition, "the stored " + std::string(kind) + " \"" + name +
                                                    "\" cannot be read by this version of assayd:\n" +
                                                    diagnostics.Render());
  }
  document->version = content_version;
  return *std::move(document);
}

JudgeVersions VersionsIn(const Json& manifest) {
  JudgeVersions versions;
  const Json* judges = manifest.Find("judges");
  if (judges == nullptr || !judges->is_object()) return versions;
  for (const auto& [name, version] : judges->as_object()) {
    if (version.is_string()) versions.emplace(name, version.as_string());
  }
  return versions;
}

// The models that one grader asks.
std::vector<std::string> JudgesOf(const GraderSpec& grader, const PluginKinds& kinds) {
  std::vector<std::string> names;
  const PluginKind* kind = FindKind(kinds.graders, grader.type);
  if (kind == nullptr) return names;
  for (const std::string& option : kind->model_options) {
    const auto value = grader.options.Find(option);
    if (value && value->is_string()) names.push_back(value->as_string());
  }
  return names;
}

Result<std::shared_ptr<const SuiteGraders>> MakeGraders(const CatalogDocument& suite, const GraderServices& services) {
  std::vector<SuiteGrader> graders;
  for (const GraderSpec& spec : suite.suite()->graders) {
    ASSAY_ASSIGN(SuiteGrader made, MakeGrader(spec, FolderOf(suite), &services));
    graders.push_back(std::move(made));
  }
  return SuiteGraders::Make(std::move(graders));
}

// How the trials that are stored already ended, for the rule that stops a run whose first trials all fail. Trials that
// are scored or unscored were answered; of those in error only their rows tell. Reads no further than to the first
// answer, or to as many endpoint errors as stop a run: beyond them there are only prompts that could not be rendered.
Status CountRecorded(Store& store, const RunRecord& run, RunPlan& plan) {
  plan.recorded_responses = run.counts.Accounted() - run.counts.error;
  plan.recorded_endpoint_errors = 0;
  PageRequest page{.token = "", .limit = PageRequest::kMaxPage};
  const TrialFilter errors{.status = TrialStatus::kError};
  bool has_more = run.counts.error > 0;
  while (has_more && plan.recorded_responses == 0 && plan.recorded_endpoint_errors < RunPlan::kTrialsBeforeGivingUp) {
    ASSAY_ASSIGN(const Page<StoredTrial> trials, store.ReadTrials(run.key, errors, page));
    for (const StoredTrial& trial : trials.items) {
      if (trial.result.response) {
        ++plan.recorded_responses;
      } else if (!trial.result.error.starts_with(kPromptErrorPrefix)) {
        ++plan.recorded_endpoint_errors;
      }
    }
    page.token = trials.next;
    has_more = !page.token.empty();
  }
  return {};
}

// The endpoint of one of the run's models, as a run with a budget sees it.
Result<std::shared_ptr<Endpoint>> WithinBudget(const RunRecord& run, const CatalogDocument& model,
                                               std::shared_ptr<Endpoint> endpoint, std::shared_ptr<RunMoney> money) {
  const auto& prices = model.model()->prices;
  if (!prices) {
    return Fail(ErrorCode::kFailedPrecondition, "the run has a budget, and model \"" + model.name + "\" has no prices");
  }
  const RunBudget::Terms terms{
      .usd = *run.budget_usd, .prices = *prices, .fixed_tokens_in = std::ssize(model.canonical_json)};
  return std::make_shared<BudgetedEndpoint>(std::move(endpoint), terms, std::move(money));
}

Json ToJson(const PlannedDecision& decision) {
  Json::Array rules;
  for (const PlannedDecision::Rule& rule : decision.rules) {
    Json one = Json::Of({{"rule", rule.name}});
    if (rule.alpha) one.Set("alpha", *rule.alpha);
    if (rule.margin) one.Set("margin", *rule.margin);
    rules.push_back(std::move(one));
  }
  return Json::Of({{"gate", decision.gate},
                   {"gate_version", decision.gate_version},
                   {"max_n", decision.max_n},
                   {"rules", std::move(rules)}});
}

bool Says(const RunRecord& run, std::string_view what) {
  const auto manifest = Json::Parse(run.manifest);
  const Json* said = manifest ? manifest->Find(what) : nullptr;
  return said != nullptr && said->is_bool() && said->as_bool();
}

}  // namespace

std::vector<std::string> JudgesOf(const SuiteSpec& suite, const PluginKinds& kinds) {
  std::set<std::string> names;
  for (const GraderSpec& grader : suite.graders) {
    for (std::string& name : JudgesOf(grader, kinds)) names.insert(std::move(name));
  }
  return {names.begin(), names.end()};
}

PlannedDecision DecisionOf(const GateSpec& gate, const PluginKinds& kinds) {
  PlannedDecision decision;
  for (const RuleSpec& rule : gate.rules) {
    PlannedDecision::Rule& planned = decision.rules.emplace_back();
    planned.name = rule.name;
    const PluginKind* kind = FindKind(kinds.rules, rule.kind);
    // 1 - 0.95 as it is written: 0.05.
    if (kind != nullptr && HasConfidence(*kind, rule.option))
      planned.alpha = std::round((1 - rule.confidence) * 1e12) / 1e12;
    const auto margin = rule.option.is_mapping() ? rule.option.Find("margin") : std::nullopt;
    if (margin && margin->is_number()) planned.margin = margin->as_number();
  }
  return decision;
}

std::string MakeManifest(const CatalogDocument& suite, std::uint64_t seed, bool is_fresh, const JudgeVersions& judges,
                         const std::optional<PlannedLooks>& looks, const std::optional<PlannedDecision>& decision) {
  Json::Array files;
  Json::Array dataset_files;
  for (const ReferencedFile& file : suite.files) {
    if (IsDatasetFile(*suite.suite(), file.name)) {
      dataset_files.push_back(Json::Of({{"name", file.name}, {"sha256", file.sha256}}));
    } else {
      files.push_back(
          Json::Of({{"name", file.name}, {"path", fs::absolute(file.path).string()}, {"sha256", file.sha256}}));
    }
  }
  Json versions{Json::Object{}};
  for (const auto& [name, version] : judges) versions.Set(name, version);
  Json manifest = Json::Of({{"assayd", kVersion},
                            {"suite_file", fs::absolute(suite.file).string()},
                            {"grader_files", std::move(files)},
                            {"dataset_files", std::move(dataset_files)},
                            {"judges", std::move(versions)},
                            {"sentinels", kSpread},
                            {"fresh", is_fresh},
                            {"order_seed", std::to_string(seed)}});  // a text: JSON numbers lose digits of it
  if (decision) manifest.Set("decision", ToJson(*decision));
  if (looks) {
    manifest.Set("looks", Json::Of({{"gate", looks->gate},
                                    {"gate_version", looks->gate_version},
                                    {"count", looks->looks.count()},
                                    {"cases", looks->cases}}));
  }
  return manifest.Dump();
}

Result<std::string> WithErrorsAskedAgain(const std::string& manifest) {
  ASSAY_ASSIGN(Json json, Json::Parse(manifest));
  json.Set("errors_asked_again", true);
  return json.Dump();
}

Result<std::string> WithCases(const std::string& manifest, const ManifestCases& cases) {
  ASSAY_ASSIGN(Json json, Json::Parse(manifest));
  json.Set("cases_digest", cases.digest);
  if (cases.repeated) json.Set("repeated_cases", *cases.repeated);
  return json.Dump();
}

std::string CasesDigestOf(const RunRecord& run) {
  const auto manifest = Json::Parse(run.manifest);
  const Json* digest = manifest ? manifest->Find("cases_digest") : nullptr;
  return digest != nullptr && digest->is_string() ? digest->as_string() : "";
}

std::int64_t RepeatedCasesOf(const RunRecord& run) {
  const auto manifest = Json::Parse(run.manifest);
  const Json* repeated = manifest ? manifest->Find("repeated_cases") : nullptr;
  const bool is_count = repeated != nullptr && repeated->is_integer() && repeated->as_integer() >= 0;
  return is_count ? std::min(repeated->as_integer(), run.cases) : 0;
}

std::optional<std::vector<ReferencedFile>> FilesOfSuite(const RunRecord& run) {
  const auto manifest = Json::Parse(run.manifest);
  std::vector<ReferencedFile> named;
  for (const std::string_view list : {"dataset_files", "grader_files"}) {
    const Json* files = manifest ? manifest->Find(list) : nullptr;
    if (files == nullptr || !files->is_array()) return std::nullopt;
    for (const Json& file : files->as_array()) {
      const Json* name = file.Find("name");
      const Json* sha256 = file.Find("sha256");
      const bool is_named = name != nullptr && name->is_string() && sha256 != nullptr && sha256->is_string();
      if (!is_named) return std::nullopt;
      named.push_back({.name = name->as_string(), .path = "", .sha256 = sha256->as_string()});
    }
  }
  return named;
}

std::optional<PlannedLooks> PlannedLooksOf(const RunRecord& run) {
  const auto manifest = Json::Parse(run.manifest);
  const Json* looks = manifest ? manifest->Find("looks") : nullptr;
  if (looks == nullptr || !looks->is_object()) return std::nullopt;
  const Json* gate = looks->Find("gate");
  const Json* version = looks->Find("gate_version");
  const Json* count = looks->Find("count");
  const Json* cases = looks->Find("cases");
  const bool has_texts = gate != nullptr && gate->is_string() && version != nullptr && version->is_string();
  const bool has_numbers = count != nullptr && count->is_integer() && cases != nullptr && cases->is_integer();
  if (!has_texts || !has_numbers) return std::nullopt;
  const auto looks_planned = Looks::OfCount(count->as_integer());
  if (!looks_planned || cases->as_integer() < 0) return std::nullopt;
  return PlannedLooks{.gate = gate->as_string(),
                      .gate_version = version->as_string(),
                      .looks = *looks_planned,
                      .cases = cases->as_integer()};
}

bool SpreadsSentinels(const RunRecord& run) {
  const auto manifest = Json::Parse(run.manifest);
  const Json* how = manifest ? manifest->Find("sentinels") : nullptr;
  return how != nullptr && *how == Json(kSpread);
}

bool IsFresh(const RunRecord& run) { return Says(run, "fresh"); }

Result<std::vector<RunGrader>> RecordedGraders(const CatalogDocument& suite, const PluginKinds& kinds,
                                               const JudgeVersions& judges, const GraderServices& services) {
  std::vector<RunGrader> graders;
  for (const GraderSpec& spec : suite.suite()->graders) {
    const PluginKind* kind = FindKind(kinds.graders, spec.type);
    const bool runs_program = kind != nullptr && kind->runs_program;
    ASSAY_ASSIGN(const SuiteGrader made, MakeGrader(spec, FolderOf(suite), runs_program ? &services : nullptr));
    std::string version = made.version;
    for (const std::string& name : JudgesOf(spec, kinds)) {
      const auto known = judges.find(name);
      if (known != judges.end()) version += " " + name + "@" + known->second;
    }
    const bool is_judge = kind != nullptr && kind->is_judge;
    graders.push_back({.name = spec.name,
                       .type = spec.type,
                       .version = std::move(version),
                       .role = std::string(WordOf(spec.role)),
                       .source = is_judge ? ScoreSource::kJudge : ScoreSource::kGrader});
  }
  return graders;
}

Status CheckGraderVersions(const RunRecord& run, const CatalogDocument& suite, const PluginKinds& kinds,
                           const JudgeVersions& judges, const GraderServices& services) {
  ASSAY_ASSIGN(const std::vector<RunGrader> graders, RecordedGraders(suite, kinds, judges, services));
  for (std::size_t i = 0; i < graders.size() && i < run.graders.size(); ++i) {
    if (graders[i].version == run.graders[i].version) continue;
    return Fail(ErrorCode::kFailedPrecondition, "grader \"" + graders[i].name + "\" (" + graders[i].type +
                                                    ") has version " + graders[i].version +
                                                    " in this assayd, and the run was started with version " +
                                                    run.graders[i].version + "; start a new run");
  }
  return {};
}

Status CheckBudget(double budget_usd, std::string_view suite, const DocumentRecord& model) {
  ASSAY_ASSIGN(const Json document, Json::Parse(model.json));
  if (document.Find("usd_per_million_tokens") != nullptr) return {};
  return Fail(ErrorCode::kFailedPrecondition, "a run of suite \"" + std::string(suite) + "\" with a budget of " +
                                                  FormatUsd(budget_usd) + " needs the prices of model " + model.name +
                                                  "@" + model.label + ": add usd_per_million_tokens to its document");
}

Result<CatalogDocument> LoadRunSuite(Store& store, const PluginKinds& kinds, const RunRecord& run) {
  ASSAY_ASSIGN(const Json manifest, Json::Parse(run.manifest));
  const Json* file = manifest.Find("suite_file");
  return LoadDocument(store, kinds, run, "Suite", run.suite, run.suite_version,
                      file != nullptr && file->is_string() ? file->as_string() : "");
}

Result<RunDocuments> LoadRunDocuments(Store& store, const PluginKinds& kinds, const RunRecord& run, RunFiles files) {
  ASSAY_ASSIGN(const Json manifest, Json::Parse(run.manifest));
  ASSAY_ASSIGN(CatalogDocument suite, LoadRunSuite(store, kinds, run));
  const bool needs_sentinels = files == RunFiles::kAll;
  ASSAY_TRY(CheckGraderFiles(manifest, needs_sentinels ? std::set<std::string>() : SentinelFiles(suite)));
  ASSAY_ASSIGN(CatalogDocument model, LoadDocument(store, kinds, run, "Model", run.model, run.model_version, ""));
  RunDocuments documents{.suite = std::move(suite), .model = std::move(model)};
  for (const auto& [name, version] : VersionsIn(manifest)) {
    ASSAY_ASSIGN(CatalogDocument judge, LoadDocument(store, kinds, run, "Model", name, version, ""));
    documents.judges.emplace(name, std::move(judge));
  }
  return documents;
}

Result<RunPlan> PreparePlan(Store& store, const PluginKinds& kinds, EndpointPool& endpoints, const RunRecord& run,
                            const RunDocuments& documents, GraderServices services) {
  const SuiteSpec& suite = *documents.suite.suite();
  RunPlan plan;
  plan.cases = run.cases;
  plan.trials = static_cast<int>(run.trials);
  plan.seed = run.seed;
  if (const auto looks = PlannedLooksOf(run)) plan.asked_cases = looks->cases;
  plan.start_position = run.position;
  ASSAY_ASSIGN(plan.finished, store.FinishedPositionsFrom(run.key, run.position));
  ASSAY_TRY(CountRecorded(store, run, plan));
  ASSAY_ASSIGN(const Prompt prompt, Prompt::Compile(suite, FolderOf(documents.suite)));
  plan.prompt = [prompt](const Json& fields) { return prompt.Render(fields); };
  plan.sampling = suite.sampling;
  plan.tool_choice = suite.tool_choice;
  plan.retries_before = Says(run, "errors_asked_again") ? 1 : 0;
  std::shared_ptr<RunMoney> money;
  if (run.budget_usd) {
    money = std::make_shared<RunMoney>(*run.budget_usd, run.cost_usd.value_or(0) + run.unanswered_usd,
                                       run.answers_without_cost > 0);
    plan.why_limited = [money] { return money->WhySpent(); };
  }
  const auto endpoint_of = [&](const CatalogDocument& model) -> Result<std::shared_ptr<Endpoint>> {
    ASSAY_ASSIGN(auto endpoint, endpoints.Get(model));
    if (money == nullptr) return endpoint;
    return WithinBudget(run, model, std::move(endpoint), money);
  };
  services.endpoint = [&](const std::string& name) -> Result<std::shared_ptr<Endpoint>> {
    const auto judge = documents.judges.find(name);
    if (judge == documents.judges.end()) {
      return Fail(ErrorCode::kNotFound, "model \"" + name + "\" was not there when the run was started");
    }
    return endpoint_of(judge->second);
  };
  services.http = &endpoints.http();
  ASSAY_ASSIGN(plan.graders, MakeGraders(documents.suite, services));
  ASSAY_ASSIGN(const Json manifest, Json::Parse(run.manifest));
  // After they were made: what they hold a program to is what the run was started with.
  ASSAY_TRY(CheckGraderVersions(run, documents.suite, kinds, VersionsIn(manifest), services));
  ASSAY_ASSIGN(plan.endpoint, endpoint_of(documents.model));
  // A trial that is being judged keeps no place of the model's from others.
  plan.max_concurrency = documents.model.model()->endpoint.limits.concurrency;
  for (const auto& [name, judge] : documents.judges) {
    plan.max_concurrency += judge.model()->endpoint.limits.concurrency;
  }
  for (std::size_t i = 0; i < plan.graders->size(); ++i) {
    const auto& waiting = (*plan.graders)[i].waiting;
    if (waiting) plan.max_concurrency += waiting->Concurrency();
  }
  return plan;
}

}  // namespace assay
