# SPDX-License-Identifier: LGPL-2.1-or-later
"""baton runs GRUB's scripts as GRUB does: compared with grub-emu, which is GRUB as a program, on scripts by chance.

Both print what the scripts echo; GRUB's own messages are left out. Menus are compared by what the entry that starts by
itself echoes."""

import fcntl
import os
import pty
import random
import re
import select
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from conftest import build_folder, built, foreign

pytestmark = pytest.mark.skipif(bool(foreign.emulated(built())), reason="the language is the same, and grub-emu takes its time")
SCRIPTS = int(os.environ.get("GRUB_SCRIPTS", "1500"))
SEED = int(os.environ.get("GRUB_SEED", "1"))
PATIENCE = 60               # seconds, for grub-emu to end
WIDTH = 79
MESSAGE = re.compile(r"error: .*\n")
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")

WORDS = ["a", "b", "foo", "x1", "1", "010", "0x1f", "-5", "''", '""', '"q r"', "'s t'", "$a", "$b", '"$a"', "${a}z", '"x${b}y"', r"\ ",
         r"a\ b", r'"a\"b"', "'it'", "$1", '"$@"', "$*", "$@", "$#", '"$#"', "$?", r'"\$a"', "x=y", r"a\\b", '"p q"r', "c#d", "then",
         "in", "do", "!", "-a", "-o", "=", "$nosuch", '"$nosuch"', '"$*"', "u$a", "$a$b", "a'b'\"c\"", r"\x", r'"\x"', "'\\'", "$10", "=",
         "\\*", '"*"', "${1}", '"$1"', "-n", "e\\\nf", '"g\\\nh"', "'m\\'", "]", "[", '"-z"', "==", "menuentry"]
TESTS = ["$a = x", '"$a" = x', "-n $a", '-n "$a"', "-z $b", '-z "$b"', "", "x", '""', "1 -lt 2", "010 -eq 8", "0x10 -eq 16", "3 -gt x",
         "! x", "! a = b", "a = a -a b = c", "a = b -o c = c", "( a = a )", "! ( a = a )", "( a = b ) -o ( c = c )", "-d /", "-f /",
         "-e /nosuch", "-s /etc/passwd", "-f /etc/passwd", "a -o", "-a", "= =", "$nosuch = x", "v-2 -plt v-11", "v-9 -pgt v-10",
         "a '<' b", "b '<=' a", "a '>' b", "x '>=' x", "a != b", "a == a", "-e", "! !  x", ") x", "$a", "1 -ne 01", "-5 -lt 3",
         "12x -eq 12", "abc -eq 0", "1 = 1 -a", "'' = ''"]
BROKEN = ["echo a && echo b", "echo a || b", "echo a | b", ";", "echo a;;", "fi", "done", "then", "echo $", 'echo "$"', "echo ${",
          "echo ${a", "echo <x", "}", "{ echo a }", "if true; fi", "if true; then fi", "for 1 in a; do echo x; done",
          "for i; do echo x; done", "echo a; ; echo b", "in", "[[ a ]]", "function", "function 1 { echo a; }", "while; do echo a; done",
          "echo a; echo $(b)", "echo a &", "case a", "echo ${a:-b}", "function g { }", "if [ a ] then echo b; fi", "echo { b", "else"]


class Writer:
    """Makes one script. What it leaves in $a, $b and $? is echoed often."""

    def __init__(self, chance):
        self.chance, self.counter, self.called = chance, 0, "f"

    def pick(self, values):
        return self.chance.choice(values)

    def words(self, most=4):
        return " ".join(self.pick(WORDS) for _ in range(self.chance.randint(0, most)))

    def end(self):
        return self.pick(["\n", "\n", "; ", "\n\n", " # c\n"])

    def condition(self):
        return self.pick([f"[ {self.pick(TESTS)} ]", f"test {self.pick(TESTS)}", "true", "false", f"[ {self.words()} ]", "! false",
            "! true", "nosuch",
                          f"! [ {self.pick(TESTS)} ]", f"{self.called} 1 2", "set a=$b"])

    def simple(self):
        return self.pick([f"echo {self.words()}", f"echo {self.words()}", f"set {self.pick('ab')}={self.pick(WORDS)}",
            f"set a={self.words()}",
                          f"{self.pick('ab')}={self.pick(WORDS)}", f"unset {self.pick('ab')}", self.condition(),
                          f"{self.called} {self.words()}", f"{self.called} {self.words()}",
                          "return 4", "return", "break", "continue", "shift", f"setparams {self.words()}",
                          f"eval \"echo {self.pick(['x', '$a', 'z w'])}\"",
                          "set y = 5", "export a", f"regexp --set=a '([a-f]+)' {self.pick(WORDS)}", 'echo "$a|$b|$?"', 'echo "$a|$b|$?"'])

    def body(self, depth):
        return "".join(self.statement(depth + 1) + self.end() for _ in range(self.chance.randint(1, 3)))

    def loop(self, depth):
        """Each ends by itself: its variable grows before anything else happens."""
        self.counter += 1
        name = f"n{self.counter}"
        head = self.pick([f'while [ "${name}" != xxx ]', f'until [ "${name}" = xxx ]'])
        return f"{head}; do set {name}=x${name}; {self.body(depth)}{self.simple()}\ndone"

    def statement(self, depth):
        kind = self.chance.random()
        if depth > 3 or kind < 0.6:
            return self.simple()
        if kind < 0.8:
            middle = f"elif {self.condition()}; then {self.body(depth)}" if self.chance.random() < 0.3 else ""
            last = f"else {self.body(depth)}" if self.chance.random() < 0.4 else ""
            return f"if {self.condition()}{self.end()}then {self.body(depth)}{middle}{last}fi"
        if kind < 0.9:
            return f"for i in {self.words()}{self.end()}do {self.body(depth)}done"
        return self.loop(depth)

    def script(self):
        self.called = "echo"    # no function calls itself: GRUB goes on after a hundred calls, and takes long
        function = self.body(2) if self.chance.random() < 0.7 else 'echo f $# "$@"\n'
        self.called = "f"
        lines = ["unset a", "unset b", "set b='v w'", f"function f {{ {function}}}"]
        for _ in range(self.chance.randint(3, 8)):
            lines.append(self.pick(BROKEN) if self.chance.random() < 0.12 else self.statement(0))
            lines.append('echo "$a|$b|$?"')
        return "\n".join(lines) + "\n"


def emulate(folder):
    """What grub-emu prints for a folder's grub.cfg, which must end with `exit`."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ["TERM"] = "dumb"
        os.execvp("grub-emu", ["grub-emu", "-d", str(folder), "-m", "/dev/null"])
    output, until = b"", time.monotonic() + PATIENCE
    try:
        while select.select([terminal], [], [], max(0, until - time.monotonic()))[0]:
            try:
                output += os.read(terminal, 1 << 16)
            except OSError:         # its end is closed
                break
            if b"Press any key" in output[-60:]:
                os.write(terminal, b" ")
        else:
            pytest.fail(f"grub-emu does not end; so far: {output[-2000:]!r}")
    finally:
        os.close(terminal)
        os.kill(process, 9)
        os.waitpid(process, 0)
    text = ESCAPES.sub(b"", output).replace(b"\r", b"").decode(errors="replace")
    return MESSAGE.sub("", text.split("Welcome to GRUB!", 1)[-1])


@pytest.fixture(scope="module")
def program():
    build = build_folder()
    with open(Path(tempfile.gettempdir()) / f"baton-run-grub-{os.geteuid()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two pytest processes, one ninja
        subprocess.run(["ninja", "-C", build, "src/cli/run-grub"], check=True, capture_output=True, timeout=300)
    return build / "src/cli/run-grub"


def run(*arguments):
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def said(text):
    """The lines of each script, by its number."""
    parts = re.split(r"^<<(\d+)>>$", text, flags=re.M)
    return {int(number): [line for line in part.splitlines() if line.strip()]
            for number, part in zip(parts[1::2], parts[2::2], strict=True)}


def alike(theirs, ours):
    """Lines are equal; where one is longer than grub-emu's screen is wide, it is the words."""
    if ours and max(map(len, ours)) >= WIDTH:
        return " ".join(theirs).split() == " ".join(ours).split()
    return theirs == ours


def test_scripts_by_chance_do_the_same(program, tmp_path):
    scripts = {}
    config = ["set pager=0"]
    for number in range(SCRIPTS):
        scripts[number] = Writer(random.Random(SEED * 1000003 + number)).script()
        (tmp_path / f"{number}.cfg").write_text(scripts[number])
        config += [f"echo '<<{number}>>'", f"source (host){tmp_path}/{number}.cfg"]
    (tmp_path / "grub.cfg").write_text("\n".join([*config, f"echo '<<{SCRIPTS}>>'", "exit", ""]))
    theirs, ours = said(emulate(tmp_path)), said(run(program, tmp_path))
    assert len(theirs) == SCRIPTS + 1 and sum(map(len, theirs.values())) > 5 * SCRIPTS
    wrong = [number for number in range(SCRIPTS) if not alike(theirs[number], ours.get(number, []))]
    for number in wrong[:3]:
        print(f"--- script {number}\n{scripts[number]}--- GRUB", *theirs[number], "--- baton", *ours.get(number, []), sep="\n")
    assert not wrong


TITLES = ["Debian", "1 is a title", "2", "A>B", "A", "with 'quote", "Debian, old", "x y", "0x1", ">", "é", "$a", "b>>c", "A>>B"]
SPECIFICATIONS = [None, "", "0", "1", "2", "3", "7", "01", "0x1", "1 x", "1>0", "1>1", "1>Debian", "2>0>1", "Debian", "A>B", "A>>B",
                  "A>>B>0", "A", "A>0", "A>Debian", "i1", "i2>i0", "i1>i1>i1", "x y", "x", "-1", "99999999999999999999", "1>", ">1", " 1",
                  "i1 ", "saved", "$a", "b>>>>c", "A>>>>B"]


def menu(chance, depth):
    text = ""
    for number in range(chance.randint(1, 4)):
        title = chance.choice(TITLES).replace("'", "'\\''")
        identity = chance.choice(["", "", f"--id i{number}", f"--id=i{number}", f"$menuentry_id_option i{number}",
                                  "--class x --unrestricted"])
        words = chance.choice(["", "", " more 'words here'"])
        echo = f"echo 'at {depth}.{number}' \"$0|$1|$2|$#|$chosen|$default|$v|$w\""
        if depth < 2 and chance.random() < 0.35:
            text += f"submenu '{title}' {identity}{words} {{\n{echo}\nset v=in{depth}\n{menu(chance, depth + 1)}}}\n"
        else:
            text += f"menuentry '{title}'{words} {identity} {{\n{echo}\nexit\n}}\n"
        if chance.random() < 0.3:
            text += chance.choice(["set v=after\n", "export v\n", "if false; then\nmenuentry no { exit }\nfi\n", "menuentry { exit }\n",
                                   "menuentry broken\n"])
    return text


def test_what_starts_by_itself_is_the_same(program, tmp_path):
    wrong = []
    for number in range(SCRIPTS // 10):
        chance = random.Random(SEED * 7919 + number)
        choice = chance.choice(SPECIFICATIONS)
        text = "set pager=0\nset timeout=0\nmenuentry_id_option=--id\nexport menuentry_id_option\nset v=1\nset w=2\nexport w\n"
        text += f"set default='{choice}'\n" if choice is not None else ""
        text += menu(chance, 0)
        text += chance.choice(["", "", "set v=end\n", "set w=end\n", "export default\n"])
        (tmp_path / "grub.cfg").write_text(text)
        theirs = [line for line in emulate(tmp_path).splitlines() if line.startswith("at ")]
        ours = [line for line in run(program, "--start", tmp_path).splitlines() if line.startswith("at ")]
        if theirs != ours:
            wrong.append(number)
            print(f"--- menu {number}\n{text}--- GRUB\n" + "\n".join(theirs) + "\n--- baton\n" + "\n".join(ours))
        assert theirs, text
    assert not wrong
