#include "app/film.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <sstream>

namespace mh {
namespace {

/// Runs a program to its end. Its exit status; -1 if it could not be started.
int run_program(const std::filesystem::path& program, const std::vector<std::string>& words) {
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  arguments.reserve(copies.size() + 1);
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
    return -1;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

std::filesystem::path program_in_path(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::filesystem::path candidate = std::filesystem::path(folder) / name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

std::string make_film(const std::filesystem::path& folder, double seconds,
                      const std::filesystem::path& output) {
  const std::filesystem::path ffmpeg = program_in_path("ffmpeg");
  if (ffmpeg.empty()) return "ffmpeg is not installed";
  std::vector<std::string> words{"ffmpeg",
                                 "-y",
                                 "-v",
                                 "error",
                                 "-nostdin",
                                 "-framerate",
                                 std::to_string(1 / seconds),
                                 "-i",
                                 (folder / "%04d.png").string()};
  if (output.extension() == ".gif") {
    words.insert(words.end(), {"-filter_complex", "split[a][b];[a]palettegen[p];[b][p]paletteuse"});
  } else {
    words.insert(words.end(),
                 {"-r", "25", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"});
  }
  words.push_back(output.string());
  const int status = run_program(ffmpeg, words);
  return status == 0 ? std::string() : "ffmpeg failed with status " + std::to_string(status);
}

std::string copy_picture(const std::filesystem::path& file) {
  const bool wayland = std::getenv("WAYLAND_DISPLAY") != nullptr;
  const std::string name = wayland ? "wl-copy" : "xclip";
  const std::filesystem::path program = program_in_path(name);
  if (program.empty()) {
    return "a picture gets into the clipboard by " + name +
           ", which is not installed; P saves it as a file";
  }
  // Both stay in the background for as long as they own the clipboard.
  const std::vector<std::string> words =
      wayland ? std::vector<std::string>{"sh", "-c", "wl-copy --type image/png < \"$0\"", file}
              : std::vector<std::string>{name,        "-selection", "clipboard", "-t",
                                         "image/png", "-i",         file};
  const int status = run_program(wayland ? "/bin/sh" : program, words);
  return status == 0 ? std::string() : name + " failed with status " + std::to_string(status);
}

}  // namespace mh
