"""What is made from a recording, on its page: pictures over the line, an MP4 with its progress, pictures taken out."""

import io
import zipfile

import av
from playwright.sync_api import expect

from tests.browser.journeys import eventually, root_of
from tests.browser.test_pages import a_ready_recording


def test_pictures_over_the_line_an_mp4_and_pictures_out_of_it(page, tmp_path):
    page.goto(f"{root_of(page)}/recordings/{a_ready_recording(page, 'Interview 3')}/")
    line = page.get_by_role("slider", name="Place in the video")
    expect(line).to_be_visible()  # comes by itself, once the sprite is made
    box = line.locator("kept-line").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 3)
    preview = page.locator(".scrub")
    expect(preview).to_contain_text("0:06")
    shown = preview.locator("i").evaluate("picture => getComputedStyle(picture).backgroundImage.slice(5, -2)")
    assert page.request.get(shown).headers["content-type"] == "image/jpeg"
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + 3)
    eventually(lambda: 6 < page.evaluate("document.getElementById('player').currentTime") < 7)
    page.mouse.move(5, 5)
    expect(preview).to_be_hidden()
    line.focus()
    page.keyboard.press("ArrowLeft")
    expect(line).to_have_attribute("aria-valuetext", "0:01 / 0:11")

    page.get_by_text("Download", exact=True).click()
    page.locator(".menu-list").get_by_role("button", name="MP4 for every player").click()
    row = page.locator(".made-row", has_text="MP4 for every player")
    expect(row.get_by_role("link", name="Download")).to_be_visible()
    with page.expect_download() as download:
        row.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "Interview 3.mp4"
    with av.open(str(download.value.path())) as file:
        assert {stream.codec_context.name for stream in file.streams} == {"h264", "aac"}

    page.get_by_text("pictures out of it").click()
    page.get_by_role("button", name="2 per second").click()
    row = page.locator(".made-row", has_text="Pictures, 2 per second")
    with page.expect_download() as download:
        row.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        assert len(archive.namelist()) == 22 + 1
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
