// Settings that persist: what survives a round trip, a damaged file, another version's keys.

#include "app/model/settings.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/model/desktop_motion.hpp"

namespace mh {
namespace {

namespace fs = std::filesystem;

/// A directory for one test, and the environment as it was when the test ends.
class SettingsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "microheap-settings-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    setenv("HOME", directory_.c_str(), 1);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_PICTURES_DIR");
  }
  void TearDown() override { fs::remove_all(directory_); }

  [[nodiscard]] fs::path file() const { return directory_ / "microheap" / "settings.json"; }
  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  [[nodiscard]] static std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  fs::path directory_;
};

Settings unusual() {
  Settings settings;
  settings.theme = ThemeKind::light;
  settings.ui_scale = 1.25;
  settings.colour_by = ColourBy::size;
  settings.motion = false;
  settings.policy = "kr align 32";
  settings.explaining = true;
  settings.more_switches = true;
  settings.log_mib = 64;
  settings.window = {-100, 20, 1920, 1080};
  settings.picture_directory = "/some/where";
  Workload workload;
  workload.pattern = Pattern::sawtooth;
  workload.threads = 7;
  workload.sizes = {SizeKind::mixed, 333};
  workload.rate = std::numeric_limits<double>::infinity();
  workload.live_blocks = 999;
  workload.seed = 0xffff'ffff'ffff'ffff;
  workload.operations = 5;
  settings.workload = workload;
  return settings;
}

TEST_F(SettingsTest, SurviveARoundTrip) {
  ASSERT_EQ(SettingsFile(file()).save(unusual()), "");
  SettingsFile again(file());
  EXPECT_EQ(again.load(), unusual());
  EXPECT_EQ(again.message(), "");
  ASSERT_EQ(SettingsFile(file()).save(Settings{}), "");
  EXPECT_EQ(SettingsFile(file()).load(), Settings{});
}

TEST_F(SettingsTest, WithoutAFileAreTheDefaults) {
  SettingsFile settings(file());
  EXPECT_EQ(settings.load(), Settings{});
  EXPECT_EQ(settings.message(), "");
}

TEST_F(SettingsTest, ADamagedFileIsKept) {
  for (const char* text : {"{\"theme\": \"li", "", "[]", "7", "\xff\xfe", "nonsense"}) {
    write(file(), text);
    SettingsFile settings(file());
    EXPECT_EQ(settings.load(), Settings{});
    EXPECT_NE(settings.message().find("damaged"), std::string::npos) << text;
    fs::path kept = file();
    kept += ".damaged";
    EXPECT_EQ(read(kept), text);
    EXPECT_FALSE(fs::exists(file()));
    EXPECT_EQ(settings.save(Settings{}), "");
  }
}

TEST_F(SettingsTest, WrongValuesGiveWayToDefaults) {
  write(file(),
        R"({"theme": 5, "ui_scale": 1e9, "motion": "yes", "log_mib": -4, "colour_by": "smell",
    "policy": "textbook align 17", "explaining": 1,
    "window": {"x": "left", "width": -5, "height": 900}, "workload": {"threads": 1000, "pattern": "stack",
    "rate": -3, "live": 1.5}, "picture_directory": ["a"]})");
  Settings expected;
  expected.window.height = 900;
  expected.workload = Workload{};
  expected.workload->pattern = Pattern::stack;
  EXPECT_EQ(SettingsFile(file()).load(), expected);
}

TEST_F(SettingsTest, DeepNestingIsNoHarm) {
  write(file(), std::string(100'000, '['));
  SettingsFile settings(file());
  EXPECT_EQ(settings.load(), Settings{});
}

TEST_F(SettingsTest, KeepWhatTheyDoNotKnow) {
  write(file(), R"({"theme": "light", "from_the_future": {"a": [1, 2]}})");
  SettingsFile settings(file());
  Settings loaded = settings.load();
  EXPECT_EQ(loaded.theme, ThemeKind::light);
  loaded.theme = ThemeKind::dark;
  ASSERT_EQ(settings.save(loaded), "");
  const auto json = nlohmann::json::parse(read(file()));
  EXPECT_EQ(json["from_the_future"]["a"][1], 2);
  EXPECT_EQ(json["theme"], "dark");
}

TEST_F(SettingsTest, ASaveThatFailsSaysWhy) {
  write(directory_ / "microheap", "a file where the directory should be");
  const std::string error = SettingsFile(file()).save(Settings{});
  EXPECT_NE(error.find("cannot write"), std::string::npos);
}

TEST_F(SettingsTest, NothingHalfWrittenStaysBehind) {
  ASSERT_EQ(SettingsFile(file()).save(unusual()), "");
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(file().parent_path())) ++files;
  EXPECT_EQ(files, 1U);
}

TEST_F(SettingsTest, AreWhereXdgSays) {
  EXPECT_EQ(settings_path(), directory_ / ".config/microheap/settings.json");
  setenv("XDG_CONFIG_HOME", "/elsewhere", 1);
  EXPECT_EQ(settings_path(), "/elsewhere/microheap/settings.json");
  setenv("XDG_CONFIG_HOME", "relative", 1);
  EXPECT_EQ(settings_path(), directory_ / ".config/microheap/settings.json");
}

TEST_F(SettingsTest, PicturesGoWhereXdgSays) {
  EXPECT_EQ(pictures_directory(), directory_ / "Pictures") << "made, not the working directory";
  EXPECT_TRUE(fs::is_directory(directory_ / "Pictures"));
  fs::create_directory(directory_ / "Bilder");
  write(directory_ / ".config/user-dirs.dirs",
        "# a comment\nXDG_MUSIC_DIR=\"$HOME/Musik\"\nXDG_PICTURES_DIR=\"$HOME/Bilder\"\n");
  EXPECT_EQ(pictures_directory(), directory_ / "Bilder");
  fs::create_directory(directory_ / "mine");
  setenv("XDG_PICTURES_DIR", (directory_ / "mine").c_str(), 1);
  EXPECT_EQ(pictures_directory(), directory_ / "mine");
  fs::remove(directory_ / "mine");
  EXPECT_EQ(pictures_directory(), directory_ / "Bilder");
}

TEST_F(SettingsTest, TheDesktopMayAskForLessMotion) {
  EXPECT_FALSE(files_reduce_motion(directory_));
  const fs::path gtk = directory_ / "gtk-4.0" / "settings.ini";
  write(gtk, "[Settings]\ngtk-enable-animations = true\n");
  EXPECT_FALSE(files_reduce_motion(directory_));
  write(gtk, "[Settings]\ngtk-theme-name=x\ngtk-enable-animations = false\n");
  EXPECT_TRUE(files_reduce_motion(directory_));
  fs::remove(gtk);
  const fs::path kde = directory_ / "kdeglobals";
  write(kde, "[General]\nAnimationDurationFactor=0\n[KDE]\nAnimationDurationFactor=0.5\n");
  EXPECT_FALSE(files_reduce_motion(directory_));
  write(kde, "[KDE]\nAnimationDurationFactor=0\n");
  EXPECT_TRUE(files_reduce_motion(directory_));
  setenv("XDG_CONFIG_HOME", directory_.c_str(), 1);
  EXPECT_TRUE(desktop_reduces_motion());
}

}  // namespace
}  // namespace mh
