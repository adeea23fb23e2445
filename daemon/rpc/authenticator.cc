#include "daemon/rpc/authenticator.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

#include "core/digest.h"
#include "core/file.h"
#include "daemon/rpc/reviewer_line.h"
#include "daemon/services.h"

namespace assay {
namespace {

constexpr std::size_t kMaxFileBytes = 4u << 20;
constexpr std::size_t kMaxTokenBytes = 4096;
constexpr std::size_t kMaxNameBytes = 128;
constexpr std::string_view kHashPrefix = "sha256:";
constexpr std::string_view kScheme = "bearer ";

bool IsHash(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsPrincipalName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

struct Authenticator::Tokens {
  struct Entry {
    std::string principal;
    std::string hash;  // 64 lower-case hex digits
  };
  std::vector<Entry> entries;
  std::vector<Reviewer> principals;  // as the file has them: what has ended is among it
};

// Good from one time to another: between the two no clearance ends.
struct Authenticator::People {
  std::shared_ptr<const Tokens> tokens;
  Time from{};
  Time until = Time::max();
  std::shared_ptr<const std::vector<Reviewer>> reviewers;
  std::shared_ptr<const std::vector<Reviewer>> principals;
};

Authenticator::Authenticator(std::filesystem::path file, std::shared_ptr<const Tokens> tokens)
    : file_(std::move(file)), tokens_(std::move(tokens)) {}

Authenticator::~Authenticator() = default;

std::unique_ptr<Authenticator> Authenticator::AllowLocal() {
  return std::unique_ptr<Authenticator>(new Authenticator({}, std::make_shared<Tokens>()));
}

Result<std::unique_ptr<Authenticator>> Authenticator::FromFile(std::filesystem::path file) {
  ASSAY_ASSIGN(auto tokens, Read(file));
  return std::unique_ptr<Authenticator>(new Authenticator(std::move(file), std::move(tokens)));
}

Result<std::shared_ptr<const Authenticator::Tokens>> Authenticator::Read(const std::filesystem::path& file) {
  ASSAY_ASSIGN(const std::string text, ReadFile(file, kMaxFileBytes));
  auto tokens = std::make_shared<Tokens>();
  std::map<std::string, Reviewer> reviewers;
  int number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = Trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto gap = line.find_first_of(" \t");
    const std::string_view name = line.substr(0, gap);
    const std::string_view rest_of_line = gap == std::string_view::npos ? std::string_view() : Trim(line.substr(gap));
    const std::string_view hash = rest_of_line.substr(0, rest_of_line.find_first_of(" \t"));
    if (!IsPrincipalName(name) || !hash.starts_with(kHashPrefix) || !IsHash(hash.substr(kHashPrefix.size()))) {
      // The line is not repeated: it may hold a token that someone forgot to hash.
      return Fail(ErrorCode::kInvalidArgument, file.string() + ":" + std::to_string(number) +
                                                   ": expected `NAME sha256:HEX` with 64 lower-case hex digits");
    }
    if (name.starts_with(kSchedulePrincipalPrefix))
      return Fail(ErrorCode::kInvalidArgument, file.string() + ":" + std::to_string(number) +
                                                   ": names that begin with `" + std::string(kSchedulePrincipalPrefix) +
                                                   "` are those of schedules; take another");
    tokens->entries.push_back({std::string(name), std::string(hash.substr(kHashPrefix.size()))});
    Reviewer& reviewer = reviewers.try_emplace(std::string(name), Reviewer{.id = std::string(name)}).first->second;
    if (const Status added = AddAttributes(rest_of_line.substr(hash.size()), reviewer); !added)
      return Fail(ErrorCode::kInvalidArgument,
                  file.string() + ":" + std::to_string(number) + ": " + added.error().message);
  }
  if (tokens->entries.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                file.string() + ": holds no token, so nobody could call; add a line `NAME sha256:HEX`");
  }
  for (auto& [name, reviewer] : reviewers) tokens->principals.push_back(std::move(reviewer));
  return tokens;
}

std::shared_ptr<const Authenticator::People> Authenticator::PeopleAt(Time now) const {
  const auto is_good = [&] {
    return people_ && people_->tokens == tokens_ && people_->from <= now && now < people_->until;
  };
  {
    const std::shared_lock lock(mutex_);
    if (is_good()) return people_;
  }
  const std::unique_lock lock(mutex_);
  if (is_good()) return people_;
  auto people = std::make_shared<People>();
  people->tokens = tokens_;
  people->from = now;
  auto everybody = std::make_shared<std::vector<Reviewer>>();
  auto with_roles = std::make_shared<std::vector<Reviewer>>();
  for (const Reviewer& principal : tokens_->principals) {
    Reviewer reviewer = ClearedAt(principal, now);
    for (const EndingClearance& ending : reviewer.ending) people->until = std::min(people->until, ending.until);
    if (!reviewer.roles.IsEmpty()) with_roles->push_back(reviewer);
    everybody->push_back(std::move(reviewer));
  }
  people->reviewers = std::move(with_roles);
  people->principals = std::move(everybody);
  people_ = people;
  return people;
}

std::shared_ptr<const std::vector<Reviewer>> Authenticator::Reviewers(Time now) const {
  return PeopleAt(now)->reviewers;
}

std::shared_ptr<const std::vector<Reviewer>> Authenticator::Principals(Time now) const {
  return PeopleAt(now)->principals;
}

Status Authenticator::Reload() {
  if (file_.empty()) return {};
  ASSAY_ASSIGN(auto tokens, Read(file_));
  const std::unique_lock lock(mutex_);
  tokens_ = std::move(tokens);
  return {};
}

Result<std::string> Authenticator::Authenticate(std::optional<std::string_view> authorization) const {
  if (file_.empty()) return std::string("local");
  if (!authorization) {
    return Fail(ErrorCode::kUnauthenticated, "no token: send the header `Authorization: Bearer TOKEN`");
  }
  const std::string_view scheme = authorization->substr(0, kScheme.size());
  if (!std::ranges::equal(scheme, kScheme, {}, Lower)) {
    return Fail(ErrorCode::kUnauthenticated, "the authorization header is not of the form `Bearer TOKEN`");
  }
  const std::string_view token = Trim(authorization->substr(kScheme.size()));
  if (token.empty() || token.size() > kMaxTokenBytes) {
    return Fail(ErrorCode::kUnauthenticated, "the authorization header is not of the form `Bearer TOKEN`");
  }
  std::shared_ptr<const Tokens> tokens;
  {
    const std::shared_lock lock(mutex_);
    tokens = tokens_;
  }
  const std::string hash = Sha256Hex(token);
  const Tokens::Entry* found = nullptr;
  for (const auto& entry : tokens->entries) {  // to the end, whether found or not
    if (CRYPTO_memcmp(entry.hash.data(), hash.data(), hash.size()) == 0) found = &entry;
  }
  if (found == nullptr) return Fail(ErrorCode::kUnauthenticated, "the token is not known");
  return found->principal;
}

}  // namespace assay
