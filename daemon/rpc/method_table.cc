#include "daemon/rpc/method_table.h"

#include <google/protobuf/message.h>

#include <algorithm>

#include "daemon/rpc/methods.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

constexpr std::size_t kMaxProjectBytes = 128;

}  // namespace

void MethodTable::Add(Method method) {
  std::string path = method.path;
  methods_.insert_or_assign(std::move(path), std::move(method));
}

const Method* MethodTable::Find(std::string_view path) const {
  const auto found = methods_.find(path);
  return found == methods_.end() ? nullptr : &found->second;
}

Result<std::string> ProjectOf(const std::string& requested) {
  if (requested.empty()) return std::string(kDefaultProject);
  const bool is_name = requested.size() <= kMaxProjectBytes &&
                       std::ranges::all_of(requested, [](unsigned char c) { return c > ' ' && c != 127; });
  if (!is_name) {
    return Fail(ErrorCode::kInvalidArgument,
                "project: a name has at most 128 bytes and neither spaces nor control characters");
  }
  return requested;
}

Status CheckMessageSize(std::size_t bytes) {
  if (bytes <= kMaxMessageBytes) return {};
  return Fail(ErrorCode::kResourceExhausted, "the answer has " + std::to_string(bytes) + " bytes, over the limit of " +
                                                 std::to_string(kMaxMessageBytes) +
                                                 "; ask for a smaller page_size, or for the stream");
}

MethodTable MakeMethodTable(const Services& services) {
  MethodTable table;
  AddCatalogMethods(services.catalog, table);
  AddModelMethods(services.models, table);
  AddRunMethods(services.runs, table);
  AddEndpointMethods(services.endpoints, table);
  AddGateMethods(services.gates, table);
  AddScheduleMethods(services.schedules, table);
  AddWaiverMethods(services.waivers, table);
  AddReleaseMethods(services.releases, table);
  AddReplayMethods(services.replays, table);
  AddReviewMethods(services.reviews, table);
  AddReviewGovernanceMethods(services.review_governance, table);
  AddReviewInterchangeMethods(services.review_interchange, table);
  AddReviewProgramMethods(services.review_program, table);
  AddReviewArtefactMethods(services.review_artefacts, table);
  AddDatasetMethods(services.datasets, table);
  return table;
}

}  // namespace assay
