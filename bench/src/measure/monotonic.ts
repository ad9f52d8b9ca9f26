const [seconds, nanoseconds] = process.hrtime();
const originMicroseconds = seconds * 1e6 + nanoseconds / 1e3 - performance.now() * 1e3;

/** Whole microseconds of a clock that all processes of the machine read alike. */
export function monotonicMicroseconds(): number {
  return Math.round(originMicroseconds + performance.now() * 1e3);
}
