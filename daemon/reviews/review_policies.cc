#include "daemon/reviews/review_policies.h"

#include <algorithm>
#include <limits>

#include "config/catalog.h"
#include "core/digest.h"
#include "daemon/builtin_kinds.h"
#include "daemon/catalog_lookup.h"
#include "daemon/kept_acceptance.h"
#include "daemon/rubric_versions.h"
#include "daemon/secret.h"

namespace assay {
namespace {

constexpr char kDrawKey[] = "draw_key";

// Of a document that was in service once: what it names need not be there any more.
Result<CatalogDocument> ReadDocument(const std::string& label, const std::string& json) {
  Diagnostics diagnostics;
  auto document = ParseDocument(label, json, BuiltinKinds(), ReferencedFiles::kIgnore, diagnostics);
  if (document) return *std::move(document);
  return Fail(ErrorCode::kFailedPrecondition, label + " cannot be read any more:\n" + diagnostics.Render());
}

}  // namespace

Status ReviewPolicies::Open(Time now) {
  ASSAY_ASSIGN(draw_key_, SecretOf(store_, kDrawKey, now));
  return {};
}

Status ReviewPolicies::KeepRubrics(const std::string& project, Time now) {
  const auto served = catalog_.current();
  {
    const std::lock_guard lock(mutex_);
    if (kept_[project] == served->version) return {};
  }
  ASSAY_TRY(KeepRubricsOf(reviews_, served->catalog, project, now));
  const std::lock_guard lock(mutex_);
  kept_[project] = served->version;
  return {};
}

Result<RubricSpec> ReviewPolicies::RubricAt(const std::string& project, const std::string& name,
                                            const RubricVersion& version) {
  auto kept = ReadKeptRubric(reviews_, project, name, version);
  if (kept || kept.error().code != ErrorCode::kNotFound) return kept;
  const auto current = catalog_.current();  // kept while it is read
  const CatalogDocument* served = current->catalog.FindRubric(name);
  if (served != nullptr && served->rubric()->ParsedVersion() == version) return *served->rubric();
  return kept;
}

Result<std::vector<RubricSpec>> ReviewPolicies::RubricVersions(const std::string& project, const std::string& name) {
  ASSAY_ASSIGN(const std::vector<ReviewRecord> records, reviews_.ListRecords(project, kRubricRecord));
  std::vector<RubricSpec> versions;
  for (const ReviewRecord& record : records) {
    if (!record.id.starts_with(name + "@")) continue;
    ASSAY_ASSIGN(RubricSpec rubric, RubricFrom(record));
    versions.push_back(std::move(rubric));
  }
  std::ranges::sort(versions, {}, [](const RubricSpec& rubric) { return rubric.ParsedVersion(); });
  return versions;
}

Result<std::vector<KeptRubric>> ReviewPolicies::KeptRubrics(const std::string& project, const std::string& name) {
  ASSAY_ASSIGN(const std::vector<ReviewRecord> records, reviews_.ListRecords(project, kRubricRecord));
  std::vector<KeptRubric> kept;
  for (const ReviewRecord& record : records) {
    if (!record.id.starts_with(name + "@")) continue;
    ASSAY_ASSIGN(const RubricSpec rubric, RubricFrom(record));
    const auto change = std::ranges::find(rubric.changes, rubric.version, &RubricChangeSpec::version);
    kept.push_back({.version = rubric.version,
                    .json = record.body,
                    .reason = change == rubric.changes.end() ? "" : change->reason,
                    .kept_at = record.updated});
  }
  std::ranges::sort(kept, {}, [](const KeptRubric& each) { return ParseRubricVersion(each.version); });
  return kept;
}

Result<std::string> ReviewPolicies::TextOfRubric(const std::string& project, const std::string& name,
                                                 const RubricVersion& version) {
  const std::string id = RubricRecordId(name, version);
  ASSAY_ASSIGN(const auto kept, reviews_.FindRecord(project, kRubricRecord, id));
  if (kept) {
    ASSAY_ASSIGN(const Json json, Json::Parse(kept->body));  // the store may have written it in another order
    return json.DumpCanonical();
  }
  const auto current = catalog_.current();  // kept while it is read
  const CatalogDocument* served = current->catalog.FindRubric(name);
  if (served != nullptr && served->rubric()->ParsedVersion() == version) return served->canonical_json;
  return Fail(ErrorCode::kNotFound, "there is no rubric \"" + name + "\" of version " + ToString(version));
}

// The newest wording of that major version that is known: minor and patch versions never begin an item anew.
Result<RubricSpec> ReviewPolicies::RubricOf(const std::string& project, const std::string& name,
                                            const RubricVersion& version) {
  const auto current = catalog_.current();  // kept while it is read
  const CatalogDocument* served = current->catalog.FindRubric(name);
  if (served != nullptr && served->rubric()->ParsedVersion().major == version.major) return *served->rubric();
  auto exact = RubricAt(project, name, version);
  if (exact) return exact;
  return Fail(ErrorCode::kFailedPrecondition, exact.error().message + ", which its items are judged by");
}

Result<QueueSpec> ReviewPolicies::QueueOf(const std::string& project, const std::string& queue,
                                          const std::string& version) {
  const auto current = catalog_.current();  // kept while it is read
  const CatalogDocument* served = current->catalog.FindQueue(queue);
  if (served != nullptr) return *served->queue();
  ASSAY_ASSIGN(const DocumentRecord record, store_.GetDocumentVersion(project, "Queue", queue, version));
  ASSAY_ASSIGN(CatalogDocument document, ReadDocument("queue " + queue, record.json));
  if (document.queue() == nullptr) return Fail(ErrorCode::kDataLoss, "document " + queue + " is no queue");
  return *document.queue();
}

// With the mutex.
void ReviewPolicies::ForgetOtherCatalogs(const std::string& version) {
  if (catalog_version_ == version) return;
  catalog_version_ = version;
  policies_.clear();
  first_majors_.clear();
}

// -1 where another rubric came before it.
Result<int> ReviewPolicies::FirstMajor(const std::string& project, const std::string& queue,
                                       const std::string& rubric) {
  ASSAY_ASSIGN(const auto kept, ReadKeptQueue(reviews_, queue));
  const bool is_of_another = kept && !kept->rubrics.empty() && !kept->rubrics.front().starts_with(rubric + "@");
  if (is_of_another) return -1;
  ASSAY_ASSIGN(const std::vector<RubricSpec> versions, RubricVersions(project, rubric));
  return versions.empty() ? std::numeric_limits<int>::max() : versions.front().ParsedVersion().major;
}

Result<bool> ReviewPolicies::IsAnotherMajor(const std::string& project, const std::string& queue,
                                            const std::string& rubric, const RubricVersion& version) {
  const std::string key = project + "\n" + queue + "\n" + rubric;
  const std::string catalog = catalog_.current()->version;
  {
    const std::lock_guard lock(mutex_);
    ForgetOtherCatalogs(catalog);
    const auto found = first_majors_.find(key);
    if (found != first_majors_.end()) return version.major > found->second;
  }
  ASSAY_ASSIGN(const int first, FirstMajor(project, queue, rubric));
  const std::lock_guard lock(mutex_);
  if (catalog_version_ == catalog) first_majors_[key] = first;
  return version.major > first;
}

Result<PolicyRef> ReviewPolicies::For(const ReviewItem& item, const RubricVersion& rubric_version) {
  const std::string key = item.project + "\n" + item.queue + "\n" + item.queue_version + "\n" + item.rubric + "\n" +
                          ToString(rubric_version);
  const std::string version = catalog_.current()->version;
  {
    const std::lock_guard lock(mutex_);
    ForgetOtherCatalogs(version);
    const auto found = policies_.find(key);
    if (found != policies_.end()) return found->second;
  }
  ASSAY_ASSIGN(QueueSpec queue, QueueOf(item.project, item.queue, item.queue_version));
  ASSAY_ASSIGN(RubricSpec rubric, RubricOf(item.project, item.rubric, rubric_version));
  auto policy = std::make_shared<const ReviewPolicy>(
      ReviewPolicy{.queue = std::move(queue), .rubric = std::move(rubric), .draw_key = draw_key_});
  const std::lock_guard lock(mutex_);
  if (catalog_version_ == version) policies_[key] = policy;
  return policy;
}

Result<PolicyRef> ReviewPolicies::ForQueue(const std::string& project, const std::string& queue) {
  const auto served = catalog_.current();
  ASSAY_ASSIGN(const CatalogDocument* document, FindServed(*served, DocumentKind::kQueue, queue));
  ASSAY_ASSIGN(const CatalogDocument* rubric, FindServed(*served, DocumentKind::kRubric, document->queue()->rubric));
  return For({.project = project, .queue = queue, .queue_version = document->version, .rubric = rubric->rubric()->name},
             rubric->rubric()->ParsedVersion());
}

}  // namespace assay
