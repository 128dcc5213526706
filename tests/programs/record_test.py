"""Programs recorded by microheap: they run as ever, and the recording says what their heaps were."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

MICROHEAP = os.environ["MICROHEAP"]
HEADER = 8  # bytes before each block, which glibc's figures count as the block's
FACTS = os.path.join(os.environ["MALLOC_PROGRAMS"], "record_facts")


class Record(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.file = os.path.join(self.folder.name, "out.mhr")

    def tearDown(self):
        self.folder.cleanup()

    def record(self, *command, **options):
        return subprocess.run([MICROHEAP, "record", "-o", self.file, "--", *command],
                              capture_output=True, text=True, timeout=100, **options)

    def stats(self, *options, file=None):
        told = subprocess.run([MICROHEAP, "stats", file or self.file, "--json", *options],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(told.returncode, 0, told.stderr)
        return json.loads(told.stdout)

    def assert_ends_as_told(self, line):
        """A line of record_facts: who, process, bytes of heap, free bytes, free blocks."""
        _, process, heap, free, blocks = line.split()
        told = self.stats("--process", process)["process"]
        end = told["at_end"]
        self.assertEqual([end["heap"], end["free"] + HEADER * end["free_blocks"], end["free_blocks"]],
                         [int(heap), int(free), int(blocks)], line)
        self.assertEqual(told["lost"], 0)
        self.assertEqual(told["mallocs"] - told["frees"], end["blocks"])

    def test_the_recording_ends_as_the_heap(self):
        for threads in "1", "4":
            ran = self.record(FACTS, "threads", threads)
            self.assertEqual(ran.returncode, 3, ran.stderr)
            self.assert_ends_as_told(ran.stdout)

    def test_thousand_threads(self):
        ran = self.record(FACTS, "many-threads")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assert_ends_as_told(ran.stdout)
        self.assertGreater(len(self.stats()["process"]["threads"]), 1000)

    def test_a_forked_child_is_a_heap_of_its_own(self):
        ran = self.record(FACTS, "fork")
        lines = ran.stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["child", "main"], ran.stderr)
        for line in lines:
            if line.startswith("main"):
                self.assert_ends_as_told(line)
        child = int(lines[0].split()[1])
        processes = {p["id"]: p for p in self.stats()["processes"]}
        self.assertTrue(processes[child]["inherited"])
        end = self.stats("--process", str(child))["process"]["at_end"]
        self.assertEqual([end["heap"], end["free"] + HEADER * end["free_blocks"]],
                         [int(n) for n in lines[0].split()[2:4]])

    def test_another_program_in_the_same_process_is_another_heap(self):
        ran = self.record(FACTS, "exec")
        self.assertEqual(ran.returncode, 3, ran.stderr)
        self.assertEqual(len(self.stats()["processes"]), 2)
        self.assert_ends_as_told(ran.stdout)

    def test_a_program_keeps_its_input_its_output_and_its_end(self):
        ran = self.record("/bin/sh", "-c", "cat; echo wrong >&2; exit 7", input="right\n")
        self.assertEqual((ran.returncode, ran.stdout), (7, "right\n"))
        self.assertIn("wrong\n", ran.stderr)
        ran = self.record(FACTS, "crash")
        self.assertEqual(ran.returncode, 128 + signal.SIGSEGV)
        self.assertIn("signal 11", ran.stderr)
        self.assertEqual(self.stats()["end"]["signal"], signal.SIGSEGV)

    def test_who_brings_a_sanitizer_is_refused_and_who_names_one_is_not(self):
        source = pathlib.Path(self.folder.name, "one.c")
        source.write_text('#include <stdio.h>\nint main(void) { return puts("__asan_init") < 0; }\n')
        program = os.path.join(self.folder.name, "one")
        subprocess.run(["g++", "-x", "c", "-fsanitize=address", "-o", program, source], check=True)
        ran = self.record(program)
        self.assertEqual(ran.returncode, 2)
        self.assertIn("sanitizer", ran.stderr)
        subprocess.run(["g++", "-x", "c", "-o", program, source], check=True)
        self.assertEqual(self.record(program).returncode, 0)

    def test_what_cannot_be_recorded_is_told_why(self):
        script = pathlib.Path(self.folder.name, "script")
        script.write_text("#!/no/such/interpreter\n")
        script.chmod(0o755)
        plain = pathlib.Path(self.folder.name, "plain")
        plain.write_text("echo hello\n")
        plain.chmod(0o755)
        source = pathlib.Path(self.folder.name, "static.c")
        source.write_text("int main(void) { return 0; }\n")
        static = os.path.join(self.folder.name, "static")
        subprocess.run(["cc", "-static", "-o", static, source], check=True)
        for program, words in ((script, "script for '/no/such/interpreter'"),
                               (plain, "begins with its interpreter"),
                               ("no-such-program", "no program called"),
                               (static, "linked statically"), (self.folder.name, "is a folder")):
            ran = self.record(str(program))
            self.assertEqual(ran.returncode, 2, program)
            self.assertIn(words, ran.stderr)
            self.assertFalse(os.path.exists(self.file))

    def test_a_full_disk_ends_the_recording_and_not_the_program(self):
        ran = subprocess.run([MICROHEAP, "record", "-o", "/dev/full", FACTS, "threads", "1"],
                             capture_output=True, text=True, timeout=60)
        self.assertEqual(ran.returncode, 2)
        self.assertIn("No space left", ran.stderr)

    def test_either_side_goes_on_without_the_other(self):
        for victim in ("watcher", "program") * 4:
            before = set(os.listdir("/dev/shm"))
            watcher = subprocess.Popen([MICROHEAP, "record", "-q", "-o", self.file, FACTS,
                                        "until-eof"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            self.assertEqual(watcher.stdout.readline(), "ready\n")
            if victim == "watcher":
                watcher.kill()
                watcher.stdin.close()
                self.assertEqual(watcher.stdout.read(), "done\n")
                watcher.wait(10)
            else:
                children = pathlib.Path(
                    f"/proc/{watcher.pid}/task/{watcher.pid}/children").read_text().split()
                time.sleep(0.02)
                os.kill(int(children[0]), signal.SIGKILL)
                self.assertEqual(watcher.wait(10), 128 + signal.SIGKILL)
                self.assertEqual(self.stats()["end"]["signal"], signal.SIGKILL)
                watcher.stdin.close()
            watcher.stdout.close()
            self.assertEqual(set(os.listdir("/dev/shm")), before)

    def test_a_recording_that_was_cut_off_shows_what_was_there(self):
        self.record(FACTS, "threads", "2")
        whole = pathlib.Path(self.file).read_bytes()
        events = self.stats()["process"]["events"]
        torn = os.path.join(self.folder.name, "torn.mhr")
        pathlib.Path(torn).write_bytes(whole[:len(whole) // 2])
        told = self.stats(file=torn)
        self.assertIn("ends in the middle", told["damage"])
        self.assertTrue(0 < told["process"]["events"] < events)

    def test_pictures_and_exports(self):
        self.record(FACTS, "threads", "2")
        for output, start in (("peak.svg", b"<svg"), ("peak.png", b"\x89PNG")):
            path = os.path.join(self.folder.name, output)
            for moment in ("peak", "end", "5ms", "1000"):
                drawn = subprocess.run([MICROHEAP, "render", self.file, "-o", path, "--at", moment],
                                       capture_output=True, text=True, timeout=60)
                self.assertEqual(drawn.returncode, 0, drawn.stderr)
                self.assertIn(start, pathlib.Path(path).read_bytes()[:200])
        drawn = subprocess.run([MICROHEAP, "render", self.file, "-o", path, "--at", "noon"],
                               capture_output=True, text=True, timeout=60)
        self.assertEqual(drawn.returncode, 1)
        self.assertIn("no moment", drawn.stderr)
        peak = self.stats()["process"]["peak"]["requested"]
        export = [MICROHEAP, "export", self.file, "--format"]
        massif = subprocess.run([*export, "massif"], capture_output=True, text=True, timeout=60)
        self.assertIn(f"mem_heap_B={peak}\n", massif.stdout)
        trace = subprocess.run([*export, "trace"], capture_output=True, text=True, timeout=60)
        self.assertTrue(json.loads(trace.stdout)["traceEvents"])


if __name__ == "__main__":
    unittest.main()
