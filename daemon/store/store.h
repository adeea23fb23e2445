#pragma once
// The one place where Assay's state lives: documents, dataset snapshots, runs with their trials and scores, checks and
// verdicts, in SQLite or PostgreSQL.
//
// Thread-safe. Every call blocks (on the disk, on the server, on a free connection): never call it on an event loop.
// Writes are serialised over one connection; reads use a few others and never wait for writes. A write has happened,
// with its audit row, when the call returns without error, and has not happened at all when it returns one.
// A callback must not call the store.
//
// Text is UTF-8; bytes that are not (and NUL, which PostgreSQL cannot hold) are stored as U+FFFD.
//
// Errors of every call: kUnavailable when the database cannot be reached, is locked for more than 10 s or is full;
// kInternal for anything unexpected. Others are listed where they occur.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/case.h"
#include "core/result.h"
#include "core/run.h"
#include "daemon/store/records.h"

namespace assay {

class Store {
 public:
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  // Whether a read and the writer's connection answer, and writes succeed: after the database has refused one (its disk
  // is full, say) the error is that one's, until a write succeeds and none was refused for 5 s. For /readyz.
  Status Ping();

  // --- Documents ---

  // Stores a document unless the same content is there already. Returns what is stored (the first of equals, with the
  // newest `file`).
  // A Model's name and label are for ever: other content under them is kAlreadyExists.
  Result<DocumentRecord> PutDocument(const DocumentRecord& document, const std::optional<RequestKey>& request = {});
  // kNotFound. By a Model's label; of other kinds (label "") the newest stored content.
  Result<DocumentRecord> GetDocument(std::string_view project, std::string_view kind, std::string_view name,
                                     std::string_view label);
  // kNotFound. By content version; of several labels with the same content, the newest.
  Result<DocumentRecord> GetDocumentVersion(std::string_view project, std::string_view kind, std::string_view name,
                                            std::string_view content_version);
  // Every stored version, newest first; `name` "" for all names.
  Result<Page<DocumentRecord>> ListDocuments(std::string_view project, std::string_view kind, std::string_view name,
                                             const PageRequest& page);
  // The Model that was registered last under this name. kNotFound.
  Result<DocumentRecord> GetNewestModel(std::string_view project, std::string_view name);
  // Points `stage` of a model at a registered label; moves it when it pointed elsewhere. kNotFound.
  Status SetModelStage(std::string_view project, std::string_view model, std::string_view stage, std::string_view label,
                       Time at, std::string_view principal);
  // The label that a stage points at. kNotFound.
  Result<std::string> GetModelStage(std::string_view project, std::string_view model, std::string_view stage);

  // All that is promoted, by model and stage; `model` "" for all models.
  Result<std::vector<ModelStage>> ListModelStages(std::string_view project, std::string_view model);

  // --- Dataset snapshots: begin, append, finish; invisible until finished ---

  // kNotFound unless finished.
  Result<SnapshotRecord> FindSnapshot(std::string_view project, std::string_view digest);
  // Starts a snapshot; an unfinished one of the same digest (left by a crash) is discarded. kAlreadyExists when a
  // finished one is there: use FindSnapshot. Build a digest in one place at a time: the loser's next call is kAborted.
  Result<SnapshotKey> BeginSnapshot(std::string_view project, std::string_view digest, Time at,
                                    std::string_view principal);
  // Ordinals go on where the last call ended. A repeated case id is kInvalidArgument naming the id and both ordinals.
  // All rows or none. Give a few hundred to a few thousand at a time.
  Status AppendCases(SnapshotKey snapshot, std::span<const CaseRow> rows);
  // Makes the snapshot visible and unchangeable. Snapshots of one digest of their cases, if it is not "", count as the
  // same cases where it matters how often they were asked. `exact_digest` says what its cases are to the letter.
  Result<SnapshotRecord> FinishSnapshot(SnapshotKey snapshot, std::string_view cases_digest = "",
                                        std::string_view exact_digest = "");
  // Of a finished one from before there was such a digest.
  Status SetExactDigest(SnapshotKey snapshot, std::string_view exact_digest);
  // How many cases of a finished one ask what another of them does, under a prompt of this digest. Absent where nobody
  // has counted.
  Result<std::optional<std::int64_t>> FindRepeatedCases(SnapshotKey snapshot, std::string_view asks);
  Status SetRepeatedCases(SnapshotKey snapshot, std::string_view asks, std::int64_t cases);
  // Removes an unfinished or released snapshot, in transactions of a few thousand rows so that other writers do not
  // wait for it. `gives_up`, if any, is asked before each: kUnavailable then, and what is left can be discarded later.
  // Nothing can be appended once this has begun. Where deleted runs had it, its record stays for them, without cases.
  Status DiscardSnapshot(SnapshotKey snapshot, const std::function<bool()>& gives_up = {});
  // Begins to discard a finished snapshot that no run has any more but deleted ones: it is not found from then on, and
  // a later BeginSnapshot of its digest fills it anew. False, and nothing changes, for any other.
  Result<bool> ReleaseSnapshot(SnapshotKey snapshot);
  // One transaction of DiscardSnapshot, of a snapshot that is being discarded. False when it is not (any more).
  Result<bool> DiscardSomeCases(SnapshotKey snapshot);
  // Finished snapshots that ReleaseSnapshot would release, made before that time.
  Result<std::vector<SnapshotKey>> ListUnusedSnapshots(Time created_before);
  // What is being built, or was left by a crash; of one digest, or of all projects when `project` is "".
  Result<std::vector<SnapshotKey>> ListUnfinishedSnapshots(std::string_view project = "", std::string_view digest = "");

  // The cases with these ordinals, in that order; at most 10,000. kNotFound names the first that is missing.
  Result<std::vector<Case>> ReadCases(SnapshotKey snapshot, std::span<const std::int64_t> ordinals);
  // What slices its cases have, by name. O(cases).
  Result<std::vector<std::string>> ListSliceNames(SnapshotKey snapshot);
  // The cases from that ordinal on, by ordinal, as they are stored, with their values of these slices in that order;
  // at most `limit`, 10,000 at the most. Gaps are no error: none is left out that is there.
  Result<std::vector<CaseRow>> ReadCaseRows(SnapshotKey snapshot, std::span<const std::string> slices,
                                            std::int64_t from, std::int64_t limit);
  // Whether both have the same cases, each in the same place. False of what is gone or has no digest, but for itself.
  Result<bool> HaveSameCases(SnapshotKey one, SnapshotKey other);
  // Absent where the snapshot has no such case.
  Result<std::optional<Case>> FindCase(SnapshotKey snapshot, std::string_view case_id);
  // The datasets that runs of the suite had, by their first run, the newest first; at most so many, in [1, 1000]. Also
  // what deleted runs had, whose cases may be gone.
  Result<std::vector<DatasetVersionRecord>> ListDatasetVersions(std::string_view project, std::string_view suite,
                                                                int limit);
  // What the cases of `after` are to those of `before`, by id and fields; at most `most` ids of each kind, in the order
  // of their cases. O(cases), in the database. kNotFound where the cases of either are not there.
  Result<CaseDifference> CompareCases(SnapshotKey before, SnapshotKey after, int most);
  // One column per name, in that order, all absent for a slice that no case has. 4 bytes a case and slice.
  Result<std::vector<StoredSlice>> ReadSliceColumns(SnapshotKey snapshot, std::span<const std::string> slices);

  // --- Runs ---

  // Returns the stored run with its key. With a request that was answered before it is the run of the first answer
  // (its id is not `run.id`). kNotFound for a snapshot that is not finished; kAlreadyExists for a taken id.
  Result<RunRecord> CreateRun(const RunRecord& run, const std::optional<RequestKey>& request = {});
  Result<RunRecord> GetRun(std::string_view project, std::string_view id);  // kNotFound
  Result<RunRecord> GetRun(RunKey run);                                     // kNotFound
  // Newest first.
  Result<Page<RunRecord>> ListRuns(const RunFilter& filter, const PageRequest& page);
  // Pending and running runs of all projects, oldest first: what a restarted daemon goes on with.
  Result<std::vector<RunRecord>> ListUnfinishedRuns();
  // The newest COMPLETE run of this suite content by this model content, if any, unless something of it is deleted: an
  // earlier one must not take its place, or deleting answers would be a way to choose among them.
  enum class ReusableRuns { kAll, kFresh };  // kFresh: that take nothing from the response cache
  Result<std::optional<RunRecord>> FindReusableRun(std::string_view project, std::string_view suite_version,
                                                   std::string_view model_version,
                                                   ReusableRuns among = ReusableRuns::kAll);
  // Moves a run on: pending -> running -> a final state, with kPaused in between or instead of any that is not final,
  // and from there back to kPending. The same state again is a no-op. kFailedPrecondition from a final state, and for
  // kComplete while trials are outstanding. Ending otherwise counts the outstanding trials as skipped, so that the
  // counts of an ended run add up.
  Status SetRunState(RunKey run, RunState state, std::string_view error, Time at, std::string_view principal);

  // Absent: as many as the endpoint allows. kNotFound.
  Status SetRunConcurrency(RunKey run, const std::optional<int>& concurrency, Time at, std::string_view principal);
  // The run that asks again for what run `id` has no answer to, if any: not one that ended before it asked for
  // anything.
  Result<std::optional<std::string>> FindRetryOf(std::string_view project, std::string_view id);
  // Adds to RunRecord::unanswered_usd what trials cost that are not stored.
  Status AddUnanswered(RunKey run, double usd);
  // Trials of this status that have a response: an error then is a grader's.
  Result<std::int64_t> CountAnswered(RunKey run, TrialStatus status);
  // Positions of trials that have a response and can be graded again: those that are due, and those of which a judge's
  // newest score is Score::IsDue. Ascending.
  Result<std::vector<std::int64_t>> UnjudgedPositions(RunKey run);
  // The trials that are due: a run that goes on only grades them. Ascending.
  Result<std::vector<DueTrial>> DueTrials(RunKey run);
  // Copies the trials of run `from` that were answered, with all revisions of their scores, into run `to` of the same
  // suite and model versions, which has not begun. Those of UnjudgedPositions, as they are now, are due there. In
  // several transactions: when it fails or the process ends in between, what is
  // copied stays, and the same call again copies the rest. Likewise what judges said of sentinels, as
  // ReadEarlierSentinels has it (they are to be asked again), and who answered for them. Returns how many trials were
  // copied. `gives_up` as
  // in DiscardSnapshot. kNotFound; kFailedPrecondition when the runs do not belong together.
  Result<std::int64_t> TakeOverTrials(RunKey from, RunKey to, const std::function<bool()>& gives_up = {});
  // Of a run and those whose answers it took over, directly or not. All 0 of one that took over none. O(trials).
  Result<AskedAgain> CountAskedAgain(RunKey run);

  // --- Retention ---

  // What keeps a run from being deleted, for people: a run that goes on, an open check or a live verdict that rests on
  // it or on what took over its answers; "" when nothing does. kNotFound.
  Result<std::string> WhatKeeps(RunKey run, const Liveness& liveness);
  // Deletes a part of a run for everybody who reads, durably; RemoveSome then removes the rows. Again is a no-op.
  // kFailedPrecondition, with what WhatKeeps says, and kNotFound.
  Result<RunRecord> DeleteRun(RunKey run, RunPart part, const Liveness& liveness, Time at, std::string_view principal,
                              std::string_view reason);
  // Removes what is deleted of at most `most` trials, from a position on, in one transaction. Nothing reads them any
  // more, so that it can be repeated, also by several at once.
  Result<RemovalStep> RemoveSome(RunKey run, std::int64_t from, std::int64_t most);
  // Runs of which something is deleted and not removed yet, oldest first; after a crash, too.
  Result<std::vector<RunKey>> ListRunsToRemove();
  // Runs of all projects after that key that ended before that time and have this part, in the order of their keys.
  Result<std::vector<RunKey>> ListRunsEndedBefore(Time ended, RunPart part, RunKey after, int limit);

  // --- Trials and scores ---

  // Stores results in one transaction: trials, bodies, scores (one per grader of the run, or none), the run's counts
  // and its `position` (the lowest position that is not stored after this call). kAlreadyExists when a (case, trial) is
  // stored already; kFailedPrecondition when the run has ended or would have more results than it scheduled;
  // kNotFound for an unknown run; kInvalidArgument when a score does not belong to a grader of the run.
  // A result that is kSkipped is due: it is stored and not counted. One that `is_taken_over` takes the place of one
  // that is due (kAlreadyExists when none is): later revisions of its scores stay, and count.
  Status AppendTrials(RunKey run, std::span<const TrialResult> results, std::int64_t position);
  // Positions >= `position` that are stored and not due, ascending. Of a run that was killed: those that ran ahead.
  Result<std::vector<std::int64_t>> FinishedPositionsFrom(RunKey run, std::int64_t position);
  // Appends a score that counts from now on; the trial's status and the run's counts follow, but for a trial that stays
  // due: until the run goes on, or after its end while a newest score is. Returns its revision.
  // kNotFound for an unknown trial or grader, kFailedPrecondition for a trial without a response.
  Result<int> AppendScore(RunKey run, const ScoreRevision& revision);
  // How often that was done by this program, which is the only one to write: what was computed from scores stands as
  // long as this does. Does not block.
  std::uint64_t revisions() const { return revisions_; }

  // The newest score of every trial by one grader (its index in the run), in the order of the positions: the trials of
  // a case follow each other. Streams: memory does not grow with the run.
  // Labels are texts, which only judges need.
  enum class ScoreColumnSet { kValues, kWithLabels };
  Status ReadScores(RunKey run, int grader, const std::function<void(const ScoreColumns&)>& row,
                    ScoreColumnSet set = ScoreColumnSet::kValues);
  // Every stored trial, in the order of the positions. Streams.
  // With kOutcomes without tokens, first token and cost, which take a quarter of the time and few metrics ask for.
  enum class TrialColumnSet { kAll, kOutcomes };
  Status ReadTrialColumns(RunKey run, const std::function<void(const TrialColumns&)>& row,
                          TrialColumnSet set = TrialColumnSet::kAll);
  // With texts and scores, ascending by ordinal, trial. A page ends early after 32 MiB of responses. kInvalidArgument
  // for more than 1,000 ordinals.
  Result<Page<StoredTrial>> ReadTrials(RunKey run, const TrialFilter& filter, const PageRequest& page);

  // --- Sentinels: apart from trials, and in none of their counts ---

  // Adds those of a run that are not there yet; what was said of the others stays.
  Status PutSentinels(RunKey run, std::span<const StoredSentinel> sentinels);
  // By grader and ordinal.
  Result<std::vector<StoredSentinel>> ReadSentinels(RunKey run);
  // The judge's score of one; its cost is the run's. The first counts, for good unless it is Score::IsDue: another one
  // changes nothing but the cost, and the same again, as when the answer to the first call was lost, not even that.
  // kNotFound.
  Status KeepSentinelScore(RunKey run, std::int64_t grader, std::int64_t ordinal, const Score& score,
                           const SentinelCost& cost);
  // What judges said of them in the runs that a run took answers over from, but for what was due. By run, grader and
  // ordinal.
  Result<std::vector<EarlierSentinel>> ReadEarlierSentinels(RunKey run);
  // Whether people have scored an answer in place of that grader of the run.
  Result<bool> HasScoresOfPeople(RunKey run, std::int64_t grader);
  // The newest ended run with sentinels of each project, suite and model, that is not deleted; the oldest first.
  Result<std::vector<RunRecord>> ListNewestRunsWithSentinels();
  // Which models answered for the judges of a run, for trials and sentinels, each once.
  Result<std::vector<JudgeAnswerer>> ReadJudgeAnswerers(RunKey run);

  // --- Response cache ---

  // The text that is kept under this digest since `not_before` or later, if any.
  Result<std::optional<std::string>> FindCachedResponse(std::string_view digest, Time not_before);
  // In one transaction; of what is kept under the same digest already see CachedResponse.
  Status KeepResponses(std::span<const CachedResponse> responses);
  Status ForgetResponse(std::string_view digest);
  // When there are more than `limit_bytes` of texts, removes the oldest until there are at most `to_bytes`, in several
  // transactions. Returns how many bytes there are then.
  Result<std::int64_t> EvictResponses(std::int64_t limit_bytes, std::int64_t to_bytes);

  // --- Checks and verdicts ---

  // As CreateRun: a repeated request returns the check of the first answer.
  Result<CheckRecord> CreateCheck(const CheckRecord& check, const std::optional<RequestKey>& request = {});
  Result<CheckRecord> GetCheck(std::string_view project, std::string_view id);  // kNotFound
  // Newest first; `gate` "" for all.
  Result<Page<CheckRecord>> ListChecks(std::string_view project, std::string_view gate, const PageRequest& page);
  // The newest check of the gate for this model content that has its verdict.
  Result<std::optional<CheckRecord>> FindDecidedCheck(std::string_view project, std::string_view gate,
                                                      std::string_view model_version);
  // Checks without a verdict, of all projects, oldest first.
  Result<std::vector<CheckRecord>> ListOpenChecks();
  // Records that a check waits for a run; again is a no-op. kNotFound; kUnavailable for a run that was deleted since it
  // was chosen: choose again.
  Status LinkCheckRun(std::string_view project, std::string_view check_id, RunKey run, std::string_view role);
  // The check waits for `now` in place of `before`, in the same role. Nothing changes when it does not wait for
  // `before`; kNotFound as above.
  Status ReplaceCheckRun(std::string_view project, std::string_view check_id, RunKey before, RunKey now);
  Result<std::vector<CheckRun>> ListCheckRuns(std::string_view project, std::string_view check_id);
  // The seed of the order of the newest run of this suite content; absent without one.
  Result<std::optional<std::uint64_t>> FindSeedOf(std::string_view project, std::string_view suite_version);
  // Runs of the suite of `run`, by name, on the same cases and of its model content, before it, that were COMPLETE at
  // that time, or with kCompleteOrStopped also STOPPED, newest first and at most `most`; not those that had been
  // retried completely, whose retry stands for both, nor those that had been deleted by then.
  enum class EarlierStates { kComplete, kCompleteOrStopped };
  Result<std::vector<RunRecord>> ListEarlierRuns(const RunRecord& run, std::int64_t most, Time until,
                                                 EarlierStates states = EarlierStates::kComplete);
  // Likewise, oldest first, and only those after `after`; also those that had been deleted by then.
  Result<std::vector<RunRecord>> ListFirstRuns(const RunRecord& run, RunKey after, std::int64_t most, Time until,
                                               EarlierStates states);
  // Whether a verdict was given until then for which the run was the baseline.
  Result<bool> WasBaselineDecided(RunKey run, Time until);
  // The gates that a run was started for as a baseline, not those that used it again; without the baseline's version.
  Result<std::vector<GateVersion>> ListGatesThatAskedBaseline(RunKey run);
  // The gates of which a check is open, or has ended after that time (absent: at any), whose baseline's run was of the
  // suite of `run`, by name, and of its model content; those beside candidates first, then by name.
  Result<std::vector<BaselineUse>> ListBaselineUses(const RunRecord& run, std::optional<Time> after);
  // Verdicts that were given until then and held an earlier run of the suite of `run`, by name, and of its model
  // content, as a baseline, against one before it: of each run below `below`, newest runs first, then newest verdicts,
  // at most `most`.
  // Of `found` kMoved only verdicts that found something moved, of any suite.
  enum class ControlsFound { kAny, kMoved };
  Result<std::vector<ControlledRun>> ListControlledRuns(const RunRecord& run, RunKey below, std::int64_t most,
                                                        Time until, ControlsFound found = ControlsFound::kAny);
  // Whether such a verdict, on any run of a baseline of `decided`, was given or stored after that of this check, which
  // may be as of a time long before it was stored.
  Result<bool> WasControlledSince(const CheckRecord& decided, ControlsFound found);
  // What was drawn before for the candidate of `run`, the root of its retries: other runs of its suite, by name, on the
  // same cases, in its project and older; `unused` as of that time. A retry counts as the run at its root.
  // For `check`, whose candidate it is, or with `role` "baseline" its baseline, which may have been a candidate before.
  Result<EarlierRuns> CountEarlierRuns(const RunRecord& run, Time until, const CheckRecord& check,
                                       std::string_view role);
  // How many more draws those of `baseline`, the root of its retries, are that somebody cancelled, than
  // CountEarlierRuns charges for those of `candidate`: a check of which both runs had answers and one was cancelled is
  // one draw.
  Result<std::int64_t> CountCancelledBaselines(const RunRecord& candidate, const RunRecord& baseline, Time until,
                                               const CheckRecord& check);
  // How many of those that CountEarlierRuns charges for were decided by verdicts that found the baseline moved, or that
  // an alarm held, since verdict `alarm` and including that.
  Result<std::int64_t> CountHeldDraws(const RunRecord& run, Time until, const CheckRecord& check,
                                      std::string_view alarm);
  // Other models, as their documents have it, of whose runs on the same cases checks of any gate gave FAIL or
  // INCONCLUSIVE by that time, or that had ended by then and no check was for; those of the newest runs first, at most
  // 1,000.
  Result<std::vector<DecidedModel>> ListOtherDecidedModels(const RunRecord& run, Time until);
  // Suites, as their documents have it, on whose runs of the same candidate content checks of any gate gave FAIL or
  // INCONCLUSIVE by that time: of the name of this one on other cases, of another name on the same; those of the newest
  // runs first, at most 1,000.
  Result<std::vector<DecidedSuite>> ListOtherDecidedSuites(const RunRecord& run, Time until);
  // Likewise those that other checks wait for, of whatever gate, which have no verdict yet and may get any; without
  // those that CountEarlierRuns counts as decided.
  Result<std::int64_t> CountOpenDraws(const RunRecord& run, std::string_view check);
  // The gates, with what they compared with, that gave FAIL or INCONCLUSIVE on the candidate's answers of `run`, the
  // root of its retries, or of a retry by that time; and those of checks made before `check` that have no verdict yet.
  Result<std::vector<GateVersion>> ListGatesOn(const RunRecord& run, Time until, std::string_view check);
  // The verdicts that rest on that run, the root of its retries, or on a retry, oldest first; at most `most`, the
  // newest of them.
  Result<std::vector<VerdictOnRun>> ListVerdictsOn(std::string_view project, std::string_view run, std::int64_t most);
  // The ids of other runs of the model of `run` on the same cases of its suite, by name, each the root of its retries
  // and none of them `root`; the newest first, at most 1,000.
  Result<std::vector<std::string>> ListOtherDraws(const RunRecord& run, std::string_view root);
  // Likewise of other versions of the gate of `check`, or of it with another baseline than the model of that content
  // ("" for none), by that time.
  Result<OtherVersions> FindOtherVersions(const RunRecord& run, Time until, const CheckRecord& check,
                                          std::string_view baseline);
  // Gives a check its verdict, once and for all: kFailedPrecondition when it has one (see GetCheck), kNotFound. Gate
  // and model of the verdict are taken from the check. `seal` is told the place of the verdict in the chain of its gate
  // and project and gives the document; no other verdict takes that place, whoever shares the database. What `seal`
  // fails with is returned. kAborted when another program has taken the place without asking for it.
  using Seal = std::function<Result<SealedVerdict>(const ChainPlace&)>;
  Status CompleteCheck(const VerdictRecord& verdict, const Seal& seal);
  Result<VerdictRecord> GetVerdict(std::string_view project, std::string_view id);  // kNotFound; with its envelopes
  // The newest verdict for each (project, gate, model), of all projects, oldest first.
  Result<std::vector<VerdictRecord>> LatestVerdicts();
  // Of registered models whose first FAIL was decided from `from` on and before `to`; the newest first, at most `most`.
  Result<std::vector<FirstFailure>> ListFirstFailures(std::string_view project, Time from, Time to, std::int64_t most);
  // Newest first; `gate` "" for all.
  Result<Page<VerdictRecord>> ListVerdicts(std::string_view project, std::string_view gate, const PageRequest& page);

  // --- Waivers ---

  // As CreateRun. kResourceExhausted beyond WaiverRecord::kMostOpen.
  Result<WaiverRecord> CreateWaiver(const WaiverRecord& waiver, const std::optional<RequestKey>& request = {});
  Result<WaiverRecord> GetWaiver(std::string_view project, std::string_view id);  // kNotFound
  // Newest first; `gate` "" for all.
  Result<Page<WaiverRecord>> ListWaivers(std::string_view project, std::string_view gate, const PageRequest& page);
  // Those of a gate and candidate that are neither revoked nor expired at `now`, approved or not; oldest first.
  Result<std::vector<WaiverRecord>> ListOpenWaivers(std::string_view project, std::string_view gate,
                                                    std::string_view model_version, Time now);
  // Adds an approval; again by the same principal is a no-op. kNotFound; kFailedPrecondition when it is revoked or
  // expired; kPermissionDenied for its requester.
  Result<WaiverRecord> ApproveWaiver(std::string_view project, std::string_view id,
                                     const WaiverApprovalRecord& approval);
  // For ever; again is a no-op. kNotFound.
  Result<WaiverRecord> RevokeWaiver(std::string_view project, std::string_view id, std::string_view principal,
                                    std::string_view reason, Time at);

  // --- What people say of releases ---

  // Durably; the answer are all facts of its subject, in order. With a request that was answered before: those of the
  // first answer. kAborted where its seq is taken: read again. kResourceExhausted beyond the bounds of ReleaseFact.
  Result<std::vector<ReleaseFact>> AppendReleaseFact(const ReleaseFact& fact,
                                                     const std::optional<RequestKey>& request = {});
  // In order; empty for a subject without any.
  Result<std::vector<ReleaseFact>> ReadReleaseFacts(std::string_view project, std::string_view about,
                                                    std::string_view subject);
  // Of all subjects of that candidate, oldest first.
  Result<std::vector<ReleaseFact>> ListReleaseFacts(std::string_view project, std::string_view about,
                                                    std::string_view model_version);
  // The first fact of each subject, newest first. `gate` "" for all; else those of this gate and of every gate.
  Result<Page<ReleaseFact>> ListReleaseSubjects(std::string_view project, std::string_view about, std::string_view gate,
                                                const PageRequest& page);

  // --- Schedules ---

  // Durably. kAlreadyExists when the schedule has a fact of this act, but for kSeen, and due time.
  Status AppendScheduleFact(const ScheduleFact& fact);
  // Of each schedule of the project the newest of each act, in the order in which they were appended.
  Result<std::vector<ScheduleFact>> ListNewestScheduleFacts(std::string_view project);

  // --- Requests and audit ---

  // The object that answered this request (a run's or check's id, a document's "kind/name/label"), or none if it is
  // new. kAlreadyExists when the id was used with other content. CreateRun and others check again, in their
  // transaction.
  Result<std::optional<std::string>> FindRequest(std::string_view project, const RequestKey& request);
  // Newest first.
  Result<Page<AuditRecord>> ListAudit(std::string_view project, const PageRequest& page);

 private:
  friend Result<std::unique_ptr<Store>> OpenStore(std::string_view location);
  friend class ReviewStore;
  class Connections;
  explicit Store(std::unique_ptr<Connections> connections);
  std::unique_ptr<Connections> connections_;
  std::atomic<std::uint64_t> revisions_ = 0;
};

// "sqlite:PATH" (created when missing) or "postgresql://user@host:port/database?…". Brings the schema up to date first.
// kInvalidArgument for another form; kFailedPrecondition for a schema that is newer than this program;
// kUnavailable when it cannot be opened.
Result<std::unique_ptr<Store>> OpenStore(std::string_view location);

}  // namespace assay
