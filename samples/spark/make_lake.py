"""Makes a lake of an invented chat: five tables, as Parquet or CSV, of any size.

The same arguments give the same rows. Texts hold what is hard to carry: tabs, line ends, quotes,
backslashes, the word for null of some tools, emoji. Some authors stand in no list of users, and one
message in 10,000 has no time, so it will be left out.
"""

import argparse
import sys
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

TEXTS = [
    "Clouds until nine, then clear.",
    "tab\there, line\nthere",
    'she said "C:\\new\\table" and \\N, then \\\\',
    "\\N",
    "🔭 ünïcödé \u2028 and 東京",
    '{"not": ["a", "line"]}',
    "a,b;c|d\u0001e",
    "",
]
WRITTEN: dict[str, bool | str] = {
    "header": True,
    "escape": '"',
    "ignoreLeadingWhiteSpace": False,
    "ignoreTrailingWhiteSpace": False,
}
# So many messages in a row are one conversation of one channel, whose first starts a thread.
TALK = 10


def number(seed: int, below: int) -> Column:
    """A number that hangs on the row alone."""
    return F.pmod(F.xxhash64(F.col("id"), F.lit(seed)), F.lit(below)).cast("int")


def user(index: Column) -> Column:
    return F.concat(F.lit("u"), index.cast("string"))


def channel(index: Column) -> Column:
    return F.concat(F.lit("c"), index.cast("string"))


def message(index: Column) -> Column:
    return F.concat(F.lit("m"), index.cast("string"))


def moment(index: Column) -> Column:
    """When message number `index` was written."""
    return F.timestamp_seconds(F.lit(1_700_000_000) + index * 30)


def tables(spark: SparkSession, messages: int, channels: int, users: int) -> dict[str, DataFrame]:
    """The tables of the lake, by name."""
    row, place = F.col("id"), F.col("id") % TALK
    texts = F.array(*[F.lit(text) for text in TEXTS])
    # A few channels have much, most have little.
    share = F.pow(number(1, 1 << 20) / F.lit(1 << 20), 3)
    talks = spark.range((messages + TALK - 1) // TALK).select(
        row.alias("talk"), channel(F.floor(share * channels)).alias("channel_id")
    )
    written = (
        spark.range(messages)
        .withColumn("talk", F.floor(row / TALK))
        .join(talks, "talk")
        .withColumn("mentioned", F.when(place == 5, number(2, users)))
        .select(
            row,
            message(row).alias("message_id"),
            "channel_id",
            F.when(number(3, 50) == 0, F.concat(F.lit("guest"), number(4, 99)))
            .otherwise(user(number(4, users)))
            .alias("user_id"),
            F.concat(
                F.when(
                    F.col("mentioned").isNotNull(),
                    F.concat(F.lit("@Person "), F.col("mentioned"), F.lit(" ")),
                ).otherwise(""),
                F.element_at(texts, number(5, len(TEXTS)) + 1),
            ).alias("text"),
            F.when(row % 10_000 != 9_999, moment(row)).alias("created_at"),
            F.when(place.isin(3, 4, 7), message(row - place)).alias("parent_id"),
            user(F.col("mentioned")).alias("mentioned_user_ids"),
        )
    )
    reacted = written.where(place.isin(0, 2))
    return {
        "users": spark.range(users).select(
            user(row).alias("id"),
            F.concat(F.lit("Person "), row).alias("name"),
            moment(row - 1_000_000).alias("created_at"),
        ),
        "channels": spark.range(channels).select(
            channel(row).alias("id"),
            F.concat(F.lit("Channel "), row).alias("name"),
            user(number(6, users)).alias("created_by"),
            moment(row - 900_000).alias("created_at"),
        ),
        "members": spark.range(channels * 20)
        .select(
            channel(F.floor(row / 20)).alias("channel_id"),
            user(number(7, users)).alias("user_id"),
        )
        .distinct(),
        "messages": written.drop("id").withColumnRenamed("message_id", "id"),
        "reactions": reacted.select(
            "message_id",
            "channel_id",
            user(number(8, users)).alias("user_id"),
            F.lit("+1").alias("type"),
            moment(row + 1).alias("created_at"),
        ),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lake", help="the folder to make")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--channels", type=int, default=200)
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--csv", action="store_true", help="CSV instead of Parquet")
    parser.add_argument("--master", default="local[2]")
    asked = parser.parse_args()
    if Path(asked.lake).exists():
        parser.error(f"{asked.lake} is there already; remove it, or name another")
    spark = (
        SparkSession.builder.master(asked.master)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    made = tables(spark, asked.messages, asked.channels, asked.users)
    for name, table in made.items():
        writer = table.coalesce(4).write.mode("errorifexists")
        if asked.csv:
            writer.options(**WRITTEN).csv(f"{asked.lake}/{name}.csv")
        else:
            # Java does that alone; the usual compression is native, and fails beside another C library.
            writer.option("compression", "gzip").parquet(f"{asked.lake}/{name}.parquet")
    spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
