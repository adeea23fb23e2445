// assay: the command line.

#include "cli/command_line.h"

int main(int argc, char** argv) { return assay::RunCommandLine(argc, argv); }
