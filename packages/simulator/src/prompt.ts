import { toArray, toObject } from "./json-value.ts";

const SPACE = 0x20;

/** Number of words in a text: runs of characters above U+0020. One pass, no copy. */
export function countWords(text: string): number {
  let words = 0;
  let isInWord = false;
  for (let index = 0; index < text.length; index += 1) {
    const isWordCharacter = text.charCodeAt(index) > SPACE;
    if (isWordCharacter && !isInWord) words += 1;
    isInWord = isWordCharacter;
  }
  return words;
}

/**
 * Words in prompt content of any dialect: a text, a list of texts or of parts
 * (`{"type":"text","text":"…"}`, also nested below `content`), a list of
 * messages, or a list of token numbers, where one number counts as one word.
 */
export function countPromptWords(content: unknown): number {
  if (typeof content === "string") return countWords(content);
  if (typeof content === "number") return 1;
  if (Array.isArray(content)) {
    return toArray(content).reduce<number>((sum, part) => sum + countPromptWords(part), 0);
  }
  const { text, content: nested } = toObject(content);
  return (
    (typeof text === "string" ? countWords(text) : 0) + (nested ? countPromptWords(nested) : 0)
  );
}
