#include "app/model/call_list.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "app/model/format.hpp"
#include "core/include/microheap.h"

namespace mh {
namespace {

constexpr std::uint64_t fast_header = 8;

/// What the events of one call say, gathered.
struct Told {
  const Event* alloc = nullptr;
  const Event* free = nullptr;
  const Event* resize = nullptr;
  const Event* slot = nullptr;
  const Event* pool = nullptr;
  const Event* error = nullptr;
  const Event* search = nullptr;
  const Event* search_end = nullptr;
  const Event* split = nullptr;
  const Event* new_break = nullptr;
  const Event* cache = nullptr;
  const Event* mapping = nullptr;
  const Event* set_aside = nullptr;
  const Event* call = nullptr;
  const Event* other = nullptr;  ///< the first of what belongs to no call
  std::uint64_t visits = 0, merges = 0, fresh = 0;
  std::string name{};  ///< given right after it
  std::string mark{};

  void add(const Event& event);
};

void Told::add(const Event& event) {
  switch (event.kind()) {
    case EventKind::alloc:
      alloc = &event;
      break;
    case EventKind::free:
      free = &event;
      break;
    case EventKind::resize:
      resize = &event;
      break;
    case EventKind::slot_alloc:
    case EventKind::slot_free:
      slot = &event;
      break;
    case EventKind::pool:
      pool = &event;
      break;
    case EventKind::error:
      error = &event;
      break;
    case EventKind::search:
      search = &event;
      break;
    case EventKind::search_end:
      search_end = &event;
      break;
    case EventKind::visit:
      ++visits;
      break;
    case EventKind::split:
      split = &event;
      break;
    case EventKind::coalesce:
      ++merges;
      break;
    case EventKind::block:
      ++fresh;
      break;
    case EventKind::break_moved:
      new_break = &event;
      break;
    case EventKind::cache:
      cache = &event;
      break;
    case EventKind::mapped:
    case EventKind::unmapped:
      mapping = &event;
      break;
    case EventKind::set_aside:
      set_aside = &event;
      break;
    case EventKind::call:
      call = &event;
      break;
    case EventKind::label:
      name = unpack_name(event.size);
      break;
    case EventKind::marker:
      mark += unpack_name(event.size);
      [[fallthrough]];
    case EventKind::reset:
    case EventKind::policy:
    case EventKind::thread_start:
    case EventKind::thread_end:
    case EventKind::foreign:
    case EventKind::owner:
      if (other == nullptr) other = &event;
      break;
    default:
      break;
  }
}

/// What the caller has: the address of the payload.
std::uint64_t pointer_to(const HeapPicture& picture, std::uint64_t block) {
  const auto seen = picture.block_at(block);
  if (seen && seen->address == block) return seen->payload_address();
  return block + (block % 16 == 0 ? 32 : fast_header);
}

std::uint64_t pointer_to(const Event& alloc) {
  const BlockShape shape = BlockShape::unpack(alloc.extra);
  return alloc.address + (shape.header != 0 ? shape.header : fast_header) + shape.front;
}

std::string pointer_words(const HeapPicture& picture, std::uint64_t block) {
  const std::string_view name = picture.label(block);
  return name.empty() ? format_address(pointer_to(picture, block)) : std::string(name);
}

std::string counted(std::uint64_t count, const char* noun) {
  return format_count(count) + " " + noun + (count == 1 ? "" : "s");
}

void append(std::string& text, const std::string& words) {
  if (!text.empty()) text += ", ";
  text += words;
}

std::string placement_words(const Told& told) {
  constexpr std::array names{"first fit", "next fit", "best fit", "worst fit"};
  const auto placement = static_cast<std::size_t>(told.search->extra);
  std::string words = placement < names.size() ? names[placement] : "a search";
  return words + " looked at " + counted(told.visits, "free block");
}

/// Why it ended as it did: what else the call's events say.
std::string why_of(const Told& told) {
  std::string why;
  if (told.search != nullptr) append(why, placement_words(told));
  if (told.merges > 0) {
    append(why, told.free != nullptr && told.alloc == nullptr
                    ? "merged with " + counted(told.merges, "neighbour")
                    : "merged " + counted(told.merges, "time"));
  }
  if (told.split != nullptr)
    append(why, "split, " + format_count(told.split->size) + " B are kept");
  if (told.cache != nullptr)
    append(why, told.cache->extra != 0 ? "kept for its size" : "had been kept for its size");
  if (told.call != nullptr && told.free != nullptr && told.alloc == nullptr)
    append(why, "realloc() has moved it");
  if (told.mapping != nullptr)
    append(why,
           told.mapping->kind() == EventKind::mapped ? "a mapping of its own" : "its mapping goes");
  if (told.new_break != nullptr) append(why, "break to " + format_address(told.new_break->address));
  if (told.set_aside != nullptr) append(why, "set aside for good");
  return why;
}

std::string error_words_of(const Told& told) {
  const auto error =
      told.error->extra < MH_ERROR_COUNT ? static_cast<mh_error>(told.error->extra) : MH_OK;
  return mh_error_text(error);
}

/// What asked for so many bytes.
std::string asked(const Told& told, std::uint64_t bytes, const HeapPicture& picture) {
  const std::string size = format_count(bytes);
  const auto kind = told.call != nullptr ? static_cast<CallKind>(told.call->extra) : CallKind{};
  const std::uint64_t argument = told.call != nullptr ? told.call->size : 0;
  switch (kind) {
    case CallKind::calloc: {
      // A product that overflows is no size.
      const bool divides = argument != 0 && bytes % argument == 0;
      return "calloc(" + format_count(argument) + ", " +
             (divides ? format_count(bytes / argument) : "\u2026") + ")";
    }
    case CallKind::aligned_alloc:
      return "aligned_alloc(" + format_count(argument) + ", " + size + ")";
    case CallKind::realloc:
      return "realloc(" + pointer_words(picture, told.call->address) + ", " + size + ")";
  }
  if (told.free != nullptr)
    return "realloc(" + pointer_words(picture, told.free->address) + ", " + size + ")";
  return "malloc(" + size + ")";
}

void tell_call(LoggedCall& call, const Told& told, const HeapPicture& picture) {
  const auto address = [](const Event* event) {
    return static_cast<std::uint64_t>(event->address);
  };
  if (told.pool != nullptr) {
    call.block = address(told.pool);
    call.call = "pool_create(" + format_count(told.pool->size) + ")";
    call.result = format_address(call.block);
  } else if (told.alloc != nullptr) {
    call.block = address(told.alloc);
    call.call = asked(told, told.alloc->size, picture);
    call.result = format_address(pointer_to(*told.alloc));
  } else if (told.resize != nullptr) {
    call.block = address(told.resize);
    call.call = "realloc(" + pointer_words(picture, call.block) + ", " +
                format_count(told.resize->size) + ")";
    call.result = "in place";
  } else if (told.slot != nullptr) {
    const bool taken = told.slot->kind() == EventKind::slot_alloc;
    const auto block = picture.block_at(address(told.slot));
    call.block = block ? block->address : 0;
    const std::string where = format_address(address(told.slot));
    call.call = taken ? "pool_alloc()" : "pool_free(" + where + ")";
    if (taken) call.result = where;
  } else if (told.free != nullptr) {
    call.block = address(told.free);
    call.call = "free(" + pointer_words(picture, call.block) + ")";
  } else if (told.error != nullptr && told.error->extra == MH_OUT_OF_MEMORY) {
    call.call = asked(told, told.error->size, picture);
    call.result = "NULL";
  } else if (told.error != nullptr) {
    const auto block = picture.block_at(address(told.error));
    call.block = block ? block->address : 0;
    call.call = "a call with " + format_address(address(told.error));
  }
  if (!told.name.empty()) call.call = told.name + " = " + call.call;
}

/// What is no call of the allocator.
std::string other_words(const Told& told) {
  switch (told.other != nullptr ? told.other->kind() : EventKind::none) {
    case EventKind::reset:
      return "the heap is empty";
    case EventKind::policy:
      return "the policy changes";
    case EventKind::thread_start:
      return "the thread begins";
    case EventKind::thread_end:
      return "the thread ends";
    case EventKind::marker:
      return "mark \u201c" + told.mark + "\u201d";
    case EventKind::foreign:
      return "somebody else calls sbrk()";
    case EventKind::owner:
      return "a fresh walk of the heap";
    default:
      return told.new_break != nullptr ? "the break moves" : "the heap changes";
  }
}

bool contains(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

}  // namespace

LoggedCall read_call(const EventLog& log, std::uint64_t from, std::uint64_t to,
                     const HeapPicture& picture) {
  Told told;
  for (std::uint64_t i = from; i < to; ++i) told.add(log.at(i));
  const Event& last = log.at(to - 1);
  LoggedCall call{
      .from = from, .to = to, .time = last.time, .thread = static_cast<std::uint16_t>(last.thread)};
  tell_call(call, told, picture);
  if (call.call.empty()) call.call = other_words(told);
  call.why = why_of(told);
  if (told.error != nullptr) {
    call.refused = true;
    if (call.result.empty()) {
      call.result = error_words_of(told);
    } else {
      append(call.why, error_words_of(told));
    }
  }
  return call;
}

bool call_matches(std::string_view line, std::string_view filter) {
  while (!filter.empty()) {
    const std::size_t space = filter.find(' ');
    const std::string_view word = filter.substr(0, space);
    if (!word.empty() && !contains(line, word)) return false;
    filter = space == std::string_view::npos ? std::string_view() : filter.substr(space + 1);
  }
  return true;
}

/// Reads calls up and down the log, for so long.
class CallWindow::Reader {
 public:
  Reader(const EventLog& log, const HeapPicture& picture, std::string_view filter, const Line& line)
      : log_(log), picture_(picture), filter_(filter), line_(line) {}

  [[nodiscard]] const EventLog& log() const { return log_; }
  [[nodiscard]] bool tired() const { return looked_ >= most_events; }
  /// The call that ends at position.
  LoggedCall before(std::uint64_t position) {
    const std::uint64_t from = log_.start_of_call_before(position);
    looked_ += position - from + (filter_.empty() ? 0 : filter_cost);
    return read_call(log_, from, position, picture_);
  }
  LoggedCall after(std::uint64_t position) {
    const std::uint64_t to = log_.end_of_call(position + 1);
    looked_ += to - position + (filter_.empty() ? 0 : filter_cost);
    return read_call(log_, position, to, picture_);
  }
  [[nodiscard]] bool matches(const LoggedCall& call) const {
    return filter_.empty() || call_matches(line_(call), filter_);
  }

 private:
  static constexpr std::uint64_t most_events = 60'000;
  static constexpr std::uint64_t filter_cost = 20;  ///< a line to be written, in events read

  const EventLog& log_;
  const HeapPicture& picture_;
  std::string_view filter_;
  const Line& line_;
  std::uint64_t looked_ = 0;
};

void CallWindow::restart() {
  state_ = State::begin;
}

void CallWindow::follow(std::uint64_t position) {
  if (position == end_) return;
  end_ = position;
  scrolled_ = 0;
  restart();
}

void CallWindow::go_to(const EventLog& log, double part) {
  const double length = static_cast<double>(log.end() - log.begin());
  const auto down = static_cast<std::uint64_t>(std::clamp(part, 0.0, 1.0) * length);
  follow(log.end_of_call(log.begin() + down));
}

double CallWindow::part(const EventLog& log) const {
  const std::uint64_t length = log.end() - log.begin();
  if (length == 0) return 1;
  return static_cast<double>(std::clamp(end_, log.begin(), log.end()) - log.begin()) /
         static_cast<double>(length);
}

bool CallWindow::fill(const EventLog& log, const HeapPicture& picture, std::size_t lines,
                      std::string_view filter, const Line& line) {
  if (filter != filter_ || lines != lines_) restart();
  filter_ = filter;
  lines_ = lines;
  if (end_ < log.begin() || end_ > log.end() || (!calls_.empty() && calls_[0].from < log.begin())) {
    end_ = std::clamp(end_, log.begin(), log.end());
    restart();
  }
  Reader reader(log, picture, filter_, line);
  if (scrolled_ != 0 && !move(reader)) return false;
  return look(reader);
}

/// Scrolls as far as it was asked to.
bool CallWindow::move(Reader& reader) {
  const EventLog& log = reader.log();
  if (scrolled_ < 0 && state_ == State::done && at_begin_) scrolled_ = 0;
  while (scrolled_ > 0 && end_ < log.end()) {
    if (reader.tired()) return false;
    const LoggedCall call = reader.after(end_);
    end_ = call.to;
    if (reader.matches(call)) --scrolled_;
    restart();
  }
  while (scrolled_ < 0 && end_ > log.begin()) {
    if (reader.tired()) return false;
    const LoggedCall call = reader.before(end_);
    end_ = call.from;
    if (reader.matches(call)) ++scrolled_;
    restart();
  }
  scrolled_ = 0;
  return true;
}

/// Collects lines upwards from the last one.
bool CallWindow::look(Reader& reader) {
  if (state_ == State::done) return true;
  if (state_ == State::begin) {
    found_.clear();
    looked_to_ = end_;
    state_ = State::looking;
  }
  looked_to_ = std::max(looked_to_, reader.log().begin());
  while (found_.size() < lines_ && looked_to_ > reader.log().begin() && !reader.tired()) {
    LoggedCall call = reader.before(looked_to_);
    looked_to_ = call.from;
    if (reader.matches(call)) found_.push_back(std::move(call));
  }
  at_begin_ = looked_to_ <= reader.log().begin();
  calls_.assign(found_.rbegin(), found_.rend());
  if (found_.size() < lines_ && !at_begin_) return false;
  state_ = State::done;
  return true;
}

CallText calls_as_text(const EventLog& log, const HeapPicture& picture, std::uint64_t position,
                       std::string_view filter, std::uint64_t most, const CallWindow::Line& line) {
  CallText result;
  std::vector<std::string> lines;
  std::uint64_t at = std::min(position, log.end());
  while (at > log.begin() && lines.size() < most) {
    const std::uint64_t from = log.start_of_call_before(at);
    std::string words = line(read_call(log, from, at, picture));
    at = from;
    if (call_matches(words, filter)) lines.push_back(std::move(words));
  }
  result.calls = lines.size();
  result.all = at <= log.begin();
  result.text = "time\tthread\tcall\tresult\twhy\n";
  for (auto words = lines.rbegin(); words != lines.rend(); ++words) result.text += *words + "\n";
  return result;
}

}  // namespace mh
