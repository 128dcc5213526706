#include "app/streams/record.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "app/model/format.hpp"
#include "app/streams/launch.hpp"
#include "app/streams/recording_writer.hpp"
#include "app/streams/segment_stream.hpp"
#include "app/streams/watch_session.hpp"
#include "core/events/clock.hpp"

namespace mh {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t ms = 1'000'000;  // ns
constexpr std::size_t poll_events = 1U << 16;
constexpr std::uint64_t flush_interval_ns = 1000 * ms;  // a kill loses no more than that
constexpr std::uint64_t shown_interval_ns = 250 * ms;
constexpr std::uint64_t told_interval_ns = 10'000 * ms;  // where stderr is no terminal
constexpr std::uint64_t last_patience_ns = 2'000 * ms;   // for what the program said last

std::string plural(std::uint64_t count, const std::string& noun) {
  return format_count(count) + " " + noun + (count == 1 ? "" : "s");
}

SessionFacts facts_now(const RecordOptions& options) {
  SessionFacts facts;
  facts.command = options.command;
  facts.version = options.version;
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) == 0) facts.host = host.data();
  utsname system{};
  if (uname(&system) == 0) {
    facts.system = std::string(system.sysname) + " " + system.release + " " + system.machine;
  }
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &local);
  facts.started = text.data();
  return facts;
}

/// The signals that the terminal and others send us while the program runs.
class Signals {
 public:
  Signals() {
    sigset_t ours;
    sigemptyset(&ours);
    for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD})
      sigaddset(&ours, signal);
    sigprocmask(SIG_BLOCK, &ours, &before_);
    file_ = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
  }
  ~Signals() {
    if (file_ >= 0) close(file_);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  [[nodiscard]] const sigset_t& before() const { return before_; }
  /// Waits for at most that long, and hands the program what was meant for it. What the terminal
  /// sends it gets by itself.
  void wait(std::uint64_t ns, int program) const {
    pollfd watched{file_, POLLIN, 0};
    const timespec timeout{0, static_cast<long>(ns)};
    if (ppoll(&watched, 1, &timeout, nullptr) <= 0) return;
    signalfd_siginfo info{};
    while (read(file_, &info, sizeof info) == sizeof info) {
      const int signal = static_cast<int>(info.ssi_signo);
      const bool from_terminal = info.ssi_code == SI_KERNEL;
      if (signal != SIGCHLD && signal != SIGPIPE && !from_terminal) kill(program, signal);
    }
  }

 private:
  sigset_t before_{};
  int file_ = -1;
};

class Run {
 public:
  explicit Run(const RecordOptions& options)
      : options_(options), shows_(isatty(STDERR_FILENO) != 0 && !options.quiet) {}

  int run() {
    if (const std::string problem = prepare(); !problem.empty()) {
      std::fprintf(stderr, "microheap: %s\n", problem.c_str());
      return 2;
    }
    watch();
    finish();
    return facts_.end->shell_status();
  }

 private:
  struct Watched {
    std::unique_ptr<SegmentStream> stream;
    std::unique_ptr<HeapTrack> track;
    std::size_t threads_told = 0;
  };

  std::string prepare() {
    const ProgramCheck check = check_program(options_.command.front());
    if (!check.problem.empty()) return check.problem;
    const std::string library = find_preload_library();
    std::string error = library_problem(library);
    if (!error.empty()) return error;
    session_ = WatchSession::create(error);
    if (session_ == nullptr) return error;
    if (error = file_.create(options_.output); !error.empty()) return error;
    facts_ = facts_now(options_);
    file_.write_chunk(recording::ChunkType::session, 0, to_json(facts_));
    if (!check.advice.empty() && !options_.quiet) {
      std::fprintf(stderr, "microheap: %s\n", check.advice.c_str());
    }
    began_ns_ = monotonic_ns();
    const Launched program = launch(check.file, options_.command, library,
                                    session_->address().text().data(), signals_.before());
    if (program.process == 0 && fs::is_regular_file(options_.output)) {
      unlink(options_.output.c_str());
    }
    program_ = program.process;
    return program.error;
  }

  void watch() {
    std::uint64_t ended_ns = 0;
    while (true) {
      const std::uint64_t now = monotonic_ns();
      const std::size_t came = take_turn();
      tell_if_due(now);
      if (!facts_.end) look_for_the_end();
      if (facts_.end) {
        if (ended_ns == 0) ended_ns = now;
        if (program_is_told() || now - ended_ns > last_patience_ns) break;
      }
      if (now - flushed_ns_ > flush_interval_ns) {
        for (Watched& heap : heaps_) heap.track->flush();
        flushed_ns_ = now;
      }
      if (came < poll_events / 8) signals_.wait(ms, program_);
    }
  }

  /// Reads what all processes said; how many events.
  std::size_t take_turn() {
    std::vector<std::unique_ptr<SegmentStream>> came;
    session_->meet(came);
    for (auto& stream : came) welcome(std::move(stream));
    std::size_t events = 0;
    for (Watched& heap : heaps_) {
      if (heap.stream == nullptr) continue;
      events_.clear();
      events += heap.stream->poll(events_, poll_events);
      heap.track->append(events_);
      if (heap.stream->ended()) say_goodbye(heap);
    }
    if (!file_.error().empty() && !told_error_) {
      told_error_ = true;
      clear_line();
      std::fprintf(stderr, "microheap: %s. The recording ends here; the program goes on.\n",
                   file_.error().c_str());
    }
    return events;
  }

  void welcome(std::unique_ptr<SegmentStream> stream) {
    ProcessFacts facts = stream->process();
    facts.began_ns = stream->began_ns() - std::min(stream->began_ns(), began_ns_);
    // Another program runs in a process that we know.
    for (Watched& heap : heaps_) {
      if (heap.stream != nullptr && heap.stream->process().process == facts.process) {
        heap.stream->set_writers_gone();
      }
    }
    const auto number = static_cast<std::uint32_t>(heaps_.size());
    heaps_.push_back(
        {std::move(stream), std::make_unique<HeapTrack>(file_, number, std::move(facts))});
  }

  /// Writes all that is left of a heap.
  static void say_goodbye(Watched& heap) {
    ProcessFacts facts = heap.track->facts();
    facts.threads = heap.stream->threads();
    facts.lost = heap.stream->lost();
    facts.ended = heap.stream->ended();
    heap.track->close(facts);
    heap.stream->listen(false);
    heap.stream.reset();
  }

  void look_for_the_end() {
    int status = 0;
    if (waitpid(program_, &status, WNOHANG) != program_) return;
    facts_.end.emplace();
    if (WIFSIGNALED(status)) {
      facts_.end->signal = WTERMSIG(status);
    } else {
      facts_.end->status = WEXITSTATUS(status);
    }
    facts_.duration_ns = monotonic_ns() - began_ns_;
    for (Watched& heap : heaps_) {
      if (heap.stream != nullptr &&
          heap.stream->process().process == static_cast<std::uint32_t>(program_)) {
        heap.stream->set_writers_gone();
      }
    }
  }

  /// All that the program itself said is in the file.
  [[nodiscard]] bool program_is_told() const {
    return std::none_of(heaps_.begin(), heaps_.end(), [&](const Watched& heap) {
      return heap.stream != nullptr &&
             heap.stream->process().process == static_cast<std::uint32_t>(program_);
    });
  }

  void finish() {
    session_->close_doors();
    take_turn();
    std::size_t running = 0;
    for (Watched& heap : heaps_) {
      if (heap.stream == nullptr) continue;
      if (!heap.stream->ended()) ++running;
      say_goodbye(heap);
    }
    facts_.missed = session_->missed();
    file_.write_chunk(recording::ChunkType::end, 0, to_json(facts_));
    file_.finish();
    clear_line();
    summarise(running);
  }

  struct Sums {
    std::uint64_t events = 0, in_use = 0, lost = 0;
  };
  [[nodiscard]] Sums sums() const {
    Sums sums;
    for (const Watched& heap : heaps_) {
      sums.events += heap.track->events();
      sums.lost += heap.stream != nullptr ? heap.stream->lost() : heap.track->facts().lost;
      if (heap.stream != nullptr) sums.in_use += heap.track->picture().totals().requested;
    }
    return sums;
  }

  void clear_line() {
    if (line_shown_) std::fputs("\r\033[K", stderr);
    line_shown_ = false;
  }

  void tell_if_due(std::uint64_t now) {
    if (options_.quiet || now - told_ns_ < (shows_ ? shown_interval_ns : told_interval_ns)) return;
    if (told_ns_ != 0) {
      const Sums now_sums = sums();
      const std::string line =
          format_time(now - began_ns_) + "  " + plural(now_sums.events, "event") + "  " +
          format_bytes(now_sums.in_use) + " in use  " + format_bytes(file_.bytes()) + " written";
      clear_line();
      std::fprintf(stderr, shows_ ? "microheap: %s" : "microheap: %s\n", line.c_str());
      std::fflush(stderr);
      line_shown_ = shows_;
    }
    told_ns_ = now;
  }

  void summarise(std::size_t running) const {
    const Sums all = sums();
    if (heaps_.empty()) {
      std::fprintf(
          stderr,
          "microheap: the program never called malloc of the drop-in: nothing is recorded. "
          "Did something take LD_PRELOAD or MICROHEAP_SESSION out of its environment?\n");
    } else if (!options_.quiet) {
      const double each =
          all.events == 0 ? 0
                          : static_cast<double>(file_.bytes()) / static_cast<double>(all.events);
      std::fprintf(stderr, "microheap: %s: %s in %s, %s of %s (%.1f bytes an event)\n",
                   options_.output.c_str(), plural(all.events, "event").c_str(),
                   format_duration(facts_.duration_ns).c_str(),
                   plural(heaps_.size(), "heap").c_str(), format_bytes(file_.bytes()).c_str(),
                   each);
      const auto largest = std::max_element(
          heaps_.begin(), heaps_.end(),
          [](const Watched& a, const Watched& b) { return a.track->peak() < b.track->peak(); });
      std::fprintf(stderr, "microheap: at most %s were in use, by process %u: %s\n",
                   format_bytes(largest->track->peak()).c_str(), largest->track->facts().process,
                   largest->track->facts().title().c_str());
    }
    if (all.lost != 0) {
      std::fprintf(stderr, "microheap: %s were lost\n", plural(all.lost, "event").c_str());
    }
    if (facts_.missed != 0) {
      std::fprintf(stderr, "microheap: %s could not be recorded\n",
                   plural(facts_.missed, "process").c_str());
    }
    if (running != 0) {
      std::fprintf(stderr,
                   "microheap: %zu of the processes that it started still run, and are not "
                   "watched any more\n",
                   running);
    }
    if (facts_.end->signal != 0) {
      std::fprintf(stderr, "microheap: the program was ended by signal %d (%s)\n",
                   facts_.end->signal, strsignal(facts_.end->signal));
    } else if (facts_.end->status != 0 && !options_.quiet) {
      std::fprintf(stderr, "microheap: the program ended with status %d\n", facts_.end->status);
    }
  }

  const RecordOptions& options_;
  bool shows_;  ///< a line that is drawn anew
  Signals signals_;
  std::unique_ptr<WatchSession> session_;
  RecordingFile file_;
  SessionFacts facts_;
  std::vector<Watched> heaps_;
  std::vector<Event> events_;
  int program_ = 0;
  std::uint64_t began_ns_ = 0, told_ns_ = 0, flushed_ns_ = 0;
  bool line_shown_ = false, told_error_ = false;
};

}  // namespace

int record_program(const RecordOptions& options) {
  return Run(options).run();
}

}  // namespace mh
