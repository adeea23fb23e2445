#include "cli/lineage_pages.h"

#include <grpcpp/support/status.h>

#include <algorithm>
#include <utility>

#include "assay/v1/review_interchange.pb.h"

namespace assay {
namespace {

constexpr int kItemsOfLineagePage = 100;
constexpr int kMostLineagePages = 1000;  // also of pages without items

}  // namespace

std::expected<v1::GetLineageResponse, grpc::Status> ReadLineage(v1::GetLineageRequest request, int most,
                                                                const LineageFetch& fetch) {
  v1::GetLineageResponse whole;
  for (int page = 0; page < kMostLineagePages; ++page) {
    request.set_page_size(std::min(kItemsOfLineagePage, most - whole.items_size()));
    request.set_page_token(whole.next_page_token());
    auto answer = fetch(request);
    if (!answer) return std::unexpected(answer.error());
    auto items = std::move(*whole.mutable_items());
    for (v1::ItemLineage& item : *answer->mutable_items()) *items.Add() = std::move(item);
    whole = *std::move(answer);
    *whole.mutable_items() = std::move(items);
    if (whole.next_page_token().empty() || whole.items_size() >= most) break;
  }
  return whole;
}

}  // namespace assay
