#include "app/streams/watched_program.hpp"

#include <sys/uio.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "app/model/format.hpp"
#include "app/streams/launch.hpp"
#include "app/streams/pace.hpp"
#include "app/streams/told_source.hpp"

namespace mh {
namespace {

constexpr std::chrono::milliseconds meeting_interval{2};
constexpr std::uint64_t bytes_an_event = sizeof(Event);

}  // namespace

struct WatchedProgram::Reader {
  Reader(std::unique_ptr<SegmentStream> told, const Recorder::Options& options)
      : stream(*told), source(std::move(told)), recorder(source, options) {}

  SegmentStream& stream;  ///< the recorder's
  ToldSource source;
  Recorder recorder;
};

std::unique_ptr<WatchedProgram> WatchedProgram::start(Options options, std::string& error,
                                                      std::string& advice) {
  std::unique_ptr<WatchedProgram> program(new WatchedProgram(std::move(options)));
  const ProgramCheck check = check_program(program->options_.command.front());
  error = check.problem;
  if (!error.empty()) return nullptr;
  advice = check.advice;
  program->file_ = check.file;
  program->library_ = find_preload_library();
  error = library_problem(program->library_);
  if (error.empty()) error = program->launch_program();
  if (!error.empty()) return nullptr;
  return program;
}

WatchedProgram::~WatchedProgram() {
  stop_meeting();
}

std::string WatchedProgram::launch_program() {
  std::string error;
  std::unique_ptr<WatchSession> session = WatchSession::create(error);
  if (session == nullptr) return error;
  sigset_t none;
  sigemptyset(&none);
  const Launched launched =
      launch(file_, options_.command, library_, session->address().text().data(), none);
  if (launched.process == 0) return launched.error;
  {
    const std::lock_guard lock(mutex_);
    heaps_.clear();
    end_.reset();
    asked_to_end_ = false;
    process_ = launched.process;
    session_ = std::move(session);
  }
  stopping_.store(false);
  thread_ = std::thread([this] { meet(); });
  return {};
}

void WatchedProgram::stop_meeting() {
  stopping_.store(true);
  if (thread_.joinable()) thread_.join();
}

std::string WatchedProgram::run_again() {
  if (running()) return "it still runs: end it first";
  stop_meeting();
  return launch_program();
}

// ---- The thread that meets who comes ----

void WatchedProgram::meet() {
  std::vector<std::unique_ptr<SegmentStream>> came;
  while (!stopping_.load()) {
    came.clear();
    session_->meet(came);
    for (auto& stream : came) welcome(std::move(stream));
    look_for_the_end();
    let_old_ones_go();
    std::this_thread::sleep_for(meeting_interval);
  }
  session_->close_doors();
}

void WatchedProgram::welcome(std::unique_ptr<SegmentStream> stream) {
  Watched heap;
  heap.facts = stream->process();
  heap.reader = std::make_shared<Reader>(std::move(stream),
                                         Recorder::Options{.log_bytes = options_.log_bytes});
  const std::lock_guard lock(mutex_);
  // Another program runs in a process that we know.
  for (const Watched& known : heaps_) {
    if (known.reader != nullptr && known.facts.process == heap.facts.process)
      known.reader->stream.set_writers_gone();
  }
  heap.reader->recorder.set_wake(wake_, wake_context_);
  heaps_.push_back(std::move(heap));
  wake();
}

void WatchedProgram::look_for_the_end() {
  const std::lock_guard lock(mutex_);
  int status = 0;
  if (end_ || waitpid(process_, &status, WNOHANG) != process_) return;
  end_ = ProgramEnd{.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
                    .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
  for (const Watched& heap : heaps_) {
    if (heap.reader != nullptr && heap.facts.process == static_cast<std::uint32_t>(process_))
      heap.reader->stream.set_writers_gone();
  }
  wake();
}

/// A build starts thousands of processes: what the first of them did is let go when memory is full.
void WatchedProgram::let_old_ones_go() {
  std::vector<std::shared_ptr<Reader>> gone;  // ended without the lock: they wait for a thread
  const std::lock_guard lock(mutex_);
  std::uint64_t held = 0;
  for (const Watched& heap : heaps_) {
    if (heap.reader == nullptr || !heap.reader->recorder.ended()) continue;
    const std::uint64_t log = heap.reader->recorder.end() * bytes_an_event;
    held +=
        std::clamp<std::uint64_t>(log, EventLog::chunk_events * bytes_an_event, options_.log_bytes);
  }
  for (std::size_t i = 1; i < heaps_.size() && held > options_.all_bytes; ++i) {
    Watched& heap = heaps_[i];
    if (heap.reader == nullptr || !heap.reader->recorder.ended() || heap.reader.use_count() > 1)
      continue;
    const std::uint64_t log = heap.reader->recorder.end() * bytes_an_event;
    held -= std::min(held, std::clamp<std::uint64_t>(log, EventLog::chunk_events * bytes_an_event,
                                                     options_.log_bytes));
    heap.in_use = heap.reader->recorder.read().picture().totals().requested;
    heap.events = heap.reader->recorder.end();
    gone.push_back(std::move(heap.reader));
  }
}

void WatchedProgram::wake() const {
  if (wake_ != nullptr) wake_(wake_context_);
}

// ---- What the window asks ----

std::string WatchedProgram::title() const {
  return in_one_line(options_.command);
}

bool WatchedProgram::running() const {
  const std::lock_guard lock(mutex_);
  return !end_;
}

std::string WatchedProgram::state() const {
  const std::lock_guard lock(mutex_);
  std::string text = "running";
  if (end_ && end_->signal != 0) {
    text = "ended by signal " + std::to_string(end_->signal) + " (" + strsignal(end_->signal) + ")";
  } else if (end_) {
    text = "ended with status " + std::to_string(end_->status);
  }
  if (const std::uint64_t missed = session_->missed(); missed > 0)
    text += "; " + format_things(missed, "process", "processes") + " could not be watched";
  return text;
}

std::vector<ProgramHeap> WatchedProgram::heaps() {
  const std::lock_guard lock(mutex_);
  std::vector<ProgramHeap> list;
  list.reserve(heaps_.size());
  for (const Watched& heap : heaps_) {
    const bool kept = heap.reader != nullptr;
    list.push_back({list.size(), heap.facts.process, heap.facts.parent, heap.facts.title(),
                    !kept || heap.reader->recorder.ended(),
                    kept ? heap.reader->recorder.read().picture().totals().requested : heap.in_use,
                    kept ? heap.reader->recorder.end() : heap.events});
  }
  return list;
}

std::shared_ptr<Recorder> WatchedProgram::recorder(std::size_t number) {
  const std::lock_guard lock(mutex_);
  if (number >= heaps_.size() || heaps_[number].reader == nullptr) return nullptr;
  const std::shared_ptr<Reader>& reader = heaps_[number].reader;
  return {reader, &reader->recorder};
}

Player::Gate* WatchedProgram::gate(std::size_t number) {
  const std::lock_guard lock(mutex_);
  if (number >= heaps_.size() || heaps_[number].reader == nullptr) return nullptr;
  return &heaps_[number].reader->stream.pace();
}

std::size_t WatchedProgram::read_bytes(std::size_t number, std::uint64_t address,
                                       std::span<unsigned char> into) {
  const std::lock_guard lock(mutex_);
  if (number >= heaps_.size()) return 0;
  const Watched& heap = heaps_[number];
  if (heap.reader == nullptr || heap.reader->recorder.ended()) return 0;
  iovec here{into.data(), into.size()};
  iovec there{reinterpret_cast<void*>(address), into.size()};
  const ssize_t read =
      process_vm_readv(static_cast<pid_t>(heap.facts.process), &here, 1, &there, 1, 0);
  return read > 0 ? static_cast<std::size_t>(read) : 0;
}

void WatchedProgram::end() {
  const std::lock_guard lock(mutex_);
  if (end_) return;
  kill(process_, std::exchange(asked_to_end_, true) ? SIGKILL : SIGTERM);
}

void WatchedProgram::set_wake(void (*waker)(void*), void* context) {
  const std::lock_guard lock(mutex_);
  wake_ = waker;
  wake_context_ = context;
  for (const Watched& heap : heaps_) {
    if (heap.reader != nullptr) heap.reader->recorder.set_wake(waker, context);
  }
}

int WatchedProgram::let_go() {
  stop_meeting();
  {
    const std::lock_guard lock(mutex_);
    heaps_.clear();
  }
  while (running()) {
    look_for_the_end();
    std::this_thread::sleep_for(10 * meeting_interval);
  }
  const std::lock_guard lock(mutex_);
  return end_->shell_status();
}

}  // namespace mh
