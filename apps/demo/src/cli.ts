/**
 * The demo in the terminal: `npm start`, in the root of the repository.
 */

import { readFileSync } from "node:fs";
import { main } from "./terminal/main.ts";

// A closed pipe, as from `npm start | head`, is not reported as an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const manifest: unknown = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

process.exitCode = main(process.argv.slice(2), {
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  styled: process.stdout.isTTY === true && !process.env["NO_COLOR"],
  version: String((manifest as { version?: unknown }).version),
});
