#pragma once
// The playhead: everything on the screen is a function of (log, playhead).

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "app/model/recorder.hpp"

namespace mh {

/// Position p shows the heap after the first p events. Live means that the position follows the
/// end. In the past, playing moves the playhead; at the end, speed and pause gate the source.
///
///   in      call          leads to               the gate
///   ------  ------------  ---------------------  -----------------------------------
///   live    pause         live, paused           closes
///           resume        live                   opens
///           step(+n)      live, paused           closed, lets n calls through
///           step(-n)      past, paused           closes
///           seek(p)       past, paused           stays: a running workload runs on
///   past    pause         past, paused           stays
///           resume        past, playing          stays
///           step, seek    past, paused           stays
///           ... at end    live, paused if the gate is closed
///           playing, end  live                   opens
///           go_live       live                   opens
///
/// Live and paused is the same as live with the gate closed. Going from the live end to a position
/// beyond it changes nothing. What the log drops under the playhead moves it up to the oldest
/// position. For one thread, the window's.
class Player {
 public:
  explicit Player(Recorder& recorder);

  /// Moves on by the time that passed, seconds; brings picture() to the playhead. Returns true if
  /// what is to be shown changed. In the past it takes at most about 8 ms, and goes on the next
  /// time.
  bool advance(double seconds);

  [[nodiscard]] bool live() const { return live_; }
  [[nodiscard]] bool paused() const { return paused_; }
  [[nodiscard]] std::uint64_t position() const { return live_ ? recorder_.end() : position_; }
  void go_live();
  void pause();
  void resume();
  void step(int calls);  ///< by calls of the allocator: +1, -1. At the end, +1 lets the source do
                         ///< one more
  void seek(std::uint64_t position);         ///< to the end of the call that position is in
  void seek_time(std::uint64_t ns);          ///< what happened until then has happened
  void set_speed(double events_per_second);  ///< calls per second; infinity: as fast as it goes
  [[nodiscard]] double speed() const { return speed_; }
  void reset();  ///< after Recorder::clear(): live, the gate stays

  /// What the player asks of the source at the end of the log.
  class Gate {
   public:
    virtual ~Gate() = default;
    virtual void set_open(bool open) = 0;
    virtual void let_through(unsigned calls) = 0;         ///< while closed
    virtual void set_limit(double calls_per_second) = 0;  ///< infinity: none
  };
  /// Tells gate whether to be open and the limit, now and from now on. Null: nobody is told.
  void set_gate(Gate* gate);

  /// The picture at the playhead, with the reader held still: live, the recorder's own; past, this
  /// player's. Valid until the player moves.
  class View {
   public:
    [[nodiscard]] const HeapPicture& picture() const { return past_ ? *past_ : reading_.picture(); }
    [[nodiscard]] const EventLog& log() const { return reading_.log(); }
    [[nodiscard]] const History& history() const { return reading_.history(); }
    [[nodiscard]] const ErrorList& errors() const { return reading_.errors(); }
    [[nodiscard]] const std::vector<ThreadInfo>& threads() const { return reading_.threads(); }
    [[nodiscard]] std::uint64_t position() const { return position_; }
    [[nodiscard]] std::uint64_t time() const { return picture().time(); }  ///< ns, at the playhead
    [[nodiscard]] std::uint64_t oldest_position() const { return reading_.oldest_position(); }
    /// As Recorder::Reading::keyframe().
    [[nodiscard]] std::pair<std::uint64_t, HeapPicture> keyframe(std::uint64_t position) const {
      return reading_.keyframe(position);
    }

   private:
    friend class Player;
    View(Recorder::Reading reading, const HeapPicture* past, std::uint64_t position)
        : reading_(std::move(reading)), past_(past), position_(position) {}
    Recorder::Reading reading_;
    const HeapPicture* past_;  ///< null: live
    std::uint64_t position_;
  };
  [[nodiscard]] View view();

 private:
  /// A picture, and the number of the event it is before.
  struct Bookmark {
    std::uint64_t position = 0;
    HeapPicture picture;
  };

  void set_gate_open(bool open);
  void enter_past(std::uint64_t position);
  void arrive_at_end();
  void play(double seconds);
  std::uint64_t forward_by_calls(const EventLog& log, std::uint64_t from,
                                 std::uint64_t calls) const;
  Recorder::Reading catch_up();
  bool replay_some(const Recorder::Reading& reading, bool leave_bookmarks);
  void start_from_nearest(const Recorder::Reading& reading);
  [[nodiscard]] std::uint64_t next_bookmark() const;
  void leave_bookmark();

  Recorder& recorder_;
  Gate* gate_ = nullptr;
  bool gate_open_ = true;
  bool live_ = true;
  bool paused_ = false;
  double speed_ = std::numeric_limits<double>::infinity();
  double owed_calls_ = 0;  ///< the fraction of a call that playing is behind

  std::uint64_t position_ = 0;       ///< in the past
  std::optional<Bookmark> shown_;    ///< the picture of the past; on its way to position_
  std::vector<Bookmark> bookmarks_;  ///< ascending; pictures of other positions, to start from

  // What the last advance() left on the screen.
  bool seen_live_ = true;
  bool seen_paused_ = false;
  std::uint64_t seen_position_ = ~std::uint64_t{0};
};

}  // namespace mh
