import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A key and its certificate, both PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate for 127.0.0.1 that vouches for itself, made anew so that no key is ever published. */
export function selfSignedCertificate(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const toSign = certificateBody(publicKey);
  const signature = bitString(sign("sha256", toSign, privateKey));
  const cert = sequence(toSign, ECDSA_WITH_SHA256, signature).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert}\n-----END CERTIFICATE-----\n`,
  };
}

/** TBSCertificate, version 3 (RFC 5280 §4.1). */
function certificateBody(publicKey: KeyObject): Buffer {
  const version = tagged(0xa0, tagged(0x02, Buffer.of(2)));
  const serial = tagged(0x02, Buffer.of(1));
  const commonName = sequence(objectId("550403"), tagged(0x0c, Buffer.from("olla test")));
  const name = sequence(tagged(0x31, commonName));
  const validity = sequence(
    tagged(0x17, Buffer.from("200101000000Z")),
    tagged(0x17, Buffer.from("491231235959Z")),
  );
  const keyInfo = publicKey.export({ type: "spki", format: "der" });
  const address = sequence(tagged(0x87, Buffer.of(127, 0, 0, 1)));
  const alternativeName = sequence(objectId("551d11"), tagged(0x04, address));
  const extensions = tagged(0xa3, sequence(alternativeName));
  return sequence(version, serial, ECDSA_WITH_SHA256, name, validity, name, keyInfo, extensions);
}

/** One DER element; contents of up to 65535 bytes. */
function tagged(tag: number, content: Buffer): Buffer {
  const { byteLength } = content;
  const length =
    byteLength < 0x80 ? Buffer.of(byteLength) : Buffer.of(0x82, byteLength >> 8, byteLength & 0xff);
  return Buffer.concat([Buffer.of(tag), length, content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function bitString(bits: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(0), bits]));
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, "hex"));
}

const ECDSA_WITH_SHA256: Buffer = sequence(objectId("2a8648ce3d040302"));
