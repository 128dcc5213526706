#include "app/streams/recording_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "app/streams/event_columns.hpp"
#include "app/streams/picture_events.hpp"

namespace mh {

using recording::ChunkHeader;
using recording::ChunkType;

namespace {

constexpr std::uint64_t least_keyframe_interval = 1U << 20;  // events

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

// ---- The file ----

RecordingFile::~RecordingFile() {
  if (file_ >= 0) close(file_);
}

std::string RecordingFile::create(const std::string& path) {
  path_ = path;
  file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0) {
    fail();
    return error_;
  }
  const recording::FileHeader header;
  write(&header, sizeof header);
  return error_;
}

void RecordingFile::fail() {
  error_ = "cannot write " + path_ + ": " + std::strerror(errno);
}

void RecordingFile::write(const void* data, std::size_t bytes) {
  const auto* at = static_cast<const std::byte*>(data);
  while (bytes != 0 && error_.empty()) {
    const ssize_t written = ::write(file_, at, bytes);
    if (written < 0) {
      if (errno != EINTR) fail();
      continue;
    }
    at += written;
    bytes -= static_cast<std::size_t>(written);
    bytes_ += static_cast<std::uint64_t>(written);
  }
}

void RecordingFile::write_chunk(ChunkHeader header, std::span<const std::byte> payload) {
  if (!error_.empty()) return;
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  header.payload_hash = recording::hash_of(payload);
  header.header_hash = recording::hash_before(header, header.header_hash);
  index_.push_back({bytes_, header});
  // In one piece, so that a kill cuts between chunks where it can.
  std::vector<std::byte> whole(sizeof header + payload.size());
  std::memcpy(whole.data(), &header, sizeof header);
  std::copy(payload.begin(), payload.end(), whole.begin() + sizeof header);
  write(whole.data(), whole.size());
}

void RecordingFile::write_chunk(ChunkType type, std::uint32_t heap, const std::string& text) {
  ChunkHeader header;
  header.type = static_cast<std::uint32_t>(type);
  header.heap = heap;
  write_chunk(header, bytes_of(text));
}

void RecordingFile::finish() {
  if (file_ < 0) return;
  const std::vector<recording::IndexEntry> index = std::move(index_);
  recording::Footer footer;
  footer.index_offset = bytes_;
  footer.hash = recording::hash_before(footer, footer.hash);
  ChunkHeader header;
  header.type = static_cast<std::uint32_t>(ChunkType::index);
  header.count = static_cast<std::uint32_t>(index.size());
  write_chunk(header, std::as_bytes(std::span(index)));
  write(&footer, sizeof footer);
  if (close(std::exchange(file_, -1)) != 0 && error_.empty()) fail();
}

// ---- A heap ----

HeapTrack::HeapTrack(RecordingFile& file, std::uint32_t number, ProcessFacts facts)
    : file_(file),
      number_(number),
      facts_(std::move(facts)),
      picture_(std::make_unique<HeapPicture>()) {
  file_.write_chunk(ChunkType::process, number_, to_json(facts_));
}

void HeapTrack::append(std::span<const Event> events) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    picture_->look_ahead(events, i);
    const Event& event = events[i];
    picture_->apply(event);
    if (gathered_.empty()) next_.first_time = event.time;
    gathered_.push_back(event);
    ++events_;
    const std::uint64_t in_use = picture_->totals().requested;
    if (in_use > next_.peak && event.more == 0) {
      next_.peak = in_use;
      next_.peak_event = events_;
    }
    // A call is in one chunk, unless it is longer than two.
    const bool full = gathered_.size() >= recording::events_in_chunk;
    if (full && (event.more == 0 || gathered_.size() >= 2 * recording::events_in_chunk)) {
      write_chunk();
    }
  }
  facts_.rejected = picture_->rejected();
}

void HeapTrack::flush() {
  if (!gathered_.empty()) write_chunk();
}

void HeapTrack::close(const ProcessFacts& facts) {
  flush();
  facts_ = facts;
  facts_.rejected = picture_->rejected();
  file_.write_chunk(ChunkType::process, number_, to_json(facts_));
  picture_.reset();
  gathered_ = {};
}

void HeapTrack::write_chunk() {
  next_.type = static_cast<std::uint32_t>(ChunkType::events);
  next_.heap = number_;
  next_.count = static_cast<std::uint32_t>(gathered_.size());
  next_.first_event = events_ - gathered_.size();
  next_.last_time = gathered_.back().time;
  std::vector<std::byte> payload;
  pack_events(gathered_, payload);
  file_.write_chunk(next_, payload);
  peak_ = std::max(peak_, next_.peak);
  since_keyframe_ += gathered_.size();
  const bool whole = gathered_.back().more == 0;
  gathered_.clear();
  next_ = {};
  // In proportion to what a keyframe takes, so that all of them take no more than the events.
  const PictureTotals& totals = picture_->totals();
  const std::uint64_t blocks = totals.used_blocks + totals.free_blocks;
  if (whole && since_keyframe_ >= std::max(least_keyframe_interval, 4 * blocks)) write_keyframe();
}

void HeapTrack::write_keyframe() {
  since_keyframe_ = 0;
  std::vector<Event> events;
  describe_picture(*picture_, events);
  std::vector<std::byte> payload;
  pack_events(events, payload);
  if (payload.size() > recording::most_payload) return;
  ChunkHeader header;
  header.type = static_cast<std::uint32_t>(ChunkType::keyframe);
  header.heap = number_;
  header.count = static_cast<std::uint32_t>(events.size());
  header.first_event = events_;
  header.first_time = header.last_time = picture_->time();
  file_.write_chunk(header, payload);
}

}  // namespace mh
