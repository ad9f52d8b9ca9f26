/** Options of one chat request. */
export interface ChatOptions {
  readonly model?: string;
  readonly stream?: boolean;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly content?: string;
}

/** Sends one chat request. */
export function chat(
  url: string,
  {
    model = "llama3.2:3b",
    stream = false,
    path = "/olla/openai/v1/chat/completions",
    headers = {},
    signal,
    content = "hello",
  }: ChatOptions = {},
): Promise<Response> {
  return fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content }] }),
    ...(signal !== undefined && { signal }),
  });
}

/** What a client made of a stream. */
export interface StreamResult {
  readonly status: number;
  readonly events: readonly string[];
  /** True when the body ended without an error of the connection. */
  readonly complete: boolean;
}

/** Reads a stream of server-sent events to its end, clean or not. */
export async function readEvents(response: Response): Promise<StreamResult> {
  let text = "";
  let complete = true;
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  } catch {
    complete = false;
  }
  const events = text
    .split("\n\n")
    .filter((event) => event.startsWith("data: "))
    .map((event) => event.slice("data: ".length));
  return { status: response.status, events, complete };
}
