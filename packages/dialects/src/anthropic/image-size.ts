/** Width and height in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Where the size is looked for; only JPEG files with large metadata have it further back. */
const SEARCHED_BYTES = 128 * 1_024;

/** Size of a PNG, GIF, WebP or JPEG image from its first bytes; undefined when it cannot be told. */
export function imageSize(base64: string): ImageSize | undefined {
  const bytes = Buffer.from(base64.slice(0, Math.ceil(SEARCHED_BYTES / 3) * 4), "base64");
  if (bytes.length < 30) return undefined;
  const mark = bytes.toString("latin1", 0, 12);
  if (mark.startsWith("\x89PNG\r\n\x1A\n"))
    return size(bytes.readUInt32BE(16), bytes.readUInt32BE(20));
  if (mark.startsWith("GIF8")) return size(bytes.readUInt16LE(6), bytes.readUInt16LE(8));
  if (mark.startsWith("\xFF\xD8")) return jpegSize(bytes);
  return mark.startsWith("RIFF") && mark.endsWith("WEBP") ? webpSize(bytes) : undefined;
}

function size(width: number, height: number): ImageSize | undefined {
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** ITU-T T.81 §B.1.1: segments with a length each; a start-of-frame segment holds the size. */
function jpegSize(bytes: Buffer): ImageSize | undefined {
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1] ?? 0;
    // C0 to CF are frames but for DHT (C4), JPG (C8) and DAC (CC).
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return size(bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5));
    // FF before a marker is filling.
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

/** RFC 9649 §2.5 to 2.7: lossy, lossless and extended files keep the size in different places. */
function webpSize(bytes: Buffer): ImageSize | undefined {
  switch (bytes.toString("latin1", 12, 16)) {
    case "VP8 ":
      return size(bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff);
    case "VP8L": {
      const bits = bytes.readUInt32LE(21);
      return size((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
    }
    case "VP8X":
      return size(bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1);
    default:
      return undefined;
  }
}
