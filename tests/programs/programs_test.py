#!/usr/bin/env python3
"""Programs on the drop-in malloc: what they print is what they print on glibc's.

Each case runs without the library, then with it; status and output must be the same. A program
that is not installed is skipped. Environment: MALLOC_LIBRARY, the library; MALLOC_PROGRAMS, the
folder of malloc_facts and its like.
"""
import os
import shutil
import subprocess
import tempfile
import unittest

LIBRARY = os.environ["MALLOC_LIBRARY"]
PROGRAMS = os.environ["MALLOC_PROGRAMS"]
FIXED = {"LC_ALL": "C", "PERL_HASH_SEED": "1", "PYTHONHASHSEED": "1", "TZ": "UTC"}

PYTHON = """
import concurrent.futures, json, os, re, subprocess, sys, threading, zlib
def work(seed):
    words = {"w%d" % (seed * i * 7919 % 1009): [i] * (i % 9) for i in range(2000)}
    text = json.dumps(words, sort_keys=True)
    assert json.loads(text) == words
    return zlib.crc32(zlib.compress(text.encode())), len(re.findall("w1[0-9]*", text))
with concurrent.futures.ThreadPoolExecutor(6) as pool:
    print(list(pool.map(work, range(12))))
for _ in range(100):
    threads = [threading.Thread(target=bytearray, args=(1 << n,)) for n in range(10)]
    [t.start() for t in threads]
    [t.join() for t in threads]
for n in range(5):
    child = os.fork()
    if child == 0:
        os._exit(work(n)[1] % 100)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(subprocess.run([sys.executable, "-c", "print(sum(len(str(i)) for i in range(50000)))"],
                     capture_output=True, text=True).stdout)
"""

PERL = """
use threads; my (%h, @a);
for my $i (1..40000) { my $k = 'key' . ($i * 7919 % 5003); $h{$k} .= "x$i"; push @a, [$i, $k]; }
@a = sort { $a->[1] cmp $b->[1] || $a->[0] <=> $b->[0] } @a;
print join(',', map { $_->[0] } @a[0..20]), ' ', length join('', map { $h{$_} } sort keys %h), "\\n";
my @t = map { my $n = $_; threads->create(sub { my $s = 'y' x 100000; length($s . $n) }) } 1..4;
print $_->join, "\\n" for @t;
if (my $child = fork) { waitpid $child, 0; print $? >> 8, "\\n" } else { my @b = (1) x 100000; exit @b / 20000 }
"""

SQL = """
create table t(a integer primary key, b text, c real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
  insert into t select i, 'text number ' || (i * 7919 % 10007), i / 3.0 from n;
create index tb on t(b);
select count(*), sum(length(b)) from t where b like '%77%';
select sum(x.c + y.c) from t x join t y on x.b = y.b;
update t set b = b || '!' where a % 3 = 0; vacuum;
select group_concat(b) from (select b from t order by b limit 30);
pragma integrity_check;
"""

GIT = """
set -e
git init -q -b main . && git config user.name a && git config user.email a@b && git config gc.auto 0
for i in $(seq 6); do
  for k in $(seq 40); do echo "line $i $((k * i % 7))" >> file$k; done
  git add . && git commit -q -m "step $i"
done
git gc -q --aggressive
git fsck --strict && git log --oneline --stat | tail -n 30 && git blame file7 && git diff HEAD~3 | sha1sum
"""

CC = """
#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>
int main(int argc, char** argv) {
  std::map<std::string, std::vector<int>> m;
  for (int i = 0; i < argc; ++i) m[argv[i]].push_back(i);
  std::cout << std::count_if(m.begin(), m.end(), [](auto& e) { return e.second.size() > 1; }) << '\\n';
}
"""

NODE = """
const a = []; for (let i = 0; i < 100000; i++) a.push({k: 'key' + i % 1009, v: [i, i * 2]});
a.sort((x, y) => x.k < y.k ? -1 : x.k > y.k ? 1 : x.v[0] - y.v[0]);
const b = Buffer.alloc(1 << 20, 'ab');
console.log(a[77].v, require('zlib').gzipSync(b).length, JSON.stringify(a).length);
"""


class Programs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_in(self, name, command, preload, environment):
        """A fresh folder for each run, always with the same path: outputs can name it."""
        folder = os.path.join(self.folder.name, name)
        os.mkdir(folder)
        full = {**os.environ, **FIXED, **environment, "HOME": folder}
        full.pop("LD_PRELOAD", None)
        if preload:
            full["LD_PRELOAD"] = LIBRARY
        try:
            return subprocess.run(command, cwd=folder, env=full, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=100)
        finally:
            shutil.rmtree(folder)

    def same(self, command, engines=("fast",), **environment):
        if shutil.which(command[0]) is None:
            self.skipTest(command[0] + " is not installed")
        expected = self.run_in("work", command, False, environment)
        self.assertEqual(expected.returncode, 0, expected.stdout.decode(errors="replace"))
        self.assertTrue(expected.stdout)
        for engine in engines:
            got = self.run_in("work", command, True, {**environment, "MICROHEAP_ENGINE": engine})
            self.assertEqual(got.stdout.decode(errors="replace"),
                             expected.stdout.decode(errors="replace"), engine)
            self.assertEqual(got.returncode, expected.returncode, engine)

    def facts(self, name, *arguments, **environment):
        return self.run_in("work", [os.path.join(PROGRAMS, name), *arguments], True, environment)

    # ---- what malloc promises

    def test_malloc(self):
        self.same([os.path.join(PROGRAMS, "malloc_facts")], ("fast", "classic"))

    def test_operator_new(self):
        self.same([os.path.join(PROGRAMS, "malloc_facts_cpp")], ("fast", "classic"))

    def test_corners(self):
        corners = os.path.join(PROGRAMS, "malloc_corners")
        self.same([corners], ("fast", "classic"))
        self.same([corners, "perturb"], ("fast", "classic"))
        self.same([corners, "perturb"], ("fast", "classic"), MALLOC_PERTURB_="165")
        self.same([corners, "realloc"], ("fast", "classic"))
        self.same([corners, "options"])
        self.same([corners, "plugin", os.path.join(PROGRAMS, "malloc_plugin.so")])
        self.same([corners, "blocked"], ("fast", "classic"))
        self.same(["setarch", "-R", corners, "blocked"])
        self.same([corners], MALLOC_ARENA_MAX="1", GLIBC_TUNABLES="glibc.malloc.tcache_count=0")

    def test_figures_are_whole_lines_even_if_cancelled(self):
        run = self.facts("malloc_corners", "cancel")
        self.assertEqual(run.returncode, 0)
        self.assertIn(b"writes whole lines: 1\n", run.stdout)

    def test_limits(self):
        limits = os.path.join(PROGRAMS, "malloc_limits")
        for kind in ("as", "data"):
            self.same([limits, kind])
            self.same(["setarch", "-R", limits, kind])

    def test_forks(self):
        self.same([os.path.join(PROGRAMS, "malloc_forks"), "20"], ("fast", "classic"))

    def test_what_was_freed_goes_back(self):
        for pattern in ("alternating", "sparse", "large-full", "medium"):
            got = self.facts("memory_patterns", pattern, "0")
            self.assertEqual(got.returncode, 0, got.stdout)
            peak, rest = map(int, got.stdout.split())
            self.assertLess(rest, peak / 4, f"{pattern}: KiB")
            self.assertLess(peak, 250 * 1024, f"{pattern}: KiB")

    def test_what_realloc_shrinks_does_not_spread(self):
        got = self.facts("memory_patterns", "realloc-random", "0")
        self.assertEqual(got.returncode, 0, got.stdout)
        self.assertLess(int(got.stdout.split()[0]), 40 * 1024, "KiB")

    def test_no_memory_is_no_crash(self):
        limited = ["bash", "-c", 'ulimit -v 200000; exec "$0" -c "\n'
                   "kept = []\ntry:\n    while True: kept.append(bytearray(100000))\n"
                   'except MemoryError:\n    kept.clear(); print(\'out of memory\')"', "/usr/bin/python3"]
        self.same(limited)

    def test_mistakes_end_the_program_with_one_line(self):
        for mistake, words in {"double-free": "double free", "foreign": "invalid pointer",
                               "interior": "interior pointer", "misaligned": "misaligned pointer",
                               "overflow": "header"}.items():
            for engine in ("fast", "classic"):
                with self.subTest(mistake=mistake, engine=engine):
                    if (mistake, engine) == ("overflow", "classic"):
                        continue  # its blocks are larger: those bytes are padding
                    run = self.facts("malloc_misuse", mistake, MICROHEAP_ENGINE=engine)
                    text = run.stdout.decode()
                    self.assertEqual(run.returncode, -6, text)
                    self.assertIn(words, text)
                    self.assertEqual(text.count("microheap: "), 1, text)

    def test_mistakes_are_only_reported_if_wanted(self):
        run = self.facts("malloc_misuse", "double-free", MICROHEAP_ON_ERROR="report")
        self.assertEqual(run.returncode, 0)
        self.assertIn("double free", run.stdout.decode())
        self.assertIn("goes on", run.stdout.decode())

    def test_a_wrong_option_is_said_once_and_ignored(self):
        run = self.facts("malloc_misuse", "none", MICROHEAP_ENGINE="slow", MICROHEAP_TOP_PAD="12x",
                         MICROHEAP_TRIM_THRESHOLD="1M")
        self.assertEqual(run.returncode, 0)
        self.assertEqual(sorted(run.stdout.decode().splitlines()),
                         ["goes on", "microheap: ignored: MICROHEAP_ENGINE=slow",
                          "microheap: ignored: MICROHEAP_TOP_PAD=12x"])

    def test_sandboxes(self):
        sandbox = os.path.join(PROGRAMS, "malloc_sandbox")
        self.same([sandbox, "glibc"], ("fast", "classic"))
        self.same([sandbox, "docker"])
        self.same([sandbox, "systemd"])

    def test_a_program_with_more_rights_does_not_obey_the_environment(self):
        program = os.path.join(self.folder.name, "malloc_linked")
        shutil.copy(os.path.join(PROGRAMS, "malloc_linked"), program)
        wrong = {**os.environ, "MICROHEAP_ENGINE": "slow", "MICROHEAP_ON_ERROR": "report"}

        def run():
            return subprocess.run([program, "double-free"], env=wrong, capture_output=True,
                                  check=False)

        self.assertIn(b"ignored: MICROHEAP_ENGINE", run().stderr)
        if os.getuid() != 0 or os.statvfs(self.folder.name).f_flag & os.ST_NOSUID:
            self.skipTest("only root can give a program to somebody else")
        os.chmod(self.folder.name, 0o755)
        os.chown(program, 65534, 65534)
        os.chmod(program, 0o4755)
        confined = run()
        self.assertNotIn(b"ignored", confined.stderr)
        self.assertEqual(confined.returncode, -6)

    # ---- real programs

    def test_python(self):
        self.same(["/usr/bin/python3", "-c", PYTHON], PYTHONMALLOC="malloc")

    def test_python_of_its_own_tests(self):
        modules = ["test_thread", "test_fork1", "test_memoryview", "test_popen"]
        found = subprocess.run(["/usr/bin/python3", "-c", "import test.test_fork1"],
                               stderr=subprocess.DEVNULL, check=False)
        if found.returncode != 0:
            self.skipTest("Python's test suite is not installed")
        run = self.run_in("work", ["/usr/bin/python3", "-m", "test", *modules], True,
                          {"PYTHONMALLOC": "malloc"})
        self.assertEqual(run.returncode, 0, run.stdout.decode(errors="replace"))

    def test_perl(self):
        self.same(["perl", "-e", PERL])

    def test_sqlite(self):
        self.same(["sqlite3", "x.db", SQL], ("fast", "classic"))

    def test_git(self):
        date = "2020-01-01T00:00:00Z"
        if shutil.which("git") is None:
            self.skipTest("git is not installed")
        self.same(["bash", "-c", GIT], GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date,
                  GIT_CONFIG_NOSYSTEM="1")

    def test_gcc(self):
        if shutil.which("g++") is None:
            self.skipTest("g++ is not installed")
        self.same(["bash", "-c", f"g++ -O1 -g -xc++ -o a.out - <<'CODE' && sha1sum a.out && ./a.out x x\n{CC}CODE\n"])

    def test_node(self):
        self.same(["node", "-e", NODE])

    def test_ffmpeg(self):
        if shutil.which("ffmpeg") is None:
            self.skipTest("ffmpeg is not installed")
        self.same(["bash", "-c", "ffmpeg -nostdin -loglevel error -f lavfi -i testsrc=d=2:r=15:s=320x240 "
                                 "-vf scale=640:480,hue=h=40 -c:v ffv1 -threads 4 -bitexact -f nut - | sha1sum"])

    def test_redis(self):
        if shutil.which("redis-server") is None:
            self.skipTest("redis is not installed")
        self.same(["bash", "-c", """
            redis-server --unixsocket "$PWD/s" --port 0 --save '' --daemonize yes --logfile log >/dev/null
            until redis-cli -s s ping 2>/dev/null | grep -q PONG; do :; done
            redis-benchmark -s s -q -n 20000 -P 16 -r 1000 -t set,lpush,lrange_100,hset >/dev/null
            redis-cli -s s llen mylist; redis-cli -s s memory doctor >/dev/null; redis-cli -s s dbsize >/dev/null
            redis-cli -s s shutdown nosave; tail -n 1 log | grep -o 'bye bye'"""])


if __name__ == "__main__":
    unittest.main()
