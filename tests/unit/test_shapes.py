"""How widely used tools write conversations, and what a person would read in each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.text.mails import plain_text
from kura_udfs.text.messages import content_text, parse_content, parse_messages
from kura_udfs.text.summaries import extractive_summary
from tests.support.warehouse import INPUTS

Q, A = "where is my order", "It left on Monday."
QA = [("user", Q), ("assistant", A)]
TOOL = '{"status":"sent"}'


def said(conversation: Any) -> list[tuple[str | None, str | None]]:
    messages = parse_messages(json.dumps(conversation))
    assert [message.error for message in messages] == [None] * len(messages)
    return [(message.role, message.content) for message in messages]


def lc(kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", kind], "kwargs": kwargs}


def otlp(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [otlp(each) for each in value]}}
    return {"kvlistValue": {"values": [{"key": key, "value": otlp(each)} for key, each in value.items()]}}


OTEL_IN = [{"role": "user", "parts": [{"type": "text", "content": Q}]}]
OTEL_OUT = [{"role": "assistant", "parts": [{"type": "text", "content": A}], "finish_reason": "stop"}]
CHAT = [{"role": "user", "content": Q}]
CHOICES = [{"index": 0, "message": {"role": "assistant", "content": A, "refusal": None}, "finish_reason": "stop"}]
OPEN_WEBUI = {
    "a": {"id": "a", "parentId": None, "childrenIds": ["b", "c"], "role": "user", "content": Q},
    "b": {"id": "b", "parentId": "a", "childrenIds": [], "role": "assistant", "content": A},
    "c": {"id": "c", "parentId": "a", "childrenIds": [], "role": "assistant", "content": "another answer"},
}

TEXT_PARTS = [[{"kind": "text", "text": text}] for text in (Q, A)]

CHAT_OF_TWO = [{"role": "user", "content": Q}, {"role": "assistant", "content": A}]
QUESTION_AND_ANSWER: dict[str, Any] = {
    "task of A2A with what was made": {
        "kind": "task",
        "history": [{"role": "user", "parts": TEXT_PARTS[0]}],
        "artifacts": [{"artifactId": "a", "parts": TEXT_PARTS[1]}],
        "status": {"state": "completed"},
    },
    "task of A2A that says something last": {
        "kind": "task",
        "history": [{"role": "user", "parts": TEXT_PARTS[0]}],
        "status": {"state": "input-required", "message": {"role": "assistant", "parts": TEXT_PARTS[1]}},
    },
    "task of A2A whose history has it, too": {
        "history": [{"role": "user", "parts": TEXT_PARTS[0]}, {"role": "assistant", "parts": TEXT_PARTS[1]}],
        "status": {"state": "completed", "message": {"role": "assistant", "parts": TEXT_PARTS[1]}},
    },
    "chain whose question has a name of its own": {
        "input": {"customer_question": Q, "locale": "en"},
        "output": {"answer": A, "sources": []},
    },
    "chain whose only sentence is the question": {"inputs": {"id": "7", "wish": Q}, "outputs": {"text": A}},
    "opencode": [
        {"info": {"id": "m1", "role": "user", "time": {"created": 1777629600000}}, "parts": [{"type": "text", "text": Q}]},
        {"info": {"id": "m2", "role": "assistant"}, "parts": [{"type": "step-start"}, {"type": "text", "text": A}]},
    ],
    "Le Chat": [
        {"role": role, "content": "", "contentChunks": [{"type": "text", "text": text, "_context": None}]}
        for role, text in QA
    ],
    "Qwen": [
        {"role": "user", "content": Q},
        {
            "role": "assistant",
            "content": "",
            "content_list": [{"content": "hm", "phase": "think"}, {"content": A, "phase": "answer"}],
        },
    ],
    "SillyTavern": [{"name": "You", "is_user": True, "mes": Q}, {"name": "Bo", "is_user": False, "mes": A}],
    "segments": [{"role": role, "segments": [{"type": "text", "text": text}]} for role, text in QA],
    "lists with names in the plural": {"speakers": ["user", "assistant"], "utterances": [Q, A]},
    "DynamoDB": {"L": [{"M": {"role": {"S": role}, "content": {"S": text}, "n": {"N": "1"}}} for role, text in QA]},
    "Firestore": {
        "arrayValue": {
            "values": [
                {"mapValue": {"fields": {"role": {"stringValue": role}, "content": {"stringValue": text}}}}
                for role, text in QA
            ]
        }
    },
    "unions of Avro": {"array": [{"role": {"string": role}, "content": {"string": text}} for role, text in QA]},
    "lists of BigQuery": {"list": [{"element": {"role": role, "content": text}} for role, text in QA]},
    "Markdown": f"# A chat\n\n_**User**_\n\n{Q}\n\n---\n\n_**Assistant**_\n\n{A}\n\n---\n",
    "headings with a sign": f"## \N{ADULT} User\n\n{Q}\n\n## \N{ROBOT FACE} Assistant\n\n{A}",
    "texts with the mark of their end": f"USER: {Q}\n\n\nASSISTANT: {A} <|endoftext|>\n",
    "openai request and response": {"messages": CHAT, "choices": CHOICES},
    "openai batch, joined": {
        "custom_id": "1",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "m", "messages": CHAT},
        "response": {"status_code": 200, "body": {"choices": CHOICES}},
        "error": None,
    },
    "openai responses": {
        "input": [{"role": "user", "content": [{"type": "input_text", "text": Q}]}],
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": A, "annotations": []}],
            },
        ],
    },
    "openai responses with a plain input": {"input": Q, "output": [{"type": "message", "role": "assistant", "content": A}]},
    "openai assistants, newest first": {
        "object": "list",
        "data": [
            {
                "id": "msg_2",
                "object": "thread.message",
                "created_at": 1777629610,
                "role": "assistant",
                "content": [{"type": "text", "text": {"value": A, "annotations": []}}],
            },
            {
                "id": "msg_1",
                "object": "thread.message",
                "created_at": 1777629600,
                "role": "user",
                "content": [{"type": "text", "text": {"value": Q, "annotations": []}}],
            },
        ],
    },
    "a refusal beside no content": {"messages": [*CHAT, {"role": "assistant", "content": None, "refusal": A}]},
    "an answer that was spoken": {
        "messages": [*CHAT, {"role": "assistant", "content": None, "audio": {"id": "au", "data": "UklGRg==", "transcript": A}}]
    },
    "a question that was spoken": [
        {"role": "user", "content": [{"type": "input_audio", "transcript": Q, "input_audio": {"data": "UklG", "format": "wav"}}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": A}]},
    ],
    "anthropic request and response": {
        "request": {"model": "m", "messages": CHAT},
        "response": {
            "id": "msg",
            "type": "message",
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": A}],
        },
    },
    "bedrock converse": {
        "messages": [{"role": "user", "content": [{"text": Q}]}],
        "output": {"message": {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "hm"}}}, {"text": A}]}},
        "stopReason": "end_turn",
    },
    "completions of openai": {"prompt": [Q], "response": {"choices": [{"text": A, "index": 0}]}},
    "completions of bedrock, llama": {
        "input": {"inputBodyJson": {"prompt": Q}},
        "output": {"outputBodyJson": {"generation": A, "stop_reason": "stop"}},
    },
    "completions of bedrock, titan": {
        "input": {"inputBodyJson": {"inputText": Q}},
        "output": {"outputBodyJson": {"inputTextTokenCount": 4, "results": [{"tokenCount": 5, "outputText": A}]}},
    },
    "completions of bedrock, ai21": {
        "request": {"prompt": Q},
        "response": {"prompt": {"text": Q}, "completions": [{"data": {"text": A}}]},
    },
    "completions of hugging face": {"inputs": Q, "output": [{"generated_text": A}]},
    "completions of hugging face, in a column": {"inputs": Q, "generated_text": A},
    "bedrock invocation log": {
        "schemaType": "ModelInvocationLog",
        "input": {"inputContentType": "application/json", "inputBodyJson": {"messages": [{"role": "user", "content": [{"text": Q}]}]}},
        "output": {"outputBodyJson": {"output": {"message": {"role": "assistant", "content": [{"text": A}]}}}},
    },
    "gemini": {
        "contents": [{"role": "user", "parts": [{"text": Q}]}],
        "candidates": [{"content": {"role": "model", "parts": [{"text": "hm", "thought": True}, {"text": A}]}}],
    },
    "vertex log": {
        "full_request": {},
        "request": {"contents": [{"role": "user", "parts": [{"text": Q}]}]},
        "response": {"candidates": [{"content": {"role": "model", "parts": [{"text": A}]}}]},
    },
    "vercel ui messages": {
        "id": "c",
        "messages": [
            {"id": "1", "role": "user", "parts": [{"type": "text", "text": Q}]},
            {
                "id": "2",
                "role": "assistant",
                "parts": [
                    {"type": "step-start"},
                    {"type": "reasoning", "text": "hm", "state": "done"},
                    {"type": "text", "text": A, "state": "done"},
                    {"type": "source-url", "sourceId": "s", "url": "https://example.com"},
                    {"type": "source-document", "sourceId": "s", "mediaType": "text/plain", "title": "t"},
                    {"type": "data-weather", "data": {"text": "not said"}},
                ],
            },
        ],
    },
    "vercel ui messages of version 4": [
        {"id": "1", "role": "user", "content": Q, "parts": [{"type": "text", "text": Q}], "experimental_attachments": []},
        {"id": "2", "role": "assistant", "content": A, "parts": [{"type": "step-start"}, {"type": "text", "text": A}], "toolInvocations": []},
    ],
    "langchain, data": [
        {"type": "human", "data": {"content": Q, "type": "human", "additional_kwargs": {}}},
        {"type": "ai", "data": {"content": A, "type": "ai", "tool_calls": []}},
    ],
    "langchain, plain": [{"type": "human", "content": Q, "id": None}, {"type": "ai", "content": [{"type": "text", "text": A}]}],
    "langchain, constructors": [[lc("HumanMessage", content=Q, type="human"), lc("AIMessageChunk", content=A)]],
    "langchain, tuples": [["human", Q], ["ai", A]],
    "langgraph state": {"values": {"messages": [{"type": "human", "content": Q}, {"type": "ai", "content": A}]}},
    "langsmith, model run": {
        "run_type": "llm",
        "inputs": {"messages": [[lc("HumanMessage", content=Q)]]},
        "outputs": {"generations": [[{"text": A, "type": "ChatGeneration", "message": lc("AIMessage", content=A)}]], "llm_output": None},
    },
    "langsmith, completion run": {"inputs": {"prompts": [Q]}, "outputs": {"generations": [[{"text": A, "type": "Generation"}]]}},
    "langsmith, chain run": {"inputs": {"question": Q}, "outputs": {"answer": A}},
    "langsmith, graph run": {
        "inputs": {"messages": [{"type": "human", "content": Q}]},
        "outputs": {"messages": [{"type": "human", "content": Q, "id": "x"}, {"type": "ai", "content": A}]},
    },
    "langfuse generation": {"input": CHAT, "output": {"role": "assistant", "content": A}},
    "langfuse generation, as text": {"input": json.dumps(CHAT), "output": json.dumps({"role": "assistant", "content": A})},
    "langfuse trace of plain text": {"input": Q, "output": A},
    "langfuse trace of a request": {"input": {"messages": CHAT}, "output": A},
    "open webui": {"chat": {"history": {"messages": OPEN_WEBUI, "currentId": "b"}, "messages": []}},
    "open webui, its chat": {"title": "t", "history": {"messages": OPEN_WEBUI, "currentId": "b"}},
    "open webui, its history": {"messages": OPEN_WEBUI, "currentId": "b"},
    "librechat": {
        "messages": [
            {"messageId": "a", "parentMessageId": "0000", "sender": "User", "isCreatedByUser": True, "text": Q},
            {
                "messageId": "b",
                "parentMessageId": "a",
                "sender": "GPT-4o",
                "isCreatedByUser": False,
                "text": "",
                "content": [{"type": "think", "think": "hm"}, {"type": "text", "text": {"value": A}}],
            },
        ]
    },
    "librechat, recursive": {
        "recursive": True,
        "messages": [
            {
                "messageId": "a",
                "parentMessageId": "0000",
                "isCreatedByUser": True,
                "text": Q,
                "children": [
                    {"messageId": "b", "parentMessageId": "a", "isCreatedByUser": False, "text": "before", "createdAt": "2026-05-01T10:00:00Z", "children": []},
                    {"messageId": "c", "parentMessageId": "a", "isCreatedByUser": False, "text": A, "createdAt": "2026-05-01T10:05:00Z", "children": []},
                ],
            }
        ],
    },
    "opentelemetry": {"gen_ai.input.messages": OTEL_IN, "gen_ai.output.messages": OTEL_OUT},
    "opentelemetry, span with text": {
        "name": "chat m",
        "attributes": {"gen_ai.input.messages": json.dumps(OTEL_IN), "gen_ai.output.messages": json.dumps(OTEL_OUT)},
    },
    "opentelemetry, attributes as text": {
        "attributes": json.dumps({"gen_ai.input.messages": json.dumps(OTEL_IN), "gen_ai.output.messages": OTEL_OUT}),
    },
    "opentelemetry, otlp": {
        "attributes": [
            {"key": "gen_ai.input.messages", "value": otlp(OTEL_IN)},
            {"key": "gen_ai.output.messages", "value": otlp(OTEL_OUT)},
        ]
    },
    "opentelemetry, columns": {"input_messages": OTEL_IN, "output_messages": OTEL_OUT},
    "opentelemetry, indexed": {
        "attributes": {
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": Q,
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": A,
            "gen_ai.completion.0.finish_reason": "stop",
        }
    },
    "openinference": {
        "attributes": {
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": Q,
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": A,
        }
    },
    "opentelemetry, events": {
        "events": [
            {"name": "gen_ai.user.message", "body": {"content": Q}},
            {"name": "gen_ai.choice", "body": {"index": 0, "message": {"role": "assistant", "content": A}}},
        ]
    },
    "opentelemetry, first events": {
        "events": [
            {"name": "gen_ai.content.prompt", "attributes": {"gen_ai.prompt": json.dumps(CHAT)}},
            {"name": "gen_ai.content.completion", "attributes": {"gen_ai.completion": json.dumps([{"role": "assistant", "content": A}])}},
        ]
    },
    "claude code": [
        {"type": "file-history-snapshot", "messageId": "m", "snapshot": {}},
        {"type": "user", "uuid": "u1", "sessionId": "s", "isSidechain": False, "message": {"role": "user", "content": Q}, "timestamp": "2026-05-01T10:00:00Z"},
        {"type": "progress", "uuid": "p", "sessionId": "s", "data": {"type": "hook"}},
        {
            "type": "assistant",
            "uuid": "u2",
            "sessionId": "s",
            "message": {"id": "msg", "role": "assistant", "content": [{"type": "text", "text": A}]},
            "timestamp": "2026-05-01T10:00:09Z",
        },
        {"type": "summary", "summary": "an order", "leafUuid": "u2"},
    ],
    "codex": [
        {"type": "session_meta", "payload": {"id": "x"}},
        {"type": "response_item", "payload": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": Q}]}},
        {"type": "event_msg", "payload": {"type": "user_message", "message": Q}},
        {"type": "response_item", "payload": {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": A}]}},
    ],
    "names in capitals": {"Messages": [{"Role": "user", "Content": Q}, {"Role": "assistant", "Content": A}]},
    "semantic kernel": {"Messages": [
        {"Role": {"Label": "user"}, "Items": [{"$type": "TextContent", "Text": Q}]},
        {"Role": {"Label": "assistant"}, "Items": [
            {"$type": "ReasoningContent", "Text": "hm"}, {"$type": "TextContent", "ModelId": "m", "Text": A},
        ]},
    ]},
    "microsoft.extensions.ai": [
        {"role": "user", "contents": [{"$type": "text", "text": Q}]},
        {"role": "assistant", "contents": [{"$type": "reasoning", "text": "hm"}, {"$type": "text", "text": A}], "messageId": "m"},
    ],
    "gradio": [[Q, A]],
    "prompt and completion": {"prompt": Q, "completion": A},
    "history and question": {"chat_history": [], "question": Q, "answer": A},
    "a question as messages": {"messages": Q, "answer": A},
    "lex": {"inputTranscript": Q, "messages": [{"contentType": "PlainText", "content": A}]},
    "lex, version 1": {"inputTranscript": Q, "botResponse": A},
    "watson": {"request": {"input": {"text": Q}}, "response": {"output": {"generic": [{"response_type": "text", "text": A}]}}},
    "watson, its texts": {"request": {"input": {"text": Q}}, "response": {"output": {"text": [A]}}},
    "voiceflow": {"dialog": [
        {"type": "launch", "payload": {"type": "launch"}},
        {"type": "request", "payload": {"type": "text", "payload": Q}},
        {"type": "block", "payload": {"type": "block", "payload": {"blockID": "b"}}},
        {"type": "text", "payload": {"type": "text", "payload": {"message": A}}},
        {"type": "end", "payload": {"type": "end"}},
    ]},
    "voiceflow, its logs": {"logs": [
        {"type": "action", "data": {"type": "intent", "payload": {"query": Q, "intent": {"name": "order"}}}},
        {"type": "trace", "data": {"type": "debug", "payload": {"message": "matched the intent"}}},
        {"type": "trace", "data": {"type": "speak", "payload": {"message": A}}},
    ]},
    "live events": {"events": [
        {"type": "conversation.item.created", "item": {"id": "i", "type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": None}]}},
        {"type": "response.done", "response": {"output": [{"id": "j", "type": "message", "role": "assistant", "content": [{"type": "audio", "transcript": A}]}]}},
        {"type": "conversation.item.input_audio_transcription.completed", "item_id": "i", "transcript": Q},
    ]},
    "an answer in pieces, anthropic": {"messages": CHAT, "output": [
        {"type": "message_start", "message": {"role": "assistant", "content": []}},
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hm"}},
        *({"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}} for text in (A[:5], A[5:])),
        {"type": "message_stop"},
    ]},
    "an answer in pieces, converse": {"messages": CHAT, "output": [{"contentBlockDelta": {"delta": {"text": text}}} for text in (A[:5], A[5:])]},
    "an answer in pieces, openai": {"messages": CHAT, "response": [{"choices": [{"delta": {"content": text}}]} for text in (A[:5], A[5:])]},
    "an answer in pieces, gemini": {"messages": CHAT, "response": [
        {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}}]} for text in (A[:5], A[5:])
    ]},
    "an answer in lines of a stream": {"messages": CHAT, "response": "\n\n".join(
        [f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}" for text in (A[:5], A[5:])] + ["data: [DONE]"]
    )},
    "payloads as texts": {"request": [json.dumps({"messages": CHAT})], "response": [json.dumps({"choices": CHOICES})]},
    "a request beside no messages": {"messages": {}, "proxy_server_request": {"messages": CHAT}, "response": {"choices": CHOICES}},
    "posthog": {"properties.$ai_input": CHAT, "properties.$ai_output_choices": [{"role": "assistant", "content": A}]},
    "a tree with ranks": [{"prompt": {"message_id": "a", "role": "prompter", "text": Q, "replies": [
        {"message_id": "b", "role": "assistant", "text": "another answer", "rank": 1, "created_date": "2026-05-02", "replies": []},
        {"message_id": "c", "role": "assistant", "text": A, "rank": 0, "created_date": "2026-05-01", "replies": []},
    ]}}],
    "an input that was written out twice": {"input": json.dumps(json.dumps({"messages": [{"role": "user", "content": Q}]})), "output": A},
    "what a decorated function was called with": {"input": {"args": [Q], "kwargs": {}}, "output": json.dumps(A)},
    "the same, written out": {"input": json.dumps({"args": [{"debug": True}], "kwargs": {"text": Q}}), "output": A},
    "the only message that an agent was handed": {
        "input": json.dumps({"user_id": "a b", "new_message": {"role": "user", "parts": [{"text": Q}]}, "state": None}),
        "output": {"author": "some_agent", "content": {"role": "model", "parts": [{"text": A}]}},
    },
    "a question that is a list of messages": {"query": CHAT, "response": [{"role": "assistant", "content": [{"type": "text", "text": A}]}]},
    "a tree without links": {"mapping": {
        key: {"id": key, "message": {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}}}
        for key, role, text in (("b", "user", Q), ("a", "assistant", A))
    }},
    "texts of which each begins with who speaks": [f"User: {Q}", f"Assistant: {A}"],
    "messages joined into a prompt": {"input": f"system:  \nuser: {Q}", "output": A},
    "pairs of inputs and outputs": [{"inputs": {"question": Q, "topic": "x y"}, "outputs": {"answer": A, "context": "z"}}],
    "a preferred answer beside the list": {"conversations": [{"from": "human", "value": Q}], "chosen": {"from": "assistant", "value": A}},
    "what an agent was handed and all that was said": {"input": '{"run": "Run(a=1)"}', "output": {"messages": CHAT_OF_TWO}},
    "rocket.chat": [{"u": {"_id": "x", "name": "user"}, "msg": Q}, {"u": {"_id": "y", "name": "agent"}, "msg": A}],
    "a sign of who answers": [{"from_agent": False, "sender": {"name": "Ann"}, "text": Q}, {"from_agent": True, "sender": {"name": "Bo"}, "text": A}],
    "a user beside a contact": [
        {"author": {"type": "contact", "bot": False}, "body": Q}, {"author": {"type": "user", "bot": False}, "body": A},
    ],
}  # fmt: skip


@pytest.mark.parametrize("conversation", QUESTION_AND_ANSWER.values(), ids=QUESTION_AND_ANSWER.keys())
def test_a_question_and_its_answer_are_read_from(conversation: Any) -> None:
    ours = {
        **{"model": "assistant", "ai": "assistant", "agent": "assistant"},
        **{"human": "user", "prompter": "user", "contact": "user"},
    }  # as the models map what is given
    assert [(ours.get(role or "", role), text) for role, text in said(conversation)] == QA


def test_an_answer_that_says_the_same_is_an_answer_and_a_state_without_one_is_said_once() -> None:
    echo = [("user", Q), ("assistant", Q)]
    assert said({"question": Q, "answer": Q}) == said({"messages": CHAT, "output": Q}) == echo
    assert said({"messages": CHAT, "output": {"messages": CHAT}}) == echo[:1]


def test_a_text_with_marks_is_one_text() -> None:
    marked = ["where is ", {"type": "bold", "text": "my"}, " order"]
    assert said([{"role": "user", "content": marked}]) == [("user", Q)]
    parts = ["look", {"type": "text", "text": "here"}]
    assert said([{"role": "user", "content": parts}]) == [("user", "look\nhere")]


def test_what_nobody_says_is_no_message_and_what_nobody_tells_apart_is_missed() -> None:
    events = [
        {"type": "THREAD_STATUS_CHANGE", "newStatus": "CLOSED"},
        {"type": "service", "action": "pin_message", "actor": "Ann Lee", "text": ""},
        {"type": "GuildMemberJoin", "author": {"name": "cid", "isBot": False}, "content": "Joined the server."},
        {"type": "message", "subtype": "channel_join", "user": "U1", "text": "<@U1> has joined the channel"},
    ]
    assert said([*CHAT, *events]) == [("user", Q)]
    for entry in ({"type": "comment", "text": A}, {"type": "remark", "words": A}):
        [_, message] = parse_messages(json.dumps([*CHAT, entry]))
        assert message.role is None


def test_notes_between_colleagues_are_the_systems() -> None:
    for note in (
        {"type": "COMMENT"},
        {"type": "private_note", "author": {"type": "user"}},
        {"public": False, "from_agent": True},
    ):
        assert said([*CHAT, {**note, "text": A}]) == [("user", Q), ("system", A)]
    assert said([*CHAT, {"type": "Comment", "public": True, "role": "agent", "body": A}]) == [("user", Q), ("agent", A)]


def test_a_user_beside_a_customer_and_an_agent_stays_one() -> None:
    roles = ("customer", "user", "agent")
    assert said([{"role": role, "content": Q} for role in roles]) == [(role, Q) for role in roles]
    assert said([{"role": [None], "content": Q}]) == [(None, Q)]


def test_what_a_bot_shows_or_offers_is_read_and_what_somebody_pastes_stays() -> None:
    embeds = [{"title": "Order", "description": A}]
    assert said([{"author": {"isBot": True}, "content": "", "embeds": embeds}]) == [("bot", f"Order\n{A}")]
    assert said([{"author": {"isBot": True}, "content": Q, "embeds": embeds}]) == [("bot", Q)]
    assert content_text(json.dumps({"text": Q, "options": [{"label": "a", "value": "b"}]})) == Q
    assert content_text('{"imageUrl": "https://example.com/a.png"}') == "[image]"
    for pasted in ('{"text": "a", "options": 3}', '{"options": ["a"]}', '{"imageUrl": 3}', '{"title": "a"}'):
        assert content_text(pasted) == pasted


def test_runs_around_steps_that_are_messages_say_nothing() -> None:
    steps = [
        {"type": "user_message", "output": Q, "input": "", "kura_id": "1", "kura_time": "2026-05-01T10:00:00Z"},
        {"type": "run", "input": Q, "output": A, "kura_id": "2", "kura_time": "2026-05-01T10:01:00Z"},
        {"type": "assistant_message", "output": A, "input": "", "kura_id": "3", "kura_time": "2026-05-01T10:02:00Z"},
    ]
    messages = parse_messages(json.dumps({"kura_calls": steps}))
    assert [(message.role, message.content, message.created_at) for message in messages] == [
        ("user", Q, "2026-05-01T10:00:00Z"),
        ("assistant", A, "2026-05-01T10:02:00Z"),
    ]
    runs = parse_messages(json.dumps({"kura_calls": steps[1:2]}))
    assert [(message.role, message.content) for message in runs] == QA


def test_a_model_call_of_langchain_keeps_its_time() -> None:
    call = {"inputs": {"messages": [[lc("HumanMessage", content=Q)]]}, "kura_time": "2026-05-01T10:00:00Z"}
    assert [message.created_at for message in parse_messages(json.dumps({"kura_calls": [call]}))] == [
        "2026-05-01T10:00:00Z"
    ]


def test_a_ticket_that_comes_newest_first_is_turned_round_below_its_subject() -> None:
    comments = [
        {"body": text, "created_at": f"2026-05-01T10:00:0{number}Z", "author_id": 7}
        for number, text in ((3, "c"), (2, "b"), (1, "a"))
    ]
    ticket = {"requester_id": 7, "subject": "Order", "created_at": "2026-05-01T10:00:00Z", "comments": comments}
    assert [text for _, text in said(ticket)] == ["Order", "a", "b", "c"]


def test_a_history_may_be_written_down() -> None:
    told = {"chat_history": "Human: hi\nAI: hello", "question": Q, "answer": A}
    assert said(told) == [("human", "hi"), ("ai", "hello"), *QA]


def test_a_prompt_of_the_system_that_stands_beside_the_messages_comes_first() -> None:
    for conversation in [
        {"system": "be kind", "messages": CHAT},
        {"system": [{"type": "text", "text": "be kind", "cache_control": {}}], "messages": CHAT},
        {"system": [{"text": "be kind"}], "messages": [{"role": "user", "content": [{"text": Q}]}]},
        {"systemInstruction": {"parts": [{"text": "be kind"}]}, "contents": [{"role": "user", "parts": [{"text": Q}]}]},
        {"instructions": "be kind", "input": Q},
        {"gen_ai.system_instructions": [{"type": "text", "content": "be kind"}], "gen_ai.input.messages": OTEL_IN},
    ]:
        assert said(conversation) == [("system", "be kind"), ("user", Q)]


RESULTS: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "anthropic": (
        [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": TOOL}]}],
        [("tool", TOOL)],
    ),
    "anthropic, with words after it": (
        [
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": TOOL}, {"type": "image", "source": {}}]},
                    {"type": "tool_result", "tool_use_id": "u", "is_error": True, "content": "timeout"},
                    {"type": "text", "text": Q},
                ],
            }
        ],
        [("tool", TOOL + "\ntimeout"), ("user", Q)],
    ),
    "anthropic, web search": (
        [
            {
                "role": "assistant",
                "content": [
                    {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}},
                    {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"type": "web_search_result", "title": "Orders", "url": "u", "encrypted_content": "zz"}]},
                    {"type": "text", "text": A},
                ],
            }
        ],
        [("assistant", A), ("tool", "Orders")],
    ),
    "bedrock": (
        [{"role": "user", "content": [{"toolResult": {"toolUseId": "1", "content": [{"json": {"status": "sent"}}], "status": "success"}}]}],
        [("tool", TOOL)],
    ),
    "gemini": (
        [{"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"status": "sent"}}}]}],
        [("tool", TOOL)],
    ),
    "microsoft.extensions.ai": (
        [
            {"role": "assistant", "contents": [{"$type": "functionCall", "callId": "c", "name": "f", "arguments": {"Id": 7}}]},
            {"role": "tool", "contents": [{"$type": "functionResult", "callId": "c", "result": {"status": "sent"}}]},
        ],
        [("assistant", 'f({"id":7})'), ("tool", TOOL)],
    ),
    "openai chat": (
        [
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": TOOL},
        ],
        [("assistant", "f({})"), ("tool", TOOL)],
    ),
    "openai responses": (
        [
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": TOOL},
            {"type": "web_search_call", "id": "w", "status": "completed", "action": {"query": "x"}},
        ],
        [("assistant", "f({})"), ("tool", TOOL), ("assistant", 'web_search_call({"query":"x"})')],
    ),
    "vercel, tool part": (
        [{"role": "assistant", "parts": [{"type": "tool-f", "toolCallId": "t", "state": "output-available", "input": {}, "output": {"status": "sent"}}, {"type": "text", "text": A}]}],
        [("assistant", A), ("tool", TOOL)],
    ),
    "vercel, model message": (
        [{"role": "tool", "content": [{"type": "tool-result", "toolCallId": "t", "toolName": "f", "output": {"type": "json", "value": {"status": "sent"}}}]}],
        [("tool", TOOL)],
    ),
    "azure, evaluation": (
        [{"role": "tool", "content": [{"type": "tool_result", "tool_result": {"status": "sent"}}]}],
        [("tool", TOOL)],
    ),
    "vercel, version 4": (
        [{"role": "assistant", "content": A, "toolInvocations": [{"state": "result", "toolName": "f", "args": {}, "result": {"status": "sent"}}]}],
        [("assistant", A), ("tool", TOOL)],
    ),
    "librechat": (
        [{"isCreatedByUser": False, "content": [{"type": "tool_call", "tool_call": {"name": "f", "args": "{}", "output": TOOL}}, {"type": "text", "text": A}]}],
        [("assistant", A), ("tool", TOOL)],
    ),
    "opentelemetry": (
        {"gen_ai.input.messages": [{"role": "user", "parts": [{"type": "tool_call_response", "id": "c", "response": {"status": "sent"}}]}]},
        [("tool", TOOL)],
    ),
    "langchain": ([lc("ToolMessage", content=TOOL, tool_call_id="c", name="f")], [("tool", TOOL)]),
    "claude code": (
        [
            {
                "type": "user",
                "uuid": "u",
                "sessionId": "s",
                "message": {"role": "user", "content": [{"tool_use_id": "t", "type": "tool_result", "content": TOOL}]},
                "toolUseResult": {"stdout": TOOL},
            }
        ],
        [("tool", TOOL)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("conversation", "expected"), RESULTS.values(), ids=RESULTS.keys())
def test_results_of_tools_are_nobodys_words(conversation: Any, expected: list[tuple[str, str]]) -> None:
    assert said(conversation) == expected


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (f"<system-reminder>\nno todos\n</system-reminder>\n{Q}", [("system", "no todos"), ("user", Q)]),
        (
            f"{Q}\n<environment_context>\n  <cwd>/x</cwd>\n</environment_context>",
            [("user", Q), ("system", "<cwd>/x</cwd>")],
        ),
        (f"<user_info>\nOS\n</user_info>\n<user_query>\n{Q}\n</user_query>", [("system", "OS"), ("user", Q)]),
        (f"<rules>be kind</rules><user_query>{Q}</user_query>", [("system", "be kind"), ("user", Q)]),
        (f"<command-name>/fix</command-name>\n<command-args>{Q}</command-args>", [("system", "/fix"), ("user", Q)]),
        ("<local-command-stdout>Set model</local-command-stdout>", [("system", "Set model")]),
        ("[Request interrupted by user for tool use]", [("system", "[Request interrupted by user for tool use]")]),
        ("what does <system-reminder> mean?", [("user", "what does <system-reminder> mean?")]),
        ("<rules>be kind</rules> is this XML right?", [("user", "<rules>be kind</rules> is this XML right?")]),
        ("a <b>bold</b> word", [("user", "a <b>bold</b> word")]),
    ],
)
def test_what_a_program_put_into_a_turn_is_told_apart(turn: str, expected: list[tuple[str, str]]) -> None:
    assert said([{"role": "user", "content": turn}]) == expected
    assert said([{"role": "user", "content": [{"type": "text", "text": turn}]}]) == expected
    assert parse_content("user", turn) == expected
    assert said([{"role": "assistant", "content": turn}]) == [("assistant", turn)]


def test_lines_of_an_agents_log_that_nobody_typed() -> None:
    line = {"type": "user", "uuid": "u", "sessionId": "s", "message": {"role": "user", "content": "words"}}
    assert said([line]) == [("user", "words")]
    assert said(line) == [("user", "words")]
    assert said([{**line, "isMeta": True}]) == [("system", "words")]
    assert said([{**line, "isCompactSummary": True}]) == [("system", "words")]
    assert said([{**line, "isSidechain": True}]) == [("tool", "words")]
    queued = {
        "type": "attachment",
        "uuid": "q",
        "sessionId": "s",
        "attachment": {"type": "queued_command", "prompt": "words"},
    }
    assert said([queued]) == [("user", "words")]
    thinks = {
        "type": "assistant",
        "uuid": "t",
        "sessionId": "s",
        "message": {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}]},
    }
    assert said([line, thinks]) == [("user", "words")]
    assert parse_messages(json.dumps(thinks))[0].error == "event_without_words"
    [snapshot] = parse_messages('{"type": "file-history-snapshot", "messageId": "m", "snapshot": {}}')
    assert snapshot.error == "event_without_words"


def test_steps_of_an_answer_that_are_no_messages_hide_none() -> None:
    steps: list[dict[str, Any]] = [
        {"type": "reasoning", "summary": []},
        {"type": "mcp_list_tools", "id": "x", "tools": []},
    ]
    answer = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": A}]}
    said = parse_messages(json.dumps({"kura_calls": [{"input": Q, "output": [*steps, answer]}]}))
    assert [(each.role, each.content) for each in said] == [("user", Q), ("assistant", A)]


def test_what_says_nothing_beside_a_question_and_an_answer_hides_neither() -> None:
    asked, answered = {"role": "user", "content": Q}, {"role": "assistant", "content": A}
    for choices in ([None, {"message": answered}], [{}, {"message": answered}], [{"index": 0}, {"text": A}]):
        assert said({"messages": [asked], "choices": choices}) == QA
    candidate = {"content": {"role": "model", "parts": [{"text": A}]}}
    assert (
        said({"contents": [{"parts": [{"text": Q}]}], "candidates": [{"finishReason": "SAFETY"}, candidate]})[-1][1]
        == A
    )
    thought = {"content": {"role": "model", "parts": [{"text": "hm", "thought": True}]}}
    for candidates, words in (([thought, candidate], A), ([thought], None)):
        assert said({"contents": [{"parts": [{"text": Q}]}], "candidates": candidates})[-1][1] == words
    assert said({"input": [asked, None], "output": answered}) == QA


def test_an_entry_that_is_something_else_hides_no_turn_and_no_first_comment() -> None:
    turns = [{"user": Q, "assistant": A, "text": ""}, {"user": Q, "assistant": A}, {"score": 3}]
    read = [(each.role, each.content) for each in parse_messages(json.dumps({"turns": turns}))]
    assert [each for each in read if each[0]] == [*QA, *QA]
    comments = [{"type": "created", "at": 1}, {"author_id": 1, "body": Q}, {"author_id": 2, "body": A}]
    assert said({"requester_id": 1, "description": Q, "comments": comments}) == QA


def test_reasoning_in_an_answer_is_left_out() -> None:
    assert said([{"role": "assistant", "content": f"<think>\nhm\n</think>\n\n{A}"}]) == [("assistant", A)]
    details = f'<details type="reasoning" done="true" duration="3">\n<summary>Thought</summary>\n> hm\n</details>\n{A}'
    assert said([{"role": "assistant", "content": details}]) == [("assistant", A)]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"attachments": [{"file_name": "p.txt", "extracted_content": Q}], "text": "", "content": []}, Q),
        ({"attachments": [{"extracted_content": Q}], "text": "see below", "content": []}, f"see below\n{Q}"),
        ({"files": [{"type": "file", "file": {"data": {"content": Q}}}], "content": ""}, Q),
        ({"content": [{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": Q}}]}, Q),
        ({"content": [{"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": Q}]}}]}, Q),
        ({"content": [{"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}]}, "[file]"),
        ({"parts": [{"inlineData": {"mimeType": "text/plain", "data": "d2hlcmU="}}]}, "where"),
        ({"parts": [{"inlineData": {"mimeType": "image/png", "data": "iVBORw0="}}]}, "[image]"),
        ({"parts": [{"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,iVBORw0="}]}, "[image]"),
        ({"content": "data:image/png;base64,iVBORw0="}, "[image]"),
        ({"parts": [{"type": "blob", "mime_type": "audio/wav", "content": "UklGRg=="}]}, "[audio]"),
        ({"content": [{"type": "image_url"}, {"type": "file"}, {"type": "hologram"}]}, "[attachment]"),
        ({"content": [{"type": "image_url"}, {"type": "image_url"}]}, "[image]"),
        ({"content": [{"type": "image_url"}, {"type": "text", "text": Q}]}, Q),
        ({"content": [{"type": "voice_note", "title": "note", "text": Q}], "text": "not supported"}, Q),
        ({"content": [{"type": "guardContent", "guardContent": {"text": {"text": Q}}}]}, Q),
        ({"content": [{"guardContent": {"text": {"text": Q}}}]}, Q),
        ({"content": [{"citationsContent": {"content": [{"text": Q}], "citations": []}}]}, Q),
        ({"content": [{"type": "step-start"}, {"type": "token_budget"}]}, None),
    ],
)  # fmt: skip
def test_text_is_text_wherever_it_stands_and_a_marker_stands_alone(
    message: dict[str, Any], expected: str | None
) -> None:
    assert said([{"role": "user", **message}]) == [("user", expected)]


def test_a_content_of_no_known_form_gives_a_reason() -> None:
    [message] = parse_messages('[{"role": "user", "content": {"city": "Lund", "when": "now"}}]')
    assert (message.role, message.content, message.error) == ("user", None, "unreadable_content")


def test_messages_that_share_an_id_stay_two() -> None:
    turns = [
        {"role": "user", "content": Q, "id": "t"},
        {"role": "assistant", "content": A, "id": "t"},
        {"role": "user", "content": Q, "id": " "},
    ]
    assert [message.message_id for message in parse_messages(json.dumps(turns))] == ["t", "t#2", None]


def test_a_list_that_comes_newest_first_is_turned_round_only_where_all_have_times() -> None:
    def texts(*times: Any) -> list[str | None]:
        turns = [{"role": "user", "content": str(at), "createdAt": time} for at, time in enumerate(times)]
        return [message.content for message in parse_messages(json.dumps(turns))]

    assert texts(1777629620, 1777629610, 1777629600) == ["2", "1", "0"]
    assert texts("2026-05-01T10:02:00Z", "2026-05-01T10:02:00Z", "2026-05-01T10:00:00+00:00") == ["2", "1", "0"]
    assert texts("2026-05-01T10:00:00Z", "2026-05-01T12:00:00Z", "2026-05-01T11:00:00Z") == ["0", "2", "1"]
    assert texts("2026-05-01T10:00:05Z", "2026-05-01T10:00:04Z", "2026-05-01T10:01:00Z") == ["0", "1", "2"]
    assert texts("2026-05-01T10:02:00Z", None, "2026-05-01T10:00:00Z") == ["0", "1", "2"]
    assert texts("5 May", "4 May") == ["0", "1"]
    assert texts({"$date": "2026-05-01T10:02:00Z"}, {"$date": {"$numberLong": "1777629600000"}}) == ["1", "0"]


@pytest.mark.parametrize(
    "told",
    [
        {"created_at_utc": "2026-05-01 10:00"},
        {"created-at": "2026-05-01 10:00"},
        {"messageSentAt": "2026-05-01 10:00"},
        {"date": "2026-05-01", "time": "10:00"},
        {"message_date": "2026-05-01", "messageTime": "10:00"},
        {"date": "2026-05-01", "time": "2026-05-01 10:00"},
        {"when": "2026-05-01 10:00", "sent": True},
        {"edited": False, "updatedAt": "2026-05-01 10:00"},
        {"Gesendet am": "2026-05-01 10:00"},
        {"Datum": "2026-05-01", "Uhrzeit": "10:00"},
        {"дата": "2026-05-01", "время": "10:00"},
        {"时间": "2026-05-01 10:00"},
        {"metadata": {"timestamp": "2026-05-01 10:00"}},
        {"date": "2026-05-01T12:00:00", "date_unixtime": "2026-05-01 10:00"},
    ],
)
def test_a_time_is_known_by_what_it_is_called_and_may_stand_in_two_places(told: dict[str, Any]) -> None:
    [message] = parse_messages(json.dumps([{"role": "user", "content": Q, **told}]))
    assert message.created_at == "2026-05-01 10:00"


@pytest.mark.parametrize(
    "told", [{"response_time": 350}, {"metadata": {"time": 1.5}}, {"read_at": "2026-05-01"}, {"timestamp_": "absolute"}]
)
def test_how_long_something_took_is_no_time(told: dict[str, Any]) -> None:
    [message] = parse_messages(json.dumps([{"role": "user", "content": Q, **told}]))
    assert message.created_at is None


@pytest.mark.parametrize(
    "names",
    [
        ("ROLE", "CONTENT"),
        ("Role", "Message Text"),
        ("_role", "_text"),
        ("senderType", "messageText"),
        ("actor", "msgText"),
        ("Sender", "Text"),
        ("sender-type", "message-body"),
        ("message.role", "message.content"),
        ("Rolle", "Nachricht"),
        ("chat_role", "chat_text"),
        ("data.rolle", "data.nachricht"),
        ("送信者", "本文"),
    ],
)
def test_names_in_lists_may_be_spelt_as_a_table_spells_them(names: tuple[str, str]) -> None:
    assert said([dict(zip(names, turn, strict=True)) for turn in QA]) == QA


@pytest.mark.parametrize("quoted", [None, "m0"])
def test_links_that_are_empty_or_quote_something_make_no_branches(quoted: str | None) -> None:
    turns = [
        {"id": f"m{at}", "parentId": None, "role": role, "content": text} for at, (role, text) in enumerate(QA * 2)
    ]
    assert said([*turns[:3], {**turns[3], "parentId": quoted}]) == QA * 2
    edited = [turns[0], turns[2], {**turns[3], "parentId": "m2"}]
    assert said(edited) == QA


def test_texts_with_times_of_their_own_are_not_parts_of_one() -> None:
    turns = [{"type": "text", "owner": role, "text": text, "created_at": 1777629600} for role, text in QA]
    assert [message.role for message in parse_messages(json.dumps({"chat": turns}))] == [None, None]


def test_signs_that_a_data_frame_has_made_floats_are_signs() -> None:
    assert said([{"text": text, "is_bot": float(at)} for at, (_, text) in enumerate(QA)]) == QA


@pytest.mark.parametrize("name", ["IS_BOT", "Is Bot", "fromAgent", "FROM_ME"])
def test_signs_may_be_spelt_as_a_table_spells_them(name: str) -> None:
    assert said([{"text": text, name: role == "assistant"} for role, text in QA]) == QA


def test_a_role_may_be_a_sign_that_a_project_names() -> None:
    turns = [{"role": role == "user", "content": text} for role, text in QA]
    assert [role for role, _ in said(turns)] == ["true", "false"]


def test_an_old_message_that_was_changed_stays_where_it_is_in_a_list() -> None:
    times = ["2026-05-03T10:00:00Z", "2026-05-01T10:01:00Z", "2026-05-01T10:02:00Z", "2026-05-01T10:03:00Z"]
    turns = [
        {"role": role, "content": text, "updated_at": time} for (role, text), time in zip(QA * 2, times, strict=True)
    ]
    assert said(turns) == QA * 2
    assert said([{**turn, "created_at": turn["updated_at"], "updated_at": None} for turn in turns]) != QA * 2


def test_lists_of_conversations_are_not_pairs_of_a_conversation() -> None:
    conversation = [{"role": role, "content": text} for role, text in QA]
    assert {message.error for message in parse_messages(json.dumps([conversation] * 2))} == {"message_is_not_an_object"}


def test_what_rasa_has_noted_is_no_message() -> None:
    noted = {"event": "slot", "name": "thing", "value": "kettle", "timestamp": 1777629600.5}
    events = [noted, *({"event": role.replace("assistant", "bot"), "text": text} for role, text in QA), noted]
    told = parse_messages(json.dumps({"sender_id": "s", "events": events}))
    assert [(message.role, message.content) for message in told] == [("user", QA[0][1]), ("bot", QA[1][1])]


def test_the_time_of_the_last_change_is_kept() -> None:
    [message] = parse_messages('[{"role": "user", "content": "x", "created_at": "a", "updatedAt": "b"}]')
    assert (message.created_at, message.updated_at) == ("a", "b")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('{"type": "text", "text": "hi"}', "hi"),
        ('["hi", "there"]', "hi\nthere"),
        ('[{"text": "hi"}]', "hi"),
        ('{"text": "hi"}', "hi"),
        ('{"parts": [{"text": "hi"}], "role": "user"}', "hi"),
        ('{"content_type": "text", "parts": ["hi"]}', "hi"),
        ('[{"type": "output_text", "text": "hi", "annotations": []}]', "hi"),
        ("[]", None),
        ('{"name": "Kim", "text": "hi"}', '{"name": "Kim", "text": "hi"}'),
        ('[{"id": 1, "type": "user"}]', '[{"id": 1, "type": "user"}]'),
        ('{"type": "object", "properties": {}}', '{"type": "object", "properties": {}}'),
        ('{"role": "user", "content": "hi"}', '{"role": "user", "content": "hi"}'),
        ('{"text": 5}', '{"text": 5}'),
        ("[1, 2]", "[1, 2]"),
        ('{"json": {"a": 1}, "b": 2}', '{"json": {"a": 1}, "b": 2}'),
        ('{"format": 2, "parts": [{"type": "step-start"}, {"type": "text", "text": "hi"}], "content": "hi"}', "hi"),
        ('[{"type": "reasoning", "data": {"thinking": "hm"}}, {"type": "text", "data": {"text": "hi"}}]', "hi"),
        ('{"parts": [{"name": "lid"}], "price": 5}', '{"parts": [{"name": "lid"}], "price": 5}'),
        ('{"type": "text", "data": "abc"}', '{"type": "text", "data": "abc"}'),
        ('{"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "hi"}]}]}', "hi"),
    ],
)
def test_json_as_text_is_read_only_where_it_is_a_content(raw: str, expected: str | None) -> None:
    assert content_text(raw) == expected
    assert parse_content("user", raw) == [("user", expected)]


def test_a_content_in_which_several_speak_becomes_several() -> None:
    raw = json.dumps([{"type": "tool_result", "content": TOOL}, {"type": "text", "text": Q}])
    assert parse_content("human", raw) == [("tool", TOOL), ("human", Q)]
    assert parse_content(None, None) == [(None, None)]
    assert parse_content("user", None) == [("user", None)]


# --- texts in are texts out, or reasons

texts = st.lists(st.integers(0, 10**6).map(lambda number: f"word{number}"), min_size=1, max_size=6, unique=True)


def shaped(turns: list[str]) -> dict[str, Any]:
    """The same turns in every shape that holds any number of them; the speakers take turns."""
    pairs = [("user" if at % 2 == 0 else "assistant", text) for at, text in enumerate(turns)]
    linked = [
        {"id": str(at), "parentId": str(at - 1) if at else None, "role": role, "content": text}
        for at, (role, text) in enumerate(pairs)
    ]
    types = {"user": ("human", "HumanMessage"), "assistant": ("ai", "AIMessage")}
    return {
        "plain": [{"role": role, "content": text} for role, text in pairs],
        "in one id": [{"role": role, "content": text, "id": "same", "created_at": 1777629600} for role, text in pairs],
        "parts": {"messages": [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in pairs]},
        "results": [{"role": role, "content": [{"type": "tool_result", "content": text}]} for role, text in pairs],
        "many results": [{"role": "user", "content": [{"type": "tool_result", "content": text} for _, text in pairs]}],
        "reminders": [{"role": "user", "content": "".join(f"<system-reminder>{text}</system-reminder>" for text in turns)}],
        "assistants": {"data": [{"role": role, "content": [{"type": "text", "text": {"value": text}}]} for role, text in pairs]},
        "bedrock": {"messages": [{"role": role, "content": [{"text": text}]} for role, text in pairs]},
        "gemini": {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in pairs]},
        "ui": {"messages": [{"role": role, "parts": [{"type": "text", "text": text}]} for role, text in pairs]},
        "langchain": [{"type": types[role][0], "content": text} for role, text in pairs],
        "langchain data": [{"type": types[role][0], "data": {"content": text}} for role, text in pairs],
        "langchain constructors": [lc(types[role][1], content=text) for role, text in pairs],
        "claude": {"chat_messages": [{"sender": role, "text": "", "content": [], "attachments": [{"extracted_content": text}]} for role, text in pairs]},
        "chatgpt": {
            "mapping": {
                str(at): {"id": str(at), "parent": str(at - 1), "message": {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}}}
                for at, (role, text) in enumerate(pairs)
            }
        },
        "open webui": {"history": {"messages": {each["id"]: each for each in linked}, "currentId": str(len(turns) - 1)}},
        "librechat": {
            "messages": [
                {"messageId": str(at), "parentMessageId": str(at - 1), "isCreatedByUser": role == "user", "text": text}
                for at, (role, text) in enumerate(pairs)
            ]
        },
        "opentelemetry": {"gen_ai.input.messages": [{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in pairs]},
        "indexed": {f"gen_ai.prompt.{at}.content": text for at, text in enumerate(turns)},
        "events": {"events": [{"name": f"gen_ai.{role}.message", "body": {"content": text}} for role, text in pairs]},
        "claude code": [{"type": role, "uuid": str(at), "sessionId": "s", "message": {"role": role, "content": text}} for at, (role, text) in enumerate(pairs)],
        "codex": [{"type": "response_item", "payload": {"type": "message", "role": role, "content": [{"text": text}]}} for role, text in pairs],
        "request and response": {"input": {"messages": [{"role": role, "content": text} for role, text in pairs[:-1]]}, "output": {"role": "assistant", "content": turns[-1]}},
        "no known form": [{"role": role, "content": {"unheard_of": text}} for role, text in pairs],
        "no object": list(turns),
    }  # fmt: skip


@pytest.mark.parametrize("shape", shaped(["one"]).keys())
@given(texts)
@settings(max_examples=30)
def test_as_many_texts_come_out_as_go_in_or_reasons(shape: str, turns: list[str]) -> None:
    messages = parse_messages(json.dumps(shaped(turns)[shape]))
    out = [line for message in messages for line in (message.content or "").splitlines()]
    assert out == [text for text in turns if text in out]  # in their order, none twice
    assert len(out) + sum(message.error is not None for message in messages) == len(turns)


CONTENTS: dict[str, Callable[[list[str]], Any]] = {
    "parts": lambda turns: [{"type": "text", "text": text} for text in turns],
    "strings": list,
    "bedrock": lambda turns: [{"text": text} for text in turns],
    "results": lambda turns: [{"type": "tool_result", "content": text} for text in turns],
    "chatgpt": lambda turns: {"content_type": "multimodal_text", "parts": turns},
    "gemini": lambda turns: {"parts": [{"text": text} for text in turns]},
}


@pytest.mark.parametrize("shape", CONTENTS.keys())
@given(texts)
@settings(max_examples=30)
def test_as_many_texts_come_out_of_a_content_as_go_in(shape: str, turns: list[str]) -> None:
    raw = json.dumps(CONTENTS[shape](turns))
    assert [line for _, text in parse_content("user", raw) for line in (text or "").splitlines()] == turns
    assert content_text(raw) == "\n".join(turns)


# --- the files in tests/inputs


def read(name: str) -> list[Any]:
    text = (INPUTS / name).read_text()
    rows = [json.loads(line) for line in text.splitlines()] if name.endswith(".jsonl") else json.loads(text)
    return rows if isinstance(rows, list) else [rows]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("anthropic_tool_results.jsonl", 3),
        ("assistants_threads.jsonl", 1),
        ("claude_paste.json", 4),
        ("langchain.jsonl", 3),
        ("librechat.json", 2),
        ("open_webui.json", 1),
        ("ui_message_parts.jsonl", 2),
        ("sharegpt_without_id.jsonl", 2),
        ("messages_without_id.jsonl", 1),
    ],
)
def test_files_hold_so_many_messages_of_users(name: str, expected: int) -> None:
    messages = [message for row in read(name) for message in parse_messages(json.dumps(row))]
    assert [message.error for message in messages if message.error] == []
    assert sum(message.role in ("user", "human") for message in messages) == expected
    assert not any("[attachment]" in (message.content or "") for message in messages)


def test_contents_of_a_message_table_hold_no_json_in_the_users_turns() -> None:
    rows = [(row["role"], json.dumps(row["content"])) for row in read("json_in_content.jsonl")]
    spoken = [each for role, content in rows for each in parse_content(role, content)]
    assert spoken == [
        ("user", "single object part"),
        ("user", "list of\nstrings"),
        ("user", "converse api text"),
        ("assistant", "sure"),
        ("tool", '{"ok":true}'),
    ]


def test_mails_in_html_hold_no_tag_and_no_signer() -> None:
    for row in read("html_mails.jsonl"):
        text = plain_text("user", row["messages"][0]["content"])
        assert text.startswith("Hi team,\n")
        assert text.endswith("Can you please help?")


def test_every_conversation_of_words_has_a_summary() -> None:
    for row in read("no_summary.jsonl"):
        assert extractive_summary(row["messages"][0]["content"])


MORE_WORDS: dict[str, Any] = {
    "lists as Python writes them": repr([{"role": "user", "content": "where's \"it\""}, {"role": "assistant", "content": A}]),
    "arrays as numpy writes them": f"[{{'role': 'user', 'content': Q}}\n {{'role': 'assistant', 'content': '{A}'}}]".replace("Q", '"where\'s \\"it\\""'),
    "messages that are texts of JSON": [json.dumps({"role": "user", "content": 'where\'s "it"'}), json.dumps({"role": "assistant", "content": A})],
    "a prompt of AI Studio": {
        "chunks": [
            {"text": 'where\'s "it"', "role": "user"},
            {"text": "hm", "role": "model", "isThought": True},
            {"text": A, "role": "model"},
        ]
    },
    "texts in objects": [
        {"sender": {"type": "visitor"}, "message": {"text": 'where\'s "it"'}},
        {"sender": {"type": "operator"}, "message": {"text": A}},
    ],
}  # fmt: skip


@pytest.mark.parametrize("shape", MORE_WORDS.values(), ids=MORE_WORDS.keys())
def test_what_programs_write_otherwise_is_the_same(shape: Any) -> None:
    messages = parse_messages(shape if isinstance(shape, str) else json.dumps(shape))
    assert [message.content for message in messages] == ['where\'s "it"', A]


def test_texts_of_python_that_hold_no_literal_are_no_conversation() -> None:
    for text in ("[{'role': print}]", "[{'role': 'user'", "{'a': " * 150_000, "[{'" + "[" * 5_000):
        assert [message.error for message in parse_messages(text)] == ["unparsable_json"]


def test_chats_of_messenger_are_read_with_their_letters_and_speakers_by_name() -> None:
    def written(text: str) -> str:
        return text.encode().decode("latin-1")

    said_by = [("Jörg", "läuft 😀"), ("The shop", "seit wann?")]
    listed = [
        {"sender_name": written(name), "timestamp_ms": 1777629600000 + at, "content": written(text)}
        for at, (name, text) in enumerate(said_by)
    ]
    chat = {"participants": [], "messages": listed[::-1]}
    found = parse_messages(json.dumps({"kura_roles": {"the shop": "assistant"}, "kura_conversation": chat}))
    assert [(each.role, each.content) for each in found] == [("jörg", "läuft 😀"), ("the shop", "seit wann?")]
    assert all(each.created_at for each in found)


def test_a_prompt_may_be_an_object_with_the_messages() -> None:
    parts = {role: [{"role": role, "content": [{"type": "text", "text": text}]}] for role, text in QA}
    call = {
        "prompt": {"type": "chat", "messages": parts["user"]},
        "output": {"type": "chat", "messages": parts["assistant"]},
    }
    assert said(call) == QA


def test_who_speaks_may_stand_above_what_they_say() -> None:
    thread = [
        {"User": {"id": "u1", "content": [{"Text": Q}]}},
        {"Agent": {"content": [{"Thinking": {"text": "hm"}}, {"Text": A}, {"ToolUse": {"id": "t", "name": "look"}}]}},
    ]
    assert said({"messages": thread}) == [("user", Q), ("agent", A)]
    kept = [{"role": "user", "content": Q}, {"User": {"content": [{"Text": "x"}]}, "beside": {}}]
    assert [each.error for each in parse_messages(json.dumps(kept))] == [None, None]


def test_events_of_matrix_in_which_nobody_speaks_are_none() -> None:
    def event(kind: str, sender: str, **content: Any) -> dict[str, Any]:
        return {"type": f"m.{kind}", "sender": sender, "content": content, "origin_server_ts": 1777629600000}

    events = [
        event("room.member", "@ana:x", membership="join", displayname="Ana"),
        event("room.message", "@ana:x", msgtype="m.text", body=Q, format="org.matrix.custom.html", formatted_body="…"),
        event("reaction", "@bo:x", **{"m.relates_to": {"key": "+1"}}),
        event("room.message", "@bo:x", msgtype="m.notice", body=A),
        event("room.message", "@bo:x", msgtype="m.image", body="lid.jpg", url="mxc://x/y"),
    ]
    assert said({"kura_events": events}) == [("@ana:x", Q), ("@bo:x", A), ("@bo:x", "[image]")]


@pytest.mark.parametrize(
    "speaker", [{"sender_id": "7"}, {"author_id": "7"}, {"sender_full_name": "7"}, {"speaker": {"display_name": "7"}}]
)
def test_a_project_may_name_who_speaks_by_an_id_or_a_name_that_is_shown(speaker: dict[str, Any]) -> None:
    held = [{"text": Q, **speaker}]
    found = parse_messages(json.dumps({"kura_roles": {"7": "user"}, "kura_conversation": held}))
    assert [(each.role, each.content) for each in found] == [("7", Q)]


def test_words_that_stand_elsewhere_are_no_words() -> None:
    blocks = [{"role": "user", "blocks": ["b1"]}, {"role": "assistant", "blocks": ["b2"]}]
    assert [(each.content, each.error) for each in parse_messages(json.dumps(blocks))] == [
        (None, "unreadable_content")
    ] * 2


def test_a_list_of_several_conversations_is_none() -> None:
    listed = [{"role": "user", "content": text, "topicId": topic} for topic, text in (("t1", Q), ("t2", "hello"))]
    assert [each.error for each in parse_messages(json.dumps({"messages": listed}))] == ["several_conversations"]
    assert len(parse_messages(json.dumps([{**each, "topicId": "t1"} for each in listed]))) == 2


def test_the_name_of_one_of_several_agents_is_no_role_where_the_content_has_one() -> None:
    content = json.dumps({"role": "model", "parts": [{"text": A}]})
    assert parse_content("kettle_agent", content) == [("model", A)]
    assert parse_content("user", json.dumps({"role": "user", "parts": [{"text": Q}]})) == [("user", Q)]
    assert parse_content("system", content) == [("system", A)]


def test_types_are_left_where_they_are_somebodys_own_words() -> None:
    pasted = '{"S": "hi"} and {"string": "x"}'
    assert parse_messages(json.dumps([{"role": "user", "content": pasted}]))[0].content == pasted
    called = [{"role": "user", "content": Q}, {"role": "assistant", "content": A, "meta": {"string": "x"}}]
    assert said(called) == QA


def test_the_only_other_name_in_bold_is_the_other_sides_from_three_turns_on() -> None:
    text = f"# Exported\n\n---\n\n**User**\n\n{Q}\n\n---\n\n**Cursor**\n\n{A}\n\n---\n\n**User**\n\nthanks\n"
    assert [(each.role, each.content) for each in parse_messages(text)] == [*QA, ("user", "thanks")]
    asked = f"**User**\n\n{Q}\n\n"
    for rest in (f"**Cursor**\n\n{A}\n", "**First**\n\nx\n\n**Then**\n\ny", "**Note**\n\nx\n\n" * 3):
        text = asked + rest
        assert [each.error for each in parse_messages(text)] == ["unparsable_json"]
