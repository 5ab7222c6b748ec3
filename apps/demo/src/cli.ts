/**
 * The demo in the terminal: `npm start`, in the root of the repository.
 */

import { main } from "./terminal/main.ts";

// A reader that has seen enough, such as `npm start | head`, closes the pipe: no error for anyone.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = main(process.argv.slice(2), {
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  columns: process.stdout.columns ?? 80,
  styled: process.stdout.isTTY === true && !process.env["NO_COLOR"],
});
