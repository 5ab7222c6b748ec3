/**
 * The numbers of the random sequences of layers and data, so that all may use one seed and draw different numbers. They
 * must not change, since the bits of the draws depend on them.
 */

export const WEIGHTS = 12;
export const PARTS = 13;
export const INITIALIZE = 16;
export const BATCHES = 17;
export const SPLIT_DATA = 18;
export const GENERATE = 19;
