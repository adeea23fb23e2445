#pragma once
// What the transports ask of human review when its data leaves: coroutines on plain values. Who may is said in
// docs/interchange.md.

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/services.h"
#include "review/interchange/export.h"

namespace assay {

struct ExportArguments {
  std::string format = {};  // a name of builtin.def
  ExportSelection selection = {};
  bool with_names = false;             // of persons, instead of pseudonyms
  std::string approval = {};           // id of a change training_export; "" none
  bool leaves_out_gate_cases = false;  // of an export for training: count them instead of refusing
  bool for_labelling = false;          // Label Studio: tasks to be judged there
  TrainingOptions training = {};       // without its approval
  bool protects_spreadsheets = true;
  bool has_bom = false;
};

// An export as it is kept for audits: from before its first byte leaves.
struct KeptExport {
  ExportManifest manifest = {};    // counts and hashes are those of the end; 0 and "" before
  std::string manifest_text = {};  // as it was handed out; "" before the end
  std::string manifest_sha256 = {};
  bool with_names = false;
  bool is_complete = false;
  std::int64_t revision = 0;
};

// The next bytes of the file, or, once, how it ended.
struct ExportPart {
  std::string bytes = {};
  std::optional<KeptExport> ended = {};
};

// Pulled by one reader: one Next() at a time. One that is destroyed before its end stays incomplete.
class ExportParts {
 public:
  virtual ~ExportParts() = default;
  // Absent after the end.
  virtual boost::asio::awaitable<Result<std::optional<ExportPart>>> Next() = 0;
};

struct PreviewedExport {
  ExportPreview preview = {};
  std::string approval_diff = {};  // of an export for training: what a change is proposed with
  std::string label_config = {};   // of Label Studio: for the settings of the project
};

class ReviewInterchange {
 public:
  virtual ~ReviewInterchange() = default;
  // kPermissionDenied for who may not export, for a class of data that they are not cleared for, and for an export for
  // training of cases that a gate uses without an approval of exactly this export. kInvalidArgument for a format that
  // is none, or that needs a queue. kResourceExhausted where too many exports are under way.
  virtual boost::asio::awaitable<Result<std::unique_ptr<ExportParts>>> ExportReviews(
      const Caller& caller, const ExportArguments& arguments) = 0;
  // The same to nowhere, and not kept; what only an approval would allow is counted as "gate_case".
  virtual boost::asio::awaitable<Result<PreviewedExport>> PreviewExport(const Caller& caller,
                                                                        const ExportArguments& arguments) = 0;
  // Newest first, at most 500.
  virtual boost::asio::awaitable<Result<std::vector<KeptExport>>> ListExports(const Caller& caller) = 0;
};

}  // namespace assay
