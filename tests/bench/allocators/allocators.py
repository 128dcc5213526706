#!/usr/bin/env python3
"""Runs workloads and real programs on this malloc and on others, and prints one table.

Every row is run on every allocator in turn, several times over, so that all of them see the same
machine; the figures are medians. Time is the clock's, or with --cpu (on a machine that does other
things too) what the processor worked; memory is the greatest resident set.

  allocators.py --workloads PROGRAM --preload LIBRARY [--rounds N] [--only NAME,...]
                [--peers NAME,...] [--cpu] [--json FILE]
"""
import argparse
import glob
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

PEERS = {"jemalloc": "libjemalloc.so.2", "tcmalloc": "libtcmalloc_minimal.so.4",
         "mimalloc": "libmimalloc.so.2.0"}

PYTHON_SCRIPT = """
import json, re, collections
words = collections.Counter()
for i in range(60000):
    words["word%d" % (i * 7919 % 10007)] += i
text = json.dumps([{"name": w, "count": n, "list": list(range(n % 20))} for w, n in words.items()])
for _ in range(4):
    data = json.loads(text)
    data.sort(key=lambda entry: entry["count"])
    found = re.findall(r'"name": "(word\\d+)"', text)
class Node:
    def __init__(self, depth):
        self.children = [Node(depth - 1) for _ in range(3)] if depth else []
for _ in range(3):
    tree = Node(9)
print(len(found), len(data))
"""

PERL_SCRIPT = """
my %h; my @a;
for my $i (1..250000) { my $k = "key" . ($i * 7919 % 50021); $h{$k} .= "x$i"; push @a, [$i, $k]; }
@a = sort { $a->[1] cmp $b->[1] } @a;
my $n = 0; for my $k (sort keys %h) { $n += length $h{$k}; $n++ while $h{$k} =~ /x1/g; }
my @copy = map { [@$_, scalar reverse $_->[1]] } @a;
print "$n ", scalar(@copy), "\\n";
"""

LUA_SCRIPT = """
local parts, t = {}, {}
for i = 1, 600000 do
  t[i % 5000] = {i, tostring(i), {x = i}}
  if i % 3 == 0 then parts[#parts % 2000 + 1] = ("s" .. i):rep(3) end
end
local function tree(d) if d == 0 then return {} end return {tree(d - 1), tree(d - 1)} end
for _ = 1, 12 do tree(14) end
print(#table.concat(parts))
"""

SQL_SCRIPT = """
create table t(a integer primary key, b text, c real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)
  insert into t select i, 'text number ' || (i * 7919 % 100003), i / 3.0 from n;
create index tb on t(b);
select count(*), sum(length(b)) from t where b like '%77%';
select b, count(*) from (select substr(b, 1, 15) as b from t) group by b order by 2 desc, 1 limit 5;
select sum(x.c + y.c) from t x join t y on x.b = y.b;
update t set b = b || '!' where a % 3 = 0;
select group_concat(b) from (select b from t order by b limit 3);
"""

CC_SOURCE = """
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <vector>
int main(int argc, char** argv) {
  std::map<std::string, std::vector<int>> m;
  for (int i = 0; i < argc; ++i) m[argv[i]].push_back(i);
  std::regex r("a+b*(c|d)");
  std::function<bool(const std::string&)> f = [&](const std::string& s) { return std::regex_match(s, r); };
  std::cout << std::count_if(m.begin(), m.end(), [&](auto& e) { return f(e.first); }) << '\\n';
}
"""


class Programs:
    """Real programs with something to do, in a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.commands = {}
        self.add("python3", "/usr/bin/python3", [self.file("a.py", PYTHON_SCRIPT)],
                 {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "1"})
        self.add("perl", "perl", [self.file("a.pl", PERL_SCRIPT)], {"PERL_HASH_SEED": "1"})
        self.add("sqlite3", "sqlite3", [":memory:", ".read " + self.file("a.sql", SQL_SCRIPT)])
        self.add("lua", "lua5.4", [self.file("a.lua", LUA_SCRIPT)])
        rows = [{"id": i, "name": "n%d" % (i * 31 % 1009), "tags": ["a", "b%d" % (i % 7)]}
                for i in range(60000)]
        self.add("jq", "jq", ["-c", "map(select(.id % 2 == 0) | .tags |= sort) | group_by(.name) | length",
                              self.file("a.json", json.dumps(rows))])
        compiler = self.compiler_proper()
        if compiler:
            source = os.path.join(folder, "a.ii")
            subprocess.run(["g++", "-std=c++20", "-E", self.file("a.cpp", CC_SOURCE), "-o", source],
                           check=True)
            self.commands["cc1plus"] = ([compiler, "-quiet", "-fpreprocessed", source, "-std=c++20", "-O1",
                                         "-o", os.path.join(folder, "a.s")], {})

    def file(self, name, contents):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(contents)
        return path

    def add(self, name, program, arguments, environment=None):
        path = shutil.which(program)
        if path:
            self.commands[name] = ([path] + arguments, environment or {})
        else:
            print(f"{name}: not installed, left out", file=sys.stderr)

    @staticmethod
    def compiler_proper():
        found = subprocess.run(["g++", "-print-prog-name=cc1plus"], capture_output=True, text=True)
        return found.stdout.strip() if os.path.isfile(found.stdout.strip()) else None


def find_library(name):
    listing = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout
    match = re.search(rf"{re.escape(name)} .*=> (\S+)", listing)
    return match.group(1) if match else next(iter(glob.glob(f"/usr/lib/*/{name}")), None)


def run(workloads, command, environment, library, folder):
    """(seconds, CPU seconds, KiB) of one run, and its output."""
    figures = os.path.join(folder, "figures")
    process = subprocess.run([workloads, "--measure", figures, library or ""] + command,
                             env={**os.environ, **environment, "LC_ALL": "C"},
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} on {library}: status {process.returncode}\n"
                           + process.stdout.decode(errors="replace"))
    with open(figures) as f:
        return tuple(float(figure) for figure in f.read().split()), process.stdout


def geometric_mean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values))


def measure(workloads, commands, allocators, rounds, folder):
    """{row: {allocator: (seconds, CPU seconds, KiB)}}, medians. What a program prints must not
    depend on the allocator."""
    samples = {row: {name: [] for name in allocators} for row in commands}
    outputs = {}
    for _ in range(rounds):
        for row, (command, environment) in commands.items():
            for name, library in allocators.items():
                figures, output = run(workloads, command, environment, library, folder)
                samples[row][name].append(figures)
                if outputs.setdefault(row, output) != output:
                    raise RuntimeError(f"{row} says something else on {name}")
    return {row: {name: tuple(statistics.median(column) for column in zip(*runs))
                  for name, runs in by_name.items()} for row, by_name in samples.items()}


def table(results, allocators, groups, time_column):
    names = list(allocators)[1:]
    columns = (time_column, 2)
    lines = ["| | glibc, s | " + " | ".join(names) + " | glibc, MiB | " + " | ".join(names) + " |",
             "| --- |" + " ---: |" * (2 * len(names) + 2)]

    def ratios(row, column):
        return [results[row][n][column] / results[row]["glibc"][column] for n in names]

    for title, rows in groups.items():
        rows = [row for row in rows if row in results]
        for row in rows if title != "all" or len(groups) == 1 else []:
            base = results[row]["glibc"]
            cells = [f"{base[time_column]:.2f}"] + [f"{r:.2f}" for r in ratios(row, time_column)]
            cells += [f"{base[2] / 1024:.1f}"] + [f"{r:.2f}" for r in ratios(row, 2)]
            lines.append(f"| {row} | " + " | ".join(cells) + " |")
        if rows:
            cells = []
            for column in columns:
                by_row = [ratios(row, column) for row in rows]
                cells += [""] + [f"**{geometric_mean(r):.2f}**" for r in zip(*by_row)]
            lines.append(f"| **{title}, geometric mean** | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--workloads", required=True)
    parser.add_argument("--preload", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--cpu", action="store_true", help="CPU time instead of the clock's")
    parser.add_argument("--json")
    options = parser.parse_args()

    allocators = {"glibc": None, "MicroHeap": os.path.abspath(options.preload)}
    for name in filter(None, options.peers.split(",")):
        library = find_library(PEERS[name])
        if library:
            allocators[name] = library
        else:
            print(f"{name}: not installed, left out", file=sys.stderr)
    listed = subprocess.run([options.workloads, "--list"], capture_output=True, text=True, check=True)
    workloads = listed.stdout.split()
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(folder)
        commands = {name: ([options.workloads, name], {}) for name in workloads}
        commands.update(programs.commands)
        only = set(filter(None, options.only.split(",")))
        commands = {row: c for row, c in commands.items() if not only or row in only}
        results = measure(options.workloads, commands, allocators, options.rounds, folder)
    programs_run = list(programs.commands)
    groups = {"workloads": workloads, "programs": programs_run, "all": workloads + programs_run}
    if only:
        groups = {"all": groups["all"]}
    print(f"Time: {'CPU seconds, user and system' if options.cpu else 'seconds on the clock'}; "
          "memory: greatest resident set; ratios to glibc, medians of "
          f"{options.rounds} interleaved rounds.\n")
    print(table(results, allocators, groups, 1 if options.cpu else 0))
    if options.json:
        with open(options.json, "w") as f:
            json.dump(results, f)


if __name__ == "__main__":
    main()
