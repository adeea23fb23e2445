#include "daemon/reviews/rubric_approvals.h"

#include <algorithm>

#include "core/digest.h"
#include "daemon/kept_acceptance.h"
#include "daemon/kept_rubrics.h"
#include "daemon/reviews/governance_records.h"

namespace assay {
namespace {

constexpr char kHowToPropose[] =
    " (the page Approvals, or ReviewService/ProposeChange), and keep the earlier version in the catalog until it is "
    "approved";

// What is known of rubrics and approvals, for all queues of a catalog.
struct RubricBooks {
  std::vector<ReviewRecord> versions = {};
  std::vector<KeptChange> changes = {};
};

Result<RubricBooks> ReadRubricBooks(ReviewStore& reviews) {
  RubricBooks books;
  ASSAY_ASSIGN(books.versions, reviews.ListRecords(kDefaultProject, kRubricRecord));
  ASSAY_ASSIGN(books.changes, ReadChanges(reviews, kDefaultProject));
  return books;
}

// Above every version of that name that was in service.
bool IsAboveAll(const RubricSpec& rubric, const std::vector<ReviewRecord>& kept) {
  int newest = 0;
  for (const ReviewRecord& record : kept) {
    if (!record.id.starts_with(rubric.name + "@")) continue;
    const auto version = ParseRubricVersion(record.id.substr(rubric.name.size() + 1));
    if (version) newest = std::max(newest, version->major);
  }
  return newest > 0 && rubric.ParsedVersion().major > newest;
}

// By what people were asked in this queue while gates rested on it, whatever it was called. A queue of which that is
// not known has asked by the rubric of that name.
bool IsNewMajor(const RubricSpec& rubric, const std::optional<KeptQueue>& queue, const RubricBooks& books) {
  if (!queue) return IsAboveAll(rubric, books.versions);
  return std::ranges::find(queue->rubrics, MajorOf(rubric)) == queue->rubrics.end();
}

bool IsApproved(const CatalogDocument& document, const std::vector<KeptChange>& changes) {
  const std::string as_written = Sha256Hex(document.text);
  const std::string canonical = Sha256Hex(document.canonical_json);
  return std::ranges::any_of(changes, [&](const KeptChange& kept) {
    const ApprovalRequest& request = kept.request;
    return request.change == ReviewChange::kRubricMajor &&
           (request.diff_hash == as_written || request.diff_hash == canonical) &&
           StateOf(request) == ApprovalState::kApproved;
  });
}

// "r" of "r@2".
std::string NameIn(const std::string& major) { return major.substr(0, major.rfind('@')); }

Diagnostic NeedsApproval(const CatalogDocument& queue, const CatalogDocument& rubric,
                         const std::optional<KeptQueue>& kept, const std::string& gate) {
  const bool has_other_name = kept && std::ranges::none_of(kept->rubrics, [&](const std::string& major) {
                                return NameIn(major) == rubric.name;
                              });
  if (!has_other_name) {
    return rubric.root.Find("version")->At(
        "gate \"" + gate +
        "\" rests on judgements by this rubric: another major version needs the approval of a peer and a lead. Propose "
        "a change of kind rubric_major whose diff is exactly this document" +
        kHowToPropose);
  }
  return queue.root.Find("rubric")->At(
      "gate \"" + gate + "\" rests on this queue, where people have judged by rubric \"" +
      NameIn(kept->rubrics.back()) +
      "\": another rubric is another major version, which needs the approval of a peer and a lead. Propose a change of "
      "kind rubric_major whose diff is exactly the document of rubric \"" +
      rubric.name + "\"" + kHowToPropose);
}

// Nothing where it may come into service.
Result<std::optional<Diagnostic>> ObjectionTo(ReviewStore& reviews, const Catalog& catalog,
                                              const CatalogDocument& queue, const RubricBooks& books) {
  const CatalogDocument* rubric = catalog.FindRubric(queue.queue()->rubric);
  const std::string gate = GateRestingOn(catalog, *queue.queue());
  if (rubric == nullptr || gate.empty()) return std::nullopt;
  ASSAY_ASSIGN(const auto kept, ReadKeptQueue(reviews, queue.name));
  if (!IsNewMajor(*rubric->rubric(), kept, books) || IsApproved(*rubric, books.changes)) return std::nullopt;
  return NeedsApproval(queue, *rubric, kept, gate);
}

bool IsReported(const Diagnostics& diagnostics, const Diagnostic& diagnostic) {
  return std::ranges::any_of(diagnostics.Sorted(),
                             [&](const Diagnostic& each) { return ToString(each) == ToString(diagnostic); });
}

}  // namespace

void CheckRubricApprovals(Store& store, const Catalog& catalog, Diagnostics& diagnostics) {
  ReviewStore reviews(store);
  std::optional<Result<RubricBooks>> books;  // read where there is a queue
  for (const CatalogDocument& document : catalog.documents) {
    if (document.queue() == nullptr) continue;
    if (!books) books = ReadRubricBooks(reviews);
    const auto objection = *books ? ObjectionTo(reviews, catalog, document, **books) : Fail(books->error());
    if (!objection) {
      diagnostics.Add(document.root.At(objection.error().message));
    } else if (*objection && !IsReported(diagnostics, **objection)) {
      diagnostics.Add(**objection);
    }
  }
}

}  // namespace assay
