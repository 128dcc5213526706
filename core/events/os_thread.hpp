#pragma once
// Is a thread still there? Asked of /proc, without allocating, so that a writer may ask too.

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace mh {

/// What /proc says of an operating system's thread.
struct OsThread {
  enum class State { unknown, gone, alive };
  State state = State::unknown;  ///< unknown: /proc cannot be read
  std::uint64_t start_time = 0;  ///< clock ticks since boot; tells a reused id from the old thread
};

/// Looks up a thread by its id. A zombie counts as gone. Keeps errno.
inline OsThread look_up_thread(std::uint32_t os_thread) {
  const int saved_errno = errno;
  OsThread result;
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%u/stat", os_thread);
  const int file = open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    if (errno == ENOENT && access("/proc/self/stat", R_OK) == 0)
      result.state = OsThread::State::gone;
    errno = saved_errno;
    return result;
  }
  std::array<char, 1024> text{};
  const ssize_t length = ::read(file, text.data(), text.size() - 1);
  if (length < 0 && errno == ESRCH) result.state = OsThread::State::gone;
  close(file);
  errno = saved_errno;
  if (length <= 0) return result;

  // "tid (name) S ppid ...": the name may hold blanks and brackets, so count from the last bracket.
  // Field 3 is the state, field 22 the start time.
  const char* field = std::strrchr(text.data(), ')');
  if (field == nullptr || field[1] != ' ') return result;
  field += 2;
  const char state = *field;
  for (int number = 3; number < 22 && field != nullptr; ++number) {
    field = std::strchr(field, ' ');
    if (field != nullptr) ++field;
  }
  if (field == nullptr) return result;
  result.start_time = std::strtoull(field, nullptr, 10);
  result.state = state == 'Z' || state == 'X' ? OsThread::State::gone : OsThread::State::alive;
  errno = saved_errno;
  return result;
}

}  // namespace mh
