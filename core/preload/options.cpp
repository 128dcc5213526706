#include "core/preload/options.hpp"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

namespace mh::preload {

namespace {

constexpr std::string_view prefix = "MICROHEAP_";
// Of others, or of other parts of the project, which say themselves what is wrong.
constexpr std::array<std::string_view, 1> not_ours{"SEGMENT"};

std::optional<std::size_t> parse_bytes(std::string_view text) {
  std::size_t bytes = 0;
  std::size_t i = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    if (__builtin_mul_overflow(bytes, std::size_t{10}, &bytes) ||
        __builtin_add_overflow(bytes, static_cast<std::size_t>(text[i] - '0'), &bytes)) {
      return std::nullopt;
    }
  }
  if (i == 0) return std::nullopt;
  std::string_view unit = text;
  unit.remove_prefix(i);
  const unsigned shift = unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : 0;
  if (shift == 0 && !unit.empty()) return std::nullopt;
  if (bytes > ~std::size_t{0} >> shift) return std::nullopt;
  return bytes << shift;
}

bool read_bytes(std::string_view text, std::size_t& into) {
  const auto bytes = parse_bytes(text);
  if (bytes) into = *bytes;
  return bytes.has_value();
}

/// Whether value is one that the variable has; name without the prefix.
bool read_variable(Options& options, std::string_view name, std::string_view value) {
  if (name == "ENGINE") {
    if (value == "classic") options.engine = Options::Engine::classic;
    return value == "classic" || value == "fast";
  }
  if (name == "ON_ERROR") {
    options.abort_on_error = value != "report";
    return value == "report" || value == "abort";
  }
  if (name == "MMAP_THRESHOLD") return read_bytes(value, options.mmap_threshold);
  if (name == "TRIM_THRESHOLD") return read_bytes(value, options.trim_threshold);
  if (name == "TOP_PAD") return read_bytes(value, options.top_pad);
  if (name == "SESSION") {
    options.session = SessionAddress::parse(value);
    return options.session.watcher != 0;
  }
  for (const std::string_view other : not_ours) {
    if (name == other) return true;
  }
  return false;
}

void read_entry(Options& options, std::string_view entry) {
  constexpr std::string_view perturb = "MALLOC_PERTURB_=";
  if (entry.starts_with(perturb)) {
    entry.remove_prefix(perturb.size());
    const std::size_t value = parse_bytes(entry).value_or(0);
    if (value <= 0xff) options.perturb = static_cast<int>(value);
    return;
  }
  const std::size_t equals = entry.find('=');
  if (!entry.starts_with(prefix) || equals == std::string_view::npos) return;
  const std::string_view name{entry.data() + prefix.size(), equals - prefix.size()};
  const std::string_view value{entry.data() + equals + 1, entry.size() - equals - 1};
  if (value.empty() || read_variable(options, name, value)) return;
  char line[160];
  std::snprintf(line, sizeof line, "microheap: ignored: %.*s\n",
                static_cast<int>(entry.size() < 120 ? entry.size() : 120), entry.data());
  say(line);
}

/// The environment as the kernel gave it, where the C library does not know it yet.
void read_from_kernel(Options& options) {
  const int file = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  char buffer[4096];
  std::size_t held = 0;
  ssize_t came = 0;
  while ((came = read(file, buffer + held, sizeof buffer - held)) > 0) {
    held += static_cast<std::size_t>(came);
    std::size_t begin = 0;
    while (const void* zero = std::memchr(buffer + begin, 0, held - begin)) {
      const auto end = static_cast<std::size_t>(static_cast<const char*>(zero) - buffer);
      read_entry(options, {buffer + begin, end - begin});
      begin = end + 1;
    }
    // The beginning of an entry stays; one that fills the buffer is none of ours.
    held = begin == 0 && held == sizeof buffer ? 0 : held - begin;
    std::memmove(buffer, buffer + begin, held);
  }
  close(file);
}

}  // namespace

Options Options::from_environment(char** environment) {
  Options options;
  if (getauxval(AT_SECURE) != 0) return options;
  const int saved_errno = errno;
  if (environment == nullptr) {
    read_from_kernel(options);
  } else {
    for (char** entry = environment; *entry != nullptr; ++entry) read_entry(options, *entry);
  }
  errno = saved_errno;
  return options;
}

void say(const char* text) {
  const int saved_errno = errno;
  std::size_t left = std::strlen(text);
  while (left != 0) {
    // Not write(), where a thread that was cancelled would end.
    const long written = syscall(SYS_write, STDERR_FILENO, text, left);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    text += written;
    left -= static_cast<std::size_t>(written);
  }
  errno = saved_errno;
}

}  // namespace mh::preload
