// Pictures in memory and PNG files.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "app/render/image.hpp"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#include <stb_image.h>

namespace mh {
namespace {

namespace fs = std::filesystem;

class PngTest : public testing::Test {
 protected:
  PngTest() {
    std::string pattern = (fs::temp_directory_path() / "microheap-png-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~PngTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (entry.is_regular_file()) ++count;
    }
    return count;
  }

  fs::path folder_;
};

/// Every pixel different from its neighbours, so that a swap of rows, columns or colours shows.
Image chequered(int width, int height) {
  Image image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto offset = static_cast<std::size_t>(x) * 4;
      image.row(y)[offset] = static_cast<std::uint8_t>(x);
      image.row(y)[offset + 1] = static_cast<std::uint8_t>(y);
      image.row(y)[offset + 2] = static_cast<std::uint8_t>(x ^ y);
      image.row(y)[offset + 3] = 255;
    }
  }
  return image;
}

Image read_png(const fs::path& path) {
  int width = 0;
  int height = 0;
  int channels = 0;
  stbi_uc* data = stbi_load(path.c_str(), &width, &height, &channels, 4);
  if (data == nullptr) return {};
  Image image(width, height);
  std::copy(data, data + image.bytes().size(), image.bytes().begin());
  stbi_image_free(data);
  return image;
}

TEST_F(PngTest, FileHoldsThePixels) {
  const Image image = chequered(37, 19);
  const fs::path path = folder_ / "picture.png";
  ASSERT_EQ(write_png(image, path), "");
  const Image back = read_png(path);
  ASSERT_EQ(back.width(), 37);
  ASSERT_EQ(back.height(), 19);
  for (int y = 0; y < 19; ++y) {
    for (int x = 0; x < 37; ++x) ASSERT_EQ(back.at(x, y), image.at(x, y)) << x << ", " << y;
  }
}

TEST_F(PngTest, MakesNoFolder) {
  const std::string error = write_png(chequered(4, 4), folder_ / "a" / "b" / "picture.png");
  EXPECT_NE(error.find("there is no folder"), std::string::npos) << error;
  EXPECT_FALSE(fs::exists(folder_ / "a"));
}

TEST_F(PngTest, ReplacesAnOlderFile) {
  const fs::path path = folder_ / "picture.png";
  std::ofstream(path) << "something else";
  ASSERT_EQ(write_png(chequered(5, 6), path), "");
  EXPECT_EQ(read_png(path).height(), 6);
  EXPECT_EQ(files(), 1U);
}

TEST_F(PngTest, SaysThatTheFolderIsAFile) {
  std::ofstream(folder_ / "taken") << "not a folder";
  const std::string error = write_png(chequered(4, 4), folder_ / "taken" / "picture.png");
  EXPECT_NE(error.find("taken"), std::string::npos) << error;
  EXPECT_NE(error.find("folder"), std::string::npos) << error;
  EXPECT_EQ(files(), 1U);
}

TEST_F(PngTest, SaysThatTheNameIsAFolder) {
  fs::create_directory(folder_ / "picture.png");
  const std::string error = write_png(chequered(4, 4), folder_ / "picture.png");
  EXPECT_NE(error.find("could not be written"), std::string::npos) << error;
  EXPECT_EQ(files(), 0U) << "the half-written file stays behind";
}

TEST_F(PngTest, SaysThatTheFolderIsNotWritable) {
  if (::geteuid() == 0) {
    // Root may write anywhere, except where the kernel makes the files.
    const std::string error = write_png(chequered(4, 4), "/proc/microheap/picture.png");
    EXPECT_NE(error.find("/proc/microheap"), std::string::npos) << error;
    return;
  }
  ::chmod(folder_.c_str(), S_IRUSR | S_IXUSR);
  const std::string error = write_png(chequered(4, 4), folder_ / "picture.png");
  ::chmod(folder_.c_str(), S_IRWXU);
  EXPECT_NE(error.find("Permission denied"), std::string::npos) << error;
}

TEST_F(PngTest, RefusesAPictureWithoutPixels) {
  EXPECT_NE(write_png(Image(), folder_ / "picture.png"), "");
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace mh
