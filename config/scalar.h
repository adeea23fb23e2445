#pragma once
// What a plain scalar is by the core schema of YAML 1.2.

#include <cstdint>
#include <string_view>

#include "config/node.h"

namespace assay {

struct Scalar {
  Node::Type type = Node::Type::kString;
  bool boolean = false;      // of kBool
  std::int64_t integer = 0;  // of kInteger
  double number = 0;         // of kNumber; integers beyond 64 bits too
  bool is_finite = true;     // false: `.inf`, `.nan`, and what no double or 64-bit hexadecimal integer holds
};

// `text` without quotes. Everything that is nothing else is text.
Scalar ParsePlainScalar(std::string_view text);

}  // namespace assay
