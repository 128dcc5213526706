"""The map under the pointer: zoom with the wheel, pan with drag, fit, and which block a click finds."""

import unittest

import map_pixels as pixels
from harness import WindowTest, block_named, xdotool


class MapTest(WindowTest):
    def setUp(self):
        super().setUp()
        self.start("--theme", "dark")
        for size in ("48", "48", "48", "48"):
            self.state = self.app.malloc(size)
        self.second = pixels.middle(pixels.payload(self.state, block_named(self.state, "q")))
        self.beside = (self.second[0] + 100, self.second[1])  # in the next block, at this zoom

    def selects(self, position, name):
        """A click there selects that block; a later one, if the map still moved under the first."""
        wanted = block_named(self.state, name)["address"]
        last_try = 4
        for attempt in range(last_try + 1):
            self.app.click_at(*position)
            try:
                # Longer than a double click may take, which would zoom.
                self.app.wait_for(f"{name} selected", lambda s: s["selected"] == wanted, 2)
                return
            except AssertionError:
                if attempt == last_try:
                    raise

    def wheel(self, position, notches):
        xdotool("mousemove", *position)
        for _ in range(abs(notches)):
            xdotool("click", 4 if notches > 0 else 5)
            self.app.wait_for_frame()

    def widest_blue(self, image):
        """The longest stretch of blue on the map, as a part of its width."""
        left, top, width, height = map(round, self.state["targets"]["map"])
        widest = run = 0
        for y in range(top + 1, top + height, 6):
            for x in range(left, left + width):
                run = run + 1 if pixels.near(image.getpixel((x, y)), pixels.BLUE) else 0
                widest = max(widest, run)
            run = 0
        return widest / width

    def test_a_click_selects_the_block_under_it(self):
        for name in "pqrs":
            area = pixels.payload(self.state, block_named(self.state, name))
            self.selects(pixels.middle(area), name)
        self.app.key("Escape")
        self.app.wait_for("nothing selected", lambda s: s["selected"] is None)
        self.quit()

    def test_the_wheel_zooms_at_the_pointer_and_home_fits(self):
        self.selects(self.beside, "r")
        self.wheel(self.second, 3)
        self.selects(self.second, "q")  # what was under the pointer still is
        self.app.key("Escape")
        self.selects(self.beside, "q")  # and has become larger
        self.app.key("Home")
        self.selects(self.beside, "r")
        self.wheel(self.second, 3)
        self.wheel(self.second, -3)
        self.selects(self.beside, "r")
        self.quit()

    def test_zoom_to_the_selected_block(self):
        self.selects(self.second, "q")
        self.assertLess(self.widest_blue(self.app.screenshot()), 0.15)
        self.app.key("z")
        # 48 bytes were less than a tenth of a row, and become more than a sixth.
        self.app.wait_for_pixels("a wide block", lambda image: self.widest_blue(image) > 0.15)
        self.app.key("0")
        self.selects(self.beside, "r")
        self.quit()

    def test_find_goes_to_an_address_a_name_and_a_size_also_in_the_past(self):
        block = block_named(self.state, "q")
        pointer = int(block["address"], 16) + 32
        self.app.malloc("300")

        def find(text):
            self.app.key("Escape")
            self.app.wait_for("no field", lambda s: not s["typing"] and "find" not in s["targets"])
            self.app.key("ctrl+f")
            self.app.wait_for("the field", lambda s: s["typing"] and "find" in s["targets"])
            xdotool("key", "ctrl+a", "type", "--delay", "5", "--", text)
            self.app.key("Return")

        for text, name in ((f"$1 = (void *) {pointer:#x}", "q"), (f"{pointer:x}", "q"), ("r", "r"), ("300", "t")):
            find(text)
            wanted = block_named(self.state if name != "t" else self.app.state(), name)["address"]
            self.app.wait_for(f"{name} for {text}", lambda s, w=wanted: s["selected"] == w)
        find("zebra")
        self.app.wait_for("a sentence", lambda s: "No block is called 'zebra'" in s["message"])
        self.app.key("Escape")
        self.app.wait_for("no field", lambda s: not s["typing"] and "find" not in s["targets"])
        self.app.key("comma")
        self.app.wait_for("the past", lambda s: "past" in s["targets"])
        find("300")
        self.app.wait_for("nothing of that size then", lambda s: "No block of 300 bytes" in s["message"])
        find("q")
        self.app.wait_for("q in the past", lambda s: s["selected"] == block["address"] and not s["live"])
        self.app.key("Escape")
        self.app.key("f")
        self.app.wait_for("a refusal", lambda s: "This is the past" in s["message"])
        self.app.click("past")
        self.app.wait_for("the present", lambda s: s["live"] and "past" not in s["targets"])
        self.quit()

    def test_the_list_of_calls_follows_filters_and_goes_to_a_moment(self):
        rows = lambda s: sorted(int(name[5:]) for name in s["targets"] if name.startswith("call:"))
        self.app.key("f")  # s, selected
        self.app.key("a")
        state = self.app.wait_for("five calls", lambda s: len(rows(s)) >= 5 and rows(s)[-1] == s["end"] - 1)
        self.app.click("calls:filter")
        self.app.wait_for("the field", lambda s: s["typing"])
        xdotool("type", "--delay", "5", "malloc(48)")
        self.app.wait_for("four of them", lambda s: len(rows(s)) == 4)
        self.app.key("Return")
        self.app.click("calls:copy")
        self.app.wait_for("copied", lambda s: s["message"] == "Copied 4 calls.")
        first = rows(self.app.state())[0]
        self.app.click(f"call:{first}")
        state = self.app.wait_for("that moment", lambda s: not s["live"] and s["position"] >= first + 1)
        self.assertEqual(state["totals"]["used_blocks"], 1)
        self.app.key("a")
        self.app.wait_for("the timeline", lambda s: "timeline" in s["targets"])
        self.quit()

    def test_dragging_the_map_pans_and_selects_nothing(self):
        self.wheel(self.second, 3)
        self.selects(self.second, "q")
        self.app.key("Escape")
        self.app.wait_for("nothing selected", lambda s: s["selected"] is None)
        xdotool("mousemove", *self.second, "mousedown", 1)
        self.app.wait_for_frame()
        for step in (20, 60, 100):
            xdotool("mousemove", self.second[0] + step, self.second[1])
            self.app.wait_for_frame()
        self.app.let_go()
        self.app.holds("nothing selected by a drag", lambda s: s["selected"] is None, 0.3)
        self.selects((self.second[0] + 100, self.second[1]), "q")  # it went with the pointer
        self.quit()

    def test_shift_and_drag_selects_many_and_frees_them(self):
        q, s = (pixels.payload(self.state, block_named(self.state, name)) for name in "qs")
        xdotool("mousemove", round(q[0]) + 20, round(q[1]) + 12, "keydown", "shift", "mousedown", 1)
        self.app.wait_for_frame()
        xdotool("mousemove", round(s[0]) - 60, round(s[3]) - 12)
        self.app.wait_for_frame()
        xdotool("mousemove", round(s[0]) + 20, round(s[3]) - 12)
        self.app.wait_for_frame()
        self.app.let_go()
        xdotool("keyup", "shift")
        self.app.wait_for("three blocks, summed up", lambda state: state["selected"] is None
                          and state["region"]["exact"] and state["region"]["used_blocks"] == 3
                          and state["region"]["requested"] == 3 * 48)
        self.app.click("region:free")
        self.app.wait_for("them freed", lambda state: state["totals"]["used_blocks"] == 1
                          and state["message"] == "Freed 3 blocks.")
        self.app.key("Escape")
        self.app.wait_for("nothing selected", lambda state: state["region"] is None)
        self.app.key("u")
        self.app.wait_for("them back", lambda state: state["totals"]["used_blocks"] == 4
                          and block_named(state, "q") is not None)
        self.selects(self.second, "q")
        self.quit()

    def test_colour_by_size_and_age(self):
        payload = pixels.payload(self.state, block_named(self.state, "q"))
        spot = (round(payload[0]) + 6, round(payload[1]) + 8)  # beside the label

        def shows(colour):
            return lambda image: pixels.near(image.getpixel(spot), colour)
        self.app.wait_for_pixels("its owner's colour", shows(pixels.BLUE))
        self.app.click("colour:Size")
        self.app.wait_for_pixels("the colour of 33 to 64 bytes", shows(pixels.SIZE_33_TO_64))
        self.app.click("colour:Age")
        self.app.wait_for("colours by age", lambda s: s["colour_by"] == "age")
        # It grows older while nobody touches anything.
        self.app.wait_for_pixels("the colour of 3.2 to 10 s", shows(pixels.AGE_3_TO_10_S))
        self.app.wait_for_pixels("the colour of 10 to 32 s", shows(pixels.AGE_10_TO_32_S))
        for name in ("size", "state", "thread", "age"):
            self.app.key("k")
            self.app.wait_for(f"colours by {name}", lambda s, name=name: s["colour_by"] == name)
        self.quit()
        self.start(size=None)
        self.app.wait_for("colours as they were", lambda s: s["colour_by"] == "age")
        self.quit()

    def test_the_free_list_is_drawn_until_it_is_not_wanted(self):
        self.selects(self.second, "q")
        self.app.key("f")
        self.app.wait_for("the legend names it", lambda s: "legend:free_list" in s["targets"])
        left, top, right, _ = pixels.payload(self.state, block_named(self.state, "q"))

        def marked(image):  # above its row, where "free list" stands on a ground of its own
            return any(pixels.near(image.getpixel((round(x), round(top) - 4)), pixels.ARROW)
                       for x in range(round(left), round(right)))
        self.app.wait_for_pixels("the head is marked", marked)
        self.app.click("legend:free_list")
        self.app.wait_for("hidden", lambda s: "is not drawn" in s["message"])
        self.app.wait_for_pixels("no mark", lambda image: not marked(image))
        self.app.key("l")
        self.app.wait_for_pixels("the mark is back", marked)
        self.quit()

    def test_the_minimap_and_the_hover_do_not_disturb(self):
        self.app.move("minimap", down=0.5)
        self.app.click("minimap", down=0.9)
        xdotool("mousemove", *self.second)
        self.app.wait_for_frame()
        self.app.holds("the selection stays", lambda s: s["selected"] == self.state["selected"], 0.3)
        self.app.key("Home")
        self.selects(self.second, "q")
        self.quit()


if __name__ == "__main__":
    unittest.main()
