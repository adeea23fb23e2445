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

Status Store::ReadScores(RunKey run, int grader, const std::function<void(const ScoreColumns&)>& row,
                         ScoreColumnSet set) {
  const bool has_labels = set == ScoreColumnSet::kWithLabels;
  return connections_->Read([&](Sql& sql) -> Status {
    // Revisions come in order, so the last row of a trial is its newest. Each is read where the one before the last
    // was: a copy of what was written a moment ago, in other sizes, costs more than reading it did.
    ScoreColumns rows[2];
    std::int64_t count = 0;
    ASSAY_TRY(sql.native().Scan(std::string("SELECT ordinal, trial, status, value, pass") +
                                    (has_labels ? ", label" : "") +
                                    " FROM score WHERE run_key = " + std::to_string(static_cast<std::int64_t>(run)) +
                                    " AND grader = " + std::to_string(grader) + " ORDER BY position, revision",
                                [&](const RowView& view) {
                                  ScoreColumns& score = rows[count & 1];
                                  const ScoreColumns& newest = rows[~count & 1];
                                  score.ordinal = view.Int(0);
                                  score.trial = static_cast<int>(view.Int(1));
                                  score.status = static_cast<ScoreStatus>(view.Int(2));
                                  score.value = view.IsNull(3) ? std::nullopt : std::optional(view.Real(3));
                                  score.pass = view.IsNull(4) ? std::nullopt : std::optional(view.Int(4) != 0);
                                  score.is_not_judged = has_labels && view.Text(5) == Score::kNotJudged;
                                  const bool is_other = newest.ordinal != score.ordinal || newest.trial != score.trial;
                                  if (count > 0 && is_other) row(newest);
                                  ++count;
                                }));
    if (count > 0) row(rows[~count & 1]);
    return {};
  });
}

Status Store::ReadTrialColumns(RunKey run, const std::function<void(const TrialColumns&)>& row, TrialColumnSet set) {
  const bool has_usage = set == TrialColumnSet::kAll;
  const std::string query = std::string("SELECT ordinal, trial, status, latency_us, retries, cached") +
                            (has_usage ? ", tokens_in, tokens_out, first_token_us, cost_usd" : "") +
                            " FROM trial WHERE " + KeysOf(run, 0) + " ORDER BY trial_key";
  return connections_->Read([&](Sql& sql) -> Status {
    return sql.native().Scan(query, [&](const RowView& view) {
      const auto maybe = [&](int column) {
        return view.IsNull(column) ? std::nullopt : std::optional(view.Int(column));
      };
      TrialColumns trial;
      trial.ordinal = view.Int(0);
      trial.trial = static_cast<int>(view.Int(1));
      trial.status = static_cast<TrialStatus>(view.Int(2));
      trial.latency_us = maybe(3);
      trial.retries = maybe(4).value_or(0);
      trial.is_cached = maybe(5).value_or(0) != 0;
      if (has_usage) {
        trial.tokens_in = maybe(6);
        trial.tokens_out = maybe(7);
        trial.first_token_us = maybe(8);
        if (!view.IsNull(9)) trial.cost_usd = view.Real(9);
      }
      row(trial);
    });
  });
}

}  // namespace assay
