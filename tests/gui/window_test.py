"""The window itself: size, theme, scale, help, closing, pictures, rest, what it remembers."""

import os
import pathlib
import unittest

from PIL import Image, ImageChops

import x11
from harness import WindowTest, address, block_named, heap_is_empty


class ShapeTest(WindowTest):
    def test_resizing_keeps_everything_inside(self):
        app = self.start("--threads", "2", "--pattern", "churn", "--rate", "1k", "--live", "200")
        for width, height in ((1000, 700), (1280, 800), (1600, 1000)):
            app.resize(width, height)
            state = app.wait_for(f"a layout for {width}x{height}",
                                 lambda s: abs(sum(s["targets"]["picture"][0::2]) - (width - 14)) < 2)
            for target in ("map", "minimap", "timeline", "malloc", "verdict", "theme"):
                x, y, w, h = state["targets"][target]
                self.assertGreaterEqual(min(x, y), 0, target)
                self.assertLessEqual(x + w, width, target)
                self.assertLessEqual(y + h, height, target)
            map_width, map_height = state["targets"]["map"][2:]
            self.assertGreater(map_width, 0.3 * width)
            self.assertGreater(map_height, 0.3 * height)
            app.click("malloc")
            app.wait_for("clicks that hit", lambda s, n=width: "malloc" in s["message"])
        app.click("stop")
        app.wait_for("equal", lambda s: s["verdict"]["state"] == "equal")
        self.quit()

    def test_everything_has_its_place_at_1024_and_at_three_halves(self):
        app = self.start("--theme", "dark", size=(1024, 700))
        for scale, (width, height) in ((1, (1024, 700)), (1, (1280, 800)), (1.4, (1280, 800))):
            app.resize(width, height)
            while app.state()["ui_scale"] < scale:
                before = app.state()["ui_scale"]
                app.key("ctrl+plus")
                app.wait_for("a larger scale", lambda s, b=before: s["ui_scale"] > b)
            state = app.wait_for(f"a layout for {width}", lambda s, w=width: "speed" in s["targets"]
                                 and abs(sum(s["targets"]["picture"][0::2]) - (w - 14 * s["ui_scale"])) < 2)
            targets = state["targets"]
            bar = sorted(targets[name][0::2] for name in targets if name in ("speed", "theme", "picture", "go_live")
                         or name.startswith(("colour", "tab:")))
            for left, right in zip(bar, bar[1:]):
                self.assertLessEqual(sum(left), right[0] + 0.5, (width, scale, bar))
            for name in ("rate", "live", "mean", "seed"):
                x, y, w, h = targets[name]
                self.assertLess(y + h, targets["start"][1], (name, width, scale))
        app.malloc("10")
        app.wait_for("the inspector", lambda s: "inspector:free" in s["targets"])
        self.quit()

    def test_a_display_of_scale_2(self):
        x11.set_resolution(192)
        self.addCleanup(x11.set_resolution, 96)
        app = self.start(size=(800, 500))
        state = app.wait_for("its targets", lambda s: "malloc" in s["targets"])
        self.assertGreater(state["targets"]["malloc"][3], 50, "twice as many pixels")
        self.assertEqual(app.geometry()[2:], (1600, 1000))
        self.quit()
        app = self.start(size=None)
        self.assertEqual(app.geometry()[2:], (1600, 1000), "and not scaled once more")
        self.quit()

    def test_full_screen_without_a_window_manager(self):
        app = self.start(size=(1280, 800))
        app.key("F11")
        app.key("t")
        app.wait_for("life after F11", lambda s: s["theme"] == "light")
        app.key("F11")
        app.key("t")
        app.wait_for("life after F11", lambda s: s["theme"] == "dark")
        app.malloc("10")
        self.quit()

    def test_help_lies_over_the_window_and_goes(self):
        app = self.start("--theme", "dark")
        app.wait_for_rest()
        # Not the status bar, which tells times.
        x, y, width, height = map(round, app.state()["targets"]["map"])
        on_map = lambda image: image.crop((x, y, x + width, y + height))
        before = app.screenshot()
        app.key("F1")
        # Behind the list the window is dimmed.
        app.wait_for_pixels("the list of keys", lambda image: average(image) < 0.85 * average(before))
        app.key("Escape")
        app.wait_for_pixels("the window as before",
                            lambda image: not ImageChops.difference(on_map(image), on_map(before)).getbbox())
        self.quit()

    def test_theme_and_scale_by_keys_and_they_are_remembered(self):
        app = self.start("--theme", "dark")
        dark = app.screenshot()
        app.key("t")
        app.wait_for("the light theme", lambda s: s["theme"] == "light")
        app.wait_for_pixels("a bright window", lambda image: average(image) > 3 * average(dark))
        app.key("ctrl+equal")
        larger = app.wait_for("a larger scale", lambda s: s["ui_scale"] > 1.05)
        app.wait_for("larger buttons", lambda s: s["targets"]["malloc"][3] > 33)
        self.quit()
        app = self.start(size=None)
        state = app.wait_for("a window as it was", lambda s: s["theme"] == "light")
        self.assertAlmostEqual(state["ui_scale"], larger["ui_scale"])
        self.assertEqual(app.geometry()[2:], (1600, 1000))
        app.key("ctrl+0")
        app.wait_for("the scale as it was", lambda s: s["ui_scale"] == 1)
        app.click("theme")
        app.wait_for("the dark theme", lambda s: s["theme"] == "dark")
        self.quit()

    def test_damaged_settings_do_not_keep_it_from_starting(self):
        self.desk.write_settings('{"theme": "li')
        app = self.start()
        app.wait_for("a message about the settings", lambda s: "settings" in s["message"])
        app.malloc("10")
        self.quit()

    def test_the_close_button(self):
        app = self.start("--threads", "4", "--pattern", "churn", "--rate", "unlimited", "--live", "500")
        app.wait_for("work", lambda s: s["end"] > 1000)
        self.assertEqual(app.close_window(), 0, app.error_text())


class PictureTest(WindowTest):
    def take(self, action):
        """Does what takes a picture, waits for the message that says where, and opens it."""
        known = set(self.desk.pictures.iterdir())
        action()
        fresh = lambda: set(self.desk.pictures.glob("*.png")) - known
        self.app.wait_for("a new picture and where it is",
                          lambda s: any(s["message"] == f"Saved {file}" for file in fresh()))
        self.assertEqual(len(fresh()), 1)
        with Image.open(fresh().pop()) as image:
            return image.convert("RGB")

    def test_pictures_of_the_window_and_of_the_map(self):
        app = self.start("--theme", "dark")
        app.malloc("100")
        window = self.take(lambda: app.key("p"))
        self.assertEqual(window.size, (1600, 1000))
        button = self.take(lambda: app.click("picture"))
        self.assertEqual(button.size, (1600, 1000))
        alone = self.take(lambda: app.key("P"))
        width, height = app.state()["targets"]["map"][2:]
        self.assertTrue(width <= alone.width < 1600 and height <= alone.height < 1000, alone.size)
        self.assertGreater(len(alone.getcolors(1 << 24)), 20, "it shows something")
        self.assertIsNotNone(window.getbbox())
        self.quit()

    def test_a_picture_shows_what_the_window_shows(self):
        app = self.start("--theme", "dark")
        app.malloc("100")
        app.wait_for_rest()
        seen = app.screenshot()
        picture = self.take(lambda: app.key("p"))
        left, top, width, height = app.state()["targets"]["map"]
        area = tuple(map(round, (left, top, left + width, top + 0.5 * height)))
        self.assertIsNone(ImageChops.difference(picture.crop(area), seen.crop(area)).getbbox())
        self.quit()

    def check_refusal(self, folder):
        app = self.app
        for key in ("p", "P"):
            app.key(key)
            app.wait_for("a message that names the folder",
                         lambda s: str(folder) in s["message"] and not s["message"].startswith("Saved"))
            app.malloc("10")  # and the app goes on
        self.quit()

    def test_a_file_where_the_folder_should_be(self):
        chosen = self.desk.write("no-folder", "")
        self.desk.write_settings({"picture_directory": str(chosen)})
        self.start()
        self.check_refusal(chosen)

    def test_a_folder_in_which_nobody_may_write(self):
        # Not even root may write there.
        self.desk.pictures = pathlib.Path("/proc")
        self.start()
        self.check_refusal("/proc")


class RestTest(WindowTest):
    TICKS = os.sysconf("SC_CLK_TCK")

    def cpu_seconds(self):
        text = pathlib.Path(f"/proc/{self.app.process.pid}/stat").read_text()
        fields = text.rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / self.TICKS

    def check_idle(self):
        self.app.wait_for_rest()
        before = self.cpu_seconds()
        frame = self.app.state()["frame"]
        self.app.holds("no frame is drawn", lambda s: s["frame"] == frame, 5)
        self.assertLess(self.cpu_seconds() - before, 0.02 * 5)

    def test_at_rest_with_an_empty_heap(self):
        self.start()
        self.check_idle()
        self.quit()

    def test_at_rest_with_paused_workers(self):
        app = self.start("--threads", "8", "--pattern", "churn", "--rate", "unlimited", "--live", "2000")
        app.wait_for("work", lambda s: s["end"] > 20_000)
        app.key("space")
        app.wait_for("a pause", lambda s: s["paused"])
        self.check_idle()
        self.assertEqual(app.state()["verdict"]["state"], "equal")
        self.quit()


class ProgramBreakTest(WindowTest):
    FRAMES = 300

    def heap_mapping(self):
        """What the kernel says lies between the start of the data segment and the break, page by page."""
        for line in pathlib.Path(f"/proc/{self.app.process.pid}/maps").read_text().splitlines():
            if line.endswith("[heap]"):
                return tuple(int(text, 16) for text in line.split()[0].split("-"))
        return None

    def draw_frames(self):
        app = self.app
        end = app.state()["frame"] + self.FRAMES
        across = 0
        while app.state()["frame"] < end:
            across = (across + 7) % 90
            app.move("map", 0.05 + across / 100, 0.05 + across / 200)
        return app.state()

    def test_the_window_moves_the_break_by_0_bytes(self):
        app = self.start()
        before = app.malloc("100")
        mapping = self.heap_mapping()
        after = self.draw_frames()
        self.assertEqual(after["heap"], before["heap"])
        self.assertEqual(after["stats"]["break_moves"], before["stats"]["break_moves"])
        self.assertEqual(self.heap_mapping(), mapping)
        # A move below a page would show here: q begins where p ended, and nobody else's bytes between.
        state = app.malloc("100")
        self.assertEqual(address(block_named(state, "q")["address"]), address(before["heap"]["break"]))
        self.assertEqual(state["totals"]["foreign"], 0)
        page = os.sysconf("SC_PAGE_SIZE")
        self.assertEqual(self.heap_mapping()[1], -(-address(state["heap"]["break"]) // page) * page)
        app.key("ctrl+r")
        app.wait_for("an empty heap", heap_is_empty)
        self.assertIsNone(self.heap_mapping(), "all of it went back")
        self.quit()


def average(image):
    """Brightness, 0 to 255."""
    small = image.convert("L").resize((1, 1), Image.BOX)
    return small.getpixel((0, 0))


if __name__ == "__main__":
    unittest.main()
