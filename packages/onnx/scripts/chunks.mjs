/** The files of the package's bundle: what programs import, and the command line. */
export const entries = { index: "src/index.ts", cli: "src/cli.ts" };
