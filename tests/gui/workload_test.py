"""Worker threads in the window: the map stays equal to the heap, time can be stopped and walked through."""

import unittest

from harness import WindowTest, address, heap_is_empty

EIGHT_THREADS = ["--threads", "8", "--pattern", "churn", "--rate", "unlimited", "--live", "2000"]


def calls(state):
    return state["stats"]["mallocs"] + state["stats"]["frees"]


class EightThreadsTest(WindowTest):
    def setUp(self):
        super().setUp()
        self.start("--theme", "dark", *EIGHT_THREADS)

    def check_health(self, state):
        self.assertEqual(state["lost"], 0)
        self.assertNotEqual(state["verdict"]["state"], "different", state["verdict"]["difference"])
        return True

    def wait_for(self, what, predicate, seconds=15):
        return self.app.wait_for(what, lambda s: self.check_health(s) and predicate(s), seconds)

    def let_work(self):
        """Some seconds at full speed under verification."""
        self.app.holds("nothing lost, nothing different", self.check_health, 3)
        state = self.wait_for("many events, all of them compared with the heap",
                              lambda s: s["end"] > 100_000 and s["verdict"]["state"] == "equal")
        self.assertTrue(state["workload"]["running"])
        self.assertTrue(state["live"])
        self.assertGreater(state["events_per_second"], 1000)
        self.assertGreater(state["totals"]["used_blocks"], 500)

    def pause(self):
        """Pauses, and waits until no event is on its way any more."""
        self.app.click("pause")
        self.wait_for("paused", lambda s: s["paused"])
        return self.wait_for_standstill()

    def wait_for_standstill(self):
        last = None

        def stands(state):
            nonlocal last
            now = (state["end"], calls(state))
            same, last = now == last, now
            # The same state can be read twice: what the heap did must be in the picture too.
            drawn = all(state["totals"][figure] == state["stats"][figure]
                        for figure in ("used_blocks", "requested", "padding", "heap"))
            return (same and drawn and state["position"] == state["end"]
                    and state["verdict"]["state"] == "equal")
        state = self.wait_for("all events drawn, and equal to the heap", stands)
        self.app.holds("standstill", lambda s: s["end"] == state["end"] and s["position"] == s["end"])
        return state

    def test_the_map_equals_the_heap_while_eight_threads_work(self):
        self.let_work()
        self.app.click("stop")
        self.wait_for("an end", lambda s: not s["workload"]["running"])
        state = self.wait_for_standstill()
        self.assertEqual(state["totals"]["used_blocks"], state["stats"]["used_blocks"])
        self.assertEqual(state["totals"]["requested"], state["stats"]["requested"])
        self.assertEqual(state["totals"]["heap"], state["stats"]["heap"])
        self.quit()

    def test_single_steps_forward_and_back(self):
        self.let_work()
        before = self.pause()
        for _ in range(3):
            self.app.key("period")
            after = self.wait_for("a step", lambda s: s["end"] > before["end"] and s["position"] == s["end"])
            after = self.wait_for_standstill()
            self.assertTrue(after["live"] and after["paused"])
            self.assertEqual(calls(after), calls(before) + 1, "one step is one call")
            self.assertEqual(after["workload"]["operations"], before["workload"]["operations"] + 1)
            before = after
        self.app.click("step_back")
        back = self.wait_for("the past", lambda s: not s["live"])
        self.assertLess(back["position"], before["position"])
        self.assertEqual(back["end"], before["end"])
        self.assertLessEqual(abs(back["totals"]["used_blocks"] - before["totals"]["used_blocks"]), 1)
        self.app.key("period")
        forward = self.wait_for("the end again", lambda s: s["live"])
        self.assertEqual(forward["position"], before["position"])
        self.assertEqual(forward["totals"], before["totals"])
        self.assertTrue(forward["paused"])
        self.app.key("comma")
        self.wait_for("the past", lambda s: not s["live"])
        self.app.key("End")
        self.wait_for("live, and the workers work again",
                      lambda s: s["live"] and not s["paused"] and s["end"] > before["end"] + 1000)
        self.quit()

    def test_hands_off_the_past(self):
        self.let_work()
        self.pause()
        self.app.key("comma")
        self.wait_for("the past", lambda s: not s["live"])
        self.app.key("Right")
        self.wait_for("something selected", lambda s: s["selected"] is not None)
        self.app.key("f")
        state = self.wait_for("a message", lambda s: "past" in s["message"])
        self.assertFalse(state["live"])
        self.quit()

    def test_the_playhead_is_dragged_back_and_forth(self):
        self.let_work()
        app = self.app
        app.hold("timeline", 0.2)
        early = self.wait_for("the past", lambda s: not s["live"] and s["position"] < s["end"])
        app.move("timeline", 0.7)
        later = self.wait_for("a later past", lambda s: not s["live"] and s["position"] > early["position"])
        self.assertLess(later["position"], later["end"])
        app.move("timeline", 0.1)
        self.wait_for("an earlier past", lambda s: s["position"] < early["position"])
        app.move("timeline", 1.0)
        self.wait_for("live at the right end", lambda s: s["live"])
        for across in (0.3, 0.9, 0.05, 0.6, 0.4):
            app.move("timeline", across)
            self.wait_for("the past", lambda s: not s["live"])
        app.let_go()
        rest = self.app.state()
        self.assertFalse(rest["live"])
        app.click("go_live")
        self.wait_for("live", lambda s: s["live"] and s["position"] == s["end"])
        self.quit()

    def test_pause_workers_then_stop_then_reset(self):
        self.let_work()
        self.app.click("pause_workload")
        state = self.wait_for("paused workers", lambda s: s["workload"]["paused"])
        self.wait_for_standstill()
        self.app.click("pause_workload")
        self.wait_for("workers at work", lambda s: not s["workload"]["paused"]
                      and s["workload"]["operations"] > state["workload"]["operations"] + 1000)
        self.app.click("stop")
        self.wait_for("an end", lambda s: not s["workload"]["running"])
        stopped = self.wait_for_standstill()
        self.assertGreater(stopped["totals"]["used_blocks"], 0, "their blocks stay")
        self.app.click("reset")
        state = self.wait_for("an empty heap", lambda s: heap_is_empty(s) and "empty" in s["message"])
        self.assertEqual(state["heap"]["start"], stopped["heap"]["start"])
        self.assertEqual(address(state["heap"]["break"]), address(stopped["heap"]["start"]))
        self.assertEqual(state["totals"]["used_blocks"], 0)
        self.app.malloc("100")
        self.wait_for_standstill()
        self.quit()

    def test_reset_while_they_work(self):
        self.let_work()
        self.app.key("ctrl+r")
        self.wait_for("an empty heap", lambda s: heap_is_empty(s) and not s["workload"]["running"])
        self.app.key("w")
        self.wait_for("a second run", lambda s: s["end"] > 10_000 and s["verdict"]["state"] == "equal")
        self.quit()


class SmallWorkloadTest(WindowTest):
    def test_a_first_workload_is_one_click_away(self):
        app = self.start()
        app.click("empty:start")
        state = app.wait_for("blocks of more than one thread",
                             lambda s: len({block["thread"] for block in s["blocks"]}) > 1)
        self.assertTrue(state["workload"]["running"])
        app.wait_for("the verdict", lambda s: s["verdict"]["state"] == "equal")
        app.click("stop")
        app.wait_for("an end", lambda s: not s["workload"]["running"])
        self.quit()

    def test_slow_motion(self):
        app = self.start("--threads", "2", "--pattern", "churn", "--rate", "unlimited", "--live", "100")
        app.wait_for("speed", lambda s: s["events_per_second"] > 1000)
        app.click("speed", across=0.01)
        app.wait_for("one call a second", lambda s: s["events_per_second"] < 10)
        slow = app.state()
        app.wait_for("the next calls", lambda s: calls(s) >= calls(slow) + 2)
        app.click("speed", across=0.99)
        app.wait_for("full speed again", lambda s: s["events_per_second"] > 1000)
        self.quit()

    def test_a_reset_forgets_the_figures_of_the_heap_before(self):
        app = self.start("--threads", "4", "--pattern", "churn", "--rate", "unlimited", "--live", "500")
        app.wait_for("work", lambda s: s["stats"]["mallocs"] > 2000)
        app.key("ctrl+r")
        state = app.wait_for("an empty heap", lambda s: s["heap"]["break"] == s["heap"]["start"]
                             and s["end"] < 100 and not s["workload"]["running"])
        for figure in ("peak_heap", "mallocs", "frees", "break_moves", "visited"):
            self.assertEqual(state["stats"][figure], 0, figure)
        state = app.malloc("100")
        self.assertEqual(state["stats"]["peak_heap"], state["stats"]["heap"])
        self.assertEqual(state["stats"]["break_moves"], 1)
        self.quit()


if __name__ == "__main__":
    unittest.main()
