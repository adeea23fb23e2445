// Writing the results of a run. trial_columns.cc and trial_reads.cc read them.

#include <cmath>
#include <set>

#include "core/conversation.h"
#include "daemon/store/connections.h"
#include "daemon/store/due_trials.h"
#include "daemon/store/rows.h"
#include "daemon/store/sentinels.h"

namespace assay {
namespace {

constexpr BulkTable kTrials = {
    "trial",
    "trial_key, run_key, ordinal, trial, status, latency_us, tokens_in, tokens_out, attempts, "
    "finish_reason, first_token_us, cost_usd, cached, retries",
    "iiinsiiintirsn"};
constexpr BulkTable kBodies = {"trial_body", "trial_key, response, tool_calls, error, transcript", "itttt"};
constexpr BulkTable kScores = {"score",
                               "run_key, grader, position, revision, ordinal, trial, grader_version, source, status, "
                               "value, pass, label, evidence",
                               "isininsssrsts"};
constexpr BulkTable kReasons = {"score_reason", "trial_key, grader, revision, reason, evidence, principal", "isnttt"};

std::int64_t Number(RunKey key) { return static_cast<std::int64_t>(key); }

// Where a score row goes.
struct ScorePlace {
  std::int64_t run = 0;
  std::int64_t position = 0;
  std::int64_t ordinal = 0;
  int trial = 0;
  std::int64_t grader = 0;
  std::int64_t revision = 1;
  std::int64_t grader_version = 0;
  ScoreSource source = ScoreSource::kGrader;
};

void MaybeInt(RowSink& sink, const std::optional<std::int64_t>& value) { value ? sink.Int(*value) : sink.Null(); }

std::optional<std::int64_t> MaybeCount(const std::optional<std::chrono::microseconds>& duration) {
  return duration ? std::optional<std::int64_t>(duration->count()) : std::nullopt;
}

void MaybeText(RowSink& sink, std::string_view text) { text.empty() ? sink.Null() : sink.Text(text); }

void WriteTrial(RowSink& sink, std::int64_t run, const TrialResult& result) {
  sink.Int(TrialKey(run, result.position));
  sink.Int(run);
  sink.Int(result.ordinal);
  sink.Int(result.trial);
  sink.Int(static_cast<int>(result.status));
  if (result.response) {
    const bool is_cached = result.response->is_cached;  // nobody waited: no time is known
    is_cached ? sink.Null() : sink.Int(result.response->latency.count());
    MaybeInt(sink, result.response->usage.tokens_in);
    MaybeInt(sink, result.response->usage.tokens_out);
    sink.Int(result.response->attempts);
    MaybeText(sink, result.response->finish_reason);
    MaybeInt(sink, is_cached ? std::nullopt : MaybeCount(result.response->first_token));
    result.response->cost_usd ? sink.Real(*result.response->cost_usd) : sink.Null();
    is_cached ? sink.Int(1) : sink.Null();
    result.response->retries > 0 ? sink.Int(result.response->retries) : sink.Null();
  } else {
    for (int i = 0; i < 9; ++i) sink.Null();
  }
  sink.EndRow();
}

std::string ToolCallsJson(const std::vector<ToolCall>& calls) {
  Json::Array list;
  for (const ToolCall& call : calls) {
    Json stored = Json::Of({{"name", call.name}, {"arguments", call.arguments}});
    if (!call.id.empty()) stored.Set("id", call.id);
    list.push_back(std::move(stored));
  }
  return Json(std::move(list)).Dump();
}

std::string TranscriptJson(const std::vector<Message>& transcript) {
  if (transcript.empty()) return "";
  Json::Array list;
  for (const Message& message : transcript) list.push_back(ToJson(message));
  return Json(std::move(list)).Dump();
}

void WriteBody(RowSink& sink, std::int64_t run, const TrialResult& result) {
  if (!result.response && result.error.empty()) return;
  sink.Int(TrialKey(run, result.position));
  std::string calls;  // a sink reads its texts at the end of the row
  std::string transcript;
  if (result.response) {
    sink.Text(result.response->text);
    transcript = TranscriptJson(result.response->transcript);
    if (!result.response->tool_calls.empty()) calls = ToolCallsJson(result.response->tool_calls);
  } else {
    sink.Null();
  }
  MaybeText(sink, calls);
  MaybeText(sink, result.error);
  MaybeText(sink, transcript);
  sink.EndRow();
}

bool HasReason(const Score& score) { return !score.reason.empty() || !score.evidence.empty(); }

void WriteScore(RowSink& sink, const ScorePlace& place, const Score& score) {
  sink.Int(place.run);
  sink.Int(place.grader);
  sink.Int(place.position);
  sink.Int(place.revision);
  sink.Int(place.ordinal);
  sink.Int(place.trial);
  sink.Int(place.grader_version);
  sink.Int(static_cast<int>(place.source));
  sink.Int(static_cast<int>(score.status));
  score.value ? sink.Real(*score.value) : sink.Null();
  score.pass ? sink.Int(*score.pass ? 1 : 0) : sink.Null();
  MaybeText(sink, score.label);
  sink.Int(HasReason(score) ? 1 : 0);
  sink.EndRow();
}

void WriteReason(RowSink& sink, const ScorePlace& place, const Score& score, std::string_view principal) {
  sink.Int(TrialKey(place.run, place.position));
  sink.Int(place.grader);
  sink.Int(place.revision);
  MaybeText(sink, score.reason);
  MaybeText(sink, score.evidence);
  MaybeText(sink, principal);
  sink.EndRow();
}

Status CheckScore(const Score& score) {
  const bool scored = score.status == ScoreStatus::kScored;
  if (scored != score.value.has_value() || (!scored && score.pass) || (scored && !std::isfinite(*score.value))) {
    return Fail(ErrorCode::kInvalidArgument,
                "a score is " + std::string(Name(score.status)) +
                    (score.value ? " with value " + std::to_string(*score.value) : " without a value"));
  }
  return {};
}

// What its scores make of a trial. Those of graders that only report count where there are no others.
class StatusOfScores {
 public:
  void Add(ScoreStatus score, bool is_report) {
    if (is_report) {
      is_reported_ = is_reported_ || score == ScoreStatus::kScored;
      return;
    }
    may_gate_ = true;
    if (score == ScoreStatus::kNotApplicable) return;
    is_asked_ = true;
    has_error_ = has_error_ || score == ScoreStatus::kError;
    has_unscored_ = has_unscored_ || score == ScoreStatus::kUnscored;
  }
  TrialStatus status() const {
    if (has_error_) return TrialStatus::kError;
    const bool has_score = is_asked_ || (!may_gate_ && is_reported_);
    return has_unscored_ || !has_score ? TrialStatus::kUnscored : TrialStatus::kScored;
  }

 private:
  bool may_gate_ = false;
  bool is_asked_ = false;
  bool is_reported_ = false;
  bool has_error_ = false;
  bool has_unscored_ = false;
};

std::string Describe(const TrialResult& result) {
  return "case " + std::to_string(result.ordinal) + " trial " + std::to_string(result.trial);
}

// What results need to know of the graders of their run.
struct GradersOfRun {
  std::set<std::int64_t> reporting;  // those that only report
  std::vector<ScoreSource> sources;  // by grader
};

struct RunShape {
  std::int64_t graders = 0;
  std::int64_t cases = 0;
  std::int64_t trials = 0;
};

// `reporting`: the graders that only report.
Status CheckResult(const TrialResult& result, const RunShape& run, const std::set<std::int64_t>& reporting) {
  const auto [graders, cases, trials] = run;
  if (result.ordinal < 0 || result.ordinal >= cases || result.trial < 0 || result.trial >= trials ||
      result.position < 0 || result.position >= cases * trials) {
    return Fail(ErrorCode::kInvalidArgument, Describe(result) + " is not part of the run");
  }
  if (!result.scores.empty() && std::ssize(result.scores) != graders) {
    return Fail(ErrorCode::kInvalidArgument, Describe(result) + " has " + std::to_string(result.scores.size()) +
                                                 " scores, the run has " + std::to_string(graders) + " graders");
  }
  StatusOfScores all;
  for (std::size_t i = 0; i < result.scores.size(); ++i) {
    ASSAY_TRY(CheckScore(result.scores[i]));
    all.Add(result.scores[i].status, reporting.contains(static_cast<std::int64_t>(i)));
  }
  const bool from_scores = result.status == TrialStatus::kScored || result.status == TrialStatus::kUnscored ||
                           result.status == TrialStatus::kError;
  if (!result.scores.empty() && from_scores && result.status != all.status()) {
    return Fail(ErrorCode::kInvalidArgument, Describe(result) + " is " + std::string(Name(result.status)) +
                                                 ", its scores say " + std::string(Name(all.status())));
  }
  return {};
}

struct Spent {
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
  std::optional<double> cost_usd;
  std::int64_t without_cost = 0;  // answers
  std::int64_t cached = 0;        // answers
  double unanswered_usd = 0;
};

bool HasResponse(const TrialResult& result) { return result.response.has_value(); }

// A response from the cache, or taken over, was paid for by another run.
Spent SpentOn(std::span<const TrialResult> results) {
  Spent spent;
  for (const TrialResult& result : results) {
    spent.unanswered_usd += result.unanswered_usd;
    spent.without_cost += result.gradings_without_cost;
    if (result.grading_usd > 0) spent.cost_usd = spent.cost_usd.value_or(0) + result.grading_usd;
    if (!result.response || result.is_taken_over) continue;
    if (result.response->is_cached) {
      ++spent.cached;
      continue;
    }
    spent.tokens_in += result.response->usage.tokens_in.value_or(0);
    spent.tokens_out += result.response->usage.tokens_out.value_or(0);
    if (result.response->cost_usd) {
      spent.cost_usd = spent.cost_usd.value_or(0) + *result.response->cost_usd;
    } else {
      ++spent.without_cost;
    }
  }
  return spent;
}

// Adds the results to the run's counts, which also locks the run and refuses results it has no room for.
Result<RunShape> Count(Sql& sql, std::int64_t run, std::span<const TrialResult> results, std::int64_t position) {
  RunCounts counts;
  for (const TrialResult& result : results) {
    if (result.status != TrialStatus::kSkipped) counts.Add(result.status);
  }
  const Spent spent = SpentOn(results);
  ASSAY_ASSIGN(
      const SqlRows updated,
      sql.Query("UPDATE run SET scored = scored + :scored, unscored = unscored + :unscored, errors = errors + :errors, "
                "skipped = skipped + :skipped, awaiting_human = awaiting_human + :human, "
                "tokens_in = tokens_in + :tokens_in, tokens_out = tokens_out + :tokens_out, "
                "cost_usd = CASE WHEN :has_cost = 1 THEN COALESCE(cost_usd, 0) + :cost ELSE cost_usd END, "
                "without_cost = without_cost + :without_cost, cached = cached + :cached, "
                "unanswered_usd = unanswered_usd + :unanswered, "
                "has_answers = CASE WHEN :has_answers = 1 THEN 1 ELSE has_answers END, "
                "position = CASE WHEN position < :position THEN :same_position ELSE position END "
                "WHERE run_key = :key AND state IN (1, 2) AND "
                "scored + unscored + errors + skipped + awaiting_human + :added <= scheduled "
                "RETURNING graders, cases, trials",
                "iii",
                {counts.scored, counts.unscored, counts.error, counts.skipped, counts.awaiting_human, spent.tokens_in,
                 spent.tokens_out, spent.cost_usd ? 1 : 0, spent.cost_usd.value_or(0.0), spent.without_cost,
                 spent.cached, spent.unanswered_usd, std::ranges::any_of(results, HasResponse) ? 1 : 0, position,
                 position, run, counts.Accounted()}));
  if (!updated.empty()) return RunShape{updated[0].Int(0), updated[0].Int(1), updated[0].Int(2)};
  ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT id, state FROM run WHERE run_key = :key", "ti", {run}));
  if (rows.empty()) return Fail(ErrorCode::kNotFound, "run " + std::to_string(run) + " is not stored");
  const auto state = static_cast<RunState>(rows[0].Int(1));
  return Fail(ErrorCode::kFailedPrecondition, "run \"" + rows[0].Text(0) + "\" " +
                                                  (IsFinal(state) ? "has ended: " + std::string(Name(state))
                                                                  : "would have more results than scheduled"));
}

// Calls `write` for every score of the results, but for those that stay.
template <class Write>
void EachScore(std::int64_t run, std::span<const TrialResult> results, std::span<const ScoreSource> sources,
               const Replacement& replacement, Write write) {
  for (const TrialResult& result : results) {
    ScorePlace place{.run = run, .position = result.position, .ordinal = result.ordinal, .trial = result.trial};
    for (const Score& score : result.scores) {
      if (place.grader < std::ssize(sources)) place.source = sources[static_cast<std::size_t>(place.grader)];
      if (!replacement.kept.contains({place.position, place.grader})) write(place, score);
      ++place.grader;
    }
  }
}

Status InsertResults(NativeConnection& native, std::int64_t run, std::span<const TrialResult> results,
                     std::span<const ScoreSource> sources, const Replacement& replacement) {
  ASSAY_TRY(native.Insert(kTrials, [&](RowSink& sink) {
    for (const TrialResult& result : results) WriteTrial(sink, run, result);
  }));
  ASSAY_TRY(native.Insert(kBodies, [&](RowSink& sink) {
    for (const TrialResult& result : results) WriteBody(sink, run, result);
  }));
  ASSAY_TRY(native.Insert(kScores, [&](RowSink& sink) {
    EachScore(run, results, sources, replacement,
              [&](const ScorePlace& place, const Score& score) { WriteScore(sink, place, score); });
  }));
  const bool any_reason = std::ranges::any_of(
      results, [](const TrialResult& result) { return std::ranges::any_of(result.scores, HasReason); });
  if (!any_reason) return {};
  return native.Insert(kReasons, [&](RowSink& sink) {
    EachScore(run, results, sources, replacement, [&](const ScorePlace& place, const Score& score) {
      if (HasReason(score)) WriteReason(sink, place, score, "");
    });
  });
}

// The index under which a run knows this version of a grader; a new one is added.
Result<ScorePlace> PlaceRevision(Sql& sql, std::int64_t run, std::int64_t position, const ScoreRevision& revision) {
  ASSAY_ASSIGN(const SqlRows versions,
               sql.Query("SELECT grader, version_index, version, type, role FROM run_grader WHERE run_key = :key AND "
                         "name = :name ORDER BY version_index",
                         "iittt", {run, revision.grader}));
  if (versions.empty()) {
    return Fail(ErrorCode::kNotFound, "grader \"" + revision.grader + "\" is not part of the run");
  }
  ScorePlace place{.run = run,
                   .position = position,
                   .ordinal = revision.ordinal,
                   .trial = revision.trial,
                   .grader = versions[0].Int(0),
                   .grader_version = -1,
                   .source = revision.source};
  for (const SqlRow& version : versions) {
    if (version.Text(2) == revision.grader_version) place.grader_version = version.Int(1);
  }
  if (place.grader_version < 0) {
    place.grader_version = versions.back().Int(1) + 1;
    ASSAY_TRY(
        sql.Execute("INSERT INTO run_grader (run_key, grader, version_index, name, type, version, role, source) "
                    "VALUES (:key, :grader, :version_index, :name, :type, :version, :role, :source)",
                    {run, place.grader, place.grader_version, revision.grader, versions[0].Text(3),
                     revision.grader_version, versions[0].Text(4), static_cast<int>(revision.source)}));
  }
  ASSAY_ASSIGN(const SqlRows newest,
               sql.Query("SELECT COALESCE(MAX(revision), 0) FROM score WHERE run_key = :key AND grader = :grader AND "
                         "position = :position",
                         "i", {run, place.grader, position}));
  place.revision = newest[0].Int(0) + 1;
  return place;
}

Result<GradersOfRun> ReadGradersOf(Sql& sql, std::int64_t run) {
  ASSAY_ASSIGN(
      const SqlRows rows,
      sql.Query(
          "SELECT grader, role, source FROM run_grader WHERE run_key = :key AND version_index = 0 ORDER BY grader",
          "iti", {run}));
  GradersOfRun graders;
  for (const SqlRow& row : rows) {
    if (row.Text(1) == "report") graders.reporting.insert(row.Int(0));
    graders.sources.push_back(static_cast<ScoreSource>(row.Int(2)));
  }
  return graders;
}

// What the newest scores of a trial make of it.
Result<TrialStatus> NewestStatus(Sql& sql, std::int64_t run, std::int64_t position) {
  ASSAY_ASSIGN(
      const SqlRows graders,
      sql.Query("SELECT grader, role FROM run_grader WHERE run_key = :key AND version_index = 0", "it", {run}));
  StatusOfScores all;
  for (const SqlRow& grader : graders) {
    ASSAY_ASSIGN(
        const SqlRows newest,
        sql.Query("SELECT status FROM score WHERE run_key = :key AND grader = :grader AND position = :position "
                  "ORDER BY revision DESC LIMIT 1",
                  "i", {run, grader.Int(0), position}));
    all.Add(newest.empty() ? ScoreStatus::kUnscored : static_cast<ScoreStatus>(newest[0].Int(0)),
            grader.Text(1) == "report");
  }
  return all.status();
}

std::string CountColumn(TrialStatus status) {
  return status == TrialStatus::kError ? "errors" : std::string(Name(status));
}

// Of a trial that is counted.
Status ChangeStatus(Sql& sql, std::int64_t run, std::int64_t position, TrialStatus before, TrialStatus after) {
  if (before == after) return {};
  ASSAY_TRY(sql.Execute("UPDATE trial SET status = :status WHERE trial_key = :key",
                        {static_cast<int>(after), TrialKey(run, position)}));
  const std::string from = CountColumn(before);
  const std::string to = CountColumn(after);
  ASSAY_TRY(sql.Execute(
      "UPDATE run SET " + from + " = " + from + " - 1, " + to + " = " + to + " + 1 WHERE run_key = :key", {run}));
  return {};
}

// Where there are later scores than those of the results, they count.
Status CountRevisions(Sql& sql, std::int64_t run, std::span<const TrialResult> results,
                      const Replacement& replacement) {
  for (const TrialResult& result : results) {
    const bool is_revised = std::ranges::binary_search(replacement.revised, result.position);
    if (!is_revised || !result.is_taken_over || result.status == TrialStatus::kSkipped) continue;
    ASSAY_ASSIGN(const TrialStatus newest, NewestStatus(sql, run, result.position));
    ASSAY_TRY(ChangeStatus(sql, run, result.position, result.status, newest));
  }
  return {};
}

}  // namespace

Status Store::AppendTrials(RunKey run, std::span<const TrialResult> results, std::int64_t position) {
  const std::int64_t key = Number(run);
  return connections_->Write(
      [&](Sql& sql) -> Status {
        ASSAY_ASSIGN(const RunShape shape, Count(sql, key, results, position));
        if (position < 0 || position > shape.cases * shape.trials) {
          return Fail(ErrorCode::kInvalidArgument, "position " + std::to_string(position) + " is not part of the run");
        }
        ASSAY_ASSIGN(const GradersOfRun graders, ReadGradersOf(sql, key));
        for (const TrialResult& result : results) ASSAY_TRY(CheckResult(result, shape, graders.reporting));
        ASSAY_ASSIGN(const Replacement replacement, RemoveReplaced(sql, key, results));
        ASSAY_TRY(InsertResults(sql.native(), key, results, graders.sources, replacement));
        ASSAY_TRY(NoteAnswerers(sql, key, results, graders.sources));
        return CountRevisions(sql, key, results, replacement);
      },
      Sql::Transaction::kWriteResults);
}

Result<int> Store::AppendScore(RunKey run, const ScoreRevision& revision) {
  ASSAY_TRY(CheckScore(revision.score));
  const std::int64_t key = Number(run);
  const auto append = [&](Sql& sql) -> Result<int> {
    ASSAY_ASSIGN(const SqlRows runs,
                 sql.Query("SELECT project, id, state, COALESCE(deleted, responses_deleted) FROM run WHERE run_key = "
                           ":key" +
                               std::string(ForUpdate(sql)),
                           "ttii", {key}));
    ASSAY_ASSIGN(const SqlRows trials,
                 sql.Query("SELECT status, attempts, trial_key FROM trial WHERE run_key = :key AND "
                           "ordinal = :ordinal AND trial = :trial",
                           "iii", {key, revision.ordinal, revision.trial}));
    const std::string description =
        "case " + std::to_string(revision.ordinal) + " trial " + std::to_string(revision.trial);
    if (runs.empty() || trials.empty()) return Fail(ErrorCode::kNotFound, description + " is not stored");
    if (!runs[0].IsNull(3))
      return Fail(ErrorCode::kFailedPrecondition, "the response of " + description + " is deleted");
    if (trials[0].IsNull(1)) {
      return Fail(ErrorCode::kFailedPrecondition, description + " has no response that could be scored");
    }
    ASSAY_ASSIGN(const ScorePlace place, PlaceRevision(sql, key, PositionOf(trials[0].Int(2)), revision));
    ASSAY_TRY(sql.native().Insert(kScores, [&](RowSink& sink) { WriteScore(sink, place, revision.score); }));
    ASSAY_TRY(sql.native().Insert(
        kReasons, [&](RowSink& sink) { WriteReason(sink, place, revision.score, revision.principal); }));
    const auto before = static_cast<TrialStatus>(trials[0].Int(0));
    bool stays_due = before == TrialStatus::kSkipped && !IsFinal(static_cast<RunState>(runs[0].Int(2)));
    if (before == TrialStatus::kSkipped && !stays_due) {
      ASSAY_ASSIGN(stays_due, HasDueScore(sql, key, place.position));
    }
    if (!stays_due) {
      ASSAY_ASSIGN(const TrialStatus after, NewestStatus(sql, key, place.position));
      ASSAY_TRY(ChangeStatus(sql, key, place.position, before, after));
    }
    ASSAY_TRY(Audit(sql, runs[0].Text(0), revision.at, revision.principal, "append_score", "run/" + runs[0].Text(1),
                    description + " " + revision.grader + " revision " + std::to_string(place.revision)));
    return static_cast<int>(place.revision);
  };
  auto appended = connections_->Write(append);
  ++revisions_;
  return appended;
}

}  // namespace assay
