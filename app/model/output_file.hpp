#pragma once
// Files that the app writes for its user.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace mh {

/// Puts a file with these bytes at path, whole or not at all: until then the old one stays. A link
/// is followed, and what is no file (a device, a pipe) is written to. Returns 0 or errno.
int write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

/// Why no file can be put there, in a sentence that says what to do; empty: nothing speaks against
/// it.
[[nodiscard]] std::string output_fault(const std::filesystem::path& path);

/// A file's ending in lower case: ".png" of "Map.PNG".
[[nodiscard]] std::string ending_of(const std::filesystem::path& path);

}  // namespace mh
