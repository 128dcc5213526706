#pragma once
// A program that runs on the drop-in malloc, with a reader for the heap of each of its processes.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/streams/program.hpp"
#include "app/streams/recording_facts.hpp"
#include "app/streams/segment_stream.hpp"
#include "app/streams/watch_session.hpp"

namespace mh {

class WatchedProgram final : public Program {
 public:
  struct Options {
    std::vector<std::string> command;
    std::size_t log_bytes = std::size_t{256} << 20;  ///< for each heap
    std::size_t all_bytes = std::size_t{1} << 30;    ///< for all that ended: the oldest are let go
  };
  /// nullptr, and a sentence in error, if the program cannot be watched or started. advice: what
  /// its user may want to know; empty: nothing.
  static std::unique_ptr<WatchedProgram> start(Options options, std::string& error,
                                               std::string& advice);
  /// The program goes on, unwatched, at full speed.
  ~WatchedProgram() override;
  WatchedProgram(const WatchedProgram&) = delete;
  WatchedProgram& operator=(const WatchedProgram&) = delete;

  [[nodiscard]] std::string title() const override;
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] bool running() const override;
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] std::vector<ProgramHeap> heaps() override;
  [[nodiscard]] std::shared_ptr<Recorder> recorder(std::size_t number) override;
  [[nodiscard]] Player::Gate* gate(std::size_t number) override;
  std::size_t read_bytes(std::size_t number, std::uint64_t address,
                         std::span<unsigned char> into) override;
  void end() override;
  std::string run_again() override;
  void set_wake(void (*waker)(void*), void* context) override;

  /// Lets the program go on, unwatched, at full speed, and waits for its end. The status of a
  /// shell: 128 + signal if one ended it.
  int let_go();

 private:
  struct Reader;
  struct Watched {
    ProcessFacts facts;
    std::shared_ptr<Reader> reader;        ///< null: let go
    std::uint64_t in_use = 0, events = 0;  ///< when it was let go
  };

  explicit WatchedProgram(Options options) : options_(std::move(options)) {}
  /// An error sentence, and all is as it was; or empty.
  std::string launch_program();
  void stop_meeting();
  void meet();
  void welcome(std::unique_ptr<SegmentStream> stream);
  void look_for_the_end();
  void let_old_ones_go();
  void wake() const;

  Options options_;
  std::string file_, library_;
  std::unique_ptr<WatchSession> session_;
  std::thread thread_;  ///< meets who comes
  std::atomic<bool> stopping_{false};

  mutable std::mutex mutex_;  ///< guards what follows
  std::deque<Watched> heaps_;
  int process_ = 0;
  std::optional<ProgramEnd> end_;
  bool asked_to_end_ = false;
  void (*wake_)(void*) = nullptr;
  void* wake_context_ = nullptr;
};

}  // namespace mh
