#include "cli/outlet.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "core/file.h"
#include "tests/testing/program.h"

namespace assay::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class OutletTest : public ::testing::Test {
 protected:
  static std::string Read(const fs::path& path) { return ReadFile(path.string(), 1 << 20).value_or("none"); }
  static mode_t RightsOf(const fs::path& path) {
    struct stat found {};
    return lstat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
  }
  std::string RefusalOfOpen() {
    const auto outlet = Outlet::Open(path_.string());
    return outlet ? "opened" : std::string(Name(outlet.error().code)) + ": " + outlet.error().message;
  }

  TemporaryFolder files_;
  const fs::path path_ = files_.path() / "out.jsonl";
  const fs::path part_ = files_.path() / "out.jsonl.part";
};

TEST_F(OutletTest, NobodyElseReadsAFileBeforeItIsWhole) {
  const mode_t mask = umask(022);
  auto outlet = Outlet::Open(path_.string());
  ASSERT_TRUE(outlet) << outlet.error().message;
  ASSERT_TRUE(outlet->Write("one "));
  ASSERT_TRUE(outlet->Write("two"));
  EXPECT_EQ(RightsOf(part_), 0600u);
  EXPECT_FALSE(fs::exists(path_));
  const Status kept = outlet->Keep(Sha256Hex("one two"));
  umask(mask);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(Read(path_), "one two");
  EXPECT_EQ(RightsOf(path_), 0644u);
  EXPECT_FALSE(fs::exists(part_));
}

TEST_F(OutletTest, WhatIsNotWholeIsRemovedAndTakesNoName) {
  files_.Write("out.jsonl", "before");
  {
    auto outlet = Outlet::Open(path_.string());
    ASSERT_TRUE(outlet->Write("half"));
    EXPECT_EQ(outlet->Keep(Sha256Hex("whole")).error().code, ErrorCode::kDataLoss);
  }
  EXPECT_FALSE(fs::exists(part_));
  EXPECT_EQ(Read(path_), "before");
}

TEST_F(OutletTest, WhatAnEarlierDownloadLeftIsReplaced) {
  files_.Write("out.jsonl.part", "a long text of another download");
  fs::permissions(part_, fs::perms(0644));
  auto outlet = Outlet::Open(path_.string());
  ASSERT_TRUE(outlet) << outlet.error().message;
  EXPECT_EQ(RightsOf(part_), 0600u);
  ASSERT_TRUE(outlet->Write("new"));
  ASSERT_TRUE(outlet->Keep(Sha256Hex("new")));
  EXPECT_EQ(Read(path_), "new");
}

TEST_F(OutletTest, NothingIsWrittenThroughALinkOrIntoAFileWithAnotherName) {
  files_.Write("target", "precious");
  fs::create_symlink(files_.path() / "target", part_);
  const std::string refusal = "invalid_argument: cannot write " + part_.string() +
                              ": something else than an earlier download of yours stands there";
  EXPECT_THAT(RefusalOfOpen(), HasSubstr(refusal));
  fs::remove(part_);
  fs::create_hard_link(files_.path() / "target", part_);
  EXPECT_THAT(RefusalOfOpen(), HasSubstr(refusal));
  fs::remove(part_);
  fs::create_directory(part_);
  EXPECT_THAT(RefusalOfOpen(), HasSubstr(refusal));
  EXPECT_EQ(Read(files_.path() / "target"), "precious");
}

TEST_F(OutletTest, TwoDownloadsToOneNameDoNotMix) {
  auto first = Outlet::Open(path_.string());
  ASSERT_TRUE(first->Write("first"));
  auto second = Outlet::Open(path_.string());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT(first->Keep(Sha256Hex("first")).error().message, HasSubstr("another download has taken its place"));
  ASSERT_TRUE(second->Write("second"));
  ASSERT_TRUE(second->Keep(Sha256Hex("second")));
  EXPECT_EQ(Read(path_), "second");
}

}  // namespace
}  // namespace assay::testing
