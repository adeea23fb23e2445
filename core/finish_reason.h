#pragma once
// Why an answer ended, in the words of its provider: which of them say that it is whole, and which that there is none.
// Pure, thread-safe.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Whether a reason is one of these words, which are in lower case. Servers write them in any case.
bool IsReasonOf(std::string_view reason, std::span<const std::string_view> words);
// The model ended the answer itself, or where it was asked to: nothing was cut off or withheld. "" is such a word, for
// providers that give no reason; a word that is not known is none.
bool IsWholeEnd(std::string_view reason);
// The answer reached a limit of its length.
bool IsCutOff(std::string_view reason);
// The provider, or its filters, withheld the answer or what follows in it: "content_filter", "SAFETY", "refusal".
bool IsWithheld(std::string_view reason);
// A word that says that the answer did not come to any end: "error", "cancelled". For providers whose words are open.
bool IsNoEnd(std::string_view reason);

// The words that are known, in lower case; providers have others too.
std::vector<std::string> KnownReasons();

// For providers that name a reason more than once, as streams do: `said` takes the place of `kept` when it is worse.
// The worst is a word that `is_end` does not know, then one of an answer that is not whole; a later "stop" must not
// make a whole answer of what was cut off, nor a later "error" be passed over. Of two that are as bad the first stays.
void KeepWorse(std::string& kept, std::string_view said, bool (*is_end)(std::string_view));

}  // namespace assay
