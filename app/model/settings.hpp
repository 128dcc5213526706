#pragma once
// What the app remembers from one start to the next, in $XDG_CONFIG_HOME/microheap/settings.json.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "app/model/colour_by.hpp"
#include "app/model/theme_kind.hpp"
#include "app/model/workload.hpp"

namespace mh {

struct WindowPlace {
  int x = -1, y = -1;  ///< screen coordinates; -1: wherever the window system likes
  int width = 1280, height = 800;
  bool operator==(const WindowPlace&) const = default;
};

struct Settings {
  static constexpr double min_scale = 0.5, max_scale = 4;
  static constexpr std::size_t min_log_mib = 16, max_log_mib = 65536;

  ThemeKind theme = ThemeKind::dark;
  double ui_scale = 1;
  ColourBy colour_by = ColourBy::thread;
  bool motion = true;
  std::optional<Workload> workload;  ///< the last one; empty on the first start
  std::string policy = "textbook";   ///< the engine's switches, words of policy_words.hpp
  bool explaining = false;
  bool more_switches = false;  ///< the panel shows all of them
  bool tour_seen = false;      ///< it is offered no more
  std::size_t log_mib = 256;   ///< bound of the event log
  WindowPlace window;
  std::string picture_directory;  ///< empty: pictures_directory()

  bool operator==(const Settings&) const = default;
};

/// A settings file. What this version does not know in it stays in it.
class SettingsFile {
 public:
  explicit SettingsFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// What the file says; the default for what it does not say, or says wrongly. A file that is no
  /// JSON object is kept under the name with ".damaged" behind it.
  Settings load();
  /// Replaces the file at once, so that it is never half written. An error sentence, or empty.
  std::string save(const Settings& settings);
  /// What was wrong with the file at load(), in a sentence; empty if nothing was.
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::string message_;
  std::string unknown_;  ///< the file's JSON as it was read
};

/// $XDG_CONFIG_HOME/microheap/settings.json, else ~/.config/microheap/settings.json.
std::filesystem::path settings_path();
/// $XDG_PICTURES_DIR, else what user-dirs.dirs says, else ~/Pictures, which is made if need be. The
/// current directory only where there is no home.
std::filesystem::path pictures_directory();

/// For lessons: $XDG_DOCUMENTS_DIR, else what user-dirs.dirs says, else ~/Documents, else the home
/// directory. Only directories that exist.
std::filesystem::path documents_directory();

/// Writes a file under another name beside it and renames it into place. An error sentence, or
/// empty.
std::string write_atomically(const std::filesystem::path& path, const std::string& text);

}  // namespace mh
