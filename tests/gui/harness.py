"""Drives the real window of MicroHeap: mouse and keys through xdotool, what the app says of itself
through its state file (--state), what it shows through pixels.

A test never waits for a time but for a condition, with a deadline: the machine may be slow. Only
"nothing happens" has to be watched for a while; holds() does that.

Environment: MICROHEAP is the program; GUI_EVIDENCE a folder for the screenshot and the state of a
test that failed; DISPLAY an X server of 1600x1000 that nobody else uses and that repeats no keys:
    xvfb-run -a -s "-screen 0 1600x1000x24 -noreset -r" python3 -m unittest window_test
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from PIL import ImageGrab

import x11

PROGRAM = os.environ.get("MICROHEAP", "build/release/bin/microheap")
DEADLINE = 15.0  # seconds
POLL = 0.02


def poll(what, attempt, seconds=DEADLINE, last_words=lambda: ""):
    """Repeats attempt() until it returns something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        result = attempt()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}{last_words()}")
        time.sleep(POLL)


def xdotool(*words):
    done = subprocess.run(["xdotool", *map(str, words)], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"xdotool {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


class Desk:
    """A folder of its own for one test: settings, pictures, state file, scripts."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="microheap-gui-"))
        self.pictures = self.folder / "Pictures"
        self.pictures.mkdir()

    def environment(self, **more):
        return {**os.environ, "XDG_CONFIG_HOME": str(self.folder / "config"),
                "XDG_PICTURES_DIR": str(self.pictures), "HOME": str(self.folder), **more}

    def write(self, name, text):
        file = self.folder / name
        file.write_text(text)
        return file

    def write_settings(self, settings):
        """A settings file from before: an object, or text that is none."""
        folder = self.folder / "config" / "microheap"
        folder.mkdir(parents=True)
        text = settings if isinstance(settings, str) else json.dumps(settings)
        (folder / "settings.json").write_text(text)

    def run(self, *arguments, environment=None, seconds=60):
        """Runs the program to its end, in the desk's folder."""
        return subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, capture_output=True,
                              text=True, timeout=seconds, env=environment or self.environment())

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class App:
    """The program in its window, as a user has it before them."""

    def __init__(self, desk, *arguments, size=(1600, 1000)):
        self.desk = desk
        self.state_file = desk.folder / "state.json"
        self.state_file.unlink(missing_ok=True)
        self.errors = open(desk.folder / "stderr.txt", "w+")
        words = ["--state", self.state_file]
        if size:
            words += ["--size", f"{size[0]}x{size[1]}"]
        # What belongs to a command stands behind it; the last words may be another program's.
        command = arguments[:1] if arguments[:1] in (("run",), ("open",)) else ()
        words = [PROGRAM, *command, *words, *arguments[len(command):]]
        self.process = subprocess.Popen(list(map(str, words)), cwd=desk.folder, stderr=self.errors,
                                        env=desk.environment())
        self.window = None
        xdotool("mouseup", 1, "mousemove", 4, 4)  # what an earlier test left; there, nothing is under it
        try:
            poll("the window's first frame", self._shows, 2 * DEADLINE, self._last_words)
            self.window = int(self._window_ids()[0])
            xdotool("windowfocus", self.window)  # without a window manager nobody else gives it the keys
        except BaseException:
            self.kill()
            raise

    def _shows(self):
        return self.state_file.exists() and self.state()["targets"] and self._window_ids()

    def _window_ids(self):
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "^microheap$"],
                               capture_output=True, text=True, timeout=60)
        return found.stdout.split()

    # ---- What the app says

    def state(self):
        return json.loads(self.state_file.read_text())

    def wait_for(self, what, predicate, seconds=DEADLINE):
        """Waits until predicate(state) is true; returns that state."""
        def attempt():
            if self.process.poll() is not None:
                raise AssertionError(f"the app ended with {self.process.returncode} while waiting for: {what}"
                                     + self._last_words())
            state = self.state()
            return state if predicate(state) else None
        return poll(what, attempt, seconds, self._last_words)

    def holds(self, what, predicate, seconds=0.6):
        """Watches that predicate(state) stays true for that long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            state = self.state()
            if not predicate(state):
                raise AssertionError(f"did not last: {what}\n{brief(state)}")
            time.sleep(POLL)

    def wait_for_frame(self):
        """Waits until the app has drawn a frame that saw all input so far: like a user, who acts on
        what they see, and whose clicks do not fall into one frame."""
        begin = time.time()
        first = None

        def seen():
            nonlocal first
            written = self.state_file.stat().st_mtime if self.state_file.exists() else begin
            if self.process.poll() is not None or time.time() - max(written, begin) > 0.5:
                return True  # it ended, or it is at rest
            frame = self.state()["frame"]
            if first is None and written > begin:
                first = frame  # may have begun before the input; the next one did not
            return first is not None and frame > first
        poll("a frame", seen)

    def wait_for_rest(self, seconds=2 * DEADLINE):
        """Waits until the app draws nothing any more: its state was not written for a second."""
        poll("the window at rest", lambda: time.time() - self.state_file.stat().st_mtime > 1, seconds)

    def error_text(self):
        self.errors.flush()
        return (self.desk.folder / "stderr.txt").read_text()

    def _last_words(self):
        words = "\nstderr: " + self.error_text().strip()
        if self.state_file.exists():
            words += "\n" + brief(self.state())
        return words

    # ---- What a user does

    def place(self, target, across=0.5, down=0.5):
        """A pixel in a widget; waits until the widget is there."""
        state = self.wait_for(f"something called {target}", lambda s: target in s["targets"])
        x, y, width, height = state["targets"][target]
        left, top, _, _ = self.geometry()
        return round(left + x + across * width), round(top + y + down * height)

    def move(self, target, across=0.5, down=0.5):
        xdotool("mousemove", *self.place(target, across, down))

    def click(self, target, across=0.5, down=0.5, button=1):
        self.click_at(*self.place(target, across, down), button=button)

    def choose(self, name, entry):
        """Opens a list and takes one of its entries, once the list stands still: in its first frame it
        cannot be clicked yet."""
        self.click(name)
        before = None

        def stands_still(state):
            nonlocal before
            now = (state["frame"], state["targets"].get(entry))
            if before is None or before[1] is None or now[1] != before[1]:
                before = now
                return False
            return now[0] > before[0] + 1 or time.time() - self.state_file.stat().st_mtime > 0.5
        self.wait_for(f"a list with {entry}", stands_still)
        self.click(entry)

    def click_at(self, x, y, button=1):
        xdotool("mousemove", x, y, "click", button)
        self.wait_for_frame()

    def hold(self, target, across, down=0.5):
        xdotool("mousemove", *self.place(target, across, down), "mousedown", 1)
        self.wait_for_frame()

    def let_go(self):
        xdotool("mouseup", 1)
        self.wait_for_frame()

    def key(self, name):
        """Presses a key for as long as a frame takes, as fingers do. (The X server must not repeat it.)"""
        xdotool("keydown", name)
        self.wait_for_frame()
        xdotool("keyup", name)

    def type_size(self, text):
        """Replaces what stands in the size field."""
        self.click("size")
        self.wait_for("the size field taking letters", lambda s: s["typing"])
        xdotool("key", "ctrl+a", "type", "--delay", "5", "--", text)
        self.wait_for_frame()

    def malloc(self, text):
        """Types a size and clicks malloc; returns the state with the new block selected."""
        before = self.state()["stats"]["mallocs"]
        self.type_size(text)
        self.click("malloc")
        return self.wait_for(f"malloc({text})", lambda s: s["stats"]["mallocs"] == before + 1
                             and selected_block(s) is not None)

    # ---- What it shows

    def geometry(self):
        """left, top, width, height of the window."""
        lines = xdotool("getwindowgeometry", "--shell", self.window).splitlines()
        values = dict(line.split("=") for line in lines)
        return tuple(int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))

    def resize(self, width, height):
        xdotool("windowsize", self.window, width, height)

    def screenshot(self):
        left, top, width, height = self.geometry()
        screen = ImageGrab.grab(xdisplay="")
        return screen.crop((left, top, left + width, top + height)).convert("RGB")

    def wait_for_pixels(self, what, predicate, seconds=DEADLINE):
        """Waits until predicate(screenshot) is true: motion and glow need a moment to end."""
        def attempt():
            image = self.screenshot()
            return image if predicate(image) else None
        return poll(what, attempt, seconds, self._last_words)

    # ---- Its end

    def quit(self):
        self.key("ctrl+q")
        return self.wait_for_end()

    def close_window(self):
        """What a window manager does when its close button is clicked."""
        x11.ask_to_close(self.window)
        return self.wait_for_end()

    def wait_for_end(self):
        try:
            return self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the app did not end within {DEADLINE:g} s{self._last_words()}") from None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.errors.close()


class WindowTest(unittest.TestCase):
    """A test with a desk; start() opens the window on it."""

    def setUp(self):
        self.desk = Desk()
        self.addCleanup(self.desk.clear)
        self.app = None

    def start(self, *arguments, size=(1600, 1000)):
        self.app = App(self.desk, *arguments, size=size)
        self.addCleanup(self._end, self.app)
        return self.app

    def _end(self, app):
        # Every test ends what it starts: what still runs here is left from a failure.
        if app.process.poll() is None:
            self._keep_evidence(app)
        app.kill()

    def _keep_evidence(self, app):
        folder = os.environ.get("GUI_EVIDENCE")
        if not folder:
            return
        os.makedirs(folder, exist_ok=True)
        name = os.path.join(folder, self.id().split(".", 1)[-1])
        ImageGrab.grab(xdisplay="").save(name + ".png")
        shutil.copy(app.state_file, name + ".json")
        print(f"{self.id()}: the screen and the state when it failed are in {name}.png and .json")

    def quit(self):
        """Ends the app as a user does; every test that closes it so checks the exit status."""
        self.assertEqual(self.app.quit(), 0, self.app.error_text())


# ---- Reading a state

def brief(state):
    """A state without what is long."""
    short = {name: value for name, value in state.items() if name not in ("targets", "blocks")}
    return json.dumps({**short, "blocks": state["blocks"][:6]})


def address(text):
    return int(text, 16)


def block_named(state, name):
    return next((block for block in state["blocks"] if block.get("name") == name), None)


def selected_block(state):
    return next((block for block in state["blocks"] if block["address"] == state["selected"]), None)


def heap_is_empty(state):
    return state["heap"]["break"] == state["heap"]["start"] and not state["blocks"]
