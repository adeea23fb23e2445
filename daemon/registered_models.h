#pragma once
// The models that are known: those of the catalog and those registered over RPC, all in the store. The catalog's are
// put into a project before anything is done with its models, so that they are known there from the first call on, and
// what is registered after them is newer.

#include <boost/asio/any_io_executor.hpp>
#include <string_view>

#include "config/plugin_kind.h"
#include "daemon/served_catalog.h"
#include "daemon/services.h"
#include "daemon/store/store.h"

namespace assay {

// Thread-safe.
class RegisteredModels final : public ModelRegistry {
 public:
  // References outlive it.
  RegisteredModels(Store& store, ServedCatalog& catalog, const Clock& clock, boost::asio::any_io_executor blocking);

  boost::asio::awaitable<Result<DocumentRecord>> RegisterModel(const Caller& caller, std::string_view document,
                                                               const std::optional<RequestKey>& request) override;
  boost::asio::awaitable<Result<DocumentRecord>> GetModel(const Caller& caller, std::string_view name,
                                                          std::string_view version, std::string_view stage) override;
  boost::asio::awaitable<Result<Page<DocumentRecord>>> ListModels(const Caller& caller, std::string_view name,
                                                                  const PageRequest& page) override;
  boost::asio::awaitable<Result<std::vector<ModelStage>>> ListStages(const Caller& caller,
                                                                     std::string_view name) override;
  boost::asio::awaitable<Result<DocumentRecord>> PromoteModel(const Caller& caller, std::string_view name,
                                                              std::string_view version,
                                                              std::string_view stage) override;

  // Blocking. The model that "M@V" or "M" (the newest registered) names. kNotFound, naming the nearest name.
  Result<DocumentRecord> Resolve(const std::string& project, std::string_view reference) const;
  // The same of what a gate names.
  Result<DocumentRecord> Resolve(const std::string& project, const BaselineSpec& baseline) const;

 private:
  Result<DocumentRecord> Find(const std::string& project, std::string_view name, std::string_view version,
                              std::string_view stage) const;
  Error NotFound(const std::string& project, std::string_view name, Error error) const;

  Status ShareCatalog(const std::string& project);

  Store& store_;
  ServedCatalog& catalog_;
  const Clock& clock_;
  const boost::asio::any_io_executor blocking_;
  const PluginKinds kinds_;
};

}  // namespace assay
