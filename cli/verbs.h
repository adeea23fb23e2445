#pragma once
// The verbs of assay: each group adds its subcommands and leaves the chosen one's action in `action`.

#include <functional>

#include "cli/connection.h"

namespace CLI {
class App;
}

namespace assay {

// Runs after parsing and gives the exit code.
using Action = std::function<int()>;

void AddLintVerb(CLI::App& app, const GlobalOptions& options, Action& action);
void AddPlanVerb(CLI::App& app, const GlobalOptions& options, Action& action);
void AddSchemaVerb(CLI::App& app, Action& action);
void AddCatalogVerbs(CLI::App& app, const GlobalOptions& options, Action& action);  // suite
void AddDatasetVerbs(CLI::App& app, const GlobalOptions& options, Action& action);
void AddModelVerbs(CLI::App& app, const GlobalOptions& options, Action& action);
void AddRunVerbs(CLI::App& app, const GlobalOptions& options, Action& action);
void AddEndpointVerbs(CLI::App& app, const GlobalOptions& options, Action& action);
void AddGateVerbs(CLI::App& gate, const GlobalOptions& options, Action& action);
void AddScheduleVerbs(CLI::App& app, const GlobalOptions& options, Action& action);
void AddReplayVerb(CLI::App& verdict, const GlobalOptions& options, Action& action);
void AddVerdictCasesVerb(CLI::App& verdict, const GlobalOptions& options, Action& action);
void AddVerifyVerb(CLI::App& verdict, const GlobalOptions& options, Action& action);
void AddReleaseVerbs(CLI::App& verdict, const GlobalOptions& options, Action& action);
void AddVerdictVerbs(CLI::App& app, const GlobalOptions& options, Action& action);
void AddReviewActVerbs(CLI::App& review, const GlobalOptions& options, Action& action);
void AddReviewImportVerb(CLI::App& review, const GlobalOptions& options, Action& action);
void AddReviewExportVerb(CLI::App& review, const GlobalOptions& options, Action& action);
void AddReviewLineageVerb(CLI::App& review, const GlobalOptions& options, Action& action);
void AddReviewArtefactVerbs(CLI::App& review, const GlobalOptions& options, Action& action);
void AddReviewProgramVerbs(CLI::App& review, const GlobalOptions& options, Action& action);
void AddReviewVerbs(CLI::App& app, const GlobalOptions& options, Action& action);
void AddBlockerVerbs(CLI::App& app, const GlobalOptions& options, Action& action);
void AddWaiverVerbs(CLI::App& app, const GlobalOptions& options, Action& action);

// Opens the connection and runs `verb`; an error of opening is a usage error.
int WithConnection(const GlobalOptions& options, const std::function<int(const DaemonConnection&)>& verb);

// Prints to stdout and flushes; kExitError when that fails (a full disk must not look like success), else `code`. What
// a pipeline or a terminal would obey in it is made harmless (Printable of log_commands.h): what is of others and has
// to stay on its line is made a plain line before (core/plain_line.h).
int Print(const std::string& text, int code = 0);
// Prints "assay: " and the text to stderr as a line, likewise.
void Complain(const std::string& text);
// The same byte for byte: files for other programs, and what was looked through.
int PrintAsItIs(const std::string& text, int code = 0);

}  // namespace assay
