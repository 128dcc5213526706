"""Mistakes made by hand: said, listed, checked for, and gone back to."""

import unittest

import map_pixels as pixels
from harness import WindowTest, block_named


def error_rows(state):
    return sorted(name for name in state["targets"] if name.startswith("error:"))


class ErrorsTest(WindowTest):
    def break_from_menu(self, name, mistake):
        """Right-clicks the block and chooses from "Break it"."""
        state = self.app.state()
        block = block_named(state, name)
        self.app.click_at(*pixels.middle(pixels.payload(state, block)), button=3)
        self.app.move("menu:break")
        self.app.click("menu:break:" + mistake)

    def test_mischief_by_menu_is_listed_and_a_click_goes_to_its_moment(self):
        app = self.start("--theme", "dark")
        app.malloc("100")
        app.malloc("200")
        app.malloc("300")
        self.break_from_menu("q", "free-inside")
        state = app.wait_for("the error", lambda s: s["errors"]["total"] == 1)
        self.assertIn("free(q + 16). Noticed: interior pointer", state["message"])
        self.break_from_menu("q", "smash")
        state = app.wait_for("a damaged heap", lambda s: s["verdict"]["state"] == "damaged")
        damaged = block_named(state, "q")["address"]
        # One truth: the background check, the list and the status bar.
        state = app.wait_for("the damage listed", lambda s: s["errors"]["total"] == 2)
        self.assertIn("damaged header", state["errors"]["newest"])
        app.wait_for("the message to know it too", lambda s: s["message"].endswith(
            "No call noticed it yet: free(q) or the next call that comes by will, or a check."
            " The check in the background has found it."))
        self.assertIn(f"heap damaged at {damaged} (header overwritten)", state["verdict"]["difference"])

        app.key("Escape")
        app.click("verdict")  # leads to the block
        app.wait_for("q selected", lambda s: s["selected"] == damaged)
        app.key("Escape")
        app.key("h")
        state = app.wait_for("the check's answer", lambda s: "first damaged block is q" in s["message"])
        self.assertEqual(state["selected"], damaged)
        self.assertEqual(state["errors"]["total"], 2)
        app.key("f")  # the heap refuses, and sets it aside
        state = app.wait_for("a refusal", lambda s: "The block is set aside" in s["message"])
        self.assertEqual(state["errors"]["total"], 2)
        self.assertIn("damaged header", state["errors"]["newest"])
        app.wait_for("map = heap again", lambda s: s["verdict"]["state"] == "equal")

        app.key("m")  # so that the damage is in the past
        app.wait_for("one more block", lambda s: s["totals"]["used_blocks"] == 3)
        app.click("errors")
        state = app.wait_for("two rows", lambda s: len(error_rows(s)) == 2)
        rows = error_rows(state)
        first = int(rows[0].split(":")[1])
        app.click(rows[0])
        state = app.wait_for("the past", lambda s: not s["live"])
        self.assertEqual(state["position"], first + 1)
        self.assertEqual(state["selected"], damaged)
        app.click(rows[1])
        state = app.wait_for("the damage", lambda s: s["position"] > first + 1)
        self.assertTrue(next(b for b in state["blocks"] if b["address"] == damaged)["set_aside"])
        app.wait_for_rest()  # the mark of what changed stands still
        app.key("b")
        app.wait_for("a refusal", lambda s: "This is the past" in s["message"])
        app.key("x")
        app.wait_for("the timeline", lambda s: "timeline" in s["targets"] and not s["errors"]["open"])
        self.quit()

    def test_digits_choose_from_the_menu_that_b_opens(self):
        app = self.start()
        app.malloc("100")
        app.malloc("100")
        app.key("b")
        app.wait_for("the menu", lambda s: "break:overflow" in s["targets"])
        app.key("5")
        app.wait_for("a double free", lambda s: "double free" in s["errors"]["newest"]
                     or "invalid pointer" in s["errors"]["newest"])
        app.wait_for("no menu", lambda s: "break:overflow" not in s["targets"])
        app.key("b")
        app.wait_for("the menu", lambda s: "break:overflow" in s["targets"])
        app.key("Escape")
        app.wait_for("no menu", lambda s: "break:overflow" not in s["targets"])
        self.quit()

    def test_the_heaps_figures_are_charted_and_copied(self):
        app = self.start()
        app.malloc("100")
        app.key("Escape")
        app.wait_for("the heap's panel", lambda s: "heap:class_bytes" in s["targets"]
                     and "heap:bytes" in s["targets"])
        app.click("heap:copy_json")
        app.wait_for("a message", lambda s: "as JSON" in s["message"])
        app.click("heap:copy_text")
        app.wait_for("a message", lambda s: "as text" in s["message"])
        self.quit()


if __name__ == "__main__":
    unittest.main()
