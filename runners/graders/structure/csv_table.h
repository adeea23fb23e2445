#pragma once
// Comma-separated values, RFC 4180.

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace assay {

using CsvRow = std::vector<std::string>;

// All rows, the header like the others, each of as many fields. A field in quotes may hold delimiters, line breaks and
// "" for a quote; nothing but a delimiter or the end of the line may follow it, and elsewhere a quote may not stand.
// Lines end with \n or \r\n; an empty last line is none. kInvalidArgument with the line for anything else. Linear.
Result<std::vector<CsvRow>> ReadCsv(std::string_view text, char delimiter);

}  // namespace assay
