#pragma once
// Exit codes of assay (docs/cli.md). Scripts depend on them; they never change.

namespace assay {

enum ExitCode : int {
  kExitOk = 0,            // done; of gate check: PASS
  kExitFail = 1,          // FAIL; of lint: errors
  kExitInconclusive = 2,  // INCONCLUSIVE; a run that stopped at its budget
  kExitError = 3,         // ERROR; a run that ended in ERROR; a request that could not be carried out
  kExitPending = 4,       // timed out waiting for runs or people
  kExitCancelled = 5,     // a run that was cancelled
  kExitUsage = 64,        // wrong arguments, or names that do not exist
  kExitUnreachable = 69,  // the daemon does not answer
  kExitNotPermitted = 77,
};

}  // namespace assay
