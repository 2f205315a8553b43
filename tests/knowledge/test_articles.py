"""The shop's own articles: complete in both languages, and of one mind with policy.yml."""

import re
from pathlib import Path

import pytest

from desk.domain.policy import Policy
from desk.knowledge import Library
from desk.policy import load_policy

KNOWLEDGE_BASE = Path(__file__).parents[2] / "knowledge_base"
LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(KNOWLEDGE_BASE)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(KNOWLEDGE_BASE / "policy.yml")


def test_nothing_is_wrong_in_the_folder(library):
    assert [str(problem) for problem in library.problems] == []


def test_every_article_is_written_in_both_languages(library):
    ids = {code: [article.id for article in library.articles(code)] for code in LANGUAGES}
    assert ids["zh"] == ids["en"]
    assert len(ids["zh"]) >= 36
    for zh, en in zip(library.articles("zh"), library.articles("en"), strict=True):
        assert zh.related == en.related, zh.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_article_can_be_found_and_read_at_a_glance(library, language):
    for article in library.articles(language):
        assert len(article.questions) >= 5, article.id
        assert len(set(article.questions)) == len(article.questions), article.id
        assert article.related, article.id
        assert len(article.body) <= (450 if language == "zh" else 1100), article.id
        has_chinese = re.search("[㐀-鿿]", article.title + article.body) is not None
        assert has_chinese == (language == "zh"), article.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_article_finds_itself_by_its_title_and_by_its_questions(library, language):
    for article in library.articles(language):
        for text in (article.title, *article.questions):
            best = library.search(text, language).best
            assert best is not None, text
            assert best.article.id == article.id, text


def says(library: Library, article_id: str, zh: str, en: str) -> None:
    """Hold both languages of an article to a fact; spaces and bold do not count."""
    for language, fact in (("zh", zh), ("en", en)):
        article = library.article(article_id, language)
        assert article is not None
        plain = re.sub(r"\s+", " ", article.body.replace("**", ""))
        assert fact in plain, f"{language}/{article_id}.md does not say “{fact}” as policy.yml does"


def test_return_windows_are_those_of_the_policy(library, policy):
    returns = policy.returns
    days, fault = returns.no_reason.days, returns.fault.days
    abroad = returns.cross_border.days
    says(library, "return-window", f"{days} 天内", f"{days} days")
    says(library, "return-window", f"{fault} 天内", f"{fault} days")
    says(library, "return-window", f"签收后 {abroad} 天内", f": {abroad} days")
    says(library, "return-from-abroad", f"{abroad} 天内", f"{abroad} days")
    says(library, "quality-fault", f"{fault} 天内", f"within {fault} days")
    says(
        library,
        "return-how",
        f"{returns.send_back_days} 天内",
        f"within {returns.send_back_days} d",
    )
    extra = max(rule.extra_days for rule in returns.vip)
    says(library, "membership-levels", f"退货期多 {extra} 天", f"{extra} more days to return")
    hours = returns.classes["fresh_food"].fault_days * 24
    says(library, "fresh-food", f"{hours} 小时内", f"within {hours} hours")


def test_refund_days_are_those_of_the_policy(library, policy):
    paths = policy.refund_paths
    says(
        library,
        "refund-time",
        f"微信支付：最多 {paths['wechat_pay'].days} 天",
        "Alipay and WeChat Pay",
    )
    says(
        library,
        "refund-time",
        f"信用卡：最多 {paths['card'].days} 天",
        f"up to {paths['card'].days} d",
    )
    says(
        library,
        "refund-time",
        f"PayPal：最多 {paths['paypal'].days} 天",
        f"up to {paths['paypal'].days} d",
    )


def test_compensation_is_that_of_the_policy(library, policy):
    for band in policy.late.bands:
        yuan = band.coupon["CNY"] // 100
        say_en = f"{band.after_days} day{'s' if band.after_days > 1 else ''} late: ¥{yuan}"
        says(library, "shipping-late", f"晚 {band.after_days} 天起：{yuan} 元", say_en)
    lost = policy.late.lost_after_days
    says(library, "parcel-lost", f"晚 {lost} 天", f"{lost} days")


def test_working_hours_are_those_of_the_policy(library, policy):
    raw = (KNOWLEDGE_BASE / "policy.yml").read_text("utf-8")
    if 'mon-sun: ["00:00-24:00"]' in raw:
        says(library, "working-hours", "全天 24 小时", "24 hours a day")
    else:
        pytest.fail("the service hours changed: write them into working-hours.md and here")
    assert 'mon-fri: ["09:00-18:00"], sat: ["10:00-16:00"]' in raw
    says(library, "working-hours", "周一到周五 9:00–18:00，周六 10:00–16:00", "Friday 9:00–18:00")


def test_the_shop_is_open_for_sealed_goods_only_unopened(library, policy):
    for name in ("cosmetics", "intimate", "media", "software", "food"):
        assert policy.categories[name].return_class == "sealed"
    says(library, "return-non-returnable", "没拆封才可以退", "only unopened")
