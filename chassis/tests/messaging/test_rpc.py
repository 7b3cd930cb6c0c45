def test_an_answer(service, caller):
    answer = caller.ask("echo", {"text": "salam ", "times": 2})
    assert answer == {"error": None, "result": {"text": "salam salam ", "person": 7}}
