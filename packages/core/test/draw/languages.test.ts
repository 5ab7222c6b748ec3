import { describe, expect, test } from "vitest";
import { drawDot } from "../../src/draw/dot.ts";
import { drawMermaid } from "../../src/draw/mermaid.ts";
import { awkwardNames, fanOut, snackTax } from "./graphs.ts";

describe("DOT", () => {
  test("has a statement for each node and each edge", () => {
    expect(drawDot(snackTax())).toMatchInlineSnapshot(`
      "digraph {
        rankdir=LR;
        node [fontname="Helvetica", shape=circle];
        edge [fontname="Courier"];
        n0 [label="price", shape=box, style="rounded"];
        n1 [label="count", shape=box, style="rounded"];
        n2 [label="tax", shape=box, style="rounded"];
        n3 [label="×"];
        n4 [label="×"];
        result [label="total", shape=box, style="rounded,bold"];
        n0 -> n3 [label="100\\n∇ 2.2", tooltip="100\\n∇ 2.2\\nlocal derivative 2"];
        n1 -> n3 [label="2\\n∇ 110", tooltip="2\\n∇ 110.00000000000001\\nlocal derivative 100"];
        n3 -> n4 [label="200\\n∇ 1.1", tooltip="200\\n∇ 1.1\\nlocal derivative 1.1"];
        n2 -> n4 [label="1.1\\n∇ 200", tooltip="1.1\\n∇ 200\\nlocal derivative 200"];
        n4 -> result [label="220\\n∇ 1", tooltip="220.00000000000003\\n∇ 1"];
      }
      "
    `);
  });

  test("keeps both edges of a node that is taken twice", () => {
    expect(drawDot(fanOut()).match(/n0 -> n1 /g)).toHaveLength(2);
  });

  test("escapes names", () => {
    const dot = drawDot(awkwardNames());
    expect(dot).toContain(String.raw`[label="−( )\na\"b\\ <x> &amp; c;"]`);
    expect(dot).toContain(String.raw`[label="−( )\n]--> |"]`);
  });
});

describe("Mermaid", () => {
  test("has a statement for each node and each edge", () => {
    expect(drawMermaid(snackTax())).toMatchInlineSnapshot(`
      "flowchart LR
        n0(["price"])
        n1(["count"])
        n2(["tax"])
        n3(("×"))
        n4(("×"))
        result(["total"])
        n0 -->|"100<br>∇ 2.2"| n3
        n1 -->|"2<br>∇ 110"| n3
        n3 -->|"200<br>∇ 1.1"| n4
        n2 -->|"1.1<br>∇ 200"| n4
        n4 -->|"220<br>∇ 1"| result
      "
    `);
  });

  test("escapes names", () => {
    const mermaid = drawMermaid(awkwardNames());
    expect(mermaid).toContain('(("−( )<br>a#34;b#92; #60;x#62; #38; c;"))');
    expect(mermaid).toContain('(("−( )<br>]--#62; |"))');
  });
});
