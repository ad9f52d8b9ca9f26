import { describe, expect, it } from "vitest";

import { defaultUnificationRules } from "./default-rules.ts";
import { normalizeQuantization } from "./normalize-quantization.ts";
import { toParameterSize } from "./parameter-size.ts";

describe("toParameterSize", () => {
  it.each([
    ["8.0B", "8b", 8e9],
    ["14.7B", "14.7b", 14.7e9],
    ["1500M", "1.5b", 1.5e9],
    ["7615.62M", "7.6b", 7_615_620_000],
    ["137M", "137m", 137e6],
    ["494.03M", "494m", 494_030_000],
    ["0.5B", "0.5b", 5e8],
    ["7", "7b", 7e9],
    ["8x7B", "8x7b", 56e9],
    ["30B-A3B", "30b-a3b", 30e9],
    ["1T", "1t", 1e12],
    ["250k", "250k", 250_000],
    ["0.05B", "0.05b", 5e7],
    ["tiny", "tiny", 0],
    [undefined, "", 0],
    ["", "", 0],
  ])("PV-55 RT-62 reads %s as %s, %d parameters", (reported, label, count) => {
    expect(toParameterSize(reported, undefined)).toEqual({ label, count });
  });

  it("makes a label of the exact number when no size is reported", () => {
    expect(toParameterSize(undefined, 7_200_000_000)).toEqual({ label: "7.2b", count: 7.2e9 });
  });

  it("prefers the exact number to the one in the size", () => {
    expect(toParameterSize("8B", 8_030_261_248)).toEqual({ label: "8b", count: 8_030_261_248 });
  });
});

describe("normalizeQuantization", () => {
  it.each([
    ["Q4_K_M", "q4km"],
    ["q4_k_m", "q4km"],
    ["Q8_0", "q8"],
    ["F16", "f16"],
    ["BF16", "bf16"],
    ["Q5_1", "q5_1"],
    ["GPTQ-4BIT", "gptq4"],
    ["MXFP4", "mxfp4"],
    ["IQ4_XS", "q4"],
    ["IQ3_XXS", "q3"],
    ["Q5_K_XS", "q5"],
    ["Q6_K_L", "q6kl"],
    ["Q3_K", "q3k"],
    ["UD-Q4_K_XL", "q4kxl"],
    ["FP8", "f8"],
    ["fp8_e4m3", "f8"],
    ["w8a8-int8", "int8"],
    ["model-bf16", "bf16"],
    ["4bit", "4bit"],
    ["constructor", "constructor"],
    ["", ""],
    [undefined, ""],
  ])("PV-55 RT-62 shortens %s to %s", (label, short) => {
    expect(normalizeQuantization(label, defaultUnificationRules)).toBe(short);
  });
});
