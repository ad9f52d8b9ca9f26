import type { LoadPlan } from "./plan.ts";

const FILLER = "lorem ipsum dolor sit amet consectetur ";
/** Larger ones are sent as bytes, which are not copied for every write. */
const LARGEST_TEXT = 16 * 1_024;

/** One request per model, head and body, ready to be written. */
export function buildRequests({
  url,
  headers,
  models,
  bodyBytes,
  stream,
}: LoadPlan): readonly (string | Buffer)[] {
  const { host, pathname } = new URL(url);
  const fields = {
    Host: host,
    "Content-Type": "application/json",
    Accept: "*/*",
    "User-Agent": "bench",
    Authorization: "Bearer bench",
    ...headers,
  };
  return models.map((model) => {
    const begin = `{"model":"${model}","stream":${stream},"messages":[{"role":"user","content":"`;
    const end = `"}]}`;
    const room = Math.max(1, bodyBytes - begin.length - end.length);
    const text = FILLER.repeat(Math.ceil(room / FILLER.length)).slice(0, room);
    const body = begin + text + end;
    const lines = Object.entries({ ...fields, "Content-Length": body.length });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const request = `POST ${pathname} HTTP/1.1\r\n${head}\r\n${body}`;
    return request.length > LARGEST_TEXT ? Buffer.from(request, "latin1") : request;
  });
}
