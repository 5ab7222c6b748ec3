/** The confusion matrix, [digit, answer], as text and as a drawing that follows the reader's light or dark theme. */

import { type Tensor, unstack } from "@graddiff/core";

const rowsOf = (matrix: Tensor) => unstack(matrix).map((row) => Array.from(row.data()));

/** Returns the counts as lines of text. */
export function confusionText(matrix: Tensor): string {
  const rows = rowsOf(matrix).map((row, digit) => {
    const cells = row.map((count) => (count === 0 ? "·" : String(count)).padStart(4)).join("");
    return `digit ${digit} ${cells}`;
  });
  const header = rows.map((_, answer) => String(answer).padStart(4)).join("");
  return [`answer  ${header}`, ...rows].join("\n");
}

const CELL = 40;
const MARGIN = 56;

const STYLE = `
svg { --paper: #ffffff; --ink: #1f2937; --faint: #f3f4f6; --right: #1d4ed8; --wrong: #c2410c; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #111827; --ink: #e5e7eb; --faint: #1f2937; --right: #93c5fd; --wrong: #fdba74; }
}
text { fill: var(--ink); }
.none { fill: var(--faint); }
.right { fill: var(--right); }
.wrong { fill: var(--wrong); }
.onStrong { fill: var(--paper); }`;

/** Returns the counts as a drawing: greater counts have a stronger colour, and mistakes are orange. */
export function confusionSvg(matrix: Tensor): string {
  const rows = rowsOf(matrix);
  const most = Math.max(...rows.flat());
  const size = MARGIN + rows.length * CELL + 8;
  const centre = (i: number) => MARGIN + (i + 0.5) * CELL - 1;
  const cells = rows.flatMap((row, digit) =>
    row.map((count, answer) => {
      const [x, y] = [MARGIN + answer * CELL, MARGIN + digit * CELL];
      const square = `<rect x="${x}" y="${y}" width="${CELL - 2}" height="${CELL - 2}" rx="4"`;
      if (count === 0) return `${square} class="none"/>`;
      const strength = 0.15 + 0.85 * Math.sqrt(count / most);
      const kind = digit === answer ? "right" : "wrong";
      const text = strength > 0.5 ? ` class="onStrong"` : "";
      return `${square} class="${kind}" fill-opacity="${strength.toFixed(3)}"/><text x="${centre(answer)}" y="${centre(digit) + 5}"${text}>${count}</text>`;
    }),
  );
  const labels = rows.flatMap((_, i) => [
    `<text x="${centre(i)}" y="${MARGIN - 10}">${i}</text>`,
    `<text x="${MARGIN - 14}" y="${centre(i) + 5}">${i}</text>`,
  ]);
  const middle = centre((rows.length - 1) / 2);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width="${size}" height="${size}" font-family="system-ui, sans-serif" font-size="14" text-anchor="middle" role="img">
<title>The confusion matrix of handwritten digits</title>
<style>${STYLE}
</style>
<rect width="${size}" height="${size}" fill="var(--paper)"/>
<text x="${middle}" y="22">answer</text>
<text x="20" y="${middle}" transform="rotate(-90 20 ${middle})">digit</text>
${[...labels, ...cells].join("\n")}
</svg>
`;
}
