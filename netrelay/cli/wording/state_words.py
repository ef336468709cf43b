"""The machine's states and types in words for people."""

from netrelay.core.words import MessageType, State

STATES = {
    State.N_1: "just here",
    State.N_2: "checked",
    State.N_3: "for this node",
    State.N_4: "coming in",
    State.S_1: "waiting for a route or an agreement",
    State.S_2: "being split",
    State.S_2W: "waiting for pieces, or for the receipt",
    State.S_4: "ready to be sent",
    State.S_4W: "sent, not yet acknowledged",
    State.S_5: "consensus, to be sent",
    State.D: "dead: a person may look and retry",
    State.F: "finished",
}
TYPES = {
    MessageType.SINGLE: "single",
    MessageType.CHUNK: "piece",
    MessageType.MANIFEST: "manifest",
    MessageType.HELLO: "hello",
    MessageType.HELLO_REPLY: "hello reply",
    MessageType.JOB: "file",
    MessageType.RECEIPT: "receipt",
}


def state_words(state: str) -> str:
    """Return a state in words; an unknown one is returned as it is."""
    return {str(key): words for key, words in STATES.items()}.get(state, state)


def type_words(message_type: int) -> str:
    """Return a message type in words; an unknown one is returned as it is."""
    return {int(key): word for key, word in TYPES.items()}.get(message_type, f"type {message_type}")
