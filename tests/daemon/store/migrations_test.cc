#include "daemon/store/migrations.h"

#include "daemon/store/location.h"

#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

TEST_P(StoreTest, FirstSchemaMovesForwardWithItsData) {
  {
    auto sql = Sql::Open(sql_location());
    ASSERT_OK(sql);
    ASSERT_OK(Migrate(**sql, 1, At(0)));
    EXPECT_FALSE((*sql)->Query("SELECT id FROM gate_check", "t"));
    ASSERT_OK(
        (*sql)->Execute("INSERT INTO document (project, kind, name, label, content_version, body, source, created, "
                        "principal) VALUES ('default', 'Suite', 's', '', 'sha256:s', '{}', '', 5, 'anna')"));
  }
  EXPECT_EQ(store().GetDocument("default", "Suite", "s", "")->content_version, "sha256:s");
  EXPECT_EQ(store().GetDocument("default", "Suite", "s", "")->file, "");
  EXPECT_EQ(store().ListOpenChecks()->size(), 0u);
  EXPECT_EQ(ReadOne("SELECT CAST(MAX(version) AS TEXT) FROM schema_version"), std::to_string(NewestSchema()));
}

// They are read as they were; the chain of their gate begins after them.
TEST_P(StoreTest, VerdictsFromBeforeChainsStay) {
  {
    auto sql = Sql::Open(sql_location());
    ASSERT_OK(sql);
    ASSERT_OK(Migrate(**sql, 11, At(0)));
    for (const char* number : {"1", "2"}) {
      const std::string id(number);
      ASSERT_OK(
          (*sql)->Execute("INSERT INTO gate_check (id, project, gate, gate_version, model, model_label, model_version, "
                          "parameters, state, "
                          "verdict_id, created, principal) VALUES ('c" +
                          id +
                          "', 'default', 'g', 'sha256:g', 'm', '1', 'sha256:m', '{}', "
                          "'PASS', 'v" +
                          id + "', 1, 'anna')"));
      ASSERT_OK(
          (*sql)->Execute("INSERT INTO verdict (id, project, check_key, gate, gate_version, model, model_label, state, "
                          "document, created, "
                          "principal) VALUES ('v" +
                          id + "', 'default', " + id + ", 'g', 'sha256:g', 'm', '1', 'PASS', '{}', 1, 'anna')"));
    }
  }
  const auto old = store().GetVerdict("default", "v2");
  ASSERT_OK(old);
  EXPECT_EQ(old->sequence, 0);
  EXPECT_EQ(old->envelope, "");
  CheckRecord check = *store().GetCheck("default", "c1");
  check.id = "c3";
  ASSERT_OK(store().CreateCheck(check));
  VerdictRecord verdict = *old;
  verdict.id = "v3";
  verdict.check_id = "c3";
  ASSERT_OK(store().CompleteCheck(verdict, [](const ChainPlace& place) -> Result<SealedVerdict> {
    EXPECT_EQ(place.sequence, 1);
    EXPECT_EQ(place.predecessor, "");
    return SealedVerdict{.document = "{}"};
  }));
  EXPECT_EQ(store().ListVerdicts("default", "g", {})->items.size(), 3u);
}

// What was cancelled before is charged like what is cancelled now.
TEST_P(StoreTest, OfEarlierRunsItIsKnownWhetherTheyHaveAnswers) {
  {
    auto sql = Sql::Open(sql_location());
    ASSERT_OK(sql);
    ASSERT_OK(Migrate(**sql, 19, At(0)));
    ASSERT_OK((*sql)->Execute(
        "INSERT INTO snapshot (project, digest, finished, cases, created, principal) VALUES ('default', "
        "'d', 1, 9, 1, 'anna')"));
    const auto run = [&](const std::string& id, int scored, int errors) {
      ASSERT_OK((*sql)->Execute(
          "INSERT INTO run (id, project, suite, suite_version, model, model_label, model_version, snapshot_key, "
          "trials, "
          "cases, seed, case_order, state, error, manifest, graders, scheduled, scored, unscored, errors, skipped, "
          "awaiting_human, position, created, principal, retry_of) VALUES (:id, 'default', 's', 's', 'm', '1', 'm', 1, "
          "1, 9, 1, '', 5, '', '{}', 1, 9, :scored, 0, :errors, 0, 0, 0, 1, 'anna', '')",
          {id, scored, errors}));
    };
    run("scored", 1, 0);
    run("misjudged", 0, 1);
    run("refused", 0, 1);
    for (const int key : {2, 3}) {
      ASSERT_OK(
          (*sql)->Execute("INSERT INTO trial (trial_key, run_key, ordinal, trial, status, attempts) VALUES "
                          "(:key * 1099511627776 + 5, :run, 0, 0, 3, :attempts)",
                          {key, key, key == 2 ? SqlArgument(1) : SqlArgument(std::nullopt)}));
    }
  }
  for (const std::string id : {"scored", "misjudged", "refused"})
    EXPECT_EQ(ReadOne("SELECT CAST(has_answers AS TEXT) FROM run WHERE id = '" + id + "'"), id == "refused" ? "0" : "1")
        << id;
}

// What they held baselines against can be asked as of verdicts from now.
TEST_P(StoreTest, OfEarlierVerdictsItIsKnownWhatTheyHeldBaselinesAgainst) {
  {
    auto sql = Sql::Open(sql_location());
    ASSERT_OK(sql);
    ASSERT_OK(Migrate(**sql, 21, At(0)));
    ASSERT_OK((*sql)->Execute(
        "INSERT INTO snapshot (project, digest, finished, cases, created, principal) VALUES ('default', "
        "'d', 1, 9, 1, 'anna')"));
    const std::string documents[] = {R"({"controls":[]})", R"({"controls":[{"earlier_run":"r1","has_moved":false}]})",
                                     R"({"controls":[{"earlier_run":"r1","has_moved":true}]})"};
    for (int i = 1; i <= 3; ++i) {
      const std::string number = std::to_string(i);
      ASSERT_OK((*sql)->Execute(
          "INSERT INTO run (id, project, suite, suite_version, model, model_label, model_version, snapshot_key, "
          "trials, cases, seed, case_order, state, error, manifest, graders, scheduled, scored, unscored, errors, "
          "skipped, awaiting_human, position, created, principal, retry_of) VALUES (:id, 'default', 's', 'v', 'm', "
          "'1', 'm', 1, 1, 9, 1, '', 3, '', '{}', 1, 9, 9, 0, 0, 0, 0, 0, 1, 'anna', '')",
          {"r" + number}));
      ASSERT_OK(
          (*sql)->Execute("INSERT INTO gate_check (id, project, gate, gate_version, model, model_label, model_version, "
                          "parameters, state, verdict_id, created, principal) VALUES (:id, 'default', 'g', 'g', 'n', "
                          "'1', 'n', '{}', 'PASS', :verdict, 1, 'anna')",
                          {"c" + number, "v" + number}));
      for (const char* role : {"candidate", "baseline"}) {
        ASSERT_OK((*sql)->Execute(
            "INSERT INTO check_run (check_key, run_key, role, principal) VALUES (:check, :run, :role, 'anna')",
            {i, std::string(role) == "baseline" ? i : 1, role}));
      }
      ASSERT_OK(
          (*sql)->Execute("INSERT INTO verdict (id, project, check_key, gate, gate_version, model, model_label, state, "
                          "document, created, principal) VALUES (:id, 'default', :check, 'g', 'g', 'n', '1', 'PASS', "
                          ":document, :created, 'anna')",
                          {"v" + number, i, documents[i - 1], At(10 * i)}));
    }
  }
  RunRecord run;
  run.suite = "s";
  run.model_version = "m";
  const auto all = store().ListControlledRuns(run, RunKey{100}, 10, At(100));
  ASSERT_OK(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(all->at(0).id + all->at(0).verdict_id, "r3v3");
  EXPECT_EQ(all->at(1).id + all->at(1).verdict_id, "r2v2");
  const auto moved = store().ListControlledRuns(run, RunKey{100}, 10, At(100), Store::ControlsFound::kMoved);
  ASSERT_OK(moved);
  ASSERT_EQ(moved->size(), 1u);
  EXPECT_EQ(moved->at(0).verdict_id, "v3");
  EXPECT_TRUE(store().ListControlledRuns(run, RunKey{100}, 10, At(29), Store::ControlsFound::kMoved)->empty());
  EXPECT_TRUE(*store().WasControlledSince(*store().GetCheck("default", "c2"), Store::ControlsFound::kMoved));
  EXPECT_FALSE(*store().WasControlledSince(*store().GetCheck("default", "c3"), Store::ControlsFound::kAny));
}

TEST_P(StoreTest, OpeningAgainChangesNothing) {
  MakeSnapshot(3);
  Reopen();
  EXPECT_EQ(store().FindSnapshot("default", "sha256:data")->cases, 3);
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM schema_version"), std::to_string(NewestSchema()));
}

TEST_P(StoreTest, NewerSchemaIsRefused) {
  store();
  Reopen();
  const int newer = NewestSchema() + 1;
  {
    auto sql = Sql::Open(sql_location());
    ASSERT_OK((*sql)->Execute("INSERT INTO schema_version (version, applied) VALUES (:version, 0)", {newer}));
  }
  const auto opened = OpenStore(location());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(opened.error().message, "the store has schema version " + std::to_string(newer) +
                                        ", this program knows versions up to " + std::to_string(newer - 1) +
                                        "; use the newer program, or restore a backup");
  auto sql = Sql::Open(sql_location());
  ASSERT_OK((*sql)->Execute("DELETE FROM schema_version WHERE version = :version", {newer}));
}

struct BadLocation {
  const char* location;
  const char* message;
};

TEST(OpenStore, LocationsThatAreNone) {
  const BadLocation bad[] = {
      {"assay.db", "invalid_argument: store \"assay.db\" is neither sqlite:PATH nor postgresql://…"},
      {"sqlite:", "invalid_argument: store \"sqlite:\" does not name a file, as in sqlite:assay.db"},
      {"sqlite::memory:", "invalid_argument: store \"sqlite::memory:\" does not name a file, as in sqlite:assay.db"},
  };
  for (const BadLocation& tested : bad) EXPECT_EQ(MessageOf(OpenStore(tested.location)), tested.message);
}

// "postgresql:///NAME?host=FOLDER&user=USER" as "postgresql://USER@FOLDER/NAME", the form without parameters.
std::string WithoutParameters(const std::string& location) {
  const std::size_t path = std::string("postgresql:///").size();
  const std::size_t query = location.find("?host=");
  const std::size_t user = location.find("&user=");
  std::string folder = location.substr(query + 6, user - query - 6);
  for (std::size_t slash = 0; (slash = folder.find('/', slash)) != std::string::npos;) folder.replace(slash, 1, "%2F");
  return "postgresql://" + location.substr(user + 6) + "@" + folder + "/" + location.substr(path, query - path);
}

TEST_P(StoreTest, APostgresAddressNeedsNoParameters) {
  if (!location().starts_with("postgresql:")) GTEST_SKIP() << "for PostgreSQL";
  const auto opened = OpenStore(WithoutParameters(location()));
  ASSERT_OK(opened);
  ASSERT_OK((*opened)->Ping());
  EXPECT_EQ(ParseLocation("postgresql://anna@h/d")->target, "postgresql://anna@h/d?application_name=assayd");
  EXPECT_EQ(ParseLocation("postgres://h/d?sslmode=require")->target,
            "postgres://h/d?sslmode=require&application_name=assayd");
  EXPECT_EQ(ParseLocation("postgresql://h/d?application_name=mine")->target, "postgresql://h/d?application_name=mine");
}

TEST(OpenStore, WhatCannotBeOpenedIsUnavailable) {
  const auto sqlite = OpenStore("sqlite:/nowhere/at/all/assay.db");
  ASSERT_FALSE(sqlite);
  EXPECT_EQ(sqlite.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(sqlite.error().message.find("/nowhere/at/all/assay.db"), std::string::npos) << sqlite.error().message;
  const auto postgres = OpenStore("postgresql://nobody:secret@127.0.0.1:1/none?connect_timeout=2");
  ASSERT_FALSE(postgres);
  EXPECT_EQ(postgres.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(postgres.error().message.find("secret"), std::string::npos) << postgres.error().message;
}

}  // namespace
}  // namespace assay::testing
