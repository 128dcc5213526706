#include "app/streams/recording.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <limits>

#include "app/model/format.hpp"
#include "app/streams/event_columns.hpp"

namespace mh {

using recording::ChunkHeader;
using recording::ChunkType;
using recording::IndexEntry;

namespace {

// A column of events takes at most ten bytes an event and there are six, so more are no chunk.
constexpr std::uint32_t most_events = 1U << 27;

std::uint64_t end_of(const IndexEntry& entry) {
  return entry.header.first_event + entry.header.count;
}

}  // namespace

std::uint64_t Recording::Heap::events() const {
  return chunks.empty() ? 0 : end_of(chunks.back());
}

std::uint64_t Recording::Heap::end_time() const {
  return chunks.empty() ? 0 : chunks.back().header.last_time;
}

std::uint64_t Recording::Heap::peak() const {
  std::uint64_t most = 0;
  for (const IndexEntry& chunk : chunks) most = std::max(most, chunk.header.peak);
  return most;
}

std::uint64_t Recording::Heap::peak_position() const {
  const auto highest = std::max_element(
      chunks.begin(), chunks.end(),
      [](const IndexEntry& a, const IndexEntry& b) { return a.header.peak < b.header.peak; });
  return highest == chunks.end() ? 0 : std::min(highest->header.peak_event, events());
}

// ---- Opening ----

std::unique_ptr<Recording> Recording::open(const std::string& path, std::string& error) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    error = "cannot open " + path + ": " + std::strerror(errno);
    return nullptr;
  }
  std::unique_ptr<Recording> recording(new Recording(file));
  if (const std::string wrong = recording->read_header(); !wrong.empty()) {
    error = path + wrong;
    return nullptr;
  }
  if (!recording->read_index()) recording->scan();
  if (recording->heaps_.empty()) {
    error = path + " was cut off before anything was recorded";
    return nullptr;
  }
  return recording;
}

Recording::~Recording() {
  close(file_);
}

/// What is wrong with the file, or empty.
std::string Recording::read_header() {
  struct stat info {};
  if (fstat(file_, &info) != 0 || !S_ISREG(info.st_mode)) return " is not a file";
  bytes_ = static_cast<std::uint64_t>(info.st_size);
  recording::FileHeader header;
  if (!read_exactly(0, &header, sizeof header) || header.magic != recording::file_magic) {
    return " is no recording of MicroHeap";
  }
  if (header.version > recording::file_version) {
    return " was recorded by a newer MicroHeap (format " + std::to_string(header.version) +
           ", this one reads up to " + std::to_string(recording::file_version) + ")";
  }
  if (header.version == 0 || header.header_bytes != sizeof header) {
    return " is damaged: its first bytes make no sense";
  }
  return {};
}

/// False: there is none, or it is damaged.
bool Recording::read_index() {
  recording::Footer footer;
  if (bytes_ < sizeof footer || !read_exactly(bytes_ - sizeof footer, &footer, sizeof footer) ||
      footer.magic != recording::footer_magic ||
      footer.hash != recording::hash_before(footer, footer.hash)) {
    return false;
  }
  IndexEntry index;
  index.offset = footer.index_offset;
  std::vector<std::byte> payload;
  if (!read_chunk_header(index.offset, index.header) ||
      index.header.type != static_cast<std::uint32_t>(ChunkType::index) ||
      std::uint64_t{index.header.count} * sizeof(IndexEntry) != index.header.payload_bytes ||
      !read_payload(index, payload)) {
    return false;
  }
  std::vector<IndexEntry> entries(index.header.count);
  if (!entries.empty()) std::memcpy(entries.data(), payload.data(), payload.size());
  for (const IndexEntry& entry : entries) {
    if (!index_fits(entry.header, entry.offset)) return false;
  }
  sort_chunks(entries);
  return true;
}

/// Whether a chunk of that header can stand there.
bool Recording::index_fits(const ChunkHeader& header, std::uint64_t offset) const {
  return header.magic == recording::chunk_magic &&
         header.header_hash == recording::hash_before(header, header.header_hash) &&
         header.payload_bytes <= recording::most_payload && header.heap < recording::most_heaps &&
         header.count <= most_events && offset <= bytes_ && bytes_ - offset >= sizeof header &&
         bytes_ - offset - sizeof header >= header.payload_bytes &&
         header.first_event < std::uint64_t{1} << 48;
}

/// Finds the chunks by going from one to the next.
void Recording::scan() {
  std::vector<IndexEntry> entries;
  std::uint64_t offset = sizeof(recording::FileHeader);
  IndexEntry entry;
  while (read_chunk_header(offset, entry.header)) {
    entry.offset = offset;
    offset += sizeof entry.header + entry.header.payload_bytes;
    if (entry.header.type != static_cast<std::uint32_t>(ChunkType::index)) entries.push_back(entry);
  }
  damage_ = "it ends in the middle: all up to " + format_bytes(offset) + " of " +
            format_bytes(bytes_) + " is there";
  sort_chunks(entries);
}

void Recording::sort_chunks(const std::vector<IndexEntry>& entries) {
  for (const IndexEntry& entry : entries) take_chunk(entry);
  // Heaps whose process is not told are no use.
  heaps_.erase(std::remove_if(heaps_.begin(), heaps_.end(),
                              [](const Heap& heap) { return heap.facts.process == 0; }),
               heaps_.end());
}

void Recording::take_chunk(const IndexEntry& entry) {
  const auto type = static_cast<ChunkType>(entry.header.type);
  if (type == ChunkType::session || type == ChunkType::end) {
    if (const auto text = read_text(entry)) facts_ = session_from_json(*text);
    return;
  }
  const std::uint32_t number = entry.header.heap;
  if (type == ChunkType::process) {
    const auto text = read_text(entry);
    if (!text) return;
    if (number == heaps_.size()) heaps_.push_back({number, {}, {}, {}});
    if (number < heaps_.size()) heaps_[number].facts = process_from_json(*text);
    return;
  }
  if (number >= heaps_.size()) return;
  Heap& heap = heaps_[number];
  if (type == ChunkType::events && entry.header.first_event == heap.events() &&
      entry.header.count != 0) {
    heap.chunks.push_back(entry);
  } else if (type == ChunkType::keyframe && entry.header.first_event == heap.events()) {
    heap.keyframes.push_back(entry);
  }
}

// ---- Chunks ----

bool Recording::read_exactly(std::uint64_t offset, void* into, std::size_t bytes) const {
  auto* at = static_cast<std::byte*>(into);
  while (bytes != 0) {
    const ssize_t came = pread(file_, at, bytes, static_cast<off_t>(offset));
    if (came < 0 && errno == EINTR) continue;
    if (came <= 0) return false;
    at += came;
    offset += static_cast<std::uint64_t>(came);
    bytes -= static_cast<std::size_t>(came);
  }
  return true;
}

bool Recording::read_chunk_header(std::uint64_t offset, ChunkHeader& header) const {
  return offset < bytes_ && read_exactly(offset, &header, sizeof header) &&
         index_fits(header, offset);
}

bool Recording::read_payload(const IndexEntry& entry, std::vector<std::byte>& payload) const {
  payload.resize(entry.header.payload_bytes);
  return read_exactly(entry.offset + sizeof entry.header, payload.data(), payload.size()) &&
         recording::hash_of(payload) == entry.header.payload_hash;
}

std::optional<std::string> Recording::read_text(const IndexEntry& entry) const {
  std::vector<std::byte> payload;
  if (!read_payload(entry, payload)) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(payload.data()), payload.size());
}

bool Recording::read_events(const IndexEntry& entry, std::vector<Event>& events) const {
  std::vector<std::byte> payload;
  events.clear();
  return read_payload(entry, payload) && unpack_events(payload, entry.header.count, events);
}

// ---- Events ----

bool Recording::for_each_event(const Heap& heap, std::uint64_t from, std::uint64_t to,
                               const Visit& visit) const {
  std::vector<Event> events;
  const auto& chunks = heap.chunks;
  auto chunk = std::partition_point(chunks.begin(), chunks.end(), [from](const IndexEntry& entry) {
    return end_of(entry) <= from;
  });
  for (; chunk != chunks.end() && chunk->header.first_event < to; ++chunk) {
    const std::uint64_t first = chunk->header.first_event;
    if (!read_events(*chunk, events)) return false;
    const std::uint64_t count = std::min<std::uint64_t>(events.size(), to - first);
    if (!visit({events.data(), static_cast<std::size_t>(count)}, first)) return true;
  }
  return true;
}

std::optional<HeapPicture> Recording::picture_at(const Heap& heap, std::uint64_t position) const {
  HeapPicture picture;
  std::uint64_t at = 0;
  std::vector<Event> events;
  for (auto keyframe = heap.keyframes.rbegin(); keyframe != heap.keyframes.rend(); ++keyframe) {
    if (keyframe->header.first_event > position || !read_events(*keyframe, events)) continue;
    picture.apply_all(events);
    at = keyframe->header.first_event;
    break;
  }
  const bool whole =
      for_each_event(heap, at, position, [&](std::span<const Event> piece, std::uint64_t) {
        picture.apply_all(piece);
        return true;
      });
  if (!whole) return std::nullopt;
  return picture;
}

std::uint64_t Recording::position_at(const Heap& heap, std::uint64_t time) const {
  std::uint64_t position = 0;
  for (const IndexEntry& chunk : heap.chunks) {
    if (chunk.header.first_time > time) break;
    position = end_of(chunk);
    if (chunk.header.last_time <= time) continue;
    std::vector<Event> events;
    if (!read_events(chunk, events)) break;
    const auto after =
        std::upper_bound(events.begin(), events.end(), time,
                         [](std::uint64_t t, const Event& event) { return t < event.time; });
    return chunk.header.first_event + static_cast<std::uint64_t>(after - events.begin());
  }
  return position;
}

}  // namespace mh
