#pragma once
// Who is calling: a bearer token looked up in a file of hashed tokens.
//
// The file holds one principal a line, `NAME sha256:HEX`, where HEX is the SHA-256 of the token; blank lines and lines
// that begin with # are skipped. `printf %s "$TOKEN" | sha256sum` makes the hash. A principal may have several lines,
// so that a token can be replaced without a gap. Tokens are random and long, so a plain hash suffices.
//
// Behind the hash a line may say what the principal is in human review: `roles=reviewer,adjudicator languages=de,en`
// (reviewer_line.h). What several lines of one principal say is added up.

#include <filesystem>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "review/people.h"

namespace assay {

// Thread-safe.
class Authenticator {
 public:
  // Every caller is the principal "local"; for a daemon that listens on loopback only.
  static std::unique_ptr<Authenticator> AllowLocal();
  // Reads the file. kInvalidArgument naming file and line; a file without any token is an error.
  static Result<std::unique_ptr<Authenticator>> FromFile(std::filesystem::path tokens);

  ~Authenticator();

  // Reads the file again; on error the tokens that were in force stay so.
  Status Reload();

  // The principal of a call, from the value of its `authorization` header ("Bearer TOKEN"). kUnauthenticated when the
  // header is missing, malformed or its token unknown; the message does not tell which tokens exist. The time it takes
  // does not depend on how much of a token was right.
  Result<std::string> Authenticate(std::optional<std::string_view> authorization) const;

  // Everybody with a role in human review, by name, as they are at that time; empty without a file. The pointer changes
  // when the file was read again, or a clearance has ended.
  std::shared_ptr<const std::vector<Reviewer>> Reviewers(Time now) const;
  // Everybody with a token, likewise; who has no role may have clearances.
  std::shared_ptr<const std::vector<Reviewer>> Principals(Time now) const;

 private:
  struct Tokens;
  struct People;
  Authenticator(std::filesystem::path file, std::shared_ptr<const Tokens> tokens);
  static Result<std::shared_ptr<const Tokens>> Read(const std::filesystem::path& file);

  const std::filesystem::path file_;  // empty: everyone is local
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const Tokens> tokens_;
  mutable std::shared_ptr<const People> people_;  // as they were when somebody last asked
  std::shared_ptr<const People> PeopleAt(Time now) const;
};

}  // namespace assay
