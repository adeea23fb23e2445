#include "daemon/registered_models.h"

#include <filesystem>

#include "config/catalog.h"
#include "core/nearest_name.h"
#include "daemon/blocking.h"
#include "daemon/builtin_kinds.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr char kModelKind[] = "Model";

// A document that was sent has no folder that the paths in it could be relative to.
void RefuseRelativePaths(const CatalogDocument& document, Diagnostics& diagnostics) {
  const ModelSpec* model = document.model();
  if (model == nullptr || !model->endpoint.api_key || !model->endpoint.api_key->file) return;
  if (std::filesystem::path(*model->endpoint.api_key->file).is_absolute()) return;
  const Node file = *document.root.Find("endpoint")->Find("api_key")->Find("file");
  diagnostics.Add(file.At("must be an absolute path in a model that is registered, got " + file.Describe() +
                          "; only the catalog has a folder that it could be relative to"));
}

}  // namespace

RegisteredModels::RegisteredModels(Store& store, ServedCatalog& catalog, const Clock& clock,
                                   asio::any_io_executor blocking)
    : store_(store), catalog_(catalog), clock_(clock), blocking_(std::move(blocking)), kinds_(BuiltinKinds()) {}

Status RegisteredModels::ShareCatalog(const std::string& project) {
  const std::shared_ptr<const ServedVersion> served = catalog_.current();
  return catalog_.Share(*served, project);
}

asio::awaitable<Result<DocumentRecord>> RegisteredModels::RegisterModel(const Caller& caller, std::string_view document,
                                                                        const std::optional<RequestKey>& request) {
  auto work = [this, &caller, &request, text = std::string(document)]() -> Result<DocumentRecord> {
    Diagnostics diagnostics;
    const auto parsed = ParseDocument("model", text, kinds_, ReferencedFiles::kRead, diagnostics);
    if (parsed) RefuseRelativePaths(*parsed, diagnostics);
    if (!diagnostics.empty()) return Fail(ErrorCode::kInvalidArgument, diagnostics.Render());
    if (!parsed || parsed->model() == nullptr) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the document is not of kind Model; suites and gates come from the catalog folder");
    }
    const DocumentRecord record{.project = caller.project,
                                .kind = kModelKind,
                                .name = parsed->name,
                                .label = parsed->model_version,
                                .content_version = parsed->version,
                                .json = parsed->canonical_json,
                                .source = parsed->text,
                                .created = clock_.Now(),
                                .principal = caller.principal};
    ASSAY_TRY(ShareCatalog(caller.project));
    return store_.PutDocument(record, request);
  };
  co_return co_await RunBlocking(blocking_, std::move(work));
}

asio::awaitable<Result<DocumentRecord>> RegisteredModels::GetModel(const Caller& caller, std::string_view name,
                                                                   std::string_view version, std::string_view stage) {
  auto work = [&]() -> Result<DocumentRecord> {
    ASSAY_TRY(ShareCatalog(caller.project));
    return Find(caller.project, name, version, stage);
  };
  co_return co_await RunBlocking(blocking_, work);
}

asio::awaitable<Result<Page<DocumentRecord>>> RegisteredModels::ListModels(const Caller& caller, std::string_view name,
                                                                           const PageRequest& page) {
  auto work = [&]() -> Result<Page<DocumentRecord>> {
    ASSAY_TRY(ShareCatalog(caller.project));
    return store_.ListDocuments(caller.project, kModelKind, name, page);
  };
  co_return co_await RunBlocking(blocking_, work);
}

asio::awaitable<Result<std::vector<ModelStage>>> RegisteredModels::ListStages(const Caller& caller,
                                                                              std::string_view name) {
  auto work = [&]() { return store_.ListModelStages(caller.project, name); };
  co_return co_await RunBlocking(blocking_, work);
}

asio::awaitable<Result<DocumentRecord>> RegisteredModels::PromoteModel(const Caller& caller, std::string_view name,
                                                                       std::string_view version,
                                                                       std::string_view stage) {
  auto work = [&]() -> Result<DocumentRecord> {
    ASSAY_TRY(ShareCatalog(caller.project));
    ASSAY_ASSIGN(DocumentRecord model, Find(caller.project, name, version, ""));
    ASSAY_TRY(store_.SetModelStage(caller.project, name, stage, model.label, clock_.Now(), caller.principal));
    return model;
  };
  co_return co_await RunBlocking(blocking_, work);
}

Result<DocumentRecord> RegisteredModels::Resolve(const std::string& project, std::string_view reference) const {
  const std::size_t at = reference.find('@');
  const std::string_view name = reference.substr(0, at);
  const std::string_view version = at == std::string_view::npos ? "" : reference.substr(at + 1);
  if (name.empty() || (at != std::string_view::npos && version.empty())) {
    return Fail(ErrorCode::kInvalidArgument,
                "\"" + std::string(reference) + "\" names no model; write M@V, or M for the newest version");
  }
  return Find(project, name, version, "");
}

Result<DocumentRecord> RegisteredModels::Resolve(const std::string& project, const BaselineSpec& baseline) const {
  return Find(project, baseline.model, baseline.version.value_or(""), baseline.stage.value_or(""));
}

Result<DocumentRecord> RegisteredModels::Find(const std::string& project, std::string_view name,
                                              std::string_view version, std::string_view stage) const {
  std::string label(version);
  if (!stage.empty()) {
    auto promoted = store_.GetModelStage(project, name, stage);
    if (!promoted) return Fail(NotFound(project, name, promoted.error()));
    label = *std::move(promoted);
  }
  auto model =
      label.empty() ? store_.GetNewestModel(project, name) : store_.GetDocument(project, kModelKind, name, label);
  if (!model) return Fail(NotFound(project, name, model.error()));
  return model;
}

// Says what there is instead: the model's newest versions, or the nearest known name.
Error RegisteredModels::NotFound(const std::string& project, std::string_view name, Error error) const {
  if (error.code != ErrorCode::kNotFound) return error;
  const auto page = store_.ListDocuments(project, kModelKind, "", {.token = "", .limit = PageRequest::kMaxPage});
  if (!page) return error;
  std::vector<std::string> names;
  std::string versions;
  int shown = 0;
  for (const DocumentRecord& model : page->items) {  // newest first
    names.push_back(model.name);
    if (model.name == name && shown++ < 3) versions += (versions.empty() ? "" : ", ") + model.name + "@" + model.label;
  }
  if (!versions.empty()) {
    error.message += "; registered are " + versions + (shown > 3 ? ", ..." : "");
  } else if (const auto nearest = NearestName(name, names)) {
    error.message += "; did you mean \"" + *nearest + "\"?";
  }
  return error;
}

}  // namespace assay
