"""How chat models decline, in English and in the other languages that books have words for."""

import re

LONGEST_REFUSAL = 200
_REFUSAL = re.compile(
    r"\A\W*(?:i['’]m (?:very |really )?sorry|sorry|i apologi[sz]e|as an ai\b"
    r"|i (?:can(?:no|['’])t|am unable to|won['’]t) (?:help|assist|write|continue|create|comply|fulfil|provide))"
    # no quote and no dash before it: people of a story are sorry, too
    r"|\A[\s*_#]*(?:es tut mir (?:sehr )?leid|tut mir leid|als (?:eine )?ki\b|leider kann ich"
    r"|(?:je suis )?(?:vraiment )?désolée?|en tant qu['’](?:une )?ia\b|je ne peux pas (?:vous aider|écrire|créer)"
    r"|lo siento|como (?:una |modelo de )?ia\b|no puedo (?:ayudar|escribir|continuar|crear)"
    r"|mi dispiace|in quanto ia\b|non posso (?:aiutar|scriver|continuar|crear)"
    r"|desculpe|sinto muito|lamento, mas|não posso (?:ajudar|escrever|continuar|criar)"
    r"|het spijt me|als (?:een )?ai\b|ik kan (?:u|je) (?:hier|daar)"
    r"|申し訳(?:ありません|ございません)|(?:すみません|ごめんなさい)[、。])",
    re.IGNORECASE,
)


def is_refusal(text: str, count: int) -> bool:
    """Tell whether a short text of so many words declines to be a story."""
    return count < LONGEST_REFUSAL and _REFUSAL.match(text) is not None
