#include "app/streams/recorded_program.hpp"

#include <algorithm>
#include <utility>

#include "app/streams/recording_stream.hpp"
#include "app/streams/told_source.hpp"

namespace mh {

struct RecordedProgram::Reader {
  Reader(std::shared_ptr<const Recording> from, const Recording::Heap& heap,
         const Recorder::Options& options)
      : recording(std::move(from)),
        source(std::make_unique<RecordingStream>(*recording, heap)),
        recorder(source, options) {}

  std::shared_ptr<const Recording> recording;
  ToldSource source;
  Recorder recorder;
};

std::unique_ptr<RecordedProgram> RecordedProgram::open(const std::string& file,
                                                       std::size_t most_log_bytes,
                                                       std::string& error) {
  auto recording = Recording::open(file, error);
  if (recording == nullptr) return nullptr;
  if (recording->heaps().empty()) {
    error = file + " holds no heap: the program never called malloc";
    return nullptr;
  }
  return std::unique_ptr<RecordedProgram>(
      new RecordedProgram(std::move(recording), most_log_bytes));
}

std::string RecordedProgram::title() const {
  return in_one_line(recording_->facts().command);
}

std::string RecordedProgram::state() const {
  const auto& end = recording_->facts().end;
  std::string text = "recorded " + recording_->facts().started;
  if (!end) return text + ", cut off";
  if (end->signal != 0) return text + ", ended by signal " + std::to_string(end->signal);
  return text + ", ended with status " + std::to_string(end->status);
}

std::vector<ProgramHeap> RecordedProgram::heaps() {
  std::vector<ProgramHeap> list;
  list.reserve(recording_->heaps().size());
  for (const Recording::Heap& heap : recording_->heaps()) {
    list.push_back({list.size(), heap.facts.process, heap.facts.parent, heap.facts.title(), true,
                    heap.peak(), heap.events()});
  }
  return list;
}

/// Room for every event of the heap, and a chunk to end in.
std::size_t RecordedProgram::log_bytes(const Recording::Heap& heap) const {
  const std::uint64_t wanted =
      (heap.events() + 2 * EventLog::chunk_events) * std::uint64_t{sizeof(Event)};
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, most_log_bytes_));
}

std::shared_ptr<Recorder> RecordedProgram::recorder(std::size_t number) {
  if (number >= recording_->heaps().size()) return nullptr;
  if (reader_ == nullptr || read_ != number) {
    const Recording::Heap& heap = recording_->heaps()[number];
    reader_ =
        std::make_shared<Reader>(recording_, heap, Recorder::Options{.log_bytes = log_bytes(heap)});
    reader_->recorder.set_wake(wake_, wake_context_);
    read_ = number;
  }
  return {reader_, &reader_->recorder};
}

void RecordedProgram::set_wake(void (*wake)(void*), void* context) {
  wake_ = wake;
  wake_context_ = context;
  if (reader_ != nullptr) reader_->recorder.set_wake(wake, context);
}

}  // namespace mh
