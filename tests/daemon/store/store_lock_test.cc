#include "daemon/store/store_lock.h"

#include <gmock/gmock.h>

#include "daemon/store/native.h"
#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

using std::chrono::milliseconds;

class StoreLockTest : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Engines, StoreLockTest, ::testing::Values(Engine::kSqlite, Engine::kPostgres));

TEST_P(StoreLockTest, KeepsASecondDaemonOut) {
  auto first = StoreLock::Take(location(), milliseconds(50));
  ASSERT_OK(first);
  const auto second = StoreLock::Take(location(), milliseconds(50));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(second.error().message, ::testing::StartsWith("another assayd uses the store "));
  ASSERT_OK(OpenStore(location()));  // looking at it is nobody's harm
  first->reset();
  EXPECT_TRUE(StoreLock::Take(location(), milliseconds(50)));
}

// The lock is what the daemon opens first: what is set later has no effect.
TEST(StoreLockOfSqlite, LeavesItWithoutMutexes) {
  ASSERT_OK(StoreLock::Take("sqlite:" + ::testing::TempDir() + "without-mutexes.db", milliseconds(50)));
  EXPECT_TRUE(UseSqliteWithoutMutexes());
}

TEST(StoreLockErrors, NameWhatIsWrong) {
  const auto unknown = StoreLock::Take("mysql://x", milliseconds(50));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "store \"mysql://x\" is neither sqlite:PATH nor postgresql://…");
  const auto nowhere = StoreLock::Take("sqlite:/nowhere/assay.db", milliseconds(50));
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().message, "cannot lock store \"/nowhere/assay.db.lock\": unable to open database file");
}

}  // namespace
}  // namespace assay::testing
