// What the app writes for its user: whole files, through links, into devices.

#include "app/model/output_file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace mh {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public ::testing::Test {
 protected:
  OutputFileTest() {
    std::string name = (fs::temp_directory_path() / "microheap-output-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~OutputFileTest() override { fs::remove_all(folder); }

  static int write(const fs::path& path, const std::string& text) {
    return write_file(path, std::vector<std::uint8_t>(text.begin(), text.end()));
  }
  static std::string contents(const fs::path& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  fs::path folder;
};

TEST_F(OutputFileTest, AFileIsReplacedAndNothingLiesBeside) {
  EXPECT_EQ(write(folder / "a", "one"), 0);
  EXPECT_EQ(write(folder / "a", "two"), 0);
  EXPECT_EQ(contents(folder / "a"), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);
}

TEST_F(OutputFileTest, ALinkIsFollowed) {
  EXPECT_EQ(write(folder / "a", "one"), 0);
  fs::create_symlink("a", folder / "link");
  EXPECT_EQ(write(folder / "link", "two"), 0);
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(contents(folder / "a"), "two");
}

TEST_F(OutputFileTest, ADeviceStaysOne) {
  EXPECT_EQ(write("/dev/null", "text"), 0);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(write("/dev/full", "text"), ENOSPC);
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(OutputFileTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_EQ(write(folder / "none" / "a", "text"), ENOENT);
  EXPECT_EQ(write(folder, "text"), EISDIR);
}

TEST_F(OutputFileTest, SaysBeforehandWhatStandsInTheWay) {
  EXPECT_EQ(output_fault(folder / "a.png"), "");
  EXPECT_EQ(output_fault("a.png"), "");
  EXPECT_EQ(output_fault("/dev/null"), "");
  const std::string none = (folder / "none").string();
  EXPECT_EQ(output_fault(folder / "none" / "a.png"),
            "there is no folder '" + none + "': make it first, by  mkdir -p '" + none + "'");
  EXPECT_FALSE(fs::exists(folder / "none"));
  EXPECT_EQ(output_fault(folder), "'" + folder.string() + "' is a folder, not a file");
  std::ofstream(folder / "taken") << "text";
  EXPECT_EQ(output_fault(folder / "taken" / "a.png"),
            "'" + (folder / "taken").string() + "' is not a folder");
  EXPECT_EQ(ending_of("Map.PNG"), ".png");
  EXPECT_EQ(ending_of("map"), "");
}

}  // namespace
}  // namespace mh
