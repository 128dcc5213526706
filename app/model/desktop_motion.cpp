#include "app/model/desktop_motion.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace mh {
namespace {

/// The value of a key in a file of sections with lines "key=value"; empty: it is not there.
std::string value_in(const std::filesystem::path& file, std::string_view section,
                     std::string_view key) {
  std::ifstream stream(file);
  bool inside = false;
  for (std::string line; std::getline(stream, line);) {
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
    if (line.starts_with('[')) inside = line == "[" + std::string(section) + "]";
    if (!inside || !line.starts_with(key) || line.size() == key.size()) continue;
    if (line[key.size()] == '=') return line.substr(key.size() + 1);
  }
  return {};
}

std::filesystem::path from_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? std::filesystem::path(value) : std::filesystem::path();
}

std::string output_of(const char* command) {
  std::string output;
  std::FILE* const pipe = popen(command, "r");
  if (pipe == nullptr) return output;
  std::array<char, 64> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) output += part.data();
  pclose(pipe);
  return output;
}

/// GNOME keeps its settings in a data base of its own.
bool gnome_reduces_motion() {
  const char* const desktop = std::getenv("XDG_CURRENT_DESKTOP");
  if (desktop == nullptr) return false;
  for (const char* const name : {"GNOME", "Unity", "Budgie", "Pantheon"}) {
    if (std::string_view(desktop).find(name) == std::string_view::npos) continue;
    return output_of("gsettings get org.gnome.desktop.interface enable-animations 2>/dev/null") ==
           "false\n";
  }
  return false;
}

}  // namespace

bool files_reduce_motion(const std::filesystem::path& config) {
  for (const char* const gtk : {"gtk-3.0", "gtk-4.0"}) {
    const std::string on =
        value_in(config / gtk / "settings.ini", "Settings", "gtk-enable-animations");
    if (on == "0" || on == "false") return true;
  }
  const std::string factor = value_in(config / "kdeglobals", "KDE", "AnimationDurationFactor");
  return !factor.empty() && std::strtod(factor.c_str(), nullptr) == 0;
}

bool desktop_reduces_motion() {
  std::filesystem::path config = from_environment("XDG_CONFIG_HOME");
  if (config.empty() && !from_environment("HOME").empty())
    config = from_environment("HOME") / ".config";
  return (!config.empty() && files_reduce_motion(config)) || gnome_reduces_motion();
}

}  // namespace mh
