#include "app/film.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

namespace mh {
namespace {

/// Runs a program to its end, or to the signal that ends both. Its exit status; -1 if it could not
/// be started.
int run_program(const std::filesystem::path& program, const std::vector<std::string>& words,
                StopSignal* stop = nullptr) {
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  arguments.reserve(copies.size() + 1);
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (stop != nullptr) {
    posix_spawnattr_setsigmask(&attributes, &stop->mask_before());
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  }
  const int failed =
      posix_spawn(&child, program.c_str(), nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) return -1;
  int status = 0;
  pid_t ended = 0;
  while (stop != nullptr && (ended = waitpid(child, &status, WNOHANG)) == 0) {
    if (stop->came(20)) {
      kill(child, SIGTERM);
      break;
    }
  }
  while (ended == 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
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

namespace {

/// The whole file or nothing of it, even from another file system.
std::string put_in_place(const std::filesystem::path& made, const std::filesystem::path& output) {
  std::error_code code;
  std::filesystem::path beside = output;
  beside += ".part";
  std::filesystem::copy_file(made, beside, std::filesystem::copy_options::overwrite_existing, code);
  if (!code) std::filesystem::rename(beside, output, code);
  if (!code) return {};
  std::error_code ignored;
  std::filesystem::remove(beside, ignored);
  return "cannot write " + output.string() + ": " + code.message();
}

using Words = std::vector<std::string>;

/// What ffmpeg's concat reads: each picture with how long it is seen.
std::string list_of(const std::vector<FilmPicture>& pictures, bool all) {
  std::ostringstream list;
  list << "ffconcat version 1.0\n";
  const FilmPicture* last = nullptr;
  for (const FilmPicture& picture : pictures) {
    if (!all && !picture.rests) continue;
    list << "file '" << picture.file.filename().string() << "'\nduration " << picture.seconds
         << '\n';
    last = &picture;
  }
  // It takes no notice of the last one's duration otherwise.
  if (last != nullptr) list << "file '" << last->file.filename().string() << "'\n";
  return list.str();
}

/// Runs ffmpeg until it ends or is to stop. An error sentence, or empty.
std::string run_ffmpeg(const std::filesystem::path& ffmpeg, const Words& words, StopSignal& stop) {
  Words all{"ffmpeg", "-y", "-v", "error", "-nostdin"};
  all.insert(all.end(), words.begin(), words.end());
  const int status = run_program(ffmpeg, all, &stop);
  if (stop.came() || status == 0) return {};
  return "ffmpeg failed with status " + std::to_string(status);
}

bool write_list(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file);
  stream << text;
  return static_cast<bool>(stream.flush());
}

}  // namespace

std::string make_film(const std::vector<FilmPicture>& pictures, const std::filesystem::path& folder,
                      const std::filesystem::path& output, StopSignal& stop) {
  const std::filesystem::path ffmpeg = program_in_path("ffmpeg");
  if (ffmpeg.empty()) return "ffmpeg is not installed";
  const std::string list = (folder / "all.txt").string();
  const std::string resting = (folder / "resting.txt").string();
  if (!write_list(list, list_of(pictures, true)) || !write_list(resting, list_of(pictures, false)))
    return "cannot write into " + folder.string();
  const Words input{"-f", "concat", "-safe", "0", "-i", list};
  Words words = input;
  const std::string made = (folder / ("film" + output.extension().string())).string();
  if (output.extension() == ".gif") {
    // One palette for all of it, from the slides at rest: what moves between them has no others.
    const std::string palette = (folder / "palette.png").string();
    std::string error = run_ffmpeg(
        ffmpeg, {"-f", "concat", "-safe", "0", "-i", resting, "-vf", "palettegen", palette}, stop);
    if (!error.empty() || stop.came()) return error;
    words.insert(words.end(), {"-i", palette, "-lavfi",
                               "paletteuse=dither=none:diff_mode=rectangle", "-fps_mode", "vfr"});
  } else {
    words.insert(words.end(), {"-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-r", "25", "-c:v",
                               "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"});
  }
  words.push_back(made);
  std::string error = run_ffmpeg(ffmpeg, words, stop);
  if (!error.empty() || stop.came()) return error;
  return put_in_place(made, output);
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
