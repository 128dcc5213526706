#pragma once
// The set of blocks at one moment: what the event stream says the heap looks like.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/events/event.hpp"

namespace mh {

/// A block of the picture. Sizes in bytes.
struct PictureBlock {
  std::uint64_t address = 0;    ///< of the header
  std::uint64_t size = 0;       ///< header, payload and padding
  std::uint64_t requested = 0;  ///< 0 if free
  std::uint64_t since = 0;      ///< ns: when it got its present state
  std::uint32_t header = 0;
  std::uint16_t thread = 0;     ///< who allocated it, or freed it
  bool used = false;
  bool foreign = false;

  [[nodiscard]] std::uint64_t payload_address() const { return address + header; }
  [[nodiscard]] std::uint64_t capacity() const { return size - header; }
  [[nodiscard]] std::uint64_t padding() const { return used ? capacity() - requested : 0; }
  [[nodiscard]] std::uint64_t end() const { return address + size; }
};

/// Sums over the picture. heap == header + requested + padding + free + foreign. Bytes, or counts.
struct PictureTotals {
  std::uint64_t heap = 0, header = 0, requested = 0, padding = 0, free = 0, foreign = 0;
  std::uint64_t used_blocks = 0, free_blocks = 0;
  std::uint64_t allocs = 0, frees = 0;
};

/// Blocks are kept in shards of shard_bytes of address. A copy of a picture shares its shards and
/// copies one when either changes it, so copies (keyframes, snapshots) are cheap.
class HeapPicture {
 public:
  static constexpr std::uint64_t shard_bytes = 16 * 1024;

  /// What lies in one shard's range of addresses. Bytes; a block that crosses counts in each for its part.
  struct Summary {
    std::uint32_t header = 0, requested = 0, padding = 0, free = 0, foreign = 0;
    std::uint16_t thread = 0;    ///< owner of most of the used bytes (may lag behind by a few events)
    std::uint64_t changed = 0;   ///< ns: the newest change
  };

  /// Applies an event. False if it cannot be true of this picture (then the picture is as before,
  /// and rejected() counts it): a stream can be damaged.
  bool apply(const Event& event);
  void clear();

  [[nodiscard]] std::uint64_t start() const;          ///< of the heap; 0 before the first event
  [[nodiscard]] std::uint64_t program_break() const;
  [[nodiscard]] const PictureTotals& totals() const;
  [[nodiscard]] std::uint64_t rejected() const;
  [[nodiscard]] std::uint64_t time() const;           ///< ns: of the last event applied

  /// The block that contains address.
  [[nodiscard]] std::optional<PictureBlock> block_at(std::uint64_t address) const;
  /// The first block that begins at or after address.
  [[nodiscard]] std::optional<PictureBlock> block_from(std::uint64_t address) const;
  /// Calls visit(const PictureBlock&) for each block that overlaps [from, to), in order of address,
  /// while it returns true.
  template <typename Visit>
  void for_each(std::uint64_t from, std::uint64_t to, Visit&& visit) const;

  [[nodiscard]] Summary summary(std::uint64_t address) const;  ///< of the shard that holds address
  /// A number that grows whenever something in [from, to) changes; equal numbers, equal contents.
  [[nodiscard]] std::uint64_t version(std::uint64_t from, std::uint64_t to) const;
  /// The name given to the block that starts at address; empty if none.
  [[nodiscard]] std::string_view label(std::uint64_t address) const;
  [[nodiscard]] bool has_labels() const;
  /// The block called name that is in use, if any.
  [[nodiscard]] std::optional<PictureBlock> block_called(std::string_view name) const;
  /// Bytes of memory that this picture takes, shared shards counted in full.
  [[nodiscard]] std::size_t memory_bytes() const;
};

}  // namespace mh
