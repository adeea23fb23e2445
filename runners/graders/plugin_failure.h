#pragma once
// What goes wrong with a plug-in, in the words of the metric.

#include <functional>
#include <string>
#include <string_view>

namespace assay {

enum class PluginFailure {
  kTimeout,      // no answer in time
  kCrashed,      // it ended, or broke the connection, while it was asked
  kFlooded,      // it said more than it may, or what nobody asked for
  kGarbage,      // its answer is no answer
  kRefused,      // it will not answer this, or must not be asked
  kUnavailable,  // it cannot be started or reached
  kOverloaded,   // it has no room for more
};

inline constexpr PluginFailure kPluginFailures[] = {
    PluginFailure::kTimeout, PluginFailure::kCrashed,     PluginFailure::kFlooded,   PluginFailure::kGarbage,
    PluginFailure::kRefused, PluginFailure::kUnavailable, PluginFailure::kOverloaded};

constexpr std::string_view Name(PluginFailure failure) {
  switch (failure) {
    case PluginFailure::kTimeout:
      return "timeout";
    case PluginFailure::kCrashed:
      return "crashed";
    case PluginFailure::kFlooded:
      return "flooded";
    case PluginFailure::kGarbage:
      return "garbage";
    case PluginFailure::kRefused:
      return "refused";
    case PluginFailure::kUnavailable:
      return "unavailable";
    case PluginFailure::kOverloaded:
      return "overloaded";
  }
  return "unknown";
}

// Told of every failure: the kind of the grader ("exec"), its name in the suite, and what it is. Thread-safe.
using OnPluginFailure = std::function<void(std::string_view kind, const std::string& grader, PluginFailure failure)>;

}  // namespace assay
