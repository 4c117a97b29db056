"""Of a prompt made of a question and of passages, the question alone is the person's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.text.retrieved import own_words
from tests.support.growth import assert_grows_with_length

ASKED = "can I pay by invoice?"
PASSAGE = "Companies can pay by invoice.\nQuestion: And people?\nAnswer: They can't."
TEMPLATES = {
    "LangChain": "Use the following pieces of context to answer the question at the end. If you don't know, say so.\n\n"
    f"{PASSAGE}\n\nQuestion: {ASKED}\nHelpful Answer:",
    "LangChain's hub": "You are an assistant. Use the following pieces of retrieved context to answer the question.\n"
    f"Question: {ASKED} \nContext: {PASSAGE} \nAnswer:",
    "LlamaIndex": f"Context information is below.\n---------------------\n{PASSAGE}\n---------------------\n"
    f"Given the context information and not prior knowledge, answer the query.\nQuery: {ASKED}\nAnswer: ",
    "Haystack": f"Given these documents, answer the question.\nDocuments:\n{PASSAGE}\n\nQuestion: {ASKED}\nAnswer:",
    "question first": f"\nUser Query: {ASKED}\nRetrieved Information : ## Payment\n{PASSAGE}",
    "bold": f"**Retrieved documents:**\n{PASSAGE}\n\n**User question:** {ASKED}",
    "long": f"Question: {ASKED}\nContext: {'An invoice is a list of what was bought. ' * 20}",
    "a model told what it is": f"You are Ada, a helpful assistant. Be brief.\n\nCustomer's message: {ASKED}\n\nYour response:",
    "examples": f"Answer the question in one word.\nQuestion: is it free?\nAnswer: no\nQuestion: {ASKED}\nAnswer:",
    "tags": f"Answer from the documents.\n<documents>\n{PASSAGE}\n</documents>\n<question>{ASKED}</question>\nBe brief.",
}


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_question_in_a_template_is_the_persons(template: str) -> None:
    assert own_words(TEMPLATES[template]) == ASKED


@pytest.mark.parametrize(
    "text",
    [
        "Question: why is it slow?\nContext: I use the app on an old phone.",
        "Question: what does 'Answer:' mean?",
        "my question: see below\nthe context: none",
        "Context: I have two tents.\nOne leaks.",
        "Question:\nContext:\nRetrieved context:",
        "I tried two things.\nQuestion: which one is right?",
        "in <question>this</question> tag",
    ],
)
def test_what_a_person_may_have_typed_stays_theirs(text: str) -> None:
    assert own_words(text) == text


PARTS = [
    "Question: ",
    "Context: ",
    "Retrieved documents:\n",
    "Answer:",
    "\n",
    "words",
    "<context>",
    "</context>",
    "<query>",
    "</query>",
]


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_what_is_left_of_any_text_stands_in_it_and_is_something(text: str) -> None:
    left = own_words(text)
    assert left in text
    assert bool(left.strip()) == bool(text.strip())


@pytest.mark.parametrize(
    "part", ["Question: a\n", "<context>", "Context: \n", "using the following context\n", "query \n", "</context>"]
)
def test_time_is_linear(part: str) -> None:
    assert_grows_with_length(own_words, part * (400_000 // len(part)))
