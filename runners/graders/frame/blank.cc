#include "runners/graders/frame/blank.h"

#include <algorithm>
#include <array>

namespace assay {
namespace {

constexpr std::array<std::string_view, 36> kUnseen = {
    " ",      "\t",     "\r",     "\n",     "\v",     "\f",     "\u0085", "\u00a0", "\u00ad",
    "\u1680", "\u180e", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
    "\u2007", "\u2008", "\u2009", "\u200a", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f",
    "\u2028", "\u2029", "\u202f", "\u205f", "\u2060", "\u2063", "\u3000", "\u3164", "\ufeff"};

}  // namespace

bool IsBlank(std::string_view text) {
  while (!text.empty()) {
    const auto unseen = std::ranges::find_if(kUnseen, [&](std::string_view each) { return text.starts_with(each); });
    if (unseen == kUnseen.end()) return false;
    text.remove_prefix(unseen->size());
  }
  return true;
}

}  // namespace assay
