#include "daemon/stored_documents.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "config/referenced_files.h"
#include "daemon/dataset_snapshots.h"
#include "daemon/prepared_run.h"

namespace assay {
namespace {

std::string Named(std::string_view kind, const std::string& name) { return std::string(kind) + " \"" + name + "\""; }

// The models that judged, "name@sha256:...", as the versions of its graders name them.
std::vector<std::pair<std::string, std::string>> JudgesNamedBy(const RunRecord& run) {
  constexpr std::string_view kVersion = "@sha256:";
  std::vector<std::pair<std::string, std::string>> judges;
  for (const RunGrader& grader : run.graders) {
    std::string_view rest = grader.version;
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      const std::size_t at = word.find(kVersion);
      if (at != std::string_view::npos) judges.emplace_back(word.substr(0, at), word.substr(at + 1));
    }
  }
  return judges;
}

class StoredDocuments {
 public:
  StoredDocuments(Store& store, const RecordedInputs& inputs, const Verdict& recorded,
                  const std::function<bool()>& gives_up, VerdictReplay& replay)
      : store_(store), inputs_(inputs), recorded_(recorded), gives_up_(gives_up), replay_(replay) {}

  Status Check() {
    ASSAY_TRY(CheckDocument("Gate", recorded_.gate, recorded_.gate_version));
    ASSAY_TRY(CheckModel(recorded_.candidate));
    if (recorded_.baseline) ASSAY_TRY(CheckModel(*recorded_.baseline));
    for (const RunRecord& run : inputs_.runs) ASSAY_TRY(CheckRun(run));
    return {};
  }

 private:
  Status CheckRun(const RunRecord& run) {
    ASSAY_TRY(CheckDocument("Model", run.model, run.model_version));
    for (const auto& [name, version] : JudgesNamedBy(run)) ASSAY_TRY(CheckDocument("Model", name, version));
    const std::string digest = DigestFor(run);
    ASSAY_TRY(CheckSuite(run, !digest.empty()));
    if (!digest.empty()) return CheckCases(run, digest);
    replay_.unchecked.push_back("the verdict carries no digest of the cases of suite \"" + run.suite + "\": run " +
                                run.id + " is of an earlier version of assayd");
    return {};
  }

  std::string DigestFor(const RunRecord& run) const {
    for (const std::vector<SuiteIdentity>* suites : {&recorded_.suites, &recorded_.baseline_suites}) {
      const auto suite = std::ranges::find(*suites, run.id, &SuiteIdentity::run);
      if (suite != suites->end()) return suite->cases_digest;
    }
    return "";
  }

  // The manifest is stored beside the document, and yet the files may come from there: no other ones make this version.
  Status CheckSuite(const RunRecord& run, bool tells_files) {
    const auto files = FilesOfSuite(run);
    if (files) return CheckDocument("Suite", run.suite, run.suite_version, *files);
    if (tells_files) {
      replay_.Differs("run " + run.id + " manifest: files of suite \"" + run.suite + "\"", run.suite_version, "absent");
    } else {
      replay_.unchecked.push_back("run " + run.id + " does not tell the files of suite \"" + run.suite +
                                  "\", which its version is of: it is of an earlier version of assayd");
    }
    return {};
  }

  Status CheckModel(const ModelIdentity& model) { return CheckDocument("Model", model.name, model.content_version); }

  // Over the stored text itself: it is what was hashed when it was stored, also where another version of assayd would
  // write it otherwise.
  Status CheckDocument(const std::string& kind, const std::string& name, const std::string& version,
                       std::span<const ReferencedFile> files = {}) {
    if (version.empty() || !checked_.emplace(kind, name, version).second) return {};
    const auto document = store_.GetDocumentVersion(inputs_.check.project, kind, name, version);
    if (!document && document.error().code == ErrorCode::kNotFound) {
      replay_.missing.push_back(Named(kind, name) + " of version " + version + " is not stored any more");
      return {};
    }
    if (!document) return Fail(document.error());
    const std::string found = DocumentVersion(document->json, files);
    if (found != version)
      replay_.Differs("stored " + Named(kind, name) + " is not the version that it is named by", version, found);
    return {};
  }

  Status CheckCases(const RunRecord& run, const std::string& recorded) {
    auto digest = digests_.find(run.snapshot);
    if (digest == digests_.end()) {
      auto found = DigestOfStoredCases(store_, run.snapshot, gives_up_);
      if (!found && found.error().code != ErrorCode::kDataLoss) return Fail(found.error());
      digest = digests_.emplace(run.snapshot, found ? *std::move(found) : found.error().message).first;
    }
    if (digest->second != recorded) {
      replay_.Differs("stored cases of suite \"" + run.suite + "\" are not those that run " + run.id + " was made on",
                      recorded, digest->second);
    }
    return {};
  }

  Store& store_;
  const RecordedInputs& inputs_;
  const Verdict& recorded_;
  const std::function<bool()>& gives_up_;
  VerdictReplay& replay_;
  std::set<std::tuple<std::string, std::string, std::string>> checked_;
  std::map<SnapshotKey, std::string> digests_;
};

}  // namespace

Status CheckStoredDocuments(Store& store, const RecordedInputs& inputs, const Verdict& recorded,
                            const std::function<bool()>& gives_up, VerdictReplay& replay) {
  return StoredDocuments(store, inputs, recorded, gives_up, replay).Check();
}

}  // namespace assay
