/** What came over the connection is no HTTP/1.1 answer that could be passed on. */
export class MalformedResponse extends Error {
  override readonly name: string = "MalformedResponse";
}

/** The other side closed the connection before its answer was complete. */
export class ConnectionClosed extends Error {
  override readonly name: string = "ConnectionClosed";
}

/** The request holds what HTTP does not allow; nothing of it was sent. */
export class UnsendableRequest extends Error {
  override readonly name: string = "UnsendableRequest";
}
