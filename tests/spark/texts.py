"""Compares the texts of a lake with those of its parts: texts.py LAKE PARTS."""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

lake, parts = sys.argv[1:]
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
rows = spark.read.parquet(f"{lake}/messages.parquet").where("created_at IS NOT NULL").collect()
expected = {row.id: row.text for row in rows}
written = {
    entry["item"]["id"]: entry["item"].get("text", "")
    for path in Path(parts).iterdir()
    for entry in json.loads(path.read_bytes())
    if entry["type"] == "message"
}
wrong = [key for key in expected if expected[key] != written.get(key)]
if wrong or len(expected) != len(written):
    sys.exit(f"{len(wrong)} texts of {len(expected)} differ, such as that of {wrong[:1]}")
print(f"{len(expected)} texts are the same")
