#include "app/slides/map_slide.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mh {
namespace {

SlideBlock* block_with_header_at(SlideHeap& heap, std::uint64_t address) {
  const auto found = std::lower_bound(
      heap.blocks.begin(), heap.blocks.end(), address,
      [](const SlideBlock& block, std::uint64_t at) { return block.address < at; });
  const bool is = found != heap.blocks.end() && found->address == address;
  return is ? &*found : nullptr;
}

void add_free_list(SlideHeap& heap, const HeapPicture& picture) {
  picture.for_each_free([&](const PictureBlock& block) {
    const SlideBlock* const listed = block_with_header_at(heap, block.address);
    if (listed != nullptr)
      heap.free_list.push_back(static_cast<std::size_t>(listed - heap.blocks.data()));
    return heap.free_list.size() < heap.blocks.size();
  });
}

void add_search(Slide& slide, const SearchTrace& search) {
  // Another search is another operation, though it is for as many bytes.
  slide.operation =
      "malloc(" + std::to_string(search.requested) + ") at " + std::to_string(search.event);
  for (const SearchTrace::Visit& visit : search.visits) {
    slide.visits.push_back({.size = visit.size,
                            .verdict = {},
                            .note = {},
                            .fits = visit.verdict != VisitVerdict::too_small});
    SlideBlock* const block = block_with_header_at(slide.heaps.front(), visit.address);
    if (block == nullptr) continue;
    block->visit = static_cast<unsigned>(slide.visits.size());
    block->chosen = visit.address == search.chosen;
  }
}

}  // namespace

SlideBlock slide_block(const PictureBlock& block) {
  SlideBlock made;
  made.address = block.address;
  made.size = block.size;
  made.header = block.header;
  made.front = block.front;
  made.guard = block.guard;
  made.requested = block.requested;
  made.used = block.used;
  made.foreign = block.foreign;
  made.set_aside = block.set_aside;
  made.guarded = block.guarded;
  return made;
}

std::optional<Slide> map_slide(const HeapPicture& picture, const SearchTrace* search) {
  const PictureTotals& totals = picture.totals();
  if (totals.used_blocks + totals.free_blocks > most_map_slide_blocks) return std::nullopt;
  SlideHeap heap;
  heap.start = picture.start();
  heap.program_break = picture.program_break();
  picture.for_each(heap.start, heap.program_break, [&](const PictureBlock& block) {
    heap.blocks.push_back(slide_block(block));
    heap.blocks.back().owner = block.thread;
    if (block.used) heap.blocks.back().name = picture.label(block.address);
    return true;
  });
  add_free_list(heap, picture);
  Slide slide;
  slide.heaps.push_back(std::move(heap));
  if (search != nullptr) add_search(slide, *search);
  return slide;
}

}  // namespace mh
