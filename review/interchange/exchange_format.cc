#include "review/interchange/exchange_format.h"

#include <algorithm>

namespace assay {

#define EXCHANGE_FORMAT(Name) ExchangeFormat Name##Format();
#include "review/interchange/builtin.def"
#undef EXCHANGE_FORMAT

std::span<const ExchangeFormat> ExchangeFormats() {
  static const ExchangeFormat kFormats[] = {
#define EXCHANGE_FORMAT(Name) Name##Format(),
#include "review/interchange/builtin.def"
#undef EXCHANGE_FORMAT
  };
  return kFormats;
}

const ExchangeFormat* FindExchangeFormat(std::string_view name) {
  const auto found = std::ranges::find(ExchangeFormats(), name, &ExchangeFormat::name);
  return found == ExchangeFormats().end() ? nullptr : &*found;
}

}  // namespace assay
