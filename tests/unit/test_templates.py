"""What was written out for a model is read as the turns that it holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.text.messages import parse_messages
from kura_udfs.text.messages.templates import entries, without_end
from tests.support.growth import assert_grows_with_length

S, Q, A, M = "You are helpful.", "My kettle leaks", "Since when?", "Monday"
WRITTEN = {
    "chatml": f"<|im_start|>system\n{S}<|im_end|>\n<|im_start|>user\n{Q}<|im_end|>\n<|im_start|>assistant\n{A}<|im_end|>\n"
    f"<|im_start|>user\n{M}<|im_end|>\n<|im_start|>assistant\n",
    "chatml of phi": f"<|im_start|>system<|im_sep|>{S}<|im_end|><|im_start|>user<|im_sep|>{Q}<|im_end|>"
    f"<|im_start|>assistant<|im_sep|>{A}<|im_end|><|im_start|>user<|im_sep|>{M}<|im_end|><|im_start|>assistant<|im_sep|>",
    "phi": f"<|system|>\n{S}<|end|>\n<|user|>\n{Q}<|end|>\n<|assistant|>\n{A}<|end|>\n<|user|>\n{M}<|end|>\n<|assistant|>\n",
    "zephyr": f"<|system|>\n{S}</s>\n<|user|>\n{Q}</s>\n<|assistant|>\n{A}</s>\n<|user|>\n{M}</s>\n<|assistant|>\n",
    "glm": f"[gMASK]<sop><|system|>\n{S}<|user|>\n{Q}<|assistant|>\n{A}<|user|>\n{M}<|assistant|>",
    "llama 2": f"<s>[INST] <<SYS>>\n{S}\n<</SYS>>\n\n{Q} [/INST] {A} </s><s>[INST] {M} [/INST]",
    "llama 3": f"<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n{S}<|eot_id|><|start_header_id|>user<|end_header_id|>"
    f"\n\n{Q}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{A}<|eot_id|><|start_header_id|>user<|end_header_id|>"
    f"\n\n{M}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "llama 4": f"<|begin_of_text|><|header_start|>system<|header_end|>\n\n{S}<|eot|><|header_start|>user<|header_end|>\n\n{Q}<|eot|>"
    f"<|header_start|>assistant<|header_end|>\n\n{A}<|eot|><|header_start|>user<|header_end|>\n\n{M}<|eot|>",
    "mistral": f"<s>[SYSTEM_PROMPT]{S}[/SYSTEM_PROMPT][INST] {Q}[/INST] {A}</s>[INST] {M}[/INST]",
    "gemma": f"<bos><start_of_turn>system\n{S}<end_of_turn>\n<start_of_turn>user\n{Q}<end_of_turn>\n<start_of_turn>model\n{A}"
    f"<end_of_turn>\n<start_of_turn>user\n{M}<end_of_turn>\n<start_of_turn>model\n",
    "granite": f"<|start_of_role|>system<|end_of_role|>{S}<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>{Q}<|end_of_text|>\n"
    f"<|start_of_role|>assistant<|end_of_role|>{A}<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>{M}<|end_of_text|>",
    "command": f"<BOS_TOKEN><|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>{S}<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|USER_TOKEN|>{Q}"
    f"<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{A}<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|USER_TOKEN|>{M}"
    "<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
    "deepseek": f"<｜begin▁of▁sentence｜>{S}<｜User｜>{Q}<｜Assistant｜>{A}<｜end▁of▁sentence｜><｜User｜>{M}<｜Assistant｜>",
    "gpt-oss": f"<|start|>system<|message|>{S}<|end|><|start|>user<|message|>{Q}<|end|><|start|>assistant<|channel|>analysis<|message|>"
    "They need help.<|end|><|start|>assistant<|channel|>commentary to=functions.find <|constrain|>json<|message|>{}<|call|>"
    f"<|start|>assistant<|channel|>final<|message|>{A}<|end|><|start|>user<|message|>{M}<|end|><|start|>assistant",
    "words": f"{S}\n\nHuman: {Q}\n\nAssistant: {A}\n\nHuman: {M}\n\nAssistant:",
    "words of vicuna": f"{S} USER: {Q} ASSISTANT: {A}</s>USER: {M} ASSISTANT:",
    "words of langchain": f"{S}\nHuman: {Q}\nAI: {A}\nHuman: {M}\nAI:",
    "headings": f"### System:\n{S}\n\n### User:\n{Q}\n\n### Assistant:\n{A}\n\n### User:\n{M}\n\n### Assistant:\n",
}


def turns(text: str) -> list[tuple[str, str]] | None:
    read = entries(text)
    return None if read is None else [(turn["role"], turn["content"]) for turn in read]


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_turns_are_read(text: str) -> None:
    assert turns(text) == [("system", S), ("user", Q), ("assistant", A), ("user", M)]


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
@pytest.mark.parametrize("end", ["", "<|im_end|>", "</s>", "<|eot_id|>\n"])
def test_a_call_with_such_a_prompt_holds_them_and_its_answer(text: str, end: str) -> None:
    for asked, answered in (("prompt", "completion"), ("inputs", "output"), ("input", "response")):
        call = {asked: text, answered: f"Send it in.{end}"}
        said = [(message.role, message.content) for message in parse_messages(json.dumps({"kura_calls": [call]}))]
        assert said == [("system", S), ("user", Q), ("assistant", A), ("user", M), ("assistant", "Send it in.")]


def test_a_chain_that_sends_all_of_it_as_one_message_is_read() -> None:
    for message in ({"role": "user", "content": WRITTEN["words of langchain"]},
                    {"type": "human", "data": {"content": WRITTEN["words of langchain"]}}):  # fmt: skip
        call = {"inputs": {"messages": [[message]]}, "outputs": {"text": "Send it in."}}
        said = [(message.role, message.content) for message in parse_messages(json.dumps({"kura_calls": [call]}))]
        assert said == [("system", S), ("user", Q), ("assistant", A), ("user", M), ("assistant", "Send it in.")]


def test_an_answer_that_repeats_the_prompt_says_it_once() -> None:
    prompt = WRITTEN["llama 2"]
    call = {"inputs": prompt, "generated_text": "", "output": f"{prompt} Send it in.</s>"}
    said = [message.content for message in parse_messages(json.dumps({"kura_calls": [call]}))]
    assert said == [S, Q, A, M, "Send it in."]


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_a_column_may_hold_the_whole_conversation(text: str) -> None:
    expected = [("system", S), ("user", Q), ("assistant", A), ("user", M)]
    assert [(message.role, message.content) for message in parse_messages(text)] == expected
    told = json.dumps({"kura_roles": {"kundin": "user"}, "kura_conversation": text})
    assert [(message.role, message.content) for message in parse_messages(told)] == expected


def test_later_calls_hold_the_earlier_ones() -> None:
    first = {"prompt": f"<s>[INST] {Q}[/INST]", "completion": A}
    later = {"prompt": f"<s>[INST] {Q}[/INST] {A}</s>[INST] {M}[/INST]", "completion": "Send it in."}
    said = [message.content for message in parse_messages(json.dumps({"kura_calls": [first, later]}))]
    assert said == [Q, A, M, "Send it in."]


def test_an_instruction_and_its_input_are_one_question() -> None:
    told = "Below is an instruction."
    text = f"{told}\n\n### Instruction:\nTranslate:\n\n### Input:\n{Q}\n\n### Response:\n"
    assert turns(text) == [("system", told), ("user", f"Translate:\n{Q}")]


def test_tools_are_no_words_of_the_user() -> None:
    text = (
        f'<s>[AVAILABLE_TOOLS][{{"name": "find"}}][/AVAILABLE_TOOLS][INST] {Q}[/INST][TOOL_CALLS][{{}}]</s>'
        f"[TOOL_RESULTS]{{}}[/TOOL_RESULTS] {A}</s>"
    )
    assert turns(text) == [("system", '[{"name": "find"}]'), ("user", Q), ("tool", "{}"), ("assistant", A)]


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", Q, "What does <|im_start|>user\n mean?", "What is [INST] for? [/INST]", "[INST] is a mark",
        "<|im_start|> what?", "<s>old</s> new", "Here is what I need:", "Fix this:\nUser: ann\nPassword: none",
        f"Summarise this\nUser: {Q}\nAssistant: {A}", "Write the answer of the Assistant:", "Human: ", "Assistant:",
    ],
)  # fmt: skip
def test_what_somebody_wrote_stays_as_it_is(text: str) -> None:
    assert entries(text) is None


def test_an_answer_may_end_with_such_a_word() -> None:
    answer = "Write it so:\n\nHuman: your question\n\nAssistant:"
    call = {"input": "How do I prompt Claude 2?", "output": answer}
    said = [message.content for message in parse_messages(json.dumps({"kura_calls": [call]}))]
    assert said == ["How do I prompt Claude 2?", answer]


def test_only_a_mark_at_the_end_of_an_answer_is_none_of_its_words() -> None:
    assert without_end("Models end with <|im_end|>, mostly") == "Models end with <|im_end|>, mostly"
    assert without_end(f"{A}<|eot_id|>\n") == A


PIECES = [
    "<|im_start|>user\n", "<|im_end|>", "[INST]", "[/INST]", "<<SYS>>", "</s>", "<s>", "\n", "a ", "User: ", "\n\nHuman: ",
    "\n\nAssistant:", "<|start|>assistant<|channel|>final<|message|>", "<｜User｜>", "<|user|>",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_whatever_stands_there_is_read_or_left(pieces: list[str]) -> None:
    for turn in entries("".join(pieces)) or []:
        assert turn["content"].strip() == turn["content"] != ""


@pytest.mark.parametrize("piece", [*PIECES, " ", "<|start|>a<", "<|start|>assistant<|channel|>final ", ":", "## "])
def test_a_long_text_takes_as_much_longer_as_it_is(piece: str) -> None:
    assert_grows_with_length(entries, piece * (200_000 // len(piece)) + "\n\nAssistant:")
    assert_grows_with_length(entries, f"[INST]a[/INST]</s>{piece * (200_000 // len(piece))}a")
    assert_grows_with_length(without_end, piece * (200_000 // len(piece)))
