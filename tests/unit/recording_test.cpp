// Recordings: what is written is read, whatever cuts it off is told, and any moment can be shown.
#include "app/streams/recording.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "app/streams/event_columns.hpp"
#include "app/streams/picture_events.hpp"
#include "app/streams/recording_stats.hpp"
#include "app/streams/recording_stream.hpp"
#include "app/streams/recording_writer.hpp"
#include "core/heap/break/program_break.hpp"
#include "core/heap/fast/fast_heap.hpp"

namespace mh {
namespace {

namespace fs = std::filesystem;

bool same(const Event& a, const Event& b) {
  return a.address == b.address && a.kind_bits == b.kind_bits && a.extra == b.extra &&
         a.size == b.size && a.time == b.time && a.more == b.more && a.thread == b.thread;
}

bool same(std::span<const Event> a, std::span<const Event> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Event& x, const Event& y) { return same(x, y); });
}

/// The events of a fast heap at work.
std::vector<Event> events_of_a_heap(unsigned calls) {
  Segment segment =
      Segment::anonymous({.slot_count = 2, .ring_records = 1U << 16, .patience_us = 0});
  segment.header().reader_attached.store(1);
  ReservedBreak memory(std::size_t{64} << 20);
  FastHeap heap(memory);
  heap.events().attach(segment);
  Merger merger(segment);
  std::vector<Event> events;
  std::mt19937 random(1);
  std::vector<void*> blocks(500);
  for (unsigned i = 0; i < calls; ++i) {
    void*& block = blocks[random() % blocks.size()];
    heap.release(block);
    block = heap.allocate(random() % 64 == 0 ? 200'000 : random() % 900 + 1);
    if (i % 1000 == 0) merger.poll(events);
  }
  while (merger.poll(events) != 0) {
  }
  heap.events().detach();
  return events;
}

std::vector<PictureBlock> blocks_of(const HeapPicture& picture) {
  std::vector<PictureBlock> blocks;
  picture.for_each(0, std::numeric_limits<std::uint64_t>::max(), [&](const PictureBlock& block) {
    blocks.push_back(block);
    return true;
  });
  return blocks;
}

void expect_same(const HeapPicture& a, const HeapPicture& b) {
  EXPECT_EQ(blocks_of(a), blocks_of(b));
  PictureTotals of_b = b.totals();
  of_b.allocs = a.totals().allocs;  // of what came before a keyframe they are not known
  of_b.frees = a.totals().frees;
  EXPECT_EQ(a.totals(), of_b);
}

class RecordingFileTest : public testing::Test {
 protected:
  RecordingFileTest()
      : path_((fs::temp_directory_path() / ("recording-" + std::to_string(getpid()) + ".mhr"))
                  .string()) {}
  ~RecordingFileTest() override { fs::remove(path_); }

  void write(const std::vector<Event>& events, bool finished = true) {
    RecordingFile file;
    ASSERT_EQ(file.create(path_), "");
    SessionFacts session;
    session.command = {"program", "with \"words\""};
    session.host = "here";
    file.write_chunk(recording::ChunkType::session, 0, to_json(session));
    ProcessFacts facts;
    facts.process = 42;
    facts.command = session.command;
    HeapTrack track(file, 0, facts);
    track.append(events);
    facts.threads = {{1, "main", true}, {2, "worker", false}};
    track.close(facts);
    session.end = ProgramEnd{3, 0};
    file.write_chunk(recording::ChunkType::end, 0, to_json(session));
    if (finished) file.finish();
    ASSERT_EQ(file.error(), "");
  }
  std::unique_ptr<Recording> open() {
    error_.clear();
    return Recording::open(path_, error_);
  }
  static std::vector<Event> read(const Recording& recording) {
    std::vector<Event> events;
    const Recording::Heap& heap = main_heap(recording);
    recording.for_each_event(heap, 0, heap.events(),
                             [&](std::span<const Event> piece, std::uint64_t first) {
                               EXPECT_EQ(first, events.size());
                               events.insert(events.end(), piece.begin(), piece.end());
                               return true;
                             });
    return events;
  }

  std::string path_;
  std::string error_;
};

TEST(EventColumns, AnyEventComesBack) {
  std::mt19937_64 random(7);
  std::vector<Event> events(3000);
  for (Event& event : events) {
    event.address = random() & 0xffff'ffff'ffffULL;
    event.kind_bits = (1 + random() % (static_cast<unsigned>(EventKind::count) - 1)) & 0x7f;
    event.extra = random() & 0xff;
    event.size = random();
    event.time = random() & ((std::uint64_t{1} << 47) - 1);
    event.more = random() & 1;
    event.thread = random() & 0xffff;
  }
  std::vector<std::byte> bytes;
  pack_events(events, bytes);
  std::vector<Event> back;
  ASSERT_TRUE(unpack_events(bytes, events.size(), back));
  EXPECT_TRUE(same(events, back));
  EXPECT_FALSE(unpack_events(bytes, events.size() - 1, back));
  EXPECT_FALSE(unpack_events(bytes, events.size() + 1, back));
  EXPECT_FALSE(unpack_events(std::span(bytes).first(bytes.size() - 1), events.size(), back));
  EXPECT_EQ(back.size(), events.size());
}

TEST(PictureEvents, MakeTheSamePicture) {
  HeapPicture picture;
  picture.apply_all(events_of_a_heap(20'000));
  ASSERT_EQ(picture.rejected(), 0U);
  std::vector<Event> events;
  describe_picture(picture, events);
  HeapPicture again;
  again.apply_all(events);
  EXPECT_EQ(again.rejected(), 0U);
  expect_same(picture, again);
}

TEST_F(RecordingFileTest, HoldsEveryEventAndWhoMadeThem) {
  const std::vector<Event> events = events_of_a_heap(60'000);
  write(events);
  const auto recording = open();
  ASSERT_NE(recording, nullptr) << error_;
  EXPECT_EQ(recording->damage(), "");
  EXPECT_TRUE(same(read(*recording), events));
  EXPECT_EQ(recording->facts().command[1], "with \"words\"");
  EXPECT_EQ(recording->facts().end->status, 3);
  const Recording::Heap& heap = main_heap(*recording);
  EXPECT_EQ(heap.facts.threads[1].name, "worker");
  EXPECT_EQ(heap_of_process(*recording, 42), &heap);
  EXPECT_EQ(heap_of_process(*recording, 43), nullptr);
  EXPECT_LT(recording->bytes(), 6 * events.size());
}

TEST_F(RecordingFileTest, IsAStreamThatEnds) {
  const std::vector<Event> events = events_of_a_heap(60'000);
  write(events);
  const auto recording = open();
  ASSERT_NE(recording, nullptr) << error_;
  RecordingStream stream(*recording, main_heap(*recording));
  std::vector<Event> came;
  std::size_t polls = 0;
  for (; !stream.ended(); ++polls) stream.poll(came, 1);
  EXPECT_GE(polls, events.size() / recording::events_in_chunk);
  EXPECT_TRUE(same(came, events));
  EXPECT_EQ(stream.poll(came, 1), 0U);
  EXPECT_EQ(stream.released_until_ns(), events.back().time);
  EXPECT_EQ(stream.threads().size(), 2U);
}

TEST_F(RecordingFileTest, ShowsAnyMoment) {
  std::vector<Event> events = events_of_a_heap(30'000);
  const std::size_t once = events.size();
  while (events.size() < 2'500'000) {  // beyond two keyframes: the heap begins anew each time
    events.insert(events.end(), events.begin(), events.begin() + static_cast<std::ptrdiff_t>(once));
  }
  write(events);
  const auto recording = open();
  ASSERT_NE(recording, nullptr) << error_;
  const Recording::Heap& heap = main_heap(*recording);
  EXPECT_GE(heap.keyframes.size(), 1U);
  for (const std::uint64_t position : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{40'000},
                                       std::uint64_t{1'400'000}, heap.events()}) {
    HeapPicture played;
    played.apply_all(std::span(events).first(position));
    const auto picture = recording->picture_at(heap, position);
    ASSERT_TRUE(picture);
    expect_same(*picture, played);
  }
  HeapPicture picture;
  std::uint64_t most = 0;
  std::uint64_t when = 0;
  for (std::size_t i = 0; i < once; ++i) {
    picture.apply(events[i]);
    if (events[i].more == 0 && picture.totals().requested > most) {
      most = picture.totals().requested;
      when = i + 1;
    }
  }
  EXPECT_EQ(heap.peak_position(), when);
  EXPECT_EQ(measure(*recording, heap, nullptr).peak.totals.requested, most);
}

TEST_F(RecordingFileTest, IsWholeUpToWhereItIsCutOff) {
  const std::vector<Event> events = events_of_a_heap(60'000);
  write(events);
  const auto whole = fs::file_size(path_);
  std::uint64_t fewer = events.size();
  for (unsigned cut = 1; cut < 16; ++cut) {
    fs::resize_file(path_, whole - whole * cut / 16);
    const auto recording = open();
    if (recording == nullptr) {
      EXPECT_NE(error_, "");
      continue;
    }
    EXPECT_NE(recording->damage().find("ends in the middle"), std::string::npos);
    const std::vector<Event> kept = read(*recording);
    EXPECT_LE(kept.size(), fewer);
    fewer = kept.size();
    EXPECT_TRUE(same(kept, std::span(events).first(kept.size())));
  }
  EXPECT_LT(fewer, events.size() / 8);
}

TEST_F(RecordingFileTest, WithoutItsIndexIsReadChunkByChunk) {
  const std::vector<Event> events = events_of_a_heap(60'000);
  write(events, false);
  const auto recording = open();
  ASSERT_NE(recording, nullptr) << error_;
  EXPECT_TRUE(same(read(*recording), events));
}

TEST_F(RecordingFileTest, AFlippedBitIsNoticed) {
  const std::vector<Event> events = events_of_a_heap(40'000);
  write(events);
  const auto bytes = fs::file_size(path_);
  std::mt19937 random(3);
  for (unsigned round = 0; round < 200; ++round) {
    const auto at = static_cast<std::streamoff>(random() % bytes);
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const int before = file.get();
    const auto flip = [&](int byte) {
      file.seekp(at);
      file.put(static_cast<char>(byte));
      file.flush();
    };
    flip(before ^ 1 << random() % 8);
    if (const auto recording = open(); recording != nullptr) {
      const std::vector<Event> kept = read(*recording);
      ASSERT_LE(kept.size(), events.size());
      EXPECT_TRUE(same(kept, std::span(events).first(kept.size()))) << "byte " << at;
    }
    flip(before);
  }
}

TEST_F(RecordingFileTest, SaysWhatElseAFileIs) {
  EXPECT_EQ(Recording::open("/no/such/file", error_), nullptr);
  EXPECT_NE(error_.find("No such file"), std::string::npos);
  EXPECT_EQ(Recording::open("/tmp", error_), nullptr);
  EXPECT_NE(error_.find("not a file"), std::string::npos);
  std::ofstream(path_) << "hello, this is some text";
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(error_.find("no recording"), std::string::npos);
  recording::FileHeader header;
  header.version = 9;
  std::ofstream(path_, std::ios::binary)
      .write(reinterpret_cast<const char*>(&header), sizeof header);
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(error_.find("newer MicroHeap"), std::string::npos);
  header.version = recording::file_version;
  std::ofstream(path_, std::ios::binary)
      .write(reinterpret_cast<const char*>(&header), sizeof header);
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(error_.find("cut off before anything"), std::string::npos);
}

}  // namespace
}  // namespace mh
