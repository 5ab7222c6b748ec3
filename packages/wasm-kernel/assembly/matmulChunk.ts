// The order in which an element of a matrix product is summed. It never changes, because the JavaScript runner has the
// same order and so the same bits.
//
//   k   | chunk 0 (4096) | chunk 1 (4096) | … | last chunk (1 to 4096) |
//
// Inside a chunk the sum starts at +0 and adds the products in the order of k, each product and
// each sum rounded. The sums of the chunks are added in order. So the bits do not depend on blocks, transposes or the
// number of threads, and the error of a long sum is bounded.

/** Products in one chunk. */
export const CHUNK: usize = 4096;
