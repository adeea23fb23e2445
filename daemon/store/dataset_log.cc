// The datasets that a suite has had, and what differs between two of them.

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

constexpr int kMostSuiteVersions = 100;
constexpr std::string_view kDiffers = "CAST(o.fields AS TEXT) <> CAST(n.fields AS TEXT)";

Result<std::vector<std::string>> SuiteVersionsOf(Sql& sql, std::string_view project, std::string_view suite,
                                                 std::int64_t snapshot) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT suite_version FROM run WHERE project = :project AND suite = :suite AND snapshot_key = "
                         ":key GROUP BY suite_version ORDER BY MIN(run_key) LIMIT " +
                             std::to_string(kMostSuiteVersions),
                         "t", {project, suite, snapshot}));
  std::vector<std::string> versions;
  for (const SqlRow& row : rows) versions.push_back(row.Text(0));
  return versions;
}

// 0 for what is not there.
Result<std::int64_t> CasesOf(Sql& sql, std::int64_t snapshot) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT cases FROM snapshot WHERE snapshot_key = :key AND finished = 1", "i", {snapshot}));
  if (!rows.empty()) return rows[0].Int(0);
  return Fail(ErrorCode::kNotFound, "the cases of dataset snapshot " + std::to_string(snapshot) + " are not there");
}

// Ids of cases `a` of one snapshot, joined by id with `b` of another, for which `condition` holds.
Result<std::vector<std::string>> IdsWhere(Sql& sql, std::int64_t of, std::int64_t other, std::string_view condition,
                                          int most) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT n.case_id FROM dataset_case n LEFT JOIN dataset_case o ON o.snapshot_key = :other AND "
                         "o.case_id = n.case_id WHERE n.snapshot_key = :of AND " +
                             std::string(condition) + " ORDER BY n.ordinal LIMIT :most",
                         "t", {other, of, most}));
  std::vector<std::string> ids;
  for (const SqlRow& row : rows) ids.push_back(row.Text(0));
  return ids;
}

Result<CaseDifference> CountDifference(Sql& sql, std::int64_t before, std::int64_t after) {
  ASSAY_ASSIGN(const std::int64_t cases_before, CasesOf(sql, before));
  ASSAY_ASSIGN(const std::int64_t cases_after, CasesOf(sql, after));
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT COUNT(*), COALESCE(SUM(CASE WHEN " + std::string(kDiffers) +
                             " THEN 1 ELSE 0 END), 0) FROM dataset_case n JOIN dataset_case o ON o.snapshot_key = "
                             ":before AND o.case_id = n.case_id WHERE n.snapshot_key = :after",
                         "ii", {before, after}));
  const std::int64_t common = rows[0].Int(0);
  return CaseDifference{.added = cases_after - common, .removed = cases_before - common, .changed = rows[0].Int(1)};
}

}  // namespace

Result<std::vector<DatasetVersionRecord>> Store::ListDatasetVersions(std::string_view project, std::string_view suite,
                                                                     int limit) {
  ASSAY_TRY(CheckPageLimit(limit));
  return connections_->Read([&](Sql& sql) -> Result<std::vector<DatasetVersionRecord>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT s.snapshot_key, s.digest, s.finished, COUNT(*), MIN(r.run_key) FROM run r JOIN "
                           "snapshot s ON s.snapshot_key = r.snapshot_key WHERE r.project = :project AND r.suite = "
                           ":suite GROUP BY s.snapshot_key, s.digest, s.finished ORDER BY MIN(r.run_key) DESC LIMIT "
                           ":limit",
                           "itiii", {project, suite, limit}));
    std::vector<DatasetVersionRecord> versions;
    for (const SqlRow& row : rows) {
      ASSAY_ASSIGN(std::vector<std::string> suite_versions, SuiteVersionsOf(sql, project, suite, row.Int(0)));
      versions.push_back({.key = SnapshotKey{row.Int(0)},
                          .digest = row.Text(1),
                          .first_run = RunKey{row.Int(4)},
                          .runs = row.Int(3),
                          .suite_versions = std::move(suite_versions),
                          .has_cases = row.Int(2) == 1});
    }
    return versions;
  });
}

Result<CaseDifference> Store::CompareCases(SnapshotKey before, SnapshotKey after, int most) {
  ASSAY_TRY(CheckPageLimit(most));
  const auto old_key = static_cast<std::int64_t>(before);
  const auto new_key = static_cast<std::int64_t>(after);
  return connections_->Read([&](Sql& sql) -> Result<CaseDifference> {
    ASSAY_ASSIGN(CaseDifference found, CountDifference(sql, old_key, new_key));
    if (found.added > 0) {
      ASSAY_ASSIGN(found.added_ids, IdsWhere(sql, new_key, old_key, "o.case_id IS NULL", most));
    }
    if (found.removed > 0) {
      ASSAY_ASSIGN(found.removed_ids, IdsWhere(sql, old_key, new_key, "o.case_id IS NULL", most));
    }
    if (found.changed > 0) {
      ASSAY_ASSIGN(found.changed_ids, IdsWhere(sql, new_key, old_key, kDiffers, most));
    }
    return found;
  });
}

}  // namespace assay
