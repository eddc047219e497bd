"""What workers said, added up and held against what they were sent and what is in the folder."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KINDS = ("user", "channel", "member", "message", "reaction")


@dataclass
class Told:
    """What all workers said on standard output."""

    # A line a part: `part` (its name), `bytes`, `sha256`, `counts`.
    parts: list[dict[str, Any]] = field(default_factory=list)
    # A line a worker that read anything: its report.
    reports: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, lines: Iterable[str]) -> "Told":
        told = cls()
        for line in lines:
            it = json.loads(line)
            (told.parts if "part" in it else told.reports).append(it)
        return told

    def sum(self, column: str) -> Counter[str]:
        """A column of all books, by kind of record."""
        total: Counter[str] = Counter()
        for report in self.reports:
            for kind, book in report["books"].items():
                total[kind] += book[column]
        return total


def wrong_books(told: Told, sent: Mapping[str, int]) -> list[str]:
    """Where the books do not have what was sent, or say nothing of what was written."""
    wrong = []
    read, written = told.sum("read"), told.sum("written")
    into = read + told.sum("made")
    out = written + told.sum("merged") + told.sum("excluded") + told.sum("left_out")
    for kind in KINDS:
        if read[kind] != sent[kind]:
            wrong.append(f"{kind}: {sent[kind]} rows were sent, {read[kind]} were read")
        if into[kind] != out[kind]:
            wrong.append(f"{kind}: the books do not balance")
        # What stands in several parts was written once.
        stand = sum(part["counts"][kind] for part in told.parts)
        if stand < written[kind]:
            wrong.append(f"{kind}: {written[kind]} were written, {stand} stand in parts")
    return wrong


def wrong_parts(told: Told, folder: Path) -> list[str]:
    """Parts that are not as they were told, and files that nobody told of."""
    wrong = []
    for part in told.parts:
        path = folder / part["part"]
        if not path.is_file():
            wrong.append(f"{path}: was told of and is not there")
        elif path.stat().st_size != part["bytes"] or checksum(path) != part["sha256"]:
            wrong.append(f"{path}: has other bytes than were told")
    names = {part["part"] for part in told.parts}
    # Names with a point in front are work folders, such as that of a worker that was killed.
    there = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    for name in sorted(there - names):
        wrong.append(f"{folder / name}: no worker told of it; remove it")
    return wrong


def checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
