#pragma once
// What the transports ask of human review when its data leaves: coroutines on plain values. Who may is said in
// docs/interchange.md.

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/reviews/item_view.h"
#include "daemon/services.h"
#include "review/interchange/export.h"
#include "review/people.h"

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

// An export as it is kept for audits: from before its first byte leaves; or a preview of one, whose first lines were
// shown.
struct KeptExport {
  ExportManifest manifest = {};    // counts and hashes are those of the end; 0 and "" before
  std::string manifest_text = {};  // as it was handed out; "" before the end
  std::string manifest_sha256 = {};
  bool with_names = false;
  bool is_complete = false;
  bool is_preview = false;
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

struct ImportArguments {
  std::string format = {};
  std::string queue = {};          // that the records belong to
  std::string people_domain = {};  // of addresses of annotators; "" as exports write them
  bool is_dry_run = false;         // says what would become of the file
  std::string approval = {};       // id of a change label_import, of labels in a queue that a gate reads; "" none
};

// A piece of a file that comes in.
struct ImportPiece {
  std::string import = {};         // id of what was begun; "" begins
  ImportArguments arguments = {};  // of the first piece
  std::int64_t offset = 0;         // of its first byte in the file
  std::string_view bytes = {};
  bool is_last = false;
};

struct RefusedRow {
  ImportFault fault = {};
  std::string item = {};  // "" where the row does not say
};

// What became of the file so far.
struct ImportProgress {
  std::string import = {};
  std::int64_t bytes = 0;
  std::int64_t items = 0;            // that were read
  std::int64_t items_new = 0;        // of elsewhere, that were not here
  std::int64_t items_changed = 0;    // to which something was added
  std::int64_t items_unchanged = 0;  // all of them was here
  std::int64_t judgements_new = 0;
  std::int64_t refused = 0;
  std::vector<RefusedRow> rows = {};  // refused in this piece, at most 100 of them
  bool is_complete = false;
  std::string gate = {};           // that reads the queue; "" none does
  std::string approval_diff = {};  // at the end of a dry run whose labels need an approval: what it is proposed with
};

enum class LabelStudioCall { kHealth, kSetup, kPredict, kWebhook };
template <>
struct EnumWords<LabelStudioCall> {
  static constexpr EnumWord<LabelStudioCall> kWords[] = {
      {"health", LabelStudioCall::kHealth, "whether there is such a backend"},
      {"setup", LabelStudioCall::kSetup, "whether a labeling config is the queue's"},
      {"predict", LabelStudioCall::kPredict, "suggestions for tasks"},
      {"webhook", LabelStudioCall::kWebhook, "that something has changed there; nothing follows from it"}};
};

// What was made of an item, or rests on its decision.
struct LineageUse {
  std::string what = {};  // "verdict", "gold", "training" or "export"
  std::string id = {};
  std::string name = {};  // of the gate, of the queue, or of the format
  Time at{};
  std::string by = {};        // "" where that is no person
  std::string approval = {};  // id of the change by which it was allowed
};

struct ItemLineage {
  ItemView view = {};                  // without content
  std::optional<RunRecord> run = {};   // absent of items of elsewhere, and where it is not shown
  std::string copied_from = {};        // id, of gold and calibrations; for leads
  std::vector<LineageUse> uses = {};   // oldest first
  std::vector<ShownEvent> since = {};  // what has changed since: its last decision, the judgement, or the export
};

struct Lineage {
  std::string judgement = {};               // that was asked for
  std::optional<KeptExport> exported = {};  // likewise
  std::vector<ItemLineage> items = {};
  std::string next_page = {};             // token; of an export with further items
  std::vector<std::string> derived = {};  // what is found anew whenever it is asked for, and by what, for people
};

inline constexpr int kMostItemsOfLineage = 100;  // of an export, in one page

// kPermissionDenied for who has none of the roles that may take data out.
Status CheckMayExport(const Reviewer& reviewer);
// Likewise for a class of data that they are not cleared for, and queues that are not theirs where they have some.
Status CheckMaySelect(const Reviewer& reviewer, const ExportSelection& selection);

class ReviewInterchange {
 public:
  virtual ~ReviewInterchange() = default;
  // kPermissionDenied for who may not export, for a class of data that they are not cleared for, and for an export for
  // training of cases that a gate uses without an approval of exactly this export. kInvalidArgument for a format that
  // is none, or that needs a queue. kResourceExhausted where too many exports are under way.
  virtual boost::asio::awaitable<Result<std::unique_ptr<ExportParts>>> ExportReviews(
      const Caller& caller, const ExportArguments& arguments) = 0;
  // The same to nowhere, and kept as a preview; what only an approval would allow is counted as "gate_case".
  virtual boost::asio::awaitable<Result<PreviewedExport>> PreviewExport(const Caller& caller,
                                                                        const ExportArguments& arguments) = 0;
  // Newest first, at most 500.
  virtual boost::asio::awaitable<Result<std::vector<KeptExport>>> ListExports(const Caller& caller) = 0;

  // Of an item, a judgement or an export. kNotFound for what is none of them, and for a judgement that is not shown to
  // who asks; kPermissionDenied for items that they may not look at, and for exports without a role that may export.
  // `page` is of the items of an export: a limit of at most kMostItemsOfLineage, oldest first, and kInvalidArgument for
  // a token that is none. A page may have no items and others after it.
  virtual boost::asio::awaitable<Result<Lineage>> GetLineage(const Caller& caller, std::string_view id,
                                                             const PageRequest& page) = 0;

  // The next piece. By leads. kPermissionDenied, saying what to do, for labels of a queue that a gate reads without an
  // approval of exactly this file, which is held against it before anything of a piece is taken in. kFailedPrecondition
  // names the offset to go on with where it is another one; kNotFound for an import that was not begun, or that nobody
  // went on with for 10 minutes; kAborted where a piece of it is being read; kResourceExhausted where too many are
  // under way, and for a file beyond the bounds of its format. What was taken in before an error stays: sending the
  // file again changes nothing about it.
  virtual boost::asio::awaitable<Result<ImportProgress>> ImportReviews(const Caller& caller,
                                                                       const ImportPiece& piece) = 0;

  // A body of Label Studio in, the body of the answer out. kInvalidArgument says what is wrong where.
  virtual boost::asio::awaitable<Result<std::string>> AnswerLabelStudio(const Caller& caller, std::string_view queue,
                                                                        LabelStudioCall call,
                                                                        std::string_view body) = 0;
};

}  // namespace assay
