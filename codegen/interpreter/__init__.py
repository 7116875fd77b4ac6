"""The reference interpreter: a second, independent implementation of what a spec means.

It walks the checked model, event by event, and is written to be obviously right rather than fast. The
generated machines are tested against it, counterexamples of the explorer are replayed in it, and
generated tests take their expectations from it. It shares no code with the generator.

It is stricter than generated code where noticing costs too much there: each change of a collection under
a loop over it is an error here, also of a list, and also one that leaves the size as it was.
"""

from .contracts import Answer, answers, is_answer
from .machine import Machine, State, Step
from .messages import Message
from .transitions import Observer
from .values import Entity, Reference, plain

__all__ = [
    "Answer",
    "Entity",
    "Machine",
    "Message",
    "Observer",
    "Reference",
    "State",
    "Step",
    "answers",
    "is_answer",
    "plain",
]
