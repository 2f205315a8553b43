"""A shopper in the widget and a person in the agent desk talk to each other, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]
WITHIN_MS = 15_000
expect.set_options(timeout=WITHIN_MS)


@pytest.fixture
def shopper(browser: Browser, stack: Stack) -> Iterator[Page]:
    """Open the demo shop and its widget, in a browser of its own."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1200, "height": 800})
    page = context.new_page()
    page.goto(f"{stack.url}/")
    open_widget(page)
    yield page
    context.close()


@pytest.fixture
def agent(browser: Browser, stack: Stack) -> Iterator[Page]:
    """Sign Lin in at the agent desk."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.goto(f"{stack.url}/desk/")
    page.get_by_label("账号").fill("lin")
    page.get_by_label("密码").fill("zhanggui-demo")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_label("会话列表")).to_be_visible()
    yield page
    context.close()


def open_widget(page: Page) -> None:
    """Tap the launcher."""
    page.locator("button.launch").click()
    expect(page.get_by_label("输入消息")).to_be_visible()


def say(page: Page, text: str) -> None:
    """Write in the widget."""
    page.get_by_label("输入消息").fill(text)
    page.get_by_label("输入消息").press("Enter")


def log_of(page: Page):
    """Return the shopper's history."""
    return page.get_by_role("log")


def take(agent: Page, hint: str) -> None:
    """Take the conversation in the queue that shows a text."""
    agent.get_by_label("会话列表").get_by_text(hint).first.click()
    agent.get_by_role("button", name="接入").click()
    expect(agent.get_by_label("回复用户")).to_be_visible()


def reply(agent: Page, text: str) -> None:
    """Write to the shopper."""
    agent.get_by_label("回复用户").fill(text)
    agent.get_by_label("回复用户").press("Enter")


def call_a_person(shopper: Page, agent: Page) -> None:
    """Bring the shopper from the bot to Lin."""
    say(shopper, "转人工")
    expect(shopper.get_by_text("已转人工客服")).to_be_visible()
    take(agent, "顾客要求人工")


def end(agent: Page) -> None:
    """Close the conversation, so that the next test finds an empty queue."""
    agent.get_by_role("button", name="结束会话").click()
    agent.get_by_role("dialog").get_by_role("button", name="结束会话").click()


def test_a_conversation_goes_from_bot_to_person_and_back(shopper: Page, agent: Page) -> None:
    say(shopper, "退货要几天之内")
    expect(log_of(shopper)).to_contain_text("7")

    call_a_person(shopper, agent)
    expect(shopper.get_by_text("林小满 加入了会话")).to_be_visible()
    expect(agent.get_by_label("会话内容").get_by_text("退货要几天之内")).to_be_visible()

    reply(agent, "您好，我是小满，<b>这就</b>帮您看。")
    expect(log_of(shopper)).to_contain_text("您好，我是小满，<b>这就</b>帮您看。")
    say(shopper, "谢谢，鞋子有点小")
    expect(agent.get_by_label("会话内容").get_by_text("谢谢，鞋子有点小")).to_be_visible()

    shopper.reload()  # an open widget opens again
    expect(log_of(shopper)).to_contain_text("谢谢，鞋子有点小")
    expect(log_of(shopper).get_by_text("您好，我是小满")).to_have_count(1)

    agent.get_by_role("button", name="交还机器人").click()
    expect(shopper.get_by_text("智能客服继续为您服务")).to_be_visible()
    say(shopper, "你好")
    expect(agent.get_by_label("会话内容").get_by_text("你好", exact=True)).to_be_visible()


def test_a_note_for_colleagues_never_reaches_the_shopper(shopper: Page, agent: Page) -> None:
    call_a_person(shopper, agent)
    agent.get_by_role("radio", name="备注").click()
    agent.get_by_label("写给同事的备注，用户看不到").fill("这位顾客上周投诉过")
    agent.get_by_label("写给同事的备注，用户看不到").press("Enter")
    expect(agent.get_by_label("会话内容").get_by_text("这位顾客上周投诉过")).to_be_visible()
    agent.get_by_role("radio", name="回复").click()
    reply(agent, "在的")
    expect(log_of(shopper)).to_contain_text("在的")
    expect(log_of(shopper)).not_to_contain_text("上周投诉过")
    end(agent)


def test_what_was_said_while_offline_arrives_once(shopper: Page, agent: Page) -> None:
    call_a_person(shopper, agent)
    context: BrowserContext = shopper.context
    context.set_offline(True)
    reply(agent, "第一句，您掉线了吗")
    reply(agent, "第二句")
    say(shopper, "我在地铁里")
    expect(agent.get_by_label("会话内容").get_by_text("第二句")).to_be_visible()
    context.set_offline(False)
    for text in ("第一句，您掉线了吗", "第二句", "我在地铁里"):
        expect(log_of(shopper).get_by_text(text)).to_have_count(1, timeout=40_000)
    expect(agent.get_by_label("会话内容").get_by_text("我在地铁里")).to_have_count(1)
    end(agent)


def test_the_widget_fits_a_small_phone_and_the_keyboard(browser: Browser, stack: Stack) -> None:
    context = browser.new_context(locale="en-GB", viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(f"{stack.url}/")
    page.locator("button.launch").focus()
    page.keyboard.press("Enter")
    box = page.get_by_label("Message")
    expect(box.first).to_be_focused()
    page.keyboard.type("how long do I have to return something?")
    page.keyboard.press("Enter")
    expect(log_of(page)).to_contain_text("7")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()
