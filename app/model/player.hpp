#pragma once
// The playhead: everything on the screen is a function of (log, playhead).

#include <cstdint>
#include <optional>

#include "app/model/recorder.hpp"

namespace mh {

/// Position p shows the heap after the first p events. Live means that the position follows the end.
/// In the past, playing moves the playhead; at the end, speed and pause gate the source (see LiveGate).
class Player {
 public:
  explicit Player(Recorder& recorder);

  /// Moves on by the time that passed, seconds; brings picture() to the playhead. Returns true if
  /// what is to be shown changed.
  bool advance(double seconds);

  [[nodiscard]] bool live() const;
  [[nodiscard]] bool paused() const;
  [[nodiscard]] std::uint64_t position() const;
  void go_live();
  void pause();     ///< live: the gate closes (see set_gate); past: the playhead stops
  void resume();
  void step(int calls);  ///< by calls of the allocator: +1, -1. At the end, +1 lets the source do one more
  void seek(std::uint64_t position);   ///< goes to the past, paused; the end if position is beyond
  void seek_time(std::uint64_t ns);
  void set_speed(double events_per_second);  ///< infinity: as fast as it goes
  [[nodiscard]] double speed() const;
  void reset();  ///< after Recorder::clear()

  /// What the player asks of the source at the end of the log.
  class Gate {
   public:
    virtual ~Gate() = default;
    virtual void set_open(bool open) = 0;
    virtual void let_through(unsigned calls) = 0;          ///< while closed
    virtual void set_limit(double calls_per_second) = 0;   ///< infinity: none
  };
  void set_gate(Gate* gate);

  /// The picture at the playhead, with the reader held still: live, the recorder's own; past, this player's.
  class View {
   public:
    [[nodiscard]] const HeapPicture& picture() const;
    [[nodiscard]] const EventLog& log() const;
    [[nodiscard]] const History& history() const;
    [[nodiscard]] const std::vector<ThreadInfo>& threads() const;
    [[nodiscard]] std::uint64_t position() const;
    [[nodiscard]] std::uint64_t time() const;  ///< ns, at the playhead
  };
  [[nodiscard]] View view();
};

}  // namespace mh
