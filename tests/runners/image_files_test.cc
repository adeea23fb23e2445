#include "runners/image_files.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "runners/event_loops.h"
#include "runners/wakeup.h"
#include "tests/testing/await.h"
#include "tests/testing/images.h"

namespace assay {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using testing::Await;
using ::testing::HasSubstr;

const std::string kPng("\x89PNG\r\n\x1a\n\0\1\2\3", 12);

TEST(ImageFiles, TheMediaTypeIsThatOfTheFirstBytes) {
  struct Row {
    std::string bytes;
    std::string_view type;
  };
  for (const Row& row :
       {Row{kPng, "image/png"}, Row{"\xff\xd8\xff\xe0", "image/jpeg"}, Row{"GIF87a..", "image/gif"},
        Row{"GIF89a", "image/gif"}, Row{std::string("RIFF\0\0\0\0WEBPVP8 ", 16), "image/webp"}, Row{"RIFF", ""},
        Row{std::string("RIFF\0\0\0\0WAVE", 12), ""}, Row{"<svg/>", ""}, Row{"", ""}, Row{"%PDF-1.7", ""}}) {
    EXPECT_EQ(ImageMediaType(row.bytes), row.type) << row.bytes;
  }
}

TEST(ImageFiles, ACaseNamesFilesBelowTheFolderOnly) {
  const testing::ImageFolder outside;
  outside.Write("secret.png", kPng);
  const testing::ImageFolder folder;
  folder.Write("a.png", kPng);
  folder.Write("deep/b.png", kPng);
  folder.Write("text.png", "hello");
  fs::create_symlink("deep/b.png", folder.path() / "inside.png");
  fs::create_symlink(outside.path() / "secret.png", folder.path() / "link.png");
  fs::create_directory_symlink(outside.path(), folder.path() / "door");
  fs::create_directory(folder.path() / "folder.png");
  // Base64 of the twelve bytes.
  const Image image{.base64 = "iVBORw0KGgoAAQID", .media_type = "image/png", .file = "a.png"};
  EXPECT_EQ(ReadImageBelow(folder.path(), "a.png"), image);
  EXPECT_TRUE(ReadImageBelow(folder.path(), "deep/b.png"));
  EXPECT_TRUE(ReadImageBelow(folder.path(), "inside.png")) << "a link that stays below";
  struct Row {
    std::string name;
    ErrorCode code;
    const char* what;
  };
  for (const Row& row : {Row{"../" + outside.path().filename().string() + "/secret.png", ErrorCode::kPermissionDenied,
                             "is not below the suite's folder"},
                         Row{"deep/../../x.png", ErrorCode::kPermissionDenied, "is not below the suite's folder"},
                         Row{(folder.path() / "a.png").string(), ErrorCode::kPermissionDenied, "is not below"},
                         Row{"link.png", ErrorCode::kPermissionDenied, "is not below the suite's folder"},
                         Row{"door/secret.png", ErrorCode::kPermissionDenied, "is not below the suite's folder"},
                         Row{"none.png", ErrorCode::kNotFound, "is missing"},
                         Row{"folder.png", ErrorCode::kInvalidArgument, "is no regular file"},
                         Row{"text.png", ErrorCode::kInvalidArgument, "is no PNG, JPEG, GIF or WebP"}}) {
    const auto read = ReadImageBelow(folder.path(), row.name);
    ASSERT_FALSE(read) << row.name;
    EXPECT_EQ(read.error().code, row.code) << row.name;
    EXPECT_THAT(read.error().message, HasSubstr(row.what));
  }
}

TEST(ImageFiles, AFolderBesideWhoseNameBeginsAlikeIsOutside) {
  const testing::ImageFolder parent;
  parent.Write("suite-other/x.png", kPng);
  fs::create_directory(parent.path() / "suite");
  fs::create_symlink("../suite-other/x.png", parent.path() / "suite" / "x.png");
  EXPECT_EQ(ReadImageBelow(parent.path() / "suite", "x.png").error().code, ErrorCode::kPermissionDenied);
}

TEST(ImageFiles, AreBounded) {
  const testing::ImageFolder folder;
  folder.Write("big.png", kPng);
  fs::resize_file(folder.path() / "big.png", kMaxImageBytes);
  EXPECT_EQ(ReadImageBelow(folder.path(), "big.png")->base64.size(), (kMaxImageBytes + 2) / 3 * 4);
  fs::resize_file(folder.path() / "big.png", kMaxImageBytes + 1);
  EXPECT_EQ(ReadImageBelow(folder.path(), "big.png").error().message, "image \"big.png\" has more than 20 MiB");
}

Dialogue WithImage(std::string file) {
  Message message{.role = Role::kUser, .content = "?"};
  message.images.push_back({.file = std::move(file)});
  return {.turns = {{std::move(message)}}};
}

class ImageRoom : public ::testing::Test {
 protected:
  ImageRoom() { folder_.Write("a.png", kPng); }
  ~ImageRoom() override { pool_.join(); }

  std::future<Result<ImageFiles::Hold>> Load(Dialogue& dialogue, Deadline deadline) {
    auto wakeup = std::make_shared<Wakeup>(loops_.executor(0));
    return asio::co_spawn(loops_.executor(0), ImageFiles::Load(files_, dialogue, deadline, wakeup), asio::use_future);
  }

  const testing::ImageFolder folder_;
  EventLoops loops_{1};
  asio::thread_pool pool_{1};
  std::shared_ptr<ImageFiles> files_ = std::make_shared<ImageFiles>(folder_.path(), pool_.get_executor(), 20);
};

TEST_F(ImageRoom, IsWaitedForUntilAnotherTrialGivesItBack) {
  Dialogue first = WithImage("a.png");
  Dialogue second = WithImage("a.png");
  auto held = Load(first, DeadlineIn(std::chrono::minutes(1))).get();
  ASSERT_TRUE(held) << held.error().message;
  EXPECT_EQ(first.turns[0][0].images[0].media_type, "image/png");
  auto waiting = Load(second, DeadlineIn(std::chrono::minutes(1)));
  EXPECT_EQ(Load(second, DeadlineIn(Duration(0))).get().error().code, ErrorCode::kDeadlineExceeded);
  *held = ImageFiles::Hold();
  const auto got = waiting.get();
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(second.turns[0][0].images[0].base64, "iVBORw0KGgoAAQID");
}

TEST_F(ImageRoom, AnImageThatIsLargerIsReadAlone) {
  auto small = std::make_shared<ImageFiles>(folder_.path(), pool_.get_executor(), 3);
  Dialogue dialogue = WithImage("a.png");
  files_ = small;
  EXPECT_TRUE(Load(dialogue, DeadlineIn(std::chrono::minutes(1))).get());
}

TEST_F(ImageRoom, ATrialHasAtMost64MiBOfImages) {
  fs::resize_file(folder_.path() / "a.png", kMaxImageBytes);
  Dialogue dialogue = WithImage("a.png");
  std::vector<Image>& images = dialogue.turns[0][0].images;
  images.resize(3, images[0]);
  EXPECT_TRUE(Load(dialogue, DeadlineIn(std::chrono::minutes(1))).get());
  images.push_back({.base64 = std::string(5u << 20, 'A'), .media_type = "image/png"});
  const auto refused = Load(dialogue, DeadlineIn(std::chrono::minutes(1))).get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{ErrorCode::kResourceExhausted, "its images have more than 64 MiB together", {}}));
}

TEST_F(ImageRoom, AMissingOneGivesItsRoomBack) {
  Dialogue missing = WithImage("b.png");
  EXPECT_EQ(Load(missing, DeadlineIn(std::chrono::minutes(1))).get().error().message, "image \"b.png\" is missing");
  Dialogue good = WithImage("a.png");
  EXPECT_TRUE(Load(good, DeadlineIn(Duration(0))).get());
}

}  // namespace
}  // namespace assay
