#pragma once
// Replays of the verdicts of DaemonWork, and what they say.

#include <gtest/gtest.h>

#include <string>

#include "daemon/builtin_kinds.h"
#include "daemon/verdict_replay.h"
#include "tests/daemon/daemon_work.h"

namespace assay::testing {

inline VerdictReplay ReplayOf(DaemonWork& work, const std::string& verdict) {
  const auto record = work.store->GetVerdict("default", verdict);
  EXPECT_TRUE(record) << record.error().message;
  if (!record) return {};
  const auto replay = ReplayStoredVerdict(*work.store, BuiltinKinds(), *record, {});
  EXPECT_TRUE(replay) << replay.error().message;
  return replay.value_or(VerdictReplay{.verdict = {}, .differing = -1});
}

// A line each.
inline std::string Shown(const VerdictReplay& replay) {
  std::string text;
  for (const ReplayDifference& each : replay.differences) {
    text += each.path + ": recorded " + each.recorded + ", replayed " + each.replayed + "\n";
  }
  for (const std::string& missing : replay.missing) text += "missing: " + missing + "\n";
  for (const std::string& unchecked : replay.unchecked) text += "not checked: " + unchecked + "\n";
  return text;
}

}  // namespace assay::testing
