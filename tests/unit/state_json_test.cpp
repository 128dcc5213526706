// What the app writes about itself for tests and scripts.

#include "app/model/state_json.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/model/recorder.hpp"
#include "support/lab_support.hpp"

namespace mh {
namespace {

using Json = nlohmann::json;

TEST(StateJson, SaysWhatTheStateIs) {
  AppState state;
  state.position = 12;
  state.end = 34;
  state.live = false;
  state.paused = true;
  state.verdict.state = Verdict::State::different;
  state.verdict.difference = "a block too many";
  state.totals.heap = 4096;
  state.stats.break_moves = 3;
  state.heap_start = 0x5581c3a12000;
  state.heap_break = 0x5581c3a13000;
  state.selected = 0x5581c3a12000;
  state.events_per_second = 2.5;
  state.lost = 1;
  state.workload = {true, true, 99, 2};
  state.theme = ThemeKind::light;
  state.colour_by = ColourBy::age;
  state.ui_scale = 1.5;
  state.policy.alignment = 64;
  state.explaining = true;
  state.message = "a \"quoted\" message, and no UTF-8: \xff";
  PictureBlock block;
  block.address = 0x5581c3a12000;
  block.size = 64;
  block.requested = 30;
  block.thread = 100;
  block.used = true;
  state.blocks = {{block, "p"}};

  const Json json = Json::parse(state_json(state));
  EXPECT_EQ(json["position"], 12);
  EXPECT_EQ(json["colour_by"], "age");
  EXPECT_EQ(json["end"], 34);
  EXPECT_EQ(json["live"], false);
  EXPECT_EQ(json["paused"], true);
  EXPECT_EQ(json["verdict"]["state"], "different");
  EXPECT_EQ(json["verdict"]["difference"], "a block too many");
  EXPECT_EQ(json["totals"]["heap"], 4096);
  EXPECT_EQ(json["stats"]["break_moves"], 3);
  EXPECT_EQ(json["heap"]["start"], "0x5581c3a12000");
  EXPECT_EQ(json["heap"]["break"], "0x5581c3a13000");
  EXPECT_EQ(json["selected"], "0x5581c3a12000");
  EXPECT_EQ(json["events_per_second"], 2.5);
  EXPECT_EQ(json["lost"], 1);
  EXPECT_EQ(json["workload"]["running"], true);
  EXPECT_EQ(json["workload"]["operations"], 99);
  EXPECT_EQ(json["theme"], "light");
  EXPECT_EQ(json["policy"]["words"], "plain align 64");
  EXPECT_TRUE(json["policy"]["preset"].is_null());
  EXPECT_EQ(json["policy"]["explaining"], true);
  EXPECT_EQ(json["ui_scale"], 1.5);
  EXPECT_EQ(json["blocks"][0]["address"], "0x5581c3a12000");
  EXPECT_EQ(json["blocks"][0]["name"], "p");
  EXPECT_EQ(json["blocks"][0]["requested"], 30);
  EXPECT_EQ(json["blocks"][0]["thread"], 100);
  EXPECT_TRUE(Json::parse(state_json({}))["selected"].is_null());
  EXPECT_EQ(Json::parse(state_json({}))["policy"]["preset"], "plain");
}

TEST(StateJson, ShowsTheFirstBlocksOfAPicture) {
  test::LabOnReservedHeap on;
  Recorder recorder(on.lab, {});
  for (std::size_t i = 0; i < AppState::max_blocks + 50; ++i) on.lab.hand_malloc(10 + i);
  ASSERT_TRUE(recorder.drain(10'000'000'000));
  AppState state;
  state.blocks = first_blocks(recorder.read().picture());
  const Json json = Json::parse(state_json(state));
  ASSERT_EQ(json["blocks"].size(), AppState::max_blocks);
  EXPECT_EQ(json["blocks"][0]["name"], "p");
  EXPECT_EQ(json["blocks"][1]["requested"], 11);
}

TEST(StateJson, IsWrittenWhole) {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / "microheap-state-test.json";
  EXPECT_EQ(write_state({}, file), "");
  std::ifstream stream(file);
  EXPECT_TRUE(Json::parse(stream).is_object());
  std::filesystem::remove(file);
  EXPECT_NE(write_state({}, "/no/such/directory/state.json").find("cannot write"),
            std::string::npos);
}

}  // namespace
}  // namespace mh
