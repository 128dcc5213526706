// What the drop-in says of its heap in glibc's words.

#include <malloc.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "core/preload/options.hpp"
#include "core/preload/preload.hpp"

using mh::preload::heap;

namespace {

/// Free blocks whose sizes have the same number of bits, as malloc_info() lists them.
struct SizeRange {
  std::size_t least = 0;
  std::size_t greatest = 0;
  std::size_t bytes = 0;
  std::size_t count = 0;

  void add(std::size_t size) {
    least = count == 0 ? size : std::min(least, size);
    greatest = std::max(greatest, size);
    bytes += size;
    ++count;
  }
};

/// The heap at one moment. Bytes of whole blocks, unless said otherwise.
struct Figures {
  std::size_t arena = 0;  ///< all but mappings of single blocks
  std::size_t used = 0;   ///< of it
  std::size_t mapped = 0;
  std::size_t mapped_blocks = 0;
  SizeRange cached;  ///< free, but at hand for a thread or not merged yet: glibc's fast blocks
  SizeRange free;
  std::size_t last_free = 0;  ///< at the end of the heap, 0 if the last block is in use
  std::array<SizeRange, 64> ranges{};

  void add(const mh_block& block) {
    if (block.mapped != 0) {
      mapped += block.size;
      ++mapped_blocks;
      return;
    }
    if (block.foreign != 0) return;
    arena += block.size;
    const bool in_use = block.used != 0 || block.set_aside != 0;
    last_free = in_use || block.cached != 0 ? 0 : block.size;
    if (in_use) {
      used += block.size;
    } else {
      (block.cached != 0 ? cached : free).add(block.size);
      ranges[static_cast<std::size_t>(std::bit_width(block.size)) % ranges.size()].add(block.size);
    }
  }

  static Figures now() {
    Figures figures;
    heap().walk(
        [](const mh_block* block, void* context) {
          static_cast<Figures*>(context)->add(*block);
          return 1;
        },
        &figures);
    return figures;
  }
};

/// A thread that is cancelled meanwhile is so only afterwards: no line stays half written.
class Uncancelled {
 public:
  Uncancelled() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~Uncancelled() { pthread_setcancelstate(before_, nullptr); }
  Uncancelled(const Uncancelled&) = delete;
  Uncancelled& operator=(const Uncancelled&) = delete;

 private:
  int before_ = 0;
};

void write_sizes(FILE* file, const Figures& figures) {
  std::fputs("<sizes>\n", file);
  for (const SizeRange& range : figures.ranges) {
    if (range.count == 0) continue;
    std::fprintf(file, "  <size from=\"%zu\" to=\"%zu\" total=\"%zu\" count=\"%zu\"/>\n",
                 range.least, range.greatest, range.bytes, range.count);
  }
  std::fputs("</sizes>\n", file);
}

void write_total(FILE* file, const char* type, std::size_t count, std::size_t bytes) {
  std::fprintf(file, "<total type=\"%s\" count=\"%zu\" size=\"%zu\"/>\n", type, count, bytes);
}

void write_system(FILE* file, std::size_t now, std::size_t most) {
  std::fprintf(file,
               "<system type=\"current\" size=\"%zu\"/>\n<system type=\"max\" size=\"%zu\"/>\n"
               "<aspace type=\"total\" size=\"%zu\"/>\n<aspace type=\"mprotect\" size=\"%zu\"/>\n",
               now, most, now, now);
}

}  // namespace

MH_EXPORT struct mallinfo2 mallinfo2() noexcept {
  const Figures figures = Figures::now();
  struct mallinfo2 info {};
  info.arena = figures.arena;
  info.ordblks = figures.free.count;
  info.smblks = figures.cached.count;
  info.hblks = figures.mapped_blocks;
  info.hblkhd = figures.mapped;
  info.fsmblks = figures.cached.bytes;
  info.uordblks = figures.used;
  info.fordblks = figures.free.bytes + figures.cached.bytes;
  info.keepcost = figures.last_free;
  return info;
}

MH_EXPORT struct mallinfo mallinfo() noexcept {
  const struct mallinfo2 info = mallinfo2();
  struct mallinfo narrow {};
  narrow.arena = static_cast<int>(info.arena);
  narrow.ordblks = static_cast<int>(info.ordblks);
  narrow.smblks = static_cast<int>(info.smblks);
  narrow.hblks = static_cast<int>(info.hblks);
  narrow.hblkhd = static_cast<int>(info.hblkhd);
  narrow.fsmblks = static_cast<int>(info.fsmblks);
  narrow.uordblks = static_cast<int>(info.uordblks);
  narrow.fordblks = static_cast<int>(info.fordblks);
  narrow.keepcost = static_cast<int>(info.keepcost);
  return narrow;
}

MH_EXPORT void malloc_stats() noexcept {
  const Uncancelled whole;
  const mh_stats stats = heap().stats();
  char text[4096];
  mh_stats_text(&stats, text, sizeof text);
  mh::preload::say(text);
}

/// One heap, in glibc's XML. The sizes are those of free blocks.
MH_EXPORT int malloc_info(int options, FILE* file) noexcept {
  if (options != 0) return EINVAL;
  const Uncancelled whole;
  const Figures figures = Figures::now();
  const std::size_t most = std::max(heap().stats().peak_heap, figures.arena);
  std::fputs("<malloc version=\"1\">\n<heap nr=\"0\">\n", file);
  write_sizes(file, figures);
  write_total(file, "fast", figures.cached.count, figures.cached.bytes);
  write_total(file, "rest", figures.free.count, figures.free.bytes);
  write_system(file, figures.arena, most);
  std::fputs("</heap>\n", file);
  write_total(file, "fast", figures.cached.count, figures.cached.bytes);
  write_total(file, "rest", figures.free.count, figures.free.bytes);
  write_total(file, "mmap", figures.mapped_blocks, figures.mapped);
  write_system(file, figures.arena, most);
  std::fputs("</malloc>\n", file);
  return 0;
}

asm(".globl __libc_mallinfo\n.type __libc_mallinfo, @function\n.set __libc_mallinfo, mallinfo");
