/** Whether the text can name a header field: a token of RFC 9110, section 5.6.2. */
export function isFieldName(text: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(text);
}

/** Whether a header field can carry the text: Latin-1 without control characters but the tab. */
export function isFieldValue(text: string): boolean {
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(text);
}

const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Whether the field frames a message or rules its connection, so that a fixed value breaks requests. */
export function isConnectionField(name: string): boolean {
  return CONNECTION_FIELDS.has(name.toLowerCase());
}
