#include "core/heap/classic/placement.hpp"

#include <algorithm>

namespace mh {

void Search::visit(const Block& block, VisitVerdict verdict, SourceLine from) {
  ++visited_;
  largest_ = std::max(largest_, block.size());
  if (scope_ == nullptr || visited_ > max_told) return;
  scope_->emit(EventKind::visit, reinterpret_cast<std::uintptr_t>(&block),
               layout_.size_at(block.address(), requested_), static_cast<std::uint8_t>(verdict),
               from);
}

Block* first_fit(FreeWalk& blocks, Search& search) {
  for (; blocks.block() != nullptr; blocks.step()) {
    Block* const block = blocks.block();
    if (search.left_over(*block) >= 0) {
      search.visit(*block, VisitVerdict::taken);
      return block;
    }
    search.visit(*block, VisitVerdict::too_small);
  }
  return nullptr;
}

Block* best_fit(FreeWalk& blocks, Search& search) {
  Block* best = nullptr;
  for (; blocks.block() != nullptr; blocks.step()) {
    Block* const block = blocks.block();
    if (search.left_over(*block) < 0) {
      search.visit(*block, VisitVerdict::too_small);
    } else if (best == nullptr || search.left_over(*block) < search.left_over(*best)) {
      best = block;
      search.visit(*block, VisitVerdict::best_so_far);
    } else {
      search.visit(*block, VisitVerdict::not_better);
    }
  }
  return best;
}

Block* worst_fit(FreeWalk& blocks, Search& search) {
  Block* worst = nullptr;
  for (; blocks.block() != nullptr; blocks.step()) {
    Block* const block = blocks.block();
    if (search.left_over(*block) < 0) {
      search.visit(*block, VisitVerdict::too_small);
    } else if (worst == nullptr || search.left_over(*block) > search.left_over(*worst)) {
      worst = block;
      search.visit(*block, VisitVerdict::best_so_far);
    } else {
      search.visit(*block, VisitVerdict::not_better);
    }
  }
  return worst;
}

}  // namespace mh
