#include "daemon/rpc/authenticator.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "core/digest.h"

namespace assay {
namespace {

const Time kThen = *ParseTime("2026-11-27T10:00:00Z");

class AuthenticatorTest : public ::testing::Test {
 protected:
  ~AuthenticatorTest() override { std::filesystem::remove(file_); }
  void Write(const std::string& text) { std::ofstream(file_) << text; }
  Error ErrorOf(const std::string& text) {
    Write(text);
    const auto authenticator = Authenticator::FromFile(file_);
    return authenticator ? Error{} : authenticator.error();
  }
  const std::string file_ = ::testing::TempDir() + "/authenticator." + std::to_string(::getpid());
};

TEST_F(AuthenticatorTest, FindsThePrincipalOfAToken) {
  Write("# comment\n\nci sha256:" + Sha256Hex("one") + "\r\n  ci\tsha256:" + Sha256Hex("two") +
        "\nalice sha256:" + Sha256Hex("three"));
  const auto authenticator = Authenticator::FromFile(file_);
  ASSERT_TRUE(authenticator) << authenticator.error().message;
  EXPECT_EQ((*authenticator)->Authenticate("Bearer one").value(), "ci");
  EXPECT_EQ((*authenticator)->Authenticate("bearer two").value(), "ci");
  EXPECT_EQ((*authenticator)->Authenticate("Bearer  three ").value(), "alice");
}

TEST_F(AuthenticatorTest, RefusesEverythingElse) {
  Write("ci sha256:" + Sha256Hex("one"));
  const auto authenticator = Authenticator::FromFile(file_);
  ASSERT_TRUE(authenticator);
  const std::string hash = "Bearer " + Sha256Hex("one");
  const std::string long_token = "Bearer " + std::string(5000, 'x');
  for (const std::string_view header :
       {std::string_view("Bearer One"), std::string_view("Bearer on"), std::string_view("Bearer onee"),
        std::string_view("Bearer "), std::string_view("Bearer"), std::string_view("one"), std::string_view(""),
        std::string_view("Basic one"), std::string_view(hash), std::string_view(long_token)}) {
    const auto principal = (*authenticator)->Authenticate(header);
    ASSERT_FALSE(principal) << header;
    EXPECT_EQ(principal.error().code, ErrorCode::kUnauthenticated) << header;
  }
  EXPECT_EQ((*authenticator)->Authenticate(std::nullopt).error().code, ErrorCode::kUnauthenticated);
}

TEST_F(AuthenticatorTest, ReloadTakesNewTokensAndKeepsTheOldOnesWhenTheFileIsBroken) {
  Write("ci sha256:" + Sha256Hex("old"));
  const auto authenticator = Authenticator::FromFile(file_);
  ASSERT_TRUE(authenticator);
  Write("ci sha256:" + Sha256Hex("new"));
  EXPECT_TRUE((*authenticator)->Reload());
  EXPECT_FALSE((*authenticator)->Authenticate("Bearer old"));
  EXPECT_TRUE((*authenticator)->Authenticate("Bearer new"));
  Write("ci new\n");
  EXPECT_FALSE((*authenticator)->Reload());
  EXPECT_TRUE((*authenticator)->Authenticate("Bearer new"));
}

TEST_F(AuthenticatorTest, ABrokenFileIsNamedWithItsLineButNotItsContent) {
  const std::string expected = ":2: expected `NAME sha256:HEX` with 64 lower-case hex digits";
  for (const std::string& bad :
       {std::string("ci hunter2"), std::string("ci"), std::string("ci sha256:"), "ci sha256:" + std::string(63, 'a'),
        "ci sha256:" + std::string(64, 'G'), "ci sha256:" + std::string(64, 'A')}) {
    EXPECT_EQ(ErrorOf("# first\n" + bad + "\n"), (Error{ErrorCode::kInvalidArgument, file_ + expected, {}})) << bad;
  }
}

TEST_F(AuthenticatorTest, NobodyHasTheNameOfASchedule) {
  EXPECT_EQ(ErrorOf("schedule:nightly sha256:" + Sha256Hex("x") + "\n").message,
            file_ + ":1: names that begin with `schedule:` are those of schedules; take another");
  Write("schedule sha256:" + Sha256Hex("x") + "\n");
  EXPECT_TRUE(Authenticator::FromFile(file_));
}

TEST_F(AuthenticatorTest, AFileWithoutTokensIsAnError) {
  EXPECT_EQ(ErrorOf("# nobody\n").message,
            file_ + ": holds no token, so nobody could call; add a line `NAME sha256:HEX`");
  std::filesystem::remove(file_);
  EXPECT_EQ(Authenticator::FromFile(file_).error().code, ErrorCode::kNotFound);
}

TEST_F(AuthenticatorTest, WithoutAFileEveryoneIsLocal) {
  const auto authenticator = Authenticator::AllowLocal();
  EXPECT_EQ(authenticator->Authenticate(std::nullopt).value(), "local");
  EXPECT_EQ(authenticator->Authenticate("Bearer anything").value(), "local");
  EXPECT_TRUE(authenticator->Reload());
}

TEST_F(AuthenticatorTest, KnowsWhatPipelinesAreClearedFor) {
  const std::string hash = "sha256:" + Sha256Hex("x");
  Write("ci " + hash + " clearances=health\nann " + hash + " roles=reviewer\nrun " + hash + "\n");
  const auto authenticator = Authenticator::FromFile(file_);
  ASSERT_TRUE(authenticator) << authenticator.error().message;
  const auto everybody = (*authenticator)->Principals(kThen);
  ASSERT_EQ(everybody->size(), 3u);
  EXPECT_EQ(everybody->at(0).id, "ann");
  EXPECT_EQ(everybody->at(1).id, "ci");
  EXPECT_EQ(everybody->at(1).clearances, std::vector<std::string>{"health"});
  EXPECT_TRUE(everybody->at(1).roles.IsEmpty());
  EXPECT_TRUE(everybody->at(2).clearances.empty());
  EXPECT_EQ((*authenticator)->Reviewers(kThen)->size(), 1u) << "who has a role";
  EXPECT_TRUE(Authenticator::AllowLocal()->Principals(kThen)->empty());
}

TEST_F(AuthenticatorTest, AClearanceThatHasEndedIsNone) {
  const std::string hash = "sha256:" + Sha256Hex("x");
  Write("ann " + hash + " roles=reviewer clearances=health@2026-11-27,pii,logs@2026-11-28T12:00:00Z\n");
  const auto authenticator = Authenticator::FromFile(file_);
  ASSERT_TRUE(authenticator) << authenticator.error().message;
  const auto cleared = [&](const char* at) { return (*authenticator)->Reviewers(*ParseTime(at))->front().clearances; };
  using Classes = std::vector<std::string>;
  EXPECT_EQ(cleared("2026-11-27T23:59:59Z"), (Classes{"health", "pii", "logs"})) << "a day lasts to its end";
  EXPECT_EQ(cleared("2026-11-28T00:00:00Z"), (Classes{"pii", "logs"}));
  EXPECT_EQ(cleared("2026-11-28T12:00:00Z"), Classes{"pii"});
  EXPECT_EQ((*authenticator)->Principals(*ParseTime("2026-11-28T12:00:00Z"))->front().clearances, Classes{"pii"});
  EXPECT_EQ(cleared("2026-11-27T10:00:00Z"), (Classes{"health", "pii", "logs"})) << "a clock that is set back is right";
}

TEST_F(AuthenticatorTest, PeopleAreOthersOnlyOnceAClearanceHasEndedOrTheFileWasRead) {
  const std::string hash = "sha256:" + Sha256Hex("x");
  Write("ann " + hash + " roles=reviewer clearances=health@2026-11-27T11:00:00Z\n");
  const auto authenticator = Authenticator::FromFile(file_);
  ASSERT_TRUE(authenticator) << authenticator.error().message;
  const auto first = (*authenticator)->Reviewers(kThen);
  EXPECT_EQ((*authenticator)->Reviewers(kThen + std::chrono::minutes(59)), first);
  const auto later = (*authenticator)->Reviewers(kThen + std::chrono::hours(1));
  EXPECT_NE(later, first);
  EXPECT_TRUE(later->front().clearances.empty());
  EXPECT_TRUE(later->front().ending.empty());
  EXPECT_EQ((*authenticator)->Reviewers(kThen + std::chrono::hours(1000)), later);
  ASSERT_TRUE((*authenticator)->Reload());
  EXPECT_NE((*authenticator)->Reviewers(kThen + std::chrono::hours(1000)), later);
}

TEST_F(AuthenticatorTest, OfSeveralEndsOfAClearanceTheLastOneCountsAndNoneMostOfAll) {
  const std::string hash = "sha256:" + Sha256Hex("x");
  Write("ann " + hash + " roles=lead clearances=a@2026-12-01,b@2026-12-01,c\nann " + hash +
        " clearances=a@2026-12-03,a@2026-12-02,b,c@2026-12-01\n");
  const auto authenticator = Authenticator::FromFile(file_);
  ASSERT_TRUE(authenticator) << authenticator.error().message;
  const Reviewer ann = (*authenticator)->Reviewers(kThen)->front();
  EXPECT_EQ(ann.clearances, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(ann.ending,
            (std::vector<EndingClearance>{{.data_class = "a", .until = *ParseTime("2026-12-04T00:00:00Z")}}));
}

TEST_F(AuthenticatorTest, KnowsWhoReviewsWhat) {
  const std::string hash = "sha256:" + Sha256Hex("x");
  Write("zoe " + hash + " roles=reviewer,lead languages=de,en\nci " + hash + "\nann " + hash +
        "   skills=billing  clearances=pii queues=answers certificates=support@2\nann " + hash + " roles=reviewer\n");
  const auto authenticator = Authenticator::FromFile(file_);
  ASSERT_TRUE(authenticator) << authenticator.error().message;
  const auto reviewers = (*authenticator)->Reviewers(kThen);
  ASSERT_EQ(reviewers->size(), 2u);
  const Reviewer& ann = reviewers->front();
  EXPECT_EQ(ann.id, "ann");
  EXPECT_EQ(ann.roles, EnumSet<ReviewRole>({ReviewRole::kReviewer}));
  EXPECT_EQ(ann.skills, std::vector<std::string>{"billing"});
  EXPECT_EQ(ann.clearances, std::vector<std::string>{"pii"});
  EXPECT_EQ(ann.queues, std::vector<std::string>{"answers"});
  EXPECT_EQ(ann.certificates, std::vector<RubricCertificate>({{.rubric = "support", .major = 2}}));
  EXPECT_EQ(reviewers->back().id, "zoe");
  EXPECT_EQ(reviewers->back().languages, (std::vector<std::string>{"de", "en"}));
  EXPECT_EQ(reviewers->back().roles, EnumSet<ReviewRole>({ReviewRole::kReviewer, ReviewRole::kLead}));
}

TEST_F(AuthenticatorTest, SaysWhatIsWrongWithAnAttribute) {
  const std::string line = "ann sha256:" + Sha256Hex("x") + " ";
  EXPECT_EQ(ErrorOf(line + "roles=leed").message,
            file_ +
                ":1: unknown role \"leed\"; known: reviewer, adjudicator, auditor, lead, trust_safety, privacy, "
                "expert, ml_lead, suite_owner, manager, release_owner");
  EXPECT_EQ(
      ErrorOf(line + "role=lead").message,
      file_ + ":1: unknown attribute \"role\"; known: roles, skills, languages, clearances, certificates, queues");
  EXPECT_EQ(ErrorOf(line + "lead").message, file_ + ":1: an attribute is NAME=VALUE,VALUE, like roles=reviewer");
  EXPECT_EQ(ErrorOf(line + "hunter2").message, file_ + ":1: an attribute is NAME=VALUE,VALUE, like roles=reviewer");
  EXPECT_EQ(ErrorOf(line + "languages=").message, file_ + ":1: an empty value of \"languages\"");
  EXPECT_EQ(ErrorOf(line + "certificates=support").message,
            file_ + ":1: certificate \"support\" is not of the form RUBRIC@MAJOR, like support@2");
  for (const std::string bad : {"health@", "health@2027", "health@2027-02-31", "health@tomorrow"}) {
    EXPECT_EQ(ErrorOf(line + "clearances=" + bad).message,
              file_ + ":1: clearance \"" + bad +
                  "\" is not of the form CLASS or CLASS@UNTIL, like health@2027-01-31 (the last day, in UTC) or "
                  "health@2027-01-31T12:00:00Z");
  }
  EXPECT_EQ(ErrorOf(line + "clearances=@2027-01-31").message, file_ + ":1: a clearance without a class of data");
}

}  // namespace
}  // namespace assay
