#include "core/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace assay {
namespace {

class FileTest : public ::testing::Test {
 protected:
  FileTest() : path_(std::filesystem::temp_directory_path() / ("assay_file_test." + std::to_string(::getpid()))) {}
  ~FileTest() override { std::filesystem::remove(path_); }
  Result<std::string> Read(const std::string& text, std::size_t max_bytes = 16u << 20) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
    return ReadFile(path_, max_bytes);
  }
  const std::filesystem::path path_;
};

// A catalog keeps the texts of all its files.
TEST_F(FileTest, TakesNoMoreMemoryThanTheFileHasBytes) {
  for (const std::size_t size : {0, 1, 3000, 64 << 10, 200'000}) {
    const std::string text(size, 'x');
    const auto read = Read(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, text);
    EXPECT_LE(read->capacity(), std::max<std::size_t>(size, 64));
  }
}

TEST_F(FileTest, RefusesWhatIsLargerThanItMayBe) {
  for (const std::size_t size : {std::size_t{10}, std::size_t{100'000}}) {
    EXPECT_TRUE(Read(std::string(size, 'x'), size));
    const auto larger = Read(std::string(size + 1, 'x'), size);
    ASSERT_FALSE(larger);
    EXPECT_EQ(larger.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace assay
