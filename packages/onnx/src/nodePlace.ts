/**
 * The node of an imported model that is running, so that an export of it has its names.
 */

let running = "";

/**
 * Returns the way to the layer that the running node is in, such as `attention/query`; empty outside of nodes and of
 * layers.
 */
export function placeOfNode(): string {
  return running;
}

/** Runs a node, whose name has the way to its layer before its operator, as `/attention/query/MatMul`. */
export function insideNode<Result>(name: string, run: () => Result): Result {
  const outer = running;
  running = name.startsWith("/") ? name.slice(1, Math.max(1, name.lastIndexOf("/"))) : outer;
  try {
    return run();
  } finally {
    running = outer;
  }
}
