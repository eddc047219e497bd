"""What is held against what workers say finds what is wrong. Needs neither Spark nor `migrate`."""

import hashlib
import json
import tempfile
import unittest
from pathlib import Path

from books import KINDS, Told, wrong_books, wrong_parts

PART = b"[\n]\n"


def books(**read: int) -> str:
    """The last line of a worker that read so many records and left none out."""
    row = {"made": 0, "merged": 0, "excluded": 0, "left_out": 0}
    all_books = {
        kind: {**row, "read": read.get(kind, 0), "written": read.get(kind, 0)} for kind in KINDS
    }
    return json.dumps({"books": all_books})


def part(**counts: int) -> str:
    """The line about a part."""
    sha256 = hashlib.sha256(PART).hexdigest()
    return json.dumps(
        {
            "part": f"{sha256[:32]}.json",
            "bytes": len(PART),
            "sha256": sha256,
            "counts": {kind: counts.get(kind, 0) for kind in KINDS},
        }
    )


class Books(unittest.TestCase):
    def wrong(self, *lines: str, **sent: int) -> list[str]:
        return wrong_books(Told.of(lines), {kind: sent.get(kind, 0) for kind in KINDS})

    def test_two_workers_that_read_all_are_right(self) -> None:
        one = [part(message=2), books(message=2)]
        self.assertEqual(self.wrong(*one, part(message=3), books(message=3), message=5), [])

    def test_a_worker_that_says_nothing_is_missed(self) -> None:
        self.assertEqual(
            self.wrong(part(message=2), books(message=2), message=5),
            ["message: 5 rows were sent, 2 were read"],
        )

    def test_books_that_do_not_balance_are_found(self) -> None:
        report = json.loads(books(user=2))
        report["books"]["user"]["written"] = 1
        self.assertEqual(
            self.wrong(part(user=2), json.dumps(report), user=2),
            ["user: the books do not balance"],
        )

    def test_a_part_that_nobody_told_of_is_missed(self) -> None:
        self.assertEqual(
            self.wrong(books(message=2), message=2),
            ["message: 2 were written, 0 stand in parts"],
        )


class Parts(unittest.TestCase):
    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name)
        self.told = Told.of([part()])
        self.path = self.folder / self.told.parts[0]["part"]
        self.path.write_bytes(PART)

    def wrong(self) -> list[str]:
        return wrong_parts(self.told, self.folder)

    def test_parts_as_they_were_told_are_right(self) -> None:
        (self.folder / ".migrate-1-0.migrate").mkdir()
        self.assertEqual(self.wrong(), [])

    def test_a_part_that_is_gone_is_found(self) -> None:
        self.path.unlink()
        self.assertEqual(self.wrong(), [f"{self.path}: was told of and is not there"])

    def test_a_part_that_was_changed_is_found(self) -> None:
        for changed in (PART + b"\n", b"[ ]\n"):
            self.path.write_bytes(changed)
            self.assertEqual(self.wrong(), [f"{self.path}: has other bytes than were told"])

    def test_a_file_that_nobody_told_of_is_found(self) -> None:
        other = self.folder / "other.json"
        other.write_bytes(PART)
        self.assertEqual(self.wrong(), [f"{other}: no worker told of it; remove it"])


if __name__ == "__main__":
    unittest.main()
