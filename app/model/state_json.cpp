#include "app/model/state_json.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "app/model/format.hpp"
#include "app/model/policy_words.hpp"
#include "app/model/settings.hpp"

namespace mh {
namespace {

using Json = nlohmann::ordered_json;

const char* name_of(Verdict::State state) {
  switch (state) {
    case Verdict::State::unchecked:
      return "unchecked";
    case Verdict::State::equal:
      return "equal";
    case Verdict::State::different:
      return "different";
    case Verdict::State::damaged:
      return "damaged";
  }
  return "unchecked";
}

Json to_json(const PictureTotals& totals) {
  return {{"heap", totals.heap},
          {"header", totals.header},
          {"requested", totals.requested},
          {"padding", totals.padding},
          {"guard", totals.guard},
          {"free", totals.free},
          {"set_aside", totals.set_aside},
          {"foreign", totals.foreign},
          {"used_blocks", totals.used_blocks},
          {"free_blocks", totals.free_blocks},
          {"set_aside_blocks", totals.set_aside_blocks},
          {"pool_blocks", totals.pool_blocks},
          {"cached_blocks", totals.cached_blocks},
          {"mapped", totals.mapped},
          {"mapped_blocks", totals.mapped_blocks},
          {"allocs", totals.allocs},
          {"frees", totals.frees}};
}

Json to_json(const mh_stats& stats) {
  return {{"heap", stats.heap},
          {"header", stats.header},
          {"requested", stats.requested},
          {"padding", stats.padding},
          {"guard", stats.guard},
          {"free", stats.free},
          {"set_aside", stats.set_aside},
          {"foreign", stats.foreign},
          {"largest_free", stats.largest_free},
          {"peak_heap", stats.peak_heap},
          {"used_blocks", stats.used_blocks},
          {"free_blocks", stats.free_blocks},
          {"mallocs", stats.mallocs},
          {"frees", stats.frees},
          {"failed", stats.failed},
          {"errors", stats.errors},
          {"visited", stats.visited},
          {"break_moves", stats.break_moves}};
}

Json to_json(const mh_policy& policy, bool explaining) {
  const mh_preset* const preset = preset_of(policy);
  return {{"words", policy_words(policy)},
          {"preset", preset != nullptr ? Json(preset->name) : Json(nullptr)},
          {"explaining", explaining}};
}

Json to_json(const std::optional<SearchTrace>& search) {
  if (!search) return nullptr;
  Json visits = Json::array();
  for (std::size_t i = 0; i < search->visits.size() && i < AppState::max_blocks; ++i) {
    visits.push_back({{"address", format_address(search->visits[i].address)},
                      {"words", visit_words(*search, i)}});
  }
  return {{"requested", search->requested},
          {"placement", placement_name(search->placement)},
          {"chosen", search->chosen != 0 ? Json(format_address(search->chosen)) : Json(nullptr)},
          {"words", end_words(*search)},
          {"visits", visits}};
}

Json to_json(const AppState::NamedBlock& named) {
  const PictureBlock& block = named.block;
  Json json{{"address", format_address(block.address)},
            {"size", block.size},
            {"requested", block.requested},
            {"used", block.used},
            {"thread", block.thread}};
  if (block.foreign) json["foreign"] = true;
  if (block.front > 0) json["front"] = block.front;
  if (block.guarded) json["guarded"] = true;
  if (block.set_aside) json["set_aside"] = true;
  if (block.pool) json["pool"] = true;
  if (block.cached) json["cached"] = true;
  if (block.mapped) json["mapped"] = true;
  if (!named.name.empty()) json["name"] = named.name;
  return json;
}

Json to_json(const AppState::RegionState& region) {
  const RegionTotals& totals = region.totals;
  return {{"exact", region.exact},
          {"used_blocks", totals.used_blocks},
          {"free_blocks", totals.free_blocks},
          {"header", totals.header},
          {"requested", totals.requested},
          {"padding", totals.padding},
          {"free", totals.free},
          {"largest_free", totals.largest_free}};
}

Json to_json(const AppState::LessonState& lesson) {
  return {{"choosing", lesson.choosing},   {"title", lesson.title},     {"step", lesson.step},
          {"steps", lesson.steps},         {"asks", lesson.asks},       {"details", lesson.details},
          {"comparing", lesson.comparing}, {"playing", lesson.playing}, {"pace", lesson.pace},
          {"error", lesson.error}};
}

Json to_json(const AppState::ProgramState& program) {
  Json heaps = Json::array();
  for (const AppState::ProgramState::Heap& heap : program.heaps) {
    heaps.push_back({{"process", heap.process},
                     {"title", heap.title},
                     {"ended", heap.ended},
                     {"in_use", heap.in_use},
                     {"events", heap.events}});
  }
  return {{"title", program.title}, {"state", program.state}, {"running", program.running},
          {"shown", program.shown}, {"heaps", heaps},         {"threads", program.threads}};
}

Json to_json(const std::vector<AppState::NamedBlock>& blocks) {
  Json json = Json::array();
  for (const AppState::NamedBlock& block : blocks) {
    if (json.size() == AppState::max_blocks) break;
    json.push_back(to_json(block));
  }
  return json;
}

}  // namespace

std::vector<AppState::NamedBlock> first_blocks(const HeapPicture& picture) {
  std::vector<AppState::NamedBlock> blocks;
  picture.for_each(0, std::numeric_limits<std::uint64_t>::max(), [&](const PictureBlock& block) {
    blocks.push_back({block, std::string(picture.label(block.address))});
    return blocks.size() < AppState::max_blocks;
  });
  return blocks;
}

std::string state_json(const AppState& state) {
  const Json json{
      {"position", state.position},
      {"end", state.end},
      {"live", state.live},
      {"paused", state.paused},
      {"verdict",
       {{"state", name_of(state.verdict.state)}, {"difference", state.verdict.difference}}},
      {"heap",
       {{"start", format_address(state.heap_start)}, {"break", format_address(state.heap_break)}}},
      {"totals", to_json(state.totals)},
      {"stats", to_json(state.stats)},
      {"selected", state.selected ? Json(format_address(*state.selected)) : Json(nullptr)},
      {"region", state.region ? to_json(*state.region) : Json(nullptr)},
      {"events_per_second", state.events_per_second},
      {"lost", state.lost},
      {"workload",
       {{"running", state.workload.running},
        {"paused", state.workload.paused},
        {"operations", state.workload.operations},
        {"failed_allocations", state.workload.failed_allocations}}},
      {"engine", state.engine},
      {"policy", to_json(state.policy, state.explaining)},
      {"search", to_json(state.search)},
      {"errors",
       {{"total", state.errors}, {"newest", state.newest_error}, {"open", state.errors_open}}},
      {"program", state.program ? to_json(*state.program) : Json(nullptr)},
      {"lesson", state.lesson ? to_json(*state.lesson) : Json(nullptr)},
      {"theme", state.theme == ThemeKind::light ? "light" : "dark"},
      {"colour_by", colour_by_name(state.colour_by)},
      {"ui_scale", state.ui_scale},
      {"message", state.message},
      {"palette", state.palette ? Json(*state.palette) : Json(nullptr)},
      {"tour", state.tour},
      {"frame", state.frame},
      {"typing", state.typing},
      {"frame_cpu_ms", state.frame_cpu_ms},
      {"targets", state.targets},
      {"blocks", to_json(state.blocks)}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string write_state(const AppState& state, const std::filesystem::path& file) {
  return write_atomically(file, state_json(state));
}

}  // namespace mh
