#pragma once
// A program whose heaps are looked at: one that runs, or one that was recorded.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/model/player.hpp"
#include "app/model/recorder.hpp"

namespace mh {

/// One of its processes, as a list shows it.
struct ProgramHeap {
  std::size_t number = 0;  ///< 0 is the program itself; those that it started follow as they came
  std::uint32_t process = 0, parent = 0;  ///< ids
  std::string title;                      ///< its command line
  bool ended = false;
  std::uint64_t in_use = 0;  ///< bytes that it asked for and did not free; of a recording the most
  std::uint64_t events = 0;
};

/// For one thread, the window's.
class Program {
 public:
  virtual ~Program() = default;
  [[nodiscard]] virtual std::string title() const = 0;  ///< its command line, or the file's name
  [[nodiscard]] virtual std::string state() const = 0;  ///< "running", "ended with status 0"
  [[nodiscard]] virtual bool running() const = 0;
  /// Live: it can be ended, and run again.
  [[nodiscard]] virtual bool live() const = 0;
  [[nodiscard]] virtual std::vector<ProgramHeap> heaps() = 0;
  /// What that heap did; nullptr: it is not kept any more.
  [[nodiscard]] virtual std::shared_ptr<Recorder> recorder(std::size_t number) = 0;
  /// Holds its calls. nullptr: they cannot be held.
  [[nodiscard]] virtual Player::Gate* gate(std::size_t number) = 0;
  /// Copies bytes of its memory as it is now; how many could be read.
  virtual std::size_t read_bytes(std::size_t number, std::uint64_t address,
                                 std::span<unsigned char> into) = 0;
  /// Asks it to end; the second time, ends it.
  virtual void end() = 0;
  /// An error sentence, or empty.
  virtual std::string run_again() = 0;
  /// Called when something new is to be seen, from any thread, at most some hundred times a second.
  virtual void set_wake(void (*wake)(void*), void* context) = 0;
};

}  // namespace mh
