// The one order in which an element of a matrix product is summed. It never changes, because the
// JavaScript runner repeats it bit for bit.
//
//   k   | chunk 0 (4096) | chunk 1 (4096) | … | last chunk (1 to 4096) |
//
// Inside a chunk the sum starts at +0 and adds the products in the order of k, each product and
// each sum rounded. The sums of the chunks are added in order. So neither the blocking nor the
// transposes nor the number of threads can change a bit, and the error of a long sum is bounded.

/** Products in one chunk. */
export const CHUNK: usize = 4096;
