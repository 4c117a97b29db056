from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.text.mails import plain_text
from tests.support.growth import assert_grows_with_length

AS_THEY_ARE = [
    "how do I use <br> in HTML?",
    "why does <b>bold</b> not work",
    "<div>Hello</div> why is this not centred?",
    "fix my page:\n<div class='x'>hello</div>",
    "```html\n<p>hello</p>\n```",
    "<script>alert(1)</script><p>x</p>",
    "<Button onClick={save}>Save</Button>",
    "<form><input name='q'></form>",
    "if a < b and b > c",
    "what does &nbsp; mean",
    "R&D costs &amp; in XML",
    "std::vector<int> v; List<String> names;",
    "> translate this to Swedish\n> the house is red",
    "Summarise this thread:\n\nFrom: Ann\nSent: Monday\nTo: Bo\nSubject: lamp\n\nhello there",
    "Compare:\n- apples\n- pears",
    "cities:\nParis\nBerlin",
    "I said thanks, Paris is great",
    "Is it true that\nThanks,\nwe are closed? really",
    "Best regards,\nKim",
    "From: Malmo\nTo: Lund\nby train",
    "On Monday I wrote:\nplease stop",
    "<p></p>",
    "the best\nParis",
]


@pytest.mark.parametrize("text", AS_THEY_ARE)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain_text("user", text) == text
    assert plain_text("user", text.replace("\n", "\r\n")) == text  # as a file is that another program has saved


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '<div class="email"><p>Hi team,</p><p>Our invoice is wrong.</p><p>Can you <b>please</b> help?&nbsp;</p>'
            "<p>Kind regards,<br/>Kim&nbsp;Ek</p></div>",
            "Hi team,\nOur invoice is wrong.\nCan you please help?",
        ),
        ("Hi team,<br><br>My invoice is wrong.<br>Thanks,<br>Kim", "Hi team,\nMy invoice is wrong."),
        (
            "<!DOCTYPE html><html><head><style>p {color: red}</style><title>Mail</title></head>"
            "<body><!-- hidden --><p>The&nbsp;lamp &amp; its cable</p><ul><li>hum</li><li>flicker</li></ul></body></html>",
            "The lamp & its cable\n- hum\n- flicker",
        ),
        (
            '<div dir="ltr">Still broken.<div class="gmail_signature">Kim Ek<br>Head of Lamps</div></div><br>'
            '<div class="gmail_quote"><div class="gmail_attr">On Mon, 5 Jan 2026 Help wrote:<br></div>'
            '<blockquote type="cite">Did you try it?</blockquote></div>',
            "Still broken.",
        ),
        (
            '<p>Still broken.</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Help</div>'
            "<div>Did you try it?</div>",
            "Still broken.",
        ),
        ("<p class=MsoNormal>Broken<o:p></o:p></p><![if !supportLists]><p>again</p><![endif]>", "Broken\nagain"),
        ("I can&#39;t log in &amp; need help", "I can't log in & need help"),
        (
            "Still broken.\n\nOn Mon, 5 Jan 2026 at 10:00, Help <a@example.com> wrote:\n> did you try it\n> again",
            "Still broken.",
        ),
        (
            "Still broken.\n\nOn Mon, 5 Jan 2026 at 10:00, Help\n<a@example.com> wrote:\n> did you try it\n\nYes, twice.",
            "Still broken.\n\nYes, twice.",
        ),
        (
            "Immer noch kaputt.\n\nAm 05.01.2026 um 10:00 schrieb Hilfe <a@example.com>:\n> versucht?",
            "Immer noch kaputt.",
        ),
        ("Please refund.\n\n-----Original Message-----\nFrom: Help\nDid it arrive?", "Please refund."),
        ("Please refund.\n\nFrom: Help\nSent: Monday\nTo: Kim\nSubject: lamp\n\nDid it arrive?", "Please refund."),
        ("Bitte um Erstattung.\n\nMit freundlichen Grüßen\nAnna Müller\nLampen GmbH\nTel. 123", "Bitte um Erstattung."),
        ("Please refund. Thanks, Anna", "Please refund."),
        ("Please refund.\n-- \nAnna Ek\nLamps Ltd", "Please refund."),
        ("Please refund.\n\nSent from my iPhone", "Please refund."),
        ("Hi,\n\nwhere is my parcel?\n\nKim", "Hi,\n\nwhere is my parcel?"),
        ("Je voudrais un remboursement.\n\nCordialement,\nÉlodie Dupont", "Je voudrais un remboursement."),
        ("The boiler is cold.\nBest regards,\nAnna\n\nPS: since Friday", "The boiler is cold.\nPS: since Friday"),
    ],
)
def test_a_mail_is_what_its_sender_wrote(text: str, expected: str) -> None:
    assert plain_text("user", text) == expected


def test_signatures_are_only_taken_off_what_users_wrote() -> None:
    assert plain_text("assistant", "<p>Sure.</p><p>Kind regards,<br>Bo</p>") == "Sure.\nKind regards,\nBo"
    assert plain_text(None, "Sure.\nKind regards,\nBo") == "Sure.\nKind regards,\nBo"


def test_a_mail_of_nothing_but_history_keeps_it() -> None:
    assert plain_text("user", '<blockquote type="cite">Did you try it?</blockquote>') == "Did you try it?"
    assert plain_text("user", "\nOn Mon, 5 Jan 2026, Help wrote:\n> did you try it") != ""


FRAGMENTS = """<p> </p> <div> </div> <br> <br/> <!-- --> <! <![ <![if <? < > & &nbsp; &#39; <style> </style> <a -- - >
    <blockquote_type="cite"> </blockquote> word Thanks, Kim From: Sent: To: wrote: On_Monday,_x_wrote: Best_regards, ?"""
fragments = st.lists(st.sampled_from([*(each.replace("_", " ") for each in FRAGMENTS.split()), "\n", " ", "\x00"]))


@given(fragments.map("".join) | fragments.map(lambda inner: f"<p>{''.join(inner)}</p>") | st.text(st.characters()))
@settings(max_examples=400)
def test_any_text_is_read_and_words_never_go_all(text: str) -> None:
    for role in ("user", "assistant"):
        read = plain_text(role, text)
        assert read or not text
        assert any(map(str.isalpha, read)) or not any(map(str.isalpha, text)) or "<" in text


MANY = """<p>|</p>|<a |<!--|<!|<![|<?|<|</|&nbsp;|a<br>|<p>a|<style>|<b <b|<p>&|<div class="gmail_quote">|Thanks,
|
|On a wrote:
|From: a
| |-|Aa |best |>
|A. """


@pytest.mark.parametrize("unit", MANY.split("|"))
def test_a_long_text_of_anything_takes_as_much_longer_as_it_is(unit: str) -> None:
    text = (unit * 400_000)[:400_000]
    assert_grows_with_length(lambda part: (plain_text("user", part), plain_text("user", f"<p>{part}</p>")), text)
