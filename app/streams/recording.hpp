#pragma once
// Reads a recording. The file is hostile: every field is checked before it is used.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/model/heap_picture.hpp"
#include "app/streams/recording_facts.hpp"
#include "app/streams/recording_format.hpp"
#include "core/events/event.hpp"

namespace mh {

class Recording {
 public:
  /// One process's heap.
  struct Heap {
    std::uint32_t number = 0;
    ProcessFacts facts;
    std::vector<recording::IndexEntry> chunks;     ///< of events, in order, none missing between
    std::vector<recording::IndexEntry> keyframes;  ///< in order

    [[nodiscard]] std::uint64_t events() const;
    [[nodiscard]] std::uint64_t end_time() const;  ///< ns since its process began
    [[nodiscard]] std::uint64_t peak() const;      ///< the most bytes in use
    /// The position at which they were.
    [[nodiscard]] std::uint64_t peak_position() const;
  };

  /// nullptr, and a sentence in error, if it is no recording, or none that this version can read.
  static std::unique_ptr<Recording> open(const std::string& path, std::string& error);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  [[nodiscard]] const SessionFacts& facts() const { return facts_; }
  [[nodiscard]] const std::vector<Heap>& heaps() const { return heaps_; }  ///< the main one first
  /// Why not all of the file could be used; empty: it is whole.
  [[nodiscard]] const std::string& damage() const { return damage_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  /// Hands on the events [from, to) of a heap in pieces. from is brought to the start of a chunk,
  /// at or before. The second argument is the number of the piece's first event. Ends early when
  /// visit returns false. False: a chunk is damaged; what stands before it was handed on.
  using Visit = std::function<bool(std::span<const Event>, std::uint64_t)>;
  bool for_each_event(const Heap& heap, std::uint64_t from, std::uint64_t to,
                      const Visit& visit) const;
  /// The heap after position events. Nothing if a chunk that it needs is damaged.
  [[nodiscard]] std::optional<HeapPicture> picture_at(const Heap& heap,
                                                      std::uint64_t position) const;
  /// The first position at which all that happened until time (ns since the process began) is told.
  [[nodiscard]] std::uint64_t position_at(const Heap& heap, std::uint64_t time) const;

 private:
  explicit Recording(int file) : file_(file) {}

  std::string read_header();
  bool read_index();
  bool index_fits(const recording::ChunkHeader& header, std::uint64_t offset) const;
  void scan();
  void sort_chunks(const std::vector<recording::IndexEntry>& entries);
  void take_chunk(const recording::IndexEntry& entry);
  bool read_exactly(std::uint64_t offset, void* into, std::size_t bytes) const;
  bool read_chunk_header(std::uint64_t offset, recording::ChunkHeader& header) const;
  bool read_payload(const recording::IndexEntry& entry, std::vector<std::byte>& payload) const;
  std::optional<std::string> read_text(const recording::IndexEntry& entry) const;
  bool read_events(const recording::IndexEntry& entry, std::vector<Event>& events) const;

  int file_;
  std::uint64_t bytes_ = 0;
  SessionFacts facts_;
  std::vector<Heap> heaps_;
  std::string damage_;
};

}  // namespace mh
