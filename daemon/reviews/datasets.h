#pragma once
// The log of a suite's datasets: which there were, what each changed, what people noted of it, and which labels of its
// cases were taken out. Coroutines on plain values, as those of daemon/services.h.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/reviews/guarded_runs.h"
#include "daemon/services.h"
#include "daemon/store/review_store.h"

namespace assay {

// A file that rows of a version came from, by its hash: corrections that were taken out of reviews, say.
struct DatasetSource {
  std::string file = {};       // its name; "" none was named
  std::string sha256 = {};     // hexadecimal
  std::int64_t rows = 0;       // that came from it
  std::string export_id = {};  // of the export that has this hash; "" no export of ours. Not kept, but looked up
  friend bool operator==(const DatasetSource&, const DatasetSource&) = default;
};

// Why there is another version, in somebody's words.
struct DatasetNote {
  std::string by = {};
  Time at{};
  std::string reason = {};
  std::string expected_impact = {};  // "" not said
  std::string approval = {};         // id of an approved change of kind data_source; "" none
  DatasetSource source = {};
  friend bool operator==(const DatasetNote&, const DatasetNote&) = default;
};

// A file with labels of cases of this version that left.
struct DatasetExport {
  std::string id = {};
  std::string by = {};  // "" for who may not see it: those who may not export
  std::optional<Time> at = {};
  std::string format = {};
  std::int64_t judgements = 0;
  std::string sha256 = {};
};

// A file with judgements of cases of this version that came in.
struct DatasetImport {
  std::string id = {};
  std::string by = {};  // "" for who may not see it, as above
  Time at{};
  std::string format = {};
  std::string sha256 = {};      // of the file; "" where it did not come to its end
  std::int64_t items = 0;       // of this version that the file added to
  std::int64_t judgements = 0;  // that were new
  std::string approval = {};    // id of the change by which they may settle what a gate reads; "" none
};

struct DatasetVersion {
  std::string digest = {};
  std::int64_t cases = 0;
  RunRecord first_run = {};
  std::int64_t runs = 0;
  std::vector<std::string> suite_versions = {};
  bool has_cases = false;
  bool is_first = false;                       // of those that are known
  std::optional<CaseDifference> changes = {};  // against the version before; absent of the first, and where cases are
                                               // gone. Without ids for who is not cleared for them
  std::string withheld = {};                   // why there are no ids; "" there are
  std::vector<DatasetNote> notes = {};         // oldest first
  std::vector<DatasetExport> exports = {};     // newest first
  std::vector<DatasetImport> imports = {};     // likewise
};

struct DatasetNoteArguments {
  std::string suite = {};
  std::string digest = {};
  std::string reason = {};
  std::string expected_impact = {};
  std::string approval = {};
  DatasetSource source = {};
};

class DatasetOperations {
 public:
  virtual ~DatasetOperations() = default;
  // Newest first, at most `limit` in [1, 50], with at most `most_ids` in [1, 1000] ids of each kind of change.
  // kPermissionDenied for who only judges; kNotFound for a suite that no run was of.
  virtual boost::asio::awaitable<Result<std::vector<DatasetVersion>>> ListVersions(const Caller& caller,
                                                                                   std::string_view suite, int limit,
                                                                                   int most_ids) = 0;
  // Adds a note; none is ever changed. The same key of the same caller again answers with the first note, and is
  // kAlreadyExists with other content. kNotFound for a version that no run had; kFailedPrecondition for an approval
  // that is none of this: its diff is exactly TextOfDatasetChange.
  virtual boost::asio::awaitable<Result<DatasetNote>> Note(const Caller& caller, std::string_view key,
                                                           const DatasetNoteArguments& note) = 0;
};

// "dataset SUITE sha256:…": what an approval of a version is of.
std::string TextOfDatasetChange(std::string_view suite, std::string_view digest);

// References outlive it.
struct DatasetsContext {
  Store& store;
  GuardedRuns& guarded_runs;
  const Clock& clock;
  boost::asio::any_io_executor reading;
  // Everybody with a role in human review.
  std::function<std::shared_ptr<const std::vector<Reviewer>>()> reviewers;
};

// Thread-safe.
class Datasets final : public DatasetOperations {
 public:
  explicit Datasets(DatasetsContext context) : context_(std::move(context)), reviews_(context_.store) {}

  boost::asio::awaitable<Result<std::vector<DatasetVersion>>> ListVersions(const Caller& caller, std::string_view suite,
                                                                           int limit, int most_ids) override;
  boost::asio::awaitable<Result<DatasetNote>> Note(const Caller& caller, std::string_view key,
                                                   const DatasetNoteArguments& note) override;

 private:
  Result<std::vector<DatasetVersion>> Read(const Caller& caller, const std::string& suite, int limit, int most_ids);
  Result<DatasetVersion> VersionOf(const Caller& caller, const DatasetVersionRecord& record,
                                   const DatasetVersionRecord* before, int most_ids);
  Status AddNotes(const Caller& caller, const std::string& suite, std::vector<DatasetVersion>& versions);
  Status AddExports(const Caller& caller, const std::string& suite, std::vector<DatasetVersion>& versions);
  Status AddImports(const Caller& caller, const std::string& suite, std::vector<DatasetVersion>& versions);
  Result<DatasetNote> Keep(const Caller& caller, const std::string& key, const DatasetNoteArguments& note);
  bool MaySeeWhoExports(const Caller& caller) const;

  const DatasetsContext context_;
  ReviewStore reviews_;
};

}  // namespace assay
