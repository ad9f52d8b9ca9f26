/** How a command ends, for scripts. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  unservable: 4,
} as const;

/** A command that could not do what it was asked to; the message is for whoever asked. */
export class CommandFailure extends Error {
  override readonly name: string = "CommandFailure";
  readonly status: number;

  /** @param status exit status of the program */
  constructor(message: string, status: number = EXIT.failed) {
    super(message);
    this.status = status;
  }
}
