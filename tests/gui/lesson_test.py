"""Lessons in the window: the chooser, the presenter by keys and clicks, a script that is edited."""

import unittest

from harness import WindowTest

QUESTION = """title "A question"
policy textbook best
slide "Two holes"
a = malloc 100
b = malloc 16
c = malloc 200
d = malloc 16
free a
free c
caption "Two blocks are free."
slide "Which one?"
ask "Which block will malloc(90) take?"
e = malloc 90
caption "The tightest."
expect e in a
"""


class LessonTest(WindowTest):
    def lesson(self, what, predicate):
        return self.app.wait_for(what, lambda s: s["lesson"] is not None and predicate(s["lesson"]))["lesson"]

    def test_the_course_by_the_space_bar_alone(self):
        self.start("lesson")
        self.lesson("the chooser", lambda l: l["choosing"])
        self.app.key("space")
        first = self.lesson("the first lesson", lambda l: not l["choosing"] and l["step"] == 1)
        self.assertEqual(first["title"], "What malloc returns")
        step = 1
        while step < first["steps"]:
            self.app.key("space")
            shown = self.lesson(f"more than step {step}", lambda l, n=step: l["step"] > n or not l["asks"])
            step = shown["step"]
        self.app.key("Prior")
        self.lesson("one step back", lambda l: l["step"] == first["steps"] - 1)
        self.app.key("Home")
        self.lesson("the first step", lambda l: l["step"] == 1)
        self.app.key("Escape")
        self.lesson("the chooser again", lambda l: l["choosing"])
        self.app.key("Escape")
        self.app.wait_for("the lab", lambda s: s["lesson"] is None)
        self.app.click("tab:Lessons")
        self.lesson("the chooser by its tab", lambda l: l["choosing"])
        self.app.click("tab:Lab")
        self.app.wait_for("the lab by its tab", lambda s: s["lesson"] is None)
        self.quit()

    def test_a_question_is_answered_by_a_click(self):
        file = self.desk.write("question.mh", QUESTION)
        self.start("lesson", file)
        self.lesson("the lesson", lambda l: l["title"] == "A question")
        while not self.app.state()["lesson"]["asks"]:
            before = self.app.state()["lesson"]["step"]
            self.app.key("Right")
            self.lesson("the next step", lambda l, n=before: l["step"] > n)
        blocks = sorted(t for t in self.app.state()["targets"] if t.startswith("block:"))
        self.app.click(blocks[0], across=0.6)
        self.lesson("an answer", lambda l: not l["asks"])
        self.app.key("space")
        self.lesson("the end", lambda l: l["step"] == l["steps"])
        self.quit()

    def test_an_edited_script_is_read_again(self):
        file = self.desk.write("mine.mh", QUESTION)
        self.start("lesson", file)
        self.lesson("the lesson", lambda l: l["title"] == "A question")
        self.desk.write("mine.mh", QUESTION.replace("malloc 90", "malloc"))
        broken = self.lesson("the mistake", lambda l: l["error"] != "")
        self.assertIn("mine.mh:13: expected a size", broken["error"])
        self.assertEqual(broken["title"], "A question", "the last good version stays")
        self.desk.write("mine.mh", QUESTION.replace('"A question"', '"Another"'))
        self.lesson("the new version", lambda l: l["title"] == "Another" and l["error"] == "")
        self.quit()

    def test_policies_are_compared_and_slides_saved(self):
        self.start("lesson", "placement")
        self.lesson("the lesson", lambda l: l["title"] == "Placement policies")
        self.app.key("c")
        self.lesson("three heaps", lambda l: l["comparing"])
        self.app.key("s")
        state = self.app.wait_for("a saved slide", lambda s: s["message"].startswith("Saved "))
        with open(state["message"].removeprefix("Saved "), encoding="utf-8") as file:
            saved = file.read()
        self.assertIn("Worst fit", saved)
        self.assertNotIn("time, of", saved, "files do not depend on the clock")
        self.app.key("c")
        self.lesson("one heap", lambda l: not l["comparing"])
        self.quit()

    def test_the_space_bar_alone_goes_through_the_course(self):
        self.start("lesson", "coalescing")
        self.lesson("the lesson", lambda l: l["title"] == "Coalescing")
        self.app.key("End")
        self.lesson("its end", lambda l: l["step"] == l["steps"])
        self.app.key("space")
        self.app.wait_for("what comes next", lambda s: "Placement policies" in s["message"])
        self.app.key("space")
        self.lesson("the next lesson", lambda l: l["title"] == "Placement policies" and l["step"] == 1)
        self.quit()

    def test_it_plays_at_the_pace_that_is_chosen(self):
        self.start("lesson", "fragmentation")
        self.lesson("the lesson", lambda l: l["step"] == 1 and l["pace"] == 1)
        self.app.key("plus")
        self.app.key("plus")
        self.app.key("plus")
        self.lesson("the fastest", lambda l: l["pace"] == 4)
        self.app.key("minus")
        self.lesson("slower", lambda l: l["pace"] == 2)
        self.app.click("pace")
        self.lesson("faster by a click", lambda l: l["pace"] == 4)
        self.app.key("a")
        self.lesson("it goes on by itself", lambda l: l["playing"] and l["step"] >= 3)
        self.app.key("a")
        self.lesson("it stands", lambda l: not l["playing"])
        self.quit()

    def test_a_lesson_that_is_not_there(self):
        result = self.desk.run("lesson", "nonsense")
        self.assertEqual(result.returncode, 2)
        self.assertIn("no file and no lesson called 'nonsense'", result.stderr)
        self.assertIn("placement", result.stderr)


if __name__ == "__main__":
    unittest.main()
