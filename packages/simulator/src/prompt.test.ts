import { describe, expect, it } from "vitest";

import { countPromptWords, countWords } from "./prompt.ts";

describe("countWords", () => {
  it.each([
    { text: "", words: 0 },
    { text: "  \n\t ", words: 0 },
    { text: "one", words: 1 },
    { text: " one\ntwo  three ", words: 3 },
  ])("finds $words words in $text", ({ text, words }) => {
    expect(countWords(text)).toBe(words);
  });

  it("counts a megabyte without copying it apart", () => {
    expect(countWords("word ".repeat(200_000))).toBe(200_000);
  });
});

describe("countPromptWords", () => {
  it.each([
    { shape: "a text", content: "one two", words: 2 },
    { shape: "texts", content: ["one two", "three"], words: 3 },
    { shape: "token numbers", content: [1, 2, 3], words: 3 },
    { shape: "messages", content: [{ role: "user", content: "one two" }], words: 2 },
    {
      shape: "parts, images left out",
      content: [
        {
          content: [
            { type: "text", text: "one" },
            { type: "image_url", image_url: {} },
          ],
        },
      ],
      words: 1,
    },
    {
      shape: "tool results",
      content: [{ content: [{ type: "tool_result", content: [{ text: "one two" }] }] }],
      words: 2,
    },
    { shape: "nothing", content: undefined, words: 0 },
  ])("counts $shape", ({ content, words }) => {
    expect(countPromptWords(content)).toBe(words);
  });
});
