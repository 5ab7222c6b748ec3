/** The nodes that a line of a program computes, read from the names that are in it. */

import type { Graph } from "@graddiff/core";

/** Returns the names of nodes by line: the nodes that the line defines, or whose gradients it defines. */
export function namesByLine(
  lines: readonly string[],
  graph: Graph,
): readonly (readonly string[])[] {
  const known = new Set(graph.nodes.flatMap(({ name }) => name ?? []));
  const isFunction = lines[0]?.startsWith("function ") === true;
  const body = lines.findIndex((line) => line.includes(") {"));
  return lines.map((line, i) => {
    const words = isFunction && i <= body ? parameters(line) : madeBy(line);
    return [...new Set(words)].filter((name) => known.has(name));
  });
}

function parameters(line: string): string[] {
  return line.replace(/^function \w+/, "").match(/\w+/g) ?? [];
}

function madeBy(line: string): string[] {
  const named = [...line.matchAll(/named\("([^"]+)"/g)].map(([, name = ""]) => name);
  const made = line.match(/^\s*const (\w+) =/)?.[1];
  const listed = line.match(/^\s*const \[([^\]]+)\]/)?.[1]?.match(/\w+/g) ?? [];
  // A gradient is named after its value: dPrice is the gradient of price.
  const gradients = listed.map((name) =>
    name.replace(/^d([A-Z])/, (_, letter: string) => letter.toLowerCase()),
  );
  return [...named, ...(made === undefined ? [] : [made]), ...gradients];
}
