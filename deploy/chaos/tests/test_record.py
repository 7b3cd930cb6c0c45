"""The log: each line is there at once, and half a line at its end harms nothing."""

from pathlib import Path

from sakina_chaos.record import Record, read


def test_what_was_noted_is_read_again_while_it_is_written(tmp_path: Path) -> None:
    record = Record(tmp_path / "log")
    first = record.note("asked", key="a", who=7)
    second = record.note("event", says="ختمة")
    assert read(record.file) == [first, second] == record.so_far()
    assert first["at"] <= second["at"]


def test_of_a_run_that_was_killed_the_whole_lines_are_read(tmp_path: Path) -> None:
    record = Record(tmp_path / "log")
    whole = record.note("asked", key="a")
    with record.file.open("a") as out:
        out.write('{"kind": "answ')
    assert read(record.file) == [whole]
