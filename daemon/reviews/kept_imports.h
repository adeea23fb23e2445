#pragma once
// Imports as they are stored: who brought in which file, and what came of it, by the suites whose items it was of.
// Blocking.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/reviews/import_sessions.h"
#include "daemon/store/review_store.h"

namespace assay {

struct KeptImport {
  std::string id = {};
  std::string by = {};
  Time at{};  // of the last piece
  std::string format = {};
  std::string queue = {};
  std::string approval = {};
  std::string sha256 = {};  // of the file; "" where it did not come to its end
  std::map<std::pair<std::string, std::string>, ImportSession::OfSuite> of_suites = {};  // by name and content version
};

// Over what was kept of the same import before.
Status PutImport(ReviewStore& store, ImportSession& session, Time now);
// Newest first, at most so many. kDataLoss for one that cannot be read. Those of versions that did not keep it have no
// suites.
Result<std::vector<KeptImport>> ReadImports(ReviewStore& store, const std::string& project, std::size_t most);

}  // namespace assay
