#pragma once
// US dollars for people.

#include <string>

namespace assay {

// "$12.30"; below one dollar three significant digits, two decimals at least and nine at most: "$0.25", "$0.00123".
std::string FormatUsd(double usd);

}  // namespace assay
