#!/usr/bin/env python3
"""Many more of the system's programs on the drop-in malloc: what they print is what they print on
glibc's. By hand, because it takes minutes and most of them need not be installed:

    tests/programs/more.py [--library FILE] [--seconds N] [NAME...]

Prints a table: same, different, or not installed. Status 1 if one was different.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

DEFAULT = "build/release/lib/libmicroheap_preload.so"
FIXED = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": "1577836800"}

# Text to work on, the same each time: $PWD/text, 20 000 lines.
TEXT = "seq 20000 | while read -r n; do echo \"line $n of $((n * 7919 % 10007)) <b>words</b>\"; done > text; "

HTML = ("<html><body><table id=t></table><script>for (let i = 0; i < 300; ++i) {"
        "const r = t.insertRow(); r.insertCell().textContent = i * 7919 % 1009;"
        "r.insertCell().innerHTML = `<b>${'x'.repeat(i % 40)}</b>`;}"
        "document.title = [...document.querySelectorAll('td')].length;</script></body></html>")

JAVA = """
import java.util.*; import java.util.stream.*;
public class Main { public static void main(String[] a) throws Exception {
  Map<String, Integer> m = new TreeMap<>();
  for (int i = 0; i < 200000; ++i) m.merge("k" + i * 7919 % 5003, 1, Integer::sum);
  System.out.println(m.size() + " " + IntStream.range(0, 2000000).parallel().filter(i -> i % 7 == 3).count());
  var t = new ArrayList<Thread>();
  for (int i = 0; i < 20; ++i) { var n = new Thread(() -> new byte[1 << 20].clone()); n.start(); t.add(n); }
  for (var n : t) n.join();
  var z = new java.util.zip.Deflater(); z.setInput(new byte[1 << 20]); z.finish();
  System.out.println(z.deflate(new byte[1 << 20]));
} }
"""

# Name: the programs that it needs, and what bash runs in an empty folder.
CASES = {
    # compilers and their like
    "clang": ("clang", f"{TEXT} printf '#include <stdio.h>\\n#include <stdlib.h>\\nint main(void) {{ puts(\"x\"); return 0; }}' > a.c; "
                       "clang -O2 -g -o a a.c && sha1sum a && ./a"),
    "g++": ("g++", "printf '#include <regex>\\n#include <iostream>\\nint main() { std::cout << std::regex_replace(\"abc\", std::regex(\"b\"), \"x\"); }' > a.cc;"
                   "g++ -O1 -o a a.cc && sha1sum a && ./a"),
    "gfortran": ("gfortran", "printf 'program p\\n real, allocatable :: a(:)\\n integer :: i\\n do i = 1, 200\\n  allocate(a(i * 1000))\\n"
                             "  a = i\\n  if (i == 200) print *, sum(a)\\n  deallocate(a)\\n end do\\nend program\\n' > a.f90; gfortran -O1 -o a a.f90 && ./a"),
    "gnat": ("gnatmake", "printf 'with Ada.Text_IO;\\nprocedure A is\\nbegin\\n Ada.Text_IO.Put_Line (\"ada\");\\nend A;\\n' > a.adb; gnatmake -q a.adb && ./a"),
    "fpc": ("fpc", "printf 'var i: longint; s: ansistring; begin for i := 1 to 50000 do s := s + char(65 + i mod 26); writeln(length(s)); end.' > a.pas; fpc -v0 a.pas && ./a"),
    "rustc": ("rustc", "printf 'use std::collections::BTreeMap; fn main() { let m: BTreeMap<_, _> = (0..1000).map(|i| (i * 7919 %% 1009, i.to_string())).collect(); println!(\"{:?}\", m.iter().nth(500)); }' > a.rs;"
                       "rustc -O a.rs && ./a"),
    "ocaml": ("ocaml", "printf 'let () = print_int (List.length (List.sort compare (List.init 200000 (fun i -> i * 7919 mod 10007))))' > a.ml; ocaml a.ml"),
    "tcc": ("tcc", "printf '#include <stdio.h>\\nint main() { for (int i = 0; i < 5; ++i) printf(\"%%d \", i); }' > a.c; tcc -run a.c"),
    "nasm": ("nasm", "for n in $(seq 5000); do echo \"l$n: mov eax, $n\"; done > a.asm; nasm -f elf64 -o a.o a.asm && sha1sum a.o"),
    "bison": ("bison", "printf '%%token N\\n%%left P\\n%%%%\\ne: e P e | N;\\n%%%%\\n' > a.y; bison -v -o a.c a.y; sha1sum a.c a.output"),
    "flex": ("flex", "printf '%%%%\\n[a-z]+ puts(\"w\");\\n[0-9]+ puts(\"n\");\\n%%%%\\n' > a.l; flex -o a.c a.l && sha1sum a.c"),
    "cmake": ("cmake ninja cc", "printf 'cmake_minimum_required(VERSION 3.20)\\nproject(p C)\\nadd_executable(a a.c)\\n' > CMakeLists.txt; echo 'int main(void) { return 0; }' > a.c;"
                                "cmake -G Ninja -B b . >/dev/null && ninja -C b | tail -n 1 && ./b/a && echo built"),
    "doxygen": ("doxygen", "for n in $(seq 50); do echo \"/** Doc $n. */ int f$n(int a);\"; done > a.h; doxygen -g >/dev/null; doxygen >/dev/null 2>&1; "
                           "find html -type f -name '*.html' | sort | xargs cat | grep -v Generated | sha1sum"),
    # interpreters
    "ruby": ("ruby", "ruby -e 'h = Hash.new(0); 200000.times { |i| h[\"k#{i * 7919 % 5003}\"] += 1 }; puts h.size, h.sort.first(3).inspect; puts (1..8).map { |n| Thread.new { \"x\" * (n << 16) } }.sum { |t| t.value.size }; puts `echo child`; GC.compact rescue 0'"),
    "php": ("php", "USE_ZEND_ALLOC=0 php -r '$a = []; for ($i = 0; $i < 100000; ++$i) $a[] = [\"k\" . $i * 7919 % 5003, $i]; sort($a); echo count($a), $a[77][0], md5(serialize($a));'"),
    "lua": ("lua5.4", "lua5.4 -e 't = {} for i = 1, 200000 do t[#t + 1] = (\"k\" .. i * 7919 % 5003):rep(i % 5) end table.sort(t) print(#t, t[77777], #table.concat(t))'"),
    "guile": ("guile", "guile --no-auto-compile -c '(display (length (sort (map (lambda (i) (modulo (* i 7919) 10007)) (iota 100000)) <)))'"),
    "swipl": ("swipl", "swipl -g 'numlist(1, 100000, L), foldl([X, A, B]>>(B is A + X * 7), L, 0, S), print(S), halt'"),
    "sbcl": ("sbcl", "sbcl --noinform --eval '(progn (print (length (sort (loop for i below 200000 collect (mod (* i 7919) 10007)) (quote <)))) (quit))'"),
    "erlang": ("erl", "erl -noshell -eval 'P = self(), [spawn(fun() -> P ! lists:sum(lists:seq(1, N * 100)) end) || N <- lists:seq(1, 200)], io:format(\"~p~n\", [lists:sum([receive X -> X end || _ <- lists:seq(1, 200)])]), halt().'"),
    "R": ("Rscript", "Rscript -e 'set.seed(1); x <- matrix(rnorm(90000), 300); print(dim(solve(x) %*% x)); print(table(cut(rnorm(10000), 5))); s <- sapply(1:20000, function(i) paste0(\"k\", i)); print(length(unique(s)))'"),
    "tcl": ("tclsh", "echo 'for {set i 0} {$i < 100000} {incr i} {lappend l [string repeat k [expr {$i % 20}]]; dict incr d [expr {$i % 777}]}; puts [llength [lsort -unique $l]]; puts [dict size $d]' | tclsh"),
    "gawk": ("gawk", TEXT + "gawk '{ n[$4] += $2; t = t $0 } END { for (k in n) s += n[k]; print s, length(n), length(t) }' text"),
    "mawk": ("mawk", TEXT + "mawk '{ n[$4] += $2; t = t $2 } END { for (k in n) s += n[k]; print s, length(t) }' text"),
    "bc": ("bc", "echo 'scale = 800; 4 * a(1); 2 ^ 20000 % 1000000007' | bc -l"),
    "dc": ("dc", "echo '2 9999 ^ 3 700 ^ * p' | dc"),
    "m4": ("m4", "for n in $(seq 3000); do echo \"define(m$n, $n m$((n - 1)))\"; done > a; echo 'm0 len(m40)' >> a; m4 a | sha1sum"),
    "emacs": ("emacs", TEXT + "emacs --batch text --eval '(progn (while (re-search-forward \"line \\\\([0-9]+\\\\)\" nil t) (replace-match \"\\\\1\")) (sort-lines nil (point-min) (point-max)) (message \"%s\" (md5 (current-buffer))))'"),
    "vim": ("vim", TEXT + "vim -u NONE -es -c '%s/line/row/g' -c 'g/77/m0' -c 'sort' -c 'wq! out' text; sha1sum out"),
    "pypy": ("pypy3", "pypy3 -c 'import json; d = {str(i): [i] * 5 for i in range(50000)}; print(len(json.dumps(d)), sum(map(len, json.loads(json.dumps(d)).values())))'"),
    "node": ("node", "node -e 'const {Worker} = require(\"worker_threads\"); let n = 0; for (let i = 0; i < 4; ++i) new Worker(\"require(\\\"worker_threads\\\").parentPort.postMessage(\\\"x\\\".repeat(1e6).length)\", {eval: true}).on(\"message\", m => { n += m; if (n === 4e6) console.log(n, require(\"zlib\").brotliCompressSync(Buffer.alloc(1e6, \"abc\")).length); });'"),
    "java": ("java javac", f"cat > Main.java <<'END'\n{JAVA}\nEND\njavac Main.java && java -Xmx300m Main && sha1sum Main.class"),
    "jshell": ("jshell", "echo 'System.out.println(java.util.stream.IntStream.range(0, 100000).sum())' | jshell -s - 2>/dev/null"),
    # databases and servers
    "postgres": ("pg_lsclusters runuser", """
        bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1); me=postgres; chown $me . && chmod 755 . ..
        as() { runuser -u $me -- env LD_PRELOAD="$LD_PRELOAD" "$@"; }
        as $bin/initdb -D db >/dev/null 2>&1; as $bin/pg_ctl -D db -w -o "-k $PWD -c listen_addresses=" -l log start >/dev/null
        as psql -h "$PWD" postgres -Atc "create table t as select i, 'text ' || i * 7919 % 10007 as b from generate_series(1, 100000) i; create index on t(b);
          select count(*), sum(length(b)) from t where b like '%77%'; select md5(string_agg(b, '' order by i)) from t; set max_parallel_workers_per_gather = 4;
          select count(*) from t x join t y using (b)"
        as $bin/pg_ctl -D db -m fast stop >/dev/null; tail -n 1 log | grep -o 'shut down'"""),
    "mariadb": ("mariadbd mariadb-install-db", """
        mariadb-install-db --no-defaults --user=root --datadir=$PWD/db --auth-root-authentication-method=normal >/dev/null 2>&1
        mariadbd --no-defaults --user=root --datadir=$PWD/db --socket=$PWD/s --skip-networking --pid-file=$PWD/pid >log 2>&1 &
        for n in $(seq 300); do mariadb-admin --no-defaults -S $PWD/s ping >/dev/null 2>&1 && break; sleep 0.1; done
        mariadb --no-defaults -S $PWD/s -N -e "create database d; use d; create table t (i int primary key, b varchar(40), key(b)); insert into t select seq, concat('text ', seq * 7919 % 10007) from seq_1_to_50000;
          select count(*), sum(length(b)) from t where b like '%77%'; select count(*) from t x join t y using (b)"
        mariadb-admin --no-defaults -S $PWD/s shutdown; wait; grep -o 'Shutdown complete' log"""),
    "redis": ("redis-server redis-cli", """
        redis-server --unixsocket "$PWD/s" --port 0 --daemonize yes --logfile log >/dev/null
        until redis-cli -s s ping 2>/dev/null | grep -q PONG; do :; done
        for n in $(seq 2000); do echo "set k$n $n"; echo "lpush l $n"; done | redis-cli -s s >/dev/null; redis-cli -s s bgsave >/dev/null; redis-cli -s s memory purge
        redis-cli -s s llen l; redis-cli -s s dbsize; redis-cli -s s shutdown save"""),
    "memcached": ("memcached", """
        memcached -u root -s $PWD/s & until [ -S s ]; do :; done
        python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("s")
for n in range(3000): s.sendall(b"set k%d 0 0 %d\\r\\n%s\\r\\n" % (n, n, b"x" * n)); assert s.recv(99) == b"STORED\\r\\n"
s.sendall(b"get k77\\r\\n"); print(s.recv(999))'; kill $!; wait"""),
    "nginx": ("nginx curl", TEXT + """
        printf 'daemon off; user root; pid %s/pid; error_log stderr crit; events {} http { access_log off; client_body_temp_path %s; proxy_temp_path %s; fastcgi_temp_path %s; uwsgi_temp_path %s; scgi_temp_path %s; gzip on; gzip_types *; server { listen unix:%s/s; root %s; } }' $PWD $PWD $PWD $PWD $PWD $PWD $PWD $PWD > c
        nginx -c $PWD/c & until [ -S s ]; do sleep 0.05; done; chmod 755 . ..
        for n in $(seq 20); do curl -s --compressed --unix-socket s http://x/text | sha1sum; done | sort | uniq -c; kill $!; wait"""),
    "sqlite": ("sqlite3", "sqlite3 x.db \"pragma journal_mode = wal; create table t as with recursive n(i) as (select 1 union all select i + 1 from n where i < 50000) select i, hex(i * 7919) b from n; create virtual table f using fts5(b); insert into f select b from t; select count(*) from f where f match '31*'; vacuum; pragma integrity_check\""),
    # documents and pictures
    "ghostscript": ("gs", "printf '%%!\\n1 1 200 { /n exch def n 3 mul 100 moveto (x) show n 2 mul n 3 mul 40 0 360 arc stroke } for showpage' > a.ps; gs -q -dBATCH -dNOPAUSE -sDEVICE=png16m -r60 -sOutputFile=a.png a.ps && sha1sum a.png"),
    "imagemagick": ("convert", "convert -size 400x300 plasma:red-blue -seed 7 -blur 0x3 -rotate 17 -resize 200% -colors 64 gif:- | wc -c | cut -c1-2; convert -size 300x300 gradient: -swirl 90 rgb:- | sha1sum"),
    "rsvg": ("rsvg-convert", "{ echo '<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"400\">'; for n in $(seq 500); do echo \"<circle cx=\\\"$((n * 79 % 400))\\\" cy=\\\"$((n * 31 % 400))\\\" r=\\\"$((n % 20))\\\" fill=\\\"#$((n % 9))a8\\\"/>\"; done; echo '</svg>'; } > a.svg; rsvg-convert a.svg | sha1sum"),
    "graphviz": ("dot", "{ echo 'digraph {'; for n in $(seq 300); do echo \"n$((n / 3)) -> n$n\"; done; echo '}'; } > a.dot; dot -Tsvg a.dot | sha1sum; neato -Tplain a.dot | wc -l"),
    "poppler": ("pdftotext gs", "printf '%%!\\n/Helvetica 12 selectfont 72 72 moveto (words in a page) show showpage' > a.ps; gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile=a.pdf a.ps; pdftotext a.pdf -; pdftoppm -r 50 a.pdf | sha1sum"),
    "libreoffice": ("soffice", "printf 'a,b\\n' > a.csv; for n in $(seq 500); do echo \"$n,=A$n*2\"; done >> a.csv; for n in $(seq 200); do echo \"paragraph $n of the text\"; done > a.txt;"
                               "soffice -env:UserInstallation=file://$PWD/u --headless --convert-to docx --outdir . a.txt >/dev/null 2>&1; soffice -env:UserInstallation=file://$PWD/u --headless --convert-to txt:Text --outdir out a.docx >/dev/null 2>&1; sha1sum out/a.txt"),
    "chromium": ("chromium", f"cat > a.html <<'END'\n{HTML}\nEND\ntimeout 90 chromium --headless --no-sandbox --disable-gpu --user-data-dir=$PWD/u --virtual-time-budget=5000 --dump-dom file://$PWD/a.html 2>/dev/null | sha1sum"),
    "w3m": ("w3m", "{ echo '<table border>'; for n in $(seq 400); do echo \"<tr><td>$n<td>cell $((n * n))\"; done; } > a.html; w3m -dump a.html | sha1sum"),
    "gnuplot": ("gnuplot", "gnuplot -e 'set terminal svg; set output \"a.svg\"; set isosamples 60; splot sin(x) * cos(y)' && grep -c path a.svg"),
    "ffmpeg": ("ffmpeg", "ffmpeg -nostdin -loglevel error -f lavfi -i testsrc2=d=1:s=320x240 -vf hue=h=90,scale=200:-2 -c:v mpeg4 -threads 3 -bitexact -f nut - | sha1sum"),
    "sox": ("sox", "sox -n -r 8000 -b 16 -R a.wav synth 3 sine 300-3300 reverb vol 0.5 && sha1sum a.wav"),
    # tools
    "xsltproc": ("xsltproc xmllint", "{ echo '<r>'; for n in $(seq 5000); do echo \"<i k='$((n * 7919 % 1009))'>$n</i>\"; done; echo '</r>'; } > a.xml;"
                                     "echo '<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"><xsl:template match=\"/\"><xsl:for-each select=\"r/i\"><xsl:sort select=\"@k\"/><xsl:value-of select=\".\"/> </xsl:for-each></xsl:template></xsl:stylesheet>' > a.xsl;"
                                     "xsltproc a.xsl a.xml | sha1sum; xmllint --format a.xml | sha1sum"),
    "jq": ("jq", "seq 30000 | jq -s 'map({k: (. * 7919 % 5003 | tostring), v: .}) | group_by(.k) | map(length) | add'"),
    "openssl": ("openssl", TEXT + "openssl enc -aes-256-cbc -pbkdf2 -S 0011223344556677 -pass pass:x -in text | sha1sum; openssl genrsa 2048 2>/dev/null | openssl rsa -check -noout 2>&1"),
    "gpg": ("gpg", TEXT + "export GNUPGHOME=$PWD/g; mkdir -m 700 g; gpg --batch -q --passphrase x -c --cipher-algo AES256 -o c text && gpg --batch -q --passphrase x -d c 2>/dev/null | sha1sum; gpgconf --kill all"),
    "ssh-keygen": ("ssh-keygen", "ssh-keygen -q -t ed25519 -N '' -f k && ssh-keygen -y -f k | cut -d' ' -f1; ssh-keygen -Y sign -q -f k -n x <<< text | head -n 1"),
    "xz": ("xz", TEXT + "xz -T3 -k text && sha1sum text.xz && xz -dc text.xz | cmp - text"),
    "zstd": ("zstd", TEXT + "zstd -q -19 -T3 text && sha1sum text.zst && zstd -dcq text.zst | cmp - text"),
    "sort": ("sort", TEXT + "sort --parallel=4 -S 1M -k4n text | sha1sum"),
    "tar": ("tar", TEXT + "for n in $(seq 200); do cp text f$n; done; tar --sort=name --mtime=@0 --owner=0 --group=0 -czf a.tgz f* && gzip -dc a.tgz | sha1sum"),
    "z3": ("z3", "{ for n in $(seq 40); do echo \"(declare-const x$n Int) (assert (< 0 x$n 100))\"; done; echo '(assert (distinct'; for n in $(seq 40); do echo x$n; done; echo ')) (check-sat)'; } > a; z3 a"),
    "glpsol": ("glpsol", "printf 'set I := 1..40; var x{I} binary; maximize z: sum{i in I} (i * 7919 mod 97) * x[i]; s.t. c: sum{i in I} (i * 31 mod 53) * x[i] <= 300; solve; display z; end;' > a.mod; glpsol --math a.mod | grep -E 'z.val|OPTIMAL'"),
    # those that look at others
    "gdb": ("gdb", "gdb -q -batch -ex 'break malloc' -ex run -ex 'info symbol malloc' -ex 'delete' -ex continue --args /bin/echo told 2>/dev/null | grep -Eo '^told|exited normally'"),
    "strace": ("strace", "strace -f -o log bash -c 'echo a | sort; (echo b)'; tail -n 1 log | grep -o 'exited with 0'"),
    "perf": ("perf", "perf record -q -o p -- sort /etc/services > /dev/null 2>&1; echo status $?"),
    "unshare": ("unshare", TEXT + "unshare -m bash -c 'mount -o remount,bind,ro / 2>/dev/null; sort -k4n text | sha1sum'"),
    "another user": ("runuser python3", "chmod 755 . ..; runuser -u nobody -- env LD_PRELOAD=\"$LD_PRELOAD\" python3 -c 'import os; print(os.getuid(), len([str(i) for i in range(100000)]))'"),
    "small stacks": ("prlimit sort", TEXT + "prlimit --stack=65536 sort -k4n text | sha1sum"),
}


class Bench:
    def __init__(self, library, seconds):
        self.library = os.path.abspath(library)
        self.seconds = seconds
        self.folder = os.path.join(tempfile.gettempdir(), f"microheap-more-{os.getpid()}")

    def run(self, script, preload):
        """The same folder's name each time: outputs can name it."""
        folder = os.path.join(self.folder, "work")
        os.makedirs(folder)
        environment = {**os.environ, **FIXED, "HOME": folder}
        environment.pop("LD_PRELOAD", None)
        if preload:
            environment["LD_PRELOAD"] = self.library
        begin = time.monotonic()
        try:
            run = subprocess.run(["bash", "-c", script], cwd=folder, env=environment,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=self.seconds, check=False)
            return run.returncode, run.stdout.decode(errors="replace"), time.monotonic() - begin
        except subprocess.TimeoutExpired as late:
            return -1, (late.stdout or b"").decode(errors="replace") + "\n(too late)", self.seconds
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def compare(self, name):
        needs, script = CASES[name]
        missing = [program for program in needs.split() if shutil.which(program) is None]
        if missing:
            return "not installed", ", ".join(missing)
        status, expected, before = self.run(script, False)
        if status != 0 or not expected:
            return "fails on glibc", f"status {status}: {expected[-200:]}"
        got_status, got, after = self.run(script, True)
        if (got_status, got) == (status, expected):
            return "same", f"{before:.1f} s, {after:.1f} s on MicroHeap"
        return "different", f"status {got_status}\n--- glibc\n{expected[-1500:]}\n--- MicroHeap\n{got[-1500:]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--library", default=DEFAULT)
    parser.add_argument("--seconds", type=int, default=200, help="for one run")
    parser.add_argument("names", nargs="*", help="only these")
    arguments = parser.parse_args()
    if not os.path.exists(arguments.library):
        sys.exit(f"{arguments.library} is not there: build microheap_preload, or say --library FILE")
    unknown = [name for name in arguments.names if name not in CASES]
    if unknown:
        sys.exit(f"no program {unknown[0]}; there are {', '.join(CASES)}")
    bench = Bench(arguments.library, arguments.seconds)
    counts = {}
    for name in arguments.names or CASES:
        result, more = bench.compare(name)
        counts[result] = counts.get(result, 0) + 1
        print(f"{name:14} {result:14} {more}", flush=True)
    print(", ".join(f"{count} {result}" for result, count in sorted(counts.items())))
    return 1 if counts.get("different") else 0


if __name__ == "__main__":
    sys.exit(main())
