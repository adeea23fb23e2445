#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/exit_codes.h"
#include "cli/usage.h"
#include "cli/verbs.h"
#include "core/version.h"

namespace assay {

int RunCommandLine(int argc, const char* const* argv) {
  CLI::App app("assay: evaluates AI models and decides release gates, through a running assayd.", "assay");
  app.set_version_flag("--version", "assay " + std::string(kVersion));
  app.require_subcommand(1);
  app.fallthrough();  // global options may stand after the verb
  GlobalOptions options;
  app.add_option("--server", options.server, "address of assayd")
      ->envname("ASSAY_SERVER")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  app.add_option("--token-file", options.token_file, "file with the bearer token")
      ->envname("ASSAY_TOKEN_FILE")
      ->type_name("FILE");
  app.add_option("--project", options.project, "project; \"default\" if not given");
  const auto set_output = [&options](const std::string& word) {
    options.output = word == "json" ? OutputFormat::kJson : OutputFormat::kText;
  };
  app.add_option_function<std::string>("--output", set_output, "how answers are printed")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
  Action action;
  AddLintVerb(app, options, action);
  AddSchemaVerb(app, action);
  AddPlanVerb(app, options, action);
  AddCatalogVerbs(app, options, action);
  AddDatasetVerbs(app, options, action);
  AddModelVerbs(app, options, action);
  AddRunVerbs(app, options, action);
  AddEndpointVerbs(app, options, action);
  AddGateVerbs(app, options, action);
  AddScheduleVerbs(app, options, action);
  AddVerdictVerbs(app, options, action);
  AddReviewVerbs(app, options, action);
  AddWaiverVerbs(app, options, action);
  AddBlockerVerbs(app, options, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return ReportUsage(app, error.what());
  }
  return action ? action() : kExitUsage;
}

}  // namespace assay
