#pragma once
// The catalog in service: read from its folder, kept in the store, read again when a file changes. A folder with an
// error in it keeps the last good version in service.

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "config/catalog.h"
#include "daemon/services.h"
#include "daemon/store/store.h"
#include "daemon/telemetry.h"

namespace assay {

// Who writes what the catalog holds.
inline constexpr char kCatalogPrincipal[] = "catalog";

struct GraderServices;  // runners/graders/waiting_grader.h

// One good version of the whole folder.
struct ServedVersion {
  Catalog catalog;
  std::string version;  // over the content versions of its documents
  Time loaded;
};

// What stands against serving a catalog that has no errors otherwise. Blocking.
using CatalogObjections = std::function<void(const Catalog&, Diagnostics&)>;

// Thread-safe.
class ServedCatalog final : public CatalogQueries {
 public:
  // References outlive it. `blocking` runs what reads files or the store. Suites are refused whose graders need what
  // `graders` does not have, and catalogs that `objections` has something against.
  ServedCatalog(std::string directory, Store& store, Telemetry& telemetry, const Clock& clock,
                boost::asio::any_io_executor blocking, std::shared_ptr<const GraderServices> graders = nullptr,
                CatalogObjections objections = nullptr);

  // Blocking. kInvalidArgument with every diagnostic when the folder has an error: there is no last good version yet.
  Status LoadFirst();
  // Blocking. Reads the folder again; the outcome is in the status, the log and the metrics.
  void Reload();
  // Looks every `interval` whether a file changed and reloads; ends when cancelled.
  boost::asio::awaitable<void> Watch(Duration interval);

  std::shared_ptr<const ServedVersion> current() const;
  // Called when another version is in service, from the thread that has read it. Nothing else is told.
  void OnServed(std::function<void()> changed);

  // Blocking. Puts the documents of `served` into the store of a project, where they are not there yet: one catalog is
  // served to all projects, and what is stored in one of them is complete in itself. Of a model version that the
  // project has registered with other content its own stays. Called before anything of the project refers to them.
  Status Share(const ServedVersion& served, const std::string& project);

  boost::asio::awaitable<Result<ServedDocument>> GetDocument(const Caller& caller, std::string_view kind,
                                                             std::string_view name) override;
  boost::asio::awaitable<Result<std::vector<ServedDocument>>> ListDocuments(const Caller& caller,
                                                                            std::string_view kind) override;
  boost::asio::awaitable<Result<CatalogStatus>> GetStatus(const Caller& caller) override;
  boost::asio::awaitable<Result<CatalogStatus>> Reload(const Caller& caller) override;

 private:
  // Whether the documents name other files than those that were read before.
  bool Load();
  void Register(const Catalog& catalog, Diagnostics& diagnostics);
  DocumentRecord ToRecord(const CatalogDocument& document, const std::string& project) const;
  // Changes when a document or a file that one names does.
  std::string Fingerprint() const;
  bool IsRead(const std::string& fingerprint) const;
  ServedDocument ToServed(const CatalogDocument& document, Time loaded) const;
  CatalogStatus MakeStatus() const;

  const std::string directory_;
  Store& store_;
  Telemetry& telemetry_;
  const Clock& clock_;
  const boost::asio::any_io_executor blocking_;
  const PluginKinds kinds_;
  const CatalogObjections objections_;

  std::mutex reload_mutex_;   // one reload at a time
  mutable std::mutex mutex_;  // guards what is below
  std::shared_ptr<const ServedVersion> current_;
  std::function<void()> changed_;
  std::vector<Diagnostic> errors_;
  std::string rendered_;
  Time checked_{};
  std::vector<std::string> named_files_;       // by the documents that were read last, good or not
  std::string read_;                           // fingerprint of what was read last
  std::map<std::string, std::string> shared_;  // by project, the version that it has
};

}  // namespace assay
