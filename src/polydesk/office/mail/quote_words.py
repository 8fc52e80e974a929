# ruff: noqa: RUF001, E501  # words of other languages
"""By which words mail programs introduce a quotation, a forwarded mail or an advertisement, in many languages."""

from __future__ import annotations

import re

_VERBS = (
    r"wrote|writes|schrieb(?:en)?|schreef|geschreven|a écrit|écrivait|escribió|escribio|ha scritto|scrisse|escreveu"
    r"|napisał(?:\(?a\)?)?|skrev|skrifaði|kirjoitti|napsal(?:\(?a\)?)?|napísal(?:\(?a\)?)?|пишет|писал(?:\(?а\)?)?"
    r"|написал(?:\(?а\)?)?|пише|írta|şunu yazdı|έγραψε|a scris|je napisa(?:o|la)|написа|写道|寫道|님이 작성|작성|さんが?書きました|さんは書きました"
)
ATTRIBUTION = re.compile(rf"(?:^|\W)(?:{_VERBS})[^\n]{{0,160}}[:：]\s*$", re.IGNORECASE)
DATED_LINE = re.compile(r"^\s*(?:20|19)\d\d\s*[-/年.]\s*\d{1,2}\s*[-/月.]\s*\d{1,2}.*<?[\w.+-]+@[\w.-]+>?\s*[:：]\s*$")
ATTRIBUTION_START = re.compile(
    r"^\s*(?:on|am|le|el|il|em|op|den|dne|dnia|w dniu|a|pe|în|на|в|στις)\b.{4,}", re.IGNORECASE
)
ORIGINAL = re.compile(
    r"^\s*[-_*=]{2,}\s*(?:original (?:message|appointment)|ursprüngliche (?:nachricht|mail)|message d'origine"
    r"|message d’origine|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht"
    r"|wiadomość oryginalna|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti"
    r"|původní zpráva|исходное сообщение|原始邮件|原始郵件|元のメッセージ|원본 메시지|reply (?:message|separator))\s*[-_*=]{2,}\s*$",
    re.IGNORECASE,
)
FORWARDED = re.compile(
    r"^\s*(?:[-_*=]{2,}\s*)?(?:(?:begin )?forwarded (?:message|by)|weitergeleitete nachricht|anfang der weitergeleiteten"
    r" nachricht|message transféré|début du message (?:réexpédié|transféré)|mensaje reenviado|messaggio inoltrato"
    r"|inizio messaggio inoltrato|mensagem encaminhada|doorgestuurd bericht|begin doorgestuurd bericht"
    r"|wiadomość przekazana|treść przekazanej wiadomości|vidarebefordrat meddelande|videresendt meddelelse"
    r"|přeposlaná zpráva|пересылаемое сообщение|转发邮件|轉寄郵件|転送メッセージ|전달된 메시지)\s*:?\s*(?:[-_*=]{2,})?\s*$",
    re.IGNORECASE,
)
_ROLES = {
    "from": "from|von|de|da|van|od|från|fra|lähettäjä|от|发件人|寄件者|差出人|보낸 사람|feladó|kimden|expéditeur|από|відправник",
    "date": (
        "sent|date|gesendet|datum|envoyé|enviado(?: el| em)?|inviato|data|verzonden|wysłano|skickat|sendt|dato|lähetetty"
        "|odesláno|отправлено|дата|发送时间|日期|寄件日期|送信日時|日付|보낸 날짜|날짜|fecha|küldve|gönderilme|tarih|envoyé le"
    ),
    "to": "to|an|à|para|a|aan|do|till|til|vastaanottaja|komu|кому|收件人|宛先|받는 사람|címzett|kime|pour|destinataire|προς",
    "subject": (
        "subject|betreff|objet|asunto|oggetto|assunto|onderwerp|temat|ämne|emne|aihe|předmět|тема|主题|主旨|件名|제목|tárgy"
        "|konu|θέμα|re"
    ),
    "cc": "cc|kopie|copie|kopia|kopi|копия|抄送|副本|참조|cópia|bcc",
}
LABELS = {label: role for role, labels in _ROLES.items() for label in labels.split("|")}
LABEL = re.compile(r"^\s*\*{0,2}([^\W\d_][^:：*\n]{0,24}?)\s*\*{0,2}\s*[:：]\*{0,2}\s*(.*)$")
SENT_FROM = re.compile(
    r"^\s*(?:sent from my |sent from (?:outlook|mail|yahoo|samsung|mobile|proton)|get outlook for |von meinem \S+ gesendet"
    r"|gesendet mit der |diese nachricht wurde von meinem|envoyé de mon |envoyé depuis |enviado desde mi |enviado do meu "
    r"|inviato da(?:l mio)? |verstuurd vanaf |verzonden vanaf mijn |skickat från min |sendt fra min |wysłane z |iPhoneから送信"
    r"|发自我的|從我的|나의 .*에서 보냄|отправлено с )",
    re.IGNORECASE,
)
