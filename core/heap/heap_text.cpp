// Errors and figures in words.

#include <array>
#include <cstdarg>
#include <cstdint>
#include <cstdio>

#include "core/include/microheap.h"

namespace {

/// Writes into a buffer as snprintf does, piece by piece.
class Writer {
 public:
  Writer(char* text, std::size_t size) : text_(text), size_(size) {
    if (size > 0) text[0] = '\0';
  }
  [[gnu::format(printf, 2, 3)]] void add(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const std::size_t room = length_ < size_ ? size_ - length_ : 0;
    const int wanted =
        std::vsnprintf(room > 0 ? text_ + length_ : nullptr, room, format, arguments);
    va_end(arguments);
    if (wanted > 0) length_ += static_cast<std::size_t>(wanted);
  }
  [[nodiscard]] std::size_t length() const { return length_; }

 private:
  char* text_;
  std::size_t size_;
  std::size_t length_ = 0;
};

/// One figure of mh_stats, with the names it has in JSON and for people.
struct Figure {
  const char* key;
  const char* title;
  const char* unit;
  std::uint64_t value;
};

std::array<Figure, 24> figures_of(const mh_stats& s) {
  return {{{"heap", "heap", "bytes", s.heap},
           {"requested", "requested", "bytes", s.requested},
           {"padding", "padding", "bytes", s.padding},
           {"header", "headers", "bytes", s.header},
           {"guard", "guard bytes", "bytes", s.guard},
           {"free", "free", "bytes", s.free},
           {"set_aside", "set aside", "bytes", s.set_aside},
           {"foreign", "foreign", "bytes", s.foreign},
           {"largest_free", "largest free block", "bytes", s.largest_free},
           {"header_saved", "saved by compact headers", "bytes", s.header_saved},
           {"peak_heap", "peak heap", "bytes", s.peak_heap},
           {"peak_requested", "peak requested", "bytes", s.peak_requested},
           {"used_blocks", "blocks in use", "", s.used_blocks},
           {"free_blocks", "free blocks", "", s.free_blocks},
           {"mallocs", "mallocs", "", s.mallocs},
           {"frees", "frees", "", s.frees},
           {"failed", "failed", "", s.failed},
           {"errors", "errors", "", s.errors},
           {"searches", "searches", "", s.searches},
           {"visited", "blocks visited", "", s.visited},
           {"splits", "splits", "", s.splits},
           {"merges", "merges", "", s.merges},
           {"break_moves", "break moves", "", s.break_moves},
           {"lock_waits", "lock waits", "", s.lock_waits}}};
}

/// Shares are written as thousandths: no printf of a double, which may allocate, and nothing from
/// the mathematical library, which C programs would have to link.
unsigned thousandths(double share) {
  const double scaled = share * 1000;
  const auto whole = static_cast<unsigned>(scaled);
  return whole + (scaled - whole >= 0.5 ? 1 : 0);
}

std::uint64_t class_limit(unsigned index) {
  return std::uint64_t{16} << index;
}

/// What a pool says of its slots. False: the same as of blocks.
bool format_slot_report(const mh_report& report, Writer& writer) {
  switch (report.error) {
    case MH_DOUBLE_FREE:
      writer.add("double free: the slot is free already");
      return true;
    case MH_INVALID_POINTER:
      writer.add("invalid pointer: it is no object of this pool");
      return true;
    case MH_INTERIOR_POINTER:
      writer.add("interior pointer: it points to byte %lld of an object of %zu bytes",
                 static_cast<long long>(report.offset), report.requested);
      return true;
    case MH_WRITE_AFTER_FREE:
      writer.add("write after free: a free slot was overwritten");
      return true;
    case MH_HEADER_DAMAGED:
      writer.add("damaged header: a block of the pool does not say which slots it holds any more");
      return true;
    default:
      return false;
  }
}

}  // namespace

const char* mh_error_text(mh_error error) {
  switch (error) {
    case MH_OK:
      return "no error";
    case MH_DOUBLE_FREE:
      return "double free: the block is free already";
    case MH_INVALID_POINTER:
      return "invalid pointer: it never came from this heap, or was given back to the system";
    case MH_HEADER_DAMAGED:
      return "damaged header: its checksum does not match its fields and address";
    case MH_LIST_BROKEN:
      return "broken list: the blocks do not lead from the start of the heap to its end";
    case MH_OUT_OF_MEMORY:
      return "out of memory: the program break cannot move up";
    case MH_MISALIGNED_POINTER:
      return "misaligned pointer: no payload begins at an address that is not a multiple of 16";
    case MH_INTERIOR_POINTER:
      return "interior pointer: it points into a block, not at the start of its payload";
    case MH_OTHER_HEAP:
      return "pointer of another heap: the block belongs to a different heap of this process";
    case MH_OVERFLOW:
      return "overflow: bytes behind the payload were overwritten";
    case MH_UNDERFLOW:
      return "underflow: bytes before the payload were overwritten";
    case MH_WRITE_AFTER_FREE:
      return "write after free: bytes of a free block were overwritten";
    case MH_ERROR_COUNT:
      break;
  }
  return "unknown error";
}

size_t mh_format_report(const mh_report* report, char* text, size_t size) {
  Writer writer(text, size);
  const long long offset = report->offset;
  const std::size_t requested = report->requested;
  if (report->slot != 0 && format_slot_report(*report, writer)) return writer.length();
  const bool unknown = requested == 0 && report->error != MH_WRITE_AFTER_FREE;
  switch (unknown ? MH_OK : report->error) {
    case MH_OVERFLOW:
      writer.add("overflow: byte %lld of a block of %zu bytes was overwritten", offset, requested);
      break;
    case MH_UNDERFLOW:
      writer.add("underflow: byte %lld of a block of %zu bytes was overwritten", offset, requested);
      break;
    case MH_WRITE_AFTER_FREE:
      writer.add("write after free: byte %lld of a free block was overwritten", offset);
      break;
    case MH_INTERIOR_POINTER:
      writer.add("interior pointer: it points to byte %lld of a block of %zu bytes", offset,
                 requested);
      break;
    case MH_MISALIGNED_POINTER:
      writer.add("misaligned pointer: it points to byte %lld of a block of %zu bytes", offset,
                 requested);
      break;
    default:
      writer.add("%s", mh_error_text(report->error));
  }
  return writer.length();
}

double mh_external_fragmentation(const mh_stats* stats) {
  if (stats->free == 0) return 0;
  return 1 - static_cast<double>(stats->largest_free) / static_cast<double>(stats->free);
}

double mh_internal_fragmentation(const mh_stats* stats) {
  // Headers of free blocks count with the used ones: they are paid for either way.
  const size_t overhead = stats->padding + stats->guard + stats->header;
  const size_t all = stats->requested + overhead;
  return all == 0 ? 0 : static_cast<double>(overhead) / static_cast<double>(all);
}

size_t mh_stats_json(const mh_stats* stats, char* text, size_t size) {
  Writer writer(text, size);
  writer.add("{");
  for (const Figure& figure : figures_of(*stats)) {
    writer.add("\"%s\": %llu, ", figure.key, static_cast<unsigned long long>(figure.value));
  }
  writer.add("\"set_aside_blocks\": %zu, \"lock_wait_ns\": %llu, ", stats->set_aside_blocks,
             static_cast<unsigned long long>(stats->lock_wait_ns));
  const unsigned external = thousandths(mh_external_fragmentation(stats));
  const unsigned internal = thousandths(mh_internal_fragmentation(stats));
  writer.add("\"external_fragmentation\": %u.%03u, \"internal_fragmentation\": %u.%03u, ",
             external / 1000, external % 1000, internal / 1000, internal % 1000);
  writer.add("\"size_classes\": [");
  const char* separator = "";
  for (unsigned i = 0; i < MH_SIZE_CLASSES; ++i) {
    const mh_size_class& one = stats->size_class[i];
    if (one.mallocs == 0) continue;
    writer.add("%s{\"up_to\": %llu, \"blocks\": %llu, \"requested\": %llu, \"mallocs\": %llu}",
               separator, static_cast<unsigned long long>(class_limit(i)),
               static_cast<unsigned long long>(one.blocks),
               static_cast<unsigned long long>(one.requested),
               static_cast<unsigned long long>(one.mallocs));
    separator = ", ";
  }
  writer.add("]}");
  return writer.length();
}

size_t mh_stats_text(const mh_stats* stats, char* text, size_t size) {
  Writer writer(text, size);
  for (const Figure& figure : figures_of(*stats)) {
    writer.add("%-26s %12llu %s\n", figure.title, static_cast<unsigned long long>(figure.value),
               figure.unit);
  }
  writer.add("%-26s %12llu ns\n", "lock wait",
             static_cast<unsigned long long>(stats->lock_wait_ns));
  const unsigned external = thousandths(mh_external_fragmentation(stats));
  const unsigned internal = thousandths(mh_internal_fragmentation(stats));
  writer.add("%-26s %10u.%u %%\n", "external fragmentation", external / 10, external % 10);
  writer.add("%-26s %10u.%u %%\n", "internal fragmentation", internal / 10, internal % 10);
  for (unsigned i = 0; i < MH_SIZE_CLASSES; ++i) {
    const mh_size_class& one = stats->size_class[i];
    if (one.mallocs == 0) continue;
    writer.add("up to %-20llu %12llu blocks in use, %llu bytes, %llu mallocs\n",
               static_cast<unsigned long long>(class_limit(i)),
               static_cast<unsigned long long>(one.blocks),
               static_cast<unsigned long long>(one.requested),
               static_cast<unsigned long long>(one.mallocs));
  }
  return writer.length();
}
