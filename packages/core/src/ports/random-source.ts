/** A number from 0 (included) to 1 (excluded), as `Math.random`. */
export type RandomSource = () => number;
