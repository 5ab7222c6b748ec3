// Where the host may start to allocate.

/** Bytes behind the base's static data for that of all groups: the tables of their constants. */
const GROUPS_BYTES: usize = 4096;

/** The first byte above all static data, where the host's arena may begin. */
export function heapBase(): usize {
  return __heap_base + GROUPS_BYTES;
}
