// Mistakes made on purpose: what is said of them, who notices them, and that nothing is lost by
// them.

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>
#include <string>

#include "app/model/error_words.hpp"
#include "app/model/recorder.hpp"
#include "core/heap/classic/policy.hpp"
#include "support/lab_support.hpp"

namespace mh {
namespace {

using Outcome = Lab::Outcome;

constexpr std::uint64_t patience = 10'000'000'000;  // ns

class LabErrorsTest : public testing::Test {
 protected:
  LabErrorsTest() : recorder(on.lab, {}) {}

  std::uint64_t make(std::uint64_t size) { return on.lab.hand_malloc(size).block; }
  /// What was said of it, whether as an outcome or as a refusal.
  std::string said(Mischief mischief, std::uint64_t block, std::uint64_t amount = 0) {
    const Outcome outcome = on.lab.make_mischief(mischief, block, amount);
    return outcome.error + outcome.text;
  }
  void set_guards() {
    mh_policy policy = plainest_policy;
    policy.guards = 1;
    ASSERT_TRUE(on.heap.set_policy(policy));
  }
  [[nodiscard]] mh_error checked() const { return on.lab.check_now().error; }
  /// The newest error of the log.
  LoggedError newest() {
    EXPECT_TRUE(recorder.drain(patience));
    const Recorder::Reading reading = recorder.read();
    return reading.errors().entries().empty() ? LoggedError{} : reading.errors().entries().back();
  }
  Verdict::State verdict() {
    EXPECT_TRUE(recorder.drain(patience));
    return recorder.check_now(patience).state;
  }

  test::LabOnReservedHeap on;
  Recorder recorder;
};

testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << '"' << text << "\" does not say \"" << part << '"';
}

TEST_F(LabErrorsTest, AByteInThePaddingIsNeverNoticed) {
  const std::uint64_t p = make(100);
  make(10);
  EXPECT_TRUE(contains(said(Mischief::overflow, p), "nobody will: there is only padding"));
  EXPECT_EQ(test::payload_of(p)[100], 'A');
  const auto wrote = on.lab.take_written();
  ASSERT_TRUE(wrote.has_value()) << "so that the byte can flash";
  EXPECT_EQ(wrote->address, reinterpret_cast<std::uintptr_t>(test::payload_of(p)) + 100);
  EXPECT_EQ(wrote->bytes, 1U);
  EXPECT_FALSE(on.lab.take_written().has_value()) << "once";
  EXPECT_EQ(checked(), MH_OK);
  EXPECT_EQ(on.lab.hand_free(p).text, "free(p)");
  EXPECT_EQ(verdict(), Verdict::State::equal);
}

TEST_F(LabErrorsTest, AGuardTellsAtFreeAndTheBlockIsSetAside) {
  set_guards();
  const std::uint64_t p = make(100);
  make(10);
  EXPECT_TRUE(contains(said(Mischief::overflow, p), "free(p) will look at its guard"));
  const CheckResult check = on.lab.check_now();
  EXPECT_EQ(check.error, MH_OVERFLOW);
  EXPECT_EQ(check.block, p);
  EXPECT_FALSE(check.set_aside);
  EXPECT_TRUE(recorder.drain(patience));
  EXPECT_EQ(recorder.read().errors().total(), 0U) << "a check changes nothing";

  const Outcome freed = on.lab.hand_free(p);
  EXPECT_TRUE(freed.noticed);
  EXPECT_EQ(freed.text,
            "free(p). Noticed: overflow: byte 100 of a block of 100 bytes was overwritten. The "
            "block is set aside.");
  EXPECT_TRUE(on.lab.check_now().set_aside);
  EXPECT_TRUE(contains(in_words(on.lab.check_now(), "p"), "p, set aside: overflow"));
  EXPECT_TRUE(contains(on.lab.hand_free(p).error, "set aside"));
  const LoggedError error = newest();
  EXPECT_EQ(error.error, MH_OVERFLOW);
  EXPECT_EQ(error.block, p);
  EXPECT_EQ(error.thread, Lab::hand_thread);
  EXPECT_EQ(error.name, "p");
  EXPECT_TRUE(error.set_aside);
  EXPECT_EQ(error.sentence(), "overflow: byte 100 of a block of 100 bytes was overwritten");
  EXPECT_EQ(verdict(), Verdict::State::equal);
}

TEST_F(LabErrorsTest, AnUnderflowHitsTheHeaderOrTheGuard) {
  const std::uint64_t p = make(100);
  make(10);
  EXPECT_TRUE(contains(said(Mischief::underflow, p), "its own header"));
  EXPECT_EQ(checked(), MH_HEADER_DAMAGED);
  EXPECT_EQ(verdict(), Verdict::State::damaged);
  EXPECT_EQ(recorder.verdict().damaged_at, p);
  EXPECT_TRUE(contains(on.lab.hand_free(p).text, "Noticed: damaged header"));
  EXPECT_EQ(verdict(), Verdict::State::equal) << recorder.verdict().difference;
  set_guards();
  const std::uint64_t q = make(50);
  make(10);
  EXPECT_TRUE(contains(said(Mischief::underflow, q), "will look at its guard"));
  EXPECT_TRUE(contains(on.lab.hand_free(q).text, "underflow: byte -1 of a block of 50 bytes"));
}

TEST_F(LabErrorsTest, ADamagedHeaderIsTheHeapsFaultNotTheMaps) {
  const std::uint64_t p = make(100);
  const std::uint64_t q = make(32);
  make(10);
  EXPECT_TRUE(contains(said(Mischief::overflow, p, 40), "the header of the next block"));
  EXPECT_EQ(verdict(), Verdict::State::damaged);
  EXPECT_TRUE(contains(recorder.verdict().difference, "(header overwritten)"));
  EXPECT_EQ(recorder.verdict().damaged_at, q);
  EXPECT_TRUE(contains(said(Mischief::overflow, q), "no sound block"));
  on.lab.hand_free(q);
  EXPECT_EQ(verdict(), Verdict::State::equal) << recorder.verdict().difference;
  EXPECT_EQ(newest().error, MH_HEADER_DAMAGED);
  {
    const Recorder::Reading reading = recorder.read();
    ASSERT_NE(reading.errors().damage_of(q, reading.log().end()), nullptr);
    EXPECT_EQ(reading.errors().damage_of(q, 1), nullptr) << "not yet";
    EXPECT_EQ(reading.errors().damage_of(p, reading.log().end()), nullptr);
  }
  recorder.clear();
  EXPECT_EQ(recorder.read().errors().total(), 0U);
}

TEST_F(LabErrorsTest, DamageThatALookFindsIsListedOnceAndGivesWayToTheCallThatMeetsIt) {
  const std::uint64_t p = make(100);
  const std::uint64_t q = make(32);
  make(10);
  said(Mischief::smash_header, q);
  EXPECT_EQ(verdict(), Verdict::State::damaged);  // the background check has seen it
  const CheckResult result = on.lab.check_now();
  EXPECT_EQ(result.block, q);
  recorder.note_damage(result.error, result.block);
  {
    const Recorder::Reading reading = recorder.read();
    const ErrorList& errors = reading.errors();
    ASSERT_EQ(errors.total(), 1U) << "the check and H tell of one damage";
    const LoggedError* const damage = errors.damage_of(q, reading.log().end());
    ASSERT_NE(damage, nullptr);
    EXPECT_TRUE(damage->found);
    EXPECT_FALSE(damage->set_aside);
    EXPECT_EQ(damage->error, MH_HEADER_DAMAGED);
    EXPECT_TRUE(contains(damage->sentence(), "damaged header"));
    EXPECT_EQ(errors.found_damaged(reading.log().end()), std::vector<std::uint64_t>{q});
    EXPECT_TRUE(errors.found_damaged(1).empty()) << "not yet, in the past";
    EXPECT_EQ(errors.damage_of(p, reading.log().end()), nullptr);
  }
  on.lab.hand_free(q);
  EXPECT_EQ(verdict(), Verdict::State::equal) << recorder.verdict().difference;
  const Recorder::Reading reading = recorder.read();
  EXPECT_EQ(reading.errors().total(), 1U);
  EXPECT_TRUE(reading.errors().found_damaged(reading.log().end()).empty());
  EXPECT_TRUE(reading.errors().damage_of(q, reading.log().end())->set_aside);
}

TEST_F(LabErrorsTest, AWriteAfterFreeIsFoundByTheNextSearch) {
  const std::uint64_t p = make(100);
  make(10);
  const std::uint64_t pointer = on.lab.pointer_to(p);
  EXPECT_TRUE(contains(said(Mischief::write_after_free, p), "free it first"));
  on.lab.hand_free(p);
  EXPECT_TRUE(contains(said(Mischief::write_after_free, p), "links of the free list"));
  const Outcome next = on.lab.hand_malloc(50);
  EXPECT_TRUE(contains(next.text, "Noticed: write after free"));
  EXPECT_NE(next.block, p);
  EXPECT_EQ(verdict(), Verdict::State::equal) << recorder.verdict().difference;

  const std::uint64_t last = on.lab.hand_malloc(3000).block;
  on.lab.hand_free(last);
  EXPECT_TRUE(contains(on.lab.write_through(last + 32, "r", 1).text, "the system with the break"));
  EXPECT_TRUE(contains(on.lab.write_through(pointer, "p", 1).text, "set aside"));
  EXPECT_TRUE(contains(on.lab.write_through(next.block + 40, "p", 4).text, "'s memory now"));
}

TEST_F(LabErrorsTest, WrongPointersAreRefusedAtOnce) {
  const std::uint64_t p = make(100);
  make(10);
  EXPECT_TRUE(
      contains(said(Mischief::interior_free, p), "free(p + 16). Noticed: interior pointer"));
  EXPECT_TRUE(
      contains(said(Mischief::misaligned_free, p), "misaligned pointer: it points to byte 1"));
  EXPECT_TRUE(contains(said(Mischief::interior_free, p, 4000), "its block ends before"));
  EXPECT_EQ(newest().error, MH_MISALIGNED_POINTER);
  EXPECT_EQ(newest().block, p);
  EXPECT_EQ(newest().offset, 1);
  EXPECT_TRUE(
      contains(said(Mischief::double_free, p), "free(p), and free(p) again. Noticed: double"));
  EXPECT_EQ(newest().error, MH_DOUBLE_FREE);
  EXPECT_TRUE(contains(said(Mischief::double_free, p), " again. Noticed: double free"));
  EXPECT_TRUE(contains(said(Mischief::other_heap_free, 0), "Noticed: "));
  EXPECT_EQ(on.lab.stats().used_blocks, 1U);
  EXPECT_TRUE(contains(said(Mischief::out_of_memory, 0), "returned NULL"));
  EXPECT_EQ(newest().error, MH_OUT_OF_MEMORY);
  said(Mischief::out_of_memory, 0);
  EXPECT_EQ(newest().repeats, 2U);
  EXPECT_TRUE(contains(newest().sentence(), "2 times"));
  EXPECT_EQ(checked(), MH_OK);
}

TEST(LabErrors, AnotherHeapsPointerIsCalledThatInTheProcessHeap) {
  Lab lab(process_heap());
  EXPECT_TRUE(contains(lab.make_mischief(Mischief::other_heap_free, 0).text, "another heap"));
  lab.reset();
}

TEST(ErrorWords, LeadBothWays) {
  for (int error = MH_DOUBLE_FREE; error < MH_ERROR_COUNT; ++error) {
    EXPECT_EQ(error_from_word(error_word(static_cast<mh_error>(error))), error);
  }
  EXPECT_EQ(error_from_word("none"), std::nullopt);
  EXPECT_TRUE(contains(error_words(), "underflow or write-after-free"));
}

TEST_F(LabErrorsTest, ACheckOnAThreadOfItsOwnGivesItsResultOnce) {
  const std::uint64_t p = make(100);
  said(Mischief::smash_header, p);
  on.lab.check().start();
  std::optional<CheckResult> result;
  ASSERT_TRUE(test::eventually([&] { return (result = on.lab.check().take()).has_value(); }));
  EXPECT_EQ(result->error, MH_HEADER_DAMAGED);
  EXPECT_EQ(result->block, p);
  EXPECT_FALSE(on.lab.check().running());
  EXPECT_EQ(on.lab.check().take(), std::nullopt);
}

TEST_F(LabErrorsTest, WhatWasDamagedCannotBeUndone) {
  set_guards();
  const std::uint64_t p = make(100);
  make(10);
  said(Mischief::overflow, p);
  EXPECT_TRUE(contains(on.lab.hand_realloc(p, 500).text, "is refused. Noticed: overflow"));
  EXPECT_EQ(on.lab.block_called("p"), std::nullopt);
  EXPECT_TRUE(contains(on.lab.undo().text, "q is freed again"));
  EXPECT_TRUE(contains(on.lab.undo().error, "cannot be undone"));
  EXPECT_TRUE(contains(on.lab.undo().error, "nothing to undo"));
}

TEST_F(LabErrorsTest, AWorkersBlockWithADamagedHeaderCanBeFreedThroughTheMapsPointer) {
  Workload workload;
  workload.threads = 1;
  workload.operations = 50;
  on.lab.start(workload);
  ASSERT_TRUE(test::eventually([&] { return !on.lab.running(); }));
  on.lab.stop();
  const std::uint64_t block = test::address_of(on.used_blocks().at(0));
  const std::uint64_t pointer = on.lab.pointer_to(block);
  said(Mischief::smash_header, block);
  EXPECT_TRUE(contains(on.lab.hand_free(block).error, "gone"));
  EXPECT_TRUE(contains(on.lab.hand_free(block, pointer).text, "Noticed: damaged header"));
  EXPECT_TRUE(contains(on.lab.undo().error, "cannot be undone"));
  EXPECT_EQ(verdict(), Verdict::State::equal) << recorder.verdict().difference;
}

/// Any policy, from a number.
mh_policy policy_number(std::mt19937_64& random) {
  mh_policy policy = plainest_policy;
  policy.placement = static_cast<mh_placement>(random() % 4);
  policy.free_order = static_cast<mh_free_order>(random() % 3);
  policy.coalescing = static_cast<mh_coalescing>(random() % 3);
  policy.header = static_cast<mh_header_kind>(random() % 2);
  policy.trimming = static_cast<mh_trimming>(random() % 3);
  policy.growth = static_cast<mh_growth>(random() % 2);
  policy.split = static_cast<int>(random() % 2);
  policy.alignment = std::size_t{16} << random() % 3;
  policy.guards = static_cast<int>(random() % 2);
  policy.poison = static_cast<int>(random() % 2);
  return policy;
}

// Whatever is broken in whatever order, under whatever policy: the lab goes on, a check names a
// block that the walk saw or stopped at, and after a reset all is well.
TEST_F(LabErrorsTest, AnyMischiefIsSurvived) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 60; ++round) {
    ASSERT_TRUE(on.heap.set_policy(policy_number(random)));
    std::vector<std::uint64_t> blocks;
    for (int step = 0; step < 60; ++step) {
      const std::uint64_t block = blocks.empty() ? 0 : blocks[random() % blocks.size()];
      switch (random() % 6) {
        case 0:
        case 1:
          if (const Outcome made = on.lab.hand_malloc(1 + random() % 200); made.block != 0) {
            blocks.push_back(made.block);
          }
          break;
        case 2:
          on.lab.hand_free(block);
          break;
        case 3:
          on.lab.hand_realloc(block, 1 + random() % 300);
          break;
        case 4:
          on.lab.write_through(block + 32, "p", 1 + random() % 64);
          break;
        default: {
          const auto mischief = static_cast<Mischief>(random() % mischief_kinds().size());
          const Outcome outcome =
              on.lab.make_mischief(mischief, block, random() % 4 == 0 ? random() % 300 : 0);
          ASSERT_FALSE(outcome.error.empty() && outcome.text.empty());
        }
      }
    }
    const CheckResult check = on.lab.check_now();
    const Heap::WalkEnd end = on.heap.walk([](const mh_block*, void*) { return 1; }, nullptr);
    EXPECT_TRUE(end.error == MH_OK || check.error != MH_OK);
    EXPECT_EQ(check.error == MH_OK, check.block == 0) << mh_error_text(check.error);
    const Verdict::State state = verdict();
    EXPECT_EQ(state, end.error == MH_OK ? Verdict::State::equal : Verdict::State::damaged)
        << "round " << round << ": " << recorder.verdict().difference;
    on.lab.reset();
    recorder.clear();
    EXPECT_EQ(checked(), MH_OK);
  }
}

TEST_F(LabErrorsTest, WorkersGoOnWhateverIsBroken) {
  Workload workload;
  workload.threads = 3;
  workload.live_blocks = 200;
  std::mt19937_64 random(3);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(on.heap.set_policy(policy_number(random)));
    on.lab.start(workload);
    for (int step = 0; step < 40; ++step) {
      const std::vector<mh_block> blocks = on.walk();
      if (blocks.empty()) continue;
      const auto mischief = static_cast<Mischief>(random() % mischief_kinds().size());
      on.lab.make_mischief(mischief, test::address_of(blocks[random() % blocks.size()]));
    }
    const std::uint64_t done = on.lab.operations_done();
    EXPECT_TRUE(test::eventually([&] { return on.lab.operations_done() > done + 300; }));
    on.lab.reset();
    recorder.clear();
  }
}

}  // namespace
}  // namespace mh
