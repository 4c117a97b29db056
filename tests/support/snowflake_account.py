"""A stand-in for a Snowflake account: fakesnow's server, and what it lacks for dbt and Kura.

Added are procedures and functions in Python (in processes of their own, see `snowflake_sandbox`), the AI_* functions, VECTOR (as
ARRAY), temporary tables with three-part names, blocks with an exception handler, and what MERGE as dbt writes it needs.

It also refuses what Snowflake's documentation says that an account refuses: heads of functions and procedures that are not as
documented (`snowflake_grammar`), artifact repositories in anonymous procedures, TRY_CAST to anything nested, vectors inside of
Snowflake Scripting, schemas of answers with other keywords than those that there are. And it notes which privileges each
statement needs (`snowflake_privileges`).

Its sessions have parameters that an account may have, too (`snowflake_session`): weeks begin on Sunday, and a cast writes a point in
time as a day. A subquery is no wall there: what AI_COMPLETE gave is asked for again in each column that is made of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import logging
import math
import os
import re
import threading
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import fakesnow
import snowflake.connector.errors
from fakesnow import transforms
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.transforms import stage
from fakesnow.variables import Variables
from sqlglot import exp

from tests.support import snowflake_sandbox
from tests.support.snowflake_answers import schema_problem
from tests.support.snowflake_grammar import COMMENT_AFTER, RefusedError, Routine, is_routine, read_routine
from tests.support.snowflake_privileges import Need, needs
from tests.support.snowflake_requests import once
from tests.support.snowflake_sandbox import EVENT
from tests.support.snowflake_semantic import is_semantic_view, read_semantic_view
from tests.support.snowflake_session import by_session, inlined_calls, session_problem, written_by_session
from tests.support.snowflake_types import NESTED, Columns, nested_columns
from tests.support.standin import example

start_server = fakesnow.server  # the submodule of that name hides it once it is imported
server, cursors = (importlib.import_module(f"fakesnow.{name}") for name in ("server", "cursor"))

COMMENT = re.compile(r"(?s)^\s*(/\*.*?\*/\s*|--[^\n]*\n\s*)*")
CALL = re.compile(r"(?is)^call (?P<name>[\w.\"]+)\s*\(\)")
DROP = re.compile(r"(?is)^drop procedure if exists (?P<name>[\w.\"]+)\s*\(\)")
DROP_FUNCTION = re.compile(r"(?is)^drop function if exists (?P<name>[\w.\"]+)\s*\((?P<types>[\w\s,]*)\)$")
REMOVE = re.compile(r"(?is)^remove (?P<name>@[\w.\"]+/\S+)$")
SHOWN = re.compile(r"(?i)show user functions like '\S+' in schema (?P<schema>[\w.\"]+)")
DESCRIBED = re.compile(r'(?is)^describe table (?:"?\w+"?\.)*"?(?P<name>\w+)"?')
TAG = re.compile(r"(?is)^alter session (?:set query_tag = '(?P<value>.*?)'|unset query_tag)")
REPOSITORY = re.compile(r"(?is)^alter schema (?P<name>\S+) set default_python_artifact_repository = (?P<value>[\w.]+)")
BLOCK = re.compile(r"(?s)^execute immediate \$\$.*?execute immediate '(?P<statement>.*?)'\);.*\$\$")
TRANSACTION = re.compile(
    r"(?is)^with (?P<name>\w+) as procedure \(\)\s+returns varchar\s+language sql\s+as\s+\$\$\s*"
    r"begin\s+begin transaction;(?P<statements>.*);\s*commit;\s*return '\w+';"
    r"\s*exception\s+when other then\s+rollback;\s*raise;\s*end;\s*\$\$\s*call (?P=name)\(\)$"
)
STRUCTURED = ("object", "array")


STRUCTURED_FUNCTIONS: set[str] = set()
PYPI, ANACONDA = "snowflake.snowpark.pypi_shared_repository", "snowflake.snowpark.anaconda_shared_repository"
CHILD_SECONDS = 300.0
"""A procedure, or a batch of a function, that takes longer is stopped."""
EMBEDDING_TOKENS = {"snowflake-arctic-embed-l-v2.0-8k": 8192, "voyage-multilingual-2": 32_000}
"""Windows of the models of AI_EMBED; of all others it is 512."""


class Account:
    """What the account has been asked, and what it has."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.needs: set[Need] = set()
        self.functions: dict[str, Function] = {}
        self.declared: dict[str, Routine] = {}
        """The functions by their names with schemas; to the engine below they are known by their names alone."""
        self.semantic_views: dict[str, dict[str, list[str]]] = {}
        """The dimensions and metrics of each."""
        self.procedures: dict[str, Routine] = {}
        self.repositories: dict[str, str] = {}
        """Of schemas that have one of their own; that of the account is PyPI's, as in accounts made since June 2026."""
        self.types: dict[str, Columns] = {}
        self.tags: dict[int, str] = {}
        """The query tag of each session."""
        self.connection: dict[str, Any] = {}
        self.questions: list[str] = []
        self.events: list[str] = []
        """What procedures have logged, as the event table has it at the level INFO."""
        self.tagged: set[str] = set()
        """The query tags under which models were asked or procedures called."""
        self.embedded: list[str] = []
        self.failing: set[str] = set()
        """AI_COMPLETE gives an error for a prompt that holds one of these; AI_EMBED fails with all rows of its statement."""
        self.mute: set[str] = set()
        """AI_EMBED gives nothing for a text that holds one of these."""

    def execute(self, cursor: Any, command: str, plain: Any) -> Any:
        """Run a statement; `plain` is how fakesnow would."""
        text = COMMENT_AFTER.sub("", COMMENT.sub("", command, count=1)).strip()
        self.statements.append(text)
        self.needs |= needs(text, cursor._conn.database, cursor._conn.schema)
        if found := TRANSACTION.match(text):
            return self.transaction(cursor, [part.strip() for part in found["statements"].split(";")], plain)
        if is_routine(text):
            return plain(self.declare(cursor, text))
        if found := CALL.match(text):
            self.tagged.add(self.tags.get(id(cursor._conn), ""))
            return plain(
                f"select {quoted(self.run_procedure(cursor, self.procedures[full(cursor, found['name'])]))} as result"
            )
        if found := DROP.match(text):
            self.procedures.pop(full(cursor, found["name"]), None)
            return plain("select 'done' as status")
        if found := REPOSITORY.match(text):
            self.repositories[found["name"].upper()] = found["value"].lower()
            return plain("select 'done' as status")
        if found := BLOCK.match(text):
            statement = found["statement"].replace("''", "'")
            if re.search(r"(?i)\bai_embed\b|\bvector\s*\(", statement):
                raise refusal("Vectors are not supported in Snowflake Scripting")
            try:
                return self.execute(cursor, statement, plain)
            except snowflake.connector.errors.Error as error:
                return plain(f"select {quoted(str(error))} as kura_error")
        if found := SHOWN.match(text):
            place = full(cursor, found["schema"] + ".x")[:-1]
            shown = [
                f"({quoted(name.removeprefix(place))}, {quoted(signature(name.removeprefix(place), routine))})"
                for name, routine in self.declared.items()
                if name.startswith(place)
            ]
            return plain(
                f'select name as "name", arguments as "arguments" from (values {", ".join(shown) or "(null, null)"})'
                " as f (name, arguments) where name is not null"
            )
        if found := DROP_FUNCTION.match(text):
            name = full(cursor, found["name"])
            declared = self.declared.get(name)
            types = [kind.strip().upper() for kind in found["types"].split(",") if kind.strip()]
            if declared and types == argument_types(declared):
                del self.declared[name]
            return plain("select 'done' as status")
        if found := REMOVE.match(text):
            Path(staged_file(found["name"])).unlink()
            return plain("select 'removed' as status")
        if is_semantic_view(text):
            try:
                view = read_semantic_view(text)
            except RefusedError as error:
                raise refusal(str(error)) from None
            for query in view.queries:
                plain(query)
            self.semantic_views[full(cursor, view.name)] = view.entries
            return plain("select 'done' as status")
        if re.match(r"(?i)show parameters like 'query_tag'", text):
            return plain(f"""select {quoted(self.tags.get(id(cursor._conn), ""))} as "value\"""")
        if tag := TAG.match(text):
            self.tags[id(cursor._conn)] = tag["value"] or ""
            return plain("select 'done' as status")
        if re.match(r"(?i)show (grants|external|secrets|integrations)|use (role|warehouse)", text):
            return plain("select 'done' as status")
        if re.match(
            r"(?is)alter\s+table\s+\S+\s+alter\b.*\bcomment\b", text
        ):  # not known to it, and nobody reads them here
            return plain("select 'done' as status")
        if re.match(r"(?i)put|copy into", text):
            return plain(
                re.sub(r"'(@[^']*)'", r"\1", command).replace('@"', "@").replace('"."', ".")
                if "'@" in command
                else command
            )
        if created := nested_columns(text, self.types):
            self.types[created[0]] = created[1]
        result = plain(command)
        if (found := DESCRIBED.match(text)) and cursor._arrow_table is not None:
            cursor._arrow_table = typed(cursor._arrow_table, self.types.get(found["name"].upper(), {}))
        return result

    def transaction(self, cursor: Any, statements: list[str], plain: Any) -> Any:
        """Run a procedure that takes back all of its statements when one of them fails, or when it is stopped."""
        duck = cursor._duck_conn
        duck.execute("begin transaction")
        try:
            for statement in statements:
                if not re.match(r"(?i)(delete|insert|update|merge)\b", statement):
                    raise refusal(f"what defines an object commits the transaction: {statement}")
                self.execute(cursor, statement, plain)
        except Exception:
            duck.execute("rollback")
            raise
        duck.execute("commit")
        return plain("select 'published' as kura_publish")

    def declare(self, cursor: Any, text: str) -> str:
        """Make a function or a procedure, and run it if it has no name to be called by; return what says so."""
        try:
            routine = read_routine(text)
        except RefusedError as error:
            raise refusal(str(error)) from None
        schema = full(cursor, routine.name).rpartition(".")[0]
        repository = routine.repository or self.repositories.get(schema, PYPI)
        if repository.lower() not in (PYPI, ANACONDA):
            raise refusal(f"Artifact repository {repository} does not exist or not authorized")
        if routine.packages:
            user = "pypi_repository_user" if repository.lower() == PYPI else "anaconda_repository_user"
            self.needs.add(Need(f"database role snowflake.{user}", "account", ""))
        if routine.is_anonymous:
            raise refusal("Artifact repositories are not supported in anonymous procedures")
        if routine.kind == "procedure":
            self.procedures[full(cursor, routine.name)] = routine
        else:
            self.create_function(routine)
            self.declared[full(cursor, routine.name)] = routine
        return f"select '{routine.kind.capitalize()} successfully created.' as status"

    def run_procedure(self, cursor: Any, routine: Routine) -> str:
        task = {
            "packages": routine.packages,
            "files": [staged_file(name) for name in routine.imports],
            "body": routine.body,
            "variables": cursor._conn.variables._variables,
            "connection": {
                **self.connection,
                "database": cursor._conn.database,
                "schema": cursor._conn.schema,
                "network_timeout": 120,
            },
        }
        run = snowflake_sandbox.procedure(task, CHILD_SECONDS)
        if not run.is_in_time:
            raise refusal(f"Procedure execution exceeded {CHILD_SECONDS:g} seconds")
        self.events += [line.removeprefix(EVENT).strip() for line in run.errors.splitlines() if line.startswith(EVENT)]
        if not run.is_done:
            raise snowflake.connector.errors.ProgrammingError(
                msg=f"Python Interpreter Error:\n{run.errors[-3000:]}", errno=100357, sqlstate="P0000"
            )
        return run.output.strip()

    def create_function(self, routine: Routine) -> None:
        name = routine.name.lower().rpartition(".")[2]
        function = Function(
            {
                "packages": routine.packages,
                "files": [staged_file(each) for each in routine.imports],
                "handler": routine.handler,
            }
        )
        arguments = [kind.partition("(")[0].strip().lower() for _, kind in routine.arguments]
        types = ["BIGINT" if kind == "number" else "VARCHAR" for kind in arguments]
        is_json = routine.returns in STRUCTURED

        def of_one(one: Any) -> Any:
            return function((one,), arguments, is_json)

        def of_two(one: Any, two: Any) -> Any:
            return function((one, two), arguments, is_json)

        def of_three(one: Any, two: Any, three: Any) -> Any:
            return function((one, two, three), arguments, is_json)

        duck = server.shared_fs.duck_conn
        with contextlib.suppress(Exception):
            duck.remove_function(name)
        duck.create_function(
            name,
            (of_one, of_two, of_three)[len(types) - 1],  # DuckDB counts the parameters
            types,
            routine.returns.upper() if routine.returns in ("bigint", "boolean") else "VARCHAR",
            type="arrow",
            null_handling="special",
        )
        self.functions[name] = function
        if is_json:
            STRUCTURED_FUNCTIONS.add(name)


class Function:
    """A function in Python, at work in a process of its own, which starts when it is first called."""

    def __init__(self, task: dict[str, Any]) -> None:
        self._task, self._lock = task, threading.Lock()
        self._started: tuple[BaseProcess, Connection] | None = None

    def __call__(self, columns: Any, types: list[str], is_json: bool) -> Any:
        import pyarrow as pa

        values = [column.to_pylist() for column in columns]
        values = [
            [None if value is None else json.loads(value) for value in column] if kind == "variant" else column
            for column, kind in zip(values, types, strict=True)
        ]
        with self._lock:
            process, batches = self._started = self._started or snowflake_sandbox.function(self._task)
            try:
                batches.send(values)
                if not batches.poll(CHILD_SECONDS):
                    process.kill()
                result = batches.recv()
            except (EOFError, OSError):
                result, self._started = f"the function came to no end within {CHILD_SECONDS:g} seconds, or died", None
        if isinstance(result, str):
            raise RuntimeError(result)
        if is_json:
            return pa.array([None if value is None else json.dumps(value) for value in result], pa.string())
        return pa.array(result)

    def stop(self) -> None:
        if self._started is not None:
            process, batches = self._started
            batches.close()
            process.join(10)
            process.kill()


@contextlib.contextmanager
def running() -> Iterator[Account]:
    """Start the stand-in; its `connection` is what a client needs."""
    # a client asks the network first in whose cloud it is, in processes that begin from here too
    os.environ["SNOWFLAKE_DISABLE_PLATFORM_DETECTION"] = "true"
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error", "fakesnow.server", "sqlglot"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    account = Account()
    adapt(account)
    duck = server.shared_fs.duck_conn
    duck.create_function(
        "ai_complete",
        lambda model, prompt, asked: complete(account, model, prompt, asked),
        ["VARCHAR"] * 3,
        "VARCHAR",
        side_effects=True,  # so that two calls are two
    )
    duck.create_function(
        "ai_embed",
        lambda model, text: embedded(account, model, text),
        ["VARCHAR", "VARCHAR"],
        "VARCHAR",
        null_handling="special",
    )
    # fakesnow keeps what it knows of tables in a second database, and a transaction can write to one only
    server.shared_fs.nop_regexes = [r"(?s)^(\s|--[^\n]*\n|/\*.*?\*/)*(begin|commit|rollback)\b"]
    vars(server)["app"] = once(vars(server)["app"], "/queries/v1/query-request")
    with start_server() as connection:
        account.connection = connection
        yield account
        for function in account.functions.values():
            function.stop()


def adapt(account: Account) -> None:
    """Add to fakesnow what it lacks."""
    plain_execute, plain_transform, plain_parse = (
        FakeSnowflakeCursor.execute,
        FakeSnowflakeCursor._transform,
        server.parse_one,
    )
    plain_merge = transforms.merge
    read: dict[str, Any] = {}

    def execute(self: Any, command: str, *arguments: Any, **options: Any) -> Any:
        try:
            return account.execute(self, command, lambda text: plain_execute(self, text, *arguments, **options))
        except snowflake.connector.errors.Error:
            raise
        except Exception as error:  # as anything else, a client would ask again for minutes
            raise snowflake.connector.errors.ProgrammingError(msg=repr(error), errno=2000, sqlstate="XX000") from error

    def transform(self: Any, expression: Any, params: Any) -> Any:
        # no copies: what has just been read is nobody else's
        marked = inlined_calls(expression, "ai_complete").transform(before, copy=False)
        return plain_transform(self, marked, params).transform(after, copy=False)

    def parse(text: str) -> Any:
        """The server asks for the kind of a statement before it runs it."""
        bare = COMMENT.sub("", text, count=1)
        special = (
            is_routine(bare)
            or bare.startswith("execute immediate")
            or re.match(
                r"(?i)call |drop (?:procedure|function)|remove |create (?:or replace )?semantic|show (?:user|parameters)|alter (?:schema|session)|alter\s+table\s+\S+\s+alter\b",
                bare,
            )
        )
        if special:
            return plain_parse("select 1")
        read[text] = plain_parse(text)
        return read[text]

    def parse_once(text: str) -> Any:
        """Then it runs the statement, and uses up what was read of it."""
        known = read.pop(text, None)
        return plain_parse(text) if known is None else known

    def merge(expression: Any) -> Any:
        if isinstance(expression, exp.Merge):
            source = expression.args["using"].alias_or_name
            for when in expression.find_all(exp.When):
                insert = when.args.get("then")
                if isinstance(insert, exp.Insert):
                    for column in (insert.expression or exp.Tuple()).find_all(exp.Column):
                        if not column.table:
                            column.set("table", exp.to_identifier(source))
        return plain_merge(expression)

    def described(self: Any) -> Any:
        """Describe what ran last, which is DuckDB's SQL already: fakesnow reads and writes it once more."""
        return self._duck_conn.execute(f"describe {self._last_sql}", self._last_params).fetchall()

    def inlined(self: Any, sql: str) -> str:
        """Put in the variables that there are; any other "$" is one in a text."""
        return re.sub(r"\$(\w+)", lambda found: self._variables.get(found[1].upper(), found[0]), sql)

    replaced: list[tuple[Any, str, Any]] = [
        (FakeSnowflakeCursor, "execute", execute),
        (FakeSnowflakeCursor, "_transform", transform),
        (FakeSnowflakeCursor, "_describe_last_sql", described),
        (server, "parse_one", parse),
        (cursors, "parse_one", parse_once),
        (Variables, "inline_variables", inlined),
        (transforms, "merge", merge),
    ]
    for owner, name, ours in replaced:
        setattr(owner, name, ours)


def before(node: Any) -> Any:
    """What is rewritten before fakesnow makes DuckDB's SQL of a statement."""
    if (
        isinstance(node, exp.Create)
        and node.args.get("properties")
        and (table := node.find(exp.Table)) is not None
        and table.db
    ):
        kept = [each for each in node.args["properties"].expressions if not isinstance(each, exp.TemporaryProperty)]
        node.args["properties"].set("expressions", kept)
    if isinstance(node, exp.Create) and isinstance(node.this, exp.Schema) and isinstance(node.expression, exp.Select):
        # fakesnow asks DuckDB what a star stands for, but not in DuckDB's SQL; Snowpark names the same columns
        defined = [each.this for each in node.this.expressions if isinstance(each, exp.ColumnDef)]
        if defined and any(isinstance(each, exp.Star) for each in node.expression.expressions):
            node.expression.set("expressions", [exp.column(name.copy()) for name in defined])
    if (
        isinstance(node, exp.StrToTime) and node.args["format"].name == "AUTO"
    ):  # which the translation takes for a format
        return exp.cast(node.this.transform(before), exp.DataType.build("TIMESTAMP_NTZ", dialect="snowflake"))
    if (problem := session_problem(node)) is not None:
        raise refusal(problem)
    if (asked := by_session(node)) is not None:
        return asked
    if (
        isinstance(node, exp.In)
        and node.args.get("query")
        and not isinstance(node.find_ancestor(exp.Case, exp.AggFunc, exp.Query, exp.DML), exp.Query | exp.DML)
    ):
        raise refusal("Unsupported subquery type cannot be evaluated")
    if isinstance(node, exp.TryCast) and node.to.this in NESTED:
        raise refusal(f"Function TRY_CAST cannot be used with arguments of types NULL and {node.to.sql('snowflake')}")
    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.VECTOR:
        return exp.DataType.build("ARRAY", dialect="snowflake")
    if (
        isinstance(node, exp.Dot)
        and isinstance(node.expression, exp.Anonymous)
        and node.expression.name.lower().startswith("kura_")
    ):
        called = node.expression
        return (
            exp.cast(called, exp.DataType.build("JSON", dialect="duckdb"))
            if called.name.lower() in STRUCTURED_FUNCTIONS
            else called
        )
    if isinstance(node, exp.Anonymous) and node.name.lower() == "ai_complete":
        given = {each.this.name: each.expression for each in node.expressions if isinstance(each, exp.Kwarg)}
        if len(node.expressions) == 2 and not given:
            plain = exp.Literal.string(json.dumps({"type": "json", "schema": {"type": "string"}}))
            return exp.Anonymous(this="ai_complete", expressions=[*node.expressions, plain])
        if given:
            asked = exp.Literal.string(json.dumps(value_of(given["response_format"])))
            called = exp.Anonymous(this="ai_complete", expressions=[given["model"], given["prompt"], asked])
            return exp.cast(called, exp.DataType.build("JSON", dialect="duckdb"))
    return node


def after(node: Any) -> Any:
    """What is rewritten afterwards."""
    if isinstance(node, exp.DotProduct):  # which is what sqlglot takes VECTOR_INNER_PRODUCT for
        as_list = exp.DataType.build("DOUBLE[]", dialect="duckdb")
        vectors = [exp.cast(each.copy(), as_list) for each in (node.this, node.expression)]
        return exp.Anonymous(this="list_inner_product", expressions=vectors)
    if isinstance(node, exp.Div):  # which gets parts of its own
        for side in ("this", "expression"):
            node.set(side, node.args[side].transform(after, copy=False))
    return written_by_session(node)


def value_of(node: Any) -> Any:
    """What a literal object says."""
    if isinstance(node, exp.Struct):
        return {each.this.name: value_of(each.expression) for each in node.expressions}
    if isinstance(node, exp.Array):
        return [value_of(each) for each in node.expressions]
    if isinstance(node, exp.Neg):
        return -value_of(node.this)
    return None if isinstance(node, exp.Null) else node.to_py()


def complete(account: Account, model: str, prompt: str, asked: str) -> str:
    """Answer as AI_COMPLETE with details does: the plainest JSON that fits, with words from the conversation."""
    account.questions.append(prompt)
    if problem := schema_problem(model, json.loads(asked)):
        return json.dumps({"value": None, "error": problem})
    if any(text in prompt for text in account.failing):
        return json.dumps({"value": None, "error": "the model could not answer"})
    schema = json.loads(asked)["schema"]
    answer = example(schema)
    said = re.findall(r"user: (.*)", prompt)
    if "request" in answer and said:
        words = " ".join(said[0].split()[:12])
        answer.update(
            summary=f"The user says {words}.", request=words, task=f"answer {words}", topic=" ".join(words.split()[:3])
        )
    elif "name" in answer:
        counts = Counter(re.findall(r"[a-z]{5,}", prompt.rpartition("<")[0].lower()))
        answer.update(name=" ".join(word for word, _ in counts.most_common(3)).capitalize())
    usage = {"prompt_tokens": len(prompt) // 4, "completion_tokens": 50, "total_tokens": len(prompt) // 4 + 50}
    return json.dumps(
        {
            "value": {"model": model, "structured_output": [{"raw_message": answer, "type": "json"}], "usage": usage},
            "error": None,
        }
    )


def embedded(account: Account, model: str, text: str | None) -> str | None:
    """A vector of the words of a text; a text that is too long, or fails, takes its whole statement with it."""
    if text is None:
        return None
    account.embedded.append(text)
    if any(each in text for each in account.failing):
        raise refusal("the model could not answer")
    if any(each in text for each in account.mute):
        return None
    if len(re.findall(r"\w+", text)) > EMBEDDING_TOKENS.get(model, 512):
        raise refusal("Max tokens exceeded")
    vector = [0.0] * (1024 if "-l-" in model else 768)
    for word in re.findall(r"\w+", text.lower()):
        vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % len(vector)] += 1.0
    length = math.sqrt(sum(number * number for number in vector)) or 1.0
    return json.dumps([number / length for number in vector])


def staged_file(name: str) -> str:
    """The file behind @database.schema.stage/path."""
    where, _, path = name.lstrip("@").partition("/")
    file = Path(stage.internal_dir(where.upper(), path))
    if not file.exists():
        raise snowflake.connector.errors.ProgrammingError(
            msg=f"SQL compilation error: Stage file {name} does not exist", errno=94501, sqlstate="22000"
        )
    return str(file)


def argument_types(routine: Routine) -> list[str]:
    """The types of a function's arguments as SHOW has them, without their lengths."""
    return [kind.partition("(")[0].strip().upper() for _, kind in routine.arguments]


def signature(name: str, routine: Routine) -> str:
    """A function as SHOW has it."""
    return f"{name}({', '.join(argument_types(routine))}) RETURN {routine.returns.upper()}"


def typed(described: Any, types: Columns) -> Any:
    """What is described, with the types of vectors and arrays."""
    import pyarrow as pa

    names, kinds = (described[name].to_pylist() for name in ("name", "type"))
    kinds = [types.get(name, kind) for name, kind in zip(names, kinds, strict=True)]
    return described.set_column(described.schema.get_field_index("type"), "type", pa.array(kinds, pa.string()))


def full(cursor: Any, name: str) -> str:
    """A name with database and schema, as the account stores it."""
    parts = name.replace('"', "").upper().split(".")
    return ".".join([cursor._conn.database, cursor._conn.schema, ""][: 3 - len(parts)] + parts)


def refusal(message: str) -> snowflake.connector.errors.ProgrammingError:
    return snowflake.connector.errors.ProgrammingError(
        msg=f"SQL compilation error: {message}", errno=1003, sqlstate="42000"
    )


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
