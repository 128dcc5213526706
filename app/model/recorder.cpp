#include "app/model/recorder.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>

#include "app/model/verifier.hpp"
#include "core/events/clock.hpp"

namespace mh {

namespace {

constexpr std::uint64_t ms = 1'000'000;  // ns

constexpr std::size_t poll_records = 1U << 16;
constexpr std::uint64_t batch_ns = 1 * ms;  // the picture is locked at most so long at a time
constexpr std::uint64_t shortest_pause_ns = 1 * ms;  // between two turns, while events flow
constexpr std::uint64_t longest_pause_ns = 20 * ms;
constexpr std::uint64_t ended_pause_ns = 1'000 * ms;  // nothing comes any more
constexpr std::uint64_t request_pause_ns = ms / 4;    // while somebody waits for an answer
constexpr std::uint64_t wake_interval_ns = 1'000 * ms / 120;
constexpr std::uint64_t first_keyframe_interval = 65536;  // events

Event make_event(EventKind kind, std::uint64_t address, std::uint64_t size, std::uint64_t extra,
                 std::uint64_t time, std::uint16_t thread) {
  Event event{};
  event.address = address & 0xffff'ffff'ffffULL;
  event.kind_bits = static_cast<std::uint8_t>(kind);
  event.extra = extra & 0xff;
  event.size = size;
  event.time = time & ((std::uint64_t{1} << 47) - 1);
  event.thread = thread;
  return event;
}

BlockShape shape_of(const mh_block& block) {
  return {static_cast<std::uint8_t>(block.header), block.guarded != 0,
          static_cast<std::uint16_t>(block.front)};
}

/// A walk shows blocks, but neither the order of the free list nor the slots of pools.
bool tells_all(const HeapRegion& heap) {
  return std::all_of(heap.blocks.begin(), heap.blocks.end(), [](const mh_block& block) {
    return block.pool == 0 && (block.used != 0 || block.foreign != 0 || block.set_aside != 0);
  });
}

/// Makes picture show a walk of the whole heap. Names stay with blocks that are still in use.
void rebuild(HeapPicture& picture, const HeapRegion& heap, std::uint64_t time) {
  const HeapPicture before = picture;
  picture.clear();
  picture.apply(make_event(EventKind::reset, heap.walk.start, 0, 0, time, 0));
  picture.apply(make_event(EventKind::break_moved, heap.walk.end, 0, 0, time, 0));
  for (const mh_block& block : heap.blocks) {
    const auto address = reinterpret_cast<std::uintptr_t>(block.address);
    const EventKind kind = block.foreign != 0  ? EventKind::foreign
                           : block.mapped != 0 ? EventKind::mapped
                                               : EventKind::block;
    picture.apply(make_event(kind, address, block.size, block.header, time, block.thread));
    if (block.set_aside != 0) {
      picture.apply(make_event(EventKind::set_aside, address, block.size, block.header, time, 0));
    }
    if (block.cached != 0) picture.apply(make_event(EventKind::cache, address, 0, 1, time, 0));
    if (block.used == 0) continue;
    picture.apply(make_event(EventKind::alloc, address, block.requested, shape_of(block).pack(),
                             time, block.thread));
    if (!before.has_labels()) continue;
    const std::string name(before.label(address));
    if (!name.empty())
      picture.apply(make_event(EventKind::label, address, pack_name(name.c_str()), 0, time, 0));
  }
  if (!tells_all(heap)) picture.lose_free_list();
}

bool same_threads(const std::vector<ThreadInfo>& a, const std::vector<ThreadInfo>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const ThreadInfo& x, const ThreadInfo& y) {
                      return x.number == y.number && x.alive == y.alive && x.name == y.name;
                    });
}

}  // namespace

// ---- What others call ----

std::pair<std::uint64_t, HeapPicture> Recorder::Reading::keyframe(std::uint64_t position) const {
  const auto& keyframes = recorder_->keyframes_;
  const auto after =
      std::upper_bound(keyframes.begin(), keyframes.end(), position,
                       [](std::uint64_t p, const Keyframe& k) { return p < k.first; });
  return after == keyframes.begin() ? keyframes.front() : *std::prev(after);
}

Recorder::Recorder(Source& source, const Options& options)
    : source_(source),
      stream_(source.open_stream()),
      log_(options.log_bytes),
      verifier_(std::make_unique<Verifier>(source, options.region_blocks, options.check_interval)) {
  keyframes_.emplace_back(0, picture_);
  // Before the walk: whatever call comes after the walk finds that we listen.
  stream_->listen(true);
  start_recording();
  publish();
  thread_ = std::thread([this] { run(); });
}

Recorder::~Recorder() {
  {
    const std::lock_guard lock(control_);
    stopping_ = true;
  }
  asked_.notify_all();
  thread_.join();
  stream_->listen(false);
}

Verdict Recorder::verdict() const {
  const std::lock_guard lock(control_);
  return verdict_;
}

std::uint64_t Recorder::now_ns() const {
  if (ended_.load(std::memory_order_acquire)) return ended_ns_.load(std::memory_order_relaxed);
  const std::int64_t offset = clock_offset_ns_.load(std::memory_order_relaxed);
  return monotonic_ns() + static_cast<std::uint64_t>(offset);
}

bool Recorder::drain(std::uint64_t timeout_ns) {
  const std::uint64_t moment = clock_now();
  std::unique_lock lock(control_);
  drain_wanted_ = std::max(drain_wanted_, moment);
  asked_.notify_all();
  return answered_.wait_for(lock, std::chrono::nanoseconds(timeout_ns),
                            [&] { return drained_ >= moment; });
}

Verdict Recorder::check_now(std::uint64_t timeout_ns) {
  std::unique_lock lock(control_);
  const std::uint64_t number = ++check_wanted_;
  ++checks_waiting_;
  asked_.notify_all();
  const bool answered = answered_.wait_for(lock, std::chrono::nanoseconds(timeout_ns),
                                           [&] { return checked_ >= number; });
  --checks_waiting_;
  return answered ? check_answer_ : Verdict{};
}

void Recorder::clear() {
  drain(200 * ms);  // so that names are where they belong
  run_on_reader([this] { start_recording(); });
}

void Recorder::set_wake(void (*wake)(void*), void* context) {
  const std::lock_guard lock(wake_mutex_);
  wake_ = wake;
  wake_context_ = context;
}

void Recorder::corrupt_picture_for_test() {
  run_on_reader([this] {
    const std::lock_guard lock(mutex_);
    // Frees some blocks that are in use; in a heap without any, moves the break.
    std::vector<std::uint64_t> used;
    picture_.for_each(0, picture_.program_break(), [&](const PictureBlock& block) {
      if (block.used) used.push_back(block.address);
      return used.size() < 64;
    });
    for (const std::uint64_t address : used) {
      picture_.apply(make_event(EventKind::free, address, 0, 0, picture_.time(), 0));
    }
    if (used.empty()) {
      picture_.apply(make_event(EventKind::break_moved, picture_.program_break() + 4096, 0, 0,
                                picture_.time(), 0));
    }
    verifier_->distrust();
  });
}

/// Runs task on the reader thread, between two turns, and waits for it.
void Recorder::run_on_reader(std::function<void()> task) {
  bool done = false;
  std::unique_lock lock(control_);
  answered_.wait(lock, [&] { return !task_; });
  task_ = [&] {
    task();
    done = true;
  };
  asked_.notify_all();
  answered_.wait(lock, [&] { return done; });
}

// ---- The reader thread ----

void Recorder::run() {
  while (true) {
    take_turn();
    sleep();
    const std::lock_guard lock(control_);
    if (stopping_) return;
  }
}

void Recorder::take_turn() {
  const std::uint64_t end_before = log_.end();
  const bool moved = stream_->moved();
  pending_.erase(pending_.begin(),
                 pending_.begin() + static_cast<std::ptrdiff_t>(std::exchange(next_, 0)));
  stream_->poll(pending_, poll_records);
  notice_loss();
  apply_pending();
  serve_task();
  verify();
  answer_requests();
  meter_.add(monotonic_ns(), log_.end() > end_before ? log_.end() - end_before : 0);
  publish();
  // The watermark takes a turn or two after the last event: go on at full pace while anything
  // moves.
  const bool active = moved || !pending_.empty();
  pause_ns_ = active          ? shortest_pause_ns
              : ended_.load() ? ended_pause_ns
                              : std::min(2 * pause_ns_, longest_pause_ns);
}

/// Lost events leave the picture wrong in ways we cannot know: ask for a fresh walk.
void Recorder::notice_loss() {
  const std::uint64_t lost = stream_->lost();
  if (lost == lost_.load(std::memory_order_relaxed)) return;
  lost_.store(lost, std::memory_order_relaxed);
  lost_at_ns_ = std::max<std::uint64_t>(1, stream_->to_ns(clock_now()));
  in_fresh_walk_ = false;
  verifier_->start_over();
  publish_verdict();
  stream_->request_walk();
}

/// The picture is whole again after a fresh walk that began after the loss was noticed.
void Recorder::watch_for_repair(const Event& event) {
  if (lost_at_ns_ == 0) return;
  if (event.kind() == EventKind::reset && event.time > lost_at_ns_) in_fresh_walk_ = true;
  if (in_fresh_walk_ && event.more == 0) {
    in_fresh_walk_ = false;
    lost_at_ns_ = 0;
  }
}

void Recorder::apply_pending() {
  while (next_ < pending_.size()) {
    const bool split = verifier_->waiting();
    apply_batch(split ? moment_ns_ : std::numeric_limits<std::uint64_t>::max());
    if (split && next_ < pending_.size() && pending_[next_].time > moment_ns_) compare();
  }
}

/// Applies events of at most moment_ns, for at most batch_ns.
void Recorder::apply_batch(std::uint64_t moment_ns) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t deadline = monotonic_ns() + batch_ns;
  for (unsigned applied = 1; next_ < pending_.size() && pending_[next_].time <= moment_ns;
       ++applied) {
    picture_.look_ahead(pending_, next_);
    append(pending_[next_++]);
    if (applied % 256 == 0 && monotonic_ns() > deadline) break;
  }
  end_.store(log_.end(), std::memory_order_relaxed);
}

void Recorder::append(const Event& event) {
  if (event.time <= skip_until_ns_) return;
  log_.append(event);
  picture_.apply(event);
  history_.note(event, log_.end() - 1, picture_);
  errors_.note(event, log_.end() - 1, picture_);
  watch_for_repair(event);
  keep_keyframes();
}

/// A keyframe for each live block's worth of events keeps their total size in proportion to the
/// log. Never more than half a log apart, so that there is one at all times.
void Recorder::keep_keyframes() {
  const PictureTotals& totals = picture_.totals();
  const std::uint64_t live = totals.used_blocks + totals.free_blocks;
  const std::uint64_t interval =
      std::min<std::uint64_t>(std::max(first_keyframe_interval, live), log_.max_events() / 2);
  if (log_.end() - keyframes_.back().first >= interval)
    keyframes_.emplace_back(log_.end(), picture_);
  while (keyframes_.front().first < log_.begin()) keyframes_.pop_front();
}

// ---- Verification ----

/// Every event up to the walk has been applied, and none later.
bool Recorder::moment_has_come() const {
  return next_ == pending_.size() && stream_->released_until_ns() >= moment_ns_;
}

void Recorder::verify() {
  if (lost_at_ns_ != 0 || !source_.can_walk()) return;
  if (look_again_.exchange(false, std::memory_order_relaxed)) verifier_->distrust();
  if (verifier_->waiting()) {
    if (moment_has_come()) compare();
    return;
  }
  std::uint64_t wanted = 0;
  {
    const std::lock_guard lock(control_);
    if (checks_waiting_ > 0 && check_wanted_ != checked_) wanted = check_wanted_;
  }
  const std::uint64_t now = monotonic_ns();
  if (wanted == 0 && !verifier_->due(now, log_.end())) return;
  if (!verifier_->walk_next(now, log_.end(), wanted != 0)) return;
  check_started_ = wanted;
  moment_ns_ = stream_->to_ns(verifier_->moment());
}

/// Only this thread changes the picture: no lock is needed to read it here.
void Recorder::compare() {
  const Verdict::State before = verifier_->verdict().state;
  verifier_->compare(picture_, log_.end());
  const Verdict& verdict = verifier_->verdict();
  if (verdict.state == Verdict::State::damaged) note_damage(verdict.error, verdict.damaged_at);
  publish_verdict();
  wake_owed_ = wake_owed_ || verdict.state != before;
  if (check_started_ == 0) return;
  const std::lock_guard lock(control_);
  checked_ = std::exchange(check_started_, 0);
  check_answer_ = verifier_->verdict();
  answered_.notify_all();
}

void Recorder::note_damage(mh_error error, std::uint64_t block) {
  const std::lock_guard lock(mutex_);
  errors_.note_found(error, error == MH_LIST_BROKEN ? 0 : block, log_.end(), picture_);
}

// ---- Requests ----

/// Begins at position 0 with the heap as it is.
void Recorder::start_recording() {
  HeapRegion heap;
  bool walked = false;
  for (int attempt = 0; source_.can_walk() && attempt < 10 && !walked; ++attempt) {
    // A writer may hold the heap's lock until its ring has room.
    if (attempt > 0) stream_->poll(pending_, poll_records);
    walked = walk_region(source_, 20 * ms, 0, std::numeric_limits<std::size_t>::max(), heap);
  }
  stream_->forget_ended_threads();
  const std::lock_guard lock(mutex_);
  if (walked) {
    skip_until_ns_ = stream_->to_ns(heap.walk.clock);
    rebuild(picture_, heap, skip_until_ns_);
    if (!tells_all(heap)) stream_->request_walk();
    lost_at_ns_ = 0;  // what was lost before does not matter any more
  } else if (source_.can_walk()) {
    stream_->request_walk();
  }
  log_.clear();
  history_.clear();
  errors_.clear();
  threads_ = stream_->threads();
  keyframes_.clear();
  keyframes_.emplace_back(0, picture_);
  verifier_->start_over();
  publish_verdict();
  check_started_ = 0;
  end_.store(0, std::memory_order_relaxed);
}

void Recorder::serve_task() {
  std::function<void()> task;
  {
    const std::lock_guard lock(control_);
    task.swap(task_);
  }
  if (!task) return;
  task();
  apply_pending();  // what it may have taken out of the rings
  const std::lock_guard lock(control_);
  answered_.notify_all();
}

void Recorder::answer_requests() {
  const std::lock_guard lock(control_);
  if (drain_wanted_ <= drained_) return;
  if (next_ < pending_.size() || stream_->released_until_ns() <= stream_->to_ns(drain_wanted_))
    return;
  drained_ = drain_wanted_;
  answered_.notify_all();
}

// ---- What the reader tells ----

void Recorder::publish() {
  const std::uint64_t now = monotonic_ns();
  const bool rate_fell_to_zero =
      rate_.load(std::memory_order_relaxed) > 0 && meter_.per_second(now) <= 0;
  rate_.store(meter_.per_second(now), std::memory_order_relaxed);
  if (!ended_.load(std::memory_order_relaxed) && stream_->ended() && pending_.empty()) {
    ended_ns_.store(stream_->released_until_ns(), std::memory_order_relaxed);
    ended_.store(true, std::memory_order_release);
    wake_owed_ = true;
  }
  const std::uint64_t source_now = stream_->to_ns(clock_now());
  clock_offset_ns_.store(static_cast<std::int64_t>(source_now - monotonic_ns()),
                         std::memory_order_relaxed);
  if (!same_threads(threads_, stream_->threads())) {
    const std::lock_guard lock(mutex_);
    threads_ = stream_->threads();
  }
  wake_owed_ = wake_owed_ || !pending_.empty() || rate_fell_to_zero;
  wake_if_due(now);
}

/// At once, wherever it changes: a verdict that is no longer true is never seen.
void Recorder::publish_verdict() {
  const std::lock_guard lock(control_);
  verdict_ = verifier_->verdict();
}

void Recorder::wake_if_due(std::uint64_t now) {
  if (!wake_owed_ || now - woken_ns_ < wake_interval_ns) return;
  wake_owed_ = false;
  woken_ns_ = now;
  const std::lock_guard lock(wake_mutex_);
  if (wake_ != nullptr) wake_(wake_context_);
}

bool Recorder::somebody_waits() const {
  return drain_wanted_ > drained_ || (checks_waiting_ > 0 && check_wanted_ != checked_);
}

void Recorder::sleep() {
  std::unique_lock lock(control_);
  const bool asked = somebody_waits();
  const std::uint64_t pause = asked ? request_pause_ns : wake_owed_ ? shortest_pause_ns : pause_ns_;
  asked_.wait_for(lock, std::chrono::nanoseconds(pause),
                  [&] { return stopping_ || task_ || (!asked && somebody_waits()); });
}

}  // namespace mh
