"""The quiz in a browser without network and script: it answers, by mouse, keyboard and ear."""

import pytest

from ..quizzes import TEXT, build, quiz

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("quiz"))


@pytest.mark.parametrize("script", [True, False])
def test_every_answer_is_explained_and_no_other(offline_page, built, script):
    page = offline_page(built, java_script_enabled=script)
    questions = quiz.read_quiz(TEXT)
    for shown, question in zip(page.locator(".quiz-question").all(), questions, strict=True):
        status = shown.get_by_role("status")
        shown.get_by_text("Check", exact=True).click()
        assert status.inner_text() == "Choose one of the answers first."
        buttons = shown.get_by_role("radio").all()
        for button, answer in zip(buttons, question.answers, strict=True):
            button.check()
            said = status.inner_text()
            assert said.startswith("Right: " if answer.right else "Not so: ")
            assert said.endswith(answer.why.replace("`", "")[-15:])
            assert said.count(":") == answer.why.count(":") + 1


def test_the_keyboard_does_everything(offline_page, built):
    page = offline_page(built)
    first = page.locator(".quiz-question").first
    first.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    assert first.get_by_role("radio").nth(1).is_checked()
    assert not first.get_by_role("status").is_visible()  # choosing alone gives nothing away
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert first.get_by_role("status").is_visible()


def test_a_screen_reader_hears_question_and_answers(offline_page, built):
    page = offline_page(built)
    group = page.get_by_role("group", name="What is the IoU of the class when nothing is")
    assert group.count() == 1
    assert group.get_by_role("radio", name="0.5").count() == 1


def test_questions_do_not_disturb_each_other(offline_page, built):
    page = offline_page(built)
    one, two = page.locator(".quiz-question").all()
    one.get_by_role("radio").first.check()
    two.get_by_role("radio").first.check()
    assert one.get_by_role("radio").first.is_checked()


def test_only_paper_tells_the_answers_below(offline_page, built):
    page = offline_page(built)
    answers = page.locator(".quiz-paper li")
    assert not answers.first.is_visible()
    page.emulate_media(media="print")
    assert [text.split(":")[0] for text in answers.all_inner_texts()][1] == "The validation data"
    assert answers.count() == 2
    assert answers.first.is_visible()
    assert not page.get_by_text("Check", exact=True).first.is_visible()
