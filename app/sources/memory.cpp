#include "app/sources/memory.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

namespace mh {
namespace {

constexpr std::uint64_t page_bytes = 4096;

bool read_piece(std::uint64_t address, unsigned char* out, std::size_t bytes) {
  const iovec local{out, bytes};
  // The address is a number here, never a pointer that this program follows.
  const iovec remote{reinterpret_cast<void*>(address), bytes};  // NOLINT(performance-no-int-to-ptr)
  return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == static_cast<ssize_t>(bytes);
}

}  // namespace

std::size_t read_memory(std::uint64_t address, std::span<unsigned char> out) {
  std::size_t done = 0;
  // Page by page: a read that touches a page that is gone fails as a whole.
  while (done < out.size()) {
    const std::uint64_t at = address + done;
    const auto piece = static_cast<std::size_t>(
        std::min<std::uint64_t>(page_bytes - at % page_bytes, out.size() - done));
    if (!read_piece(at, out.data() + done, piece)) break;
    done += piece;
  }
  return done;
}

}  // namespace mh
