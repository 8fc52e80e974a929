"""What is new, quoted and signed is told apart as people's mail programs write it."""

from __future__ import annotations

import pytest

from polydesk.office.mail.html_text import html_text
from polydesk.office.mail.quotes import blocks, plain_lines

HEAD = {
    "en": "From: Jane <j@example.com>\nSent: Monday, January 5, 2026 3:04 PM\nTo: Bob\nSubject: Meet",
    "de": "Von: Jane <j@example.com>\nGesendet: Montag, 5. Januar 2026 15:04\nAn: Bob\nBetreff: Treffen",
    "fr": "De : Jane <j@example.com>\nEnvoyé : lundi 5 janvier 2026 15:04\nÀ : Bob\nObjet : Rendez-vous",
    "es": "De: Jane <j@example.com>\nEnviado: lunes, 5 de enero de 2026 15:04\nPara: Bob\nAsunto: Cita",
    "nl": "Van: Jane <j@example.com>\nVerzonden: maandag 5 januari 2026 15:04\nAan: Bob\nOnderwerp: Afspraak",
    "sv": "Från: Jane <j@example.com>\nSkickat: den 5 januari 2026 15:04\nTill: Bob\nÄmne: Möte",
    "ja": "差出人: Jane <j@example.com>\n送信日時: 2026年1月5日 15:04\n宛先: Bob\n件名: 会議",
}
ATTRIBUTIONS = [
    "On Mon, Jan 5, 2026 at 3:04 PM Jane Doe <jane@example.com> wrote:",
    "On Mon, Jan 5, 2026 at 3:04 PM Jane Doe With A Long Name\n<jane@example.com> wrote:",
    "Am 05.01.2026 um 15:04 schrieb Jane Doe:",
    "Le lun. 5 janv. 2026 à 15:04, Jane Doe <jane@example.com> a écrit :",
    "El lun, 5 ene 2026 a las 15:04, Jane Doe (<jane@example.com>) escribió:",
    "Il giorno lun 5 gen 2026 alle ore 15:04 Jane Doe <jane@example.com> ha scritto:",
    "Em seg., 5 de jan. de 2026 às 15:04, Jane Doe <jane@example.com> escreveu:",
    "Op ma 5 jan 2026 om 15:04 schreef Jane Doe <jane@example.com>:",
    "pon., 5 sty 2026 o 15:04 Jane Doe <jane@example.com> napisał(a):",
    "Den mån 5 jan. 2026 kl 15:04 skrev Jane Doe <jane@example.com>:",
    "2026年1月5日(月) 15:04 Jane Doe <jane@example.com>:",
    "Jane Doe wrote:",
]


def kinds(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in blocks(plain_lines(text))]


@pytest.mark.parametrize("line", ATTRIBUTIONS)
def test_a_line_before_a_quotation_says_whom_it_quotes(line: str) -> None:
    found = blocks(plain_lines(f"Yes.\n\n{line}\n\n> Can we meet?\n> J\n"))
    assert [(block.kind, block.text, block.introduction) for block in found] == [
        ("new", "Yes.", None),
        ("quoted", "Can we meet?\nJ", line),
    ]


@pytest.mark.parametrize("language", HEAD)
@pytest.mark.parametrize("before", ["", "________________________________\n", "-----Original Message-----\n"])
def test_the_head_that_outlook_writes_begins_a_quotation(language: str, before: str) -> None:
    found = blocks(plain_lines(f"Fine.\n\n{before}{HEAD[language]}\n\nCan we?\n\nJane\n"))
    assert [(block.kind, block.text) for block in found] == [("new", "Fine."), ("quoted", "Can we?\n\nJane")]
    assert HEAD[language] in (found[1].introduction or "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello.\n\n-- \nJane\nACME\n", [("new", "Hello."), ("signature", "-- \nJane\nACME")]),
        (
            "Hi,\n\n> First?\nYes.\n> Second?\nNo.\n\n-- \nBob\n",
            [("new", "Hi,"), ("quoted", "First?"), ("new", "Yes."), ("quoted", "Second?"), ("new", "No."),
             ("signature", "-- \nBob")],
        ),
        ("Ok\n\nSent from my iPhone\n", [("new", "Ok"), ("signature", "Sent from my iPhone")]),
        ("I said on Monday that Jane wrote:\nnothing.\n", [("new", "I said on Monday that Jane wrote:\nnothing.")]),
        ("Please note\nFrom: now on we ship.\nThanks\n", [("new", "Please note\nFrom: now on we ship.\nThanks")]),
        ("> one\n>> two\n> three", [("quoted", "one\n> two\nthree")]),
        ("a -- b\n--\n", [("new", "a -- b"), ("signature", "--")]),
        ("", []),
    ],
)  # fmt: skip
def test_texts_are_told_apart(text: str, found: list[tuple[str, str]]) -> None:
    assert kinds(text) == found


def test_a_forwarded_mail_is_said_to_be_one() -> None:
    text = f"See below.\n\n---------- Forwarded message ---------\n{HEAD['en']}\n\nThe news.\n"
    assert kinds(text) == [("new", "See below."), ("forwarded", "The news.")]


@pytest.mark.parametrize(
    "html",
    [
        '<p>Yes.</p><div class="gmail_quote"><div class="gmail_attr">On 5 Jan 2026 Jane wrote:<br></div>'
        '<blockquote class="gmail_quote">Can we?</blockquote></div>',
        '<p>Yes.</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Jane<br><b>Sent:</b> 5 Jan'
        "<br><b>To:</b> Bob<br><b>Subject:</b> x</div><p>Can we?</p>",
        '<p>Yes.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p>From: Jane<br>Sent: 5 Jan<br>To: Bob<br>'
        "Subject: x</p></div><p>Can we?</p>",
        '<p>Yes.</p><div class="moz-cite-prefix">Am 05.01.2026 um 15:04 schrieb Jane:<br></div>'
        '<blockquote type="cite">Can we?</blockquote>',
        '<div>Yes.</div><br><blockquote type="cite"><div>On 5 Jan 2026, at 15:04, Jane wrote:</div><div>Can we?</div>'
        "</blockquote>",
    ],
    ids=["gmail", "outlook web", "outlook", "thunderbird", "apple"],
)
def test_html_of_the_usual_programs_is_told_apart(html: str) -> None:
    found = blocks(html_text(html).lines)
    assert (found[0].kind, found[0].text) == ("new", "Yes.")
    assert {block.kind for block in found[1:]} == {"quoted"}
    assert "Can we?" in found[-1].text
