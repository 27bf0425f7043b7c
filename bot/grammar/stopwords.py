"""Words that keep a line from running: no, a question, something told, a wish for later, two at once."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


NEGATIONS = word_set(
    "not never no nope nah cannot without avoid nobody none nothing neither nor dont donot doesnt didnt wont cant "
    "couldnt shouldnt wouldnt mustnt neednt isnt arent wasnt werent hasnt havent hadnt aint"
)
QUESTION_STARTS = word_set(
    "should shall can could would will may might must is are am was were do does did has have had why what whats who "
    "when where which how if whether"
)
MODALS = word_set("should shall can could would will might must maybe perhaps")
TOLD = word_set("was were been being is are had has have got gets already ago yesterday did")
LATER = word_set(
    "at by tomorrow tonight today later soon afterwards after before until till once when whenever while if unless "
    "next within noon midnight eod lunch weekend moment monday tuesday wednesday thursday friday saturday sunday"
)
TWO = word_set("and then also plus or & + | both")
ASIDES = word_set("i i'd i'll we we'd we'll you u it's its want wanna need needs like let's lets us me going gonna")

STOPWORDS = NEGATIONS | QUESTION_STARTS | MODALS | TOLD | LATER | TWO | ASIDES


def is_negation(word: str) -> bool:
    """Tell whether a word says no, whatever apostrophe it was typed with."""
    bare = "".join(c for c in word if c not in "'\u2018\u2019\u02bc\u2032`\u00b4")
    return bare in NEGATIONS or (bare != word and bare.endswith("nt"))
