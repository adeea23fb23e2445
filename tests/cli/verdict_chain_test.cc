#include "cli/verdict_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assay/v1/types.pb.h"
#include "core/digest.h"
#include "gates/attestation.h"
#include "tests/testing/signing_keys.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

Verdict LinkOf(std::int64_t sequence, const std::string& predecessor, VerdictState state = VerdictState::kPass) {
  Verdict verdict;
  verdict.gate = "g";
  verdict.gate_version = ContentVersion("gate");
  verdict.candidate = {"bot", "1", ContentVersion("bot")};
  verdict.state = state;
  verdict.reason = "because";
  verdict.origin = {.verdict = "v" + std::to_string(sequence),
                    .check = "c" + std::to_string(sequence),
                    .project = "default",
                    .sequence = sequence,
                    .predecessor = predecessor,
                    .version = "0.1.0"};
  return verdict;
}

v1::Verdict Message(const Verdict& verdict) {
  v1::Verdict message;
  message.set_id(verdict.origin->verdict);
  message.set_check_id(verdict.origin->check);
  message.set_gate(verdict.gate);
  v1::VerdictState::Value state = v1::VerdictState::UNSPECIFIED;
  v1::VerdictState::Value_Parse(std::string(Name(verdict.state)), &state);
  message.set_state(state);
  message.set_document(CanonicalDocument(verdict));
  message.set_sequence(verdict.origin->sequence);
  message.set_predecessor(verdict.origin->predecessor);
  return message;
}

// Newest first.
std::vector<v1::Verdict> ChainOf(int count) {
  std::vector<v1::Verdict> chain;
  std::string predecessor;
  for (int i = 1; i <= count; ++i) {
    chain.insert(chain.begin(), Message(LinkOf(i, predecessor)));
    predecessor = ContentVersion(chain.front().document());
  }
  return chain;
}

v1::Verdict FromBefore(const std::string& id) {
  Verdict verdict = LinkOf(1, "");
  verdict.origin.reset();
  v1::Verdict message;
  message.set_id(id);
  message.set_state(v1::VerdictState::PASS);
  message.set_document(ToJson(verdict).Dump());
  return message;
}

std::string WhatBreaks(const std::vector<v1::Verdict>& chain) {
  ChainCheck check("g", "");
  for (const v1::Verdict& verdict : chain) {
    if (const Status taken = check.Take(verdict); !taken) return taken.error().message;
  }
  const Status finished = check.Finish();
  return finished ? "" : finished.error().message;
}

TEST(ChainCheck, AnUnbrokenChainHolds) {
  for (const int count : {0, 1, 2, 7}) EXPECT_EQ(WhatBreaks(ChainOf(count)), "") << count;
  auto chain = ChainOf(3);
  chain.push_back(FromBefore("old-2"));
  chain.push_back(FromBefore("old-1"));
  ChainCheck check("g", "default");
  for (const v1::Verdict& verdict : chain) ASSERT_TRUE(check.Take(verdict));
  EXPECT_TRUE(check.Finish());
  EXPECT_EQ(check.count(), 3);
  EXPECT_EQ(check.before(), 2);
  EXPECT_EQ(check.newest(), "v3");
  EXPECT_EQ(check.newest_hash(), ContentVersion(chain[0].document()));
}

TEST(ChainCheck, WhatWasChangedIsNamed) {
  auto chain = ChainOf(4);
  Verdict changed = LinkOf(2, chain[2].predecessor(), VerdictState::kPass);
  changed.reason = "bribed";
  chain[2] = Message(changed);
  EXPECT_THAT(WhatBreaks(chain), HasSubstr("verdict 2, v2: it was changed"));

  chain = ChainOf(4);
  chain[2].set_state(v1::VerdictState::FAIL);
  EXPECT_THAT(WhatBreaks(chain), HasSubstr("its document says state \"PASS\" and stands for \"FAIL\""));

  chain = ChainOf(4);
  chain[1].set_id("another");
  EXPECT_THAT(WhatBreaks(chain), HasSubstr("its document says verdict \"v3\""));

  chain = ChainOf(4);
  chain[1].set_document(chain[1].document() + " ");
  EXPECT_THAT(WhatBreaks(chain), HasSubstr("not in the canonical form"));
  chain[1].set_document("{");
  EXPECT_THAT(WhatBreaks(chain), HasSubstr("is not JSON"));
}

TEST(ChainCheck, WhatIsMissingIsNamed) {
  auto chain = ChainOf(4);
  chain.erase(chain.begin() + 1);
  EXPECT_THAT(WhatBreaks(chain), HasSubstr("verdict 2, v2: it stands where verdict 3 should"));
  chain = ChainOf(4);
  chain.pop_back();
  EXPECT_THAT(WhatBreaks(chain), HasSubstr("verdict 1 is missing"));
  chain = ChainOf(4);
  std::swap(chain[1], chain[2]);
  EXPECT_NE(WhatBreaks(chain), "");
  chain = ChainOf(4);
  chain[1].set_sequence(0);
  EXPECT_THAT(WhatBreaks(chain), HasSubstr("it was taken out of the chain"));
  chain = ChainOf(2);
  chain.back() = FromBefore("old");
  EXPECT_THAT(WhatBreaks(chain), HasSubstr("it stands where verdict 1 is missing"));
  chain = ChainOf(2);
  chain.insert(chain.begin(), FromBefore("old"));
  EXPECT_THAT(WhatBreaks(chain), HasSubstr("it is older than one from before"));
  chain = ChainOf(1);
  v1::Verdict without = FromBefore("v2");
  without.set_sequence(2);
  chain.insert(chain.begin(), without);
  EXPECT_THAT(WhatBreaks(chain), HasSubstr("does not say where it stands"));
}

TEST(ChainCheck, VerdictsOfOtherGatesAndProjectsDoNotCount) {
  const auto chain = ChainOf(2);
  EXPECT_THAT(ChainCheck("h", "").Take(chain[0]).error().message, HasSubstr("its document says gate \"g\""));
  EXPECT_THAT(ChainCheck("g", "team").Take(chain[0]).error().message,
              HasSubstr("its document says project \"default\""));
}

TEST(Envelopes, SayWhatTheDocumentSays) {
  const SigningKey key = *SigningKey::FromPem(testing::kEd25519Key);
  const std::vector<PublicKey> keys = {key.public_key()};
  const std::vector<PublicKey> others = {*PublicKey::FromPem(testing::kP256Public)};
  const Verdict verdict = LinkOf(1, "");
  const SignedVerdict by_key = *SignVerdict(verdict, key);
  v1::Verdict message = Message(verdict);
  EXPECT_EQ(CheckEnvelopes(message, keys), false) << "not signed";
  message.set_envelope(by_key.envelope);
  EXPECT_EQ(CheckEnvelopes(message, keys), true);
  EXPECT_THAT(CheckEnvelopes(message, others).error().message, HasSubstr("the signature does not hold"));
  message.set_summary_envelope(by_key.summary);
  EXPECT_EQ(CheckEnvelopes(message, keys), true);

  Verdict other = verdict;
  other.origin->verdict = "v9";
  const SignedVerdict of_other = *SignVerdict(other, key);
  message.set_summary_envelope(of_other.summary);
  EXPECT_THAT(CheckEnvelopes(message, keys).error().message, HasSubstr("its summary is of another verdict"));
  message.set_summary_envelope(by_key.envelope);
  EXPECT_THAT(CheckEnvelopes(message, keys).error().message, HasSubstr("its summary is of another verdict"));
  message.set_envelope(of_other.envelope);
  EXPECT_THAT(CheckEnvelopes(message, keys).error().message, HasSubstr("its envelope attests another document"));
  message.set_envelope(by_key.summary);
  EXPECT_THAT(CheckEnvelopes(message, keys).error().message, HasSubstr("its envelope attests another document"));
  message.clear_envelope();
  EXPECT_THAT(CheckEnvelopes(message, keys).error().message, HasSubstr("its summary is signed and it is not"));
}

}  // namespace
}  // namespace assay
