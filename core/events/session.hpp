#pragma once
// How the processes of a watched program and their watcher find each other.
//
// The watcher makes everything: a page that says what it offers, and segments, all of them memory
// files whose size is sealed. A process opens them through /proc/WATCHER/fd, takes a segment that
// nobody has taken yet, says in its header who it is, and writes. So a process that lived for a
// moment is not lost, neither side can take memory away from the other, nothing has a name in a
// file system, and whatever becomes of either, the system takes all of it back.
//
// The environment variable MICROHEAP_SESSION tells the program and what it starts where the page
// is: WATCHER.FILE.COOKIE, the watcher's process id, its number of the page's file, and a random
// number in hex that the page repeats. /proc lets nobody in but the same user.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/events/segment.hpp"

namespace mh {

inline constexpr char session_variable[] = "MICROHEAP_SESSION";

/// offered (the watcher) -> claimed -> ready (the process) -> none (the watcher, who takes it on).
enum class OfferState : std::uint32_t { none = 0, offered = 1, claimed = 2, ready = 3 };

struct Offer {
  std::atomic<std::uint32_t> state;    ///< OfferState
  std::atomic<std::uint32_t> file;     ///< the watcher's number of the segment's file
  std::atomic<std::uint32_t> process;  ///< who claimed it
  std::uint32_t unused;
};

/// Either side takes what the other wrote for hostile.
struct SessionPage {
  static constexpr std::uint64_t right_magic = 0x3130'5345'4548'4dULL;  // "MHES01"
  static constexpr std::uint32_t right_version = 1;
  static constexpr std::size_t offer_count = 32;

  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t bytes;  ///< sizeof(SessionPage)
  std::uint64_t cookie;
  std::atomic<std::uint32_t> closed;  ///< 1: the watcher wants nobody any more
  std::atomic<std::uint32_t> missed;  ///< processes that waited in vain for an offer
  alignas(64) std::array<Offer, offer_count> offers;
};

/// Where a session is, as the environment says.
struct SessionAddress {
  std::uint32_t watcher = 0;  ///< process id; 0: there is no session
  std::uint32_t file = 0;
  std::uint64_t cookie = 0;

  /// No session, if the text is none of its addresses.
  static SessionAddress parse(std::string_view text);
  /// Room for the text of any address, with the zero behind it.
  using Text = std::array<char, 64>;
  [[nodiscard]] Text text() const;
};

/// A mapped page. Movable, not copyable.
class SessionMapping {
 public:
  SessionMapping() = default;
  /// The watcher's: a new page in this memory file, sealed. Not valid() if that is not possible.
  static SessionMapping create(int file, std::uint64_t cookie);
  /// A process's: the page at that address. Not valid() if the watcher is gone or it is none.
  static SessionMapping open(const SessionAddress& address);
  SessionMapping(SessionMapping&& other) noexcept;
  SessionMapping& operator=(SessionMapping&& other) noexcept;
  SessionMapping(const SessionMapping&) = delete;
  SessionMapping& operator=(const SessionMapping&) = delete;
  ~SessionMapping();

  [[nodiscard]] bool valid() const { return page_ != nullptr; }
  [[nodiscard]] SessionPage& page() const { return *page_; }

 private:
  SessionPage* page_ = nullptr;
};

/// For a process: takes a segment of the session and writes into its header who it is. Not valid()
/// if there is none; while the watcher lives, waits for one for at most half a second. inherited:
/// see ProcessInfo. Neither allocates nor locks nor throws; keeps errno.
Segment join_session(const SessionAddress& address, bool inherited);

}  // namespace mh
