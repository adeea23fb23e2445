#pragma once
// Keys, tokens and passwords in a text, by secret_rules.def. Only for files of this folder.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runners/graders/safety/findings.h"

namespace assay {

// The types that there are, each once, in the order of the rules.
const std::vector<std::string>& SecretTypes();

// In a SearchText::Visible. All types when `types` is empty. `entropy`: bits a character, by which an assigned text is
// taken for random.
std::vector<Match> FindSecrets(std::string_view text, const std::set<std::string, std::less<>>& types = {},
                               double entropy = 3.0);

// Shannon's, of the bytes, in bits a byte.
double Entropy(std::string_view text);

}  // namespace assay
