/** Whether the text can name a header field: a token of RFC 9110, section 5.6.2. */
export function isFieldName(text: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(text);
}

/** Whether a header field can carry the text: Latin-1 without control characters but the tab. */
export function isFieldValue(text: string): boolean {
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(text);
}
