"""Zips the Superset dashboard for import, with the place of your tables in it.

On DuckDB the published copy says itself which schema they are in:

    python superset_export.py /data/kura_published.duckdb kura.zip

Elsewhere you do:

    python superset_export.py snowflake://user@account/analytics kura.zip --schema kura
"""

from __future__ import annotations

import argparse
import re
import zipfile
from pathlib import Path

import yaml
from kura_explorer import places

EXPORT = Path(__file__).parent / "superset"
SHIPPED = re.compile(r"\bkura\.(?=\w+_kura__)")
"""The schema before a table in the SQL of a dataset."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", help="a DuckDB file, or the address of a database as SQLAlchemy writes it")
    parser.add_argument("output", type=Path, help="the zip to write")
    parser.add_argument("--schema", help="the schema of the public tables (default: the one in the file that has them)")
    options = parser.parse_args(arguments)
    is_address = "://" in options.database
    if is_address and not options.schema:
        parser.error("with an address, --schema has to say where the tables are")
    if not is_address and not Path(options.database).is_file():
        parser.error(f"there is no file {options.database}")
    try:
        schema = options.schema or only_schema(Path(options.database))
    except ValueError as error:
        parser.error(str(error))
    file = Path(options.database).absolute()
    address = options.database if is_address else f"duckdb:///{file}?access_mode=read_only"
    write(options.output, address, schema)
    print(f"{options.output}: the dashboard on {'' if is_address else f'{file}, '}schema {schema}")


def only_schema(file: Path) -> str:
    """Return the schema of the public tables in a DuckDB file.

    Raises
    ------
    ValueError
        When there is none, or more than one.
    """
    import duckdb

    with duckdb.connect(str(file), read_only=True) as connection:
        holding = [name for (name,) in connection.execute(places.HOLDING).fetchall()]
    if len(holding) != 1:
        found = f"in several schemas of {file}: {', '.join(holding)}" if holding else f"not in {file}"
        raise ValueError(f"the tables of Kura are {found}. Choose with --schema.")
    return str(holding[0])


def write(output: Path, address: str, schema: str) -> None:
    """Write the export as a zip, for tables in this schema of the database with this address."""
    # quotes would make Snowflake insist on lower case
    written = schema if re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?", schema) else places.quoted(schema)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(EXPORT.rglob("*.yaml")):
            part = yaml.safe_load(path.read_text("utf-8"))
            if "sqlalchemy_uri" in part:
                part["sqlalchemy_uri"] = address
            if part.get("schema"):
                part["schema"] = schema
            if part.get("sql"):
                part["sql"] = SHIPPED.sub(lambda _: f"{written}.", part["sql"])
            text = yaml.safe_dump(part, sort_keys=False, allow_unicode=True)
            archive.writestr(path.relative_to(EXPORT.parent).as_posix(), text)


if __name__ == "__main__":
    main()
