/** What a model writes, by the names that the dialects give it, where it is not empty; and calls of tools. */
const CONTENT =
  /"(?:content|text|reasoning_content|reasoning|thinking|refusal|response|delta|arguments|partial_json)"\s*:\s*"[^"]|"tool_calls"\s*:\s*\[\s*\{|"tool_use"/;

/**
 * Whether a piece of a stream holds something that a model wrote, in any dialect. Events
 * that only begin an answer, such as `message_start` or a delta with the role alone, hold
 * nothing, nor do comments. A name that is cut by the end of the piece is not seen.
 */
export function holdsContent({ buffer, byteOffset, byteLength }: Uint8Array): boolean {
  return CONTENT.test(Buffer.from(buffer, byteOffset, byteLength).toString("latin1"));
}
