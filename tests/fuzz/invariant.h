#pragma once
// What every fuzzer here uses: its entry point, which both libFuzzer and corpus_main.cc call, and a check that ends the
// program, so that either of them keeps the input.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace assay::fuzz {

inline void Require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

inline std::string_view TextOf(const std::uint8_t* data, std::size_t size) {
  return size == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data), size);
}

// Takes what stands before the first line `----` off the front of `input`; all of it when there is no such line.
// Inputs of several parts stay text that people can write and read.
inline std::string_view TakePart(std::string_view& input) {
  constexpr std::string_view kLine = "\n----\n";
  const std::size_t at = input.find(kLine);
  const std::string_view part = input.substr(0, at);
  input = at == std::string_view::npos ? std::string_view() : input.substr(at + kLine.size());
  return part;
}

}  // namespace assay::fuzz
