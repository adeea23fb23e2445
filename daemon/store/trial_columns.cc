// What verdicts and resuming read of the trials of a run: columns, no texts.

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

// The condition on the trials of a run from a position on.
std::string KeysOf(RunKey run, std::int64_t position) {
  return "trial_key >= " + std::to_string(TrialKey(static_cast<std::int64_t>(run), position)) + " AND trial_key < " +
         std::to_string(TrialKey(static_cast<std::int64_t>(run) + 1, 0));
}

}  // namespace

Result<std::vector<std::int64_t>> Store::FinishedPositionsFrom(RunKey run, std::int64_t position) {
  if (position < 0 || position >= kMaxPositions) {
    return Fail(ErrorCode::kInvalidArgument, "position " + std::to_string(position) + " is out of range");
  }
  return connections_->Read([&](Sql& sql) -> Result<std::vector<std::int64_t>> {
    std::vector<std::int64_t> positions;
    ASSAY_TRY(sql.native().Scan(
        "SELECT trial_key FROM trial WHERE " + KeysOf(run, position) + " AND status <> 4 ORDER BY trial_key",
        [&](const RowView& row) { positions.push_back(PositionOf(row.Int(0))); }));
    return positions;
  });
}

Status Store::ReadScores(RunKey run, int grader, const std::function<void(const ScoreColumns&)>& row) {
  return connections_->Read([&](Sql& sql) -> Status {
    // Revisions come in order, so the last row of a trial is its newest.
    std::optional<ScoreColumns> newest;
    ASSAY_TRY(sql.native().Scan("SELECT ordinal, trial, status, value, pass FROM score WHERE run_key = " +
                                    std::to_string(static_cast<std::int64_t>(run)) +
                                    " AND grader = " + std::to_string(grader) + " ORDER BY position, revision",
                                [&](const RowView& view) {
                                  ScoreColumns score;
                                  score.ordinal = view.Int(0);
                                  score.trial = static_cast<int>(view.Int(1));
                                  score.status = static_cast<ScoreStatus>(view.Int(2));
                                  if (!view.IsNull(3)) score.value = view.Real(3);
                                  if (!view.IsNull(4)) score.pass = view.Int(4) != 0;
                                  if (newest && (newest->ordinal != score.ordinal || newest->trial != score.trial))
                                    row(*newest);
                                  newest = score;
                                }));
    if (newest) row(*newest);
    return {};
  });
}

Status Store::ReadTrialColumns(RunKey run, const std::function<void(const TrialColumns&)>& row) {
  return connections_->Read([&](Sql& sql) -> Status {
    return sql.native().Scan(
        "SELECT ordinal, trial, status, latency_us, tokens_in, tokens_out, first_token_us, cost_usd, "
        "retries, cached FROM trial WHERE " +
            KeysOf(run, 0) + " ORDER BY trial_key",
        [&](const RowView& view) {
          const auto maybe = [&](int column) {
            return view.IsNull(column) ? std::nullopt : std::optional(view.Int(column));
          };
          row(TrialColumns{.ordinal = view.Int(0),
                           .trial = static_cast<int>(view.Int(1)),
                           .status = static_cast<TrialStatus>(view.Int(2)),
                           .latency_us = maybe(3),
                           .tokens_in = maybe(4),
                           .tokens_out = maybe(5),
                           .first_token_us = maybe(6),
                           .cost_usd = view.IsNull(7) ? std::nullopt : std::optional(view.Real(7)),
                           .retries = maybe(8).value_or(0),
                           .is_cached = maybe(9).value_or(0) != 0});
        });
  });
}

}  // namespace assay
