#pragma once
// Writes a recording, chunk by chunk.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/model/heap_picture.hpp"
#include "app/streams/recording_facts.hpp"
#include "app/streams/recording_format.hpp"
#include "core/events/event.hpp"

namespace mh {

/// The file. Once something could not be written nothing more is: it stays whole up to there.
class RecordingFile {
 public:
  RecordingFile() = default;
  ~RecordingFile();
  RecordingFile(const RecordingFile&) = delete;
  RecordingFile& operator=(const RecordingFile&) = delete;

  /// Begins a new recording in the place of what the file held. An error sentence, or empty.
  std::string create(const std::string& path);
  /// header: all but what is known of the payload.
  void write_chunk(recording::ChunkHeader header, std::span<const std::byte> payload);
  void write_chunk(recording::ChunkType type, std::uint32_t heap, const std::string& text);
  /// Writes the index and closes the file.
  void finish();
  /// What went wrong, or empty.
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  void write(const void* data, std::size_t bytes);
  void fail();

  int file_ = -1;
  std::string path_;
  std::string error_;
  std::uint64_t bytes_ = 0;
  std::vector<recording::IndexEntry> index_;
};

/// One heap of a recording: takes its events, keeps its newest picture, and writes both.
class HeapTrack {
 public:
  HeapTrack(RecordingFile& file, std::uint32_t number, ProcessFacts facts);

  void append(std::span<const Event> events);
  /// Writes what has gathered, however little it is.
  void flush();
  /// Nothing more will come: writes the rest, and says again who it is, for now threads and losses
  /// are known. The picture goes.
  void close(const ProcessFacts& facts);

  [[nodiscard]] const ProcessFacts& facts() const { return facts_; }
  [[nodiscard]] const HeapPicture& picture() const { return *picture_; }  ///< before close()
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t peak() const { return peak_; }  ///< bytes in use

 private:
  void write_chunk();
  void write_keyframe();

  RecordingFile& file_;
  std::uint32_t number_;
  ProcessFacts facts_;
  std::unique_ptr<HeapPicture> picture_;
  std::vector<Event> gathered_;
  recording::ChunkHeader next_;  ///< of what has gathered
  std::uint64_t events_ = 0;
  std::uint64_t peak_ = 0;
  std::uint64_t since_keyframe_ = 0;  ///< events
};

}  // namespace mh
