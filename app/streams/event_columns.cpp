#include "app/streams/event_columns.hpp"

#include <zstd.h>

#include <array>
#include <bit>
#include <cstring>
#include <new>

namespace mh {

static_assert(std::endian::native == std::endian::little, "recordings are written as memory is");

namespace {

using Bytes = std::vector<std::byte>;

enum Column { kinds, extras, threads, addresses, sizes, times, column_count };
constexpr std::size_t longest_number = 10;  // bytes of a 64-bit number, seven bits each
constexpr int level = 3;

constexpr std::uint64_t fold(std::uint64_t difference) {  // small, whatever its sign
  return difference << 1 ^ (0 - (difference >> 63));
}
constexpr std::uint64_t unfold(std::uint64_t folded) {
  return folded >> 1 ^ (0 - (folded & 1));
}

void put_number(Bytes& column, std::uint64_t number) {
  while (number >= 0x80) {
    column.push_back(static_cast<std::byte>(number | 0x80));
    number >>= 7;
  }
  column.push_back(static_cast<std::byte>(number));
}

/// What is left of a column.
class ColumnReader {
 public:
  explicit ColumnReader(const Bytes& column) : at_(column.data()), end_(at_ + column.size()) {}
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool all_read() const { return good_ && at_ == end_; }

  std::uint64_t byte() {
    if (at_ == end_) return fail();
    return static_cast<std::uint64_t>(*at_++);
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t part = byte();
      value |= (part & 0x7f) << shift;
      if (part < 0x80) return value;
    }
    return fail();
  }

 private:
  std::uint64_t fail() {
    good_ = false;
    return 0;
  }
  const std::byte* at_;
  const std::byte* end_;
  bool good_ = true;
};

void append_word(Bytes& out, std::size_t value) {
  const auto word = static_cast<std::uint32_t>(value);
  const auto* const bytes = reinterpret_cast<const std::byte*>(&word);
  out.insert(out.end(), bytes, bytes + sizeof word);
}

void append_packed(const Bytes& column, Bytes& out) {
  const std::size_t head = out.size();
  append_word(out, column.size());
  append_word(out, 0);
  const std::size_t begin = out.size();
  out.resize(begin + ZSTD_compressBound(column.size()));
  const std::size_t packed =
      ZSTD_compress(out.data() + begin, out.size() - begin, column.data(), column.size(), level);
  if (ZSTD_isError(packed) != 0) throw std::bad_alloc();  // nothing else can go wrong
  out.resize(begin + packed);
  const auto word = static_cast<std::uint32_t>(packed);
  std::memcpy(out.data() + head + sizeof word, &word, sizeof word);
}

/// Takes a column of at most most bytes off the front.
bool take_column(std::span<const std::byte>& bytes, std::size_t most, Bytes& column) {
  std::array<std::uint32_t, 2> sizes{};
  if (bytes.size() < sizeof sizes) return false;
  std::memcpy(sizes.data(), bytes.data(), sizeof sizes);
  bytes = bytes.subspan(sizeof sizes);
  if (sizes[0] > most || sizes[1] > bytes.size()) return false;
  column.resize(sizes[0]);
  const std::size_t got = ZSTD_decompress(column.data(), column.size(), bytes.data(), sizes[1]);
  if (ZSTD_isError(got) != 0 || got != column.size()) return false;
  bytes = bytes.subspan(sizes[1]);
  return true;
}

constexpr std::uint64_t address_mask = (std::uint64_t{1} << 48) - 1;
constexpr std::uint64_t time_mask = (std::uint64_t{1} << 47) - 1;

}  // namespace

void pack_events(std::span<const Event> events, Bytes& out) {
  std::array<Bytes, column_count> columns;
  for (Bytes& column : columns) column.reserve(2 * events.size());
  std::uint64_t address = 0;
  std::uint64_t time = 0;
  for (const Event& event : events) {
    columns[kinds].push_back(static_cast<std::byte>(event.kind_bits << 1 | event.more));
    columns[extras].push_back(static_cast<std::byte>(event.extra));
    put_number(columns[threads], event.thread);
    put_number(columns[addresses], fold(event.address - address));
    put_number(columns[sizes], event.size);
    put_number(columns[times], fold(event.time - time));
    address = event.address;
    time = event.time;
  }
  for (const Bytes& column : columns) append_packed(column, out);
}

bool unpack_events(std::span<const std::byte> bytes, std::size_t count, std::vector<Event>& out) {
  std::array<Bytes, column_count> columns;
  for (Bytes& column : columns) {
    if (!take_column(bytes, count * longest_number, column)) return false;
  }
  if (!bytes.empty() || columns[kinds].size() != count || columns[extras].size() != count) {
    return false;
  }
  std::array<ColumnReader, column_count> read{ColumnReader(columns[0]), ColumnReader(columns[1]),
                                              ColumnReader(columns[2]), ColumnReader(columns[3]),
                                              ColumnReader(columns[4]), ColumnReader(columns[5])};
  const std::size_t before = out.size();
  std::uint64_t address = 0;
  std::uint64_t time = 0;
  bool known = true;
  for (std::size_t i = 0; i < count; ++i) {
    Event event{};
    const std::uint64_t kind = read[kinds].byte();
    event.kind_bits = kind >> 1 & 0x7f;
    event.more = kind & 1;
    event.extra = read[extras].byte() & 0xff;
    event.thread = read[threads].number() & 0xffff;
    address = (address + unfold(read[addresses].number())) & address_mask;
    event.address = address & address_mask;
    event.size = read[sizes].number();
    time = (time + unfold(read[times].number())) & time_mask;
    event.time = time & time_mask;
    known = known && event.kind() > EventKind::none && event.kind() < EventKind::count;
    out.push_back(event);
  }
  for (const ColumnReader& column : read) known = known && column.all_read();
  if (!known) out.resize(before);
  return known;
}

}  // namespace mh
