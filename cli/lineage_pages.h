#pragma once
// The lineage of an export with all of its items, which the daemon gives in pages.

#include <expected>
#include <functional>

namespace grpc {
class Status;
}

namespace assay {

namespace v1 {
class GetLineageRequest;
class GetLineageResponse;
}  // namespace v1

using LineageFetch = std::function<std::expected<v1::GetLineageResponse, grpc::Status>(const v1::GetLineageRequest&)>;

// As one answer with at most `most` items; has_more where there are others, or the daemon went over too many pages
// without any.
std::expected<v1::GetLineageResponse, grpc::Status> ReadLineage(v1::GetLineageRequest request, int most,
                                                                const LineageFetch& fetch);

}  // namespace assay
