/** Serves the built site: `npm run docs` in the root of the repository. */

import { preview } from "vite";
import { docs } from "./paths.mjs";

const server = await preview({
  root: docs,
  logLevel: "error",
  preview: { host: "127.0.0.1", port: 4174, strictPort: false, open: false },
});
console.log(`graddiff docs: ${server.resolvedUrls?.local[0]}`);
