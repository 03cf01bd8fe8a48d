"""A quiz on the page: `{quiz}` turns questions written as Markdown into radio buttons.

Inside the directive a paragraph is a question, and the list below it are its answers. Each answer
ends with a comment that says whether it is right, and why::

    :::{quiz}
    What is the IoU of the class when nothing is predicted?

    - 0 <!-- yes: no pixel is a hit. -->
    - 0.5 <!-- no: that is the mean with the background's. -->
    :::

Comments are not drawn, so in JupyterLab and Colab the reader sees questions and answers, and finds
the solution by opening the cell. On the page the answers come in another, fixed order; a click on
"Check" explains the answer that is chosen. There is no script: the style sheet shows the
explanation, so the quiz works without network and kernel, by keyboard and by ear. On paper the right
answers stand below the questions.
"""

import random
import re
from dataclasses import dataclass

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ANSWER = re.compile(
    r"^(?P<text>.+?)\s*<!--\s*(?P<kind>yes|no):\s*(?P<why>.+?)\s*-->$"
)
LETTERS = "abcdef"


@dataclass
class Answer:
    text: str
    right: bool
    why: str


@dataclass
class Question:
    text: str
    answers: list[Answer]


def read_quiz(text: str) -> list[Question]:
    """The questions of a quiz, with the answers in the order of the page.

    Raises
    ------
    ValueError
        An answer without its comment, a question without a right answer, without a wrong one, or
        with two right ones; the message tells which.
    """
    questions: list[Question] = []
    for block in re.split(r"\n\s*\n|\n(?=[-*] )", text):
        line = " ".join(block.split())
        if not line:
            continue
        if not line.startswith(("- ", "* ")):
            questions.append(Question(line, []))
            continue
        match = ANSWER.match(line[2:])
        if match is None or not questions:
            raise ValueError(
                f"needs a question before it and a comment after it: {line!r}"
            )
        questions[-1].answers.append(
            Answer(match["text"], match["kind"] == "yes", match["why"])
        )
    for question in questions:
        right = sum(answer.right for answer in question.answers)
        if right != 1 or not 2 <= len(question.answers) <= len(LETTERS):
            raise ValueError(
                f"{right} of {len(question.answers)} answers are right: {question.text!r}"
            )
        random.Random(question.text).shuffle(question.answers)
    if not questions:
        raise ValueError("there is no question")
    return questions


class element(nodes.General, nodes.Element):
    """An HTML element; in a LaTeX book only what is inside, line by line."""


def visit(translator, node):
    attributes = "".join(
        f' {name}="{value}"' for name, value in node["html"].items()
    )
    translator.body.append(f"<{node['tag']}{attributes}>")


def depart(translator, node):
    if node["tag"] != "input":
        translator.body.append(f"</{node['tag']}>\n")


def new_line(translator, node):
    if node["tag"] in ("legend", "label", "div"):
        translator.body.append("\n\n")


class Quiz(SphinxDirective):
    has_content = True

    def run(self):
        try:
            questions = read_quiz("\n".join(self.content))
        except ValueError as error:
            raise self.error(f"quiz: {error}") from None
        place = re.sub(r"\W+", "-", self.env.docname)
        quiz = element(tag="div", html={"class": "quiz"})
        for question in questions:
            name = f"quiz-{place}-{self.env.new_serialno('quiz') + 1}"
            quiz += self.question(question, name)
        quiz += self.on_paper(questions)
        return [quiz]

    def on_paper(self, questions: list[Question]):
        """The right answers, which only a print-out shows."""
        right = [
            next(answer for answer in question.answers if answer.right)
            for question in questions
        ]
        told = [self.make("li", f"*{a.text.rstrip('.')}*: {a.why}") for a in right]
        heading = self.make("p", "**Answers**")
        return self.make(
            "div", heading, self.make("ol", *told), class_="quiz-paper"
        )

    def make(self, tag, *inside, **attributes):
        """An element; text inside is read as Markdown."""
        html = {
            name.rstrip("_").replace("_", "-"): v for name, v in attributes.items()
        }
        made = element(tag=tag, html=html)
        for part in inside:
            made += self.parse_inline(part)[0] if isinstance(part, str) else part
        return made

    def question(self, question: Question, name: str):
        number = name.rpartition("-")[2]
        body = self.make("fieldset", class_="quiz-question")
        body += self.make("legend", f"**{number}.** {question.text}")
        whys = self.make("div", role="status")
        whys += self.make(
            "div", "Choose one of the answers first.", class_="quiz-none"
        )
        for letter, answer in zip(LETTERS, question.answers):
            button = self.make("input", type="radio", name=name, value=letter)
            body += self.make("label", button, self.make("span", answer.text))
            verdict = "Right" if answer.right else "Not so"
            kind = f"quiz-why quiz-{letter} quiz-{'right' if answer.right else 'wrong'}"
            whys += self.make("div", f"**{verdict}:** {answer.why}", class_=kind)
        body += self.make("details", self.make("summary", "Check"), whys)
        return body


def setup(app):
    app.add_node(element, html=(visit, depart), latex=(new_line, new_line))
    app.add_directive("quiz", Quiz)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
