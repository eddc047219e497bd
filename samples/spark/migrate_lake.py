"""Converts a lake of tables with Spark: `migrate` runs as the worker of a TRANSFORM.

Rows are partitioned by channel. To each partition come the records of the channels and users that
its rows refer to, so that what its worker writes stands alone. What the workers say they read is
held against the rows that they were sent; only if all agrees, OUT.parts.jsonl lists the parts.
"""

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import reduce
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from books import KINDS, Told, wrong_books, wrong_parts

TIME = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'"
CSV: dict[str, bool | str] = {
    "header": True,
    "escape": '"',
    "multiLine": True,
    "inferSchema": False,
}


def read(spark: SparkSession, lake: Path, name: str) -> DataFrame:
    """A table of the lake; times become text."""
    path = lake / f"{name}.csv"
    table = (
        spark.read.options(**CSV).csv(str(path))
        if path.exists()
        else spark.read.parquet(str(lake / f"{name}.parquet"))
    )
    if "created_at" not in table.columns:
        return table
    return table.withColumn(
        "created_at", F.date_format(F.col("created_at").cast("timestamp"), TIME)
    )


def lines(table: DataFrame, kind: str, at: str, data: list[Column | str]) -> DataFrame:
    """Records as the lines that `migrate jsonl` reads, and where and in which order they go.

    `at` is the channel, or another text, whose partition they go to. A null is left away.
    """
    line = F.to_json(F.struct(F.lit(kind).alias("type"), F.struct(*data).alias("data")))
    has_time = "created_at" in table.columns
    return table.select(
        F.col(at).alias("at"),
        # Whoever reads the lines need not put them in order if the directory comes first, and then
        # a channel at a time. That the order is the same each time makes the parts the same.
        F.lit(min(KINDS.index(kind), 3)).alias("section"),
        (F.col("created_at") if has_time else F.lit(None).cast("string")).alias("time"),
        line.alias("line"),
    )


def users_by_partition(tables: dict[str, DataFrame], tasks: int) -> DataFrame:
    """Each user, once for each partition that refers to them, with a channel of it as `at`.

    Those to whom nothing refers come once, anywhere.
    """
    mentions = F.explode(F.split("mentioned_user_ids", " "))
    pairs = [
        tables["channels"].select(F.col("id").alias("at"), F.col("created_by").alias("id")),
        tables["messages"].select(F.col("channel_id").alias("at"), mentions.alias("id")),
    ]
    for name in ("members", "messages", "reactions"):
        pairs.append(
            tables[name].select(F.col("channel_id").alias("at"), F.col("user_id").alias("id"))
        )
    referred = (
        reduce(DataFrame.union, pairs)
        .where("id IS NOT NULL")
        # The number of the partition to which `at` goes.
        .groupBy(F.pmod(F.hash("at"), F.lit(tasks)).alias("partition"), "id")
        .agg(F.min("at").alias("at"))
        .drop("partition")
    )
    users = tables["users"].join(referred, "id", "left")
    return users.withColumn("at", F.coalesce("at", "id"))


def records(tables: dict[str, DataFrame]) -> dict[str, DataFrame]:
    """The lines of each kind of record."""
    ids = F.split("mentioned_user_ids", " ").alias("mentioned_user_ids")
    message: list[Column | str] = [
        "id",
        "channel_id",
        "user_id",
        "text",
        "parent_id",
        ids,
        "created_at",
    ]
    return {
        "user": lines(tables["users"], "user", "at", ["id", "name", "created_at"]),
        "channel": lines(
            tables["channels"], "channel", "id", ["id", "name", "created_by", "created_at"]
        ),
        "member": lines(tables["members"], "member", "channel_id", ["channel_id", "user_id"]),
        "message": lines(tables["messages"], "message", "channel_id", message),
        "reaction": lines(
            tables["reactions"],
            "reaction",
            "channel_id",
            [
                "message_id",
                "channel_id",
                "user_id",
                F.col("type").alias("reaction_type"),
                "created_at",
            ],
        ),
    }


def sql_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def convert(asked: argparse.Namespace) -> tuple[Told, dict[str, int]]:
    """Runs the job; what the workers said, and how many rows of each kind they were sent.

    A worker that fails makes the job fail.
    """
    spark = (
        SparkSession.builder.master(asked.master)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", asked.tasks)
        .getOrCreate()
    )
    names = ("users", "channels", "members", "messages", "reactions")
    tables = {name: read(spark, asked.lake, name) for name in names}
    tables["users"] = users_by_partition(tables, asked.tasks).cache()
    kinds = records(tables)
    placed = (
        reduce(DataFrame.union, kinds.values())
        .repartition(asked.tasks, "at")
        .sortWithinPartitions("section", "at", "time", "line")
    )
    placed.createOrReplaceTempView("placed")
    with tempfile.TemporaryDirectory() as folder:
        command = sql_text(worker(asked, folder))
        query = f"SELECT TRANSFORM(line) USING {command} AS (told STRING) FROM placed"
        told = spark.sql(query).collect()
    sent = {kind: tables[f"{kind}s"].count() for kind in kinds}
    spark.stop()
    return Told.of(row.told for row in told), sent


def worker(asked: argparse.Namespace, folder: str) -> str:
    """The command of a worker, as a shell reads it."""
    here = Path(__file__).resolve().parent
    command = [str(here / "worker"), asked.migrate, "jsonl", "-", "--bare", "-q"]
    command += ["--part-name", "hash", "-o", str(asked.out.resolve()), "--threads", "1"]
    command += asked.options
    words = "exec " + shlex.join(command)
    if asked.spoil is not None:
        # Only one process can make the folder.
        mark = shlex.quote(f"{folder}/spoilt")
        words = f"mkdir {mark} 2>/dev/null && {{ cat >/dev/null; exit {asked.spoil}; }}; {words}"
    return words


def invalid_parts(told: Told, asked: argparse.Namespace) -> list[str]:
    """Parts that are not valid by themselves."""
    wrong = []
    for part in told.parts:
        path = asked.out / part["part"]
        ended = subprocess.run([asked.migrate, "validate", path], capture_output=True)
        if ended.returncode != 0:
            wrong.append(f"{path}: is not valid alone: {ended.stdout.decode()}")
    return wrong


def merged(told: Told, asked: argparse.Namespace) -> str:
    """The reports of all workers, added up."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, report in enumerate(told.reports):
            paths.append(Path(folder) / f"{number}.json")
            paths[-1].write_text(json.dumps(report))
        command = [asked.migrate, "report", "merge", *paths]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lake", type=Path, help="a folder that make_lake.py made")
    parser.add_argument("out", type=Path, help="the folder for the parts; made if missing")
    parser.add_argument("--migrate", default="migrate", help="the program [%(default)s]")
    parser.add_argument("--tasks", type=int, default=8, help="partitions [%(default)s]")
    parser.add_argument("--master", default="local[2]", help="of Spark [%(default)s]")
    parser.add_argument("--check", action="store_true", help="validate each part by itself, too")
    parser.add_argument(
        "--spoil",
        type=int,
        metavar="STATUS",
        help="to try the checks: one worker reads its rows, does nothing and ends like this",
    )
    parser.epilog = "Further options of the workers come last, behind a lone `--`."
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    asked = parser.parse_args(words[:end])
    asked.options = words[end + 1 :]
    found = shutil.which(asked.migrate)
    if found is None:
        parser.error(f"there is no program {asked.migrate}; say where with --migrate")
    asked.migrate = str(Path(found).resolve())
    if not asked.lake.is_dir():
        parser.error(f"there is no lake {asked.lake}; make_lake.py makes one")
    try:
        asked.out.mkdir(exist_ok=True)
    except OSError as error:
        parser.error(f"the folder {asked.out} cannot be made: {error.strerror}")

    listed = asked.out.with_name(f"{asked.out.name}.parts.jsonl")
    summed = asked.out.with_name(f"{asked.out.name}.report.json")
    # Of an earlier run, whatever becomes of this one.
    listed.unlink(missing_ok=True)
    summed.unlink(missing_ok=True)
    try:
        told, sent = convert(asked)
    except Py4JJavaError as error:
        # What a worker said stands at the end of the cause.
        cause = error.java_exception
        while cause.getCause() is not None:
            cause = cause.getCause()
        print(cause.getMessage(), "not complete", sep="\n", file=sys.stderr)
        return 1
    wrong = wrong_books(told, sent) + wrong_parts(told, asked.out)
    if asked.check and not wrong:
        wrong = invalid_parts(told, asked)
    if wrong:
        print(*wrong, "not complete", sep="\n", file=sys.stderr)
        return 1

    if told.reports:
        summed.write_text(merged(told, asked))
    listed.write_text("".join(json.dumps(part) + "\n" for part in told.parts))
    left_out = told.sum("left_out")
    for kind in KINDS:
        written = told.sum("written")[kind]
        print(f"{kind}: {sent[kind]} sent, {written} written, {left_out[kind]} left out")
    what = "valid alone" if asked.check else "as told"
    print(f"{len(told.parts)} parts, all {what}, are listed in {listed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
