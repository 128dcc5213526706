#include "app/sources/memory.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

namespace mh {
namespace {

constexpr std::uint64_t page_bytes = 4096;

/// Page by page, since a call that touches a page that is gone fails as a whole:
/// copy(address, done, bytes) for each piece. Returns how many bytes were copied.
template <typename Copy>
std::size_t by_pages(std::uint64_t address, std::size_t bytes, Copy copy) {
  std::size_t done = 0;
  while (done < bytes) {
    const std::uint64_t at = address + done;
    const auto piece = static_cast<std::size_t>(
        std::min<std::uint64_t>(page_bytes - at % page_bytes, bytes - done));
    if (copy(at, done, piece) != static_cast<ssize_t>(piece)) break;
    done += piece;
  }
  return done;
}

/// The address is a number here, never a pointer that this program follows.
iovec there(std::uint64_t address, std::size_t bytes) {
  return {reinterpret_cast<void*>(address), bytes};  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace

std::size_t read_memory(std::uint64_t address, std::span<unsigned char> out) {
  return by_pages(address, out.size(), [&](std::uint64_t at, std::size_t done, std::size_t piece) {
    const iovec local{out.data() + done, piece};
    const iovec remote = there(at, piece);
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
  });
}

std::size_t write_memory(std::uint64_t address, std::span<const unsigned char> bytes) {
  return by_pages(address, bytes.size(),
                  [&](std::uint64_t at, std::size_t done, std::size_t piece) {
                    const iovec local{const_cast<unsigned char*>(bytes.data()) + done, piece};
                    const iovec remote = there(at, piece);
                    return process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
                  });
}

}  // namespace mh
