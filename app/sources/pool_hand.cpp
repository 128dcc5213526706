#include "app/sources/pool_hand.hpp"

#include <algorithm>
#include <utility>

#include "app/model/input.hpp"
#include "app/sources/worker.hpp"

namespace mh {
namespace {

PoolHand::Outcome pool_failure(std::string error) {
  return {0, std::move(error), {}};
}

std::string no_pool(std::string_view name) {
  return "no pool is called " + in_quotes(name) + ": make one first";
}

}  // namespace

PoolHand::Outcome PoolHand::create(std::uint64_t object_size, std::uint64_t slots,
                                   std::string_view wanted) {
  if (object_size == 0)
    return pool_failure("an object needs at least 1 byte: give a size such as 24");
  if (slots > MH_MAX_POOL_SLOTS) {
    return pool_failure("a block of a pool holds at most " + std::to_string(MH_MAX_POOL_SLOTS) +
                        " slots: the pool takes more blocks by itself");
  }
  if (std::string error = name_error(wanted); !error.empty()) return pool_failure(std::move(error));
  const std::string call = "pool(" + std::to_string(object_size) + ")";
  Pool* const pool = Pool::create(heap_, object_size, slots);
  if (pool == nullptr && heap_.pool_ground() == nullptr) {
    return pool_failure(call + " failed: this engine has no pools");
  }
  if (pool == nullptr) {
    return pool_failure(call + " failed: no memory, the program break cannot move that far");
  }
  const std::string name = wanted.empty() ? next_name() : std::string(wanted);
  pools_[name] = {pool, {pool}, {}};
  newest_ = name;
  tell_name(pool, name);
  return {block_of(pool), {}, name + " = " + call};
}

PoolHand::Outcome PoolHand::allocate(std::string_view pool, std::string_view wanted) {
  const auto found = pools_.find(pool);
  if (found == pools_.end()) return pool_failure(no_pool(pool));
  if (std::string error = name_error(wanted); !error.empty()) return pool_failure(std::move(error));
  const std::string call = "pool_alloc(" + found->first + ")";
  Held& held = found->second;
  const std::size_t blocks = held.pool->stats().blocks;
  void* const object = held.pool->allocate();
  if (object == nullptr) {
    return pool_failure(call +
                        " failed: all slots are in use, and there is no memory for another block");
  }
  const std::string text = wanted.empty() ? call : std::string(wanted) + " = " + call;
  const mh_pool_stats stats = held.pool->stats();
  fill_payload(object, stats.object_size, text);
  held.objects.push_back({object, std::string(wanted)});
  if (stats.blocks != blocks) {
    held.blocks.push_back(object);
    tell_name(object, found->first);
  }
  return {block_of(object), {}, text};
}

PoolHand::Outcome PoolHand::release(std::string_view name) {
  auto* const held = const_cast<Held*>(owner_of(name));
  if (held == nullptr) return pool_failure("no object is called " + in_quotes(name));
  return give_back(*held, std::find_if(held->objects.begin(), held->objects.end(),
                                       [name](const Object& one) { return one.name == name; }));
}

PoolHand::Outcome PoolHand::release_last(std::string_view pool) {
  const auto found = pools_.find(pool);
  if (found == pools_.end()) return pool_failure(no_pool(pool));
  Held& held = found->second;
  if (held.objects.empty()) return pool_failure("no slot of " + found->first + " is in use");
  return give_back(held, std::prev(held.objects.end()));
}

PoolHand::Outcome PoolHand::release_at(std::uint64_t slot) {
  for (auto& [name, held] : pools_) {
    const auto object =
        std::find_if(held.objects.begin(), held.objects.end(), [slot](const Object& one) {
          return reinterpret_cast<std::uintptr_t>(one.pointer) == slot;
        });
    if (object != held.objects.end()) return give_back(held, object);
  }
  return pool_failure("that slot is free: pool_alloc takes it");
}

PoolHand::Outcome PoolHand::give_back(Held& held, std::vector<Object>::iterator object) {
  const Object gone = *object;
  held.objects.erase(object);
  held.pool->release(gone.pointer);
  return {
      block_of(gone.pointer), {}, gone.name.empty() ? "a slot is free" : "free(" + gone.name + ")"};
}

PoolHand::Outcome PoolHand::destroy(std::string_view pool) {
  const auto found = pools_.find(pool);
  if (found == pools_.end()) return pool_failure(no_pool(pool));
  found->second.pool->destroy();
  const std::string text = "destroy(" + found->first + ")";
  pools_.erase(found);
  if (newest_ == pool) newest_ = pools_.empty() ? std::string() : pools_.rbegin()->first;
  return {0, {}, text};
}

std::optional<std::uint64_t> PoolHand::block_called(std::string_view name) const {
  if (const auto pool = pools_.find(name); pool != pools_.end()) return block_of(pool->second.pool);
  const Object* const object = find_object(name);
  if (object == nullptr) return std::nullopt;
  return block_of(object->pointer);
}

std::optional<std::uint64_t> PoolHand::object_called(std::string_view name) const {
  const Object* const object = find_object(name);
  if (object == nullptr) return std::nullopt;
  return reinterpret_cast<std::uintptr_t>(object->pointer);
}

const PoolHand::Object* PoolHand::find_object(std::string_view name) const {
  if (name.empty()) return nullptr;
  for (const auto& [pool, held] : pools_) {
    for (const Object& object : held.objects) {
      if (object.name == name) return &object;
    }
  }
  return nullptr;
}

PoolHand::LastObject PoolHand::last_object(std::string_view pool) const {
  const auto found = pools_.find(pool);
  if (found == pools_.end() || found->second.objects.empty()) return {};
  const Object& last = found->second.objects.back();
  return {reinterpret_cast<std::uintptr_t>(last.pointer), last.name};
}

std::string PoolHand::pool_of_object(std::string_view name) const {
  const auto found = std::find_if(pools_.begin(), pools_.end(), [&](const auto& entry) {
    return &entry.second == owner_of(name);
  });
  return found == pools_.end() ? std::string() : found->first;
}

std::string PoolHand::pool_of_object(std::uint64_t address) const {
  for (const auto& [name, held] : pools_) {
    for (const Object& object : held.objects) {
      if (reinterpret_cast<std::uintptr_t>(object.pointer) == address) return name;
    }
  }
  return {};
}

std::string PoolHand::name_of_object(std::uint64_t address) const {
  for (const auto& [name, held] : pools_) {
    for (const Object& object : held.objects) {
      if (reinterpret_cast<std::uintptr_t>(object.pointer) == address) return object.name;
    }
  }
  return {};
}

mh_pool_stats PoolHand::stats(std::string_view pool) const {
  const auto found = pools_.find(pool);
  return found == pools_.end() ? mh_pool_stats{} : found->second.pool->stats();
}

std::uint64_t PoolHand::used_slots() const {
  std::uint64_t used = 0;
  for (const auto& [name, held] : pools_) used += held.pool->stats().used;
  return used;
}

void PoolHand::tell_names() const {
  for (const auto& [name, held] : pools_) {
    for (const void* const address : held.blocks) tell_name(address, name);
  }
}

void PoolHand::forget() {
  pools_.clear();
  newest_.clear();
}

const PoolHand::Held* PoolHand::owner_of(std::string_view object) const {
  if (object.empty()) return nullptr;
  for (const auto& [name, held] : pools_) {
    if (std::any_of(held.objects.begin(), held.objects.end(),
                    [object](const Object& one) { return one.name == object; })) {
      return &held;
    }
  }
  return nullptr;
}

/// The hand's names in capitals, so that pools and blocks can be told apart: P, Q, ...
std::string PoolHand::next_name() const {
  for (std::uint64_t n = 0;; ++n) {
    std::string name = hand_name(n);
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
    if (!is_pool(name) && !is_object(name) && !taken_(name)) return name;
  }
}

std::string PoolHand::name_error(std::string_view name) const {
  if (name.empty()) return {};
  if (!Hand::is_name(name)) {
    return in_quotes(name) + " is not a name: use up to 8 letters and digits, a letter first";
  }
  if (is_pool(name) || is_object(name) || taken_(name))
    return std::string(name) + " is in use: free it first, or take another name";
  return {};
}

std::uint64_t PoolHand::block_of(const void* address) const {
  mh_block block{};
  heap_.block_at(address, block);
  return reinterpret_cast<std::uintptr_t>(block.address);
}

void PoolHand::tell_name(const void* address, const std::string& pool) const {
  mh_block block{};
  if (!heap_.block_at(address, block)) return;
  const auto* const header = static_cast<const std::byte*>(block.address);
  heap_.name_block(header + block.header + block.front, pool.c_str());
}

}  // namespace mh
