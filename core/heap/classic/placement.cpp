#include "core/heap/classic/placement.hpp"

#include <algorithm>

namespace mh {

void Search::visit(const Block& block, bool taken, SourceLine from) {
  tell(block, taken ? VisitVerdict::taken : VisitVerdict::too_small, from);
}

void Search::visit(const Block& block, const Block* best, SourceLine from) {
  const bool fits = left_over(block) >= 0;
  tell(block,
       !fits            ? VisitVerdict::too_small
       : best == &block ? VisitVerdict::best_so_far
                        : VisitVerdict::not_better,
       from);
}

void Search::tell(const Block& block, VisitVerdict verdict, SourceLine from) {
  ++visited_;
  largest_ = std::max(largest_, block.size());
  if (scope_ == nullptr || visited_ > max_told) return;
  scope_->emit(EventKind::visit, reinterpret_cast<std::uintptr_t>(&block),
               layout_.size_at(block.address(), requested_), static_cast<std::uint8_t>(verdict),
               from);
}

Block* first_fit(FreeWalk& free_list, Search& search) {
  for (Block& block : free_list) {
    const bool fits = search.left_over(block) >= 0;
    search.visit(block, fits);
    if (fits) return &block;
  }
  return nullptr;
}

Block* best_fit(FreeWalk& free_list, Search& search) {
  Block* best = nullptr;
  for (Block& block : free_list) {
    const auto left = search.left_over(block);
    if (left >= 0 && (best == nullptr || left < search.left_over(*best))) best = &block;
    search.visit(block, best);
  }
  return best;
}

Block* worst_fit(FreeWalk& free_list, Search& search) {
  Block* worst = nullptr;
  for (Block& block : free_list) {
    const auto left = search.left_over(block);
    if (left >= 0 && (worst == nullptr || left > search.left_over(*worst))) worst = &block;
    search.visit(block, worst);
  }
  return worst;
}

}  // namespace mh
