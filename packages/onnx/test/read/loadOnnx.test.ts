/** Models from URLs, responses and blobs. */

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Tensor, uniform } from "@graddiff/core";
import { Dense } from "@graddiff/nn";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { exportOnnx, type LoadOptions, loadOnnx } from "../../src/index.ts";

const layer = new Dense(300, 50, { seed: 1 });
const apply = (x: Tensor) => layer.forward(x);
const x = uniform([2, 300], { seed: 2 });
const { bytes } = exportOnnx(apply, [x], { variables: layer });
const two = exportOnnx(apply, [x], { variables: layer, external: { name: "w 1.bin", above: 300 } });
const weights = two.external[0]?.bytes ?? new Uint8Array();

/** The server's handlers by path, and the requests that it received. */
const files = new Map<string, (response: ServerResponse) => void>();
const asked: string[] = [];
const server = createServer(({ url = "" }, response) => {
  asked.push(url);
  const answer = files.get(url);
  if (answer !== undefined) return answer(response);
  response.writeHead(404).end("<html>nothing here</html>");
});
let root = "";

const sends = (body: Uint8Array | string) => (response: ServerResponse) => {
  response.writeHead(200, { "content-length": Buffer.byteLength(body) }).end(body);
};

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked.length = 0;
  files.clear();
  files.set("/m/whole.onnx", sends(bytes));
  files.set("/m/two.onnx?v=1", sends(two.bytes));
  files.set("/m/w%201.bin", sends(weights));
});
afterEach(() => {
  vi.unstubAllGlobals();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function expectLayer(model: ReturnType<typeof loadOnnx>): Promise<void> {
  const { fn } = await model;
  expect(fn(x)[0].sub(apply(x)).abs().max().item()).toBeLessThan(1e-6);
}

test("limits are those of importOnnx", async () => {
  const { fn } = await loadOnnx(`${root}/m/whole.onnx`, { limits: { elements: 1 } });
  expect(() => fn(x)).toThrow(/limits: elements: expected at most 1/);
});

test("a model comes from a URL, a Response, a Blob, or a promise of one", async () => {
  const url = `${root}/m/whole.onnx`;
  await expectLayer(loadOnnx(url));
  await expectLayer(loadOnnx(new URL(url)));
  await expectLayer(loadOnnx(fetch(url)));
  await expectLayer(loadOnnx(await fetch(url)));
  await expectLayer(loadOnnx(new Blob([Uint8Array.from(bytes)])));
  await expectLayer(loadOnnx(Promise.resolve(new Blob([Uint8Array.from(bytes)]))));
  await expectLayer(loadOnnx(`data:;base64,${Buffer.from(bytes).toString("base64")}`));
  expect(asked.length).toBe(4);
});

test("options of importOnnx are those of loadOnnx", async () => {
  const model = await loadOnnx(`${root}/m/whole.onnx`, {
    dtype: "float64",
    trainable: (name) => name === "bias",
  });
  expect(model.inputs[0]?.dtype).toBe("float64");
  expect(Object.entries(model.weights).map(([name, { trainable }]) => [name, trainable])).toEqual([
    ["weight", false],
    ["bias", true],
  ]);
  await expect(loadOnnx(root, { outputs: "y" as never })).rejects.toThrow(/^loadOnnx: outputs: /);
  await expect(loadOnnx(root, { size: 1 } as never)).rejects.toThrow(
    /^loadOnnx: options: expected no others than /,
  );
  expect(asked.length).toBe(1);
});

test("files beside the model come from beside it, each once", async () => {
  await expectLayer(loadOnnx(`${root}/m/two.onnx?v=1`));
  expect(asked).toEqual(["/m/two.onnx?v=1", "/m/w%201.bin"]);
});

test("external gives files as bytes, blobs and responses, at once or later", async () => {
  const blob = new Blob([Uint8Array.from(weights)]);
  const buffer = Uint8Array.from(weights).buffer;
  const given = [weights, buffer, blob, new Response(blob), Promise.resolve(weights), fetchWeights];
  async function fetchWeights() {
    return fetch(`${root}/m/w%201.bin`);
  }
  const model = new Blob([Uint8Array.from(two.bytes)]);
  for (const each of given) {
    const names: string[] = [];
    const external = (name: string) => {
      names.push(name);
      return (typeof each === "function" ? each() : each) as Promise<Response>;
    };
    await expectLayer(loadOnnx(model, { external }));
    expect(names).toEqual(["w 1.bin"]);
  }
  await expect(loadOnnx(model, { external: () => 7 as never })).rejects.toThrow(
    'loadOnnx: external("w 1.bin"): expected bytes, a Blob or a Response, got 7.',
  );
  await expect(loadOnnx(model)).rejects.toThrow(
    'loadOnnx: external: expected a function that gives the file "w 1.bin", which has the elements of "weight", got none.',
  );
  expect(asked).toEqual(["/m/w%201.bin"]);
});

test("a file that is not in the folder of the model is refused", async () => {
  // The file stores the length of the name, so other names have the same length.
  const named = (name: string) =>
    Uint8Array.from(
      Buffer.from(Buffer.from(two.bytes).toString("latin1").replaceAll("w 1.bin", name), "latin1"),
    );
  for (const name of [
    "../w.bn",
    "a/../..",
    "/w1.bin",
    "//o/w.b",
    "..\\w.bn",
    "w//.bin",
    "././././",
    "%2e%2e/",
    "a:b?c#d",
  ]) {
    files.set("/m/two.onnx", sends(named(name.slice(0, 7))));
    await expect(loadOnnx(`${root}/m/two.onnx`)).rejects.toThrow(/folder of the model/);
  }
  expect(new Set(asked)).toEqual(new Set(["/m/two.onnx"]));
  // Names that could be misread as parts of a URL are files in the folder of the model.
  for (const [name, path] of [
    ["./a/b.c", "/m/a/b.c"],
    ["ab?c#d%", "/m/ab%3Fc%23d%25"],
  ] as const) {
    files.set("/m/two.onnx", sends(named(name)));
    files.set(path, sends(weights));
    await expectLayer(loadOnnx(`${root}/m/two.onnx`));
    expect(asked.at(-1)).toBe(path);
  }
});

test("progress counts the bytes of all files", async () => {
  const told: { loaded: number; total: number | undefined }[] = [];
  const onProgress: LoadOptions["onProgress"] = (progress) => told.push(progress);
  await loadOnnx(`${root}/m/two.onnx?v=1`, { onProgress });
  expect(told[0]?.total).toBe(two.bytes.length);
  const all = two.bytes.length + weights.length;
  expect(told.at(-1)).toEqual({ loaded: all, total: all });
  const loaded = told.map((each) => each.loaded);
  expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));

  // A response may have no length.
  told.length = 0;
  files.set("/chunks", (response) => {
    response.write(bytes.subarray(0, 40_000));
    setTimeout(() => response.end(bytes.subarray(40_000)), 20);
  });
  await expectLayer(loadOnnx(`${root}/chunks`, { onProgress }));
  expect(told[0]).toEqual({ loaded: expect.any(Number), total: undefined });
  expect(told.length).toBeGreaterThan(2);
  expect(told.at(-1)).toEqual({ loaded: bytes.length, total: bytes.length });

  const failing = { onProgress: () => Object(undefined).missing.name };
  await expect(loadOnnx(`${root}/m/whole.onnx`, failing)).rejects.toThrow(TypeError);
});

test("what does not come is told with its address", async () => {
  await expect(loadOnnx(`${root}/no.onnx`)).rejects.toThrow(
    `loadOnnx: source: expected a file, got the status 404 of HTTP from ${root}/no.onnx.`,
  );
  files.delete("/m/w%201.bin");
  await expect(loadOnnx(`${root}/m/two.onnx?v=1`)).rejects.toThrow(
    `loadOnnx: the file "w 1.bin": expected a file, got the status 404 of HTTP from ${root}/m/w%201.bin.`,
  );
  files.set("/cut", (response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, 1000), () => response.destroy());
  });
  await expect(loadOnnx(`${root}/cut`)).rejects.toThrow(
    new RegExp(`^loadOnnx: source: expected a file from ${root}/cut, got "`),
  );
  await expect(loadOnnx("http://127.0.0.1:9/x.onnx")).rejects.toThrow(
    /^loadOnnx: source: expected a file from http:\/\/127.0.0.1:9\/x.onnx, got ".+"/,
  );
});

test("what is no model is told in words, with its address", async () => {
  const kinds: [string, RegExp][] = [
    ["<!doctype html><html></html>", /got HTML, from http.*\/other\. A page came/],
    ["version https://git-lfs.github.com/spec/v1\noid sha256:1", /got a Git LFS pointer/],
    ["PK\u0003\u0004 and so on", /got a zip/],
    ["", /got no bytes/],
    ["no model at all", /got bytes that are no messages of protobuf|got one without a graph/],
  ];
  for (const [body, error] of kinds) {
    files.set("/other", sends(body));
    await expect(loadOnnx(`${root}/other`)).rejects.toThrow(error);
    await expect(loadOnnx(new Blob([body]))).rejects.toThrow(
      /^loadOnnx: source: expected a model of ONNX, got /,
    );
  }
});

test("what is no source is told", async () => {
  await expect(loadOnnx("model.onnx")).rejects.toThrow(
    'loadOnnx: source: expected a URL, which is whole outside of pages, got "model.onnx". ' +
      "Of a file on the disk openAsBlob of node:fs makes a Blob.",
  );
  await expect(loadOnnx(bytes as never)).rejects.toThrow(
    /got an? \w+\. importOnnx\(bytes\) takes bytes\.$/,
  );
  await expect(loadOnnx(undefined as never)).rejects.toThrow(
    "loadOnnx: source: expected a URL, a Response or a Blob, got undefined.",
  );
  const used = new Response("x");
  await used.text();
  await expect(loadOnnx(used)).rejects.toThrow(/got a Response whose body has been read/);
  await expect(loadOnnx(new Blob([]), { cache: true })).rejects.toThrow(
    "loadOnnx: source: expected a URL, with the option cache, got a Blob.",
  );
  await expect(loadOnnx(root, { cache: "" })).rejects.toThrow(/cache: expected true, false or the/);
  await expect(loadOnnx(root, { signal: {} as never })).rejects.toThrow(
    /signal: expected an Abort/,
  );
});

test("a page in the place of a relative URL's file knows where it is", async () => {
  vi.stubGlobal("location", { href: `${root}/m/index.html` });
  await expectLayer(loadOnnx("whole.onnx"));
  expect(asked).toEqual(["/m/whole.onnx"]);
});

test("a signal gives the loading up", async () => {
  const reason = new Error("no longer wanted");
  await expect(
    loadOnnx(`${root}/m/whole.onnx`, { signal: AbortSignal.abort(reason) }),
  ).rejects.toBe(reason);
  expect(asked).toEqual([]);

  const sources: Record<string, () => Parameters<typeof loadOnnx>[0]> = {
    url: () => `${root}/slow`,
    response: () => fetch(`${root}/slow`),
    never: () => new Promise(() => {}),
  };
  const closed: Promise<void>[] = [];
  files.set("/slow", (response) => {
    closed.push(new Promise((resolve) => response.on("close", resolve)));
    response.write(bytes.subarray(0, 1000));
  });
  for (const make of Object.values(sources)) {
    const controller = new AbortController();
    const model = loadOnnx(make(), { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(model).rejects.toBe(reason);
  }
  // The server notices that the download was aborted.
  expect(closed.length).toBe(2);
  await Promise.all(closed);
});

/** The part of the Cache API that is used. */
class Caches {
  readonly all = new Map<string, Map<string, Response>>();
  full = false;
  async open(name: string) {
    const cache = this.all.get(name) ?? new Map<string, Response>();
    this.all.set(name, cache);
    return {
      match: async (url: string) => cache.get(url)?.clone(),
      put: async (url: string, response: Response) => {
        if (this.full) throw new Error("Quota exceeded");
        cache.set(url, response);
      },
    };
  }
}

test("a cache keeps the files of a URL, and the second time nobody is asked", async () => {
  const caches = new Caches();
  vi.stubGlobal("caches", caches);
  const url = `${root}/m/two.onnx?v=1`;
  for (let time = 0; time < 3; time++) {
    const told: unknown[] = [];
    const onProgress: LoadOptions["onProgress"] = ({ loaded, total }) =>
      told.push(loaded === total);
    await expectLayer(loadOnnx(url, { cache: "models", onProgress }));
    expect(told.at(-1)).toBe(true);
  }
  expect(asked.length).toBe(2);
  expect([...caches.all.keys()]).toEqual(["models"]);
  expect([...(caches.all.get("models")?.keys() ?? [])]).toEqual([url, `${root}/m/w%201.bin`]);
  await expectLayer(loadOnnx(url, { cache: true }));
  expect(asked.length).toBe(4);
  expect([...caches.all.keys()]).toEqual(["models", "graddiff"]);
});

test("what is no model, and what has no URL of HTTP, is not kept", async () => {
  const caches = new Caches();
  vi.stubGlobal("caches", caches);
  files.set("/m/whole.onnx", sends("<html>"));
  const url = `${root}/m/whole.onnx`;
  await expect(loadOnnx(url, { cache: true })).rejects.toThrow(/got HTML/);
  files.set("/m/whole.onnx", sends(bytes));
  await expectLayer(loadOnnx(url, { cache: true }));
  const data = `data:;base64,${Buffer.from(bytes).toString("base64")}`;
  await expectLayer(loadOnnx(data, { cache: true }));
  expect([...(caches.all.get("graddiff")?.keys() ?? [])]).toEqual([url]);
});

test("where nothing can be kept a warning says so, once", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const url = `${root}/m/whole.onnx`;
  vi.stubGlobal("caches", undefined);
  await expectLayer(loadOnnx(url, { cache: true }));
  await expectLayer(loadOnnx(url, { cache: true }));
  const caches = new Caches();
  caches.full = true;
  vi.stubGlobal("caches", caches);
  await expectLayer(loadOnnx(url, { cache: true }));
  vi.stubGlobal("caches", { open: () => Promise.reject(new Error("The operation is insecure")) });
  await expectLayer(loadOnnx(url, { cache: true }));
  expect(warn.mock.calls).toEqual([
    [expect.stringMatching(/^graddiff: loadOnnx: there is no Cache API/)],
    ["graddiff: loadOnnx: the file is not kept: Quota exceeded"],
    [expect.stringMatching(/does not open, and nothing is kept: The operation is insecure$/)],
  ]);
  warn.mockRestore();
});
