// The chain of a gate's verdicts: one after the other, whoever writes them.

#include <atomic>
#include <thread>

#include "core/digest.h"
#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

CheckRecord ChainCheck(const std::string& id, const std::string& gate, const std::string& project) {
  CheckRecord check;
  check.id = id;
  check.project = project;
  check.gate = gate;
  check.gate_version = "sha256:gate";
  check.model = "bot";
  check.model_label = "1.0";
  check.model_version = "sha256:model";
  check.created = At(1);
  check.principal = "ci";
  return check;
}

// Documents that say where they stand.
std::string ChainDocument(const std::string& id, const ChainPlace& place) {
  return R"({"id":")" + id + R"(","sequence":)" + std::to_string(place.sequence) + R"(,"predecessor":")" +
         place.predecessor + "\"}";
}

// Creates check `id` and gives it the verdict "v-" + id.
Status Decide(Store& store, const std::string& id, const std::string& gate = "g",
              const std::string& project = "default") {
  ASSAY_TRY(store.CreateCheck(ChainCheck(id, gate, project)));
  VerdictRecord verdict;
  verdict.id = "v-" + id;
  verdict.project = project;
  verdict.check_id = id;
  verdict.state = "PASS";
  verdict.created = At(50);
  verdict.principal = "ci";
  return store.CompleteCheck(verdict, [&](const ChainPlace& place) {
    return SealedVerdict{.document = ChainDocument(verdict.id, place),
                         .envelope = R"({"payload": "of )" + verdict.id + "\"}",
                         .summary = ""};
  });
}

// Every verdict of the gate names the one before by its document. Returns how many there are.
std::int64_t ExpectChain(Store& store, const std::string& gate = "g", const std::string& project = "default") {
  std::int64_t count = 0;
  std::string expected;
  for (std::string token = "";;) {
    const auto page = store.ListVerdicts(project, gate, {token, 7});
    EXPECT_TRUE(page) << MessageOf(page);
    if (!page) return -1;
    for (const VerdictRecord& verdict : page->items) {
      if (count++ > 0) {
        EXPECT_EQ(ContentVersion(verdict.document), expected) << verdict.id;
      }
      EXPECT_EQ(verdict.document, ChainDocument(verdict.id, {verdict.sequence, verdict.predecessor}));
      expected = verdict.predecessor;
      EXPECT_EQ(verdict.predecessor.empty(), verdict.sequence == 1);
    }
    token = page->next;
    if (token.empty()) break;
  }
  EXPECT_EQ(expected, "") << "back to the first";
  const auto newest = store.ListVerdicts(project, gate, {"", 1});
  EXPECT_EQ(newest->items.empty() ? 0 : newest->items[0].sequence, count);
  return count;
}

TEST_P(StoreTest, VerdictsOfAGateAreAChain) {
  for (const char* id : {"1", "2", "3"}) ASSERT_OK(Decide(store(), id));
  EXPECT_EQ(ExpectChain(store()), 3);
  const auto second = store().GetVerdict("default", "v-2");
  ASSERT_OK(second);
  EXPECT_EQ(second->sequence, 2);
  EXPECT_EQ(second->predecessor, ContentVersion(ChainDocument("v-1", {})));
  EXPECT_EQ(second->envelope, R"({"payload": "of v-2"})") << "byte for byte";
  EXPECT_EQ(second->summary, "");
  EXPECT_EQ(store().ListVerdicts("default", "g", {})->items[0].envelope, "") << "not in listings";
}

TEST_P(StoreTest, EveryGateAndProjectHasItsOwnChain) {
  ASSERT_OK(Decide(store(), "1", "g", "default"));
  ASSERT_OK(Decide(store(), "2", "h", "default"));
  ASSERT_OK(Decide(store(), "3", "g", "team"));
  ASSERT_OK(Decide(store(), "4", "g", "default"));
  EXPECT_EQ(ExpectChain(store(), "g", "default"), 2);
  EXPECT_EQ(ExpectChain(store(), "h", "default"), 1);
  EXPECT_EQ(ExpectChain(store(), "g", "team"), 1);
}

TEST_P(StoreTest, ChainGoesOnAfterARestart) {
  ASSERT_OK(Decide(store(), "1"));
  Reopen();
  ASSERT_OK(Decide(store(), "2"));
  EXPECT_EQ(ExpectChain(store()), 2);
}

TEST_P(StoreTest, WhatIsNotSealedIsNotStored) {
  ASSERT_OK(Decide(store(), "1"));
  ASSERT_OK(store().CreateCheck(ChainCheck("2", "g", "default")));
  VerdictRecord verdict;
  verdict.id = "v-2";
  verdict.check_id = "2";
  verdict.state = "PASS";
  EXPECT_EQ(
      MessageOf(store().CompleteCheck(
          verdict, [](const ChainPlace&) { return Result<SealedVerdict>(Fail(ErrorCode::kInternal, "no ink")); })),
      "internal: no ink");
  const auto complete = [&](SealedVerdict sealed) {
    return store().CompleteCheck(verdict, [&](const ChainPlace&) { return sealed; });
  };
  EXPECT_EQ(complete({.document = "{"}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(complete({.document = "\"\xff\""}).error().code, ErrorCode::kInvalidArgument)
      << "would be stored as another";
  EXPECT_EQ(complete({.document = "{}", .envelope = "x"}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(complete({.document = "{}", .envelope = "{}", .summary = "x"}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store().GetCheck("default", "2")->state, "PENDING");
  EXPECT_EQ(ExpectChain(store()), 1);
  verdict.id = "v-1";
  EXPECT_EQ(MessageOf(complete({.document = "{}"})), "already_exists: verdict \"v-1\" is stored already");
}

// Two programs on one database, several threads each, as when a daemon is replaced or several share a server.
TEST_P(StoreTest, ChainNeverForksWhoeverWrites) {
  store();
  const auto other = OpenStore(location());
  ASSERT_OK(other);
  std::atomic<int> failed = 0;
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < 8; ++writer) {
      writers.emplace_back([&, writer] {
        Store& mine = writer % 2 == 0 ? store() : **other;
        for (int i = 0; i < 10; ++i) {
          const Status decided = Decide(mine, std::to_string(writer) + "-" + std::to_string(i));
          if (decided) continue;
          ++failed;
          ADD_FAILURE() << MessageOf(decided);
        }
      });
    }
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(ExpectChain(store()), 80);
}

// What the database itself forbids, whichever program writes.
TEST_P(StoreTest, DatabaseRefusesASecondVerdictInTheSamePlace) {
  ASSERT_OK(Decide(store(), "1"));
  ASSERT_OK(store().CreateCheck(ChainCheck("2", "g", "default")));
  auto sql = Sql::Open(sql_location());
  ASSERT_OK(sql);
  const auto insert = [&](const std::string& sequence) {
    return (*sql)->Execute(
        "INSERT INTO verdict (id, project, check_key, gate, gate_version, model, model_label, state, document, "
        "created, "
        "principal, sequence) VALUES ('fork', 'default', 2, 'g', 'sha256:g', 'm', '1', 'PASS', '{}', 1, 'x', " +
        sequence + ")");
  };
  EXPECT_FALSE(insert("1"));
  EXPECT_TRUE(insert("2"));
}

}  // namespace
}  // namespace assay::testing
