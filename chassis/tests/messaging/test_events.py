from caller import until


def test_what_a_command_announces_reaches_its_handler(service, caller, behaviour):
    assert caller.ask("announce_notes", {"text": "1", "times": 3})["error"] is None
    assert until(lambda: sorted(behaviour.noted) == [1, 2, 3])


def test_a_handler_that_fails_is_tried_again(service, caller, behaviour):
    failures = []

    def fail_twice(event):
        if len(failures) < 2:
            failures.append(event.id)
            raise RuntimeError("not yet")

    behaviour.on_noted = fail_twice
    caller.ask("announce_notes", {"text": "5"})
    assert until(lambda: behaviour.noted == [5])
