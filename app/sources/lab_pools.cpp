// Pools by hand, in the journal and to be undone.

#include "app/model/input.hpp"
#include "app/sources/lab.hpp"

namespace mh {

Lab::Outcome Lab::create_pool(std::uint64_t object_size, std::uint64_t slots,
                              std::string_view name) {
  Outcome outcome = pools_.create(object_size, slots, name);
  if (outcome.error.empty()) {
    hand_.journal().add({.kind = HandCall::Kind::make_pool,
                         .name = pools_.newest(),
                         .size = object_size,
                         .count = slots});
  }
  return outcome;
}

Lab::Outcome Lab::drop_pool(std::string_view pool) {
  Outcome outcome = pools_.destroy(pool);
  if (outcome.error.empty())
    hand_.journal().add({.kind = HandCall::Kind::destroy_pool, .name = std::string(pool)});
  return outcome;
}

Lab::Outcome Lab::take_slot(std::string_view pool, std::string_view name) {
  Outcome outcome = pools_.allocate(pool, name);
  if (outcome.error.empty()) {
    hand_.journal().add({.kind = HandCall::Kind::pool_alloc,
                         .name = std::string(name),
                         .object = pools_.last_object(pool).address,
                         .words = std::string(pool)});
  }
  return outcome;
}

/// The object of that name; without one the last of the pool.
Lab::Outcome Lab::give_slot(std::string_view pool, std::string_view name) {
  const std::uint64_t object =
      name.empty() ? pools_.last_object(pool).address : pools_.object_called(name).value_or(0);
  Outcome outcome = name.empty() ? pools_.release_last(pool) : pools_.release(name);
  if (outcome.error.empty()) {
    hand_.journal().add(
        {.kind = HandCall::Kind::pool_free, .name = std::string(name), .object = object});
  }
  return outcome;
}

Lab::Outcome Lab::make_pool(std::uint64_t object_size, std::uint64_t slots,
                            std::string_view wanted) {
  Outcome outcome = create_pool(object_size, slots, wanted);
  if (outcome.error.empty()) {
    const std::string name = pools_.newest();
    hand_.note_other(
        {[this, name] { return drop_pool(name); },
         [this, object_size, slots, name] { return create_pool(object_size, slots, name); }});
  }
  return told(std::move(outcome));
}

Lab::Outcome Lab::pool_alloc(std::string_view pool, std::string_view name) {
  Outcome outcome = take_slot(pool, name);
  if (outcome.error.empty()) {
    hand_.note_other({[this, of = std::string(pool), called = std::string(name)] {
                        return give_slot(of, called);
                      },
                      [this, of = std::string(pool), called = std::string(name)] {
                        return take_slot(of, called);
                      }});
  }
  return told(std::move(outcome));
}

Lab::Outcome Lab::free_object(std::string_view name) {
  return give_slot_undoably(pools_.pool_of_object(name), std::string(name));
}

Lab::Outcome Lab::free_last_object(std::string_view pool) {
  return give_slot_undoably(std::string(pool), pools_.last_object(pool).name);
}

Lab::Outcome Lab::give_slot_undoably(const std::string& pool, const std::string& name) {
  Outcome outcome = give_slot(pool, name);
  if (outcome.error.empty()) {
    hand_.note_other({[this, pool, name] { return take_slot(pool, name); },
                      [this, pool, name] { return give_slot(pool, name); }});
  }
  return told(std::move(outcome));
}

Lab::Outcome Lab::free_slot(std::uint64_t slot) {
  const std::string pool = pools_.pool_of_object(slot);
  const std::string name = pools_.name_of_object(slot);
  Outcome outcome = give_slot_at(slot);
  if (outcome.error.empty()) {
    // The slot that was freed last is taken first.
    hand_.note_other({[this, pool, name] { return take_slot(pool, name); },
                      [this, slot] { return give_slot_at(slot); }});
  }
  return told(std::move(outcome));
}

Lab::Outcome Lab::give_slot_at(std::uint64_t slot) {
  const std::string name = pools_.name_of_object(slot);
  Outcome outcome = pools_.release_at(slot);
  if (outcome.error.empty())
    hand_.journal().add({.kind = HandCall::Kind::pool_free, .name = name, .object = slot});
  return outcome;
}

Lab::Outcome Lab::destroy_pool(std::string_view pool) {
  Outcome outcome = drop_pool(pool);
  if (outcome.error.empty()) {
    const auto refused = [] {
      return Outcome{.error = "that cannot be undone: a destroyed pool does not come back"};
    };
    hand_.note_other({refused, refused});
  }
  return told(std::move(outcome));
}

}  // namespace mh
