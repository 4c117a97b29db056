"""What dbt works out again for each model, test and statement, worked out once: a third of the processor time of a run in tests.

Nothing that dbt does, prints or writes changes. It is for processes that run dbt for tests, and for them alone.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import repeat
from operator import itemgetter
from typing import Any

import parsedatetime
from dbt import flags
from dbt.adapters.base.impl import BaseAdapter
from dbt.artifacts.schemas import base as artifacts
from dbt.clients.checked_load import checked_load
from dbt.clients.jinja import MacroGenerator
from dbt.config import project
from dbt.context import base, exceptions_jinja, providers
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.include.global_project import PROJECT_NAME
from dbt.parser import schemas
from dbt.utils import args_to_dict
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.clients.system import write_file
from dbt_common.constants import SECRET_ENV_PREFIX
from dbt_common.dataclass_schema import dbtClassMixin
from dbt_common.events import functions as events
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.exceptions import base as errors
from dbt_common.utils.encoding import JSONEncoder
from jinja2 import sandbox


def hurry() -> None:
    """Change dbt in this process, before it reads a project."""
    mixin: Any = dbtClassMixin
    described = once_for_each(args_to_dict)  # by identity: of dbt's arguments any two are equal
    describe_flags: Callable[[], Any] = flags.get_flag_obj
    flags_of_a_run = once_for_each(lambda _: describe_flags())
    for owner, name, function in (
        (MacroNamespaceBuilder, "build_namespace", table_of_macros),
        (BaseAdapter, "_make_match", of_that_name(BaseAdapter._make_match)),
        (dbtClassMixin, "validate", classmethod(validated_once(mixin.validate.__func__))),
        (artifacts, "write_json", write_json),
        (schemas, "checked_load", read_yaml),
        (project, "checked_load", read_yaml),
        # each model, test and call of an adapter gets the arguments of the run
        (providers, "args_to_dict", lambda args: dict(described(args))),
        # what a template may use and read, and what it may raise about a model
        (base, "get_context_modules", cache(base.get_context_modules)),
        (flags, "get_flag_obj", lambda: flags_of_a_run(flags.GLOBAL_FLAGS)),
        (providers, "wrapped_exports", once_for_each(exceptions_jinja.wrapped_exports)),
        (sandbox, "is_internal_attribute", by_type(sandbox.is_internal_attribute)),
        # for the name of a module all of the stack is looked up in its sources
        (BehaviorFlagRendered, "_default_source", staticmethod(cache(BehaviorFlagRendered._default_source))),
        # each line of a log is looked through for secrets, and each error: that a package lacks a macro is one that nobody sees
        (events, "env_secrets", env_secrets),
        (errors, "env_secrets", env_secrets),
        # each result of a query has the words for dates made twice, also one without rows
        (parsedatetime, "Constants", cache(parsedatetime.Constants)),
    ):
        setattr(owner, name, function)
    _compile_templates_once()
    _skip_what_nobody_reads()


class Bound(tuple[Any, ...], MacroGenerator):
    """A macro with what it needs when it is called: a tuple, as half a million are made in a run and few are called."""

    __init__ = object.__init__
    macro, context, node, stack = (property(itemgetter(place)) for place in range(4))


class Namespace(dict[str, Any]):
    """A table of macros that is flat already, where dbt looks through five for each name that it copies."""

    get_from_package: Any = MacroNamespace.get_from_package

    def __init__(self, packages: dict[str, Any], of_dbt: dict[str, Any], first: tuple[str, str]) -> None:
        super().__init__({**of_dbt, PROJECT_NAME: of_dbt, **packages})
        for package in first:
            self.update(packages.get(package, {}))
        self.packages, self.global_project_namespace = packages, of_dbt


def table_of_macros(
    builder: MacroNamespaceBuilder, macros_by_package: Mapping[str, Mapping[str, Any]], ctx: dict[str, Any]
) -> Namespace:
    """Return the table of macros, of which each model, test and call of an adapter has one of its own."""
    shared = (repeat(ctx), repeat(builder.node), repeat(builder.thread_ctx))
    packages: dict[str, Any] = {
        package: dict(zip(macros, map(Bound, zip(macros.values(), *shared, strict=False)), strict=True))
        for package, macros in macros_by_package.items()
    }
    of_dbt: dict[str, Any] = {}
    for package in reversed(builder.internal_package_names_order):
        of_dbt |= packages.pop(package, {})
    return Namespace(packages, of_dbt, (builder.root_package, builder.search_package))


def of_that_name(match: Callable[..., Any]) -> Callable[..., Any]:
    """Return what looks for a relation among those of its name alone, where dbt takes each of a schema to pieces."""

    def plain(identifier: Any) -> str:
        return str(identifier).lower().strip('"')

    def matched(adapter: Any, relations: Sequence[Any], database: str, schema: str, identifier: str) -> Any:
        wanted = plain(identifier)
        named = [relation for relation in relations if plain(relation.identifier) == wanted]
        return match(adapter, named, database, schema, identifier)

    return matched


def once_for_each(describe: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return what describes a thing that can't be hashed, once."""
    held: dict[int, tuple[Any, Any]] = {}

    def described(thing: Any) -> Any:
        if id(thing) not in held:
            held[id(thing)] = thing, describe(thing)  # as long as the thing is held, its number is its own
        return held[id(thing)][1]

    return described


def by_type(is_internal: Callable[[Any, str], bool]) -> Callable[[Any, str], bool]:
    """Return what answers for an attribute from the type of what has it, as the answer hangs on nothing else."""
    known: dict[tuple[type, str], bool] = {}

    def is_internal_of_type(holder: Any, attribute: str) -> bool:
        key = (type(holder), attribute)
        if key not in known:
            known[key] = is_internal(holder, attribute)
        return known[key]

    return is_internal_of_type


def env_secrets() -> list[str]:
    """Return the values of secret variables, without reading all the others."""
    prefix = SECRET_ENV_PREFIX.encode()
    names: Any = os.environ._data  # type: ignore[attr-defined]
    return [value for name in [*names] if name.startswith(prefix) and (value := os.environ[name.decode()]).strip()]


def read_yaml(contents: str) -> Any:
    """Return what a file of YAML says, and what is wrong with it, for a caller who may change it."""
    return pickle.loads(_read_yaml(contents))


@cache
def _read_yaml(contents: str) -> bytes:
    return pickle.dumps(checked_load(contents))


def write_json(path: str, data: Mapping[str, Any]) -> bool:
    """Write a manifest or results from one text: Python's encoder is slow where it writes piece by piece."""
    return bool(write_file(path, json.dumps(data, cls=JSONEncoder)))


def validated_once(validate: Callable[[type, Any], None]) -> Callable[[type, Any], None]:
    """Return what remembers what was found valid: a project is the same in most tests, and its models and tests are."""
    sound = set[tuple[type, str]]()

    def validate_once(cls: type, data: Any) -> None:
        as_text = repr(data)
        if (cls, as_text) not in sound:
            validate(cls, data)
            sound.add((cls, as_text))

    return validate_once


def _compile_templates_once() -> None:
    """Keep what Jinja makes of a text: dbt has it made in every process, and of a model when parsing and when running."""
    environment: Any = MacroFuzzEnvironment
    compiled, firsts = cache(environment.compile), dict[type, Any]()

    def compile_once(self: Any, source: str) -> Any:
        # of dbt's environments those of one class compile alike
        return compiled(firsts.setdefault(type(self), self), source)

    environment.compile = compile_once


def _skip_what_nobody_reads() -> None:
    """Leave out events below the level of every log: dbt would write the line for each of them first."""
    event: Any = BaseEvent
    manager: Any = EventManager
    make, fire = event.__init__, manager.fire_event

    def make_when_read(self: Any, *values: Any, **named: Any) -> None:
        self.__dict__["said"] = (values, named)

    def message(self: Any) -> Any:
        if "said" in self.__dict__:
            values, named = self.__dict__.pop("said")
            make(self, *values, **named)
        return self.__dict__["made"]

    def fire_if_read(self: Any, event: Any, level: EventLevel | None = None, *rest: Any, **options: Any) -> None:
        is_debug = (level or event.level_tag()) is EventLevel.DEBUG
        if not is_debug or any(log.level in (EventLevel.DEBUG, EventLevel.TEST) for log in self.loggers):
            fire(self, event, level, *rest, **options)

    event.__init__ = make_when_read
    event.pb_msg = property(message, lambda self, made: self.__dict__.update(made=made))
    manager.fire_event = fire_if_read
