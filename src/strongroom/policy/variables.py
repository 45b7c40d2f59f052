"""Policy variables: `${key}` stands for the value of a condition key of the request.

Source: IAM User Guide, "IAM policy elements: Variables and tags". `${key, 'text'}` has a default, in which `''` is a
quote; `${*}`, `${?}` and `${$}` are the characters themselves. A value is put in as text: what it holds is neither a
wildcard nor a variable.

To AWS a variable without a value is null: nothing equals it, a Resource with it covers nothing, and StringNotEquals
holds. That lets a Deny with it go by, and an Allow with a negated operator apply. Here what is matched with one is
undecided unless it fits with no value at all, which is never more permissive: see `Template.resolve`.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from strongroom.policy.answers import Answer
from strongroom.policy.dialect import Dialect
from strongroom.policy.globs import Glob, Token, Wildcard, covers, glob_of_tokens, too_costly
from strongroom.policy.query import ConditionContext

_SPECIAL: Final = re.compile(
    r"\$\{(?:(?P<character>[*?$])|(?P<key>[^,'{}]+)(?:,\s*'(?P<default>(?:[^']|'')*)'\s*)?)\}"
    r"|(?P<unreadable>\$\{[^}]*\}?)"
    r"|(?P<wildcard>[*?])"
)
_WITHOUT_VARIABLES: Final = re.compile(r"(?P<wildcard>[*?])")
_WILDCARDS: Final = {wildcard.value: wildcard for wildcard in Wildcard}


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """A policy variable.

    Attributes:
        text: as written.
        name: name of the condition key in a request's context; None if it never has a value.
        default: what it is where the request lacks the key, or None.
    """

    text: str
    name: str | None
    default: str | None = None

    def value(self, context: ConditionContext) -> str | None:
        """Give its value; None without one, and for a key of several values, which no text can stand for."""
        found = None if self.name is None else context.get(self.name)
        if not found:
            return self.default
        return found[0] if len(found) == 1 else None


Part = Token | Variable


class Template(msgspec.Struct, frozen=True):
    """A text with variables, and with wildcards where its element has them.

    Attributes:
        parts: what it is made of, in order.
        glob: the same as a pattern, if there are no variables in it.
    """

    parts: tuple[Part, ...]
    glob: Glob | None

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables in it."""
        return tuple(part for part in self.parts if isinstance(part, Variable))

    @property
    def wild(self) -> bool:
        """Whether there are wildcards in it."""
        return any(isinstance(part, Wildcard) for part in self.parts)

    def match(self, value: str, context: ConditionContext, *, ignore_case: bool = False) -> Answer:
        """Whether it covers the value; None if that hangs on a variable without a value, or takes too long to tell."""
        glob, known = self.resolve(context, ignore_case=ignore_case)
        if too_costly(glob, value):
            return None
        covered = covers(glob, value.lower() if ignore_case else value)
        return None if covered and not known else covered

    def resolve(self, context: ConditionContext, *, ignore_case: bool = False) -> tuple[Glob, bool]:
        """Put the values in, with any text for those that are missing, and tell whether all are there."""
        if self.glob is not None and not ignore_case:
            return self.glob, True
        tokens: list[Token] = []
        known = True
        for part in self.parts:
            value = part.value(context) if isinstance(part, Variable) else part
            known = known and value is not None
            token = Wildcard.ANY_RUN if value is None else value
            tokens.append(token.lower() if ignore_case and isinstance(token, str) else token)
        return glob_of_tokens(tokens), known

    def segments(self, number: int) -> tuple["Template", ...]:
        """Cut it at the colons of its own text, and not at those of values, into at most so many."""
        cut: list[list[Part]] = [[]]
        for part in self.parts:
            pieces: list[Part] = [*part.split(":", number - len(cut))] if isinstance(part, str) else [part]
            cut[-1].append(pieces[0])
            cut.extend([piece] for piece in pieces[1:])
        return tuple(map(template_of, cut))


def template_of(parts: Sequence[Part]) -> Template:
    """Make a template of its parts."""
    tokens = [part for part in parts if not isinstance(part, Variable)]
    return Template(tuple(parts), glob_of_tokens(tokens) if len(tokens) == len(parts) else None)


def has_variables(text: str) -> bool:
    """Whether a text holds what version 2012-10-17 reads as variables."""
    return "${" in text


def parse_template(text: str, dialect: Dialect, *, wildcards: bool) -> Template:
    """Read a text with variables. Ill-formed ones are variables that never have a value."""
    parts: list[Part] = []
    end = 0
    for special in (_SPECIAL if dialect.variables else _WITHOUT_VARIABLES).finditer(text):
        parts += (text[end : special.start()], _part(special, dialect, wildcards=wildcards))
        end = special.end()
    parts.append(text[end:])
    return template_of([part for part in parts if part != ""])


def _part(special: re.Match[str], dialect: Dialect, *, wildcards: bool) -> Part:
    text = special[0]
    match special.lastgroup:
        case "wildcard":
            return _WILDCARDS[text] if wildcards else text
        case "character":
            return special["character"]
        case "unreadable":
            return Variable(text=text, name=None)
        case _:
            default = special["default"]
            return Variable(
                text=text,
                name=dialect.context_name(special["key"].strip()),
                default=None if default is None else default.replace("''", "'"),
            )
