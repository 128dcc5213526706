"""A new user's first minute: the first click, the tour, the palette, undo and redo, what can be taken
along."""

import unittest

from harness import WindowTest, block_named, selected_block, xdotool


class FirstMinuteTest(WindowTest):
    def type(self, text):
        xdotool("type", "--delay", "5", "--", text)
        self.app.wait_for_frame()

    def find(self, words, title):
        """Opens the palette and types; waits until it would choose what is called so."""
        self.app.key("ctrl+k")
        self.app.wait_for("the palette's field", lambda s: s["palette"] is not None and s["typing"])
        self.type(words)
        self.app.wait_for(f"{title} found", lambda s: s["palette"] == title)

    def test_the_tour_ends_with_a_click_of_ones_own_and_does_not_come_back(self):
        app = self.start("--theme", "dark")
        state = app.wait_for("the first offers", lambda s: "empty:tour" in s["targets"])
        self.assertTrue({"empty:malloc", "empty:start", "empty:sixty"} <= state["targets"].keys())
        self.assertEqual(state["tour"], 0)  # not unasked
        app.click("empty:tour")
        app.wait_for("the first step", lambda s: s["tour"] == 1)
        app.click("tour:next")
        app.wait_for("the second step", lambda s: s["tour"] == 2)
        for step in range(3, 7):
            app.key("space")
            app.wait_for(f"step {step}", lambda s: s["tour"] == step)
        app.click("malloc")
        app.wait_for("its end, and a block", lambda s: s["tour"] == 0 and block_named(s, "p"))
        app.key("ctrl+r")
        app.wait_for("offers without the tour", lambda s: "empty:malloc" in s["targets"]
                     and "empty:tour" not in s["targets"])
        self.find("show me", "Show me around")
        app.key("Return")
        app.wait_for("the tour, asked for", lambda s: s["tour"] == 1)
        app.key("Escape")
        app.wait_for("no tour", lambda s: s["tour"] == 0)
        self.quit()
        app = self.start()
        app.wait_for("offers without the tour", lambda s: "empty:malloc" in s["targets"])
        self.assertNotIn("empty:tour", app.state()["targets"])
        app.click("empty:sixty")
        app.wait_for("the lesson, playing", lambda s: s["lesson"] and s["lesson"]["playing"])
        self.quit()

    def test_the_palette_finds_by_name_with_keyboard_and_mouse(self):
        app = self.start("--theme", "dark")
        self.find("best fit", "Best fit")
        app.key("Return")
        app.wait_for("best fit", lambda s: s["policy"]["preset"] == "best" and s["palette"] is None)
        self.find("8 threads", "8 threads")
        app.click("palette:0")
        app.wait_for("its answer", lambda s: s["message"].startswith("8 threads"))
        self.find("malloc 200", "malloc 200")
        app.key("Return")
        app.wait_for("a block of 200", lambda s: selected_block(s) and selected_block(s)["requested"] == 200)
        self.find("lesson realloc", "realloc: in place, or by moving")
        app.key("Return")
        app.wait_for("the lesson", lambda s: s["lesson"] and not s["lesson"]["choosing"])
        self.find("colour age", "Colour by age")
        app.key("Return")
        app.wait_for("the lab again", lambda s: s["lesson"] is None and s["colour_by"] == "age")
        app.key("ctrl+k")
        app.wait_for("the palette", lambda s: s["palette"] is not None)
        app.key("Escape")
        app.wait_for("no palette", lambda s: s["palette"] is None)
        self.quit()

    def test_clicks_are_undone_done_again_and_taken_along(self):
        app = self.start("--theme", "light")
        app.key("ctrl+y")
        app.wait_for("why not", lambda s: s["message"] == "There is nothing to redo.")
        for name in "pqr":
            app.key("m")
            app.wait_for(name, lambda s: block_named(s, name))
        for gone in "rq":
            app.key("ctrl+z")
            app.wait_for(f"no {gone}", lambda s: not block_named(s, gone))
        app.key("ctrl+y")
        app.wait_for("q again", lambda s: block_named(s, "q"))
        app.key("ctrl+shift+z")
        app.wait_for("r again", lambda s: block_named(s, "r"))
        app.key("ctrl+a")
        app.wait_for("an address", lambda s: s["message"].endswith("is in the clipboard.")
                     and s["message"].startswith("0x"))
        app.key("ctrl+c")
        app.wait_for("a program", lambda s: s["message"].startswith("The calls as a C program"))
        app.key("ctrl+p")
        app.wait_for("an SVG", lambda s: s["message"].startswith("Saved ") and list(self.desk.pictures.glob("*.svg")))
        app.key("ctrl+s")
        app.wait_for("a lesson", lambda s: "microheap lesson FILE" in s["message"])
        self.quit()
        lesson = next(self.desk.folder.glob("*.mh"))
        self.assertIn("r = malloc 100", lesson.read_text())
        done = self.desk.run("render", lesson, "-o", "slide.svg")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.desk.run("render", lesson, "--view", "map", "-o", "map.svg")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.desk.folder / "map.svg").read_text().count("  100 B<"), 3)


if __name__ == "__main__":
    unittest.main()
