#include "cli/usage.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/exit_codes.h"
#include "cli/log_commands.h"
#include "core/nearest_name.h"

namespace assay {
namespace {

// The app and the verbs of it that were recognised, outermost first.
std::vector<const CLI::App*> RecognisedVerbs(const CLI::App& app) {
  std::vector<const CLI::App*> verbs = {&app};
  for (;;) {
    const std::vector<CLI::App*> chosen = verbs.back()->get_subcommands();
    if (chosen.empty()) return verbs;
    verbs.push_back(chosen.back());
  }
}

std::vector<std::string> VerbsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

std::vector<std::string> OptionsOf(const std::vector<const CLI::App*>& verbs) {
  std::vector<std::string> names;
  for (const CLI::App* verb : verbs) {
    for (const CLI::Option* option : verb->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::string Known(const std::string& what, const std::string& given, const std::vector<std::string>& names) {
  const auto nearest = NearestName(given, names);
  return what + " \"" + given + "\"" + (nearest ? "; did you mean \"" + *nearest + "\"?" : "");
}

// What is unknown, or `message`.
std::string Explain(const CLI::App& app, const std::vector<const CLI::App*>& verbs, const std::string& message) {
  const std::vector<std::string> unknown = app.remaining(true);
  const std::vector<std::string> next = VerbsOf(*verbs.back());
  for (const std::string& argument : unknown) {
    if (argument.starts_with("-") && argument.size() > 1) {
      const std::string name = argument.substr(0, argument.find('='));
      return Known("unknown option", name, OptionsOf(verbs));
    }
    if (!next.empty()) return Known("unknown verb", argument, next);
    return "unexpected argument \"" + argument + "\"";
  }
  if (next.empty()) return message;
  std::string list;
  for (const std::string& name : next) list += (list.empty() ? "" : ", ") + name;
  return "a verb is missing: one of " + list;
}

}  // namespace

int ReportUsage(const CLI::App& app, const std::string& message) {
  const std::vector<const CLI::App*> verbs = RecognisedVerbs(app);
  std::string command;
  for (const CLI::App* verb : verbs) command += (command.empty() ? "" : " ") + verb->get_name();
  std::fprintf(stderr, "assay: %s\n       %s --help tells what there is\n",
               Printable(Explain(app, verbs, message)).c_str(), command.c_str());
  return kExitUsage;
}

}  // namespace assay
