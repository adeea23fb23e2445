#pragma once
// An export from the records to the manifest: what is selected, guarded and counted, whatever the format. Pure but for
// the source and the sink; not thread-safe.

#include <functional>
#include <memory>
#include <string>

#include "review/interchange/exchange_format.h"
#include "review/interchange/manifest.h"

namespace assay {

// An export a record at a time, for whoever has records to pull and clients to wait for:
//
//   ASSAY_ASSIGN(auto run, RecordExport::Begin(format, options, sink));
//   if (run.NeedsSurvey()) { for (record : records) ASSAY_TRY(run.Survey(record)); ASSAY_TRY(run.EndSurvey()); }
//   for (record : records) ASSAY_TRY(run.Write(record));
//   ASSAY_ASSIGN(ExportManifest manifest, run.Finish());
//
// Both passes are over the same records in the same order. Call nothing after an error. What is given to Begin outlives
// it.
class RecordExport {
 public:
  // kPermissionDenied for an export for training with an approval that is none: of another change, not approved,
  // expired, or of another export. kInvalidArgument for options with which nothing can be written.
  static Result<RecordExport> Begin(const ExchangeFormat& format, const ExportOptions& options, const ByteSink& sink);
  RecordExport(RecordExport&&) noexcept;
  ~RecordExport();

  bool NeedsSurvey() const;
  Status Survey(const ExchangeRecord& record);
  Status EndSurvey();
  Status Write(const ExchangeRecord& record);
  // kPermissionDenied where an approval is of other content than was written.
  Result<ExportManifest> Finish();

 private:
  class Parts;
  explicit RecordExport(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Hands every record to its argument, the same in the same order each time (read from one snapshot), until one answers
// with an error, which it returns. Pairs of scored responses need records of a case one after another.
using RecordSource = std::function<Status(const std::function<Status(const ExchangeRecord&)>&)>;

// Why a record does not leave, "" where it does: "quarantined", "queue", "suite", "run", "language", "data_class",
// "withheld", "time", "cancelled", "known_answer", "undecided", and of formats that need the rubric "rubric" and
// "superseded_rubric".
std::string_view ExclusionOf(const ExchangeRecord& record, const ExchangeFormat& format, const ExportOptions& options);

// Writes what is selected. Errors as those of RecordExport.
Result<ExportManifest> ExportRecords(const ExchangeFormat& format, const ExportOptions& options,
                                     const RecordSource& source, const ByteSink& sink);

// What the export would be, and its first rows, without a file: the counts are those of the export itself.
struct ExportPreview {
  ExportManifest manifest = {};
  std::string head = {};  // the first lines, 64 KiB at most
};
Result<ExportPreview> PreviewExport(const ExchangeFormat& format, const ExportOptions& options,
                                    const RecordSource& source, int lines = 5);

// What an approval of an export for training is of, as a text that its change has as its diff: format, selection, the
// time as of which the items stood (exported_at), how much leaves, and its hash. The approval is of nothing else.
std::string ApprovedTextOf(const ExportManifest& rehearsed);
// kPermissionDenied for a text that is none.
Result<ExportManifest> ApprovedExportFrom(std::string_view text);

}  // namespace assay
