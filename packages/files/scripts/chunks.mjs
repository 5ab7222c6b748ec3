/** The files of the package's bundle: what runs everywhere, and what needs the file system of Node. */
export const entries = { index: "src/index.ts", node: "src/node.ts" };
