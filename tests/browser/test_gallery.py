"""Frames selected in the gallery, and two of them compared, by mouse and keys."""

import zipfile

from playwright.sync_api import expect

from tests.browser.journeys import eventually, processed_frames, root_of
from tests.browser.test_pages import a_capture


def test_two_frames_are_selected_and_compared(page):
    capture = a_capture(page, "To compare", count=4)
    eventually(lambda: all(frame["sharpness"] is not None for frame in processed_frames(page, capture)))
    page.goto(f"{root_of(page)}/captures/{capture}/")
    bar, compare = page.locator(".selection"), page.get_by_role("button", name="Compare")
    boxes = page.locator('#selection input[name="frame"]')
    expect(bar).to_be_hidden()
    boxes.nth(0).check()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 selected")
    expect(compare).to_be_disabled()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    for number in (2, 1):
        page.locator(f'a[href$="/frames/{number}/"]').focus()
        page.keyboard.press("x")
    compare.click()

    stage = page.locator("#compare-stage")
    first, second = stage.locator("figure").nth(0), stage.locator("figure").nth(1)
    expect(page.get_by_role("row", name="Taken")).to_contain_text("0.500 s")
    expect(page.locator(".compare-modes")).to_be_visible()  # the page's scripts run
    page.keyboard.press("2")
    expect(stage).to_have_attribute("data-mode", "flicker")
    page.keyboard.press("Space")  # from here on nothing turns by itself
    shown = first.is_visible()
    page.keyboard.press("Space")
    expect(first if not shown else second).to_be_visible()
    expect(first if shown else second).to_be_hidden()
    page.keyboard.press("3")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("slider")).to_have_value("46")
    page.keyboard.press("4")
    expect(second).to_have_css("mix-blend-mode", "difference")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="To compare")).to_be_visible()


def test_what_is_selected_comes_as_one_zip(page):
    capture = a_capture(page, "To keep", count=4)
    processed_frames(page, capture)
    page.goto(f"{root_of(page)}/captures/{capture}/")
    bar = page.locator(".selection")
    page.get_by_role("checkbox", name="Select frame 1", exact=True).check()
    page.get_by_role("checkbox", name="Select frame 3", exact=True).check()
    assert [name[8:22] for name in downloaded(page, bar)] == ["To keep 000001", "To keep 000003"]
    page.goto(f"{root_of(page)}/")
    page.get_by_role("link", name="To keep").first.focus()
    page.keyboard.press("x")
    expect(bar).to_contain_text("1 selected")
    assert [name[8:22] for name in downloaded(page, bar)] == [f"To keep {number:06d}" for number in range(4)]


def downloaded(page, bar) -> list[str]:
    """The names of the images of a ZIP file that the button of the bar brings."""
    with page.expect_download() as download:
        bar.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(download.value.path()) as images:
        assert images.testzip() is None
        return images.namelist()[:-1]
