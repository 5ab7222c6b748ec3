/**
 * Serves the built page: `npm run demo:web` in the root of the repository.
 *
 *   --port N   the port to start at (default 4173); the next free one if it is taken
 */

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { preview } from "vite";

const HOST = "127.0.0.1";
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

function fail(message) {
  process.stderr.write(`graddiff demo: ${message}\n`);
  process.exit(2);
}

function readPort() {
  try {
    const { values } = parseArgs({ options: { port: { type: "string", default: "4173" } } });
    const port = Number(values.port);
    if (values.port.trim() !== "" && Number.isInteger(port) && port >= 1 && port <= 65535) {
      return port;
    }
  } catch {
    // The same words for every wrong argument.
  }
  return fail("the only option is --port N, with N from 1 to 65535");
}

const port = readPort();
if (!existsSync(join(root, "dist/web/index.html"))) {
  fail("the page is not built yet: run npm run demo:web in the root, which builds it");
}
const server = await preview({
  root,
  logLevel: "error",
  preview: { host: HOST, port, strictPort: false, open: false },
});
const address = server.httpServer.address();
process.stdout.write(`graddiff demo: http://${HOST}:${address.port}/\n`);
