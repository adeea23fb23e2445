#pragma once
// What the evidence of a judge's score says of who answered.

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// The models that answered, as their endpoint names them, each once and sorted; "" for an answer that names none. Empty
// for what is no judge's evidence.
std::vector<std::string> ModelsThatAnswered(std::string_view evidence);

}  // namespace assay
