#include "app/model/settings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>

#include "app/model/policy_words.hpp"

namespace mh {
namespace {

namespace fs = std::filesystem;
using SettingsJson = nlohmann::json;

constexpr std::size_t max_file_bytes = std::size_t{1} << 20;

fs::path from_environment(const char* variable) {
  const char* const value = std::getenv(variable);
  // The XDG specification: a path that is not absolute is to be ignored.
  return value != nullptr && value[0] == '/' ? fs::path(value) : fs::path();
}

fs::path home() {
  return from_environment("HOME");
}

fs::path config_directory() {
  if (fs::path config = from_environment("XDG_CONFIG_HOME"); !config.empty()) return config;
  return home().empty() ? fs::path() : home() / ".config";
}

bool directory_exists(const fs::path& path) {
  std::error_code error;
  return !path.empty() && fs::is_directory(path, error);
}

/// The value of XDG_PICTURES_DIR="$HOME/Pictures" and its like in user-dirs.dirs; empty if it is
/// not there.
fs::path from_user_dirs(const std::string& variable) {
  std::ifstream file(config_directory() / "user-dirs.dirs");
  const std::string key = variable + "=\"";
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key) || line.back() != '"' || line.size() <= key.size()) continue;
    std::string value = line.substr(key.size(), line.size() - key.size() - 1);
    if (value.starts_with("$HOME/")) value = (home() / value.substr(6)).string();
    if (value.starts_with('/')) return value;
  }
  return {};
}

// ---- reading: each value only if it is there, of the right type, and within its range

template <typename Value>
void take(const SettingsJson& json, const char* key, Value& value) {
  const auto found = json.find(key);
  if (found == json.end()) return;
  if constexpr (std::is_same_v<Value, bool>) {
    if (found->is_boolean()) value = found->get<bool>();
  } else if constexpr (std::is_same_v<Value, std::string>) {
    if (found->is_string()) value = found->get<std::string>();
  }
}

template <typename Number>
void take(const SettingsJson& json, const char* key, Number& value, Number least, Number most) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return;
  if constexpr (std::is_floating_point_v<Number>) {
    const auto number = found->get<Number>();
    if (number >= least && number <= most) value = number;
  } else if (found->is_number_unsigned()) {
    const auto number = found->get<std::uint64_t>();
    if (std::cmp_greater_equal(number, least) && std::cmp_less_equal(number, most)) {
      value = static_cast<Number>(number);
    }
  } else if (found->is_number_integer()) {
    const auto number = found->get<std::int64_t>();
    if (std::cmp_greater_equal(number, least) && std::cmp_less_equal(number, most)) {
      value = static_cast<Number>(number);
    }
  }
}

template <typename Enum, typename FromName>
void take_name(const SettingsJson& json, const char* key, Enum& value, FromName from_name) {
  std::string name;
  take(json, key, name);
  if (const std::optional<Enum> known = from_name(name)) value = *known;
}

std::optional<ThemeKind> theme_from_name(std::string_view name) {
  if (name == "dark") return ThemeKind::dark;
  if (name == "light") return ThemeKind::light;
  return std::nullopt;
}

constexpr auto any = std::numeric_limits<std::uint64_t>::max();

std::optional<Workload> workload_from(const SettingsJson& json) {
  if (!json.is_object()) return std::nullopt;
  Workload workload;
  take_name(json, "pattern", workload.pattern, pattern_from_name);
  take_name(json, "sizes", workload.sizes.kind, size_kind_from_name);
  take(json, "mean", workload.sizes.mean, std::uint64_t{1}, SizeDistribution::max_size);
  take(json, "threads", workload.threads, 1U, Workload::max_threads);
  take(json, "live", workload.live_blocks, std::uint64_t{1}, Workload::max_live_blocks);
  take(json, "seed", workload.seed, std::uint64_t{0}, any);
  take(json, "operations", workload.operations, std::uint64_t{0}, any);
  // JSON has no infinity.
  workload.rate = json.value("rate", SettingsJson()) == "unlimited"
                      ? std::numeric_limits<double>::infinity()
                      : workload.rate;
  take(json, "rate", workload.rate, 1e-3, 1e9);
  return workload;
}

SettingsJson to_json(const Workload& workload) {
  return {{"pattern", pattern_name(workload.pattern)},
          {"sizes", size_kind_name(workload.sizes.kind)},
          {"mean", workload.sizes.mean},
          {"threads", workload.threads},
          {"live", workload.live_blocks},
          {"seed", workload.seed},
          {"operations", workload.operations},
          {"rate",
           std::isinf(workload.rate) ? SettingsJson("unlimited") : SettingsJson(workload.rate)}};
}

Settings settings_from(const SettingsJson& json) {
  Settings settings;
  take_name(json, "theme", settings.theme, theme_from_name);
  take_name(json, "colour_by", settings.colour_by, colour_by_from_name);
  take(json, "ui_scale", settings.ui_scale, Settings::min_scale, Settings::max_scale);
  take(json, "motion", settings.motion);
  std::string policy;
  take(json, "policy", policy);
  if (parse_policy(policy, default_policy())) settings.policy = policy;
  take(json, "explaining", settings.explaining);
  take(json, "more_switches", settings.more_switches);
  take(json, "tour_seen", settings.tour_seen);
  take(json, "log_mib", settings.log_mib, Settings::min_log_mib, Settings::max_log_mib);
  take(json, "picture_directory", settings.picture_directory);
  if (json.contains("workload")) settings.workload = workload_from(json["workload"]);
  if (const auto window = json.find("window"); window != json.end() && window->is_object()) {
    constexpr int farthest = 1 << 16;
    constexpr int smallest = 200;
    take(*window, "x", settings.window.x, -farthest, farthest);
    take(*window, "y", settings.window.y, -farthest, farthest);
    take(*window, "width", settings.window.width, smallest, farthest);
    take(*window, "height", settings.window.height, smallest, farthest);
  }
  return settings;
}

void put(SettingsJson& json, const Settings& settings) {
  json["theme"] = settings.theme == ThemeKind::light ? "light" : "dark";
  json["colour_by"] = colour_by_name(settings.colour_by);
  json["ui_scale"] = settings.ui_scale;
  json["motion"] = settings.motion;
  json["policy"] = settings.policy;
  json["explaining"] = settings.explaining;
  json["more_switches"] = settings.more_switches;
  json["tour_seen"] = settings.tour_seen;
  json["log_mib"] = settings.log_mib;
  json["picture_directory"] = settings.picture_directory;
  json["window"] = {{"x", settings.window.x},
                    {"y", settings.window.y},
                    {"width", settings.window.width},
                    {"height", settings.window.height}};
  if (settings.workload) json["workload"] = to_json(*settings.workload);
}

/// The file's contents, or nothing if there is no such file.
std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string text(max_file_bytes, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

std::string system_error_text() {
  return std::strerror(errno);
}

bool write_all(int file, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(file, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace

Settings SettingsFile::load() {
  message_.clear();
  unknown_.clear();
  const std::optional<std::string> text = read_file(path_);
  if (!text) return {};
  const SettingsJson json = SettingsJson::parse(*text, nullptr, false);
  if (json.is_object()) {
    unknown_ = *text;
    return settings_from(json);
  }
  fs::path kept = path_;
  kept += ".damaged";
  std::error_code error;
  fs::rename(path_, kept, error);
  message_ = "the settings file was damaged: starting with the defaults" +
             (error ? std::string() : ", the old one is kept as " + kept.string());
  return {};
}

std::string SettingsFile::save(const Settings& settings) {
  SettingsJson json = SettingsJson::parse(unknown_, nullptr, false);
  if (!json.is_object()) json = SettingsJson::object();
  put(json, settings);
  std::error_code error;
  fs::create_directories(path_.parent_path(), error);
  // A path or a name may hold bytes that are not UTF-8: they are replaced, not thrown at us.
  return write_atomically(path_,
                          json.dump(2, ' ', false, SettingsJson::error_handler_t::replace) + "\n");
}

std::string write_atomically(const fs::path& path, const std::string& text) {
  fs::path temporary = path;
  temporary += ".tmp" + std::to_string(::getpid());
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return "cannot write " + path.string() + ": " + system_error_text();
  bool written = write_all(file, text);
  std::string reason = written ? std::string() : system_error_text();
  if (::close(file) != 0 && written) {
    written = false;
    reason = system_error_text();
  }
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = false;
    reason = system_error_text();
  }
  if (written) return {};
  ::unlink(temporary.c_str());
  return "cannot write " + path.string() + ": " + reason;
}

fs::path settings_path() {
  const fs::path config = config_directory();
  return (config.empty() ? fs::path(".") : config) / "microheap" / "settings.json";
}

fs::path documents_directory() {
  for (const fs::path& candidate :
       {from_environment("XDG_DOCUMENTS_DIR"), from_user_dirs("XDG_DOCUMENTS_DIR"),
        home().empty() ? fs::path() : home() / "Documents", home()}) {
    if (directory_exists(candidate)) return candidate;
  }
  return pictures_directory();
}

fs::path pictures_directory() {
  for (const fs::path& candidate :
       {from_environment("XDG_PICTURES_DIR"), from_user_dirs("XDG_PICTURES_DIR"),
        home().empty() ? fs::path() : home() / "Pictures"}) {
    if (directory_exists(candidate)) return candidate;
  }
  std::error_code error;
  if (!home().empty()) {
    fs::path made = home() / "Pictures";
    if (fs::create_directory(made, error); directory_exists(made)) return made;
  }
  const fs::path current = fs::current_path(error);
  return error ? fs::path(".") : current;
}

}  // namespace mh
