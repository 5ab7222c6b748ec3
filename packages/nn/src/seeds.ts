/**
 * The numbers of the sequences that layers and data have of a seed, so that all may have one seed. They stay, since the bits
 * that are drawn follow from them.
 */

export const WEIGHTS = 12;
export const PARTS = 13;
export const INITIALIZE = 16;
export const BATCHES = 17;
export const SPLIT_DATA = 18;
export const GENERATE = 19;
