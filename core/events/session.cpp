#include "core/events/session.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <new>
#include <utility>

#include "core/events/clock.hpp"
#include "core/events/os_thread.hpp"

namespace mh {
namespace {

constexpr std::uint64_t patience_ns = 500'000'000;
constexpr long pause_ns = 1'000'000;

/// Takes a number off the front of text, up to the separator or the end.
template <typename Number>
bool take_number(std::string_view& text, int base, char separator, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || (stop != end && *stop != separator)) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + (stop != end ? 1 : 0));
  return true;
}

/// A file of the watcher. Through /proc, which asks whether we may.
int open_file_of(std::uint32_t process, std::uint32_t file) {
  std::array<char, 48> path{};
  std::snprintf(path.data(), path.size(), "/proc/%u/fd/%u", process, file);
  return ::open(path.data(), O_RDWR | O_CLOEXEC);
}

/// The first bytes of a file of /proc, or where a link there leads; how many.
std::size_t read_start(const char* path, char* into, std::size_t most) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::size_t held = 0;
  ssize_t came = 0;
  while (held < most && (came = read(file, into + held, most - held)) > 0) {
    held += static_cast<std::size_t>(came);
  }
  close(file);
  return held;
}

void introduce(SegmentHeader& header, bool inherited) {
  ProcessInfo& process = header.process;
  process.parent = static_cast<std::uint32_t>(getppid());
  process.inherited = inherited ? 1 : 0;
  process.start_time = look_up_thread(static_cast<std::uint32_t>(getpid())).start_time;
  const ssize_t length = readlink("/proc/self/exe", process.program, sizeof process.program - 1);
  process.program[length > 0 ? length : 0] = '\0';
  process.command_bytes = static_cast<std::uint32_t>(
      read_start("/proc/self/cmdline", process.command, sizeof process.command));
  const ClockPair now = clock_pair();
  header.process_id = static_cast<std::uint32_t>(getpid());
  header.clock_ticks = now.ticks;
  header.clock_ns = now.ns;
}

/// Takes what is offered there, if nobody was quicker.
Segment take(Offer& offer, std::uint32_t watcher, bool inherited) {
  auto expected = static_cast<std::uint32_t>(OfferState::offered);
  if (!offer.state.compare_exchange_strong(
          expected, static_cast<std::uint32_t>(OfferState::claimed), std::memory_order_acq_rel)) {
    return {};
  }
  offer.process.store(static_cast<std::uint32_t>(getpid()), std::memory_order_relaxed);
  const int file = open_file_of(watcher, offer.file.load(std::memory_order_relaxed));
  Segment segment = Segment::open(file);
  if (file >= 0) close(file);
  if (!segment.valid()) {  // we may not, or cannot now: others may
    offer.process.store(0, std::memory_order_relaxed);
    offer.state.store(static_cast<std::uint32_t>(OfferState::offered), std::memory_order_release);
    return {};
  }
  introduce(segment.header(), inherited);
  offer.state.store(static_cast<std::uint32_t>(OfferState::ready), std::memory_order_release);
  return segment;
}

Segment take_any(SessionPage& page, std::uint32_t watcher, bool inherited) {
  for (Offer& offer : page.offers) {
    if (offer.state.load(std::memory_order_relaxed) !=
        static_cast<std::uint32_t>(OfferState::offered)) {
      continue;
    }
    if (Segment segment = take(offer, watcher, inherited); segment.valid()) return segment;
  }
  return {};
}

}  // namespace

SessionAddress SessionAddress::parse(std::string_view text) {
  SessionAddress address;
  if (!take_number(text, 10, '.', address.watcher) || !take_number(text, 10, '.', address.file) ||
      !take_number(text, 16, '.', address.cookie) || !text.empty()) {
    return {};
  }
  return address;
}

SessionAddress::Text SessionAddress::text() const {
  Text text{};
  std::snprintf(text.data(), text.size(), "%u.%u.%llx", watcher, file,
                static_cast<unsigned long long>(cookie));
  return text;
}

SessionMapping SessionMapping::create(int file, std::uint64_t cookie) {
  constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  SessionMapping mapping;
  if (ftruncate(file, sizeof(SessionPage)) != 0 || fcntl(file, F_ADD_SEALS, seals) != 0) return {};
  void* const memory =
      mmap(nullptr, sizeof(SessionPage), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return {};
  mapping.page_ = new (memory) SessionPage{};
  mapping.page_->version = SessionPage::right_version;
  mapping.page_->bytes = sizeof(SessionPage);
  mapping.page_->cookie = cookie;
  mapping.page_->magic = SessionPage::right_magic;
  return mapping;
}

SessionMapping SessionMapping::open(const SessionAddress& address) {
  const int file = open_file_of(address.watcher, address.file);
  if (file < 0) return {};
  struct stat info {};
  const int seals = fcntl(file, F_GET_SEALS);
  const bool whole = seals >= 0 && (seals & F_SEAL_SHRINK) != 0 && fstat(file, &info) == 0 &&
                     info.st_size == static_cast<off_t>(sizeof(SessionPage));
  void* const memory =
      whole ? mmap(nullptr, sizeof(SessionPage), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
            : MAP_FAILED;
  close(file);
  if (memory == MAP_FAILED) return {};
  SessionMapping mapping;
  mapping.page_ = static_cast<SessionPage*>(memory);
  const SessionPage& page = *mapping.page_;
  const bool right = page.magic == SessionPage::right_magic &&
                     page.version == SessionPage::right_version &&
                     page.bytes == sizeof(SessionPage) && page.cookie == address.cookie;
  return right ? std::move(mapping) : SessionMapping{};
}

SessionMapping::SessionMapping(SessionMapping&& other) noexcept
    : page_(std::exchange(other.page_, nullptr)) {}

SessionMapping& SessionMapping::operator=(SessionMapping&& other) noexcept {
  std::swap(page_, other.page_);
  return *this;
}

SessionMapping::~SessionMapping() {
  if (page_ != nullptr) munmap(page_, sizeof(SessionPage));
}

Segment join_session(const SessionAddress& address, bool inherited) {
  const int saved_errno = errno;
  Segment segment;
  if (const SessionMapping session = SessionMapping::open(address); session.valid()) {
    SessionPage& page = session.page();
    const std::uint64_t deadline = monotonic_ns() + patience_ns;
    while (page.closed.load(std::memory_order_relaxed) == 0) {
      segment = take_any(page, address.watcher, inherited);
      if (segment.valid()) break;
      // Many processes at once took all that there were: the watcher makes new ones.
      const bool alive = look_up_thread(address.watcher).state == OsThread::State::alive;
      if (!alive || monotonic_ns() >= deadline) {
        page.missed.fetch_add(1, std::memory_order_relaxed);
        break;
      }
      const timespec pause{0, pause_ns};
      nanosleep(&pause, nullptr);
    }
  }
  errno = saved_errno;
  return segment;
}

}  // namespace mh
