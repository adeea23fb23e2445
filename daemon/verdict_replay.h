#pragma once
// A stored verdict computed again from what it rests on: the documents that it names are held against their versions
// (stored_documents.h), deterministic graders judge the stored responses anew, the gate decides anew, and the document
// has to come out byte for byte. Taken from the record: scores of judges, plug-ins
// and people, ids, times, the attempt, what there was beside its runs, the place in the chain, and which waivers were
// live.

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/plugin_kind.h"
#include "daemon/services.h"
#include "daemon/store/store.h"
#include "daemon/verdict_cases.h"

namespace assay {

struct ReplayDifference {
  std::string path;      // "rules[0].state", "run 019… case c-1 trial 0 grader answer"
  std::string recorded;  // JSON of a value, words of a score; "absent"
  std::string replayed;
};

struct VerdictReplay {
  static constexpr std::size_t kMostDifferences = 100;

  std::string verdict;
  std::vector<ReplayDifference> differences = {};  // the first kMostDifferences
  std::int64_t differing = 0;                      // in all
  std::vector<std::string> missing = {};           // what could not be looked at, for people
  std::vector<std::string> unchecked = {};         // what an earlier version did not record, likewise
  std::string recorded_version = {};               // of Assay; "" in verdicts from before chains
  std::string recorded_build = {};
  std::string version = {};
  std::string build = {};
  std::int64_t trials = 0;       // judged again
  std::int64_t scores = 0;       // computed again and compared
  std::int64_t from_record = 0;  // scores that were not

  bool IsReproduced() const { return missing.empty() && differing == 0; }
  // Long texts are cut.
  void Differs(std::string path, std::string recorded, std::string replayed);
};

class ReplayOperations {
 public:
  virtual ~ReplayOperations() = default;
  // kNotFound; kResourceExhausted while another one is replayed. What is withheld from the caller of labels and reasons
  // is not in its differences.
  virtual boost::asio::awaitable<Result<VerdictReplay>> ReplayVerdict(const Caller& caller, std::string_view id) = 0;
  // As ListVerdictCases; kResourceExhausted while other cases are listed.
  virtual boost::asio::awaitable<Result<std::vector<PartCases>>> ListCases(const Caller& caller,
                                                                           std::string_view verdict,
                                                                           const CasesQuestion& question) = 0;
};

// Blocking. Memory as for deciding: tens of bytes a case and metric; responses are read in pages. `gives_up` is asked
// between pages: kUnavailable then. kAborted when a run was deleted meanwhile. Otherwise errors of the store only: what
// is lacking is in the answer.
// What `guard` withholds of a case, labels and reasons of its scores, differs without being told.
Result<VerdictReplay> ReplayStoredVerdict(Store& store, const PluginKinds& kinds, const VerdictRecord& record,
                                          const std::function<bool()>& gives_up, const LabelsGuard& guard = {});

// Thread-safe. One verdict at a time is replayed, and one listed, so that nobody's runs wait for it.
class VerdictReplays final : public ReplayOperations {
 public:
  // What is withheld from a caller; empty: nothing is.
  using Guard =
      std::function<Result<WithheldLabels>(const Caller&, const RunRecord&, const std::vector<WorstCase>& cases)>;

  // The store outlives it.
  VerdictReplays(Store& store, boost::asio::any_io_executor blocking, Guard guard = {});
  boost::asio::awaitable<Result<VerdictReplay>> ReplayVerdict(const Caller& caller, std::string_view id) override;
  boost::asio::awaitable<Result<std::vector<PartCases>>> ListCases(const Caller& caller, std::string_view verdict,
                                                                   const CasesQuestion& question) override;
  // Those that go on end with kUnavailable.
  void Stop() { is_stopping_ = true; }

 private:
  LabelsGuard GuardFor(const Caller& caller) const;

  Store& store_;
  const boost::asio::any_io_executor blocking_;
  const PluginKinds kinds_;
  const Guard guard_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<bool> is_replaying_ = false;
  std::atomic<bool> is_listing_ = false;
};

}  // namespace assay
