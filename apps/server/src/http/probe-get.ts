/** Most bytes of an answer that are looked at. */
const MAX_BYTES = 1_048_576;

/**
 * Asks a server something small, without following redirects.
 *
 * @throws whatever the connection failed with
 */
export async function probeGet(
  url: string,
  signal: AbortSignal,
  headers: readonly (readonly [string, string])[] = [],
): Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}> {
  const response = await fetch(url, {
    signal,
    redirect: "manual",
    headers: [
      ["Accept", "application/json, text/plain, */*"],
      ...headers.map(([name, value]): [string, string] => [name, value]),
    ],
  });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BYTES) break;
  }
  return { status: response.status, headers: Object.fromEntries(response.headers), text };
}
