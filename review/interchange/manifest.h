#pragma once
// What an export says of itself: what was asked for, what is in the file and what is not, and by which hash the file is
// known. Written beside the file; an import holds the file against it. Pure, thread-safe.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/digest.h"
#include "review/agreement.h"
#include "review/interchange/exchange_format.h"
#include "review/kpis.h"

namespace assay {

// How far the labels can be trusted.
struct LabelQuality {
  std::string measure = {};  // "agreement quality alpha", "audits_passed", "gold_hits"
  std::optional<double> value = {};
  std::optional<double> lower = {};  // of a two-sided interval of 95 %
  std::optional<double> upper = {};
  std::int64_t n = 0;       // units, audits, answers to gold
  std::string queue = {};   // "" of all
  std::string rubric = {};  // "NAME@MAJOR"; likewise
  friend bool operator==(const LabelQuality&, const LabelQuality&) = default;
};
// Of each criterion Krippendorff's alpha and Gwet's AC1, and the shares of audits and of gold that were right.
std::vector<LabelQuality> LabelQualityOf(std::span<const CriterionAgreement> agreements, const ReviewKpis& kpis);

struct ExportManifest {
  static constexpr std::string_view kSchema = "assay.review.manifest/1";
  // Set by who exports; "" where nobody said.
  std::string id = {};
  std::string exported_by = {};
  std::optional<Time> exported_at = {};
  std::string redaction_policy = {};       // versions by which what is in the file was redacted; "" nothing was
  std::string file = {};                   // its name
  std::vector<LabelQuality> quality = {};  // of what is in the file
  // Set by the export.
  std::string format = {};
  ExportSelection selection = {};
  std::string approval = {};  // id, of an export for training
  // Set by who exports: id of the change by which labels below the quality that metrics ask leave for training; ""
  // where none was needed.
  std::string quality_approval = {};
  bool protects_spreadsheets = false;
  std::int64_t bytes = 0;
  std::string sha256 = {};      // of the file
  std::int64_t records = 0;     // of which something is in the file
  std::int64_t rows = 0;        // as the format counts them
  std::int64_t judgements = 0;  // of these records
  std::int64_t decisions = 0;
  std::int64_t offered = 0;  // records that were looked at
  ExclusionCounts excluded = {};
  std::map<std::string, std::set<std::string>> rubrics = {};  // versions by name, of these records
  std::map<std::string, std::set<std::string>> queues = {};   // likewise; content versions of the documents
  std::map<std::string, std::set<std::string>> suites = {};
  std::set<std::string> data_classes = {};
  std::map<std::string, std::set<std::string>> gold = {};  // versions of the known answers, "2@sha256:…", by queue
  friend bool operator==(const ExportManifest&, const ExportManifest&) = default;
};

// Members in a fixed order.
Json ToJson(const ExportManifest& manifest);
// kInvalidArgument for another schema, and members that are wrong, missing or unknown.
Result<ExportManifest> ExportManifestFromJson(const Json& json);

// The size and hash of a file that is read in pieces.
class FileDigest {
 public:
  void Update(std::string_view bytes) {
    bytes_ += static_cast<std::int64_t>(bytes.size());
    sha256_.Update(bytes);
  }
  std::int64_t bytes() const { return bytes_; }
  // Call once.
  std::string FinishHex() { return sha256_.FinishHex(); }

 private:
  Sha256 sha256_;
  std::int64_t bytes_ = 0;
};

// kDataLoss where a file is not the one of the manifest: its size, its hash, or how many records and judgements were
// read of it. Import into a transaction that this ends, or go over the file twice.
Status CheckFile(const ExportManifest& manifest, std::int64_t bytes, std::string_view sha256);
Status CheckCounts(const ExportManifest& manifest, std::int64_t records, std::int64_t judgements);

}  // namespace assay
