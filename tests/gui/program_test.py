"""Programs in the window: watched live, held, stepped, ended, run again; and recordings."""

import os
import pathlib
import subprocess
import unittest

from harness import PROGRAM, WindowTest

FACTS = os.environ.get("RECORD_FACTS", str(pathlib.Path(PROGRAM).resolve().parent / "record_facts"))


def heap_of(state):
    program = state["program"]
    return program and program["heaps"] and program["heaps"][program["shown"]]


class ProgramTest(WindowTest):
    def run_facts(self, *words):
        app = self.start("run", "--kill", "--", FACTS, *words)
        app.wait_for("its heap", lambda s: heap_of(s) and s["totals"]["allocs"] > 1000)
        return app

    def test_a_program_is_watched_held_and_stepped(self):
        app = self.run_facts("on-and-on")
        app.wait_for("events", lambda s: s["events_per_second"] > 1000)
        app.key("space")
        app.wait_for("the pause", lambda s: s["paused"] and s["live"] and s["events_per_second"] < 1)
        # Not each call changes how many blocks there are: realloc() in place does not.
        before = app.state()["totals"]
        steps = 12
        for _ in range(steps):
            app.key("period")
        after = app.wait_for("some more calls", lambda s: s["totals"] != before)["totals"]
        self.assertLessEqual(after["allocs"] + after["frees"],
                             before["allocs"] + before["frees"] + 2 * steps)
        app.key("comma")
        app.wait_for("the past", lambda s: not s["live"])
        app.key("End")
        app.key("space")
        app.wait_for("that it goes on", lambda s: s["events_per_second"] > 1000)
        app.key("m")
        state = app.wait_for("why not", lambda s: "only the program changes it" in s["message"])
        self.assertEqual(state["lost"], 0)
        app.click("program_end")
        state = app.wait_for("its end", lambda s: not s["program"]["running"])
        self.assertIn("signal 15", state["program"]["state"])
        self.assertEqual(self.quit_with(app), 128 + 15)

    def test_its_processes_are_chosen_from_a_list_and_it_runs_again(self):
        app = self.start("run", "--", FACTS, "fork")
        state = app.wait_for("both processes", lambda s: s["program"] and not s["program"]["running"]
                             and len(s["program"]["heaps"]) == 2)
        self.assertEqual(state["program"]["state"], "ended with status 0")
        child = state["program"]["heaps"][1]["process"]
        first = state["totals"]
        app.click(f"process:{child}:1")
        app.wait_for("the child", lambda s: s["program"]["shown"] == 1 and s["totals"] != first
                     and s["totals"]["allocs"] > 0)
        app.key("comma")
        app.wait_for("its past", lambda s: not s["live"])
        app.click("program_again")
        app.wait_for("other processes", lambda s: len(s["program"]["heaps"]) == 2 and
                     s["program"]["heaps"][1]["process"] != child and not s["program"]["running"])
        app.click("program_leave")
        app.wait_for("the lab", lambda s: s["program"] is None and s["totals"]["allocs"] == 0)
        app.key("m")
        app.wait_for("a block of its own", lambda s: s["totals"]["used_blocks"] == 1)
        self.quit()

    def test_a_recording_opens_and_is_walked_through(self):
        file = self.desk.folder / "facts.mhr"
        subprocess.run([PROGRAM, "record", "-q", "-o", file, "--", FACTS, "threads", "4"],
                       stdout=subprocess.DEVNULL, timeout=60)
        app = self.start("open", file)
        state = app.wait_for("all of it", lambda s: heap_of(s) and s["end"] == heap_of(s)["events"])
        self.assertIn("ended with status 3", state["program"]["state"])
        self.assertIn("record_facts", " ".join(state["program"]["threads"]))
        app.key("comma")
        app.wait_for("the past", lambda s: not s["live"] and s["position"] < s["end"])
        self.quit()

    def test_a_window_that_closes_lets_the_program_go_on(self):
        app = self.start("run", "--", FACTS, "threads-for", "4")
        app.wait_for("its heap", lambda s: heap_of(s) and s["totals"]["allocs"] > 1000)
        app.key("space")
        app.wait_for("the pause", lambda s: s["paused"] and s["events_per_second"] < 1)
        app.key("ctrl+q")
        app.wait_for("the question", lambda s: "still runs" in s["message"])
        self.assertIsNone(app.process.poll())
        self.assertEqual(self.quit_with(app), 3, "held no more, it came to its end")

    def test_what_cannot_be_watched_is_told_before_there_is_a_window(self):
        told = self.desk.run("run", "no-such-program")
        self.assertEqual(told.returncode, 2)
        self.assertIn("there is no program called 'no-such-program'", told.stderr)
        told = self.desk.run("open", "no-such-file.mhr")
        self.assertEqual(told.returncode, 2)
        self.assertIn("no-such-file.mhr", told.stderr)

    def quit_with(self, app):
        """Quits; the exit status."""
        app.key("ctrl+q")
        return app.process.wait(timeout=20)


if __name__ == "__main__":
    unittest.main()
