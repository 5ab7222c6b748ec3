/** Rows in Chromium: pages, content security policies and workers. Each sends its report to the server of its page. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { NotHere } from "../execute.mjs";
import { byEsbuild, load } from "./bundlers.mjs";

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".cjs": "text/javascript",
  ".wasm": "application/wasm",
};

const SECONDS = 30;

/**
 * Returns a server of a folder and of the texts of `pages`, by path, and a promise of the first report that is posted to
 * it.
 */
function serve(folder, pages, headers) {
  const { promise, resolve: done, reject: fail } = deferred();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method === "POST") {
      let text = "";
      request.on("data", (piece) => {
        text += piece;
      });
      request.on("end", () => {
        response.end();
        done(JSON.parse(text));
      });
      return;
    }
    const file = join(folder, pathname);
    const body =
      pages[pathname] ?? (existsSync(file) && extname(file) ? readFileSync(file) : undefined);
    if (body === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(pathname) || ".html"] ?? "text/plain";
    response.writeHead(200, { "content-type": type, ...headers }).end(body);
  });
  return { server, promise, fail };
}

function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((done, fail) => {
    [resolve, reject] = [done, fail];
  });
  return { promise, resolve, reject };
}

let browser;

/** Returns the Chromium that all rows share, and starts it at the first call. */
async function chromium() {
  if (browser !== undefined) return browser;
  try {
    // The browser and Playwright are those of the workspace's tests of browsers.
    const { chromiumOptions } = await import("../../scripts/chromium.mjs");
    const playwright = await import("playwright");
    browser = await playwright.chromium.launch(chromiumOptions());
  } catch (error) {
    throw new NotHere(String(error.message ?? error).split("\n")[0]);
  }
  return browser;
}

/**
 * Opens a page with some HTML, and returns the report that it posts. Requests to addresses that match `outside.at`, on
 * another host, are answered with the script that `outside.answer` returns.
 */
export async function open(folder, html, { pages = {}, headers = {}, outside } = {}) {
  const program = await chromium();
  const { server, promise, fail } = serve(folder, { "/": html, ...pages }, headers);
  await new Promise((done) => server.listen(0, done));
  const page = await program.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  const timer = setTimeout(
    () => fail(new Error(`nothing came back in ${SECONDS} s: ${said.join("; ")}`)),
    1000 * SECONDS,
  );
  try {
    if (outside !== undefined) {
      await page.route(outside.at, (route) => {
        try {
          const body = outside.answer(new URL(route.request().url()));
          const access = { "access-control-allow-origin": "*" };
          return route.fulfill({ body, contentType: "text/javascript", headers: access });
        } catch (error) {
          fail(error);
          return route.abort();
        }
      });
    }
    await page.goto(`http://localhost:${server.address().port}/`);
    return await promise;
  } finally {
    clearTimeout(timer);
    await page.close();
    server.closeAllConnections();
    server.close();
  }
}

export const module = (source) => `<!doctype html><script type="module" src="${source}"></script>`;

/** Returns the row of a page that loads the bundle as a module, under a content security policy. */
const page = (name, policy, expected) => ({
  name,
  expected,
  run: async (context) => {
    await byEsbuild(context, "send.mjs", "esm", "send.mjs");
    const headers = policy ? { "content-security-policy": policy } : {};
    return await open(join(context.folder, "bundles"), module("/send.mjs"), { headers });
  },
});

/** Returns the row of a page whose script, `start`, starts a worker with the bundle in a format. */
const worker = (name, format, start, more = {}) => ({
  name,
  run: async (context) => {
    const file = `worker.${format}.js`;
    await byEsbuild(context, more.entry ?? "send.mjs", format, file);
    const pages = { "/start.js": start(`/${file}`) };
    return await open(
      join(context.folder, "bundles"),
      '<!doctype html><script src="/start.js"></script>',
      {
        pages,
      },
    );
  },
});

/** Writes a page for Vite beside the program, and returns Vite's options. */
function site({ folder }) {
  writeFileSync(join(folder, "index.html"), module("/send.mjs"));
  return { root: folder, configFile: false, logLevel: "error", cacheDir: join(folder, ".vite") };
}

/** Builds the page by Vite, serves the build, and returns the report. */
async function viteBuild(context) {
  const { build, preview } = await load(context, "vite");
  const options = site(context);
  await build({ ...options, build: { outDir: "bundles/site" } });
  return await postedBy(
    await preview({ ...options, build: { outDir: "bundles/site" }, preview: { port: 0 } }),
  );
}

/** Serves the page by Vite's development server, which bundles only the packages, and returns the report. */
async function viteDev(context) {
  const { createServer: createVite } = await load(context, "vite");
  const vite = await createVite({ ...site(context), server: { port: 0 } });
  return await postedBy(await vite.listen());
}

/** Opens the page of one of Vite's servers, and returns the report that it posts. */
export async function postedBy(vite) {
  const program = await chromium();
  const opened = await program.newPage();
  const said = [];
  opened.on("console", (message) => said.push(message.text()));
  opened.on("pageerror", (error) => said.push(String(error)));
  try {
    const sent = opened.waitForRequest((request) => request.method() === "POST", {
      timeout: 1000 * SECONDS,
    });
    await opened.goto(vite.resolvedUrls.local[0]);
    return JSON.parse((await sent).postData() ?? "{}");
  } catch (error) {
    throw new Error(`${String(error.message).split("\n")[0]}: ${said.join("; ")}`);
  } finally {
    await opened.close();
    await vite.close();
  }
}

const IMPORTS = JSON.stringify({
  imports: {
    "@graddiff/core": "/node_modules/@graddiff/core/dist/index.js",
    "@graddiff/core/extend": "/node_modules/@graddiff/core/dist/extend.js",
    "@graddiff/core/internal": "/node_modules/@graddiff/core/dist/internal.js",
    "@graddiff/nn": "/node_modules/@graddiff/nn/dist/index.js",
    "@graddiff/wasm-kernel": "/node_modules/@graddiff/wasm-kernel/dist/index.js",
  },
});

const forbidden = {
  runner: "js",
  warning: /^graddiff: [^.]*\. [^.]*'wasm-unsafe-eval'[^.]*setRunner\("js"\)[^.]*\.$/,
};

export const browserRows = [
  { name: "Vite, build and preview, Chromium", run: viteBuild },
  { name: "Vite, development, Chromium", expected: { named: true }, run: viteDev },
  {
    name: "a page with an import map, Chromium",
    expected: { named: true },
    run: async ({ folder }) =>
      await open(
        folder,
        `<!doctype html><script type="importmap">${IMPORTS}</script>` +
          '<script type="module" src="/send.mjs"></script>',
      ),
  },
  page("a policy without 'wasm-unsafe-eval'", "script-src 'self'", forbidden),
  page("a policy with 'wasm-unsafe-eval'", "script-src 'self' 'wasm-unsafe-eval'", {}),
  page(
    "a policy that requires trusted types",
    "script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'",
    {},
  ),
  worker("a module worker", "esm", (file) => `new Worker("${file}", { type: "module" });`),
  worker("a classic worker", "iife", (file) => `new Worker("${file}");`),
  worker("a shared worker", "iife", (file) => `new SharedWorker("${file}");`),
  worker("a service worker", "iife", (file) => `navigator.serviceWorker.register("${file}");`),
];

/** Closes Chromium if it was started. */
export async function closeBrowser() {
  await browser?.close();
}
