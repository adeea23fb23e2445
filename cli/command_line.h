#pragma once
// The program assay as a function, so that tests can call it.

namespace assay {

// Parses, runs the verb, and gives the exit code (exit_codes.h).
int RunCommandLine(int argc, const char* const* argv);

}  // namespace assay
