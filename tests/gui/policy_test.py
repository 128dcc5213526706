"""The engine's switches by mouse: what they do to the heap, and why a search took what it took."""

import unittest

from harness import WindowTest, address


class PolicyTest(WindowTest):
    def turn(self, target, words):
        self.app.click(target)
        return self.app.wait_for(f"policy {words}", lambda s: s["policy"]["words"] == words)

    def test_switches_change_the_engine_and_are_remembered(self):
        app = self.start()
        self.assertEqual(app.state()["policy"], {"words": "textbook", "preset": "textbook",
                                                 "explaining": False})
        state = self.turn("placement:Best", "textbook best")
        self.assertEqual(state["policy"]["preset"], "best")
        self.assertIn("policy textbook best", state["message"])
        self.turn("placement:First", "textbook")
        state = self.turn("toggle:Guards", "textbook guards on")
        self.assertIsNone(state["policy"]["preset"])
        self.assertIn("for new blocks", state["message"])
        self.turn("toggle:Guards", "textbook")
        self.assertNotIn("order:LIFO", app.state()["targets"])
        app.click("more_switches")
        app.wait_for("all switches", lambda s: "order:LIFO" in s["targets"])
        self.turn("order:LIFO", "textbook order lifo")
        app.choose("policy", "policy:plain")
        app.wait_for("the plainest", lambda s: s["policy"]["words"] == "plain")
        self.quit()
        state = self.start().wait_for("the policy of before", lambda s: s["policy"]["words"] == "plain")
        self.assertIn("order:LIFO", state["targets"], "the fold stays open")
        self.quit()

    def test_the_fast_engine_is_chosen_by_a_click(self):
        app = self.start("--threads", "4", "--rate", "unlimited")
        app.click("engine:Fast bins")
        state = app.wait_for("the fast engine", lambda s: s["engine"] == "fast")
        self.assertFalse(state["workload"]["running"], "the heap begins anew")
        app.click("start")
        app.wait_for("work", lambda s: s["totals"]["allocs"] > 10000)
        app.wait_for("picture = heap", lambda s: s["verdict"]["state"] == "equal")
        app.click("stop")
        app.wait_for("rest", lambda s: not s["workload"]["running"])
        app.type_size("300000")
        app.click("malloc")
        app.wait_for("it is outside the heap", lambda s: s["totals"]["mapped"] > 300000)
        app.click("engine:Classic list")
        app.wait_for("the classic engine", lambda s: s["engine"] == "classic" and s["totals"]["allocs"] == 0)
        self.quit()

    def test_splitting_shows_at_once(self):
        app = self.start("--policy", "plain")
        app.malloc("400")
        app.malloc("16")
        app.key("Left")
        app.key("f")
        app.wait_for("a hole", lambda s: s["totals"]["free_blocks"] == 1)
        self.turn("toggle:Split", "plain split on")
        state = app.malloc("100")
        self.assertEqual(state["totals"]["free_blocks"], 1, "what was too much is free")
        self.assertEqual(state["blocks"][1]["address"], hex(address(state["selected"]) + 144))
        self.quit()

    def test_a_search_is_explained_now_and_in_the_past(self):
        app = self.start("--policy", "plain best")
        for size in ("100", "16", "64", "16"):
            app.malloc(size)
        app.click("toggle:Explain")
        app.wait_for("explaining", lambda s: s["policy"]["explaining"])
        for steps in (1, 2):
            for _ in range(steps):
                app.key("Left")
            app.key("f")
            app.wait_for("a hole", lambda s, n=steps: s["totals"]["free_blocks"] == n)
        state = app.malloc("50")
        self.assertEqual([visit["words"] for visit in state["search"]["visits"]],
                         ["fits, 48 B left over, best so far", "fits exactly, taken"])
        self.assertEqual(state["search"]["words"], "Best fit visited 2 of 2 free blocks, took number 2.")
        self.assertEqual(state["search"]["chosen"], state["selected"])
        self.assertIn("search", state["targets"])
        app.malloc("1000")
        app.wait_for("a search in vain", lambda s: "No free block is large enough" in s["search"]["words"])
        app.key("comma")
        app.wait_for("the search of before", lambda s: not s["live"] and "took number 2" in s["search"]["words"])
        self.quit()


if __name__ == "__main__":
    unittest.main()
