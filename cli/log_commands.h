#pragma once
// Systems that run pipelines read what a program prints as their log, and obey what looks like a command in it:
// `##vso[...]` and `##[...]` anywhere in a line (Azure Pipelines), `::error::...` at its beginning (GitHub),
// `##teamcity[...]` (TeamCity). Answers of models, ids of cases and reasons are the words of others.

#include <string>
#include <string_view>

namespace assay {

// Of a text whose lines are commands themselves, their beginnings stay.
enum class LineStarts { kOfOthers, kOurOwn };

// The text without such commands, for eyes the same but for a backslash: `#\#vso[`, `\::error::`. Where it is JSON
// (it begins with a brace or a bracket) or XML (with `<?xml`), the mark is written as an escape of these, and whoever
// parses it reads what it was.
std::string WithoutLogCommands(std::string_view text, LineStarts starts = LineStarts::kOfOthers);

// What may be printed: without such commands, and with nothing but line breaks and tabs that a terminal obeys, or that
// is not seen (core/plain_line.h). That is written as an escape: of JSON and XML where the text is such, else as \x1b.
// `colours`: the colours of table.h stay.
std::string Printable(std::string_view text, LineStarts starts = LineStarts::kOfOthers, bool colours = false);

}  // namespace assay
