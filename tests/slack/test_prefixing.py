from senexbot.slack.prefixing import Prefixing


def test_a_prefix_goes_before_every_command_that_is_named():
    words = Prefixing("desk-")
    assert words.text("Say `/quote AAPL` or `/senex help`") == "Say `/desk-quote AAPL` or `/desk-senex help`"
    assert words.text("`/orders`") == "`/desk-orders`"
    assert words.text("`/ordersome` /quote") == "`/ordersome` /quote"


def test_values_and_ids_of_a_payload_stay():
    block = {"type": "actions", "elements": [{"value": "`/quote `", "text": {"text": "`/quote `"}}]}
    changed = Prefixing("x-").payload([block])
    assert changed[0]["elements"][0]["value"] == "`/quote `"
    assert changed[0]["elements"][0]["text"]["text"] == "`/x-quote `"


def test_without_a_prefix_nothing_changes():
    assert Prefixing("").text("`/quote`") == "`/quote`"
    block = [{"text": "`/quote`"}]
    assert Prefixing("").payload(block) is block
