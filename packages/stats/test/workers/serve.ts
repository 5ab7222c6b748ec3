/** A worker of eight schools. */

import { serveChains } from "@graddiff/stats";
import { schools } from "./schools.ts";

await serveChains(schools);
