// Takes the place of apps/server/src/compose-page.ts in a bundle, which has the files as base64.
export function createPage(encoded) {
  const files = encoded.map(([path, text]) => [path, Buffer.from(text, "base64")]);
  return { place: "the bundle", files: new Map(files) };
}
