/** Where the value of a key comes from. */
export type Origin =
  | { readonly kind: "default" }
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "file"; readonly file: string; readonly line: number };
