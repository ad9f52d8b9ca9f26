"""Checks that the official Python clients work against a gateway, unmodified.

    check_clients.py http://127.0.0.1:40114

The gateway has to have the backends of serve-fleet.ts behind it. Prints a line
for every check that fails, then "N passed, M failed". Exit status 1 when any failed.
"""

import json
import sys
import time
import traceback
import urllib.request

import anthropic
import ollama
import openai

URL = sys.argv[1].rstrip("/")
KINDS = ["openai-compatible", "vllm", "ollama", "anthropic", "ollama-native"]
EMBEDDING_KINDS = ["openai-compatible", "vllm", "ollama", "ollama-native"]
CANCEL_WAIT_SECONDS = 5

QUESTION = [{"role": "user", "content": "hello"}]
TOWN = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
FUNCTION = {
    "type": "function",
    "function": {"name": "weather", "description": "Tells the weather.", "parameters": TOWN},
}

openai_client = openai.OpenAI(
    base_url=f"{URL}/olla/openai/v1", api_key="client-secret", max_retries=0
)
anthropic_client = anthropic.Anthropic(
    base_url=f"{URL}/olla/anthropic", api_key="client-secret", max_retries=0
)
ollama_client = ollama.Client(host=f"{URL}/olla/ollama")

checks = []


def check(kinds=None):
    """Registers a check; with kinds, one for each of them."""

    def register(function):
        if kinds is None:
            checks.append((function.__name__, function))
        for kind in kinds or []:
            checks.append((f"{function.__name__}[{kind}]", lambda kind=kind: function(kind)))
        return function

    return register


def expect(actual, wanted):
    assert actual == wanted, f"got {actual!r}, expected {wanted!r}"


def raised(kind, work):
    """The error of that class which the work raises."""
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def connections():
    """Requests that the backends are serving now."""
    with urllib.request.urlopen(f"{URL}/internal/status") as response:
        status = json.load(response)
    return sum(endpoint["connections"] for endpoint in status["endpoints"])


def expect_no_connections():
    deadline = time.monotonic() + CANCEL_WAIT_SECONDS
    while connections() > 0:
        assert time.monotonic() < deadline, "a backend still works for a client that left"
        time.sleep(0.02)


# openai


@check()
def openai_list():
    names = {model.id for model in openai_client.models.list()}
    missing = {f"{kind}-pine" for kind in KINDS} - names
    expect(missing, set())


@check(KINDS)
def openai_chat(kind):
    answer = openai_client.chat.completions.create(model=f"{kind}-pine", messages=QUESTION)
    expect(answer.choices[0].message.content, "one two three")
    expect(answer.choices[0].finish_reason, "stop")
    expect((answer.usage.prompt_tokens, answer.usage.completion_tokens), (1, 3))


@check(KINDS)
def openai_stream(kind):
    stream = openai_client.chat.completions.create(
        model=f"{kind}-pine",
        messages=QUESTION,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    expect([piece for piece in pieces if piece], ["one", " two", " three"])
    expect(chunks[-1].usage.completion_tokens, 3)


@check(KINDS)
def openai_tools(kind):
    request = {"model": f"{kind}-caller", "tools": [FUNCTION]}
    with openai_client.chat.completions.stream(messages=QUESTION, **request) as stream:
        message = stream.get_final_completion().choices[0].message
    [call] = message.tool_calls
    expect((call.function.name, json.loads(call.function.arguments)), ("weather", {"town": "Graz"}))
    result = {"role": "tool", "tool_call_id": call.id, "content": "mild"}
    asked = {
        "role": "assistant",
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.function.name, "arguments": call.function.arguments},
            }
        ],
    }
    answer = openai_client.chat.completions.create(messages=[*QUESTION, asked, result], **request)
    expect(answer.choices[0].message.content, "It is mild.")


@check(KINDS)
def openai_responses(kind):
    answer = openai_client.responses.create(model=f"{kind}-pine", input="hello")
    expect((answer.status, answer.output_text), ("completed", "one two three"))


@check(KINDS)
def openai_responses_stream(kind):
    with openai_client.responses.stream(model=f"{kind}-pine", input="hello") as stream:
        numbers = [event.sequence_number for event in stream]
        final = stream.get_final_response()
    expect(numbers, list(range(len(numbers))))
    expect(final.output_text, "one two three")


@check(EMBEDDING_KINDS)
def openai_embeddings(kind):
    model = f"{kind}-embedder"
    encoded = openai_client.embeddings.create(model=model, input=["a", "b"])
    numbers = openai_client.embeddings.create(
        model=model, input=["a", "b"], encoding_format="float"
    )
    for one, other in zip(encoded.data, numbers.data, strict=True):
        expect(len(one.embedding), 6)
        assert all(abs(a - b) < 1e-6 for a, b in zip(one.embedding, other.embedding))


@check(KINDS)
def openai_cancel(kind):
    stream = openai_client.chat.completions.create(
        model=f"{kind}-endless", messages=QUESTION, stream=True
    )
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            break
    stream.close()
    expect_no_connections()


@check()
def openai_errors():
    chat = openai_client.chat.completions
    unknown = raised(
        openai.NotFoundError, lambda: chat.create(model="nobody", messages=QUESTION)
    )
    expect((unknown.code, unknown.type), ("model_not_found", "invalid_request_error"))
    assert unknown.request_id, "no request id"
    busy = raised(
        openai.RateLimitError, lambda: chat.create(model="busy-pine", messages=QUESTION)
    )
    expect(busy.response.headers["retry-after"], "7")
    several = raised(
        openai.BadRequestError,
        lambda: chat.create(model="anthropic-pine", messages=QUESTION, n=2),
    )
    expect(several.param, "n")
    stored = raised(
        openai.BadRequestError,
        lambda: openai_client.responses.create(
            model="anthropic-pine", input="hello", previous_response_id="resp_1"
        ),
    )
    expect((stored.param, stored.code), ("previous_response_id", "invalid_request"))


# anthropic


@check()
def anthropic_list():
    names = {model.id for model in anthropic_client.models.list(limit=3)}
    missing = {f"{kind}-pine" for kind in KINDS} - names
    expect(missing, set())
    expect(anthropic_client.models.retrieve("vllm-pine").id, "vllm-pine")


@check(KINDS)
def anthropic_create(kind):
    message = anthropic_client.messages.create(
        model=f"{kind}-pine", max_tokens=50, messages=QUESTION
    )
    expect(message.content[0].text, "one two three")
    expect(message.stop_reason, "end_turn")
    expect((message.usage.input_tokens, message.usage.output_tokens), (1, 3))
    assert message._request_id, "no request id"


@check(KINDS)
def anthropic_stream(kind):
    with anthropic_client.messages.stream(
        model=f"{kind}-pine", max_tokens=50, messages=QUESTION
    ) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()
    expect(pieces, ["one", " two", " three"])
    expect(final.usage.output_tokens, 3)


@check(KINDS)
def anthropic_tools(kind):
    request = {
        "model": f"{kind}-caller",
        "max_tokens": 50,
        "tools": [{"name": "weather", "description": "Tells the weather.", "input_schema": TOWN}],
    }
    with anthropic_client.messages.stream(messages=QUESTION, **request) as stream:
        content = stream.get_final_message().content
    [call] = [block for block in content if block.type == "tool_use"]
    expect((call.name, call.input), ("weather", {"town": "Graz"}))
    asked = {"type": "tool_use", "id": call.id, "name": call.name, "input": call.input}
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "mild"}
    answer = anthropic_client.messages.create(
        messages=[
            *QUESTION,
            {"role": "assistant", "content": [asked]},
            {"role": "user", "content": [result]},
        ],
        **request,
    )
    expect(answer.content[-1].text, "It is mild.")


@check(KINDS)
def anthropic_count_tokens(kind):
    count = anthropic_client.messages.count_tokens(model=f"{kind}-pine", messages=QUESTION)
    assert count.input_tokens >= 1, f"got {count.input_tokens}"


@check(KINDS)
def anthropic_cancel(kind):
    with anthropic_client.messages.stream(
        model=f"{kind}-endless", max_tokens=5000, messages=QUESTION
    ) as stream:
        next(iter(stream.text_stream))
    expect_no_connections()


@check()
def anthropic_errors():
    create = anthropic_client.messages.create
    unknown = raised(
        anthropic.NotFoundError,
        lambda: create(model="nobody", max_tokens=5, messages=QUESTION),
    )
    expect(unknown.body["error"]["type"], "not_found_error")
    assert unknown.request_id, "no request id"
    busy = raised(
        anthropic.RateLimitError,
        lambda: create(model="busy-pine", max_tokens=5, messages=QUESTION),
    )
    expect(busy.response.headers["retry-after"], "7")
    raised(
        anthropic.BadRequestError,
        lambda: create(model="vllm-pine", max_tokens=0, messages=QUESTION),
    )


# ollama


@check()
def ollama_list():
    names = {model.model for model in ollama_client.list().models}
    missing = {f"{kind}-pine" for kind in KINDS} - names
    expect(missing, set())


@check()
def ollama_show_and_ps():
    shown = ollama_client.show("vllm-pine")
    assert shown.modelinfo, "no model information"
    assert ollama_client.ps().models is not None, "no list of loaded models"


@check(KINDS)
def ollama_chat(kind):
    answer = ollama_client.chat(model=f"{kind}-pine", messages=QUESTION)
    expect(answer.message.content, "one two three")
    expect((answer.done, answer.done_reason, answer.eval_count), (True, "stop", 3))


@check(KINDS)
def ollama_stream(kind):
    parts = list(ollama_client.chat(model=f"{kind}-pine", messages=QUESTION, stream=True))
    pieces = [part.message.content for part in parts]
    expect([piece for piece in pieces if piece], ["one", " two", " three"])
    expect(parts[-1].done, True)
    assert isinstance(parts[-1].total_duration, int), f"got {parts[-1].total_duration!r}"


@check(KINDS)
def ollama_tools(kind):
    request = {"model": f"{kind}-caller", "tools": [FUNCTION]}
    message = ollama_client.chat(messages=QUESTION, **request).message
    [call] = message.tool_calls
    expect((call.function.name, call.function.arguments), ("weather", {"town": "Graz"}))
    result = {"role": "tool", "content": "mild", "tool_name": "weather"}
    answer = ollama_client.chat(messages=[*QUESTION, message, result], **request)
    expect(answer.message.content, "It is mild.")


@check(KINDS)
def ollama_generate(kind):
    answer = ollama_client.generate(model=f"{kind}-pine", prompt="hello")
    expect((answer.response, answer.done), ("one two three", True))
    parts = list(ollama_client.generate(model=f"{kind}-pine", prompt="hello", stream=True))
    expect("".join(part.response for part in parts), "one two three")


@check(KINDS)
def ollama_load(kind):
    answer = ollama_client.generate(model=f"{kind}-pine", prompt="")
    expect(answer.done, True)


@check(EMBEDDING_KINDS)
def ollama_embed(kind):
    model = f"{kind}-embedder"
    several = ollama_client.embed(model=model, input=["a", "b"])
    expect([len(vector) for vector in several.embeddings], [6, 6])
    expect(len(ollama_client.embeddings(model=model, prompt="a").embedding), 6)


@check(KINDS)
def ollama_cancel(kind):
    stream = ollama_client.chat(model=f"{kind}-endless", messages=QUESTION, stream=True)
    for part in stream:
        if part.message.content:
            break
    stream.close()
    expect_no_connections()


@check()
def ollama_errors():
    unknown = raised(
        ollama.ResponseError, lambda: ollama_client.chat(model="nobody", messages=QUESTION)
    )
    expect(unknown.status_code, 404)
    assert "nobody" in unknown.error, f"got {unknown.error!r}"
    busy = raised(
        ollama.ResponseError,
        lambda: list(ollama_client.chat(model="busy-pine", messages=QUESTION, stream=True)),
    )
    expect(busy.status_code, 429)


def main():
    failed = 0
    for name, run in checks:
        try:
            run()
        except Exception:
            failed += 1
            print(f"FAILED {name}\n{traceback.format_exc()}", file=sys.stderr)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
