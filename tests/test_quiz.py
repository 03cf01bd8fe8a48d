"""A quiz: what is written is what is read, mistakes are named, chapters and lessons have theirs."""

import re

import pytest

from .quizzes import FENCED, TEXT, build, quiz
from .test_notebooks import CHAPTERS, LESSONS, markdown, name


def test_questions_answers_and_reasons_are_read():
    first, second = quiz.read_quiz(TEXT)
    assert first.text == "What is the IoU of the class when *nothing* is predicted?"
    right = [a for a in first.answers if a.right]
    assert [(a.text, a.why) for a in right] == [
        ("0, of $x < y$ pixels.", "no pixel is a hit, as `iou` tells.")
    ]
    assert {a.text for a in second.answers} == {"The test data.", "The validation data."}


def test_order_of_the_answers_is_fixed_but_not_the_written_one():
    answers = "".join(f"- {i} <!-- {'no' if i else 'yes'}: so. -->\n" for i in range(6))
    orders = [
        [a.text for a in quiz.read_quiz(f"Question {q}?\n\n{answers}")[0].answers]
        for q in [*range(20), *range(20)]
    ]
    assert orders[:20] == orders[20:]
    assert len({order.index("0") for order in orders}) == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n", "no question"),
        ("- an answer <!-- yes: so. -->", "needs a question"),
        ("Question?\n\n- an answer", "a comment after it"),
        ("Question?\n\n- a <!-- no: so. -->\n- b <!-- no: so. -->", "0 of 2 answers are right"),
        ("Question?\n\n- a <!-- yes: so. -->\n- b <!-- yes: so. -->", "2 of 2 answers are right"),
        ("Question?\n\n- a <!-- yes: so. -->", "1 of 1 answers are right"),
        ("Question?\n\nOther?\n\n- a <!-- yes: so. -->\n- b <!-- no: so. -->", "0 of 0"),
    ],
)
def test_a_mistake_is_named(text, said):
    with pytest.raises(ValueError, match=said):
        quiz.read_quiz(text)


def test_a_latex_book_gets_the_words(tmp_path):
    text = build(tmp_path, "latex").read_text(encoding="utf-8")
    assert "What is the IoU of the class" in text
    assert "The validation data." in text


@pytest.mark.parametrize("path", CHAPTERS + LESSONS, ids=name)
def test_every_chapter_has_a_quiz_of_five_questions_and_every_lesson_of_three(path):
    (text,) = FENCED.findall(markdown(path))
    questions = quiz.read_quiz(text)
    assert len(questions) == (3 if path in LESSONS else 5)
    assert all(len(question.answers) >= 3 for question in questions)


def written(path) -> list[list[str]]:
    """The answers of each question with their comments, in the order of the notebook."""
    (text,) = FENCED.findall(markdown(path))
    questions = [re.findall(r"^- .*$", block, re.M) for block in re.split(r"\n\n(?!- )", text)]
    return [answers for answers in questions if answers]


def test_the_right_answer_is_given_away_by_neither_place_nor_length():
    questions = [answers for path in CHAPTERS + LESSONS for answers in written(path)]
    assert len(questions) == 5 * len(CHAPTERS) + 3 * len(LESSONS)
    first = longest = 0
    for answers in questions:
        (right,) = (i for i, answer in enumerate(answers) if "<!-- yes:" in answer)
        lengths = [len(answer.partition("<!--")[0]) for answer in answers]
        first += right == 0
        longest += lengths[right] == max(lengths)
    assert first <= len(questions) / 2
    assert longest <= len(questions) / 2
