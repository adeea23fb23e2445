#include "daemon/served_catalog.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>

#include "core/digest.h"
#include "core/nearest_name.h"
#include "daemon/blocking.h"
#include "daemon/builtin_kinds.h"
#include "daemon/kept_acceptance.h"
#include "daemon/log.h"
#include "daemon/rubric_versions.h"
#include "runners/dataset_fields.h"

namespace assay {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kRememberedProjects = 10'000;  // a project is any word of a caller

std::string VersionOf(const Catalog& catalog) {
  std::string all;
  for (const CatalogDocument& document : catalog.documents) {
    all += std::string(Name(document.kind)) + " " + document.name + " " + document.model_version + " " +
           document.version + "\n";
  }
  return ContentVersion(all);
}

// With where links lead: swapping a link to a folder changes neither size nor time of files that are alike.
void AppendFile(const fs::path& path, std::string& out) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(path, error);
  const auto size = fs::file_size(path, error);
  const auto time = fs::last_write_time(path, error);
  out += path.string() + " " + target.string() + " " + std::to_string(error ? 0 : size) + " " +
         std::to_string(error ? 0 : time.time_since_epoch().count()) + "\n";
}

}  // namespace

ServedCatalog::ServedCatalog(std::string directory, Store& store, Telemetry& telemetry, const Clock& clock,
                             asio::any_io_executor blocking, std::shared_ptr<const GraderServices> graders,
                             CatalogObjections objections)
    : directory_(std::move(directory)),
      store_(store),
      telemetry_(telemetry),
      clock_(clock),
      blocking_(std::move(blocking)),
      kinds_(BuiltinKinds(std::move(graders))),
      objections_(std::move(objections)) {}

Status ServedCatalog::LoadFirst() {
  Reload();
  const std::lock_guard lock(mutex_);
  if (current_ != nullptr) return {};
  return Fail(ErrorCode::kInvalidArgument, "catalog " + directory_ + " has errors:\n" + rendered_);
}

void ServedCatalog::Reload() {
  const std::lock_guard one_at_a_time(reload_mutex_);
  std::string read = Fingerprint();  // before: what changes from here on is read again
  if (Load()) read = Fingerprint();
  const std::lock_guard lock(mutex_);
  read_ = std::move(read);
}

bool ServedCatalog::Load() {
  Diagnostics diagnostics;
  auto version = std::make_shared<ServedVersion>();
  version->catalog = LoadCatalog({directory_}, kinds_, FirstRowOf, diagnostics);
  ReviewStore reviews(store_);
  if (diagnostics.empty()) CheckRubricVersions(reviews, version->catalog, diagnostics);
  if (diagnostics.empty() && objections_) objections_(version->catalog, diagnostics);
  if (diagnostics.empty()) Register(version->catalog, diagnostics);
  version->version = VersionOf(version->catalog);
  version->loaded = clock_.Now();

  const bool is_good = diagnostics.empty();
  telemetry_.SetCatalogErrors(static_cast<std::int64_t>(diagnostics.size()));
  telemetry_.CountReload(is_good);
  std::unique_lock lock(mutex_);
  checked_ = version->loaded;
  const bool names_others = named_files_ != version->catalog.named_files;
  named_files_ = version->catalog.named_files;
  errors_ = diagnostics.Sorted();
  rendered_ = diagnostics.Render();
  if (!is_good) {
    for (const Diagnostic& diagnostic : errors_)
      Log(LogLevel::kError, "catalog error", {{"error", ToString(diagnostic)}});
    return names_others;
  }
  if (current_ != nullptr && current_->version == version->version) return names_others;
  current_ = std::move(version);
  Log(LogLevel::kInfo, "catalog in service",
      {{"version", current_->version}, {"documents", std::to_string(current_->catalog.documents.size())}});
  const std::function<void()> changed = changed_;
  lock.unlock();
  if (changed) changed();
  return names_others;
}

// Every document that is served is in the store, so that a run or verdict of today can be explained from it years
// later.
void ServedCatalog::Register(const Catalog& catalog, Diagnostics& diagnostics) {
  for (const CatalogDocument& document : catalog.documents) {
    if (const auto stored = store_.PutDocument(ToRecord(document, kDefaultProject)); !stored) {
      Diagnostic diagnostic = document.root.At(stored.error().message);
      diagnostics.Add(std::move(diagnostic));
    }
  }
  // Before the first item enters under them.
  ReviewStore reviews(store_);
  Status kept = KeepRubricsOf(reviews, catalog, kDefaultProject, clock_.Now());
  if (kept) kept = KeepAcceptanceOf(reviews, catalog, clock_.Now());
  if (!kept && !catalog.documents.empty()) diagnostics.Add(catalog.documents.front().root.At(kept.error().message));
}

Status ServedCatalog::Share(const ServedVersion& served, const std::string& project) {
  if (project == kDefaultProject) return {};  // has them since they were loaded
  {
    const std::lock_guard lock(mutex_);
    const auto known = shared_.find(project);
    if (known != shared_.end() && known->second == served.version) return {};
  }
  for (const CatalogDocument& document : served.catalog.documents) {
    const auto stored = store_.PutDocument(ToRecord(document, project));
    if (!stored && stored.error().code != ErrorCode::kAlreadyExists) return Fail(stored.error());
  }
  const std::lock_guard lock(mutex_);
  if (shared_.size() >= kRememberedProjects) shared_.clear();  // putting again what is there is harmless
  shared_[project] = served.version;
  return {};
}

DocumentRecord ServedCatalog::ToRecord(const CatalogDocument& document, const std::string& project) const {
  return {.project = project,
          .kind = std::string(Name(document.kind)),
          .name = document.name,
          .label = document.model_version,
          .content_version = document.version,
          .json = document.canonical_json,
          .source = document.text,
          .file = fs::absolute(document.file).lexically_normal().string(),
          .created = clock_.Now(),
          .principal = kCatalogPrincipal};
}

std::string ServedCatalog::Fingerprint() const {
  Diagnostics reported_by_load;
  std::vector<std::string> paths = CatalogFiles({directory_}, reported_by_load);
  {
    const std::lock_guard lock(mutex_);
    paths.insert(paths.end(), named_files_.begin(), named_files_.end());
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  std::string files;
  for (const std::string& path : paths) AppendFile(path, files);
  return files;
}

asio::awaitable<void> ServedCatalog::Watch(Duration interval) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  auto look = [this]() -> Result<std::string> { return Fingerprint(); };
  std::string before;
  for (;;) {
    timer.expires_after(interval);
    const auto token = asio::as_tuple(asio::use_awaitable);
    const auto [error] = co_await timer.async_wait(token);
    if (error) co_return;
    const Result<std::string> now = co_await RunBlocking(blocking_, look);
    if (!now) continue;
    const bool has_settled = *now == before;  // a file that is being written is left alone for a moment
    before = *now;
    if (!has_settled || IsRead(before)) continue;
    auto reload = [this]() -> Status {
      Reload();
      return {};
    };
    co_await RunBlocking(blocking_, reload);
  }
}

bool ServedCatalog::IsRead(const std::string& fingerprint) const {
  const std::lock_guard lock(mutex_);
  return fingerprint == read_;
}

std::shared_ptr<const ServedVersion> ServedCatalog::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void ServedCatalog::OnServed(std::function<void()> changed) {
  const std::lock_guard lock(mutex_);
  changed_ = std::move(changed);
}

ServedDocument ServedCatalog::ToServed(const CatalogDocument& document, Time loaded) const {
  return {.kind = std::string(Name(document.kind)),
          .name = document.name,
          .label = document.model_version,
          .content_version = document.version,
          .text = document.text,
          .json = document.canonical_json,
          .file = fs::path(document.file).lexically_relative(directory_).string(),
          .loaded = loaded};
}

asio::awaitable<Result<ServedDocument>> ServedCatalog::GetDocument(const Caller&, std::string_view kind,
                                                                   std::string_view name) {
  const auto version = current();
  std::vector<std::string> names;
  const CatalogDocument* found = nullptr;
  for (const CatalogDocument& document : version->catalog.documents) {
    if (Name(document.kind) != kind) continue;
    if (document.name == name) found = &document;  // of a Model the last version written
    names.push_back(document.name);
  }
  if (found != nullptr) co_return ToServed(*found, version->loaded);
  std::string message = std::string(kind) + " \"" + std::string(name) + "\" is not in the catalog";
  if (const auto nearest = NearestName(name, names)) message += "; did you mean \"" + *nearest + "\"?";
  co_return Fail(ErrorCode::kNotFound, std::move(message));
}

asio::awaitable<Result<std::vector<ServedDocument>>> ServedCatalog::ListDocuments(const Caller&,
                                                                                  std::string_view kind) {
  const auto version = current();
  std::vector<ServedDocument> documents;
  for (const CatalogDocument& document : version->catalog.documents) {
    if (kind.empty() || Name(document.kind) == kind) documents.push_back(ToServed(document, version->loaded));
  }
  std::stable_sort(documents.begin(), documents.end(),
                   [](const auto& a, const auto& b) { return std::tie(a.kind, a.name) < std::tie(b.kind, b.name); });
  co_return documents;
}

CatalogStatus ServedCatalog::MakeStatus() const {
  const std::lock_guard lock(mutex_);
  CatalogStatus status{
      .version = current_->version, .loaded = current_->loaded, .checked = checked_, .errors = errors_};
  for (const CatalogDocument& document : current_->catalog.documents) {
    status.suites += document.kind == DocumentKind::kSuite;
    status.models += document.kind == DocumentKind::kModel;
    status.gates += document.kind == DocumentKind::kGate;
  }
  return status;
}

asio::awaitable<Result<CatalogStatus>> ServedCatalog::GetStatus(const Caller&) { co_return MakeStatus(); }

asio::awaitable<Result<CatalogStatus>> ServedCatalog::Reload(const Caller&) {
  auto reload = [this]() -> Result<CatalogStatus> {
    Reload();
    return MakeStatus();
  };
  co_return co_await RunBlocking(blocking_, reload);
}

}  // namespace assay
