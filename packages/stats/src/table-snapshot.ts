/** Fill of one structure of fixed size, for example the rate limiter's table. */
export interface TableSnapshot {
  readonly name: string;
  readonly entries: number;
  readonly capacity: number;
}
