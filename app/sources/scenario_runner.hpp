#pragma once
// Runs a scenario on the lab, a little at every frame.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/model/player.hpp"
#include "app/model/recorder.hpp"
#include "app/sources/lab.hpp"
#include "app/sources/scenario.hpp"
#include "app/sources/stage.hpp"

namespace mh {

/// Stops at the first error. Everything referred to must outlive the runner.
class ScenarioRunner {
 public:
  /// Is told of each statement, in the runner's thread.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void before(const Statement& statement) = 0;
    /// It worked.
    virtual void after(const Statement& statement) = 0;
  };
  /// nullptr: nobody is told. May throw; that becomes an error of the statement.
  void set_observer(Observer* observer) { observer_ = observer; }

  ScenarioRunner(Scenario scenario, Lab& lab, Player& player, Recorder& recorder, Stage& stage);

  /// Runs statements until one has to wait, the script ends, or a few ms are over. Call it every
  /// frame, without holding the reader. True: there is more to do.
  bool advance();

  [[nodiscard]] bool finished() const { return finished_; }  ///< to the end, without an error
  [[nodiscard]] bool failed() const { return !error_.empty(); }
  /// "FILE:LINE: expected ..., found ..."; empty if nothing went wrong.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct Execute;  // one overload for each kind of statement

  [[nodiscard]] bool waiting() const;
  /// A statement that has to do with blocks: the name must be of a live one.
  [[nodiscard]] std::uint64_t block(const std::string& name) const;
  [[nodiscard]] std::uint64_t block_or_hole(const std::string& name) const;
  [[nodiscard]] bool is_null(const std::string& name) const;
  Lab::Outcome by_thread(const std::function<Lab::Outcome()>& call);
  void allocate(const std::string& name, const std::function<Lab::Outcome()>& call);
  void take_result(const std::string& name, const Lab::Outcome& outcome);
  void needs_known(const std::string& name) const;
  /// The same, but not of a pool's.
  [[nodiscard]] std::uint64_t own_block(const std::string& name) const;
  void needs_a_new_name(const std::string& name) const;
  void needs_the_end() const;
  void remember_place(const std::string& name);
  const mh_block& last_place(const std::string& name) const;
  void expect_error(mh_error expected);
  /// What worked is told only if the heap noticed an error, or always.
  enum class Say { errors, always };
  void check(const Lab::Outcome& outcome, Say say = Say::errors) const;
  void catch_up();
  void stop_waiting();
  [[noreturn]] void fail(const std::string& what) const;

  void expect_failure(const statement::ExpectFailure& call);
  void expect_part(const statement::ExpectPart& expected) const;

  Scenario scenario_;
  Lab& lab_;
  Player& player_;
  Recorder& recorder_;
  Stage& stage_;
  std::size_t next_ = 0;
  unsigned thread_ = 0;  ///< that makes the calls; 0: "you"
  std::set<std::string> known_names_;
  std::set<std::string> null_names_;            ///< those that the last call gave NULL
  std::map<std::string, mh_block> last_place_;  ///< of each name, as it was last in use
  Observer* observer_ = nullptr;
  std::uint64_t errors_from_ = 0;  ///< the first event whose error no statement has expected yet
  std::vector<mh_error> found_;    ///< by `check`, and not expected yet
  // What the last statement waits for; monotonic_ns().
  std::uint64_t wait_until_ns_ = 0;
  std::uint64_t steps_until_ns_ = 0;  ///< the workers get that long to do the steps asked of them
  std::uint64_t steps_done_at_ = 0;   ///< operations of the workload after them
  bool wait_for_workload_ = false;
  bool finished_ = false;
  std::string error_;
};

}  // namespace mh
