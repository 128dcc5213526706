#pragma once
// Pools by hand: what somebody at the window, or a script, makes and divides, by name.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/sources/hand.hpp"
#include "core/heap/pools/pool.hpp"

namespace mh {

/// Methods are for one thread. An outcome's block is the header address of the pool's block in
/// which something happened.
class PoolHand {
 public:
  using Outcome = Hand::Outcome;

  /// taken(name): a block is called that.
  PoolHand(Heap& heap, std::function<bool(std::string_view)> taken)
      : heap_(heap), taken_(std::move(taken)) {}

  /// slots: of a block, 0: as the heap thinks best. Without a name it is the next of P, Q, ...
  Outcome create(std::uint64_t object_size, std::uint64_t slots, std::string_view name = {});
  /// Without a name the object is only the pool's last one.
  Outcome allocate(std::string_view pool, std::string_view name = {});
  /// The object of that name.
  Outcome release(std::string_view name);
  /// The object that came last of those still in use.
  Outcome release_last(std::string_view pool);
  /// The object whose slot holds that address.
  Outcome release_at(std::uint64_t slot);
  Outcome destroy(std::string_view pool);

  [[nodiscard]] bool is_pool(std::string_view name) const { return pools_.contains(name); }
  [[nodiscard]] bool is_object(std::string_view name) const { return owner_of(name) != nullptr; }
  /// The block of the pool or of the object of that name.
  [[nodiscard]] std::optional<std::uint64_t> block_called(std::string_view name) const;
  /// The address of the object of that name.
  [[nodiscard]] std::optional<std::uint64_t> object_called(std::string_view name) const;
  /// The pool made last; empty: there is none.
  [[nodiscard]] const std::string& newest() const { return newest_; }
  /// The address of the object that came last of those still in use, and its name; 0: none is.
  struct LastObject {
    std::uint64_t address = 0;
    std::string name;
  };
  [[nodiscard]] LastObject last_object(std::string_view pool) const;
  /// The pool of the object of that name; of the object at that address.
  [[nodiscard]] std::string pool_of_object(std::string_view name) const;
  [[nodiscard]] std::string pool_of_object(std::uint64_t address) const;
  /// The name of the object at that address; empty: it has none.
  [[nodiscard]] std::string name_of_object(std::uint64_t address) const;
  [[nodiscard]] mh_pool_stats stats(std::string_view pool) const;
  /// Slots in use, of all pools.
  [[nodiscard]] std::uint64_t used_slots() const;

  /// Tells the stream all names once more.
  void tell_names() const;
  /// The heap was emptied.
  void forget();

 private:
  struct Object {
    void* pointer;
    std::string name;  ///< may be empty
  };
  struct Held {
    Pool* pool;
    std::vector<void*> blocks;    ///< an address in each, to tell its name
    std::vector<Object> objects;  ///< in use, oldest first
  };
  using Pools = std::map<std::string, Held, std::less<>>;

  [[nodiscard]] const Object* find_object(std::string_view name) const;
  [[nodiscard]] const Held* owner_of(std::string_view object) const;
  [[nodiscard]] std::string next_name() const;
  [[nodiscard]] std::string name_error(std::string_view name) const;
  [[nodiscard]] std::uint64_t block_of(const void* address) const;
  void tell_name(const void* address, const std::string& pool) const;
  Outcome give_back(Held& held, std::vector<Object>::iterator object);

  Heap& heap_;
  std::function<bool(std::string_view)> taken_;
  Pools pools_;
  std::string newest_;
};

}  // namespace mh
