#pragma once
// Chat Completions as a stream of "chat.completion.chunk" events, ended by "[DONE]".

#include <memory>
#include <string>

#include "runners/endpoints/provider.h"

namespace assay {

std::unique_ptr<AnswerStream> MakeOpenaiChatStream(std::string api_key);

}  // namespace assay
