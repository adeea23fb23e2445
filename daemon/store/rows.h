#pragma once
// What the parts of the repository share: pages, audit rows, answered requests.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "daemon/store/records.h"
#include "daemon/store/sql.h"

namespace assay {

// A page's place: keys newest first, below this one.
struct PagePosition {
  std::int64_t below = 0;
  std::int64_t limit = 0;
};
// kInvalidArgument for a limit out of range or a token that no listing gave.
Result<PagePosition> ReadPage(const PageRequest& page);
Status CheckPageLimit(int limit);

// A page of rows whose first column is their key: `rows` holds one more than `limit` when there is another page.
template <class T, class Convert>
Page<T> PageOf(const SqlRows& rows, std::int64_t limit, Convert convert) {
  Page<T> page;
  for (const SqlRow& row : rows) {
    if (std::ssize(page.items) == limit) {
      page.next = std::to_string(rows[static_cast<std::size_t>(limit) - 1].Int(0));
      break;
    }
    page.items.push_back(convert(row));
  }
  return page;
}

// Parses a whole decimal number; none for anything else.
std::optional<std::int64_t> ParseInteger(std::string_view text);

// "(1,2,3)". For a statement's IN; numbers need no quoting.
std::string NumberList(std::span<const std::int64_t> numbers);

// A trial's key: its run and its position in one number, so that what is appended goes to the end of one index.
inline constexpr int kPositionBits = 40;
inline constexpr std::int64_t kMaxPositions = std::int64_t{1} << kPositionBits;
inline constexpr std::int64_t kMaxRuns = std::int64_t{1} << (63 - kPositionBits);
inline std::int64_t TrialKey(std::int64_t run, std::int64_t position) { return (run << kPositionBits) + position; }
inline std::int64_t PositionOf(std::int64_t trial_key) { return trial_key & (kMaxPositions - 1); }

// Records who did what, in the caller's transaction.
Status Audit(Sql& sql, std::string_view project, Time at, std::string_view principal, std::string_view action,
             std::string_view object, std::string_view detail = "");

// The answer given before to this request; kAlreadyExists when its content was another.
Result<std::optional<std::string>> FindAnswer(Sql& sql, std::string_view project, const RequestKey& request);
// kAborted when another process answered the same request at this moment.
Status RememberAnswer(Sql& sql, std::string_view project, const RequestKey& request, std::string_view answer, Time at,
                      std::string_view principal);

// Whether run `r` of a query was asked the cases of a snapshot, in whatever order. From before cases had a digest, only
// those of the snapshot itself.
std::string AsksTheCasesOf(SnapshotKey snapshot);

// What the verdict of this check, whose document that is, held baselines against, for Store::ListControlledRuns. In the
// caller's transaction.
Status KeepControls(Sql& sql, std::int64_t check_key, const std::string& document);

// Store::ReleaseSnapshot, in the caller's transaction.
Result<bool> ReleaseUnused(Sql& sql, std::int64_t snapshot);

// Ends a SELECT whose rows the transaction is about to change. SQLite has one writer at a time anyway.
inline std::string_view ForUpdate(const Sql& sql) { return sql.engine() == Engine::kPostgres ? " FOR UPDATE" : ""; }

// JSON text that the program itself produced, checked so that no engine stores what another would refuse.
Status CheckJson(std::string_view what, std::string_view text);

}  // namespace assay
