#pragma once
// The steps of migrations.cc, one text for both engines: $-words stand for what they write differently. Keys that a hot
// table carries are numbers. Hot tables have no foreign keys: PostgreSQL checks them row by row, at several times the
// cost of COPY. Their rows are only written in transactions that update their run or snapshot. They are keyed by
// position, the order of their arrival: in the order of the cases, which is a permutation, every batch would touch
// every page.

#include <array>
#include <string_view>

#include "daemon/store/review_tables.h"

namespace assay {

// docs/store.md explains the tables to people.
inline constexpr std::string_view kEvaluations = R"sql(
CREATE TABLE document (
  document_key $KEY,
  project TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  label TEXT NOT NULL,
  content_version TEXT NOT NULL,
  body $JSON NOT NULL,
  source TEXT NOT NULL,
  created $INT NOT NULL,
  principal TEXT NOT NULL,
  UNIQUE (project, kind, name, label, content_version)
)$TABLE;
CREATE UNIQUE INDEX document_model ON document (project, name, label) WHERE kind = 'Model';

CREATE TABLE model_stage (
  project TEXT NOT NULL,
  model TEXT NOT NULL,
  stage TEXT NOT NULL,
  label TEXT NOT NULL,
  updated $INT NOT NULL,
  principal TEXT NOT NULL,
  PRIMARY KEY (project, model, stage)
)$TABLE;

CREATE TABLE snapshot (
  snapshot_key $KEY,
  project TEXT NOT NULL,
  digest TEXT NOT NULL,
  finished $SMALL NOT NULL,
  cases $INT NOT NULL,
  created $INT NOT NULL,
  principal TEXT NOT NULL,
  UNIQUE (project, digest)
)$TABLE;

CREATE TABLE dataset_case (
  snapshot_key $INT NOT NULL,
  ordinal $INT NOT NULL,
  case_id TEXT NOT NULL,
  fields $JSON NOT NULL,
  PRIMARY KEY (snapshot_key, ordinal),
  UNIQUE (snapshot_key, case_id)
)$TABLE;

CREATE TABLE case_slice (
  snapshot_key $INT NOT NULL,
  slice TEXT NOT NULL,
  ordinal $INT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (snapshot_key, slice, ordinal)
)$NARROW;

CREATE TABLE run (
  run_key $KEY,
  id TEXT NOT NULL,
  project TEXT NOT NULL,
  suite TEXT NOT NULL,
  suite_version TEXT NOT NULL,
  model TEXT NOT NULL,
  model_label TEXT NOT NULL,
  model_version TEXT NOT NULL,
  snapshot_key $INT NOT NULL REFERENCES snapshot (snapshot_key),
  trials $INT NOT NULL,
  cases $INT NOT NULL,
  seed $INT NOT NULL,
  case_order TEXT NOT NULL,
  state $SMALL NOT NULL,
  error TEXT NOT NULL,
  manifest $JSON NOT NULL,
  graders $SMALL NOT NULL,
  scheduled $INT NOT NULL,
  scored $INT NOT NULL,
  unscored $INT NOT NULL,
  errors $INT NOT NULL,
  skipped $INT NOT NULL,
  awaiting_human $INT NOT NULL,
  position $INT NOT NULL,
  created $INT NOT NULL,
  started $INT,
  ended $INT,
  principal TEXT NOT NULL,
  UNIQUE (project, id)
)$TABLE;
CREATE INDEX run_unfinished ON run (run_key) WHERE state IN (1, 2);
CREATE INDEX run_complete ON run (project, suite_version, model_version, run_key) WHERE state = 3;

CREATE TABLE run_grader (
  run_key $INT NOT NULL REFERENCES run (run_key),
  grader $SMALL NOT NULL,
  version_index $SMALL NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  version TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (run_key, grader, version_index)
)$TABLE;

CREATE TABLE trial (
  trial_key $INT NOT NULL PRIMARY KEY,
  run_key $INT NOT NULL,
  ordinal $INT NOT NULL,
  trial $NUMBER NOT NULL,
  status $SMALL NOT NULL,
  latency_us $INT,
  tokens_in $INT,
  tokens_out $INT,
  attempts $NUMBER,
  finish_reason TEXT,
  UNIQUE (run_key, ordinal, trial)
)$TABLE;

CREATE TABLE trial_body (
  trial_key $INT NOT NULL PRIMARY KEY,
  response TEXT,
  tool_calls $JSON,
  error TEXT
)$TABLE;

CREATE TABLE score (
  run_key $INT NOT NULL,
  grader $SMALL NOT NULL,
  position $INT NOT NULL,
  revision $NUMBER NOT NULL,
  ordinal $INT NOT NULL,
  trial $NUMBER NOT NULL,
  grader_version $SMALL NOT NULL,
  source $SMALL NOT NULL,
  status $SMALL NOT NULL,
  value $REAL,
  pass $SMALL,
  label TEXT,
  evidence $SMALL NOT NULL,
  PRIMARY KEY (run_key, grader, position, revision)
)$NARROW;

CREATE TABLE score_reason (
  trial_key $INT NOT NULL,
  grader $SMALL NOT NULL,
  revision $NUMBER NOT NULL,
  reason TEXT,
  evidence TEXT,
  principal TEXT,
  PRIMARY KEY (trial_key, grader, revision)
)$TABLE;

CREATE TABLE request (
  project TEXT NOT NULL,
  method TEXT NOT NULL,
  request_id TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created $INT NOT NULL,
  principal TEXT NOT NULL,
  PRIMARY KEY (project, method, request_id)
)$TABLE;

CREATE TABLE audit (
  audit_key $KEY,
  project TEXT NOT NULL,
  happened $INT NOT NULL,
  principal TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL
)$TABLE;
CREATE INDEX audit_project ON audit (project, audit_key);
)sql";

inline constexpr std::string_view kChecks = R"sql(
CREATE TABLE gate_check (
  check_key $KEY,
  id TEXT NOT NULL,
  project TEXT NOT NULL,
  gate TEXT NOT NULL,
  gate_version TEXT NOT NULL,
  model TEXT NOT NULL,
  model_label TEXT NOT NULL,
  model_version TEXT NOT NULL,
  parameters $JSON NOT NULL,
  deadline $INT,
  state TEXT NOT NULL,
  verdict_id TEXT,
  created $INT NOT NULL,
  ended $INT,
  principal TEXT NOT NULL,
  UNIQUE (project, id)
)$TABLE;
CREATE INDEX gate_check_open ON gate_check (check_key) WHERE verdict_id IS NULL;
CREATE INDEX gate_check_gate ON gate_check (project, gate, check_key);

CREATE TABLE check_run (
  check_key $INT NOT NULL REFERENCES gate_check (check_key),
  run_key $INT NOT NULL REFERENCES run (run_key),
  role TEXT NOT NULL,
  principal TEXT NOT NULL,
  PRIMARY KEY (check_key, run_key, role)
)$TABLE;

CREATE TABLE verdict (
  verdict_key $KEY,
  id TEXT NOT NULL,
  project TEXT NOT NULL,
  check_key $INT NOT NULL UNIQUE REFERENCES gate_check (check_key),
  gate TEXT NOT NULL,
  gate_version TEXT NOT NULL,
  model TEXT NOT NULL,
  model_label TEXT NOT NULL,
  state TEXT NOT NULL,
  document $JSON NOT NULL,
  created $INT NOT NULL,
  principal TEXT NOT NULL,
  UNIQUE (project, id)
)$TABLE;
CREATE INDEX verdict_gate ON verdict (project, gate, verdict_key);
)sql";

inline constexpr std::string_view kDocumentFiles = R"sql(
ALTER TABLE document ADD COLUMN file TEXT NOT NULL DEFAULT '';
)sql";

inline constexpr std::string_view kLatestVerdicts = R"sql(
CREATE INDEX verdict_latest ON verdict (project, gate, model, verdict_key);
)sql";

inline constexpr std::string_view kFirstToken = R"sql(
ALTER TABLE trial ADD COLUMN first_token_us $INT;
)sql";

inline constexpr std::string_view kRunControl = R"sql(
ALTER TABLE run ADD COLUMN concurrency $NUMBER;
ALTER TABLE run ADD COLUMN budget_usd $REAL;
ALTER TABLE run ADD COLUMN retry_of TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN cost_usd $REAL;
ALTER TABLE run ADD COLUMN tokens_in $INT NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN tokens_out $INT NOT NULL DEFAULT 0;
ALTER TABLE trial ADD COLUMN cost_usd $REAL;
ALTER TABLE trial ADD COLUMN cached $SMALL;
)sql";

inline constexpr std::string_view kCosts = R"sql(
ALTER TABLE run ADD COLUMN without_cost $INT NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN cached $INT NOT NULL DEFAULT 0;
)sql";

inline constexpr std::string_view kTranscripts = R"sql(
ALTER TABLE trial_body ADD COLUMN transcript $JSON;
)sql";

inline constexpr std::string_view kResponseCache = R"sql(
CREATE TABLE response_cache (
  cache_key $KEY,
  digest TEXT NOT NULL UNIQUE,
  response TEXT NOT NULL,
  bytes $INT NOT NULL,
  created $INT NOT NULL
)$TABLE;
CREATE INDEX response_cache_age ON response_cache (created, cache_key, bytes);
)sql";

inline constexpr std::string_view kRetries = R"sql(
ALTER TABLE trial ADD COLUMN retries $NUMBER;
ALTER TABLE run ADD COLUMN unanswered_usd $REAL NOT NULL DEFAULT 0;
)sql";

inline constexpr std::string_view kJudges = R"sql(
ALTER TABLE run_grader ADD COLUMN source $SMALL NOT NULL DEFAULT 1;
)sql";

// The sequence is the order of a gate's verdicts; that it is unique keeps their chain from forking.
inline constexpr std::string_view kChains = R"sql(
ALTER TABLE verdict ADD COLUMN sequence $INT;
ALTER TABLE verdict ADD COLUMN predecessor TEXT;
ALTER TABLE verdict ADD COLUMN document_hash TEXT;
ALTER TABLE verdict ADD COLUMN envelope $JSON;
ALTER TABLE verdict ADD COLUMN summary $JSON;
CREATE UNIQUE INDEX verdict_chain ON verdict (project, gate, sequence);
)sql";

inline constexpr std::string_view kSentinels = R"sql(
CREATE TABLE sentinel (
  run_key $INT NOT NULL,
  grader $SMALL NOT NULL,
  ordinal $INT NOT NULL,
  id TEXT NOT NULL,
  passes $SMALL NOT NULL,
  people_pass $NUMBER NOT NULL,
  people_fail $NUMBER NOT NULL,
  status $SMALL,
  value $REAL,
  pass $SMALL,
  label TEXT,
  reason TEXT,
  evidence TEXT,
  PRIMARY KEY (run_key, grader, ordinal)
)$NARROW;
CREATE TABLE judge_answerer (
  run_key $INT NOT NULL,
  grader $SMALL NOT NULL,
  model TEXT NOT NULL,
  PRIMARY KEY (run_key, grader, model)
)$NARROW;
)sql";

inline constexpr std::string_view kWaivers = R"sql(
CREATE TABLE waiver (
  waiver_key $KEY,
  id TEXT NOT NULL,
  project TEXT NOT NULL,
  gate TEXT NOT NULL,
  model_version TEXT NOT NULL,
  terms $JSON NOT NULL,
  requester TEXT NOT NULL,
  created $INT NOT NULL,
  expires $INT NOT NULL,
  revoked $INT,
  revoked_by TEXT,
  revoke_reason TEXT,
  UNIQUE (project, id)
)$TABLE;
CREATE INDEX waiver_candidate ON waiver (project, gate, model_version, expires);
CREATE TABLE waiver_approval (
  waiver_key $INT NOT NULL,
  principal TEXT NOT NULL,
  approved $INT NOT NULL,
  comment TEXT NOT NULL,
  PRIMARY KEY (waiver_key, principal)
)$TABLE;
)sql";

// `removing`: what of a run has been deleted and is not gone yet, RunPart.
inline constexpr std::string_view kRetention = R"sql(
ALTER TABLE run ADD COLUMN deleted $INT;
ALTER TABLE run ADD COLUMN deleted_by TEXT;
ALTER TABLE run ADD COLUMN responses_deleted $INT;
ALTER TABLE run ADD COLUMN removing $SMALL NOT NULL DEFAULT 0;
CREATE INDEX run_removing ON run (run_key) WHERE removing > 0;
CREATE INDEX run_retry ON run (project, retry_of) WHERE retry_of <> '';
CREATE INDEX run_contents ON run (project, suite_version, model_version, run_key);
CREATE INDEX run_snapshot ON run (snapshot_key) WHERE deleted IS NULL;
CREATE INDEX check_run_run ON check_run (run_key);
CREATE INDEX gate_check_candidate ON gate_check (project, gate, model_version, check_key);
)sql";

// What asking about a sentinel has cost, which a restart counts on from; and what was said of it in the runs whose
// answers a run took over: those were judged by the judge of that time.
inline constexpr std::string_view kEarlierSentinels = R"sql(
ALTER TABLE sentinel ADD COLUMN spent_usd $REAL;
CREATE INDEX score_of_people ON score (run_key, grader) WHERE source = 3;
CREATE TABLE earlier_sentinel (
  run_key $INT NOT NULL,
  of_run $INT NOT NULL,
  grader $SMALL NOT NULL,
  ordinal $INT NOT NULL,
  status $SMALL NOT NULL,
  pass $SMALL,
  PRIMARY KEY (run_key, of_run, grader, ordinal)
)$NARROW;
)sql";

// What its cases ask, whatever their order, names and slices: CasesDigest; '' of what was stored before.
inline constexpr std::string_view kCasesDigest = R"sql(
ALTER TABLE snapshot ADD COLUMN cases_digest TEXT NOT NULL DEFAULT '';
)sql";

// Texts of review items are deleted for their age (docs/store.md); items of a case are found by it.
inline constexpr std::string_view kReviewTexts = R"sql(
ALTER TABLE review_item ADD COLUMN texts_deleted $INT;
CREATE INDEX review_item_case ON review_item (project, case_id);
)sql";

// Whether a run has, or had, a response; and the indexes by which earlier attempts are found.
inline constexpr std::string_view kAttempts = R"sql(
ALTER TABLE run ADD COLUMN has_answers $SMALL NOT NULL DEFAULT 0;
UPDATE run SET has_answers = 1 WHERE scored + unscored + awaiting_human > 0 OR EXISTS (SELECT 1 FROM trial t WHERE t.attempts
  IS NOT NULL AND t.trial_key >= run.run_key * 1099511627776 AND t.trial_key < (run.run_key + 1) * 1099511627776);
CREATE INDEX run_draws ON run (project, suite, model_version, run_key);
CREATE INDEX run_model ON run (project, model_version, run_key);
CREATE INDEX snapshot_cases ON snapshot (cases_digest) WHERE cases_digest <> '';
)sql";

// What people say of releases; rows are added and never changed.
inline constexpr std::string_view kReleases = R"sql(
CREATE TABLE release_fact (
  release_key $KEY,
  project TEXT NOT NULL,
  about TEXT NOT NULL,
  subject TEXT NOT NULL,
  seq $INT NOT NULL,
  act TEXT NOT NULL,
  gate TEXT NOT NULL,
  model_version TEXT NOT NULL,
  principal TEXT NOT NULL,
  at $INT NOT NULL,
  body $JSON NOT NULL,
  UNIQUE (project, about, subject, seq)
)$TABLE;
CREATE INDEX release_fact_candidate ON release_fact (project, about, model_version, release_key);
)sql";

// What verdicts held a baseline against an earlier run of it, a row for each such run of theirs: what the documents
// say, where it can be asked. `moved`: something had, of any of the verdict's suites.
inline constexpr std::string_view kBaselineControls = R"sql(
CREATE TABLE baseline_control (
  project TEXT NOT NULL,
  suite TEXT NOT NULL,
  model_version TEXT NOT NULL,
  run_key $INT NOT NULL,
  verdict_key $INT NOT NULL,
  decided $INT NOT NULL,
  moved $SMALL NOT NULL,
  PRIMARY KEY (project, suite, model_version, run_key, verdict_key)
)$NARROW;
CREATE INDEX baseline_control_stored ON baseline_control (project, suite, model_version, moved, verdict_key);
CREATE INDEX baseline_control_decided ON baseline_control (project, suite, model_version, moved, decided);
INSERT INTO baseline_control SELECT r.project, r.suite, r.model_version, r.run_key, v.verdict_key, v.created,
  CASE WHEN CAST(v.document AS TEXT) LIKE '%"has_moved":true%' THEN 1 ELSE 0 END FROM verdict v JOIN check_run l ON
  l.check_key = v.check_key AND l.role = 'baseline' JOIN run r ON r.run_key = l.run_key
  WHERE CAST(v.document AS TEXT) LIKE '%"earlier_run":%';
)sql";

// What its cases are to the letter, in their order: ExactCasesDigest; '' of what was stored before.
inline constexpr std::string_view kExactCases = R"sql(
ALTER TABLE snapshot ADD COLUMN exact_digest TEXT NOT NULL DEFAULT '';
)sql";

// What became of due times of schedules; rows are added and never changed. `missed`, `skipped`, `failed`: how many
// there have been in all.
inline constexpr std::string_view kSchedules = R"sql(
CREATE TABLE schedule_fact (
  fact_key $KEY,
  project TEXT NOT NULL,
  schedule TEXT NOT NULL,
  act $SMALL NOT NULL,
  due $INT NOT NULL,
  at $INT NOT NULL,
  timing TEXT NOT NULL,
  check_id TEXT NOT NULL,
  error TEXT NOT NULL,
  missed $INT NOT NULL,
  skipped $INT NOT NULL,
  failed $INT NOT NULL
)$TABLE;
CREATE UNIQUE INDEX schedule_fact_due ON schedule_fact (project, schedule, act, due) WHERE act > 1;
CREATE INDEX schedule_fact_newest ON schedule_fact (project, schedule, act, fact_key);
)sql";

// How many cases of a dataset ask what another one does, by what a prompt makes of them (`asks`: its digest).
inline constexpr std::string_view kRepeatedCases = R"sql(
CREATE TABLE repeated_cases (
  snapshot_key $INT NOT NULL,
  asks TEXT NOT NULL,
  cases $INT NOT NULL,
  PRIMARY KEY (snapshot_key, asks)
)$NARROW;
)sql";

inline constexpr std::array kSteps = {
    kEvaluations,      kChecks,        kDocumentFiles,    kLatestVerdicts, kFirstToken,  kRunControl, kCosts,
    kTranscripts,      kResponseCache, kRetries,          kJudges,         kChains,      kSentinels,  kWaivers,
    kRetention,        kReviews,       kEarlierSentinels, kCasesDigest,    kReviewTexts, kAttempts,   kReleases,
    kBaselineControls, kExactCases,    kSchedules,        kRepeatedCases};

}  // namespace assay
