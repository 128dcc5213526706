#pragma once
// A program that was recorded, out of its file.

#include <memory>
#include <string>
#include <vector>

#include "app/streams/program.hpp"
#include "app/streams/recording.hpp"

namespace mh {

class RecordedProgram final : public Program {
 public:
  /// most_log_bytes: of the events of one heap that are held in memory; the first of more are left
  /// out. nullptr, and a sentence in error, if the file is no recording.
  static std::unique_ptr<RecordedProgram> open(const std::string& file, std::size_t most_log_bytes,
                                               std::string& error);

  /// What the user should know of the file; empty: nothing.
  [[nodiscard]] const std::string& damage() const { return recording_->damage(); }
  [[nodiscard]] std::string title() const override;
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] bool running() const override { return false; }
  [[nodiscard]] bool live() const override { return false; }
  [[nodiscard]] std::vector<ProgramHeap> heaps() override;
  /// Begins to read that heap; the one that was read before is let go, if nobody shows it.
  [[nodiscard]] std::shared_ptr<Recorder> recorder(std::size_t number) override;
  [[nodiscard]] Player::Gate* gate(std::size_t /*number*/) override { return nullptr; }
  std::size_t read_bytes(std::size_t /*number*/, std::uint64_t /*address*/,
                         std::span<unsigned char> /*into*/) override {
    return 0;
  }
  void end() override {}
  std::string run_again() override { return "a recording does not run again"; }
  void set_wake(void (*wake)(void*), void* context) override;

 private:
  struct Reader;
  RecordedProgram(std::unique_ptr<Recording> recording, std::size_t most_log_bytes)
      : recording_(std::move(recording)), most_log_bytes_(most_log_bytes) {}
  [[nodiscard]] std::size_t log_bytes(const Recording::Heap& heap) const;

  std::shared_ptr<const Recording> recording_;
  std::size_t most_log_bytes_;
  std::shared_ptr<Reader> reader_;
  std::size_t read_ = 0;  ///< the number of the heap that reader_ reads
  void (*wake_)(void*) = nullptr;
  void* wake_context_ = nullptr;
};

}  // namespace mh
