#pragma once
// File descriptors, of which every connection takes one: to callers, to endpoints and to the store.

#include "core/result.h"

namespace assay {

inline constexpr int kLeastDescriptors = 128;    // fewer, and a handful of callers could take those of the store
inline constexpr int kEnoughDescriptors = 4096;  // for as many callers as there may be, and busy endpoints

// Lets this process open as many files as it may, and returns how many. kFailedPrecondition below kLeastDescriptors,
// kInternal when the system does not say.
Result<int> RaiseDescriptorLimit();

// What callers get of `limit`, so that more than half is left to endpoints and store, whatever callers do.
struct DescriptorShares {
  int grpc_connections = 0;
  int http_connections = 0;
  int page_connections = 0;  // HttpServer::Options::max_page_connections; it may have twice as many for a moment
};
DescriptorShares ShareDescriptors(int limit);

}  // namespace assay
