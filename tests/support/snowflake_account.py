"""A stand-in for a Snowflake account: fakesnow's server, and what it lacks for dbt and Kura.

Added are procedures and functions in Python (in processes of their own, see `snowflake_sandbox`), the AI_* functions, VECTOR (as
ARRAY), temporary tables with three-part names, blocks with an exception handler, and what MERGE as dbt writes it needs.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import logging
import math
import pickle
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fakesnow
import snowflake.connector.errors
from fakesnow import transforms
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.transforms import stage
from fakesnow.variables import Variables
from sqlglot import exp

from tests.support.standin import example

start_server = fakesnow.server  # the submodule of that name hides it once it is imported
server = importlib.import_module("fakesnow.server")

SANDBOX = Path(__file__).with_name("snowflake_sandbox.py")
COMMENT = re.compile(r"(?s)^\s*(/\*.*?\*/\s*|--[^\n]*\n\s*)*")
PROCEDURE = re.compile(r"(?s)WITH \S+ AS PROCEDURE \(\)(?P<head>.*?)AS\s*\$\$(?P<body>.*)\$\$\s*CALL")
FUNCTION = re.compile(
    r"(?is)create or replace function (?P<name>\S+?)\((?P<arguments>.*?)\)\s*returns (?P<result>\w+)(?P<head>.*)"
)
BLOCK = re.compile(r"(?s)^execute immediate \$\$.*?execute immediate '(?P<statement>.*?)'\);.*\$\$")
LISTED = re.compile(r"(?i)(?P<key>packages|imports)\s*=\s*\((?P<values>.*?)\)")
SETTING = re.compile(r"(?i)handler\s*=\s*'(.*?)'")
STRUCTURED = ("object", "array")


STRUCTURED_FUNCTIONS: set[str] = set()


class Account:
    """What the account has been asked, and what it has."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.functions: dict[str, Function] = {}
        self.schemas: dict[str, list[str]] = {}
        """The functions that were created in each."""
        self.connection: dict[str, Any] = {}
        self.questions: list[str] = []
        self.failing: set[str] = set()
        """AI_COMPLETE gives an error for a prompt that holds one of these."""

    def execute(self, cursor: Any, command: str, plain: Any) -> Any:
        """Run a statement; `plain` is how fakesnow would."""
        text = COMMENT.sub("", command, count=1)
        self.statements.append(text)
        if found := PROCEDURE.search(text):
            return plain(f"select {quoted(self.run_procedure(cursor, found))} as result")
        if found := FUNCTION.match(text):
            self.create_function(found)
            return plain("select 'Function successfully created.' as status")
        if found := BLOCK.match(text):
            try:
                return self.execute(cursor, found["statement"].replace("''", "'"), plain)
            except snowflake.connector.errors.Error as error:
                return plain(f"select {quoted(str(error))} as kura_error")
        if found := re.match(r"(?is)show user functions.* in schema (?P<schema>\S+)", text):
            there = self.schemas.get(found["schema"].lower(), ())
            names = ", ".join(f"({quoted(name.upper())})" for name in there)
            return plain(f'select name as "name" from (values {names or "(null)"}) as f (name) where name is not null')
        if re.match(r"(?i)alter schema|show (grants|external|secrets|integrations)|use (role|warehouse)", text):
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
        return plain(command)

    def run_procedure(self, cursor: Any, found: re.Match[str]) -> str:
        declared = listed(found["head"])
        schema = cursor._conn.schema
        task = {
            "packages": declared["packages"],
            "files": [staged_file(name) for name in declared["imports"]],
            "body": found["body"],
            "variables": cursor._conn.variables._variables,
            "connection": {
                **self.connection,
                "database": cursor._conn.database,
                "schema": schema,
                "network_timeout": 120,
            },
        }
        run = subprocess.run(
            [sys.executable, str(SANDBOX), written(task)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tempfile.gettempdir(),
        )
        if run.returncode:
            raise snowflake.connector.errors.ProgrammingError(
                msg=f"Python Interpreter Error:\n{run.stderr[-3000:]}", errno=100357, sqlstate="P0000"
            )
        return run.stdout.strip()

    def create_function(self, found: re.Match[str]) -> None:
        schema, _, name = found["name"].lower().rpartition(".")
        self.schemas.setdefault(schema, []).append(name)
        declared = listed(found["head"])
        function = Function(
            {
                "packages": declared["packages"],
                "files": [staged_file(each) for each in declared["imports"]],
                "handler": SETTING.findall(found["head"])[0],
            }
        )
        # names of arguments and their types; number(38, 0) holds a comma
        arguments = re.findall(r"\w+ (\w+)", found["arguments"])
        types = ["BIGINT" if kind == "number" else "VARCHAR" for kind in arguments]
        is_json = found["result"].lower() in STRUCTURED

        def of_one(one: Any) -> Any:
            return function((one,), arguments, is_json)

        def of_two(one: Any, two: Any) -> Any:
            return function((one, two), arguments, is_json)

        duck = server.shared_fs.duck_conn
        with contextlib.suppress(Exception):
            duck.remove_function(name)
        duck.create_function(
            name,
            of_one if len(types) == 1 else of_two,  # DuckDB counts the parameters
            types,
            found["result"].upper() if found["result"].lower() in ("bigint", "boolean") else "VARCHAR",
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
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self, columns: Any, types: list[str], is_json: bool) -> Any:
        import pyarrow as pa

        values = [column.to_pylist() for column in columns]
        values = [
            [None if value is None else json.loads(value) for value in column] if kind == "variant" else column
            for column, kind in zip(values, types, strict=True)
        ]
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, str(SANDBOX), written(self._task)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    cwd=tempfile.gettempdir(),
                )
            asked, answered = self._process.stdin, self._process.stdout
            assert asked is not None
            assert answered is not None
            pickle.dump(values, asked)
            asked.flush()
            result = pickle.load(answered)
        if isinstance(result, str):
            raise RuntimeError(result)
        if is_json:
            return pa.array([None if value is None else json.dumps(value) for value in result], pa.string())
        return pa.array(result)

    def stop(self) -> None:
        if self._process is not None:
            self._process.communicate()


@contextlib.contextmanager
def running() -> Iterator[Account]:
    """Start the stand-in; its `connection` is what a client needs."""
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error", "fakesnow.server", "sqlglot"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    account = Account()
    adapt(account)
    duck = server.shared_fs.duck_conn
    duck.create_function(
        "ai_complete", lambda model, prompt, asked: complete(account, model, prompt, asked), ["VARCHAR"] * 3, "VARCHAR"
    )
    duck.create_function("ai_embed", embedded, ["VARCHAR", "VARCHAR"], "VARCHAR")
    # fakesnow keeps what it knows of tables in a second database, and a transaction can write to one only
    server.shared_fs.nop_regexes = [r"(?s)^(\s|--[^\n]*\n|/\*.*?\*/)*(begin|commit|rollback)\b"]
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

    def execute(self: Any, command: str, *arguments: Any, **options: Any) -> Any:
        try:
            return account.execute(self, command, lambda text: plain_execute(self, text, *arguments, **options))
        except snowflake.connector.errors.Error:
            raise
        except Exception as error:  # as anything else, a client would ask again for minutes
            raise snowflake.connector.errors.ProgrammingError(msg=repr(error), errno=2000, sqlstate="XX000") from error

    def transform(self: Any, expression: Any, params: Any) -> Any:
        return plain_transform(self, expression.transform(before), params).transform(after)

    def parse(text: str) -> Any:
        """The server asks for the kind of a statement before it runs it."""
        bare = COMMENT.sub("", text, count=1)
        special = (
            PROCEDURE.search(bare)
            or FUNCTION.match(bare)
            or BLOCK.match(bare)
            or re.match(r"(?i)show user|alter schema|alter\s+table\s+\S+\s+alter\b", bare)
        )
        return plain_parse("select 1" if special else text)

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

    def inlined(self: Any, sql: str) -> str:
        """Put in the variables that there are; any other "$" is one in a text."""
        return re.sub(r"\$(\w+)", lambda found: self._variables.get(found[1].upper(), found[0]), sql)

    replaced: list[tuple[Any, str, Any]] = [
        (FakeSnowflakeCursor, "execute", execute),
        (FakeSnowflakeCursor, "_transform", transform),
        (server, "parse_one", parse),
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
        if given:
            asked = exp.Literal.string(json.dumps(value_of(given["response_format"])))
            called = exp.Anonymous(this="ai_complete", expressions=[given["model"], given["prompt"], asked])
            return exp.cast(called, exp.DataType.build("JSON", dialect="duckdb"))
    return node


def after(node: Any) -> Any:
    """What is rewritten afterwards."""
    if isinstance(node, exp.CosineDistance):  # which is what sqlglot takes VECTOR_COSINE_SIMILARITY for
        vectors = [
            exp.cast(each.copy(), exp.DataType.build("DOUBLE[]", dialect="duckdb"))
            for each in (node.this, node.expression)
        ]
        return exp.Anonymous(this="list_cosine_similarity", expressions=vectors)
    return node


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


def embedded(model: str, text: str) -> str:
    """A vector of the words of a text."""
    vector = [0.0] * (1024 if "-l-" in model else 768)
    for word in re.findall(r"\w+", text.lower()):
        vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % len(vector)] += 1.0
    length = math.sqrt(sum(number * number for number in vector)) or 1.0
    return json.dumps([number / length for number in vector])


def listed(head: str) -> dict[str, list[str]]:
    found = {match["key"].lower(): re.findall(r"'(.*?)'", match["values"]) for match in LISTED.finditer(head)}
    return {"packages": found.get("packages", []), "imports": found.get("imports", [])}


def staged_file(name: str) -> str:
    """The file behind @database.schema.stage/path."""
    where, _, path = name.lstrip("@").partition("/")
    file = Path(stage.internal_dir(where.upper(), path))
    if not file.exists():
        raise snowflake.connector.errors.ProgrammingError(
            msg=f"SQL compilation error: Stage file {name} does not exist", errno=94501, sqlstate="22000"
        )
    return str(file)


def written(task: dict[str, Any]) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(task, file)
    return file.name


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
