"""How it starts: scripts in the window, no display, what the command line refuses, an old OpenGL."""

import os
import pathlib
import shutil
import signal
import subprocess
import unittest

from PIL import Image

from harness import PROGRAM, WindowTest, block_named, poll


def film_frames(file):
    done = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries",
                           "stream=nb_read_frames", "-of", "csv=p=0", str(file)],
                          capture_output=True, text=True, timeout=60)
    return int(done.stdout.strip().strip(",") or 0)


class ScriptTest(WindowTest):
    def test_a_script_drives_the_window(self):
        script = self.desk.write("tour.txt", """\
# First fit takes the first hole
p = malloc 100
q = calloc 4 25
r = malloc 2K
free q
expect blocks == 2
expect q free
s = malloc 90
expect s live
theme light
caption "The hole is used again"
picture tour.png
""")
        app = self.start(script)  # as the desktop opens a file, too
        state = app.wait_for("its end: a picture", lambda s: s["message"].startswith("Saved "))
        self.assertEqual(state["theme"], "light")
        self.assertEqual([(block["name"], block["requested"]) for block in state["blocks"]],
                         [("p", 100), ("s", 90), ("r", 2048)])
        self.assertEqual(state["verdict"]["state"], "equal")
        with Image.open(self.desk.folder / "tour.png") as image:
            self.assertEqual(image.size, (1600, 1000))
        self.quit()
        self.assertEqual(app.error_text(), "")

    def test_a_file_with_slides_opens_as_a_lesson(self):
        lesson = self.desk.write("mine.mh", 'title "Mine"\nslide "One"\np = malloc 100\n')
        app = self.start(lesson)
        app.wait_for("the lesson", lambda s: s["lesson"] and s["lesson"]["title"] == "Mine")
        self.quit()

    def test_a_file_with_a_mistake_opens_and_says_it(self):
        lesson = self.desk.write("mine.mh", "p = mallok 100\n")
        app = self.start(lesson)
        app.wait_for("the mistake", lambda s: s["lesson"] and "mine.mh:1: " in s["lesson"]["error"])
        self.quit()

    def test_a_script_with_a_workload_waits_for_it(self):
        script = self.desk.write("work.txt", """\
workload churn threads 4 live 300 sizes exponential 96 rate unlimited seed 1 operations 20K
wait done
last = malloc 4321
select last
""")
        app = self.start("--script", script)
        state = app.wait_for("its last statement", lambda s: s["selected"] is not None)
        self.assertFalse(state["workload"]["running"])
        self.assertEqual(state["workload"]["operations"], 20_000)
        app.wait_for("equal", lambda s: s["verdict"]["state"] == "equal")
        self.assertEqual(state["lost"], 0)
        self.quit()

    def test_an_expectation_that_does_not_hold_is_said_and_the_app_goes_on(self):
        script = self.desk.write("wrong.txt", "p = malloc 100\nexpect blocks == 7\n")
        app = self.start("--script", script)
        state = app.wait_for("the error", lambda s: "wrong.txt:2:" in s["message"])
        self.assertIn("expected blocks == 7, found 1", state["message"])
        self.assertTrue(block_named(state, "p"))
        app.malloc("10")
        self.assertEqual(app.quit(), 1, "the script failed")
        self.assertIn(f"{script}:2: ", app.error_text())

    def test_a_script_that_cannot_be_read_ends_with_status_2(self):
        script = self.desk.write("typo.txt", "p = malloc 100\nq = mallok 50\n")
        for words, expected in ((script, f"{script}:2: expected"), ("nowhere.txt", "nowhere.txt")):
            done = self.desk.run("--script", words)
            self.assertIn(expected, done.stderr)
            self.assertEqual(done.returncode, 2, done.stderr)


class CommandLineTest(WindowTest):
    def refuse(self, words, *arguments, environment=None):
        done = self.desk.run(*arguments, environment=environment)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(words, done.stderr)
        self.assertEqual(done.stdout, "")

    def test_what_it_refuses(self):
        self.refuse("'--thread-count' is not an option", "--thread-count", "8")
        self.refuse("'fly' is not a command", "fly")
        self.refuse("there is no file 'nowhere.mh'", "nowhere.mh")
        self.refuse("at most 64 threads", "--threads", "1000")
        self.refuse("too few threads: at least 1", "--threads", "0")
        self.refuse("'zigzag' is not a pattern", "--pattern", "zigzag")
        self.refuse("is not a size in pixels", "--size", "big")

    def test_opengl_2_is_too_old(self):
        self.refuse("OpenGL 3.3", environment=self.desk.environment(MESA_GL_VERSION_OVERRIDE="2.1"))

    def test_version_and_help(self):
        for option, words in (("--version", "microheap "), ("--help", "--threads")):
            done = self.desk.run(option)
            self.assertEqual(done.returncode, 0)
            self.assertIn(words, done.stdout)
            self.assertEqual(done.stderr, "")


class NoDisplayTest(WindowTest):
    def environment(self, **more):
        environment = self.desk.environment(**more)
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            if name not in more:
                environment.pop(name, None)
        return environment

    def check_headless(self, environment):
        done = self.desk.run("--size", "1280x800", environment=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("display", done.stderr)
        self.assertIn("without a window", done.stderr)
        with Image.open(self.desk.folder / "microheap.png") as image:
            self.assertEqual(image.size, (1280, 800))
            self.assertGreater(len(image.convert("RGB").getcolors(1 << 24)), 50, "it shows something")
        for words in ("microheap.png", "program break", "requested", "padding", "the same, block by block"):
            self.assertIn(words, done.stdout)

    def test_without_a_display_it_writes_a_picture_and_figures(self):
        self.check_headless(self.environment())

    def test_a_display_that_does_not_answer_is_as_none(self):
        self.check_headless(self.environment(DISPLAY=":4095"))

    def test_a_wayland_display_that_is_not_there(self):
        done = self.desk.run("--fullscreen", environment=self.environment(WAYLAND_DISPLAY="nowhere-1"))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("nowhere-1", done.stderr)
        self.assertIn("microheap render", done.stderr)

    def test_the_picture_cannot_be_written(self):
        (self.desk.folder / "microheap.png").mkdir()
        done = self.desk.run("--headless", "--seconds", "0.2", environment=self.environment())
        self.assertEqual(done.returncode, 2)
        self.assertIn("'microheap.png' is a folder, not a file", done.stderr)


    def test_a_folder_that_is_not_there_is_not_made(self):
        script = self.desk.write("s.mh", "title \"T\"\np = malloc 100\n")
        for words in (["--headless"], ["render", script], ["render", script, "--view", "map"]):
            done = self.desk.run(*words, "-o", "none/x.png", environment=self.environment())
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("there is no folder 'none': make it first", done.stderr)
        self.assertFalse((self.desk.folder / "none").exists())

    @unittest.skipIf(shutil.which("ffmpeg") is None, "ffmpeg is not installed")
    def test_films_as_mp4_and_gif(self):
        script = self.desk.write("s.mh", 'title "T"\nslide "One"\np = malloc 100\nq = malloc 50\nfree p\n')
        for name in ("film.mp4", "film.gif"):
            done = self.desk.run("render", script, "-o", name, "--seconds", "0.5", environment=self.environment())
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertGreater(film_frames(self.desk.folder / name), 3)

    @unittest.skipIf(shutil.which("ffmpeg") is None, "ffmpeg is not installed")
    def test_a_film_that_is_stopped_has_what_was_drawn(self):
        run = subprocess.Popen([PROGRAM, "render", "placement", "-o", "stopped.mp4", "--scale", "0.5"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=self.environment(TMPDIR=str(self.desk.folder)), cwd=self.desk.folder)
        poll("some pictures", lambda: len(list(self.desk.folder.glob("microheap-film-*/*.png"))) > 20)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 128 + signal.SIGINT, errors)
        self.assertRegex(errors, r"stopped: stopped.mp4 ends with step \d+ of \d+")
        self.assertGreater(film_frames(self.desk.folder / "stopped.mp4"), 20)
        self.assertEqual(list(self.desk.folder.glob("microheap-film-*")), [], "nothing else is left")

    def test_make_that_is_stopped_leaves_whole_figures_and_goes_on(self):
        lessons = pathlib.Path(__file__).resolve().parents[2] / "assets" / "lessons"
        figures = self.desk.folder / "figures"
        words = ["make", "-C", str(lessons), f"MICROHEAP={os.path.abspath(PROGRAM)}", f"OUT={figures}",
                 "LESSONS=05-fragmentation.mh", str(figures / "05-fragmentation" / "light")]
        run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=self.environment(), start_new_session=True)
        for line in run.stdout:
            if line.rstrip().endswith(".svg"):  # the first of them is told
                os.killpg(run.pid, signal.SIGINT)
                break
        _, errors = run.communicate(timeout=60)
        self.assertNotEqual(run.returncode, 0)
        self.assertFalse((figures / "05-fragmentation" / "light").exists(), "not yet made")
        for file in (figures / "05-fragmentation").glob("*.svg"):
            self.assertTrue(file.read_text().rstrip().endswith("</svg>"), file)
        done = subprocess.run(words, capture_output=True, text=True, env=self.environment(), timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((figures / "05-fragmentation" / "light").exists())

    def test_a_signal_ends_the_run_and_not_the_figures(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            picture = self.desk.folder / f"{number}.PNG"
            run = subprocess.Popen([PROGRAM, "--headless", "--seconds", "600", "-o", str(picture), "--size", "400x300"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=self.environment(), cwd=self.desk.folder)
            self.assertIn("for 600.0 seconds", run.stderr.readline())
            run.send_signal(number)
            out, errors = run.communicate(timeout=60)
            self.assertEqual(run.returncode, 128 + number)
            self.assertIn("stopped after", errors)
            self.assertRegex(out, r"requested +[0-9.]+ [KM]?i?B +[0-9]+ bytes")
            with Image.open(picture) as image:
                self.assertEqual(image.size, (400, 300))


if __name__ == "__main__":
    unittest.main()
