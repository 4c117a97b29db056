"""Who says an entry of a conversation: its role, by what the entry says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kura_udfs.text.messages.fields import clean, names, spelt
from kura_udfs.text.messages.sides import SIDES

_NOTES: Mapping[str, tuple[object, ...]] = {
    "public": (False, "false"),
    **dict.fromkeys(("private", "is_private", "isPrivate", "internal"), (True, "true")),
    "part_type": ("note",),
    "visibility": ("agents",),
    "type": ("note", "private_note", "internal_note", "COMMENT"),  # HubSpot's; a comment at Zendesk is no note
}
NOTE_KEYS = tuple(_NOTES)
"""Where a help desk says that colleagues say it to each other."""
_OURS_OR_THEIRS = spelt("""is_created_by_user is_user from_user incoming inbound is_inbound is_incoming is_customer
    from_customer is_human is_from_user is_from_customer""")
_THEIRS_OR_OURS = spelt("""from_agent is_agent from_me from_bot outgoing is_outgoing is_bot is_ai is_assistant
    is_from_bot is_from_agent is_from_me""")
SIGN_KEYS = (*_OURS_OR_THEIRS, *_THEIRS_OR_OURS)
"""What says of a message that it is a customer's, or that it is not."""
_TRUTHS = {
    **dict.fromkeys(("true", "1", "1.0", "t", "yes", "y"), True),  # a data frame has made floats of them
    **dict.fromkeys(("false", "0", "0.0", "f", "no", "n"), False),
}
_NAMES = ("name", "display_name", "displayName")
_IS_BOT = ("isBot", "is_bot", "bot")  # Discord's
ROLE_KEYS = spelt("""role from sender author speaker sender_type author_type sender_role author_role participant_role
    participantPurpose participant_type speaker_role direction message_type creator""")
_PARTY_KEYS = spelt(
    "message_role msg_role chat_role turn_role user_type actor_type actor participant party sent_by who"
)
"""What may say who speaks, if it is a side's name."""
NAME_KEYS = spelt("""sender_name author_name speaker_name from_name sender_display_name author_display_name
    sender_full_name""")
"""What says who speaks where nothing says on whose side that is."""
_IN_RESEARCH = {"usr": "user", "sys": "assistant"}
"""Who speaks in dialogues with a system; as a ``role`` that may be a prompt."""
_SIDE_KEYS = ("event", "user")  # Rasa's, Bland's
_SIDES = ("user", "assistant", "bot")
_BY_TYPE = {
    **{name: name for name in (*SIDES, "gemini", "model", "gpt")},
    **dict.fromkeys(("human", "humanmessage", "humanmessagechunk", "user", "user_message"), "user"),
    **dict.fromkeys(("ai", "aimessage", "aimessagechunk", "assistant", "assistant_message"), "assistant"),
    **dict.fromkeys(("system", "systemmessage", "systemmessagechunk", "system_message"), "system"),
    **dict.fromkeys(("tool", "toolmessage", "toolmessagechunk", "function_call_output"), "tool"),
    **dict.fromkeys(("functionmessage", "functionmessagechunk"), "tool"),
    **dict.fromkeys(("function", "function_call"), "assistant"),
    "developer": "developer",
}
_MACHINES = frozenset(
    (
        *names("""model machine gpt chatgpt admin developer tool function observation aimessage apimessage ai_message
            bot_message assistant_message"""),
        *(name for name, side in SIDES.items() if side != "user"),
    )
)
TOOL_ROLES = frozenset(names("tool function observation ipython tool_response"))


def role_of(item: Mapping[str, Any]) -> str | None:
    """The role as it stands, or our own name for it where the shape implies it."""
    held = item.get("role")
    role = _role(str(held) if isinstance(held, bool) else held)  # a sign of a side, for `kura_roles` to name
    if role:
        return role
    if not item.keys().isdisjoint(_NOTES) and _is_note(item):
        return "system"
    return _by_sign(item) or _by_field(item) or _by_type(item) or _by_name(item)


def _by_sign(item: Mapping[str, Any]) -> str | None:
    """The side that a field with yes or no is about."""
    if item.keys().isdisjoint(SIGN_KEYS):
        return None
    for key in SIGN_KEYS:
        if (told := _TRUTHS.get(str(item.get(key)).lower())) is not None:
            return "user" if told == (key in _OURS_OR_THEIRS) else "assistant"
    return None


def _by_field(item: Mapping[str, Any]) -> str | None:
    role = next((role for key in ROLE_KEYS if key in item and (role := _role(item[key]))), None)
    return _IN_RESEARCH.get(role or "", role)


def _by_type(item: Mapping[str, Any]) -> str | None:
    """The role that a type is, or implies."""
    kind = item.get("type")
    if "bubbleId" in item and kind in (1, 2):  # Cursor's
        return "user" if kind == 1 else "assistant"
    if not isinstance(kind, str):
        return None
    kind = kind.lower()
    if role := _BY_TYPE.get(kind):
        return role
    if kind.endswith(("_call_output", "tool_result")):
        return "tool"
    return "assistant" if kind.endswith("_call") else None


def _by_name(item: Mapping[str, Any]) -> str | None:
    """A side's name wherever it stands (an id of a user, a name of something else is none), or else a speaker's."""
    side = next((item[key] for key in _SIDE_KEYS if item.get(key) in _SIDES), None)
    side = side or next((name for key in _PARTY_KEYS if (name := _role(item.get(key))) in SIDES), None)
    sender = _role(item["u"]) if isinstance(item.get("u"), dict) else None  # Rocket.Chat's
    return side or sender or next((name for key in NAME_KEYS if (name := _role(item.get(key)))), None)


def _is_note(item: Mapping[str, Any]) -> bool:
    """Whether colleagues of a help desk say it to each other, and not to who asked."""
    return any(item.get(key) in values for key, values in _NOTES.items() if key in item)


def _role(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, dict):
        told = next((value[key] for key in ("role", "type", "t") if isinstance(value.get(key), str)), None)
        is_bot = next((value[key] for key in _IS_BOT if isinstance(value.get(key), bool)), None)
        if told == "user" and is_bot:
            told = "bot"
        name = next((value[key] for key in _NAMES if value.get(key)), None)
        value = told or (name if is_bot is None else "bot" if is_bot else "user")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # a channel or a speaker of a recording, for `kura_roles` to name
    return clean(value.strip().lower()) if isinstance(value, str) else None


def is_known(role: str | None) -> bool:
    """Whether a role says on whose side somebody is, and is not a name of their own."""
    return role is not None and (role.strip().lower() in _MACHINES or role.strip().lower() in SIDES)


def is_persons(role: str | None) -> bool:
    """Whether a role is not that of a machine or a tool, as far as one can tell."""
    return role is not None and role not in _MACHINES
