#pragma once
// Files that the app writes for its user.

#include <cstdint>
#include <filesystem>
#include <span>

namespace mh {

/// Puts a file with these bytes at path, whole or not at all: until then the old one stays. A link
/// is followed, and what is no file (a device, a pipe) is written to. Returns 0 or errno.
int write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

}  // namespace mh
