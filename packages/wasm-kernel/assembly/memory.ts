// Where the host may start to allocate.

/** The first byte above the module's static data, where the host's arena may begin. */
export function heapBase(): usize {
  return __heap_base;
}
