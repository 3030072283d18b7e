"""What the journeys judge by: a page that cannot be judged says so, at once."""

import pytest
from gestes import judge
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
PAGE = "<!doctype html><html lang=fr><title>Une page</title><main><h1>Une page</h1>{}</main></html>"


def test_a_page_without_javascript_is_refused_instead_of_waited_for(phone: Page) -> None:
    phone.set_content(PAGE.format(""))

    with pytest.raises(AssertionError, match="no JavaScript"):
        judge(phone)


def test_a_page_is_judged_each_time_as_it_is(page: Page) -> None:
    page.set_content(PAGE.format(""))
    judge(page)
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")

    with pytest.raises(AssertionError, match="image-alt"):
        judge(page)
