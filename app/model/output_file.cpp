#include "app/model/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

namespace mh {
namespace {

namespace fs = std::filesystem;

/// Returns 0 or errno.
int fill(const fs::path& path, std::span<const std::uint8_t> bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return errno;
  int error = 0;
  while (!bytes.empty() && error == 0) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (::close(file) != 0 && error == 0) error = errno;
  return error;
}

}  // namespace

int write_file(const fs::path& path, std::span<const std::uint8_t> bytes) {
  std::error_code unknown;
  const fs::file_status there = fs::status(path, unknown);
  if (fs::exists(there) && !fs::is_regular_file(there)) return fill(path, bytes);
  const fs::path target = fs::is_symlink(path, unknown) ? fs::weakly_canonical(path) : path;
  const fs::path beside = target.string() + "." + std::to_string(::getpid()) + ".part";
  int error = fill(beside, bytes);
  if (error == 0 && ::rename(beside.c_str(), target.c_str()) != 0) error = errno;
  if (error != 0) ::unlink(beside.c_str());
  return error;
}

std::string output_fault(const fs::path& path) {
  const auto quoted = [](const fs::path& name) { return '\'' + name.string() + '\''; };
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) return quoted(path) + " is a folder, not a file";
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (!fs::exists(folder, unknown)) {
    return "there is no folder " + quoted(folder) + ": make it first, by  mkdir -p " +
           quoted(folder);
  }
  if (!fs::is_directory(folder, unknown)) return quoted(folder) + " is not a folder";
  // What is there and no file, such as a device, is written to as it is.
  const bool device = fs::exists(path, unknown) && !fs::is_regular_file(path, unknown);
  const fs::path& target = device ? path : folder;
  if (::access(target.c_str(), W_OK) == 0) return {};
  return "nothing can be written to " + quoted(target) + ": " +
         std::generic_category().message(errno);
}

std::string ending_of(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return ending;
}

}  // namespace mh
