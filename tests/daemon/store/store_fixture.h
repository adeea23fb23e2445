#pragma once
// Every test of the store runs on both engines, each in a database of its own.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "daemon/store/sql.h"
#include "daemon/store/store.h"

namespace assay::testing {

class StoreTest : public ::testing::TestWithParam<Engine> {
 protected:
  void SetUp() override;
  void TearDown() override;

  // A database that no other test uses: made by the first call.
  const std::string& location();
  SqlLocation sql_location();
  // The store on it, opened at the first call.
  Store& store();
  void Reopen();

  // A finished snapshot of `cases` cases "case-0"…, fields {"n": ordinal}, slice "parity" even | odd, and slice "tens"
  // for every tenth case only.
  SnapshotKey MakeSnapshot(std::int64_t cases, const std::string& digest = "sha256:data");
  // A run over the first `cases` cases of that snapshot, with graders "answer" and "tone", not yet stored.
  RunRecord MakeRun(const std::string& id, std::int64_t cases, std::int64_t trials = 1);
  // The same, stored and running.
  RunRecord StartRun(const std::string& id, std::int64_t cases, std::int64_t trials = 1);
  std::string ReadOne(const std::string& query);

 private:
  std::string folder_;
  std::string location_;
  std::unique_ptr<Store> store_;
};

Time At(int second);
// A trial of two graders that says "text <position>"; every fifth lacks a response.
TrialResult MakeResult(std::int64_t position, std::int64_t ordinal, int trial = 0);
std::vector<TrialResult> MakeResults(std::int64_t first, std::int64_t count);

template <class T>
std::string MessageOf(const Result<T>& result) {
  return result ? "no error" : std::string(Name(result.error().code)) + ": " + result.error().message;
}

}  // namespace assay::testing

#define ASSERT_OK(expression)                                                \
  do {                                                                       \
    const auto& assay_checked = (expression);                                \
    ASSERT_TRUE(assay_checked.has_value()) << assay_checked.error().message; \
  } while (false)
