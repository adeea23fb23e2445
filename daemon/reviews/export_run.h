#pragma once
// One export of stored items, a piece at a time: between two pieces nothing runs and no thread waits, however slow the
// client is.

#include <memory>
#include <optional>
#include <string>

#include "daemon/reviews/stored_records.h"
#include "review/interchange/export.h"

namespace assay {

struct ExportPlan {
  const ExchangeFormat* format = nullptr;
  ExportOptions options = {};
  bool refuses_gate_cases = true;  // of an export for training without an approval
};

// Blocking; not thread-safe. Memory of one piece, and what the format holds (exchange_format.h).
class ExportRun {
 public:
  // The store outlives it. Errors as RecordExport::Begin.
  static Result<std::unique_ptr<ExportRun>> Begin(Store& store, ExportPlan plan, RecordQuery query);

  // Looks at some more records, and answers with the bytes that they made, perhaps none. kPermissionDenied before any
  // byte for a case that a gate uses.
  Result<std::string> Step();
  // Set after the last piece.
  const std::optional<ExportManifest>& manifest() const { return manifest_; }

 private:
  ExportRun(Store& store, ExportPlan plan, RecordQuery query)
      : plan_(std::move(plan)), records_(store, std::move(query)), sink_([this](std::string_view bytes) -> Status {
          bytes_ += bytes;
          return {};
        }) {}
  bool refuses() const {
    return plan_.format->is_training && !plan_.options.training.approval && plan_.refuses_gate_cases;
  }
  Status Take(const ExchangeRecord& record);
  Status EndPass();
  Status CheckGates(const ExchangeRecord& record) const;

  const ExportPlan plan_;
  StoredRecords records_;
  const ByteSink sink_;
  std::optional<RecordExport> export_ = {};
  bool is_surveying_ = false;
  std::string bytes_ = {};
  std::optional<ExportManifest> manifest_ = {};
};

}  // namespace assay
