// MicroHeap: see a heap.

#include <cstdio>
#include <exception>
#include <string>
#include <variant>

#include "app/command_line.hpp"
#include "app/hosts.hpp"
#include "app/model/output_file.hpp"
#include "app/render/gl_context.hpp"
#include "app/streams/record.hpp"

namespace {

int refuse(const std::string& sentence) {
  std::fprintf(stderr, "microheap: %s\n", sentence.c_str());
  return 2;
}

int run(mh::CommandLine command_line) {
  if (auto* lab = std::get_if<mh::LabOptions>(&command_line)) {
    if (const std::string error = mh::choose_file(*lab); !error.empty()) return refuse(error);
    if (lab->headless) {
      if (const std::string error = mh::output_fault(lab->picture); !error.empty())
        return refuse(error);
    }
    return lab->headless ? mh::run_headless(*lab) : mh::run_window(*lab);
  }
  if (const auto* record = std::get_if<mh::RecordOptions>(&command_line)) {
    return mh::record_program(*record);
  }
  if (const auto* stats = std::get_if<mh::StatsOptions>(&command_line))
    return mh::run_stats(*stats);
  if (const auto* to = std::get_if<mh::ExportOptions>(&command_line)) return mh::run_export(*to);
  if (const auto* render = std::get_if<mh::RenderOptions>(&command_line)) {
    if (mh::is_recording(render->script)) return mh::run_render_recording(*render);
    if (const std::string error = mh::check_script(*render); !error.empty()) return refuse(error);
    return mh::wants_slides(*render) ? mh::run_slides(*render) : mh::run_render(*render);
  }
  const auto& leave = std::get<mh::Leave>(command_line);
  std::fputs(leave.text.c_str(), leave.status == 0 ? stdout : stderr);
  return leave.status;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(mh::parse_command_line(count, words));
  } catch (const mh::DisplayError& error) {
    return refuse(error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "microheap: %s\n", error.what());
    return 1;
  }
}
