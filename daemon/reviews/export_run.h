#pragma once
// One export of stored items, a piece at a time: between two pieces nothing runs and no thread waits, however slow the
// client is.

#include <memory>
#include <optional>
#include <string>

#include "daemon/reviews/exported_quality.h"
#include "daemon/reviews/stored_records.h"
#include "review/interchange/export.h"

namespace assay {

struct ExportPlan {
  const ExchangeFormat* format = nullptr;
  ExportOptions options = {};
  bool refuses_gate_cases = true;  // of an export for training without an approval
};

// Blocking; not thread-safe. Memory of one piece, and what the format holds (exchange_format.h). An export with an
// approval is gone through once to nowhere, before any byte leaves: it has to be the one that was approved.
class ExportRun {
 public:
  // The store outlives it. Errors as RecordExport::Begin.
  static Result<std::unique_ptr<ExportRun>> Begin(Store& store, ExportPlan plan, RecordQuery query);

  // Looks at some more records, and answers with the bytes that they made, perhaps none. kPermissionDenied before any
  // byte for a case that a gate uses, and for an approval of other content.
  Result<std::string> Step();
  // Set after the last piece.
  const std::optional<ExportManifest>& manifest() const { return manifest_; }

 private:
  ExportRun(Store& store, ExportPlan plan, RecordQuery query)
      : plan_(std::move(plan)),
        quality_(store, query.filter.project),
        records_(store, std::move(query)),
        sink_([this](std::string_view bytes) -> Status {
          if (!is_rehearsing_) bytes_ += bytes;
          return {};
        }) {}
  bool is_guarded() const { return plan_.format->is_training && !plan_.options.training.is_rehearsal; }
  bool refuses() const { return is_guarded() && !plan_.options.training.approval && plan_.refuses_gate_cases; }
  Status BeginPasses();
  Status Take(const ExchangeRecord& record);
  Status EndPass();
  Status CheckGates(const ExchangeRecord& record) const;

  const ExportPlan plan_;
  ExportedQuality quality_;
  StoredRecords records_;
  const ByteSink sink_;
  std::optional<RecordExport> export_ = {};
  bool is_rehearsing_ = false;
  bool is_surveying_ = false;
  std::string bytes_ = {};
  std::optional<ExportManifest> manifest_ = {};
};

}  // namespace assay
