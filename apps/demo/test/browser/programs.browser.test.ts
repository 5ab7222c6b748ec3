/**
 * Tests of the built programs as processes: the terminal program and the server of the page.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";

const demo = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const cli = resolve(demo, "dist/cli.js");
const serve = resolve(demo, "scripts/serve.mjs");
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});

function run(program: string, ...argv: string[]) {
  return spawnSync(process.execPath, [program, ...argv], { encoding: "utf8" });
}

describe("dist/cli.js", () => {
  test("prints the three lines of snack-tax", () => {
    const { status, stdout, stderr } = run(cli, "--lesson", "snack-tax");
    expect(stdout).toContain("\n200 220.00000000000003\n1.1 200\n2.2 110.00000000000001\n");
    expect([status, stderr]).toEqual([0, ""]);
  });

  test("prints JSON alone", () => {
    const { stdout } = run(cli, "--json", "--lesson", "snack-tax");
    expect(JSON.parse(stdout)[0].times.agree).toBe(true);
  });

  test("ends with 2 for arguments that make no sense", () => {
    const { status, stdout, stderr } = run(cli, "--tax", "much");
    expect([status, stdout, stderr]).toEqual([
      2,
      "",
      'graddiff demo: --tax must be a number, not "much"\n',
    ]);
  });

  test("is quiet when its reader goes away", async () => {
    const child = spawn(process.execPath, [cli], { stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    let errors = "";
    child.stderr.on("data", (text) => {
      errors += text;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((end) => child.once("close", end));
    expect([code, errors]).toEqual([0, ""]);
  });
});

describe("scripts/serve.mjs", () => {
  /** Starts the server and returns the line that it prints. */
  function start(port: number): Promise<string> {
    const child = spawn(process.execPath, [serve, "--port", String(port)]);
    children.push(child);
    return new Promise((done, fail) => {
      child.stdout.once("data", (text) => done(String(text)));
      child.once("exit", () => fail(new Error("the server ended")));
    });
  }

  test("serves the page at the address that it prints, beside a port that is taken", async () => {
    const taken = createServer();
    const port = await new Promise<number>((done) => {
      taken.listen(0, "127.0.0.1", () => {
        const address = taken.address();
        done(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    const line = await start(port);
    const url = line.match(/^graddiff demo: (http:\/\/127\.0\.0\.1:(\d+)\/)\n$/);
    expect(Number(url?.[2])).toBeGreaterThan(port);
    const response = await fetch(url?.[1] ?? "");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("<title>graddiff: ");
    taken.close();
  });

  test("refuses a port that is none", () => {
    const { status, stderr } = run(serve, "--port", "many");
    expect(status).toBe(2);
    expect(stderr).toContain("--port N");
  });
});
