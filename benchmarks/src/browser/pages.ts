// Fresh pages in headless Chromium, each of which runs one function of a bundle that this process serves.
//
// Pages are isolated from other origins: otherwise their clocks have steps of 100 µs instead of 5 µs.

import { createReadStream, createWriteStream } from "node:fs";
import { access } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { build } from "esbuild";
import { chromium, type LaunchOptions, type Page } from "playwright";
import { UsageError } from "../arguments.ts";

export interface PagesOptions {
  /** Returns the options of the Chromium that scripts/chromium.mjs finds. */
  readonly findChromium: () => LaunchOptions;
  /** The module whose default export pages run: a function of one argument, with a promise. */
  readonly entry: string;
  /** The tsconfig.json for the bundle. Default: the one nearest to each file. */
  readonly tsconfig?: string;
  /** Further folders that are served, by their names in addresses. */
  readonly folders?: Readonly<Record<string, string>>;
  /** A file that pages read and write at `/exchange`, for data that are too large for arguments and results. */
  readonly exchange?: string;
}

export interface Pages<Argument, Result> {
  /** The browser with its version. */
  readonly name: string;
  /**
   * Runs the function in a fresh page. Argument and result are passed like JSON, but NaN is supported.
   *
   * @param milliseconds the time limit. Default: none.
   */
  readonly call: (argument: Argument, milliseconds?: number) => Promise<Result>;
  readonly close: () => Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

const isolated = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cache-Control": "no-store",
};

/** @throws UsageError if there is no Chromium. */
export async function openPages<Argument, Result>(
  options: PagesOptions,
): Promise<Pages<Argument, Result>> {
  const launchOptions = launchOptionsOf(options);
  const files = await bundle(options);
  const html = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">';
  const browser = await chromium.launch(launchOptions);
  const { url, close } = await serve({ ...options, files: { ...files, "/": html } });

  async function call(argument: Argument, milliseconds?: number): Promise<Result> {
    // Each page has a new context, so that nothing is cached.
    const context = await browser.newContext();
    let timer: NodeJS.Timeout | undefined;
    try {
      const page = await context.newPage();
      const failed = new Promise<never>((_, reject) => {
        page.on("crash", () => reject(new Error("the page crashed")));
        if (milliseconds === undefined) return;
        const fail = () => reject(new Error(`the page took more than ${milliseconds} ms`));
        timer = setTimeout(fail, milliseconds);
      });
      return await Promise.race([runIn(page, argument), failed]);
    } finally {
      clearTimeout(timer);
      await context.close();
    }
  }

  async function runIn(page: Page, argument: Argument): Promise<Result> {
    await page.goto(url);
    const words = JSON.stringify(argument);
    return page.evaluate<Result>(`import("/page.js").then((module) => module.default(${words}))`);
  }

  return {
    name: `Chromium ${browser.version()}`,
    call,
    close: async () => {
      await browser.close();
      close();
    },
  };
}

function launchOptionsOf({ findChromium }: PagesOptions): LaunchOptions {
  try {
    return findChromium();
  } catch (error) {
    throw new UsageError(`--browser: ${error instanceof Error ? error.message : error}`);
  }
}

/** Bundles the entry as /page.js, with separate files for its dynamic imports. */
async function bundle({ entry, tsconfig }: PagesOptions): Promise<Record<string, Uint8Array>> {
  const root = path.resolve("/");
  const { outputFiles } = await build({
    entryPoints: { page: entry },
    outdir: root,
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    logLevel: "error",
    ...(tsconfig !== undefined && { tsconfig }),
  });
  return Object.fromEntries(
    outputFiles.map((file) => [`/${path.basename(file.path)}`, file.contents]),
  );
}

interface Served extends Pick<PagesOptions, "folders" | "exchange"> {
  /** The contents of the files, by address. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** Serves on a free port of this machine. */
async function serve(served: Served): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    answer(request, response, served).catch((error) => {
      // A closed page may leave unfinished requests.
      if (response.headersSent) response.destroy();
      else response.writeHead(404, isolated).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { files, folders = {}, exchange }: Served,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
  if (pathname === "/exchange" && exchange !== undefined && request.method === "PUT") {
    await pipeline(request, createWriteStream(exchange));
    response.writeHead(204, isolated).end();
    return;
  }
  const type = pathname === "/" ? ".html" : path.extname(pathname);
  response.setHeaders(
    new Headers({ ...isolated, "Content-Type": types[type] ?? "application/octet-stream" }),
  );
  const own = files[pathname];
  if (own !== undefined) {
    response.end(own);
    return;
  }
  const [, first = "", name = ""] = pathname.split("/");
  const folder = folders[first];
  const file = pathname === "/exchange" ? exchange : folder && path.join(folder, name);
  if (file === undefined) throw new Error(`There is no ${pathname}.`);
  // The file is checked first, since a failing stream would close the connection without a response.
  await access(file);
  await pipeline(createReadStream(file), response);
}
