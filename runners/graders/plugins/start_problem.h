#pragma once
// What keeps a program from starting, as it is told from the new process to the daemon through a pipe. Only for files
// of this folder.

namespace assay {

// What the new process does before it becomes the program.
enum StartStep : int { kGroup, kParent, kPipes, kLimits, kFolder, kPrivileges, kFilter, kGuardian, kExecute };

struct StartProblem {
  int step = 0;
  int error = 0;  // errno
};

}  // namespace assay
