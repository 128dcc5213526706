#pragma once
// Ctrl-C and SIGTERM as a question that long work asks now and then, so that it can end tidily.

#include <csignal>

namespace mh {

/// While there is one, SIGINT, SIGTERM and SIGHUP wait to be asked for. Made before any thread is;
/// programs that are started meanwhile take them as usual if they get mask_before().
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Whether one came; from then on always. Waits for one up to so long.
  [[nodiscard]] bool came(long wait_ms = 0);
  /// What came is heeded: from now on only another one counts.
  void heed();
  /// Whether one came, heeded or not.
  [[nodiscard]] bool ever_came() const { return number_ != 0 || heeded_ != 0; }
  /// What a shell expects of a program that a signal ended.
  [[nodiscard]] int exit_status() const { return 128 + (number_ != 0 ? number_ : heeded_); }
  [[nodiscard]] const sigset_t& mask_before() const { return before_; }

 private:
  sigset_t watched_{}, before_{};
  int number_ = 0, heeded_ = 0;
};

}  // namespace mh
