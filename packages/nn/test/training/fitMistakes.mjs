/**
 * Mistakes in the options of `fit`: the compiler reports each at its own line, in words that concern it. A test of this
 * package runs the repository's compiler; `npm run test:installed` runs the oldest supported one, too.
 */

/** Returns the lines before the mistakes. @param {string} nn the module of this package */
const headOf = (nn) => `import { type Tensor, tensor } from "@graddiff/core";
import { accuracy, Adam, Dense, fit, meanSquaredError } from "${nn}";

const model = new Dense(1, 1);
const optimizer = new Adam(model, { learningRate: 0.1 });
const data = [{ x: tensor([[1]]), y: tensor([[1]]) }];
const loss = (net: Dense, { x, y }: { x: Tensor; y: Tensor }) => meanSquaredError(net.forward(x), y);
const inline = (net: Dense, x: Tensor, y: Tensor) => meanSquaredError(net.forward(x), y);
`;

/**
 * The mistakes: options, the text to which the compiler points, and a part of its message.
 *
 * @type {readonly (readonly [options: string, at: string, says: string])[]}
 */
export const MISTAKES = [
  [
    "data, loss: (net, b) => inline(net, b.x, b.y), optimizer, epoch: 1",
    "epoch: 1",
    "Did you mean to write 'epochs'?",
  ],
  ["data, loss, optimizer", "{ data", "Property 'epochs' is missing"],
  ["data, loss, epochs: 1", "{ data", "Property 'optimizer' is missing"],
  ["data, optimizer, epochs: 1", "{ data", "Property 'loss' is missing"],
  ["loss, optimizer, epochs: 1", "{ loss", "Property 'data' is missing"],
  [
    "data, loss: () => 1, optimizer, epochs: 1",
    "loss",
    "Type 'number' is not assignable to type 'FitLoss'",
  ],
  [
    "data, loss: (net, b) => inline(net, b.x, b.z), optimizer, epochs: 1",
    "z)",
    "Property 'z' does not exist on type '{ x: Tensor; y: Tensor; }'",
  ],
  [
    "data, loss: (net, b) => inline(net, b.x, b.y).item(), optimizer, epochs: 1",
    "loss",
    "Type 'number' is not assignable to type 'FitLoss'",
  ],
  [
    "data, loss: async (net, b) => inline(net, b.x, b.y), optimizer, epochs: 1",
    "loss",
    "Type 'Promise<Tensor>' is not assignable to type 'FitLoss'",
  ],
  [
    "data, loss, optimizer, epochs: 1, metrics: [accuracy]",
    "metrics",
    "Type 'Metric<ThresholdOptions>[]' is not assignable",
  ],
  [
    'data, loss, optimizer, epochs: 1, metrics: { accuracy: "accuracy" }',
    "accuracy:",
    "Type 'string' is not assignable to type",
  ],
  [
    'data, loss, optimizer, epochs: 1, metrics: { accuracy }, earlyStopping: { patience: 2, metric: "acuracy" }',
    "{ data",
    `Did you mean '"accuracy"'?`,
  ],
  [
    'data, loss, optimizer, epochs: "1"',
    "epochs",
    "Type 'string' is not assignable to type 'number'",
  ],
  [
    "data, loss, optimizer, epochs: 1, earlyStopping: 3",
    "earlyStopping",
    "Type 'number' is not assignable to type 'EarlyStopping",
  ],
  [
    "data, loss, optimizer, epochs: 1, validation: 3",
    "validation",
    "Type 'number' is not assignable to type 'FitData",
  ],
  [
    'data, loss, optimizer: "adam", epochs: 1',
    "optimizer",
    "Type 'string' is not assignable to type",
  ],
  [
    "data, loss, optimizer, epochs: 1, shuffle: true",
    "shuffle",
    "'shuffle' does not exist in type 'FitOptions",
  ],
  [
    "data, loss, optimizer, epochs: 1, on: { epochs: () => {} }",
    "epochs: ()",
    "Did you mean to write 'epoch'?",
  ],
  [
    "data, loss, optimizer, epochs: 1, accumulate: true",
    "accumulate",
    "Type 'boolean' is not assignable to type 'number'",
  ],
  [
    "data, loss, optimizers: { all: { loss, optimizer } }, epochs: 1",
    "{ data",
    "Types of property 'optimizers' are incompatible",
  ],
];

/** @type {readonly string[]} */
const LINES = MISTAKES.map(([options]) => `fit(model, { ${options} });`);

/** Returns the program with all mistakes. @param {string} nn the module of this package */
export const programOf = (nn) => `${headOf(nn)}${LINES.join("\n")}\n`;

/**
 * Returns the differences between a compiler's report and the expected one.
 *
 * @param {string} output of a compiler without `--pretty`, of the program with all mistakes
 * @returns {readonly string[]}
 */
export function faultsIn(output) {
  const first = headOf("").split("\n").length;
  const reports = output
    .trim()
    .split(/\n(?=\S)/)
    .map((report) => {
      const [, row = "0", column = "0"] = /\((\d+),(\d+)\): error/.exec(report) ?? [];
      return { row: Number(row) - first, column: Number(column) - 1, report };
    });
  const missed = MISTAKES.flatMap(([, at, says], i) => {
    const own = reports.filter(({ row }) => row === i);
    const found = own.find(({ column }) => LINES[i]?.slice(column).startsWith(at));
    const isRight =
      found?.report.includes(says) &&
      !own.some(({ report }) => report.includes("FitSeveralOptions<Dense, unknown"));
    return isRight
      ? []
      : [
          `${LINES[i]}: expected "${says}", got ${own.map(({ report }) => report).join("\n") || "no report"}`,
        ];
  });
  const others = reports.filter(({ row }) => row < 0 || row >= MISTAKES.length);
  return [...missed, ...others.map(({ report }) => report)];
}
