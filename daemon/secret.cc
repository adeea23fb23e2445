#include "daemon/secret.h"

#include <sys/random.h>

#include <array>

#include "core/digest.h"
#include "core/json.h"
#include "daemon/store/review_store.h"
#include "daemon/store/store.h"

namespace assay {
namespace {

constexpr char kSecretRecord[] = "secret";

Result<std::string> RandomSecret() {
  std::array<char, 32> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return Fail(ErrorCode::kInternal, "the system gives no random bytes");
  return Sha256Hex(std::string_view(bytes.data(), bytes.size()));
}

}  // namespace

Result<std::string> SecretOf(Store& store, std::string_view name, Time now) {
  ReviewStore records(store);
  ASSAY_ASSIGN(auto record, records.FindRecord(kDefaultProject, kSecretRecord, name));
  if (!record) {
    ReviewRecord made{.kind = kSecretRecord, .id = std::string(name), .updated = now, .principal = "system"};
    ASSAY_ASSIGN(const std::string secret, RandomSecret());
    made.body = Json(secret).Dump();
    // Of two daemons that start at once one is first.
    if (const auto put = records.PutRecord(made); !put && put.error().code != ErrorCode::kAborted)
      return Fail(put.error());
    ASSAY_ASSIGN(record, records.FindRecord(kDefaultProject, kSecretRecord, name));
  }
  if (!record) return Fail(ErrorCode::kDataLoss, "the secret \"" + std::string(name) + "\" is not stored");
  ASSAY_ASSIGN(const Json secret, Json::Parse(record->body));
  if (!secret.is_string()) return Fail(ErrorCode::kDataLoss, "the secret \"" + std::string(name) + "\" cannot be read");
  return secret.as_string();
}

}  // namespace assay
