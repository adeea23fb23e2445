#pragma once
// The chain of a gate's verdicts as a daemon gives it, checked from the newest to the first.

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/result.h"
#include "gates/signing_key.h"
#include "gates/verdict.h"

namespace assay::v1 {
class Verdict;
}  // namespace assay::v1

namespace assay {

class DaemonConnection;

// What is wrong is kFailedPrecondition and names the verdict.
class ChainCheck {
 public:
  ChainCheck(std::string gate, std::string project) : gate_(std::move(gate)), project_(std::move(project)) {}

  // The next verdict, newest first: its document is the one that its successor names, and says of itself what the
  // daemon says.
  Status Take(const v1::Verdict& verdict);
  // After the last.
  Status Finish() const;

  std::int64_t count() const { return count_; }                    // in the chain
  std::int64_t before() const { return before_; }                  // from before there were chains
  const std::string& newest() const { return newest_; }            // its id
  const std::string& newest_hash() const { return newest_hash_; }  // of its document

 private:
  Status TakeOlder(const v1::Verdict& verdict, const Verdict& document);
  Status CheckOrigin(const v1::Verdict& verdict, const Verdict& document) const;

  const std::string gate_;
  const std::string project_;
  std::int64_t count_ = 0;
  std::int64_t before_ = 0;
  std::int64_t last_ = 0;    // the sequence of the one before this in the order of Take
  std::string predecessor_;  // that it names
  std::string newest_;
  std::string newest_hash_;
};

// Whether a verdict's envelope, and that of its summary, say by one of `keys` what its document says. False when it is
// not signed.
Result<bool> CheckEnvelopes(const v1::Verdict& verdict, std::span<const PublicKey> keys);

// A verdict that the chain must have.
struct ChainMember {
  std::int64_t sequence = 0;
  std::string document_hash;
  std::string candidate_version = {};
};

struct ChainReport {
  std::int64_t verdicts = 0;
  std::int64_t before = 0;
  std::int64_t not_signed = 0;  // counted with keys only
  std::string newest;
  std::string newest_hash;
  std::string newer;        // id of the newest verdict of the member's candidate; "" when that is the member
  std::string newer_state;  // "FAIL", ...
};
// Reads the whole chain. With keys the newest verdict has to be signed by one of them, and every other that is signed;
// those that are not are held by what follows them. The exit code when the daemon does not answer.
std::expected<Result<ChainReport>, int> CheckChain(const DaemonConnection& connection, const std::string& gate,
                                                   std::span<const PublicKey> keys,
                                                   const std::optional<ChainMember>& member);

}  // namespace assay
