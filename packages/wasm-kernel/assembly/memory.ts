// The address from which the host may allocate, and functions that clear and copy bytes.

/**
 * The bytes after the base's static data that are reserved for the static data of all groups, which are tables of
 * constants.
 */
const GROUPS_BYTES: usize = 6144;

/** Returns the first byte above all static data, where the host's arena may begin. */
export function heapBase(): usize {
  return __heap_base + GROUPS_BYTES;
}

/** Sets bytes to 0. */
export function clear(address: usize, bytes: usize): void {
  memory.fill(address, 0, bytes);
}

/** Copies bytes. */
export function copy(from: usize, to: usize, bytes: usize): void {
  memory.copy(to, from, bytes);
}
