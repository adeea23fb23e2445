#include "daemon/reviews/rubric_approvals.h"

#include <algorithm>

#include "core/digest.h"
#include "daemon/kept_rubrics.h"
#include "daemon/reviews/governance_records.h"

namespace assay {
namespace {

// The first gate that rests on a queue with that rubric; "" none.
std::string GateUnder(const Catalog& catalog, const std::string& rubric) {
  for (const CatalogDocument& document : catalog.documents) {
    const QueueSpec* queue = document.queue();
    if (queue == nullptr || queue->rubric != rubric) continue;
    for (const CatalogDocument& other : catalog.documents) {
      const GateSpec* gate = other.gate();
      const bool rests = gate != nullptr && std::ranges::any_of(gate->suites, [&](const std::string& suite) {
                           return std::ranges::find(queue->suites, suite) != queue->suites.end();
                         });
      if (rests) return gate->name;
    }
  }
  return "";
}

// Whether it is another major version than any that was in service; a rubric that is new changes nobody's judgements.
bool IsNewMajor(const RubricSpec& rubric, const std::vector<ReviewRecord>& kept) {
  int newest = 0;
  for (const ReviewRecord& record : kept) {
    if (!record.id.starts_with(rubric.name + "@")) continue;
    const auto version = ParseRubricVersion(record.id.substr(rubric.name.size() + 1));
    if (version) newest = std::max(newest, version->major);
  }
  return newest > 0 && rubric.ParsedVersion().major > newest;
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

}  // namespace

void CheckRubricApprovals(Store& store, const Catalog& catalog, Diagnostics& diagnostics) {
  ReviewStore reviews(store);
  for (const CatalogDocument& document : catalog.documents) {
    const RubricSpec* rubric = document.rubric();
    const std::string gate = rubric == nullptr ? "" : GateUnder(catalog, rubric->name);
    if (gate.empty()) continue;
    const auto kept = reviews.ListRecords(kDefaultProject, kRubricRecord);
    const auto changes = ReadChanges(reviews, kDefaultProject);
    if (!kept || !changes) {
      diagnostics.Add(document.root.At((kept ? changes.error() : kept.error()).message));
      continue;
    }
    if (!IsNewMajor(*rubric, *kept) || IsApproved(document, *changes)) continue;
    diagnostics.Add(document.root.Find("version")->At(
        "gate \"" + gate +
        "\" rests on judgements by this rubric: another major version needs the approval of a peer "
        "and a lead. Propose a change of kind rubric_major whose diff is exactly this document (the page Approvals, or "
        "ReviewService/ProposeChange), and keep the earlier version in the catalog until it is approved"));
  }
}

}  // namespace assay
