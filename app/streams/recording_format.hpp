#pragma once
// A recording as it lies in its file. Whatever cuts it off (power, a full disk, a kill), it is
// whole up to the last chunk before.
//
//   +------------+---------+---------+-----+---------+--------+
//   | FileHeader | chunk   | chunk   | ... | index   | Footer |
//   +------------+---------+---------+-----+---------+--------+
//   chunk: ChunkHeader, then payload_bytes bytes
//
// Each process has a heap of its own, with a number from 0 on. Its chunks, in this order:
//
//   process    JSON: who it is. Again when more is known: how it ended, the names of its threads
//   events     up to events_in_chunk of them, as pack_events() packs them
//   keyframe   the picture before the events that follow, said in events (describe_picture())
//
// The first chunk is session (JSON: host, command, when), the last but the index end (JSON: how the
// program ended). The index holds the header of every other chunk and where it stands; if it is not
// there, going from chunk to chunk finds the same. All numbers are little-endian.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mh::recording {

inline constexpr std::array<char, 8> file_magic{'\x89', 'M', 'H', 'R', '\r', '\n', '\x1a', '\n'};
inline constexpr std::uint32_t file_version = 1;
inline constexpr std::uint32_t chunk_magic = 0x4b43'484dU;   // "MHCK"
inline constexpr std::uint32_t footer_magic = 0x444e'454dU;  // "MEND"
inline constexpr std::size_t events_in_chunk = 1U << 15;
inline constexpr std::uint32_t most_payload = 1U << 30;  // bytes
inline constexpr std::uint32_t most_heaps = 1U << 20;

enum class ChunkType : std::uint32_t {
  session = 1,
  process,
  events,
  keyframe,
  end,
  index,
};

struct FileHeader {
  std::array<char, 8> magic = file_magic;
  std::uint32_t version = file_version;
  std::uint32_t header_bytes = sizeof(FileHeader);
};

struct ChunkHeader {
  std::uint32_t magic = chunk_magic;
  std::uint32_t type = 0;         ///< ChunkType
  std::uint32_t heap = 0;         ///< number of the process's heap
  std::uint32_t count = 0;        ///< events in it; in an index, chunks
  std::uint64_t first_event = 0;  ///< number of its first event, in its heap
  std::uint64_t first_time = 0;   ///< ns since its process began
  std::uint64_t last_time = 0;
  std::uint64_t peak = 0;        ///< events: the most bytes in use after any of its calls ...
  std::uint64_t peak_event = 0;  ///< ... and how many events of the heap there were then
  std::uint32_t payload_bytes = 0;
  std::uint32_t payload_hash = 0;
  std::uint32_t unused = 0;
  std::uint32_t header_hash = 0;  ///< of what stands before it
};

struct IndexEntry {
  std::uint64_t offset = 0;  ///< of the chunk's header, from the start of the file
  ChunkHeader header;
};

struct Footer {
  std::uint64_t index_offset = 0;
  std::uint32_t magic = footer_magic;
  std::uint32_t hash = 0;  ///< of what stands before it
};

static_assert(sizeof(FileHeader) == 16 && sizeof(ChunkHeader) == 72 && sizeof(IndexEntry) == 80 &&
              sizeof(Footer) == 16);

/// Tells damage, not malice: FNV-1a over words of 8 bytes.
inline std::uint32_t hash_of(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325ULL;
  std::uint64_t word = 0;
  std::size_t i = 0;
  for (const std::byte byte : bytes) {
    word = word << 8 | static_cast<std::uint64_t>(byte);
    if (++i % 8 != 0) continue;
    hash = (hash ^ word) * 0x0000'0100'0000'01b3ULL;
    hash ^= hash >> 29;
    word = 0;
  }
  hash = (hash ^ word ^ bytes.size()) * 0x0000'0100'0000'01b3ULL;
  hash ^= hash >> 32;
  return static_cast<std::uint32_t>(hash);
}

template <typename Header>
std::uint32_t hash_before(const Header& header, const std::uint32_t& field) {
  const auto* const begin = reinterpret_cast<const std::byte*>(&header);
  const auto* const end = reinterpret_cast<const std::byte*>(&field);
  return hash_of({begin, end});
}

}  // namespace mh::recording
