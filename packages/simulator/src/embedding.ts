const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A unit vector that depends on the text alone: the same text gives the same
 * vector on every backend, and different texts practically never do.
 *
 * FNV-1a of the text seeds a xorshift generator that fills the vector.
 */
export function embedText(text: string, dimensions: number): Float32Array {
  let state = FNV_OFFSET;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), FNV_PRIME);
  }
  state ||= 1; // xorshift never leaves zero
  const vector = new Float32Array(dimensions);
  let squares = 0;
  for (let index = 0; index < dimensions; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const component = state / 0x80000000;
    vector[index] = component;
    squares += component * component;
  }
  const length = Math.sqrt(squares);
  return vector.map((component) => component / length);
}

/** The vector as OpenAI's `encoding_format: "base64"` has it: little-endian 32-bit floats. */
export function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  vector.forEach((component, index) => {
    bytes.writeFloatLE(component, index * Float32Array.BYTES_PER_ELEMENT);
  });
  return bytes.toString("base64");
}
