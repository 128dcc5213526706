#pragma once
// What every host needs: a lab on a heap, its recorder and player, and perhaps a script that drives
// them.

#include <memory>
#include <optional>
#include <string>

#include "app/command_line.hpp"
#include "app/model/player.hpp"
#include "app/model/recorder.hpp"
#include "app/model/settings.hpp"
#include "app/sources/lab.hpp"
#include "app/sources/scenario_runner.hpp"
#include "app/views/studio.hpp"

namespace mh {

/// Needs a current OpenGL context for its whole life: the studio's passes do.
class LabSession {
 public:
  /// policy: of the heap from the start on.
  LabSession(EngineHeap& heap, const StudioState& state, std::size_t log_bytes,
             const mh_policy& policy);
  ~LabSession();
  LabSession(const LabSession&) = delete;
  LabSession& operator=(const LabSession&) = delete;

  /// Runs a script from the next advance_script() on.
  void run(Scenario script);
  /// Lets the script go on. False once there is none, or it ended.
  bool advance_script();
  [[nodiscard]] const std::string& script_error() const;

  [[nodiscard]] Lab& lab() { return lab_; }
  [[nodiscard]] Recorder& recorder() { return recorder_; }
  [[nodiscard]] Player& player() { return player_; }
  [[nodiscard]] Studio& studio() { return studio_; }

 private:
  Lab lab_;
  Recorder recorder_;
  Player player_;
  Studio studio_;
  std::optional<ScenarioRunner> runner_;
  std::string no_error_;
};

/// The script, understood as a whole; nullopt after an error was said on stderr: leave with
/// status 2.
[[nodiscard]] std::optional<Scenario> read_script(const std::string& file);

/// The window's state as settings and command line want it.
[[nodiscard]] StudioState initial_state(const Settings& settings, const LookOptions& look,
                                        const std::optional<Workload>& workload);

/// What the engine begins with: the words of the command line on top of the settings, or, so that a
/// script does the same everywhere, of the default when one is to run.
[[nodiscard]] mh_policy initial_policy(const Settings& settings, const std::string& words,
                                       bool scripted);

/// A name that is not taken: "microheap-20260131-154501.png" in a directory, with "-2" if need be.
[[nodiscard]] std::string new_picture_name(const std::string& directory,
                                           const std::string& ending = ".png");

/// CPU time of the calling thread, ms.
[[nodiscard]] double thread_cpu_ms();

}  // namespace mh
