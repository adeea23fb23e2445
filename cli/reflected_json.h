#pragma once
// A message of the wire in the JSON of the command line: names in snake_case, numbers as numbers, enums as bare words,
// times in RFC 3339, durations as ParseDuration reads them, absent values null.

#include "core/json.h"

namespace google::protobuf {
class Message;
}

namespace assay {

Json ReflectedJson(const google::protobuf::Message& message);

}  // namespace assay
