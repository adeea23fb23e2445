#include "daemon/reviews/masking.h"

#include <gtest/gtest.h>

#include "daemon/reviews/shown_trial.h"

namespace assay {
namespace {

const RedactionSpec kPolicy = {
    .policy = "pii-3",
    .patterns = {{.name = "e-mail", .pattern = "[a-z.]+@[a-z.]+[a-z]"}, {.name = "card", .pattern = "\\b[0-9]{16}\\b"}},
    .fields = {"account", "owner"}};

ItemContent Masked(const RedactionSpec& policy, const Json& fields, ItemContent content) {
  const auto masker = Masker::Make(policy);
  EXPECT_TRUE(masker) << masker.error().message;
  masker->Mask(fields, content);
  return content;
}

TEST(Masking, MasksEveryTextThatPeopleAreShown) {
  const std::string secret = "ann@example.org paid with 4111111111111111 from DE-77";
  const std::string shown = "[e-mail] paid with [card] from [account]";
  ItemContent content{.prompt = {{"user", secret}},
                      .responses = {{.id = "r1", .text = secret, .calls = {{"t1", "pay", secret, secret}}}},
                      .claims = {{"c1", secret}},
                      .reference = secret,
                      .context = secret,
                      .fields = {{"account", "DE-77"}, {"note", secret}}};
  const ItemContent masked = Masked(kPolicy, Json::Of({{"account", "DE-77"}}), content);
  EXPECT_EQ(masked.prompt[0].text, shown);
  EXPECT_EQ(masked.responses[0].text, shown);
  EXPECT_EQ(masked.responses[0].calls[0].tool, "pay");
  EXPECT_EQ(masked.responses[0].calls[0].arguments, shown);
  EXPECT_EQ(masked.responses[0].calls[0].result, shown);
  EXPECT_EQ(masked.claims[0].text, shown);
  EXPECT_EQ(masked.reference, shown);
  EXPECT_EQ(masked.context, shown);
  EXPECT_EQ(masked.fields[0].text, "[account]");
  EXPECT_EQ(masked.fields[1].text, shown);
  EXPECT_EQ(masked.masked_by, "pii-3");
  const std::string kept = StoredText(masked);
  for (const char* gone : {"ann@", "4111", "DE-77"}) EXPECT_EQ(kept.find(gone), std::string::npos) << gone;
  EXPECT_EQ(StoredText(*ItemContentFrom(kept)), kept);
}

TEST(Masking, TakesTheValuesOfAFieldHoweverDeepTheLongestFirst) {
  const Json fields = Json::Of(
      {{"owner", Json::Of({{"name", "Ann Lee"}, {"all", Json::Array{"Ann Lee Smith", 70707, true, Json()}}})}});
  const ItemContent masked =
      Masked(kPolicy, fields, {.context = "Ann Lee Smith, number 70707, is Ann Lee and no Annabel"});
  EXPECT_EQ(masked.context, "[owner], number [owner], is [owner] and no Annabel");
}

TEST(Masking, ShortValuesAreMaskedWhereTheyAreShownAsTheFieldOnly) {
  const ItemContent masked =
      Masked(kPolicy, Json::Of({{"account", "7"}}), {.context = "7 of 17 days", .fields = {{"account", "7"}}});
  EXPECT_EQ(masked.context, "7 of 17 days");
  EXPECT_EQ(masked.fields[0].text, "[account]");
}

TEST(Masking, WithoutAnythingToMaskTellsByWhichPolicyItWasLookedAt) {
  const ItemContent masked = Masked(kPolicy, Json(Json::Object{}), {.context = "nothing of it"});
  EXPECT_EQ(masked.context, "nothing of it");
  EXPECT_EQ(masked.masked_by, "pii-3");
}

TEST(Masking, WhatGrowsIsCut) {
  RedactionSpec policy = {.policy = "p", .patterns = {{.name = "a-long-name", .pattern = "x"}}};
  const ItemContent masked = Masked(policy, Json(Json::Object{}), {.context = std::string(200'000, 'x')});
  EXPECT_LE(masked.context.size(), ItemContent::kMostText + 100);
  EXPECT_EQ(masked.context.find('x'), std::string::npos);
}

constexpr char kTooLong[] = "[not shown: it is longer than 1 MiB, and so cannot be masked]";

// A text of that many bytes that ends with a secret.
std::string EndingWith(const std::string& secret, std::size_t bytes) {
  return std::string(bytes - secret.size(), ' ') + secret;
}

TEST(Masking, ATextThatWasCutIsMaskedWhole) {
  const std::string card = "4111111111111111";
  // The cut would leave half of the number, which no pattern finds.
  const std::string cut = Shortened(EndingWith(card, ItemContent::kMostText + card.size() / 2));
  ASSERT_NE(cut.find("41111111\n["), std::string::npos);
  const ItemContent masked = Masked(kPolicy, Json(Json::Object{}),
                                    {.prompt = {{"user", cut}},
                                     .responses = {{.id = "r1", .text = cut, .calls = {{"t1", "pay", cut, cut}}}},
                                     .claims = {{"c1", cut}},
                                     .reference = cut,
                                     .context = cut,
                                     .fields = {{"note", cut}}});
  for (const std::string& text : {masked.prompt[0].text, masked.responses[0].text,
                                  masked.responses[0].calls[0].arguments, masked.responses[0].calls[0].result,
                                  masked.claims[0].text, masked.reference, masked.context, masked.fields[0].text})
    EXPECT_EQ(text, kTooLong);
  EXPECT_EQ(StoredText(masked).find("4111"), std::string::npos);
}

TEST(Masking, ATextOfExactlyTheBoundIsMaskedInPart) {
  const std::string longest = EndingWith("ann@example.org", ItemContent::kMostText);
  ASSERT_EQ(Shortened(longest), longest);
  const ItemContent masked = Masked(kPolicy, Json(Json::Object{}), {.context = longest});
  EXPECT_EQ(masked.context.size(), ItemContent::kMostText - std::string("ann@example.org").size() + 8);
  EXPECT_TRUE(masked.context.ends_with(" [e-mail]"));
  const ItemContent beyond = Masked(kPolicy, Json(Json::Object{}), {.context = Shortened(longest + "x")});
  EXPECT_EQ(beyond.context, kTooLong);
}

TEST(Masking, RefusesWhatIsNoPattern) {
  const auto masker = Masker::Make({.policy = "p", .patterns = {{.name = "open", .pattern = "("}}});
  ASSERT_FALSE(masker);
  EXPECT_EQ(masker.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(masker.error().message, "redact: pattern \"open\" is no RE2 pattern: missing ): (");
}

}  // namespace
}  // namespace assay
