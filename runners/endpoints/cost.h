#pragma once
// What an answer costs. Pure.

#include <optional>

#include "config/model.h"
#include "core/response.h"

namespace assay {

// US dollars, by the prices and the tokens as the provider counted them. Absent when it did not say how many there
// were: an unknown cost is not a cost of 0.
std::optional<double> CostUsd(const TokenPricesSpec& prices, const Usage& usage);

}  // namespace assay
