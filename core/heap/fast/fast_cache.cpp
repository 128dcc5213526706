#include "core/heap/fast/fast_cache.hpp"

#include <pthread.h>

#include <algorithm>
#include <mutex>

#include "core/heap/fast/fast_heap.hpp"

namespace mh {

constinit FastCache no_fast_cache{};
constinit FastThreads fast_threads;

constinit thread_local FastThread fast_thread{
    .caches = {&no_fast_cache, &no_fast_cache, &no_fast_cache, &no_fast_cache, &no_fast_cache,
               &no_fast_cache, &no_fast_cache, &no_fast_cache},
    .next = nullptr,
    .previous = nullptr,
    .listed = false,
    .ended = false};

FastBlock* FastCache::take_medium(std::uint32_t grains) {
  const unsigned first = FastBins::bin_of(grains);
  // In the bin of its own size some blocks may be too small, in the next none is.
  for (unsigned index = first; index < std::min(first + 2, bin_count); ++index) {
    Bin& bin = bins[index];
    FastBlock* const block = bin.count() != 0 ? bin.top() : nullptr;
    if (block == nullptr || block->grains() < grains || !block->is(FastState::cached)) continue;
    bin.pop();
    medium_bytes -= block->size();
    return block;
  }
  const std::uint64_t bit = std::uint64_t{1} << (first - grains_end);
  if ((declined & bit) != 0) {
    declined &= ~bit;
    bins[first].limit = std::min(medium_limit_for(grains), 2 * bins[first].limit + 2);
  }
  return nullptr;
}

bool FastCache::keep_medium(FastBlock* block, std::uint32_t grains, std::uint32_t hash,
                            bool counted) {
  const unsigned index = FastBins::bin_of(grains);
  Bin& bin = bins[index];
  const std::size_t size = std::size_t{grains} * FastBlock::grain;
  if (bin.count() >= bin.limit || medium_bytes + size > medium_limit) {
    declined |= std::uint64_t{1} << (index - grains_end);
    return false;
  }
  block->become(hash, FastState::cached, 0);
  counted ? void(bin.push(block)) : bin.put(block);
  medium_bytes += size;
  return true;
}

unsigned FastThreads::enter(FastHeap& heap) {
  const std::lock_guard guard(lock_);
  for (unsigned place = FastThread::first_place; place < heaps_.size(); ++place) {
    if (heaps_[place] != nullptr) continue;
    heaps_[place] = &heap;
    return place;
  }
  return 0;
}

void FastThreads::leave(unsigned place) {
  const std::lock_guard guard(lock_);
  heaps_[place] = nullptr;
  for (FastThread* thread = threads_; thread != nullptr; thread = thread->next) {
    thread->caches[place] = &no_fast_cache;
  }
}

bool FastThreads::list_this_thread() {
  FastThread& thread = fast_thread;
  if (thread.ended) return false;
  if (thread.listed) return true;
  const std::lock_guard guard(lock_);
  if (!has_key_ && pthread_key_create(&key_, &FastThreads::end_thread) != 0) return false;
  has_key_ = true;
  // Listed first: should pthread_setspecific() allocate, it finds the thread ready.
  thread.listed = true;
  thread.previous = nullptr;
  thread.next = threads_;
  if (threads_ != nullptr) threads_->previous = &thread;
  threads_ = &thread;
  pthread_setspecific(key_, &thread);
  return true;
}

void FastThreads::end_thread(void* thread) {
  auto& ended = *static_cast<FastThread*>(thread);
  ended.ended = true;
  const std::lock_guard guard(fast_threads.lock_);
  if (ended.previous != nullptr) ended.previous->next = ended.next;
  if (ended.next != nullptr) ended.next->previous = ended.previous;
  if (fast_threads.threads_ == &ended) fast_threads.threads_ = ended.next;
  ended.listed = false;
  fast_threads.give_back(ended);
  for (FastHeap* heap : fast_threads.heaps_) {
    if (heap != nullptr) heap->events().thread_end();
  }
}

void FastThreads::give_back(FastThread& thread) {
  for (unsigned place = FastThread::first_place; place < heaps_.size(); ++place) {
    FastCache* const cache = thread.caches[place];
    thread.caches[place] = &no_fast_cache;
    if (cache != &no_fast_cache && heaps_[place] != nullptr) heaps_[place]->retire(*cache);
  }
}

void FastThreads::before_fork() {
  lock_.hold_for_fork();
  for (FastHeap* heap : heaps_) {
    if (heap != nullptr) heap->hold();
  }
}

void FastThreads::after_fork_in_parent() {
  for (FastHeap* heap : heaps_) {
    if (heap != nullptr) heap->let_go();
  }
  lock_.let_go_after_fork();
}

void FastThreads::after_fork_in_child() {
  for (FastHeap* heap : heaps_) {
    if (heap != nullptr) heap->let_go();
  }
  FastThread& mine = fast_thread;
  FastThread* others = threads_;
  threads_ = mine.listed ? &mine : nullptr;
  while (others != nullptr) {
    FastThread* const thread = others;
    others = thread->next;
    if (thread != &mine) give_back(*thread);
  }
  mine.next = mine.previous = nullptr;
  lock_.let_go_after_fork();
}

}  // namespace mh
